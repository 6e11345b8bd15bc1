"""What an option of the X/Y/Z plot does to a run, found by letting it act on a copy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

from pure_negative.errors import PureNegativeError
from pure_negative.planning.plan import Tab
from pure_negative.webui import names
from pure_negative.webui.core import apply, kept_settings
from pure_negative.webui.hosts import detect
from pure_negative.webui.xyz import native_axes, other_scripts, plot_options
from pure_negative.webui.xyz.plot_options import PlotValue

PER_PICTURE = frozenset({"prompt", "negative_prompt", "seed", "subseed", "styles"})
"""What each picture of a batch has its own of."""


@dataclass(frozen=True)
class Act:
    """One axis at one of its values: the option, the value, and all the values, which it is told too."""

    option: Any
    value: PlotValue
    values: Sequence[PlotValue]

    @property
    def searched(self) -> Sequence[str]:
        """What it looks for in the prompts."""
        if isinstance(self.value.raw, (list, tuple)):
            return native_axes.searched_by(self.option.label, [str(part) for part in self.value.raw])
        return native_axes.searched_by(self.option.label, [each.text for each in self.values])

    def on(self, p: Any) -> None:
        """Let it act on a copy of a run.

        Raises:
            PureNegativeError: it raised; the sentence names it.
        """
        try:
            self.option.apply(p, self.value.raw, [each.raw for each in self.values])
        except Exception as error:
            raise PureNegativeError(f"{self.value.label}: {plot_options.told(error)}") from None


@dataclass(frozen=True)
class Probe:
    """A copy of a run on which axes acted: the names of what they set or changed, and what the first of them raised."""

    p: Any
    touched: frozenset[str]
    error: str = ""

    @property
    def per_picture(self) -> bool:
        """Whether all that changed is what each picture of a batch has its own of.

        Where nothing is seen to change, the option works in a way that a copy does not show.
        """
        return bool(self.touched) and self.touched <= PER_PICTURE and not self.error


def copied(p: Any, tab: Tab | None, seed: int | None = None) -> Any:
    """A copy that shares nothing with the run that an option may change, with the tab's controls on it."""
    own = copy(p)
    for name, value in vars(p).items():
        if isinstance(value, (list, dict, set)):
            setattr(own, name, copy(value))
    if tab is not None:
        own.prompt, own.negative_prompt = tab.prompt, tab.negative_prompt
        own.width, own.height, own.steps, own.cfg_scale = tab.width, tab.height, tab.steps, tab.cfg
        detect.current().sample(own, tab.sampler, tab.scheduler)
        own.seed = tab.seed if seed is None else seed
        if apply.settings_in(own.override_settings) != apply.settings_in(apply.settings_of(tab)):
            own.override_settings |= apply.stored(apply.settings_of(tab))
    return own


def made(p: Any, acts: Sequence[Act], tab: Tab, seed: int | None) -> Probe:
    """The copy after all of them acted, in their order; nothing outside it stays changed."""
    own = copied(p, tab, seed)
    other_scripts.watch_cell(own, seed)
    setattr(own, names.SEARCHED, [text for act in acts for text in act.searched])
    before = _contents(own)
    touched, error = _recorded(own), ""
    with kept_settings.kept() as changed:
        try:
            for act in acts:
                act.on(own)
        except PureNegativeError as refused:
            error = str(refused)
        found = touched | _differing(before, _contents(own)) | changed()
    return Probe(own, frozenset(found), error)


def _recorded(p: Any) -> set[str]:
    """The names of all attributes that are set on the run from here on."""
    touched: set[str] = set()
    usual = type(p)

    class Recorded(usual):  # type: ignore[misc, valid-type]
        """The run's own class, but for this."""

        def __setattr__(self, name: str, value: Any) -> None:
            touched.add(name)
            super().__setattr__(name, value)

    Recorded.__name__, Recorded.__qualname__, Recorded.__module__ = usual.__name__, usual.__qualname__, usual.__module__
    p.__class__ = Recorded
    return touched


def _contents(p: Any) -> dict[str, Any]:
    return {name: copy(each) if isinstance(each, (list, dict, set)) else each for name, each in vars(p).items()}


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[str]:
    return kept_settings.differing(before, after) - {other_scripts.ATTRIBUTE}
