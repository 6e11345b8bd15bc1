"""A user of the WebUI, on whichever `modules` are there: its page, its API, its X/Y/Z plot, each by its own door."""

from __future__ import annotations

import asyncio
import contextlib
import copy
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import gradio as gr
from fastapi import FastAPI
from fastapi.testclient import TestClient

TITLE = "Pure negative"
XYZ = "X/Y/Z plot"


@dataclass(frozen=True)
class WebUI:
    """A started WebUI: its page, txt2img's scripts, and its web server."""

    demo: Any
    runner: Any
    app: FastAPI

    @property
    def client(self) -> TestClient:
        return TestClient(self.app, raise_server_exceptions=False)

    @property
    def script(self) -> Any:
        """Our script."""
        return script_titled(self.runner, TITLE)

    def component(self, elem_id: str) -> Any:
        """The first thing on the page with that DOM id."""
        return next(block for block in self.demo.blocks.values() if getattr(block, "elem_id", None) == elem_id)

    def listeners(self, elem_id: str, event: str = "click") -> list[tuple[int, dict[str, Any]]]:
        """What the server runs on a page event, by number."""
        target = self.component(elem_id)._id
        found = enumerate(self.demo.dependencies)
        return [(n, each) for n, each in found if target in each["targets"] and each["trigger"] == event]

    def default_args(self) -> list[Any]:
        """What the page sends for the scripts when nothing was touched."""
        return [0, *(component.preprocess(component.value) for component in self.runner.inputs[1:])]

    def args(self, ours: list[Any] | tuple[Any, ...] = ()) -> list[Any]:
        """The scripts' arguments with ours put in place of the first of our script's."""
        found = self.default_args()
        script = self.script
        given = list(ours)[: script.args_to - script.args_from]
        found[script.args_from : script.args_from + len(given)] = given
        return found

    def txt2img(self, body: dict[str, Any] | None = None, ours: Any = None, **fields: Any) -> Any:
        """POST a request; `ours` are our script's arguments."""
        request = {"prompt": "", "width": 64, "height": 64, "steps": 2, "seed": 5, **fields, **(body or {})}
        if ours is not None:
            request["alwayson_scripts"] = {TITLE: {"args": ours}}
        return self.client.post("/sdapi/v1/txt2img", json=request)


def script_titled(runner: Any, title: str) -> Any:
    """A script by the name users know it by."""
    return next(script for script in runner.scripts if script.title() == title)


def start(reload: bool = False) -> WebUI:
    """What the launcher does after the modules are there, and Reload UI again: scripts, page, API, scripts' routes."""
    from modules import script_callbacks, scripts, ui
    from modules.api.api import Api
    from modules.call_queue import queue_lock

    if reload or not scripts.scripts_data:
        scripts.load_scripts()
    script_callbacks.before_ui_callback()
    demo = ui.create_ui()
    app = FastAPI()
    Api(app, queue_lock)
    script_callbacks.app_started_callback(demo, app)
    return WebUI(demo, scripts.scripts_txt2img, app)


def request(**fields: Any) -> Any:
    """A processing object as the txt2img tab makes one, not yet run."""
    from modules.paths_internal import data_path
    from modules.processing import StableDiffusionProcessingTxt2Img

    usual = {"width": 64, "height": 64, "steps": 2, "seed": 5, "sampler_name": "Euler", "scheduler": "Automatic"}
    unsaved = {"do_not_save_samples": True, "do_not_save_grid": True}
    folders = dict.fromkeys(("outpath_samples", "outpath_grids"), data_path)
    return StableDiffusionProcessingTxt2Img(**{**usual, **unsaved, **folders, **fields})


def run(webui: WebUI, ours: list[Any] | tuple[Any, ...] = (), p: Any = None, **fields: Any) -> Any:
    """Generate with our script's arguments, as the API does; the pictures, or whatever stops the run."""
    from modules.processing import process_images

    p = p or request(**fields)
    p.is_api = True
    p.scripts = webui.runner
    p.script_args = tuple(webui.args(ours))
    with closing(p):
        return process_images(p)


def ran(webui: WebUI, ours: list[Any] | tuple[Any, ...] = (), **fields: Any) -> Any:
    """The processing object after its run."""
    p = request(**fields)
    run(webui, ours, p)
    return p


class Page:
    """One browser tab: what its controls show, and what clicking does."""

    def __init__(self, webui: WebUI) -> None:
        self.webui = webui
        blocks = webui.demo.blocks.values()
        self.shown = {block._id: _sent(copy.deepcopy(getattr(block, "value", None))) for block in blocks}
        self.properties: dict[int, dict[str, Any]] = {}

    def __getitem__(self, elem_id: str) -> Any:
        return self.shown[self.webui.component(elem_id)._id]

    def __setitem__(self, elem_id: str, value: Any) -> None:
        self.shown[self.webui.component(elem_id)._id] = value

    def ours(self) -> list[Any]:
        """What our script's controls show, the tick first."""
        return [self.shown[component._id] for component in self.webui.script.controls]

    def fire(self, elem_id: str, event: str = "click") -> None:
        """Everything the server does on the event, and what comes of it on the page."""
        for number, listener in self.webui.listeners(elem_id, event):
            if listener["backend_fn"]:
                self._take(listener["outputs"], self._call(number, listener))

    def _call(self, number: int, listener: dict[str, Any]) -> list[Any]:
        inputs = [self.shown[each] for each in listener["inputs"]]
        return asyncio.run(self.webui.demo.process_api(number, inputs, state={}))["data"]

    def _take(self, outputs: list[int], answers: list[Any]) -> None:
        for output, answer in zip(outputs, answers, strict=True):
            if isinstance(answer, dict) and answer.get("__type__") == "update":
                self.properties.setdefault(output, {}).update(answer)
                if "value" in answer:
                    self.shown[output] = _sent(answer["value"])
            else:
                self.shown[output] = _sent(answer)

    def paste(self, text: str) -> None:
        """Put a text into the prompt box and press the arrow."""
        self["txt2img_prompt"] = text
        self.fire("paste")

    def request(self, script: int = 0, **fields: Any) -> Any:
        """The processing object that Generate makes of the page; `script` is the place in the Script list."""
        from modules.infotext_utils import create_override_settings_dict

        p = request(
            prompt=self["txt2img_prompt"],
            negative_prompt=self["txt2img_neg_prompt"],
            width=self["txt2img_width"],
            height=self["txt2img_height"],
            cfg_scale=self["txt2img_cfg_scale"],
            enable_hr=self["txt2img_hr-checkbox"],
            hr_negative_prompt=self["hires_neg_prompt"],
            override_settings=create_override_settings_dict(self["txt2img_override_settings"] or []),
            **fields,
        )
        inputs = self.webui.runner.inputs[1:]
        p.scripts = self.webui.runner
        p.script_args = (script, *(component.preprocess(self.shown[component._id]) for component in inputs))
        p.user = ""
        return p

    def begin(self) -> Any:
        """Press Generate and stop before anything is made: the processing object after `before_process`."""
        p = self.request()
        self.webui.runner.before_process(p)
        return p

    def generate(self, **fields: Any) -> Any:
        """Press Generate; what came of it."""
        from modules.processing import process_images

        p = self.request(**fields)
        with closing(p):
            return process_images(p)


def _sent(value: Any) -> Any:
    """A value as a browser has it, to which 64.0 is 64."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


@dataclass(frozen=True)
class Plot:
    """An X/Y/Z plot that ran: its answer, and the processing object of each cell, in the order they were made."""

    processed: Any
    cells: list[Any]


def axis_index(webui: WebUI, label: str) -> int:
    """Where the X/Y/Z plot lists an axis."""
    return [option.label for option in script_titled(webui.runner, XYZ).current_axis_options].index(label)


def plot(webui: WebUI, axes: dict[str, tuple[str, Any]], ours: Any = (), csv: bool = True, **fields: Any) -> Plot:
    """Run the X/Y/Z plot over `axes`, "x" → (label, values); with `csv` off values are a dropdown's picks."""
    args = webui.args(ours)
    plotter = script_titled(webui.runner, XYZ)
    chosen = {control.label: n for n, control in reversed(list(enumerate(plotter.controls)))}
    for letter in "xyz":
        label, values = axes.get(letter, ("Nothing", ""))
        at = plotter.args_from + chosen[f"{letter.upper()} type"]
        args[at : at + 3] = [axis_index(webui, label), values if csv else "", [] if csv else values]
    args[plotter.args_to - 1] = csv
    args[0] = 1 + webui.runner.selectable_scripts.index(plotter)
    p = request(**fields)
    p.is_api = True
    p.scripts, p.script_args = webui.runner, tuple(args)
    cells: list[Any] = []
    with _watching(cells), closing(p):
        return Plot(webui.runner.run(p, *p.script_args), cells)


@contextlib.contextmanager
def listed(webui: WebUI, run: Any) -> Any:
    """One more script in the Script list, whose `run` is called with the processing object; its place there."""
    from modules import scripts

    members = {"title": lambda _: "Listed", "show": lambda *_: True, "run": lambda _, p, *__: run(p)}
    script = type("Listed", (scripts.Script,), members)()
    script.args_from = script.args_to = len(webui.runner.inputs)
    script.name, script.filename, script.controls = "listed", __file__, []
    webui.runner.selectable_scripts.append(script)
    webui.runner.scripts.append(script)
    try:
        yield len(webui.runner.selectable_scripts)
    finally:
        webui.runner.selectable_scripts.remove(script)
        webui.runner.scripts.remove(script)


@contextlib.contextmanager
def beside(webui: WebUI, first: bool = True, **members: Any) -> Any:
    """One more script that is always on, whose hooks are called before all others', or after them."""
    script = always(**members)()
    script.args_from = script.args_to = len(webui.runner.inputs)
    script.filename, script.controls = __file__, []
    everyone = webui.runner.alwayson_scripts
    everyone.insert(0 if first else len(everyone), script)
    known = getattr(webui.runner, "callback_map", {})
    known.clear()
    try:
        yield script
    finally:
        everyone.remove(script)
        known.clear()


@contextlib.contextmanager
def _watching(cells: list[Any]) -> Any:
    """Collect every processing object that begins a run, as the plot hands it over."""
    from modules.scripts import ScriptRunner

    before = ScriptRunner.before_process

    def collecting(runner: Any, p: Any) -> None:
        cells.append(p)
        before(runner, p)

    ScriptRunner.before_process = collecting
    try:
        yield
    finally:
        ScriptRunner.before_process = before


def blocks() -> Any:
    """A page of its own to build controls in."""
    return gr.Blocks(analytics_enabled=False)


def runner_of(*classes: type) -> Any:
    """txt2img's runner with these scripts alone, their controls built."""
    from modules import scripts

    before = list(scripts.scripts_data)
    scripts.scripts_data[:] = [scripts.ScriptClassData(each, __file__, "", None) for each in classes]
    try:
        runner = scripts.ScriptRunner()
        runner.initialize_scripts(False)
    finally:
        scripts.scripts_data[:] = before
    with blocks():
        runner.prepare_ui()
        runner.setup_ui()
    return runner


def always(**members: Any) -> type:
    """A script that is always on, with these members."""
    from modules import scripts

    usual = {"title": lambda _: "Probe", "show": lambda *_: scripts.AlwaysVisible}
    return type("Probe", (scripts.Script,), {**usual, **members})


def run_with(runner: Any, *args: Any, **fields: Any) -> Any:
    """The processing object after a run with these scripts and arguments, as the API starts it."""
    from modules.processing import process_images

    p = request(**fields)
    p.is_api = True
    p.scripts, p.script_args = runner, (0, *args)
    with closing(p):
        p.processed = process_images(p)
    return p
