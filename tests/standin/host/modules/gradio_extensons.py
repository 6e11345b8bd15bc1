"""Every component made tells the scripts of the tab that is being built (the file's name is the WebUI's)."""

import functools

import gradio as gr

from modules import scripts


def _telling(original):
    @functools.wraps(original)
    def init(self, *args, **kwargs):
        original(self, *args, **kwargs)
        if scripts.scripts_current is not None:
            scripts.scripts_current.after_component(self, **kwargs)

    return init


gr.components.IOComponent.__init__ = _telling(gr.components.IOComponent.__init__)
