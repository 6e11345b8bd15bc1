"""Scripts: finding and loading them, building their controls, and calling their hooks."""

import inspect
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr

from modules import errors, extensions, paths_internal, script_callbacks, script_loading

AlwaysVisible = object()


@dataclass
class OnComponent:
    """What a callback on a component is given."""

    component: Any


class Script:
    """What scripts inherit."""

    name = filename = section = group = None
    args_from = args_to = None
    alwayson = is_txt2img = is_img2img = False
    create_group = True
    infotext_fields = paste_field_names = controls = None
    on_after_component_elem_id = None
    setup_for_ui_only = False

    def title(self):
        raise AttributeError("a script names itself")

    def ui(self, is_img2img):
        return None

    def show(self, is_img2img):
        return True

    def run(self, p, *args):
        return None

    def setup(self, p, *args):
        return None

    def before_process(self, p, *args):
        return None

    def process(self, p, *args):
        return None

    def before_process_batch(self, p, *args, **kwargs):
        return None

    def process_batch(self, p, *args, **kwargs):
        return None

    def postprocess(self, p, processed, *args):
        return None

    def on_after_component(self, callback, *, elem_id):
        """Ask for a component of the page by its DOM id, before it is made."""
        self.on_after_component_elem_id = [*(self.on_after_component_elem_id or []), (elem_id, callback)]


class ScriptFile(NamedTuple):
    basedir: str
    filename: str
    path: str


class ScriptClassData(NamedTuple):
    script_class: Any
    path: str
    basedir: str
    module: Any


scripts_data = []
scripts_txt2img = scripts_img2img = scripts_current = None


def list_scripts(scriptdirname, extension, *, include_extensions=True):
    """The WebUI's own files by name, then the extension's."""
    others = [extension.path for extension in extensions.active()] if include_extensions else []
    folders = [paths_internal.script_path, *others]
    found = []
    for folder in folders:
        files = sorted(Path(folder, scriptdirname).glob(f"*{extension}"))
        found += [ScriptFile(folder, file.name, str(file)) for file in files]
    return found


def load_scripts():
    """Run every script file anew; while an extension's is running, its folder is where imports are looked up first."""
    global scripts_txt2img, scripts_img2img
    scripts_data.clear()
    script_callbacks.clear_callbacks()
    own = list_scripts("modules/processing_scripts", ".py", include_extensions=False)
    for file in list_scripts("scripts", ".py") + own:
        before = sys.path
        if file.basedir != paths_internal.script_path:
            sys.path = [file.basedir, *before]
        try:
            _register(script_loading.load_module(file.path), file)
        except Exception:
            errors.report(f"Error loading script: {file.filename}", exc_info=True)
        finally:
            sys.path = before
    scripts_txt2img, scripts_img2img = ScriptRunner(), ScriptRunner()


def _register(module, file):
    """Every script class that the file's namespace holds, imported ones too."""
    classes = (value for value in vars(module).values() if inspect.isclass(value) and issubclass(value, Script))
    scripts_data.extend(ScriptClassData(each, file.path, file.basedir, module) for each in classes)


class ScriptRunner:
    """One tab's scripts."""

    def __init__(self):
        self.scripts, self.selectable_scripts, self.alwayson_scripts = [], [], []
        self.infotext_fields, self.paste_field_names = [], []
        self.inputs = [None]
        self.on_after_component_elem_id = {}

    def initialize_scripts(self, is_img2img):
        """Make one of each script and ask it whether it shows in this tab; that question's errors are not caught."""
        for known in (self.scripts, self.selectable_scripts, self.alwayson_scripts):
            known.clear()
        for data in scripts_data:
            try:
                script = data.script_class()
            except Exception:
                errors.report(f"Error # failed to initialize Script {data.module}", exc_info=True)
                continue
            script.filename = data.path
            script.is_img2img, script.is_txt2img = is_img2img, not is_img2img
            self._place(script, script.show(is_img2img))

    def _place(self, script, visibility):
        if not visibility:
            return
        script.alwayson = visibility == AlwaysVisible
        self.scripts.append(script)
        (self.alwayson_scripts if script.alwayson else self.selectable_scripts).append(script)
        for elem_id, callback in script.on_after_component_elem_id or []:
            self.on_after_component_elem_id.setdefault(elem_id, []).append((callback, script))

    def prepare_ui(self):
        self.inputs = [None]

    def setup_ui_for_section(self, section, scriptlist=None):
        """Build the controls of this place on the page."""
        for script in self.alwayson_scripts if scriptlist is None else scriptlist:
            if script.alwayson and script.section != section:
                continue
            if script.create_group:
                with gr.Group(visible=script.alwayson) as script.group:
                    self._build(script)
            else:
                self._build(script)

    def setup_ui(self):
        """The scripts without a place, the dropdown, and the selectable ones below it."""
        self.setup_ui_for_section(None)
        titles = [script.title() for script in self.selectable_scripts]
        chosen = gr.Dropdown(["None", *titles], value="None", type="index", label="Script", elem_id="script_list")
        self.inputs[0] = chosen
        self.setup_ui_for_section(None, self.selectable_scripts)
        self.infotext_fields.append((chosen, lambda params: gr.update(value=params.get("Script", "None"))))
        return self.inputs

    def _build(self, script):
        script.args_from = script.args_to = len(self.inputs)
        try:
            script.controls = script.ui(script.is_img2img)
        except Exception:
            errors.report(f"Error calling: {script.filename}/ui", exc_info=True)
        if script.controls is None:
            return
        script.name = script.title().lower()
        for control in script.controls:
            control.custom_script_source = Path(script.filename).name
        self.infotext_fields += script.infotext_fields or []
        self.paste_field_names += script.paste_field_names or []
        self.inputs += script.controls
        script.args_to = len(self.inputs)

    def run(self, p, *args):
        """The selectable script that is chosen, nothing caught; None where none is."""
        if not args[0]:
            return None
        script = self.selectable_scripts[args[0] - 1]
        return script.run(p, *args[script.args_from : script.args_to])

    def after_component(self, component, **kwargs):
        for callback, script in self.on_after_component_elem_id.get(component.elem_id, []):
            try:
                callback(OnComponent(component=component))
            except Exception:
                errors.report(f"Error running on_after_component: {script.filename}", exc_info=True)

    def _hook(self, name, p, *before, only=lambda script: True, **kwargs):
        for script in filter(only, self.alwayson_scripts):
            try:
                getattr(script, name)(p, *before, *p.script_args[script.args_from : script.args_to], **kwargs)
            except Exception:
                errors.report(f"Error running {name}: {script.filename}", exc_info=True)

    def setup_scrips(self, p, *, is_ui=True):
        """The name is the WebUI's."""
        self._hook("setup", p, only=lambda script: is_ui or not script.setup_for_ui_only)

    def before_process(self, p):
        self._hook("before_process", p)

    def process(self, p):
        self._hook("process", p)

    def before_process_batch(self, p, **kwargs):
        self._hook("before_process_batch", p, **kwargs)

    def process_batch(self, p, **kwargs):
        self._hook("process_batch", p, **kwargs)

    def postprocess(self, p, processed):
        self._hook("postprocess", p, processed)
