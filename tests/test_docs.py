"""What the documentation shows is so: outputs, options, places in the tree, and the research's table."""

from __future__ import annotations

import ast
import importlib
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from pure_negative import __version__
from pure_negative.cli import main
from pure_negative.cli import presets as presets_command
from pure_negative.preset import library
from tests.test_rooms import modules_of, needed

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
RESEARCH = (ROOT / "docs" / "research.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"^\$ python3 run\.py (plan .*)\n((?:[^$`].*\n)*)", README, re.MULTILINE)
"""The plans in the README, each with the output it shows."""


@pytest.mark.parametrize(("command", "output"), SHOWN, ids=[command for command, _ in SHOWN])
def test_the_plans_in_the_readme_are_real(command, output, capsys):
    words = shlex.split(command.removesuffix(" 2>&1 >/dev/null"))
    assert main.main(words) == 0
    captured = capsys.readouterr()
    assert (captured.err if command.endswith(">/dev/null") else captured.out) == output


def test_the_readme_shows_plans_and_the_two_commands():
    assert len(SHOWN) >= 3
    assert "$ python3 run.py\n" in README
    assert "$ python3 run.py test\n" in README


def offered(capsys: pytest.CaptureFixture[str], *commands: str) -> set[str]:
    """The options that these commands' help names."""
    found: set[str] = set()
    for command in commands:
        with pytest.raises(SystemExit):
            main.main([*command.split(), "--help"])
        found |= set(OPTION.findall(capsys.readouterr().out))
    return found


OPTION = re.compile(r"--[a-z][a-z-]*")
YIELD = ("yield run", "yield judge", "yield table", "yield mark", "yield seeds")


def test_every_option_in_the_readme_is_one(capsys):
    known = offered(capsys, "plan", "render", "sheet", "presets", "ui", *YIELD)
    table = README.partition("| option | meaning |")[2].partition("\n\n")[0]
    assert set(OPTION.findall(table)) - known == set()


def test_every_option_of_the_yield_is_one_and_is_told(capsys):
    text = (ROOT / "docs" / "yield.md").read_text(encoding="utf-8")
    known = offered(capsys, *YIELD)
    assert set(OPTION.findall(text)) - known == set()
    own = {"--count", "--seeds", "--level", "--marked", "--by", "--only", "--judge", "--format", "--resume"}
    assert own <= set(OPTION.findall(text)) & known


COMMANDS = ("plan", "render", "sheet", "ui", *YIELD, *(f"presets {name}" for name, _ in presets_command.ACTIONS))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_and_action_is_told_somewhere(command, capsys):
    """In the README, or in one of the pages it leads to."""
    pages = (
        README,
        *((ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("presets.md", "yield.md", "workers.md")),
    )
    assert offered(capsys, command) - {"--help"} <= {option for text in pages for option in OPTION.findall(text)}
    assert any(command in text for text in pages)


def test_every_room_stands_in_the_table_of_rooms():
    table = ARCHITECTURE.partition("## Rooms")[2].partition("\n## ")[0]
    rows = [line.split("|")[1:-1] for line in table.splitlines() if line.startswith("| `")]
    assert all(len(row) == 4 and all(cell.strip() for cell in row) for row in rows)
    named = {name for row in rows for name in re.findall(r"`([\w/.]+)`", row[0])}
    package = ROOT / "pure_negative"
    rooms = {f"{path.parent.relative_to(package).as_posix()}/" for path in package.rglob("__init__.py")} - {"./"}
    files = {path.name for path in package.glob("*.py")} - {"__init__.py", "__main__.py"}
    assert named == rooms | files | {"webui/names.py"}


def test_the_tables_of_options_are_those_of_the_code():
    found = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "print_tables.py"), "--check"], capture_output=True, encoding="utf-8"
    )
    assert (found.returncode, found.stderr) == (0, "")


ORDER = re.compile(r"^\| (`[^|]*`) \|", re.MULTILINE)


def test_a_room_imports_only_what_stands_above_it():
    table = ARCHITECTURE.partition("## Rooms")[2].partition("\n## ")[0]
    rows = [re.findall(r"`([\w/.]+)`", row) for row in ORDER.findall(table)]
    places = {name: place for place, names in enumerate(rows) for name in names}
    modules = modules_of(ROOT)
    wrong = set()
    for name, path in modules.items():
        for other in needed(ast.parse(path.read_text(encoding="utf-8")), modules, "pure_negative.webui"):
            ours, theirs = room_of(path), room_of(modules[other])
            if ours != "." and places[theirs] > places[ours]:
                wrong.add((name, other))
    assert wrong == set()


def room_of(path: Path) -> str:
    """The name of a module's room in the table: its folder, or the file itself; `.` for the package's own."""
    inside = path.relative_to(ROOT / "pure_negative")
    if inside.as_posix() == "webui/names.py":
        return inside.as_posix()
    if len(inside.parts) > 1:
        return f"{inside.parent.as_posix()}/"
    return "." if inside.name.startswith("__") else inside.name


def test_the_preset_in_the_readme_is_a_valid_one(tmp_path):
    text = re.search(r"```yaml\n(.*?)```", README, re.DOTALL)
    assert text
    (tmp_path / "my-model.yaml").write_text(text[1])
    assert library.load(str(tmp_path / "my-model.yaml")).id == "my-model"


@pytest.mark.parametrize("text", [README, RESEARCH, ARCHITECTURE], ids=["README", "research", "architecture"])
def test_every_file_that_is_named_is_there(text):
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    named = re.findall(r"`((?:presets|tests|docs|scripts|benchmarks|javascript)/[\w./*-]*)`", text)
    named += [
        f"pure_negative/{name}" for name in re.findall(r"`((?:\w+/)*[a-z_*]+\.py)`", text) if name != "install.py"
    ]
    named = [name.replace("pure_negative/run.py", "run.py").replace("pure_negative/tests/", "tests/") for name in named]
    missing = [name for name in named if not list(ROOT.glob(name.rstrip("/")))]
    missing += [link for link in links if not (ROOT / link).exists() and not (ROOT / "docs" / link).exists()]
    assert missing == []


GUIDES = ("CONTRIBUTING.md", "docs/hosts.md", "docs/presets.md", "docs/webui.md", "docs/yield.md")


@pytest.mark.parametrize("name", GUIDES)
def test_every_file_that_a_guide_names_is_there(name):
    """Those in this repository: by their place in it, or by their room in the package."""
    text = (ROOT / name).read_text(encoding="utf-8")
    folders = {path.name for root in (ROOT, ROOT / "pure_negative") for path in root.iterdir() if path.is_dir()}
    folders -= {"outputs"}  # what a run leaves there is no part of this repository
    named = [path for path in re.findall(r"`([\w./-]+/[\w./-]*)`", text) if path.partition("/")[0] in folders]
    missing = [path for path in named if not any((root / path).exists() for root in (ROOT, ROOT / "pure_negative"))]
    links = [link for link in re.findall(r"\]\(([^)]+)\)", text) if "://" not in link]
    missing += [link for link in links if not _leads_somewhere(link, (ROOT / name))]
    assert missing == []


def _leads_somewhere(link: str, document: Path) -> bool:
    """Whether a link's file is there, and has the heading behind the `#`."""
    path, _, anchor = link.partition("#")
    target = document.parent / path if path else document
    if not target.exists() or not anchor:
        return target.exists()
    heads = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.MULTILINE)
    return anchor in {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}


def test_the_newest_version_in_the_changelog_is_the_packages():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    heads = re.findall(r"^## \[(.*?)\](?: - (\d{4}-\d\d-\d\d))?$", text, re.MULTILINE)
    assert heads[0] == ("Unreleased", "")
    assert heads[1][0] == __version__
    assert all(day for _, day in heads[1:])


def test_every_place_the_research_is_said_to_be_used_in_exists():
    rooms = {path.name for path in (ROOT / "pure_negative").iterdir() if path.is_dir()}
    places = [name for name in re.findall(r"`(\w+(?:\.\w+)*)`", RESEARCH) if name.partition(".")[0] in rooms]
    assert len(places) > 20
    for place in places:
        module, name = _module_of(place)
        assert not name or hasattr(importlib.import_module(f"pure_negative.{module}"), name), place


def _module_of(place: str) -> tuple[str, str]:
    """A place's module and, where it is named, what is meant in it."""
    path = ROOT / "pure_negative" / place.replace(".", "/")
    if path.is_dir() or path.with_suffix(".py").is_file():
        return place, ""
    module, _, name = place.rpartition(".")
    return module, name


def test_every_row_of_the_research_says_where_or_why_not():
    rows = [line for line in RESEARCH.splitlines() if line.startswith("| ") and "seeds/" not in line]
    assert len(rows) > 100
    for row in rows:
        fact, _, place = row.strip("| ").partition(" | ")
        assert fact, row
        assert place, row
        assert place.startswith("not used: ") or "not used" not in place.partition(";")[0].partition(":")[0], row


def test_every_preset_named_as_a_file_of_the_research_is_built_in():
    assert set(re.findall(r"presets/([\w.-]+)\.yaml", RESEARCH)) <= set(library.ids())
