"""The X/Y/Z plot: axes, their values, and one job for each cell."""

import csv
from copy import copy
from io import StringIO

import gradio as gr
from modules import errors, processing, scripts
from modules.processing import Processed, process_images

from tests import plot_values


def format_value_add_label(p, opt, x):
    return f"{opt.label}: {x}"


def csv_string_to_list_strip(data_str):
    return [part.strip() for row in csv.reader(StringIO(data_str), skipinitialspace=True) for part in row]


def list_to_csv_string(data_list):
    with StringIO() as text:
        csv.writer(text).writerow(data_list)
        return text.getvalue().strip()


class AxisOption:
    """One kind of axis."""

    def __init__(
        self,
        label,
        type,  # noqa: A002
        apply,
        format_value=format_value_add_label,
        confirm=None,
        cost=0.0,
        choices=None,
        prepare=None,
    ):
        self.label, self.type, self.apply, self.format_value = label, type, apply, format_value
        self.confirm, self.cost, self.choices, self.prepare = confirm, cost, choices, prepare


class AxisOptionImg2Img(AxisOption):
    is_img2img = True


class AxisOptionTxt2Img(AxisOption):
    is_img2img = False


def apply_field(field):
    return lambda p, x, xs: setattr(p, field, x)


def apply_size(p, x, xs):
    p.width, p.height = map(int, x.split("x"))


def apply_override(field, boolean=False):
    """In the dict that all cells share, so that each cell's run is the last to have written it."""

    def put(p, x, xs):
        p.override_settings[field] = x.lower() == "true" if boolean else x

    return put


def apply_prompt(p, x, xs):
    """Both prompts are written, found there or not; what stands in neither leaves the cell empty."""
    if xs[0] not in p.prompt + "\0" + p.negative_prompt:
        raise RuntimeError(f"Prompt S/R did not find {xs[0]} in prompt or negative prompt.")
    p.prompt, p.negative_prompt = (text.replace(xs[0], x) for text in (p.prompt, p.negative_prompt))


axis_options = [
    AxisOption("Nothing", str, lambda p, x, xs: None, format_value=lambda p, opt, x: ""),
    AxisOption("Seed", int, apply_field("seed")),
    AxisOption("Steps", int, apply_field("steps")),
    AxisOption("CFG Scale", float, apply_field("cfg_scale")),
    AxisOptionImg2Img("Image CFG Scale", float, apply_field("image_cfg_scale")),
    AxisOption("Prompt S/R", str, apply_prompt),
    AxisOptionTxt2Img("Sampler", str, apply_field("sampler_name")),
    AxisOption("Schedule type", str, apply_field("scheduler")),
    AxisOption("Clip skip", int, apply_override("CLIP_stop_at_last_layers")),
    AxisOption("Size", str, apply_size),
]


class Script(scripts.Script):
    """What the dropdown calls X/Y/Z plot."""

    def title(self):
        return "X/Y/Z plot"

    def ui(self, is_img2img):
        fitting = (each for each in axis_options if type(each) is AxisOption or each.is_img2img == is_img2img)
        self.current_axis_options = list(fitting)
        labels = [option.label for option in self.current_axis_options]
        controls = []
        for letter, first in (("X", labels[1]), ("Y", labels[0]), ("Z", labels[0])):
            controls += [
                gr.Dropdown(labels, value=first, type="index", label=f"{letter} type"),
                gr.Textbox("", label=f"{letter} values"),
                gr.Dropdown([], label=f"{letter} values", multiselect=True),
            ]
        return [*controls, gr.Checkbox(False, label="Use text inputs instead of dropdowns")]

    def run(self, p, x_type, x_text, x_picked, y_type, y_text, y_picked, z_type, z_text, z_picked, csv_mode):
        """Values are read and confirmed before the first cell; a cell's error leaves it empty."""
        processing.fix_seed(p)
        axes = [
            self.read(p, option, text, picked, csv_mode)
            for option, text, picked in (
                (x_type, x_text, x_picked),
                (y_type, y_text, y_picked),
                (z_type, z_text, z_picked),
            )
        ]
        (x_opt, xs, x_values), (y_opt, ys, y_values), (z_opt, zs, _) = axes
        done = [self.cell(p, [(x_opt, x, xs), (y_opt, y, ys), (z_opt, z, zs)]) for z in zs for y in ys for x in xs]
        self.labels = [[option.format_value(p, option, value) for value in values] for option, values, _ in axes]
        first, answer = done[0]
        first.extra_generation_params = {
            **first.extra_generation_params,
            "Script": self.title(),
            **({"X Type": x_opt.label, "X Values": x_values} if x_opt.label != "Nothing" else {}),
            **({"Y Type": y_opt.label, "Y Values": y_values} if y_opt.label != "Nothing" else {}),
        }
        grid = processing.create_infotext(first, first.all_prompts, first.all_seeds, first.all_subseeds)
        answer = copy(answer)
        answer.images = [image for _, each in done for image in each.images[:1]]
        answer.infotexts = [grid] * (1 + len(zs)) + [each.infotexts[0] if each.infotexts else None for _, each in done]
        return answer

    def read(self, p, index, text, picked, csv_mode):
        """The axis, its values, and the text that says them."""
        option = self.current_axis_options[index or 0]
        if option.label == "Nothing":
            return option, [0], text
        if option.choices is not None and not csv_mode:
            found, text = picked, list_to_csv_string(picked)
        else:
            found = option.prepare(text) if option.prepare is not None else csv_string_to_list_strip(text)
        if option.type in (int, float):
            found = [value for part in found if part for value in plot_values.of_part(part, option.type)]
        values = [option.type(value) for value in found]
        if option.confirm:
            option.confirm(p, values)
        return option, values, text

    def cell(self, p, places):
        mine = copy(p)
        mine.styles = mine.styles[:]
        for option, value, values in places:
            option.apply(mine, value, values)
        try:
            return mine, process_images(mine)
        except Exception as error:
            errors.display(error, "generating image for xyz plot")
            return mine, Processed(p, [], p.seed, "")
