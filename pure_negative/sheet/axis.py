"""Axes: which choice changes from cell to cell, and to which values; checked by the readers of `choices`."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from pure_negative import options
from pure_negative.errors import PureNegativeError
from pure_negative.io import characters, validate
from pure_negative.planning.choices import Choices
from pure_negative.prompt import emphasis
from pure_negative.rules import seeds
from pure_negative.sheet import notation


@dataclass(frozen=True)
class Value:
    """One value of an axis: its text in the axis notation, what it changes in the choices, and its label.

    `label` names the axis too (`CFG 10.5`), `short` does not (`10.5`).
    """

    text: str = field(compare=False)
    changes: Mapping[str, Any]
    label: str = field(compare=False)
    short: str = field(default="", compare=False)


@dataclass(frozen=True)
class Kind:
    """One kind of axis.

    A kind that goes `beside` the choices sets none of them, but what a picture is made with (`field` of its request)
    or what the whole plan is changed by; of those that take long to change, the one of the greatest `cost` (0 to 1, as
    in the WebUI's X/Y/Z plot) changes least often.

    `field` is the choice it sets; `clears` are the choices that would contradict it; `frees` what a user may have left
    to the host's own controls and the axis takes back, since otherwise all its cells would be the same. A `numeric`
    axis takes what is typed for a figure as one, whatever its width; any other keeps its texts.
    """

    name: str
    field: str
    lead: str
    read: Callable[[str, str], Any]
    show: Callable[[Any], str] = str
    expand: Callable[[str, str], Iterable[str]] = lambda part, _: (part,)
    clears: tuple[str, ...] = ()
    frees: tuple[str, ...] = ()
    blanks: bool = False
    numeric: bool = False
    beside: bool = False
    cost: float = 0.0

    @property
    def title(self) -> str:
        """What a list of axes calls it."""
        return self.lead.removesuffix(":")

    def value(self, typed: Any, text: str | None = None) -> Value:
        """The axis value for a choice that is typed already."""
        shown = self.show(typed)
        changes = {self.field: typed} | dict.fromkeys(self.clears)
        return Value(shown if text is None else text, changes, f"{self.lead} {shown}", shown)


@dataclass(frozen=True)
class Axis:
    """A kind of axis and its values, in order; the axis that is not there has no kind and one value without effect."""

    kind: Kind | None
    values: tuple[Value, ...]
    typed: str | None = field(default=None, compare=False)
    """Its values as they were typed, where the axis has a notation of its own."""

    @property
    def name(self) -> str:
        return self.kind.name if self.kind else ""

    @property
    def text(self) -> str:
        """The axis in its own notation; `read` gives the same axis back."""
        if self.kind is None:
            return ""
        typed = ", ".join(quoted(value.text) for value in self.values) if self.typed is None else self.typed
        return f"{self.name}: {typed}"

    def applied(self, value: Value, choices: Choices) -> Choices:
        """The choices with this axis at that value."""
        return applied([(self, value)], choices)


def applied(held: Iterable[tuple[Axis, Value]], choices: Choices) -> Choices:
    """The choices with all of these axes at these values; of two that set the same, the later holds."""
    changes: dict[str, Any] = {}
    freed: list[str] = []
    for each, value in held:
        if each.kind and not each.kind.beside:
            changes |= value.changes
            freed += each.kind.frees
    leave = choices.leave and tuple(key for key in choices.leave if key not in freed)
    return dataclasses.replace(choices, leave=leave, **changes)


class Others(Protocol):
    """The axes that a host has beside ours."""

    def axis(self, text: str, where: str) -> Axis | None:
        """The axis in a text like `Sigma Churn: 0, 1`; None where it is none of the host's."""


_NAMED = re.compile(r"(?P<name>[^:：]*)[:：](?P<values>.*)", re.DOTALL)
NONE = Axis(None, (Value("", {}, ""),))


def read(text: object, where: str = "axis", others: Others | None = None) -> Axis:
    """An axis from a text like `W: 6[, 2[, 0.9`; `others` are the axes that the host has beside ours.

    Raises:
        PureNegativeError: an unknown kind, or a value that is not allowed.
    """
    validate.text(text, where, notation.LONGEST)
    if others and (found := others.axis(str(text), where)):
        return found
    named = _NAMED.match(str(text))
    if not named:
        raise validate.refuse(
            where, text, f"an axis and its values like 'W: 6[, 2[, 0.9'; the axes are {', '.join(KINDS)}"
        )
    kind, values = kind_named(characters.figures(named["name"]), where), named["values"]
    return of(kind.name, prepare(kind.name, values, where), where)


def of(name: str, values: Iterable[Value], where: str = "axis") -> Axis:
    """The axis of that kind with these values, repeated ones dropped; a random seed (-1) may stand more than once."""
    kept: list[Value] = []
    known: set[tuple[Any, ...]] = set()
    for value in values:
        changes = tuple(value.changes.items())
        if changes not in known or value.changes.get("seed") == seeds.RANDOM:
            kept.append(value)
        known.add(changes)
    if not 1 <= len(kept) <= notation.MOST_VALUES:
        raise PureNegativeError(f"{where}: {name} has {len(kept)} values; give 1 to {notation.MOST_VALUES}.")
    return Axis(kind_named(name, where), tuple(kept))


def prepare(name: str, text: str, where: str = "axis") -> list[Value]:
    """The values behind the text of an axis, each checked by the reader of its choice."""
    kind = kind_named(name, where)
    where = f"{where}: {kind.name}"
    return [read_value(kind, part, where) for part in _parts(kind, text, where)]


def _parts(kind: Kind, text: str, where: str) -> Iterator[str]:
    parts = notation.split(characters.figure_list(text) if kind.numeric else text, where, kind.blanks)
    if len(parts) > notation.MOST_VALUES:
        raise PureNegativeError(f"{where} has {len(parts)} values; give 1 to {notation.MOST_VALUES}.")
    expanded = (each for part in parts for each in kind.expand(part, where))
    for count, each in enumerate(expanded, 1):
        if count > notation.MOST_VALUES:
            raise PureNegativeError(f"{where} has more than the {notation.MOST_VALUES} values allowed.")
        yield each


def read_value(kind: Kind, text: str, where: str) -> Value:
    """One value from its text, no range."""
    return kind.value(kind.read(text, where), text)


def known(name: str) -> Kind | None:
    """Our kind of axis with that name or alias; None where there is none."""
    folded = " ".join(name.split()).casefold()
    by_fold = {each.casefold(): kind for each, kind in KINDS.items()}
    return by_fold.get(_ALIASES.get(folded, folded).casefold())


def kind_named(name: str, where: str = "axis") -> Kind:
    """The kind of axis with that name, whatever its upper and lower case."""
    folded = " ".join(name.split()).casefold()
    return KINDS[validate.choice(_ALIASES.get(folded, " ".join(name.split())), where, KINDS)]


def quoted(text: str) -> str:
    """A value as one part of a list: in double quotes where it would be read otherwise."""
    if text and not any(sign in text for sign in ',"\n') and text == text.strip():
        return text
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


def _read_w(text: str, where: str) -> emphasis.Strength:
    count = notation.brackets(characters.figures(text))
    return emphasis.read_w(text, where) if count is None else emphasis.read_brackets(count, where)


def _expand_w(part: str, where: str) -> Iterator[str]:
    for text in notation.expand_brackets(part, where):
        yield from notation.expand(text, where, whole=False)


def _decimals(part: str, where: str) -> Iterator[str]:
    return notation.expand(part, where, whole=False)


def _wholes(part: str, where: str) -> Iterator[str]:
    return notation.expand(part, where, whole=True)


_EXPANDING: Mapping[str, Callable[[str, str], Iterable[str]]] = {
    "w": _expand_w,
    "decimals": _decimals,
    "wholes": _wholes,
}


def _kind(option: options.Option, over: options.Axis) -> Kind:
    return Kind(
        name=over.name,
        field=option.name,
        lead=over.lead or over.name,
        read=_read_w if over.expand == "w" else option.values.read,
        show=over.show,
        expand=_EXPANDING.get(over.expand, Kind.expand),
        clears=over.clears,
        frees=(option.leave,) if option.leave else (),
        blanks=over.blanks,
        numeric=over.numeric,
    )


def _over() -> list[tuple[options.Axis, options.Option]]:
    found = [(each.axis, each) for each in options.table().values() if each.axis]
    return sorted(found, key=lambda pair: pair[0].place)


def _file_name(text: str, where: str) -> str:
    name = validate.text(text, where, 1_000).strip()
    if not name or "\n" in name:
        raise validate.refuse(where, text, "the name of a file")
    return name


def _bare(name: str) -> str:
    return re.split(r"[\\/]", name)[-1]


_BESIDE = (
    Kind("checkpoint", "checkpoint", "checkpoint:", _file_name, _bare, beside=True, cost=1.0),
    Kind("VAE", "vae", "VAE:", _file_name, _bare, beside=True, cost=0.7),
    Kind("S/R", "replaced", "S/R:", lambda text, where: validate.text(text, where, 1_000), blanks=True, beside=True),
)
"""What is no choice of a plan: the files a picture is made with (the costs are those of the X/Y/Z plot), and a text
that is searched for in the prompt and in all of the negative prompt, and replaced by each of the others."""

KINDS: Mapping[str, Kind] = {over.name: _kind(option, over) for over, option in _over()} | {
    each.name: each for each in _BESIDE
}
"""Every kind of axis, by its name."""
_ALIASES: Mapping[str, str] = {alias: over.name for over, _ in _over() for alias in over.aliases} | {
    "checkpoint name": "checkpoint"
}
