#!/usr/bin/env python3
"""Set up and run, on a machine with nothing but Python: `python3 run.py` makes pictures, `python3 run.py test` tests.

    python3 run.py                 the plan and a picture of the preset nai, and a 3×3 sheet, on the embedded checkpoint
    python3 run.py test [PYTEST…]  lint, types and the tests
    python3 run.py ui              the panel as a page of its own, for a browser on this machine
    python3 run.py COMMAND …       the command line: plan, render, sheet, presets

Everything is installed into `.venv` beside this file, in pinned versions; a set-up that is there is used as it is.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
OLDEST = (3, 10)


def python() -> Path:
    """The environment's own interpreter."""
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def set_up(requirements: str) -> None:
    """Install a requirements file into the environment, unless this very file is installed there already."""
    mark = VENV / f"{requirements}.sha256"
    wanted = hashlib.sha256((ROOT / requirements).read_bytes() + sys.version.encode()).hexdigest()
    if mark.is_file() and mark.read_text() == wanted and python().is_file():
        return
    if not python().is_file():
        print(f"setting up {VENV.name} …", file=sys.stderr, flush=True)
        venv.create(VENV, with_pip=True, clear=VENV.exists())
    print(f"installing {requirements} …", file=sys.stderr, flush=True)
    pip = [str(python()), "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
    subprocess.run([*pip, "-r", str(ROOT / requirements)], check=True)
    mark.write_text(wanted)


def call(*words: str, offline: bool = False) -> int:
    """Run the environment's Python from the user's own folder, with this tree on its path."""
    environment = dict(os.environ)
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), environment.get("PYTHONPATH")]))
    environment.setdefault("PYTHONUTF8", "1")
    if offline:
        environment |= {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
    return subprocess.run([str(python()), *words], env=environment, check=False).returncode


def main_job() -> int:
    """Print the plan, render one picture on the embedded checkpoint, then a small sheet of W × CFG; name the files."""
    picture = call("-m", "pure_negative", "render", "--preset", "nai", "--out", "outputs", offline=True)
    if picture:
        return picture
    axes = ["--x", "W: 6[, 2[, 0.91", "--y", "CFG: 10.5, 12, 16"]
    small = ["--size", "256x256", "--steps", "8", "--seed", "1337"]
    return call("-m", "pure_negative", "sheet", *axes, *small, "--out", "outputs", offline=True)


def test(words: list[str]) -> int:
    """Lint and types, then the tests, whose summary is the last that is seen; all of them run even when one fails."""
    set_up("requirements-test.txt")
    os.chdir(ROOT)
    checks = [] if words else [("ruff", "check", "."), ("ruff", "format", "--check", "."), ("mypy",)]
    codes = [call("-m", *check) for check in checks]
    return max(map(abs, [*codes, call("-m", "pytest", *words, offline=True)]))


def main() -> int:
    if sys.version_info < OLDEST:
        print(f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed; this is {sys.version.split()[0]}.", file=sys.stderr)
        return 2
    try:
        set_up("requirements.txt")
        if sys.argv[1:2] == ["test"]:
            return test(sys.argv[2:])
        if sys.argv[1:2] == ["ui"]:
            set_up("requirements-ui.txt")
        return call("-m", "pure_negative", *sys.argv[1:]) if sys.argv[1:] else main_job()
    except subprocess.CalledProcessError as error:
        print(f"error: setting up failed; pip's own message is above (exit {error.returncode}).", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
