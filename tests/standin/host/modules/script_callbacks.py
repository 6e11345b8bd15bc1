"""Callbacks that script files register while they are loaded; each one's errors are reported and passed over."""

from modules import errors

_CATEGORIES = ("app_started", "before_ui", "cfg_denoiser", "infotext_pasted", "ui_settings")
callback_map = {f"callbacks_{category}": [] for category in _CATEGORIES}


def clear_callbacks():
    """Forget them all; what loading the scripts begins with."""
    for registered in callback_map.values():
        registered.clear()


def _call(category, *args):
    for callback in callback_map[f"callbacks_{category}"]:
        try:
            callback(*args)
        except Exception:
            errors.report(f"Error executing callback {category}", exc_info=True)


def add_callback(callbacks, fun, *, name=None, category="unknown", filename=None):
    callbacks.append(fun)


def on_app_started(callback, *, name=None):
    add_callback(callback_map["callbacks_app_started"], callback, name=name, category="app_started")


def on_before_ui(callback, *, name=None):
    add_callback(callback_map["callbacks_before_ui"], callback, name=name, category="before_ui")


def on_cfg_denoiser(callback, *, name=None):
    add_callback(callback_map["callbacks_cfg_denoiser"], callback, name=name, category="cfg_denoiser")


def on_infotext_pasted(callback, *, name=None):
    add_callback(callback_map["callbacks_infotext_pasted"], callback, name=name, category="infotext_pasted")


def on_ui_settings(callback, *, name=None):
    add_callback(callback_map["callbacks_ui_settings"], callback, name=name, category="ui_settings")


def app_started_callback(demo, app):
    _call("app_started", demo, app)


def before_ui_callback():
    _call("before_ui")


def infotext_pasted_callback(infotext, params):
    _call("infotext_pasted", infotext, params)


def ui_settings_callback():
    _call("ui_settings")
