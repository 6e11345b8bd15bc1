"""Settings: labels that know the defaults, and the data that was stored or set."""

import json
from pathlib import Path

from modules.shared_cmd_options import cmd_opts

_OWN = ("data_labels", "data", "restricted_opts")


class OptionInfo:
    """One setting's default and how the settings page shows it."""

    def __init__(
        self,
        default=None,
        label="",
        component=None,
        component_args=None,
        onchange=None,
        section=None,
        refresh=None,
        comment_before="",
        comment_after="",
        infotext=None,
        restrict_api=False,
        category_id=None,
    ):
        self.default, self.label, self.section = default, label, section
        self.component, self.component_args = component, component_args
        self.onchange, self.refresh = onchange, refresh
        self.infotext, self.restrict_api = infotext, restrict_api
        self.do_not_save = False


class Options:
    """Attributes are settings; what is not in `data` reads as its default."""

    def __init__(self, data_labels, restricted_opts):
        self.data_labels = data_labels
        self.data = {key: info.default for key, info in data_labels.items() if not info.do_not_save}
        self.restricted_opts = restricted_opts

    def __setattr__(self, key, value):
        known = key not in _OWN and (key in self.data or key in self.data_labels)
        if not known:
            super().__setattr__(key, value)
            return
        assert not cmd_opts.freeze_settings, "settings are frozen"
        if not self.data_labels[key].do_not_save:
            self.data[key] = value

    def __getattr__(self, item):
        if item not in _OWN:
            if item in self.data:
                return self.data[item]
            if item in self.data_labels:
                return self.data_labels[item].default
        raise AttributeError(item)

    def set(self, key, value, is_api=False, run_callbacks=True):
        """Whether the setting changed."""
        if self.data.get(key) == value:
            return False
        info = self.data_labels[key]
        if info.do_not_save or (is_api and info.restrict_api):
            return False
        setattr(self, key, value)
        if run_callbacks and info.onchange is not None:
            info.onchange()
        return True

    def get_default(self, key):
        """None for an unknown setting."""
        info = self.data_labels.get(key)
        return None if info is None else info.default

    def load(self, filename):
        """What was stored replaces everything; on a fresh install that is nothing."""
        try:
            self.data = json.loads(Path(filename).read_text(encoding="utf8"))
        except FileNotFoundError:
            self.data = {}

    def add_option(self, key, info):
        """A setting of an extension's; its default counts as stored."""
        self.data_labels[key] = info
        if not info.do_not_save:
            self.data.setdefault(key, info.default)

    def cast_value(self, key, value):
        """A text from an infotext as the type of the setting's default."""
        if value is None:
            return None
        wanted = type(self.data_labels[key].default)
        return False if wanted is bool and value == "False" else wanted(value)
