"""Parameters texts: taking them apart, and filling the page from one."""

import json
import re
from pathlib import Path

import gradio as gr

from modules import errors, script_callbacks, shared
from modules.paths_internal import data_path

_PAIR = re.compile(r'\s*(\w[\w \-/]+):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)')
paste_fields = {}


class PasteField(tuple):
    """A component and what fills it: a key, or a function of the parsed pairs; `api` is the API's name for it."""

    def __new__(cls, component, target, *, api=None):
        return super().__new__(cls, (component, target))

    def __init__(self, component, target, *, api=None):
        self.component, self.api = component, api
        self.label = target if isinstance(target, str) else None
        self.function = target if callable(target) else None


def reset():
    paste_fields.clear()


def quote(text):
    """In quotes where it holds what ends a value."""
    return json.dumps(text, ensure_ascii=False) if any(sign in str(text) for sign in ",\n:") else text


def unquote(text):
    if len(text) < 1 or text[0] != '"' or text[-1] != '"':
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def parse_generation_parameters(x, skip_fields=None):
    """The pairs of a text, the prompts among them, with what was left unsaid because it is usual."""
    *lines, last = x.strip().split("\n")
    pairs = _PAIR.findall(last)
    if len(pairs) < 3:
        lines, pairs = [*lines, last], []
    found = _prompts(lines)
    for key, value in pairs:
        if not value:
            continue
        value = unquote(value)
        sides = re.match(r"^(\d+)x(\d+)$", value)
        found |= {f"{key}-1": sides[1], f"{key}-2": sides[2]} if sides else {key: value}
    usual = {"Clip skip": "1", "Schedule type": "Automatic", "Hires prompt": "", "Hires negative prompt": ""}
    if re.search(r"(?<!\\)[(\[]", found["Prompt"] + found["Negative prompt"]):
        usual["Emphasis"] = "Original"
    found = usual | found
    for key in shared.opts.infotext_skip_pasting if skip_fields is None else skip_fields:
        found.pop(key, None)
    return found


def _prompts(lines):
    stripped = [line.strip() for line in lines]
    start = next((n for n, line in enumerate(stripped) if line.startswith("Negative prompt:")), len(stripped))
    negative = [line.removeprefix("Negative prompt:").strip() for line in stripped[start:]]
    return {"Prompt": "\n".join(stripped[:start]).lstrip("\n"), "Negative prompt": "\n".join(negative).lstrip("\n")}


def _named():
    return [(info.infotext, key) for key, info in shared.opts.data_labels.items() if info.infotext]


def create_override_settings_dict(text_pairs):
    """The settings behind texts such as "Clip skip: 2"."""
    params = dict(pair.split(": ", 1) for pair in text_pairs)
    return {key: shared.opts.cast_value(key, params[name]) for name, key in _named() if name in params}


def get_override_settings(params, *, skip_fields=None):
    """The settings that a text has otherwise than they are: name in the text, key, value."""
    known = [(name, key) for name, key in _named() if params.get(name) is not None and name not in (skip_fields or {})]
    found = [(name, key, shared.opts.cast_value(key, params[name])) for name, key in known]
    return [each for each in found if each[2] != getattr(shared.opts, each[1], None)]


def add_paste_fields(tabname, init_img, fields, override_settings_component=None):
    known = [field if isinstance(field, PasteField) else PasteField(*field) for field in fields]
    paste_fields[tabname] = {"fields": known, "override_settings_component": override_settings_component}


def connect_paste(button, paste_fields, input_comp, override_settings_component, tabname):
    """Let the button fill the page from the text in `input_comp`, or from the last picture's where that is empty."""

    def settings(params):
        skipped = {key: 1 for _, key in paste_fields}
        texts = [f"{name}: {value}" for name, _, value in get_override_settings(params, skip_fields=skipped)]
        return gr.Dropdown.update(value=texts, choices=texts, visible=bool(texts))

    filled = [*paste_fields, (override_settings_component, settings)]

    def paste(prompt):
        params = parse_generation_parameters(prompt or _last())
        script_callbacks.infotext_pasted_callback(prompt, params)
        return [_update(component, target, params) for component, target in filled]

    button.click(paste, [input_comp], [component for component, _ in filled], show_progress=False)


def _last():
    try:
        return Path(data_path, "params.txt").read_text(encoding="utf8")
    except OSError:
        return ""


def _update(component, target, params):
    """What the component becomes: untouched for None and for every error, else the value as its default's type."""
    try:
        value = target(params) if callable(target) else params.get(target)
    except Exception:
        errors.report(f"Error executing {target}", exc_info=True)
        value = None
    if value is None:
        return gr.update()
    if isinstance(value, dict):
        return value
    wanted = type(component.value)
    try:
        if wanted is bool and value == "False":
            return gr.update(value=False)
        return gr.update(value=float(value) if wanted is int else wanted(value))
    except Exception:
        return gr.update()
