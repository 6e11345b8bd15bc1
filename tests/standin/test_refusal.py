"""A run that can't be what was asked for stops, says why, and leaves every other run alone."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from modules import shared

from pure_negative.webui.core import apply
from pure_negative.webui.core.refusal import RefusedRunError
from tests.standin import driver

SMALL = {"size": "64x64", "steps": 3}
WRONG = {**SMALL, "w": "heavy"}
SENTENCE = "Pure negative: w: 'heavy' is not allowed; give a number written with a point, like 0.564."


def fails(webui: driver.WebUI) -> bool:
    """Whether the next right run fails, which it must not."""
    return len(driver.run(webui, [SMALL]).images) != 1


def test_a_wrong_value_stops_the_run_with_its_sentence(webui: driver.WebUI) -> None:
    p = driver.request()
    with pytest.raises(RefusedRunError) as caught:
        driver.run(webui, [WRONG], p)
    assert str(caught.value) == caught.value.detail == SENTENCE
    assert (caught.value.status_code, list(p.comments)) == (422, [SENTENCE])
    assert p.all_seeds is None
    assert not fails(webui)


def test_a_refused_run_changes_no_setting(webui: driver.WebUI) -> None:
    shared.opts.data["emphasis"] = "Original"
    before = dict(shared.opts.data)
    with pytest.raises(RefusedRunError):
        driver.run(webui, [WRONG], override_settings={"emphasis": "No norm"})
    assert shared.opts.data == before


def test_a_copy_made_before_the_refusal_runs(webui: driver.WebUI) -> None:
    from modules.processing import process_images

    p = driver.request()
    p.is_api = True
    p.scripts, p.script_args = webui.runner, tuple(webui.args([WRONG]))
    other = copy.copy(p)
    with pytest.raises(RefusedRunError):
        process_images(p)
    other.script_args = tuple(webui.args([SMALL]))
    assert len(process_images(other).images) == 1


def test_the_plot_says_why_too_though_it_catches_what_a_cell_raises(webui: driver.WebUI) -> None:
    with pytest.raises(RefusedRunError) as caught:
        driver.plot(webui, {"x": ("Steps", "2, 3")}, [WRONG])
    assert str(caught.value) == SENTENCE
    assert not fails(webui)


def test_a_fault_of_our_own_is_reported_and_stops_the_run_too(
    webui: driver.WebUI, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError("a slip")

    monkeypatch.setattr(apply, "_numbers", broken)
    with pytest.raises(RefusedRunError, match=r"internal error.*ZeroDivisionError: a slip"):
        driver.run(webui, [SMALL])
    assert "broken" in capsys.readouterr().err, "the traceback says where"
    monkeypatch.undo()
    assert not fails(webui)


def test_the_page_shows_the_sentence_in_place_of_a_picture(webui: driver.WebUI) -> None:
    from modules.call_queue import wrap_gradio_call_no_job

    page = driver.Page(webui)
    page["pure_negative_tick-checkbox"] = True
    page["pure_negative_w"] = "<b>heavy</b>"
    answer = wrap_gradio_call_no_job(lambda: [page.generate().images, "", "", ""], extra_outputs=[None, "", ""])()
    assert answer[0] is None
    assert "RefusedRunError: Pure negative: w: &#x27;&lt;b&gt;heavy&lt;/b&gt;&#x27; is not allowed" in answer[3]


@pytest.mark.parametrize(
    ("entries", "told"),
    [
        ({"sampler": "Eulerian"}, "sampler: 'Eulerian' is not allowed; give one of .*did you mean Euler"),
        ({"sampler": "euler"}, "sampler: 'euler' is not allowed"),
        ({"scheduler": "Carras"}, "scheduler: 'Carras' is not allowed; give one of .*did you mean Karras"),
    ],
)
def test_a_sampler_or_schedule_type_the_webui_lacks_is_refused_not_replaced(
    webui: driver.WebUI, entries: dict[str, Any], told: str
) -> None:
    with pytest.raises(RefusedRunError, match=told):
        driver.run(webui, [{**SMALL, **entries}])


@pytest.mark.parametrize(
    ("entries", "used"),
    [
        ({"sampler": "DPM++ 2M Karras"}, ("DPM++ 2M", "Karras")),
        ({"sampler": "Euler a", "scheduler": "karras"}, ("Euler a", "Karras")),
        ({"leave": "sampler"}, ("DPM++ 2M", "Automatic")),
    ],
)
def test_a_sampler_by_any_name_the_webui_knows_is_used(
    webui: driver.WebUI, entries: dict[str, Any], used: tuple[str, str]
) -> None:
    p = driver.ran(webui, [{**SMALL, **entries}], sampler_name="nothing the WebUI knows")
    assert (p.sampler_name, p.scheduler) == used
