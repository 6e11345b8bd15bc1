"""Like many extensions: axes of its own in the X/Y/Z plot, each of which works in another way."""

from modules import script_callbacks, scripts, shared

PREFIX = "[Neighbour] "


def change_prompt(p, value, values):
    p.prompt = f"{p.prompt}, {value}"


def set_field(p, value, values):
    p.s_noise = value


def set_option(p, value, values):
    shared.opts.data["skip_early_cond"] = value


def only_even(p, value, values):
    if value % 2:
        raise RuntimeError(f"{value} is an odd number")


def refuse(p, values):
    if "nobody" in values:
        raise RuntimeError("Unknown animal: nobody")


def add():
    plot = next(data.module for data in scripts.scripts_data if data.script_class.__module__ == "xyz_grid.py")
    if any(option.label.startswith(PREFIX) for option in plot.axis_options):
        return
    plot.axis_options += [
        plot.AxisOption(PREFIX + "Animal", str, change_prompt, confirm=refuse, choices=lambda: ["cat", "dog, old"]),
        plot.AxisOption(PREFIX + "Noise", float, set_field),
        plot.AxisOption(PREFIX + "Early", float, set_option, cost=0.5),
        plot.AxisOption(PREFIX + "Even", int, only_even),
        plot.AxisOption(PREFIX + "Noise", float, set_field, format_value=lambda p, option, value: f"again {value}"),
        getattr(plot, "AxisOptionImg2Img", plot.AxisOption)(PREFIX + "Mask", float, set_field),
    ]


script_callbacks.on_before_ui(add)
