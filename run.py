#!/usr/bin/env python3
"""Set up and run, on a machine with nothing but Python: `python3 run.py` makes pictures, `python3 run.py test` tests.

    python3 run.py                 a picture from a pure negative prompt, and a 4×4 sheet of W × CFG, of the toy model
    python3 run.py test [PYTEST…]  lint, types and the tests
    python3 run.py ui              the panel as a page of its own, for a browser on this machine
    python3 run.py COMMAND …       the command line: plan, render, sheet, yield, presets

Everything is installed into `.venv` beside this file, in pinned versions; a set-up that is there is used as it is. With
an NVIDIA GPU, torch is the build that its driver takes; pictures are drawn on the processor where there is none.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
WEBUI_VENV = ROOT / ".venv-webui"
OLDEST = (3, 10)
WEBUI_NEWEST = (3, 11)
"""The newest Python that the WebUI's own pins have wheels for."""
WEBUI_LAYER = "tests/standin"
WITH_RAY = ("--workers", "--ray")
"""Options that need what `requirements-workers.txt` adds."""
ALONE = ("requirements-vocabulary.txt",)
"""Whose packages are installed without what they ask for."""
GPU = ("nvidia-smi", "--query-gpu=name,driver_version,compute_cap", "--format=csv,noheader")
INDEX = "PURE_NEGATIVE_TORCH_INDEX"
"""The environment variable that says where torch is to be had for each version of CUDA, a folder each (`…/cu130`)."""
TOLD = "PURE_NEGATIVE_STANDIN"
"""The environment variable by which the last summary knows how the layer of its own environment went."""


def say(text: str) -> None:
    """A line on stderr, lost where that is closed or full; `print` would write to stdout then, or fail."""
    with contextlib.suppress(OSError):
        if sys.stderr is not None:
            print(text, file=sys.stderr, flush=True)


def python(environment: Path = VENV) -> Path:
    """The environment's own interpreter."""
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def set_up(requirements: str, environment: Path = VENV, maker: str = sys.executable) -> None:
    """Install a requirements file into the environment, unless this very file is installed there already."""
    mark = environment / f"{requirements}.sha256"
    version = sys.version if maker == sys.executable else maker
    torch = torch_build((ROOT / requirements).read_text(encoding="utf-8"))
    wanted = hashlib.sha256((ROOT / requirements).read_bytes() + f"{version}{torch.build}".encode()).hexdigest()
    own = str(python(environment))
    if mark.is_file() and mark.read_text() == wanted and python(environment).is_file():
        return
    if not works(environment, maker):
        say(f"setting up {environment.name} …")
        subprocess.run([maker, "-m", "venv", "--clear", str(environment)], check=True)
    say(f"installing {requirements} …")
    pip = [own, "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
    if torch.told:
        say(torch.told)
    if torch.build:
        index = f"{os.environ[INDEX].rstrip('/')}/{torch.build}"
        subprocess.run([*pip, f"torch=={torch.version}+{torch.build}", "--index-url", index], check=True)
    subprocess.run([*pip, *["--no-deps"] * (requirements in ALONE), "-r", str(ROOT / requirements)], check=True)
    mark.write_text(wanted)


class Torch(NamedTuple):
    """The build of torch to be installed: its version and its CUDA, "" for the usual one, and what to say of it."""

    version: str = ""
    build: str = ""
    told: str = ""


def torch_build(requirements: str) -> Torch:
    """The build for this machine's GPU, where these requirements name torch."""
    pinned = re.search(r"^torch==([0-9.]+)$", requirements, re.MULTILINE)
    if not pinned:
        return Torch()
    if sys.platform == "darwin":
        return Torch(pinned[1])
    found = gpu()
    if not found:
        return Torch(pinned[1], "", "no NVIDIA GPU was found (by nvidia-smi): pictures are drawn on the processor")
    name, driver, capability = found
    build = cuda_for(driver, capability)
    if not build:
        return Torch(pinned[1], "", f"the driver {driver} of the {name} is too old for torch {pinned[1]}; update it")
    if not os.environ.get(INDEX):
        return Torch(pinned[1], "", without_index(name, build))
    return Torch(pinned[1], build, f"torch {pinned[1]} is installed for the {name} and its driver {driver} ({build})")


def without_index(name: str, build: str) -> str:
    """What to say where the usual index is all there is: it has no CUDA for Windows, and the newest elsewhere."""
    if sys.platform != "win32" and build == "cu130":
        return ""
    return (
        f"the {name} needs torch for CUDA ({build}), which the usual index does not have: set {INDEX} to the address "
        f"that pytorch.org's 'Get Started' gives after --index-url, without /{build} at its end, and run this again"
    )


def gpu() -> tuple[str, str, str] | None:
    """The first NVIDIA GPU's name, its driver's version, and its compute capability, as its driver tells them."""
    try:
        told = subprocess.run(GPU, capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.SubprocessError):
        return None
    parts = [part.strip() for part in next(iter(told.stdout.splitlines()), "").split(",")]
    if told.returncode or len(parts) != 3:
        return None
    return parts[0], parts[1], parts[2]


def cuda_for(driver: str, capability: str) -> str:
    """The CUDA that the pinned torch is built for and that this driver and GPU take; "" where there is none.

    CUDA 13 needs driver 580 and a GPU from Turing (7.5) on, CUDA 12 driver 525 and one up to Hopper (9.0).
    """
    try:
        major, power = int(driver.split(".")[0]), float(capability)
    except ValueError:
        return ""
    if major >= 580 and power >= 7.5:
        return "cu130"
    return "cu126" if major >= 525 and power <= 9.0 else ""


def works(environment: Path, maker: str) -> bool:
    """Whether the environment has a pip and is of the maker's Python; one whose set-up was broken off may have none."""
    release = "'{}.{}'.format(*sys.version_info)"
    wanted = subprocess.run([maker, "-c", f"import sys; print({release})"], capture_output=True, text=True, check=True)
    try:
        pip = subprocess.run([str(python(environment)), "-m", "pip", "--version"], capture_output=True, text=True)
    except OSError:
        return False
    return not pip.returncode and f"(python {wanted.stdout.strip()})" in pip.stdout


def call(*words: str, offline: bool = False, own: str = "") -> int:
    """Run the environment's Python (or another) from the user's own folder, with this tree on its path."""
    environment = dict(os.environ)
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), environment.get("PYTHONPATH")]))
    environment.setdefault("PYTHONUTF8", "1")
    if offline:
        environment |= {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
    return subprocess.run([own or str(python()), *words], env=environment, check=False).returncode


def main_job() -> int:
    """Print the plan, render one picture with the toy model, then a small sheet of W × CFG; name the files."""
    picture = call("-m", "pure_negative", "render", "--out", "outputs", offline=True)
    if picture:
        return picture
    axes = ["--x", "W: 0.0001, 0.25, 0.564, 1.0", "--y", "CFG: 1, 4, 10.5, 16"]
    return call("-m", "pure_negative", "sheet", *axes, "--seed", "1337", "--out", "outputs", offline=True)


def test(words: list[str]) -> int:
    """Lint and types, then the tests, whose summary is the last that is seen; all of them run even when one fails."""
    set_up("requirements-test.txt")
    os.chdir(ROOT)
    if any(word.startswith(WEBUI_LAYER) for word in words):
        return test_webui(words)
    checks = [] if words else [("ruff", "check", "."), ("ruff", "format", "--check", "."), ("mypy",)]
    codes = [call("-m", *check) for check in checks]
    codes += [] if words else [test_webui([WEBUI_LAYER])]
    return max(map(abs, [*codes, call("-m", "pytest", *words, offline=True)]))


def test_webui(words: list[str]) -> int:
    """The layer that runs in an environment of its own, with the WebUI's pins; then on the real WebUI's modules."""
    maker = webui_maker()
    if maker is None:
        newest = ".".join(map(str, WEBUI_NEWEST))
        os.environ[TOLD] = f"NOT RUN (the WebUI's own pins need Python {newest} or older, and there is none here)"
        say(f"{WEBUI_LAYER}: {os.environ[TOLD]}")
        return 0
    set_up("requirements-webui.txt", WEBUI_VENV, maker)
    code = call("-m", "pytest", *words, own=str(python(WEBUI_VENV)))
    real, told = test_webui_modules(words)
    os.environ[TOLD] = f"{'FAILED' if code else 'passed'} on the stand-in; {told} on the real WebUI's modules"
    return max(abs(code), abs(real))


def webui_maker() -> str | None:
    """A Python old enough for the WebUI's pins: this one, or one on the PATH that really runs."""
    if sys.version_info[:2] <= WEBUI_NEWEST:
        return sys.executable
    found = filter(None, map(shutil.which, ("python3.11", "python3.10")))
    return next((path for path in found if not subprocess.run([path, "-c", ""], capture_output=True).returncode), None)


def test_webui_modules(words: list[str]) -> tuple[int, str]:
    """The same tests in the WebUI that WEBUI_DIR names, by its own Python: what the stand-in claims is true there."""
    if not os.environ.get("WEBUI_DIR"):
        return 0, "NOT RUN (set WEBUI_DIR)"
    place = ("-c", "import sysconfig; print(sysconfig.get_path('purelib'))")
    packages = subprocess.check_output([str(python(WEBUI_VENV)), *place], text=True).strip()
    folder = Path(os.environ["WEBUI_DIR"], "venv")
    code = call(f"{WEBUI_LAYER}/real.py", packages, *words, own=os.environ.get("WEBUI_PYTHON") or str(python(folder)))
    return code, "FAILED" if code else "passed"


def main() -> int:
    if sys.version_info < OLDEST:
        say(f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed; this is {sys.version.split()[0]}.")
        return 2
    try:
        set_up("requirements.txt")
        set_up("requirements-vocabulary.txt")
        if sys.argv[1:2] == ["test"]:
            return test(sys.argv[2:])
        if sys.argv[1:2] == ["ui"]:
            set_up("requirements-ui.txt")
        if any(word.split("=")[0] in WITH_RAY for word in sys.argv[1:]):
            set_up("requirements-workers.txt")
        return call("-m", "pure_negative", *sys.argv[1:]) if sys.argv[1:] else main_job()
    except subprocess.CalledProcessError as error:
        say(f"error: setting up failed; pip's own message is above (exit {error.returncode}).")
        return 1
    except OSError as error:
        say(f"error: setting up failed: {error.filename or ROOT}: {error.strerror or error}.")
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
