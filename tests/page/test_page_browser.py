"""The page in a real browser: what a user chooses is what is shown, made, kept and restored."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from selenium.webdriver.common.keys import Keys

from pure_negative.diffusion import loading
from pure_negative.page import restore
from pure_negative.panel import values
from pure_negative.planning import choices, infotext, plan
from tests import axe, chromium, proxy
from tests.page.conftest import Server
from tests.page.driving import Shown
from tests.real.page import until
from tests.real.pictures import difference

SCREENSHOTS = os.environ.get("PURE_NEGATIVE_SCREENSHOTS")
THEIRS = (".min_value", ".max_value", ".or", ".empty", ".upload-container")
"""Parts of gradio's own components that axe finds fault with, whatever is put into them."""
HOSTILE = "<script>document.title='gone'</script> <img src=x onerror=alert(1)> \"q\" 'q' ${1+1} {{value}} & \u202e"


def small(page: Shown) -> None:
    page.type("shape", "64x64")
    page.type("steps", "3")
    page.expect("64×64")
    page.expect("Steps\t3")


def shoot(page: Shown, name: str) -> None:
    """Keep a small screenshot, where asked."""
    if not SCREENSHOTS:
        return
    page.browser.set_window_size(1500, 1600)
    page.browser.execute_script("document.activeElement.blur(); window.scrollTo(0, 0)")
    path = Path(SCREENSHOTS) / name
    page.browser.save_screenshot(str(path))
    with Image.open(path) as full:
        full.convert("RGB").resize((full.width * 2 // 3, full.height * 2 // 3)).quantize(256).save(path, optimize=True)


def test_choose_change_and_generate(server: Server, browser: Any):
    page = Shown(browser, server)
    page.type("preset", "anything-v3")
    page.expect("(bad:0.0001)")
    page.type("w", "0.564")
    page.expect("(bad:0.564), (comic:0.564)")
    page.type("shape", "4:3")
    page.expect("576×384")
    page.click("swap")
    page.expect("384×576")
    small(page)
    page.type("count", "4")
    page.type("batch", "3")
    page.type("seed", "41")
    made = page.generate(4)
    texts = [restore.parameters(path) for path in made]
    assert [infotext.read(text).pairs["Seed"] for text in texts] == ["41", "42", "43", "44"]
    assert "Pure negative: v1;preset=anything-v3;w=0.564;size=64x64;steps=3" in texts[0]
    until(lambda: page.value("parameters") == texts[3], "the last picture's parameters")
    shown = [image.get_attribute("src") for image in until(lambda: page.all("#pure_negative_gallery img"), "pictures")]
    assert [Path(source).name for source in shown] == [path.name for path in made]
    until(lambda: page.widths("#pure_negative_gallery img") == [64] * 4, "whole pictures")
    assert page.console() == []
    held = {name: page.part(name, "input,textarea").get_property("placeholder") for name in ("cfg", "words")}
    assert held == {"cfg": "8", "words": "bad, comic, cropped, error, extra, low, lowres, speech, worst"}
    shoot(page, "page.png")


def test_the_picture_is_the_command_line_s(server: Server, browser: Any, tmp_path):
    page = Shown(browser, server)
    page.type("w", "6[")
    small(page)
    page.type("seed", "9")
    (made,) = page.generate()
    from pure_negative import output

    request = plan.make(choices.read({"preset": "toy", "brackets": -6, "size": "64x64", "steps": 3, "seed": 9}))
    (alone,) = output.render(
        loading.engine(loading.EngineOptions()), request, output.series(request, 1), 1, output.folder_at(str(tmp_path))
    )
    with Image.open(made) as one, Image.open(alone) as other:
        assert one.info == other.info
        assert difference(one, other) <= 1  # two processes may add up a sum in another order


def test_the_chosen_picture_restores_the_page_it_was_made_with(server: Server, browser: Any):
    page = Shown(browser, server)
    small(page)
    page.type("w", "0.25")
    page.type("prompt", "miku, twin tails")
    page.type("negative_prompt", "blurry")
    page.type("join", "after")
    page.type("emphasis", "No norm")
    page.type("seed", "5")
    page.type("count", "2")
    page.expect("blurry, (bad:0.25)")
    page.generate(2)
    before = page.plan()
    page.all("#pure_negative_gallery button.thumbnail-item")[0].click()
    until(lambda: "Seed: 5," in page.value("parameters"), "the first picture's parameters")
    page.click("reset")
    for name, text in (("prompt", "dog"), ("negative_prompt", ""), ("seed", "77"), ("emphasis", "Original")):
        page.type(name, text)
    page.expect("dog")
    assert page.plan() != before
    page.click("restore")
    page.expect("Settings restored from this picture.", "told")
    assert page.plan() == before
    assert page.part("brackets", "input[type=number]").get_property("value") == "-15"


def test_a_dropped_picture_restores_the_page(server: Server, browser: Any, tmp_path):
    made = plan.make(choices.read({"preset": "anything-v3", "w": 0.9, "ratio": "16:9", "cfg_factor": 1.5, "seed": 3}))
    path = tmp_path / "shared.png"
    Image.new("RGB", (8, 8)).save(path, pnginfo=infotext.png_info(_text(made)))
    (tmp_path / "bare.png").write_bytes(b"no picture")
    page = Shown(browser, server)
    page.part("drop", "input[type=file]").send_keys(str(tmp_path / "bare.png"))
    page.expect("bare.png: this is not a PNG picture.", "told")
    assert page.value("preset") == "toy"
    page.click("drop button[aria-label='Clear'], #pure_negative_drop button.icon-button")
    page.part("drop", "input[type=file]").send_keys(str(path))
    page.expect("Settings restored from this picture.", "told")
    page.expect("640×384")
    assert page.plan() == made


def _text(made: plan.Plan) -> str:
    from pure_negative.diffusion import toy
    from pure_negative.planning.request import Model

    model = Model(toy.NAME, toy.SHA256[:10])
    return infotext.write(made.request(made.seed), model, infotext.pack(made))


def test_what_can_not_be_made_leaves_the_pictures_that_are_shown(server: Server, browser: Any):
    page = Shown(browser, server)
    small(page)
    (made,) = page.generate()
    page.type("prompt", "[a:b:0.5]")
    page.click("generate")
    page.expect("changes the prompt during sampling", "told")
    assert [image.get_attribute("src").rsplit("/", 1)[1] for image in page.all("#pure_negative_gallery img")] == [
        made.name
    ]
    assert page.value("parameters") == restore.parameters(made)


def test_hostile_text_shows_as_text(server: Server, browser: Any):
    page = Shown(browser, server)
    small(page)
    for name, text in (("prompt", HOSTILE), ("words", f"bad, {HOSTILE}"), ("negative_prompt", HOSTILE)):
        page.type(name, text)
    page.expect("${1+1} {{value}}")
    (made,) = page.generate()
    text = restore.parameters(made)
    assert text.startswith(HOSTILE)
    assert page.value("parameters") == text
    page.type("w", HOSTILE)
    page.expect("w: '<script>document.title=")
    page.browser.execute_script("arguments[0].value = arguments[1]", page.part("parameters", "textarea"), "")
    page.type("parameters", "<b>a</b>")
    page.click("restore")
    page.expect("there is no 'Pure negative' in this text", "told")
    assert page.browser.title == "Pure negative"
    assert page.all("#pure_negative_preview script, #pure_negative_preview img, #pure_negative_told b") == []


def test_ten_thousand_characters_are_shown_whole(server: Server, browser: Any):
    page = Shown(browser, server)
    long = "<b>" + "x" * 9_990 + "</b>"
    field = page.part("prompt", "textarea")
    page.browser.execute_script(
        "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('input', {bubbles: true}))",
        field,
        long,
    )
    page.expect(long)
    width = page.browser.execute_script("return document.documentElement.scrollWidth - window.innerWidth")
    assert width <= 0


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("prompt", "[a:b:0.5]", "prompt: '[a:b:0.5]' changes the prompt during sampling"),
        ("count", "0", "pictures: 0 is not allowed; give a whole number from 1 to 256."),
        ("w", "abc", "w: 'abc' is not allowed; give a number written with a point, like 0.564."),
        ("clip_skip", "13", "clip_skip: '13' is not allowed; give a whole number from 1 to 12"),
        ("steps", "0", "steps: '0' is not allowed; give a whole number from 1 to"),
    ],
)
def test_what_can_not_be_made_is_told_in_one_sentence(server: Server, browser: Any, name, typed, said):
    page = Shown(browser, server)
    small(page)
    page.type(name, typed)
    before = server.pictures()
    page.click("generate")
    page.expect(said, "told")
    assert "Traceback" not in page.text("told")
    assert server.pictures() == before
    assert page.all(".toast-body") == []


def test_the_keyboard_alone_is_enough(server: Server, browser: Any):
    page = Shown(browser, server)
    small(page)
    page.open_all()
    page.part("prompt", "textarea").click()
    seen: list[str] = []
    while "pure_negative_generate" not in seen:
        page.focused().send_keys(Keys.TAB)
        seen.append(
            page.browser.execute_script("return (document.activeElement.closest('[id^=pure_negative]') || {}).id")
        )
        assert len(seen) < 120, seen
    missing = [name for name in values.CONTROLS if f"pure_negative_{name}" not in seen]
    assert missing == []
    before = server.pictures()
    page.focused().send_keys(Keys.ENTER)
    page.expect("1 picture in", "told")
    assert len(server.pictures()) == len(before) + 1
    slider = page.part("brackets", "input[type=range]")
    slider.send_keys(Keys.ARROW_LEFT)
    page.expect("(bad:0.513")


def test_the_page_asks_nothing_of_any_other_machine(server: Server, browser: Any):
    page = Shown(browser, server)
    page.expect("Size")
    loaded = page.browser.execute_script("return performance.getEntriesByType('resource').map((each) => each.name)")
    assert loaded
    assert [name for name in loaded if not name.startswith((server.url, "data:", "blob:"))] == []
    assert page.console() == []


def test_stop_keeps_what_is_finished(server: Server, browser: Any):
    page = Shown(browser, server)
    page.type("shape", "64x64")
    page.type("steps", "6")
    page.type("count", "200")
    before = server.pictures()
    page.click("generate")
    until(lambda: page.all("#pure_negative_told [role=progressbar]"), "the progress bar")
    until(lambda: len(server.pictures()) > len(before), "the first picture")
    page.click("stop")
    page.expect("Stopped; ", "told")
    kept = len(server.pictures()) - len(before)
    assert 0 < kept < 200
    assert f"Stopped; {kept} picture" in page.text("told")
    assert not list(server.outputs.glob(".*"))


def test_a_seed_beyond_what_a_browser_counts_exactly_is_kept_to_the_last_digit(server: Server, browser: Any):
    page = Shown(browser, server)
    small(page)
    for seed in ("6687881544318117707", "-5"):
        page.type("seed", seed)
        (made,) = page.generate()
        assert made.name.endswith(f"-{seed}.png")
        until(lambda: f"Seed: {seed}," in page.value("parameters"), "the picture's parameters")  # noqa: B023
        page.type("seed", "77")
        page.click("restore")
        page.expect("Settings restored from this picture.", "told")
        assert page.value("seed") == seed


def test_the_page_is_worked_behind_a_proxy_and_says_so_where_it_can_not_be(server: Server, tmp_path):
    with chromium.opened(tmp_path / "profile", flags=[f"host-resolver-rules={proxy.NAMES}"]) as browser:
        with proxy.before(server.port, proxy.rewriting(server.port, {"X-Forwarded-Host": "{host}"})) as found:
            page = Shown(browser, dataclasses.replace(server, url=f"http://sd.example.org:{found.port}/"))
            small(page)
            page.generate()
            assert page.all("#pure_negative_shut") == []
        with proxy.before(server.port, proxy.rewriting(server.port)) as found:
            browser.get(f"http://sd.example.org:{found.port}/")
            told = until(lambda: browser.find_elements("css selector", "#pure_negative_shut"), "the refusal")[0].text
            assert told.startswith("This page does not work here: requests from another site's page are refused.")
            assert told.endswith("start this program with --allowed-hosts sd.example.org.")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_grave_of_ours(server: Server, browser: Any, theme: str):
    page = Shown(browser, server, theme)
    page.open_all()
    page.expect("Size")
    if theme == "dark":
        shoot(page, "page-dark.png")
    assert axe.findings(browser, theirs=THEIRS) == []


def test_the_page_speaks_the_browser_s_language_and_writes_the_same_parameters(server: Server, tmp_path):
    with chromium.opened(tmp_path / "profile", 1400, 1000, flags=["lang=ja", "accept-lang=ja"]) as browser:
        page = Shown(browser, server, said="ステップ数")
        page.expect("モデル：なし。", "heading")
        for text in ("CFG スケール\t10.5", "サイズ\t128×128、比率 1.000"):
            page.expect(text)
        until(lambda: page.part("generate").text == "生成", "the button in Japanese")
        page.type("w", "much")
        page.expect("'much' は使えません")
        page.type("w", "0.9")
        page.type("shape", "64x64")
        page.type("steps", "3")
        until(lambda: "サンプリング：1 件変更" in page.text("group_sampling"), "the group's title")
        before = server.pictures()
        page.click("generate")
        until(lambda: len(server.pictures()) > len(before), "the picture")
        (made,) = [path for path in server.pictures() if path not in before]
        assert "Pure negative: v1;preset=toy;w=0.9;size=64x64;steps=3" in restore.parameters(made)
        page.expect("画像 1 枚 を", "told")
        shoot(page, "page-ja.png")
    with chromium.opened(tmp_path / "other", 1400, 1000) as browser:
        Shown(browser, server)  # the next browser is answered in its own language
