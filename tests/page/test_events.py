"""The function behind Generate, without a browser: what it answers when something goes wrong that nobody foresaw."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from tests.fakes import FakeRenderer
from tests.page.test_restore import Host, panel

pytest.importorskip("gradio", reason="PAGE TESTS SKIPPED: gradio is not installed (requirements-ui.txt)")

from pure_negative.diffusion.loading import EngineOptions
from pure_negative.page import app, events, job


class Broken(Host):
    """A host whose engine breaks at the second picture."""

    def __init__(self, after: int) -> None:
        self.after = after

    def is_read(self) -> bool:
        return True

    def renderer(self, noise: str) -> Any:
        renderer = FakeRenderer()
        drawn = renderer.render

        def render(batch, progress=None):
            if len(renderer.batches) == self.after:
                raise RuntimeError("<b>out of\npaper</b>")
            return drawn(batch, progress)

        renderer.render = render
        return renderer


def pressed(host: Any, folder: Any, count: int) -> list[Any]:
    return list(generating(host, events.Run(str(folder), threading.Event()), job.Sign(), count))


def generating(host: Any, run: events.Run, sign: job.Sign, count: int) -> Iterator[Any]:
    """What follows a press of Generate, once it is its turn."""
    filled = [*panel(shape="64x64"), "", "", 5, "", count, 1, "NV"]
    yield from events.generator(host, run)(lambda share, words: None, sign, *filled)


def test_an_error_of_the_program_is_one_sentence_and_keeps_what_was_made(tmp_path, capsys):
    answers = pressed(Broken(after=1), tmp_path, 3)
    gallery, paths, words, _ = answers[-1]
    assert [caption for _, caption in gallery] == ["00000-5"]
    assert paths == [str(tmp_path / "00000-5.png")]
    assert "please report it: RuntimeError: &lt;b&gt;out of" in words
    assert "Traceback" not in words
    assert "Traceback" in capsys.readouterr().err


def test_a_run_without_a_picture_leaves_gallery_and_parameters_alone(tmp_path):
    (answer,) = pressed(Broken(after=0), tmp_path, 1)
    assert [part == events.gr.skip() for part in answer] == [True, True, False, True]


class Drawing(Host):
    """A host with an engine; `reads` counts how often a run came so far as to ask for it."""

    checkpoint = None
    options = EngineOptions()

    def __init__(self) -> None:
        self.engine, self.reads = FakeRenderer(), 0

    def is_read(self) -> bool:
        return True

    def renderer(self, noise: str) -> Any:
        self.reads += 1
        return self.engine


def test_ctrl_c_ends_what_waits_for_its_turn_too(tmp_path):
    host, run = Drawing(), events.Run(str(tmp_path), threading.Event())
    first, sign = generating(host, run, job.Sign(), 9), job.Sign()
    next(first)
    events.begun(sign)
    run.stop.set()
    assert "Stopped; 1 picture kept" in [*first][-1][2]
    assert "Stopped; 0 pictures kept" in [*generating(host, run, sign, 9)][-1][2]
    assert (host.reads, len(host.engine.batches)) == (1, 1)


class Tab:
    """One open page without its browser: what its buttons send."""

    def __init__(self, url: str, name: str) -> None:
        self.url, self.name = f"{url}/gradio_api", name
        with urllib.request.urlopen(f"{url}/config", timeout=30) as answer:
            self.config = json.load(answer)
        ids = {part["props"].get("elem_id", ""): part["id"] for part in self.config["components"]}
        self.buttons = {name: ids[f"pure_negative_{name}"] for name in ("generate", "stop")}
        self.values = {part["id"]: part["props"].get("value") for part in self.config["components"]}
        self.values |= {ids["pure_negative_steps"]: "2", ids["pure_negative_shape"]: "64x64"}
        self.values |= {ids["pure_negative_count"]: 3}

    def press(self, button: str) -> None:
        """What the page sends at once, and what then has to wait for its turn."""
        event = next(each for each in self.config["dependencies"] if [self.buttons[button], "click"] in each["targets"])
        self._send("run/predict", event)
        for then in self.config["dependencies"]:
            if then.get("trigger_after") == event["id"]:
                self._send("queue/join", then)

    def _send(self, door: str, event: dict[str, Any]) -> None:
        given = [self.values.get(number) for number in event["inputs"]]
        asked = {"data": given, "fn_index": event["id"], "session_hash": self.name}
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}/{door}", json.dumps(asked).encode(), headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert answer.status == 200

    def told(self) -> str:
        """What the page is sent, until all it waits for is done."""
        with urllib.request.urlopen(f"{self.url}/queue/data?session_hash={self.name}", timeout=60) as answer:
            return str(answer.read().decode())


@contextlib.contextmanager
def served(host: Any, folder: Any) -> Iterator[str]:
    uvicorn = pytest.importorskip("uvicorn")

    async def build() -> Any:
        """In a loop: outside of one, gradio makes loops of its own and leaves them open."""
        return app.build(host, str(folder), threading.Event())

    built = asyncio.run(build())
    server = uvicorn.Server(uvicorn.Config(built, log_level="warning", timeout_graceful_shutdown=1))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(30)


@pytest.mark.filterwarnings("ignore")  # of gradio itself
def test_stop_in_a_tab_that_waits_ends_that_one_and_no_other(tmp_path):
    host, reached, released = Drawing(), threading.Event(), threading.Event()
    drawn = host.engine.render

    def render(batch, progress=None):
        reached.set()
        assert released.wait(60)
        return drawn(batch, progress)

    host.engine.render = render
    with served(host, tmp_path) as url:
        one, other = Tab(url, "one"), Tab(url, "other")
        one.press("generate")
        assert reached.wait(60)
        other.press("generate")
        other.press("stop")
        released.set()
        assert "Stopped" not in one.told()
        assert "Stopped; 0 pictures kept" in other.told()
        assert (len([*tmp_path.iterdir()]), host.reads) == (3, 1)
        other.press("generate")
        assert "3 pictures in" in other.told()
