"""Whatever a program that shares the WebUI's scripts may lack: the tick loads, or the console says why not."""

from __future__ import annotations

import ast
import importlib
import os
import random
import re
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import modules
import pytest
from modules import script_callbacks, scripts, ui

import pure_negative
from pure_negative.webui import names
from pure_negative.webui.core import parts
from pure_negative.webui.xyz import register as axes
from tests.standin import driver

ROOM = Path(pure_negative.__file__).resolve().parent / "webui"
STANDIN = "standin" in str(modules.__file__)
TRIALS = int(os.environ.get("PURE_NEGATIVE_PARTS", 100 if STANDIN else 3))
TITLES = {names.TITLE, names.SHEET, names.YIELD}


def used() -> list[tuple[str, str]]:
    """All modules of the WebUI that our code imports, and of each the names that it uses; "" is the module itself."""
    found: set[tuple[str, str]] = set()
    for path in ROOM.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        known: dict[str, str] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module == "modules":
                known |= {each.name: f"modules.{each.name}" for each in node.names}
            elif isinstance(node, ast.ImportFrom) and str(node.module).startswith("modules."):
                found |= {(str(node.module), each.name) for each in node.names}
        found |= {(module, "") for module in known.values()}
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in known:
                found.add((known[node.value.id], node.attr))
    return sorted(found)


class Without(types.ModuleType):
    """A module of the WebUI: all that is in it, but for our code one name is missing, or with "" each one."""

    def __init__(self, whole: types.ModuleType, *lacking: str) -> None:
        super().__init__(whole.__name__)
        vars(self).update(_whole=whole, _lacking=lacking)

    def __getattr__(self, name: str) -> Any:
        asking = Path(sys._getframe(1).f_code.co_filename).resolve()  # an extension may be a link to our folder
        if {name, ""} & {*vars(self)["_lacking"]} and ROOM.parents[1] in asking.parents and "tests" not in asking.parts:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        return getattr(vars(self)["_whole"], name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(vars(self)["_whole"], name, value)


def take_away(monkeypatch: pytest.MonkeyPatch, module: str, *lacking: str) -> None:
    """Have our code miss a module, or names in it; the WebUI's own modules hold each other already."""
    whole = sys.modules.get(module)
    short = module.rpartition(".")[2]
    if lacking == ("",) and STANDIN:  # the real programs' own scripts import theirs again
        monkeypatch.setitem(sys.modules, module, None)  # type: ignore[arg-type]
        monkeypatch.delattr(importlib.import_module(module.rpartition(".")[0]), short, raising=False)
    elif whole is not None:
        view = Without(whole, *lacking)
        monkeypatch.setitem(sys.modules, module, view)
        monkeypatch.setattr(importlib.import_module(module.rpartition(".")[0]), short, view, raising=False)


@pytest.fixture
def unloaded(webui: object) -> Iterator[None]:
    """Nothing of ours in memory, as where the WebUI starts; and afterwards what was there."""
    known = {name: each for name, each in sys.modules.items() if name.partition(".")[0] == "pure_negative"}
    for name in known:
        del sys.modules[name]
    yield
    for name in [each for each in sys.modules if each.partition(".")[0] == "pure_negative"]:
        del sys.modules[name]
    sys.modules.update(known)


def started() -> Any:
    """What a start comes to: txt2img's scripts, after the page and the routes were made."""
    from fastapi import FastAPI

    scripts.load_scripts()
    script_callbacks.before_ui_callback()
    demo = ui.create_ui()
    script_callbacks.app_started_callback(demo, FastAPI())
    return scripts.scripts_txt2img


def trials() -> list[tuple[str, str]]:
    """As many as said, of all that is used, each at random."""
    return random.Random(19).choices(used(), k=TRIALS)


def test_what_our_code_uses_is_found() -> None:
    found = used()
    assert {("modules.scripts", "Script"), ("modules.scripts", ""), ("modules.ui_components", "InputAccordion")} < {
        *found
    }
    assert len(found) > 60


@pytest.mark.parametrize(("module", "name"), sorted(set(trials())))
def test_with_one_part_taken_away_the_tick_loads_or_the_console_says_why_not(
    module: str, name: str, unloaded: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    take_away(monkeypatch, module, name)
    capsys.readouterr()
    runner = started()
    told = "".join(capsys.readouterr())
    assert not re.search(r'File ".*pure_negative', told), told  # no traceback of ours
    lines = [line for line in told.splitlines() if line.startswith("Pure negative: ")]
    there = {script.title(): script for script in runner.scripts}
    for title in TITLES:
        ours = there.get(title)
        assert ours is not None or f"Pure negative: {title} can't be used in this WebUI" in told
        if ours is not None and len(ours.controls) < 2:
            assert any("can't be used in this WebUI" in line for line in lines), told
    for line in lines:
        assert (name or module.rpartition(".")[2]) in line, line


@pytest.mark.parametrize("plot", ["one that keeps its options elsewhere", "one without options for txt2img alone"])
def test_a_plot_whose_classes_are_elsewhere_gets_our_axes_and_one_without_leaves_the_tick_alone(
    plot: str, webui: driver.WebUI, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module = axes.plot()
    own = [each for each in module.axis_options if not each.label.startswith(names.AXIS_PREFIX)]
    if "without" in plot:
        own = [each for each in own if type(each) is module.AxisOption]
    monkeypatch.setattr(module, "axis_options", own)
    monkeypatch.delattr(module, "AxisOptionTxt2Img")
    told = parts.tried("Its axes in X/Y/Z plot", axes.register)
    added = [each.label for each in module.axis_options if each.label.startswith(names.AXIS_PREFIX)]
    if "without" in plot:
        assert "can't be used in this WebUI" in told
        assert told in capsys.readouterr().out
        assert added == []
    else:
        assert (told, len(added)) == ("", len(axes.KINDS))


def test_what_is_lost_is_named_in_the_panel(unloaded: None, monkeypatch: pytest.MonkeyPatch) -> None:
    take_away(monkeypatch, "modules.script_callbacks", "callback_map", "on_ui_settings")
    runner = started()
    script = driver.script_titled(runner, names.TITLE)
    assert len(script.controls) > 5
    assert any("Its section in Settings can't be used" in each for each in script.lost)
