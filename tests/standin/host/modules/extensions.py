"""The installed extensions: this repository."""

from pathlib import Path


class Extension:
    """A folder with scripts, and whether it is switched on."""

    def __init__(self, name, path, enabled=True):
        self.name, self.path, self.enabled = name, path, enabled


extensions = [Extension("sd-webui-pure-negative", str(Path(__file__).resolve().parents[4]))]


def active():
    return [extension for extension in extensions if extension.enabled]
