"""Functions that are imported when they are first called.

The WebUI imports our script files while its user waits for the page, so what they bring in then is kept to the classes
and callbacks it registers. The package stays importable after the WebUI has taken our folder from `sys.path` again:
its submodules are found by its own `__path__` (webui-contract §1).
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any


def later(name: str, *first: Any) -> Callable[..., Any]:
    """The function `name`, a dotted path below `pure_negative.webui`, to be handed to the WebUI.

    `first` come before the WebUI's own arguments.
    """
    module, _, function = name.rpartition(".")

    def call(*args: Any, **named: Any) -> Any:
        found = importlib.import_module(f"pure_negative.webui.{module}")
        return getattr(found, function)(*first, *args, **named)

    return call
