"""What the WebUI picks up by itself: install.py, metadata.ini, the script files, JavaScript and style."""

from __future__ import annotations

import configparser
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

WATCH = """
import runpy, subprocess, sys

def refuse(*words, **_):
    raise SystemExit(f"started a program: {words}")

subprocess.Popen = subprocess.run = refuse
before = set(sys.modules)
runpy.run_path("install.py", run_name="__main__")
print(sorted(name for name in set(sys.modules) - before if "." not in name))
"""


def install(*lines: str) -> subprocess.CompletedProcess[str]:
    """Run install.py as the launcher does, where starting a program is an error."""
    code = "\n".join([*lines, WATCH])
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)


def test_install_starts_nothing_and_loads_nothing_where_yaml_is() -> None:
    done = install()
    assert done.returncode == 0, done.stderr
    assert "yaml" not in json.loads(done.stdout.replace("'", '"'))
    assert not {"torch", "gradio", "numpy", "launch", "pure_negative", "pip"} & set(
        json.loads(done.stdout.replace("'", '"'))
    )


def test_install_asks_pip_where_yaml_is_not() -> None:
    hidden = "import importlib.util as util, sys\nfind = util.find_spec\nutil.find_spec = lambda name: None"
    done = install(hidden)
    assert done.returncode == 1
    assert re.search(r"'-m', 'pip', 'install', 'PyYAML==[0-9.]+'", done.stderr)


def test_metadata_names_the_extension_and_nothing_it_needs() -> None:
    metadata = configparser.ConfigParser()
    metadata.read(ROOT / "metadata.ini")
    assert metadata.sections() == ["Extension"]
    assert dict(metadata["Extension"]) == {"name": "sd-webui-pure-negative"}


def test_script_files_hold_a_few_lines_and_one_script_each() -> None:
    files = sorted((ROOT / "scripts").glob("*.py"))
    assert [file.name for file in files] == [
        "pure_negative_sheet.py",
        "pure_negative_tick.py",
        "pure_negative_yield.py",
    ]
    for file in files:
        assert len(file.read_text("utf8").splitlines()) < 15


def test_each_script_is_loaded_once(webui: object) -> None:
    from modules import scripts

    ours = [data.script_class.__name__ for data in scripts.scripts_data if "pure_negative" in data.path]
    assert sorted(ours) == ["PureNegative", "PureNegativeSheet", "PureNegativeYield"]


@pytest.mark.skipif(shutil.which("node") is None, reason="NO SYNTAX CHECK OF THE JAVASCRIPT: node is not installed")
@pytest.mark.parametrize("file", sorted((ROOT / "javascript").iterdir()), ids=lambda file: file.name)
def test_javascript_has_no_syntax_error(file: Path) -> None:
    done = subprocess.run(["node", "--check", str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_javascript_keeps_to_itself() -> None:
    for file in (ROOT / "javascript").glob("*.js"):
        code = re.sub(r"^\s*//.*$", "", file.read_text("utf8"), flags=re.MULTILINE).strip()
        assert code.startswith("(function () {")
        assert code.endswith("})();")
        assert not re.search(r"innerHTML|eval\(|https?://|fetch\(", code)


def test_the_style_sheet_touches_nothing_but_ours() -> None:
    css = re.sub(r"/\*.*?\*/", "", (ROOT / "style.css").read_text("utf8"), flags=re.DOTALL)
    rules = [rule for rule in re.findall(r"([^{}]+)\{", css) if not rule.strip().startswith("@media")]
    selectors = [part.strip() for rule in rules for part in rule.split(",")]
    assert [each for each in selectors if "pure-negative" not in each and "pure_negative" not in each] == []
    assert "url(" not in css
    assert "@import" not in css


def test_the_javascript_looks_for_ids_that_are_on_the_page(webui: object) -> None:
    from tests.standin import driver

    assert isinstance(webui, driver.WebUI)
    there = {getattr(block, "elem_id", None) for block in webui.demo.blocks.values()}
    there |= {f"{each}-visible-checkbox" for each in there}  # the WebUI's script puts it into an accordion's title
    for file in (ROOT / "javascript").glob("*.js"):
        wanted = set(re.findall(r"#((?:pure_negative|txt2img)_[\w-]+)", file.read_text("utf8")))
        assert wanted
        assert wanted <= there
