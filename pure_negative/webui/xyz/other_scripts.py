"""What another script sets on a run for its pictures: it holds over the plan, as the X/Y/Z plot's own axes do.

A value that is the tab's own may be meant all the same (a line `--steps 20` of Prompts from file), so comparing is not
enough: a run of ours takes note of what is set on it, from the moment when the WebUI has put the tab's controls there.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pure_negative import options
from pure_negative.planning import infotext, plan
from pure_negative.planning.choices import Choices
from pure_negative.webui import names
from pure_negative.webui.core import refusal
from pure_negative.webui.hosts import detect
from pure_negative.webui.xyz import native_axes

ATTRIBUTE = "_pure_negative_seen"
FIELDS = {
    "width": "size",
    "height": "size",
    "cfg_scale": "cfg",
    "steps": "steps",
    "sampler_name": "sampler",
    "scheduler": "scheduler",
}
"""Attribute of a run → what of a plan is left to the tab where another script sets it."""
TEXTS = ("prompt", "negative_prompt", "hr_negative_prompt")
KEPT = ("hr_cfg",)
"""What a host has beside these, which goes with the CFG scale unless another script sets it too."""
SETTINGS = tuple(each.setting for each in options.settings().values())
NAMES = {
    "size": "size",
    "cfg": "CFG scale",
    "steps": "steps",
    "sampler": "sampler",
    "scheduler": "schedule type",
    **{each.leave: each.label.lower() for each in options.settings().values() if each.leave},
}
"""As the lines call them."""
_LAST_OF_THE_PAGE = "user"
"""What the page's runs are given once every script is set up, the tab's own too, which come after ours."""


@dataclass(frozen=True)
class Seen:
    """What is known of a run, and of its copies until they are told more.

    `meant` says that a script of the Script list makes the pictures, so that a value equal to the tab's counts as well;
    `outer` is the dict of parameters that the run and all its copies began with; `tab` has the attributes and settings
    as the tab gave them, `names` those that another script set since.
    """

    meant: bool
    seed: int | None
    outer: dict[str, Any]
    tab: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    begun: bool = False
    listening: bool = False
    names: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()


def watch(p: Any, seed: int | None, meant: bool) -> None:
    """Take note of what is set on this run from now on; the page's is still to be given the tab's own controls.

    A seed of ours is put there before any other script, which may count on from it.
    """
    usual = type(p)

    class Watched(usual):  # type: ignore[misc, valid-type]
        """The run's own class, but for what follows; copies of the run are of it too."""

        def __setattr__(self, name: str, value: Any) -> None:
            super().__setattr__(name, value)
            _heard(self, name, value)

    Watched.__name__, Watched.__qualname__, Watched.__module__ = usual.__name__, usual.__qualname__, usual.__module__
    p.__class__ = Watched
    _know(p, Seen(meant, seed, p.extra_generation_params))
    if detect.current().is_api(p):
        _listen(p, p.__dict__[ATTRIBUTE])


def watch_cell(p: Any, seed: int | None) -> None:
    """Take note of what an axis of the plot's sets on this copy of a run, which has the tab's controls already."""
    watch(p, seed, meant=True)
    known = vars(p)[ATTRIBUTE]
    if not known.begun:
        _listen(p, known)


def seen(p: Any) -> Seen | None:
    """What is known of a run whose tab is known; None of any other."""
    known = getattr(p, ATTRIBUTE, None)
    return known if known is not None and known.begun else None


def _know(p: Any, known: Seen) -> None:
    p.__dict__[ATTRIBUTE] = known


def _listen(p: Any, known: Seen) -> None:
    """The tab's own controls are on the run; whatever is set from here on is another's."""
    if known.seed is not None:
        p.seed = known.seed
    _know(p, dataclasses.replace(known, tab=_values(p), begun=True, listening=True))


def _values(p: Any) -> dict[str, Any]:
    fields = {name: getattr(p, name, None) for name in (*FIELDS, *TEXTS, *KEPT)}
    return fields | {name: p.override_settings.get(name) for name in SETTINGS}


def _heard(p: Any, name: str, value: Any) -> None:
    known = p.__dict__.get(ATTRIBUTE)
    if known is None:
        return
    if name == _LAST_OF_THE_PAGE and not known.begun:
        _listen(p, known)
    elif known.listening and name in (*FIELDS, *TEXTS, *KEPT) and (known.meant or value != known.tab[name]):
        _know(p, dataclasses.replace(known, names=known.names | {name}))


def begin(p: Any) -> None:
    """Before a picture: what is set from here on is the WebUI's own doing, and ours."""
    known = seen(p)
    if known is None:
        return
    changed = {name for name in SETTINGS if p.override_settings.get(name) != known.tab[name]}
    _know(p, dataclasses.replace(known, names=known.names | changed, listening=False))
    if names.NOTES in p.extra_generation_params:
        p.extra_generation_params = {k: v for k, v in p.extra_generation_params.items() if k != names.NOTES}


def applied(p: Any, chosen: Choices) -> Choices:
    """The choices without what another script sets for this picture; our words join its negative prompt."""
    known = seen(p)
    if known is None:
        return chosen
    left, texts = _left(known), _texts(p, known)
    changes: dict[str, Any] = {} if known.seed is None else {"seed": None}
    if left:
        changes["leave"] = tuple(dict.fromkeys([*(chosen.leave or ()), *left]))
    if "prompt" in texts:
        changes["prompt"] = None
    if "emphasis" in known.names:
        changes["emphasis"] = p.override_settings.get("emphasis")
    changed = dataclasses.replace(chosen, **changes)
    return joined(changed) if "negative_prompt" in texts else changed


def for_hires(p: Any, chosen: Choices) -> Choices:
    """The choices for a hires negative prompt, which another script may set or leave by itself."""
    known = seen(p)
    return joined(chosen) if known is not None and "hr_negative_prompt" in _texts(p, known) else chosen


def joined(chosen: Choices) -> Choices:
    """The choices with our words before a negative prompt that they would have replaced."""
    return dataclasses.replace(chosen, join=options.JOINS[1]) if plan.join_mode(chosen) == options.JOINS[0] else chosen


def _left(known: Seen) -> list[str]:
    found = [part for name, part in FIELDS.items() if name in known.names]
    settings = [each.leave for each in options.settings().values() if each.leave and each.setting in known.names]
    return [*dict.fromkeys(found), *settings]


def _texts(p: Any, known: Seen) -> set[str]:
    """The prompts that another script set; the plot writes both in each cell, also where it found nothing."""
    searched = native_axes.searched(p)

    def found(name: str) -> bool:
        before = known.tab[name] or ""
        return searched is None or getattr(p, name) != before or any(each in before for each in searched)

    return {name for name in TEXTS if name in known.names and found(name)}


def lines(p: Any, asked: Choices, chosen: Choices, plans: list[plan.Plan]) -> list[str]:
    """What there is to say of a picture for which another script set something."""
    known = seen(p)
    if known is None:
        return []
    parts = [part for part in _left(known) if part not in (asked.leave or ())]
    found = [] if known.meant or not parts else [_holding(parts)]
    for kind, part in (("CFG ×", "cfg"), ("size", "size")):
        if kind in getattr(p, names.AXIS_VALUES, {}) and part in parts:
            found.append(f"Another script sets the {NAMES[part]} of each picture, so the axis of it changes nothing.")
    if chosen.join != asked.join and any(each.words and each.negative_prompt != each.words for each in plans):
        found.append(
            "Another script sets a negative prompt of its own for each picture, "
            "so the words go before it and don't replace it."
        )
    return found


def _holding(parts: list[str]) -> str:
    named = " and ".join(filter(None, (", ".join(NAMES[part] for part in parts[:-1]), NAMES[parts[-1]])))
    return f"Another extension sets the {named} of this picture; it holds over the panel."


def kept(p: Any) -> dict[str, Any]:
    """What another script set and no choice speaks of, to be put back once the plan is on the run."""
    known = seen(p)
    return {name: getattr(p, name) for name in KEPT if known is not None and name in known.names}


def made(p: Any, plans: list[plan.Plan]) -> None:
    """The plans are on the run: the settings among them are ours."""
    known = seen(p)
    if known is not None:
        words = tuple(each.words for each in plans if "negative" in each.sets)
        settings = {name: p.override_settings.get(name) for name in SETTINGS}
        _know(p, dataclasses.replace(known, tab={**known.tab, **settings}, words=words))


def end(p: Any, processed: Any) -> None:
    """After the picture: say what became of our words, have the lines in the API's answer, and take note again."""
    known = seen(p)
    if known is None:
        return
    _know(p, dataclasses.replace(known, listening=True))
    if infotext.FIELD not in p.extra_generation_params:
        return
    if lost := _lost(known.words, p.all_negative_prompts or []):
        refusal.tell(p, infotext.FIELD, lost)
        processed.comments = "".join(f"{comment}\n" for comment in p.comments)
    if notes := answer(p, processed):
        known.outer[names.NOTES] = notes


def answer(p: Any, processed: Any) -> list[str]:
    """Our lines under the gallery, put into the API's answer too."""
    notes = [text for text in detect.current().comments(p) if text.startswith(names.TITLE)]
    if notes:
        processed.extra_generation_params = {**processed.extra_generation_params, names.NOTES: notes}
    return notes


def _lost(words: tuple[str, ...], negatives: list[str]) -> str:
    """The sentence for pictures whose negative prompt another script made anew without our words."""
    wanted = ["".join(each.split()) for each in words]
    if not wanted:
        return ""
    wanted = wanted if len(wanted) == len(negatives) else wanted[:1] * len(negatives)
    count = sum(each not in "".join(text.split()) for each, text in zip(wanted, negatives, strict=True))
    if not count:
        return ""
    return f"another extension took the words out of the negative prompt of {count} of {len(negatives)} pictures."
