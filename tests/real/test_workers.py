"""A sheet on two real WebUIs at a time, one with the extension and one without, from outside and from one of them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pure_negative.planning import infotext
from pure_negative.sheet import store
from tests.real import hosts, sheets
from tests.real import server as servers
from tests.real.pictures import difference
from tests.real.server import Server

ROOT = Path(__file__).resolve().parents[2]
AXES = ["--x", "W: 0.1-0.8 [8]", "--y", "CFG: 3, 7", "--size", "64x64", "--seed", "5"]


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """With the extension, behind a password."""
    with servers.running(tmp_path_factory.mktemp("data") / "own", True, "--api-auth", "anna:secret") as server:
        yield server


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Without it."""
    with servers.running(tmp_path_factory.mktemp("data") / "plain", False) as server:
        yield server


def with_password(server: Server, words: str = "anna:secret") -> str:
    return server.url.replace("://", f"://{words}@")


def command(out: Path, *words: str, steps: str = "3") -> list[str]:
    return [sys.executable, "-m", "pure_negative", "sheet", *AXES, "--steps", steps, *words, "--out", str(out)]


def run(out: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(out, *words), cwd=ROOT, capture_output=True, text=True, timeout=280, check=False)


def opened(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return image.copy()


def pictures(out: Path) -> dict[str, Image.Image]:
    return {path.name: opened(path) for path in out.glob("sheet-*/cells/*.png")}


def engine_sheet(out: Path) -> dict[str, Image.Image]:
    """The same sheet by our own engine, on the checkpoint of the WebUIs."""
    found = run(out, "--checkpoint", str(hosts.here().checkpoint_for_engine()))
    assert found.returncode == 0, found.stderr
    return pictures(out)


def test_two_webuis_make_the_cells_of_one_engine(own: Server, plain: Server, tmp_path: Path) -> None:
    found = run(tmp_path / "two", "--webui", with_password(own), "--webui", plain.url)
    assert found.returncode == 0, found.stderr
    assert "secret" not in found.stderr + found.stdout
    made, expected = pictures(tmp_path / "two"), engine_sheet(tmp_path / "engine")
    assert len(made) == len(expected) == 16
    for name, image in made.items():
        assert difference(image, expected[name]) <= 1
        restored = infotext.restore(image.info["parameters"])
        assert restored.plan().request(5) == infotext.restore(expected[name].info["parameters"]).plan().request(5)
        assert infotext.read(image.info["parameters"]).pairs["RNG"] == "NV"
    (folder,) = (tmp_path / "two").glob("sheet-*")
    who = store.find(folder).makers
    assert [text.split(": ")[0] for text in who] == [own.url, plain.url]


def test_a_wrong_password_and_none_are_told(own: Server, tmp_path: Path) -> None:
    for address, told in (
        (with_password(own, "anna:wrong"), "it does not take this user and password"),
        (own.url, "it wants a user and a password"),
    ):
        found = run(tmp_path, "--webui", address)
        assert found.returncode == 2
        assert f"error: --webui {own.url}: {told}" in found.stderr
        assert "wrong" not in found.stderr


def test_nobody_at_an_address_is_told(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{servers.free_port()}"
    found = run(tmp_path, "--webui", url)
    assert found.returncode == 2
    assert f"--webui {url}: nobody answers; start that WebUI with --api --listen." in found.stderr


def test_another_model_is_told_by_both_names(own: Server, plain: Server, tmp_path: Path) -> None:
    models = plain.data / "models" / "Stable-diffusion"
    (first,) = models.glob("*.safetensors")
    other = models / "other.safetensors"
    data = bytearray(first.read_bytes())
    data[-1] ^= 1
    other.write_bytes(data)
    if first.with_suffix(".yaml").is_file():
        shutil.copy2(first.with_suffix(".yaml"), other.with_suffix(".yaml"))
    assert plain.post("/sdapi/v1/refresh-checkpoints", {})[0] == 200
    assert plain.post("/sdapi/v1/options", {"sd_model_checkpoint": "other.safetensors"})[0] == 200
    try:
        found = run(tmp_path, "--webui", with_password(own), "--webui", plain.url)
        assert found.returncode == 2
        assert f"--webui {plain.url}: other [" in found.stderr
        assert f"the sheet is made with {first.stem} [" in found.stderr
    finally:
        plain.post("/sdapi/v1/options", {"sd_model_checkpoint": first.name})


def test_the_route_takes_no_body_that_is_none_of_ours(own: Server) -> None:
    for body in ({}, [], {"pictures": [], "hash": "", "noise": "NV"}, b"x" * 5_000_000):
        status, said = own.post("/pure-negative/v1/render", body, "anna:secret")
        assert status == 422
        assert "detail" in said
    assert own.post("/pure-negative/v1/render", {})[0] == 401


def also(own: Server, steps: int = 3) -> Any:
    axes = {"x": "W: 0.1-0.8 [8]", "y": "CFG: 3, 7"}
    body = {
        "script_name": sheets.TITLE,
        "script_args": [{**axes, "also": True}],
        "alwayson_scripts": {"Pure negative": {"args": [{"size": "64x64", "steps": steps, "seed": 5}]}},
        "width": 64,
        "height": 64,
        "save_images": True,
    }
    return own.post("/sdapi/v1/txt2img", body, "anna:secret")


def test_a_sheet_in_a_webui_uses_the_others_too(own: Server, plain: Server) -> None:
    def post(url: str) -> None:
        assert own.post("/sdapi/v1/options", {"pure_negative_also_use": url}, "anna:secret")[0] == 200

    post("")
    status, told = also(own)
    assert status == 422 or "no other WebUI is named" in str(told)
    post(plain.url)
    status, answer = also(own, 8)
    assert status == 200, answer
    *_, folder = sorted(own.data.rglob("pure-negative-sheets/sheet-*"))
    who = store.find(folder).makers
    assert [text.split(": ")[0] for text in who] == ["this WebUI", plain.url]
    assert len([*folder.glob("cells/*.png")]) == 16
    for path in folder.glob("cells/*.png"):
        with Image.open(path) as image:
            restored = infotext.restore(image.info["parameters"])
        status, alone = own.post(
            "/sdapi/v1/txt2img",
            {"alwayson_scripts": {"Pure negative": {"args": [{
                "size": "64x64", "steps": 8, "seed": 5, "w": restored.plan().strength.w, "cfg": restored.plan().cfg,
            }]}}},
            "anna:secret",
        )  # fmt: skip
        assert difference(opened(path), servers.picture(alone["images"][0])) <= 1


def test_a_webui_that_is_killed_on_the_way_loses_no_cell(own: Server, plain: Server, tmp_path: Path) -> None:
    """The last test: it ends one of the two."""
    words = ["--webui", with_password(own), "--webui", plain.url, "--batch", "2"]
    process = subprocess.Popen(command(tmp_path, *words, steps="30"), cwd=ROOT, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 200
    while len(pictures(tmp_path)) < 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    os.kill(plain.pid, signal.SIGKILL)
    _, said = process.communicate(timeout=280)
    assert process.returncode == 0, said
    assert len(pictures(tmp_path)) == 16
    assert f"{plain.url} was lost making" in said
