"""Takes parts of the WebUI away before other extensions are loaded; the environment says which."""

import os
import sys

import modules
from modules import script_callbacks, scripts

taken = os.environ.get("TAKE_AWAY", "").split()
plot = next((each.module for each in scripts.scripts_data if each.script_class.__module__ == "xyz_grid.py"), None)

if "plot" in taken and plot is not None:
    plot.axis_options[:] = [each for each in plot.axis_options if type(each) is plot.AxisOption]
    del plot.AxisOptionTxt2Img
if "callback" in taken:
    del script_callbacks.callback_map["callbacks_infotext_pasted"]


def take_module():
    """Once the WebUI's own scripts, which come after those of extensions, have it."""
    kept = modules.sd_schedulers
    del modules.sd_schedulers
    sys.modules["modules.sd_schedulers"] = None

    def give_back(component, **given):
        """Once txt2img is made: other parts of the page, and the WebUI's own API, ask for it."""
        if given.get("elem_id") == "img2img_prompt":
            modules.sd_schedulers = sys.modules["modules.sd_schedulers"] = kept

    script_callbacks.on_after_component(give_back)


if "module" in taken:
    script_callbacks.on_before_ui(take_module)
