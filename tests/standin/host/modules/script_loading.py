"""A script file as a module."""

import importlib.util
from pathlib import Path


def load_module(path):
    """Named after the file, and not among `sys.modules`."""
    spec = importlib.util.spec_from_file_location(Path(path).name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
