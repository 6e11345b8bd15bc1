"""The judging page as a user works it, in a real browser, served as a user starts it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.keys import Keys

from pure_negative.cli import main
from pure_negative.yields.db.store import Judgements
from tests import axe, chromium
from tests.real.page import until
from tests.yields.making import opened, run_of, run_over
from tests.yields.serving import Shown, serving

ANSWERS = "44341244443214444344"
"""What the judge presses for the twenty pictures."""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with chromium.opened(tmp_path_factory.mktemp("profile"), 1400, 1000) as found:
        yield found


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with chromium.opened(tmp_path_factory.mktemp("profile"), 700, 1000) as found:
        yield found


@pytest.fixture(autouse=True)
def forgotten(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a test leaves in the browsers is no part of the next."""
    yield
    for name in {"browser", "other"} & set(request.fixturenames):
        request.getfixturevalue(name).execute_script("localStorage.clear()")


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return run_of(tmp_path / "outputs", size="512x512", w=0.9)


def test_a_run_of_twenty_by_keys_alone_reloaded_on_the_way(browser, run, capsys):
    with serving(str(run)) as address:
        page = Shown(browser, address)
        page.name("Ada")
        page.press("w")
        for key in ANSWERS[:9]:
            page.judge(key)
        presses = page.presses
        page = Shown(browser, browser.current_url)
        page.ready()
        assert page.text("#far") == "9 of 20 judged"
        page.presses = presses
        for key in ANSWERS[9:]:
            page.judge(key)
        assert page.presses < 30
        assert "All pictures of this run are judged" in page.text("#empty")
        counts = [str(ANSWERS.count(number)) for number in "1234"]
        page.expect_row("512x512", "20", *counts, "", "Normal")
        assert page.console() == []
        drawn = "const image = document.querySelector('#chart img'); return image?.complete && image.naturalWidth"
        until(lambda: browser.execute_script(drawn), "the chart")
    assert main.main(["yield", "table", "--format", "md", str(run)]) == 0
    assert f"|512x512|20|{'|'.join(counts)}|Normal|\n" in capsys.readouterr().out


def test_undo_brings_the_picture_back_and_a_wrong_judgement_can_be_replaced(browser, run):
    with serving(str(run)) as address:
        page = Shown(browser, address)
        page.name("Ada")
        first = page.text("#facts")
        page.judge("1")
        second = page.text("#facts")
        page.judge("4")
        page.press("u")
        until(lambda: page.text("#facts") == second, "the second picture")
        page.press("u")
        until(lambda: page.text("#facts") == first, "the first picture")
        page.judge("3")
        page.expect_row("512x512", "1", "0", "0", "1", "0", "", "")
        page.press("u", "u")
        until(lambda: "nothing to undo: Ada has judged nothing in this run" in page.text("#told"), "the end of undo")


def test_mouse_and_keyboard_focus(browser, run):
    with serving(str(run)) as address:
        page = Shown(browser, address)
        page.one("[data-class='4']").click()
        assert "Enter your name" in page.text("#told")
        page.name("Ada")
        page.one("[data-shape='Thicc']").click()
        page.ready()
        page.one("[data-class='4']").click()
        page.expect_row("512x512", "1", "0", "0", "0", "1", "", "Thicc")
        page.press(Keys.TAB)
        outline = "return getComputedStyle(document.activeElement).outlineStyle"
        assert browser.execute_script(outline) == "solid"
        paper = "return getComputedStyle(document.body).backgroundColor"
        before = browser.execute_script(paper)
        page.one("#theme").click()
        assert browser.execute_script(paper) != before


def test_two_people_in_two_browsers_are_both_kept_and_their_disagreement_is_seen(browser, other, run, capsys):
    with serving(str(run)) as address:
        ada, bea = Shown(browser, address), Shown(other, address)
        ada.name("Ada")
        bea.name("Bea")
        for key in "444":
            ada.judge(key)
        assert "Ada" not in bea.text("#said")
        for key in "434":
            bea.judge(key)
        for page in (ada, bea):
            page.expect_row("512x512", "3", "0", "0", "0", "2", "1", "")
            assert "Ada: Legit human · Bea: Malformed human" in page.text("#disputed")
        ada.one("#disputed button").click()
        until(lambda: "You: Legit human · Bea: Malformed human" in ada.text("#said"), "what both said")
        ada.ready()
        ada.press("3")
        until(lambda: "Seed 2: Malformed human" in ada.text("#told"), "the new judgement")
        bea.expect_row("512x512", "3", "0", "0", "1", "2", "", "")
    with Judgements() as judgements:
        assert judgements.judges() == ["Ada", "Bea"]
    assert main.main(["yield", "table", "--judge", "bea", "--format", "md"]) == 0
    assert "|512x512|3|0|0|1|2||\n" in capsys.readouterr().out


def test_a_guess_is_shown_as_one_and_counts_once_it_is_confirmed(browser, run):
    with Judgements() as judgements:
        found = judgements.entries(opened(judgements, run).id)
        judgements.guess(found[0].key, "DeepDanbooru", 4, 0.83)
    with serving(str(run)) as address:
        page = Shown(browser, address)
        page.name("Ada")
        assert "First guess by DeepDanbooru (not counted): Legit human (83 %)" in page.text("#guess")
        assert page.rows() == []
        page.press(Keys.ENTER)
        page.expect_row("512x512", "1", "0", "0", "0", "1", "", "")
        assert not page.one("#guess").is_displayed()


def test_the_contact_sheet_marks_and_hands_the_seeds_on(browser, run):
    with serving(str(run)) as address:
        page = Shown(browser, f"{address.split('?')[0]}?judge=Ada&run=1")
        page.ready()
        page.one("#to-contact").click()
        until(lambda: len(page.all(".cell")) == 20, "the pictures")
        page.all(".cell")[0].click()
        page.press(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.SPACE)
        until(lambda: page.one("#seeds").get_property("value") == "1, 3", "the seeds")
        assert f"yield run --marked {run} --judge Ada" in page.text("#command")
        loaded = "return [...document.querySelectorAll('.cell img')].filter(i => i.naturalWidth).length"
        until(lambda: browser.execute_script(loaded) > 3, "small pictures")
        browser.execute_cdp_cmd(
            "Browser.grantPermissions", {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
        )
        page.one("#copy-seeds").click()
        browser.execute_script("navigator.clipboard.readText().then(text => window.pasted = text)")
        until(lambda: browser.execute_script("return window.pasted") == "1, 3", "the copied seeds")
        page.all(".cell")[2].click()
        until(lambda: page.one("#seeds").get_property("value") == "1", "the mark taken away")
        page.press(Keys.ENTER)
        until(lambda: "seed 3 " in page.text("#facts"), "the picture to judge")
        assert page.console() == []


def test_seeds_are_shown_and_handed_on_to_the_last_digit(browser, tmp_path):
    seeds = [-(2**63), -5, 2**53 + 1, 6687881544318117707, 2**64 - 1]
    with serving(str(run_over(tmp_path / "outputs", seeds))) as address:
        page = Shown(browser, address)
        page.name("Ada")
        for seed in seeds:
            assert page.text("#facts").startswith(f"seed {seed} ")
            page.judge("4")
            until(lambda: page.text("#told") == f"Seed {seed}: Legit human.", "what was kept")  # noqa: B023
        page.one("#to-contact").click()
        until(lambda: len(page.all(".cell")) == len(seeds), "the pictures")
        assert [cell.get_property("innerText").split()[0] for cell in page.all(".cell")] == list(map(str, seeds))
        for cell in page.all(".cell"):
            cell.click()
        written = ", ".join(map(str, seeds))
        until(lambda: page.one("#seeds").get_property("value") == written, "the marked seeds")


def test_axe_finds_nothing_grave(browser, run):
    with serving(str(run)) as address:
        page = Shown(browser, address)
        page.name("Ada")
        page.ready()
        assert axe.findings(browser) == []
