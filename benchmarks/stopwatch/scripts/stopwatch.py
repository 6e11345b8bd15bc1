"""An extension for `benchmarks/start_up.py`: the processor milliseconds of everything of ours that start-up calls.

It is loaded before ours (its folder sorts first) and prints a line for each call, which the benchmark reads in the log.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from modules import script_callbacks, script_loading, scripts

OURS = "pure_negative"
AT_START = ("ui_settings", "before_ui", "app_started")


def timed(what: str, call: Callable[..., Any]) -> Callable[..., Any]:
    """The call, which then says for how long its thread worked."""

    def measured(*args: Any, **kwargs: Any) -> Any:
        begun = time.thread_time()
        try:
            return call(*args, **kwargs)
        finally:
            print(f"stopwatch|{what}|{1000 * (time.thread_time() - begun):.3f}", flush=True)

    return measured


def watch() -> None:
    """Put the stopwatch on the loading of files, on their classes' start and `ui`, and on callbacks.

    Nothing is undone: the benchmark throws this WebUI away.
    """
    load, ordered = script_loading.load_module, script_callbacks.ordered_callbacks

    def load_module(path: str) -> Any:
        name = Path(path).name
        if OURS not in name:
            return load(path)
        module = timed(f"load {name}", load)(path)
        for found in vars(module).values():
            if isinstance(found, type) and issubclass(found, scripts.Script):
                for method in ("__init__", "ui"):
                    setattr(found, method, timed(f"{method} of {name}", getattr(found, method)))
        return module

    def ordered_callbacks(category: str, *args: Any, **kwargs: Any) -> Any:
        return [
            dataclasses.replace(each, callback=timed(f"callback {category}", each.callback))
            if OURS in each.script and category in AT_START
            else each
            for each in ordered(category, *args, **kwargs)
        ]

    script_loading.load_module, script_callbacks.ordered_callbacks = load_module, ordered_callbacks


watch()
