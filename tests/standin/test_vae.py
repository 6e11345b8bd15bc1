"""The VAE that a preset names: selected for its runs where it is there, put back afterwards, left where asked."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any

import pytest
from modules import sd_vae, shared

from pure_negative.planning import choices, plan
from pure_negative.preset import library
from pure_negative.webui.core import vae
from tests.standin import driver

NAMED = next(known for known in library.Library().presets() if known.vae and not known.embeddings)
FILE = NAMED.vae.name if NAMED.vae else ""
SMALL: dict[str, Any] = {"preset": NAMED.id, "size": "64x64", "steps": 3, "sampler": "Euler", "scheduler": "Automatic"}


@pytest.fixture
def there(webui: driver.WebUI, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The preset's VAE is installed; what was selected at each reload."""
    reloads: list[str] = []
    monkeypatch.setitem(sd_vae.vae_dict, FILE, "/nowhere")
    monkeypatch.setattr(sd_vae, "reload_vae_weights", lambda *_: reloads.append(shared.opts.sd_vae))
    yield reloads


def begun(webui: driver.WebUI, args: dict[str, Any], **fields: Any) -> Any:
    """The processing object after `before_process`."""
    p = driver.request(**fields)
    p.is_api = True
    p.scripts, p.script_args = webui.runner, tuple(webui.args([args]))
    webui.runner.before_process(p)
    return p


def test_a_run_takes_it_and_the_webui_puts_the_selected_one_back(webui: driver.WebUI, there: list[str]) -> None:
    assert begun(webui, SMALL).override_settings["sd_vae"] == FILE
    assert "sd_vae" in shared.opts.data, "what is not stored is not put back"


@pytest.mark.parametrize("args", [{"leave": ["vae"]}, {"leave": "VAE"}, {"preset": "nai"}])
def test_it_is_left_where_asked_or_where_no_preset_names_it(
    webui: driver.WebUI, there: list[str], args: dict[str, Any]
) -> None:
    assert "sd_vae" not in begun(webui, SMALL | args).override_settings


def test_one_that_the_run_brings_holds(webui: driver.WebUI, there: list[str]) -> None:
    p = begun(webui, SMALL, override_settings={"sd_vae": "mine.pt"})
    assert p.override_settings["sd_vae"] == "mine.pt"


def test_without_the_file_nothing_is_set_and_the_preview_says_so(webui: driver.WebUI) -> None:
    assert "sd_vae" not in begun(webui, SMALL).override_settings
    assert "is meant for the VAE" in previewed(webui)


def test_the_preview_shows_it(webui: driver.WebUI, there: list[str]) -> None:
    shown = previewed(webui)
    assert f"<th scope='row'>VAE</th><td>{FILE}</td>" in shown
    assert "is meant for the VAE" not in shown
    assert "VAE</th>" not in previewed(webui, ["vae"])


def previewed(webui: driver.WebUI, leave: list[str] | None = None) -> str:
    page = driver.Page(webui)
    page["pure_negative_preset"], page["pure_negative_leave"] = NAMED.id, leave or []
    page.fire("pure_negative_refresh")
    return html.unescape(page["pure_negative_preview"])


def test_a_run_of_many_batches_selects_it_once_and_only_if_all_want_it(webui: driver.WebUI, there: list[str]) -> None:
    before = shared.opts.sd_vae
    ours, other = (plan.make(choices.read({"preset": name, "steps": 3})) for name in (NAMED.id, "nai"))
    for plans, selected in (([ours, ours], [FILE, before]), ([ours, other], []), ([other], []), ([], [])):
        there.clear()
        p = driver.request()
        with vae.used(p, plans):
            assert shared.opts.sd_vae == (FILE if selected else before)
        assert (there, shared.opts.sd_vae) == (selected, before)
        assert any("different VAEs" in text for text in p.comments) == (len({id(each) for each in plans}) == 2)


def test_the_checkpoint_that_a_preset_is_for_can_be_loaded_by_a_button(
    webui: driver.WebUI, monkeypatch: pytest.MonkeyPatch
) -> None:
    from types import SimpleNamespace

    from modules import sd_models

    known = library.load("anything-v3")
    title = "anything-v3.safetensors [abc]"
    info = SimpleNamespace(title=title, name_for_extra="anything-v3", shorthash="", hash="")
    monkeypatch.setattr(sd_models, "checkpoints_list", {title: info}, raising=False)
    page = driver.Page(webui)
    page["pure_negative_preset"] = known.id
    page.fire("pure_negative_refresh")
    assert f'data-checkpoint="{title}"' in page["pure_negative_preview"]
    page["pure_negative_preset"] = "nai"
    page.fire("pure_negative_refresh")
    assert "data-checkpoint" not in page["pure_negative_preview"]


def test_a_page_that_is_opened_takes_the_preset_that_fits(webui: driver.WebUI, monkeypatch: pytest.MonkeyPatch) -> None:
    from types import SimpleNamespace

    from modules import sd_models

    from pure_negative.webui.core import settings

    def opened() -> str:
        page = driver.Page(webui)
        page["pure_negative_preset"] = settings.preset()
        page.fire("pure_negative_opening")
        return str(page["pure_negative_preset"])

    assert opened() == "nai"
    info = SimpleNamespace(name_for_extra="anything-v3-full", shorthash="0123456789")
    monkeypatch.setattr(sd_models.model_data, "sd_model", SimpleNamespace(sd_checkpoint_info=info))
    assert opened() == "anything-v3"
    shared.opts.data[settings.FIT] = False
    assert opened() == "nai"
    shared.opts.data |= {settings.FIT: True, settings.PRESET: "acertainty"}
    assert opened() == "acertainty"
