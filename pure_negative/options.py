"""The one table of options: everything a user can choose, each declared once.

A field of `Shared` or `Options` is an option. Its declaration says what values it takes, what it is called, and where
it is to be found: on the command line, in a preset's file and its JSON Schema, in the API, the infotext and the panel,
as a sheet's axis, and to which of the tab's own controls it can be left. All these lists are made from the table.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from pathlib import PurePath
from types import MappingProxyType
from typing import Any

from pure_negative.io import characters, entries, validate
from pure_negative.prompt import emphasis as weights
from pure_negative.prompt import template, typed_text
from pure_negative.rules import cfg_scale, seeds
from pure_negative.rules import size as sizes

JOINS = ("replace", "before", "after")
"""How the words join a negative prompt that is already there."""
MOST_STEPS = 10_000
"""Far above the 150 of the WebUI's slider on purpose (seeds/001, *Endless sampling step*)."""
HIGHEST_CLIP_SKIP = 12
EMPHASES = ("Original", "No norm")
HIGHEST_FACTOR = 100
GROUPS = MappingProxyType({"first": "", "words": "Words", "sampling": "Sampling", "leave": "Leave to the tab"})
"""The panel's parts from top to bottom with their titles; the first has none and is always open."""
OF_HOST = MappingProxyType({"vae": "VAE"})
"""What a preset names and a host alone can tell whether it has it, and what it is called: it is left like the rest."""
LAST_ROW = 9
"""The row of a control whose declaration names none."""
SAMPLER_NAME = re.compile(r"[\w+ .()/-]{1,60}")


@dataclass(frozen=True)
class Values:
    """What values an option takes: how one is read, and what an editor can check of it before (JSON Schema)."""

    read: entries.Reader
    schema: Mapping[str, Any]
    names: tuple[str, ...] = ()
    """Every value there is, where they can be listed."""


def whole(low: int, high: int) -> Values:
    """Whole numbers from `low` to `high`."""
    schema = {"type": "integer", "minimum": low, "maximum": high}
    return Values(lambda value, where: validate.whole(value, where, low, high), schema)


def number(low: float, high: float) -> Values:
    """Numbers from `low` to `high`."""
    schema = {"type": "number", "minimum": low, "maximum": high}
    return Values(lambda value, where: validate.number(value, where, low, high), schema)


def one_of(*names: str) -> Values:
    """One of these names, whatever their upper and lower case."""
    return Values(lambda value, where: validate.choice(value, where, names), {"enum": list(names)}, names)


FLAG = Values(validate.flag, {"type": "boolean"})


def _factor(value: object, where: str) -> float:
    factor = validate.number(value, where, 0, HIGHEST_FACTOR)
    if factor == 0:
        raise validate.refuse(where, value, "a factor above 0, like 2.25")
    return factor


def _sampler(value: object, where: str) -> str:
    """Whether it exists is for the renderer to say."""
    if isinstance(value, str) and SAMPLER_NAME.fullmatch(value.strip()):
        return value.strip()
    raise validate.refuse(where, value, "a name such as Euler, Euler a or DPM++ 2M")


def _preset(value: object, where: str) -> str:
    name = validate.text(value, where, 1_000).strip()
    if not name or "\n" in name:
        raise validate.refuse(where, value, "a preset's id, or a path to its .yaml file")
    return name


def _leave(value: object, where: str) -> tuple[str, ...]:
    parts = value if isinstance(value, (list, tuple)) else _divided(validate.text(value, where, 200))
    called = {label.casefold(): part for part, label in leave_labels().items()}
    keys = (called.get(part.strip().casefold(), part) if isinstance(part, str) else part for part in parts)
    return tuple(dict.fromkeys(validate.choice(key, where, (*leave_labels(),)) for key in keys))


def _divided(text: str) -> list[str]:
    return [part for part in characters.figure_list(text).split(",") if part]


_SAMPLER = Values(
    _sampler, {"type": "string", "minLength": 1, "maxLength": 62, "not": {"pattern": r"[,:;\"'{}<>|\\\[\]]"}}
)
_PROMPT = Values(typed_text.read_prompt, {"type": "string", "maxLength": typed_text.LONGEST_PROMPT})
_TEMPLATE = Values(
    template.read,
    {
        "type": "string",
        "maxLength": template.LONGEST,
        "pattern": r"^[^{}]*(\{style\}[^{}]*)?\{prompt\}[^{}]*(\{style\}[^{}]*)?$",
    },
)
_STYLE = Values(template.read_style, {"type": "string", "maxLength": template.LONGEST_STYLE})
_RATIO = Values(sizes.read_ratio, {"oneOf": [{"type": "string"}, {"type": "number", "exclusiveMinimum": 0}]})
_FACTOR = Values(_factor, {"type": "number", "exclusiveMinimum": 0, "maximum": HIGHEST_FACTOR})


@dataclass(frozen=True)
class Spelling:
    """One of the keys that say the same option in different ways."""

    key: str
    values: Values
    metavar: str
    help: str


@dataclass(frozen=True)
class Axis:
    """The axis of a sheet that goes over an option.

    `name` is what a user types before the colon, `lead` what its labels begin with. `expand` says how a range is read:
    in `wholes`, `decimals`, as a weight `w`, or not at all. `clears` are the options that would contradict the axis;
    `numeric` says whether full-width digits and signs are read as plain ones; `place` is where lists of axes have it.
    """

    place: int
    name: str
    lead: str = ""
    show: Callable[[Any], str] = str
    expand: str = ""
    clears: tuple[str, ...] = ()
    blanks: bool = False
    numeric: bool = False
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Control:
    """The control in the panel.

    `place` is its position among the API's positional arguments (layout 1), which never changes; `group` the part of
    the panel it stands in (`GROUPS`), and `row` its row there, shared with those of the same number; `kind` one of
    text, pick, pick or type, check, and those with a builder of their own.
    """

    place: int
    group: str
    kind: str
    label: str
    name: str = ""
    lines: int = 1
    row: int = LAST_ROW


@dataclass(frozen=True)
class Option:
    """One declaration of the table.

    Attributes:
        name: the field that holds it in `Options`, and its key unless `spellings` say it in several ways.
        values: what it may be.
        metavar: what stands for a value in the command line's help; empty for a flag.
        help: the meaning, as the command line's help and the JSON Schema say it.
        label: what it is called in sentences and tables, by the WebUI's own word.
        preset_help: the meaning in a preset's file, where it is another.
        infotext: the WebUI's own key for it in a picture's parameters; a plan, a tab and a request then have it too.
        leave: the part of the tab that it can be left to.
        setting: the WebUI's setting that carries it.
        command_line: whether the command line has it.
        after: the option it stands behind, for one that a preset says in a way of its own.
    """

    values: Values
    help: str
    name: str = ""
    metavar: str = ""
    label: str = ""
    preset_help: str = ""
    spellings: tuple[Spelling, ...] = ()
    infotext: str = ""
    leave: str = ""
    setting: str = ""
    axis: Axis | None = None
    control: Control | None = None
    command_line: bool = True
    after: str = ""

    @property
    def keys(self) -> tuple[Spelling, ...]:
        """Every key that says it."""
        return self.spellings or (Spelling(self.name, self.values, self.metavar, self.help),)


def option(values: Values, help: str, **said: Any) -> Any:  # noqa: A002 - what it is called on the command line
    """A field of the table; None means: as the preset has it, else as the host's own controls have it."""
    return field(default=None, metadata={"option": Option(values, help, **said)})


def _size_text(size: sizes.Size) -> str:
    return f"{size.width}×{size.height}"


def _weight_text(strength: weights.Strength) -> str:
    if strength.brackets is None:
        return f"{strength.w:.6g}"
    return f"{strength.w:.6g} ({abs(strength.brackets)}{'[' if strength.brackets <= 0 else '('})"


def _preset_text(name: str) -> str:
    return PurePath(name.replace("\\", "/")).stem if name.lower().endswith((".yaml", ".yml")) else name


def _ratio_text(ratio: Fraction) -> str:
    return f"{ratio.numerator}:{ratio.denominator}"


@dataclass(frozen=True, kw_only=True)
class Shared:
    """The options that a user chooses and a preset says in the same way."""

    scope: str | None = option(
        one_of(*weights.SCOPES),
        "brackets around each word, or one pair around the whole list",
        metavar="each|whole",
        control=Control(3, "words", "pick", "Scope", row=1),
    )
    notation: str | None = option(
        one_of(*weights.NOTATIONS),
        "how the weight is written: (word:0.9), [word] or {word}",
        metavar="weight|bracket|novelai",
        control=Control(4, "words", "pick", "Notation", row=1),
    )
    spaces: bool | None = option(
        FLAG, "turn '_' in the words into spaces", control=Control(5, "words", "check", "Underscores to spaces", row=2)
    )
    join: str | None = option(
        one_of(*JOINS),
        "where the words go if a negative prompt is typed: in its place, before it or after it",
        command_line=False,
        control=Control(6, "words", "pick", "If a negative prompt is typed", row=1),
    )
    prompt: str | None = option(
        _PROMPT,
        "the positive prompt (default: none)",
        metavar="TEXT",
        preset_help="the positive prompt if none is typed",
        axis=Axis(12, "prompt", "prompt:", lambda prompt: prompt or "(none)", blanks=True),
    )
    prompt_format: str | None = option(
        _TEMPLATE,
        "where the prompt and the style go, like 'masterpiece, {style}, {prompt}'",
        metavar="TEXT",
        preset_help="where the typed prompt and the style go: {prompt} once, {style} at most once",
    )
    style: str | None = option(
        _STYLE,
        "text for {style}; 'presets styles ID' lists the preset's styles",
        metavar="TEXT",
        preset_help="text for {style} if no style is chosen",
        control=Control(17, "words", "pick or type", "Preset style", row=3),
    )
    ladder: bool | None = option(
        FLAG,
        "weight the positive prompt's tags by order, the first most: 1.0, 0.95, 0.91, …",
        preset_help="weight the typed tags by order, the first most: 1.0, 0.95, 0.91, …",
        control=Control(7, "words", "check", "Weight tags by order", row=2),
    )
    ratio: Fraction | None = option(
        _RATIO,
        "aspect ratio; the size rule turns it into a size",
        metavar="A:B",
        preset_help=f"an aspect ratio in place of a size, up to {sizes.WIDEST}:1 either way",
        leave="size",
        axis=Axis(6, "ratio", "", _ratio_text, clears=("size",), numeric=True),
    )
    size_rule: str | None = option(
        one_of(*sizes.RULES),
        "how a ratio is turned into a size",
        metavar="aspect512|closest",
        control=Control(9, "sampling", "pick", "Size rule", row=0),
    )
    cfg_factor: float | None = option(
        _FACTOR,
        "multiply the recommended CFG scale by this",
        metavar="X",
        leave="cfg",
        axis=Axis(
            2, "CFG ×", "", "{:g}".format, "decimals", ("cfg",), numeric=True, aliases=("cfg x", "cfg *", "cfg_factor")
        ),
        control=Control(11, "first", "factor", "CFG × recommended", row=1),
    )
    steps: int | None = option(
        whole(1, MOST_STEPS),
        "sampling steps",
        metavar="N",
        label="Steps",
        infotext="Steps",
        leave="steps",
        axis=Axis(4, "steps", expand="wholes", numeric=True),
        control=Control(12, "sampling", "text", "Sampling steps", row=1),
    )
    sampler: str | None = option(
        _SAMPLER,
        "Euler, Euler a, DPM++ 2M, …",
        metavar="NAME",
        label="Sampler",
        preset_help="the sampler's name",
        infotext="Sampler",
        leave="sampler",
        axis=Axis(9, "sampler"),
        control=Control(13, "sampling", "pick", "Sampler", row=2),
    )
    scheduler: str | None = option(
        _SAMPLER,
        "schedule type: Automatic, Karras, …",
        metavar="NAME",
        label="Schedule type",
        preset_help="the schedule type",
        infotext="Schedule type",
        leave="scheduler",
        axis=Axis(10, "scheduler", "schedule type", aliases=("schedule type",)),
        control=Control(14, "sampling", "pick", "Schedule type", row=2),
    )
    clip_skip: int | None = option(
        whole(1, HIGHEST_CLIP_SKIP),
        "clip skip; 1 skips no layers",
        metavar="N",
        label="Clip skip",
        infotext="Clip skip",
        leave="clip_skip",
        setting="CLIP_stop_at_last_layers",
        axis=Axis(11, "clip skip", expand="wholes", numeric=True, aliases=("clip_skip",)),
        control=Control(15, "sampling", "text", "Clip skip", row=1),
    )
    emphasis: str | None = option(
        one_of(*EMPHASES),
        "emphasis mode: Original, No norm",
        metavar="NAME",
        label="Emphasis",
        preset_help="the emphasis mode",
        infotext="Emphasis",
        setting="emphasis",
    )


@dataclass(frozen=True, kw_only=True)
class Options(Shared):
    """Every option; those declared here a preset says in a way of its own, or not at all."""

    preset: str | None = option(
        Values(_preset, {"type": "string"}),
        "a preset's id, or a path to its .yaml file (default: nai; toy for the toy model)",
        metavar="ID-or-FILE",
        axis=Axis(7, "preset", "", _preset_text),
        control=Control(0, "first", "preset", "Preset", row=0),
    )
    strength: weights.Strength | None = option(
        Values(weights.read_w, {}),
        "the weight of every word",
        spellings=(
            Spelling(
                "w",
                Values(weights.read_w, {"type": "number", "exclusiveMinimum": 0}),
                "W",
                "weight of every negative word, above 0, like 0.564 or 1e-16",
            ),
            Spelling(
                "brackets",
                Values(weights.read_brackets, whole(-weights.MOST_BRACKETS, weights.MOST_BRACKETS).schema),
                "N",
                "the weight as a bracket count: -6 is six '[', 2 is two '('",
            ),
            Spelling(
                "step",
                Values(weights.read_step, {}),
                "X",
                "the weight as the research's 'step' number: 0.9 (weight), -6 (six '[') or 2 (two '{')",
            ),
        ),
        leave="negative",
        axis=Axis(0, "W", "", _weight_text, "w", numeric=True),
        control=Control(1, "first", "text", "W (word weight)", "w", row=0),
        after="preset",
    )
    words: tuple[str, ...] | None = option(
        Values(weights.read_words, {"type": "string"}),
        "the negative words, separated by commas",
        metavar="LIST",
        leave="negative",
        axis=Axis(8, "words", "words:", ", ".join),
        control=Control(2, "words", "text", "Negative words", lines=2, row=0),
        after="strength",
    )
    embeddings: tuple[str, ...] | None = option(
        Values(typed_text.read_embedding_names, {"type": "string"}),
        "embeddings put before the words, separated by commas ('' for none)",
        metavar="LIST",
        after="join",
    )
    size: sizes.Size | None = option(
        Values(sizes.read_size, {"type": "string"}),
        "size in pixels, rounded to multiples of 64",
        metavar="WxH",
        label="Size",
        leave="size",
        axis=Axis(5, "size", "", _size_text, clears=("ratio",), numeric=True),
        control=Control(8, "first", "pick or type", "Ratio or size", "shape", row=1),
        after="size_rule",
    )
    cfg: float | None = option(
        number(0, cfg_scale.HIGHEST),
        "a fixed CFG scale (default: recommended)",
        metavar="X",
        label="CFG scale",
        infotext="CFG scale",
        leave="cfg",
        axis=Axis(1, "CFG", "", "{:g}".format, "decimals", ("cfg_factor",), numeric=True, aliases=("cfg scale",)),
        control=Control(10, "sampling", "text", "Fixed CFG scale", row=0),
        after="size",
    )
    seed: int | None = option(
        Values(seeds.read, {"type": "integer"}),
        "seed, -1 for a random one",
        metavar="N",
        label="Seed",
        infotext="Seed",
        axis=Axis(3, "seed", expand="wholes", numeric=True),
        after="emphasis",
    )
    leave: tuple[str, ...] | None = option(
        Values(_leave, {"type": "array"}),
        "what to take from the WebUI's own controls instead of the preset",
        command_line=False,
        control=Control(16, "leave", "leave", "Use the tab's own values for", row=0),
        after="seed",
    )


@cache
def table() -> Mapping[str, Option]:
    """Field → option, in the order in which they are written and listed."""
    found = {each.name: _of(each) for each in dataclasses.fields(Shared)}
    for each in dataclasses.fields(Options):
        if each.name not in found:
            found = _placed(found, _of(each))
    return found


def _of(each: dataclasses.Field[Any]) -> Option:
    known: Option = each.metadata["option"]
    return dataclasses.replace(known, name=each.name)


def _placed(found: dict[str, Option], new: Option) -> dict[str, Option]:
    names = [*found]
    at = names.index(new.after) + 1 if new.after else 0
    order = [*names[:at], new.name, *names[at:]]
    return {name: new if name == new.name else found[name] for name in order}


def spelled() -> Iterator[tuple[Option, Spelling]]:
    """Every key with its option."""
    return ((each, spelling) for each in table().values() for spelling in each.keys)


@cache
def readers_by_key() -> Mapping[str, entries.Reader]:
    """Key → reader, of all that a user can choose: the API's keys, and those of the infotext's own field."""
    return {spelling.key: spelling.values.read for _, spelling in spelled()}


@cache
def shared() -> Mapping[str, Option]:
    """The options that a preset says in the same way, by their keys."""
    return {name: table()[name] for name in (each.name for each in dataclasses.fields(Shared))}


@cache
def leavable() -> tuple[str, ...]:
    """What of a plan can be left to the host's own controls."""
    return tuple(dict.fromkeys(each.leave for each in table().values() if each.leave))


@cache
def leave_labels() -> Mapping[str, str]:
    """All that can be left to the host's own controls → what the WebUI calls it; both are read."""
    called = {each.name: each.label for each in table().values()}
    return {part: called.get(part) or "Negative prompt" for part in leavable()} | dict(OF_HOST)


@cache
def controls() -> Mapping[str, Option]:
    """The panel's controls by name, in the order of the API's positional arguments."""
    shown = [(each.control, each) for each in table().values() if each.control]
    return {control.name or each.name: each for control, each in sorted(shown, key=lambda pair: pair[0].place)}


@cache
def in_infotext() -> Mapping[str, Option]:
    """The options that the WebUI writes under a key of its own, by field."""
    return {name: each for name, each in table().items() if each.infotext}


@cache
def of_sampling() -> tuple[str, ...]:
    """The options that say how a picture is sampled, by field; the pictures of one batch have them in common."""
    return tuple(name for name, each in shared().items() if each.infotext)


@cache
def settings() -> Mapping[str, Option]:
    """The options that travel as a setting of the WebUI, by field."""
    return {name: each for name, each in table().items() if each.setting}


@cache
def settings_alone() -> tuple[str, ...]:
    """Those among them that can't be left to the tab, which has no control for them; by field."""
    return tuple(name for name, each in settings().items() if not each.leave)


def written(value: object) -> str:
    """A choice as the text that its reader takes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ",".join(weights.escape(item) for item in value)
    if isinstance(value, Fraction):
        return _ratio_text(value)
    return validate.decimal(value) if isinstance(value, float) else str(value)
