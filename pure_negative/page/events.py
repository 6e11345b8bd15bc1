"""What happens on the page when a button is pressed or a picture chosen."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from pure_negative.errors import PureNegativeError
from pure_negative.language.current import say, speaking, spoken
from pure_negative.page import extra_controls, job, layout, restore
from pure_negative.page.host import PageHost
from pure_negative.page.layout import Page
from pure_negative.panel import events, preset_box, preview, values

Answer = tuple[Any, Any, Any, Any]
"""For the gallery, the paths behind it, the words under it, and the parameters."""


@dataclass(frozen=True)
class Run:
    """Where pictures go, and the sign for all that is being made, and waits to be, to end; it is never taken back."""

    out: str
    stop: threading.Event

    def ends(self, sign: job.Sign) -> job.Asked:
        """Whether what is made for the tab of that sign is to end."""
        return lambda: self.stop.is_set() or sign.is_set()


def wire(page: Page, host: PageHost, run: Run, blocks: gr.Blocks) -> None:
    """Connect the page's own controls; the panel's are connected as in the WebUI."""
    events.wire(page.panel, host, [page.own[name] for name in events.TAB[:2]], live=False)
    preset_box.wire(page.box, page.panel, host)
    _wire_preview(page, host, blocks)
    _wire_restoring(page, host)
    _answer_directly(blocks)
    _wire_pictures(page, host, run)


def _answer_directly(blocks: gr.Blocks) -> None:
    """Take what is wired so far out of gradio's queue.

    gradio 6 ends a page's stream of answers when its queue is empty, and throws away, without a word, an event of
    that page that joins the queue while the stream is being ended. Only what takes long may have a place in it.
    """
    for function in blocks.fns.values():
        function.queue = False


def _wire_preview(page: Page, host: PageHost, blocks: gr.Blocks) -> None:
    inputs = page.plan_inputs()
    shown = speaking(host.language, previewer(host))
    for control in inputs:
        control.change(shown, inputs, page.panel.told(), show_progress="hidden")
    blocks.load(shown, inputs, page.panel.told(), show_progress="hidden")
    heading = speaking(host.language, lambda: layout.heading(host))
    blocks.load(heading, [], [page.heading], show_progress="hidden")
    chosen = [page.panel.inputs["preset"]]
    blocks.load(events.listed, [], chosen, show_progress="hidden")
    blocks.load(lambda name: events.opened(host, name), chosen, chosen, show_progress="hidden")
    for seen in (blocks.load, page.panel.inputs["preset"].change):
        offer = speaking(host.language, lambda name: events.offered(host, name))
        seen(offer, chosen, [page.panel.offer], show_progress="hidden")


def _wire_pictures(page: Page, host: PageHost, run: Run) -> None:
    directly: dict[str, Any] = {"queue": False, "show_progress": "hidden"}
    pressed = page.generate.click(begun, [page.sign], [page.generate], **directly)
    made = pressed.then(
        generator(host, run),
        [page.sign, *page.plan_inputs(), page.count, page.batch, page.noise],
        [page.gallery, page.paths, page.told, page.parameters],
        show_progress_on=[page.told],
        concurrency_limit=1,
    )
    chosen = [page.panel.inputs["preset"]]  # whose offer may change: the checkpoint's hash may be known only now
    made.then(
        lambda name: (gr.update(interactive=True), events.offered(host, name)),
        chosen,
        [page.generate, page.panel.offer],
        **directly,
    )
    page.stop.click(job.Sign.set, [page.sign], [], **directly)
    page.gallery.select(selected, [page.paths], [page.parameters], **directly)


def _wire_restoring(page: Page, host: PageHost) -> None:
    filled = [*page.plan_inputs(), page.panel.brackets, page.noise, page.told]
    restored = speaking(host.language, restorer(host))
    page.restore.click(restored, [page.parameters], filled, show_progress="hidden")
    taken, shown = speaking(host.language, dropped), [page.parameters, page.told]
    read = page.drop.upload(taken, [page.drop], shown, show_progress="hidden")
    read.success(restored, [page.parameters], filled, show_progress="hidden")


def previewer(host: PageHost) -> Callable[..., list[Any]]:
    """The function that draws the preview of what Generate would make."""
    return events.previewer(host, extra_controls.planned)


def begun(sign: job.Sign) -> Any:
    """A press of Generate: a Stop from now on is meant for it, also while it waits for another tab's pictures."""
    sign.clear()
    return gr.update(interactive=False)


def generator(host: PageHost, run: Run) -> Callable[..., Iterator[Answer]]:
    """The function behind Generate: the pictures so far each time there is a new one, and words at the end."""
    bar = gr.Progress()

    def generate(progress: gr.Progress = bar, *arguments: Any) -> Iterator[Answer]:
        made: list[str] = []
        sign, *inputs, count, batch, noise = arguments
        stop = run.ends(sign)
        try:
            job.go_on(stop)  # it may have waited for another tab's pictures
            progress(0.0, "starting" if host.is_read() else "loading the checkpoint")
            plan = extra_controls.planned(inputs)
            for path in job.run(host.renderer(noise), plan, count, batch, run.out, progress, stop):
                made.append(str(path.resolve()))
                yield _answer(made, "", restore.parameters(path))
            told = "hint", "{} in {}."
        except job.Stopped:
            told = "warning", "Stopped; {} kept in {}."
        except Exception as error:
            told = "error", str(explained(error))
        with spoken(host.language()):  # not around the whole: each part of it runs in a context of its own
            kind, message = told
            words = preview.told(kind, [message if kind == "error" else say(message, _pictures(made), run.out)])
        yield _answer(made, words)

    return generate


def explained(error: Exception) -> PureNegativeError:
    """The error in one sentence; one that nobody foresaw is printed on the console besides."""
    if isinstance(error, PureNegativeError):
        return error
    traceback.print_exception(error)
    name = type(error).__name__
    return PureNegativeError(f"internal error, please report it: {name}: {error}")


def _answer(made: list[str], words: str, parameters: str | None = None) -> Answer:
    """The pictures of this run; those of the last one stay while it has none."""
    shown = [(path, Path(path).stem) for path in made]
    text = gr.skip() if parameters is None else parameters
    return (shown, [*made], words, text) if made else (gr.skip(), gr.skip(), words, text)


def _pictures(made: list[str]) -> str:
    return say("1 picture") if len(made) == 1 else say("{} pictures", len(made))


def selected(paths: list[str], event: gr.SelectData) -> str:
    """The parameters of the picture that was clicked."""
    try:
        return restore.parameters(Path(paths[event.index]))
    except (PureNegativeError, IndexError, TypeError) as error:
        return str(error)


def dropped(path: str | None) -> tuple[Any, str]:
    """The parameters in the file."""
    try:
        return ("" if path is None else restore.parameters(Path(path))), ""
    except PureNegativeError as error:
        return "", preview.refused(error)


def restorer(host: PageHost) -> Callable[[str], list[Any]]:
    """The function that puts a picture's choices into the controls; a text that can't be read changes nothing."""

    def put(text: str) -> list[Any]:
        if not (text or "").strip():
            return [gr.skip()] * (len(values.CONTROLS) + len(extra_controls.CONTROLS) + 3)
        try:
            found = restore.fill(text, host, host.model(), host.embeddings, host.has_lora)
        except PureNegativeError as error:
            return [*[gr.skip()] * (len(values.CONTROLS) + len(extra_controls.CONTROLS) + 2), preview.refused(error)]
        shown = [gr.update(value=found.controls[name]) for name in values.CONTROLS]
        own = {**vars(found), **found.modes}
        mine = [gr.update(value=own[name]) for name in extra_controls.CONTROLS]
        slider = events.bracket_position(found.controls["preset"], found.controls["w"])
        return [*shown, *mine, slider, found.noise, _restored(found)]

    return put


def _restored(found: restore.Filled) -> str:
    if found.notes:
        return preview.told("warning", found.notes)
    return preview.told("hint", ["Settings restored from this picture."])
