"""The function behind Generate, without a browser: what it answers when something goes wrong that nobody foresaw."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from tests.fakes import FakeRenderer
from tests.page.test_restore import Host, panel

pytest.importorskip("gradio", reason="PAGE TESTS SKIPPED: gradio is not installed (requirements-ui.txt)")

from pure_negative.page import events


class Broken(Host):
    """A host whose engine breaks at the second picture."""

    def __init__(self, after: int) -> None:
        self.after = after

    def is_read(self) -> bool:
        return True

    def renderer(self) -> Any:
        renderer = FakeRenderer()
        drawn = renderer.render

        def render(batch, progress=None):
            if len(renderer.batches) == self.after:
                raise RuntimeError("<b>out of\npaper</b>")
            return drawn(batch, progress)

        renderer.render = render
        return renderer


def pressed(host: Any, folder: Any, count: int) -> list[Any]:
    generate = events.generator(host, events.Run(str(folder), threading.Event()))
    return list(generate(lambda share, words: None, *panel(shape="64x64"), "", "", 5, "", count, 1))


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
