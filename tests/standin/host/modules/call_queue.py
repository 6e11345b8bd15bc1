"""One run at a time, and an error shown instead of its answer."""

import html
import threading

from modules import errors

queue_lock = threading.Lock()


def wrap_gradio_call_no_job(func, extra_outputs=None, add_stats=False):
    """The function, with what it raises as the text of its last output, escaped."""

    def call(*args):
        try:
            return tuple(func(*args))
        except Exception as error:
            errors.report("Error completing request", exc_info=True)
            text = html.escape(f"{type(error).__name__}: {error}")
            return (*(extra_outputs or [None, ""]), f"<div class='error'>{text}</div>")

    return call
