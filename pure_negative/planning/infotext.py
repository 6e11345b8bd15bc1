"""The parameters text inside a PNG: the WebUI's format to the letter, and one compact field for what only we know.

The field reads `Pure negative: v1;preset=nai;w=0.564`: no comma, colon or newline in it, so that it needs no quotes
and survives other programs (webui-contract §8). Its keys are those of `choices`; values are percent-encoded.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from pure_negative import options
from pure_negative.errors import PureNegativeError
from pure_negative.io import validate
from pure_negative.planning import choices as choices_room
from pure_negative.planning import plan
from pure_negative.planning.choices import Choices
from pure_negative.planning.request import NOISE_SOURCES, Model, Request
from pure_negative.preset import library
from pure_negative.preset import model as preset
from pure_negative.prompt import attention, emphasis, template
from pure_negative.prompt.word_list import OwnWeightError
from pure_negative.rules import schedule_type, seeds, size

if TYPE_CHECKING:
    from PIL.PngImagePlugin import PngInfo

FIELD = "Pure negative"
VERSION = "v1"
LONGEST = 1_000_000
_PAIR = re.compile(r'(?<![\w \-/])[ \-/]*(\w[\w \-/]+):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)')
"""The pairs the WebUI's own pattern finds, begun only where a key can: its time grows no faster than the text."""
_APP = "App"
"""The key under which a program other than the WebUI names itself."""
_RENAMED = MappingProxyType({"CLiP-skip": "Clip skip"})
"""What such a program calls one of the WebUI's keys."""
_ELSEWHERE = ("preset", "w", "brackets", "step", "prompt", *(key for key in options.settings_alone()), "seed")
"""Choices that the field says first, or that other parts of the text say."""


@dataclass(frozen=True)
class Infotext:
    """A parameters text taken apart: the two prompts, and the last line's pairs as they are written."""

    prompt: str
    negative_prompt: str
    pairs: Mapping[str, str]


@dataclass(frozen=True)
class Restored:
    """What an infotext says of a plan: the choices, what was typed beside them, and what could not be restored.

    `missing` are the words that the field or its preset tells of and the negative prompt does not show; the text is
    `explained` where its negative prompt is what those words and that weight come to, and something typed beside them,
    and `formatted` where its prompt is in the format that the field or its preset tells of. `base` is that preset.
    `noise` is where the picture's noise came from, one of `NOISE_SOURCES`.
    """

    choices: Choices
    tab: plan.Tab
    notes: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    explained: bool = True
    formatted: bool = True
    base: preset.Preset | None = field(default=None, repr=False, compare=False)
    noise: str = NOISE_SOURCES[0]

    def plan(self) -> plan.Plan:
        """The plan the picture was made by, its seed fixed."""
        return plan.make(self.choices, self.tab, self.base)


def pack(made: plan.Plan) -> str:
    """The compact field of a plan: its preset, W, and what else was chosen."""
    texts = {"preset": made.preset, **_strength(made.strength)}
    texts |= {key: text for key, text in choices_room.write(made.choices).items() if key not in _ELSEWHERE}
    texts |= {} if library.is_built_in(made.preset) else _own(made)
    return ";".join([VERSION, *(f"{key}={quote(text, safe=' +()')}" for key, text in texts.items())])


def _strength(strength: emphasis.Strength) -> dict[str, str]:
    return choices_room.write(Choices(strength=strength))


def _own(made: plan.Plan) -> dict[str, str]:
    """What a user's own preset brought that the standard keys don't tell, for readers who don't have it."""
    scope = made.choices.scope or made.base.scope
    notation = made.choices.notation or made.base.notation
    own = Choices(
        scope=scope if scope != preset.Preset.scope else None,
        notation=notation if notation != preset.Preset.notation else None,
        embeddings=made.embeddings or None,
        prompt_format=made.prompt_format if made.prompt_format != template.PLAIN else None,
        style=made.style or None,
    )
    return choices_room.write(own)


def unpack(packed: str) -> dict[str, str]:
    """The texts in a compact field; unknown keys of later versions are dropped.

    Raises:
        PureNegativeError: the field is of an unknown version.
    """
    version, *parts = packed.strip().split(";")
    if version != VERSION:
        raise PureNegativeError(f"{FIELD}: {validate.shown(version)} is not known; this version reads {VERSION}.")
    pairs = (part.partition("=") for part in parts)
    return {key: unquote(text) for key, _, text in pairs if key in options.readers_by_key()}


def write(request: Request, model: Model, packed: str, extra: Mapping[str, object] | None = None) -> str:
    """The parameters text of one picture, in the WebUI's order and spelling."""
    pairs: dict[str, object] = {
        "Steps": request.steps,
        "Sampler": request.sampler,
        "Schedule type": schedule_type.resolve(request.sampler, request.scheduler),
        "CFG scale": validate.tidy(float(request.cfg_scale)),
        "Seed": request.seed,
        "Size": f"{request.width}x{request.height}",
        "Model hash": model.hash,
        "Model": model.name,
    }
    pairs |= {"VAE hash": model.vae_hash, "VAE": model.vae} if model.vae else {}
    alone = options.settings_alone()
    pairs |= unusual(request, [name for name in options.settings() if name not in alone])
    pairs |= {"RNG": model.noise} if model.noise else {}
    pairs |= extra or {}
    pairs |= unusual(request, alone)
    pairs[FIELD] = packed
    last = ", ".join(f"{key}: {_quoted(str(value))}" for key, value in pairs.items())
    negative = f"\nNegative prompt: {request.negative_prompt}" if request.negative_prompt else ""
    return f"{request.prompt}{negative}\n{last}".strip()


def unusual(made: Request | plan.Plan, names: Iterable[str]) -> dict[str, object]:
    """What the WebUI writes of these options, which travel as its settings: those that are not as usual."""
    found = {name: getattr(made, name) for name in names}
    return {options.table()[name].infotext: each for name, each in found.items() if each != getattr(plan.Tab, name)}


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False) if re.search(r"[,\n:]", text) else text


def _unquoted(text: str) -> str:
    if not (len(text) > 1 and text[0] == text[-1] == '"'):
        return text
    try:
        return str(json.loads(text))
    except ValueError:
        return text


def read(text: str) -> Infotext:
    """Any program's parameters text taken apart, the way the WebUI does it; never fails on a text of sane length."""
    if len(text) > LONGEST:
        raise PureNegativeError(f"infotext: {len(text)} characters are too many; at most {LONGEST} are allowed.")
    lines = text.strip().split("\n")
    found = pairs(lines[-1])
    if _APP in found:
        found = {_RENAMED.get(key, key): value for key, value in found.items()}
    body = lines[:-1] if found else lines
    stripped = [line.strip() for line in body]
    start = next((i for i, line in enumerate(stripped) if line.startswith("Negative prompt:")), len(stripped))
    end = next((i for i, line in enumerate(stripped) if _is_template(line, found)), len(stripped))
    negative = [line.removeprefix("Negative prompt:").strip() for line in stripped[start:end]]
    return Infotext(_joined(stripped[: min(start, end)]), _joined(negative), found)


def _is_template(line: str, found: Mapping[str, str]) -> bool:
    """Whether a line repeats a prompt as it was typed, which programs do that name themselves among the settings."""
    return _APP in found and line.startswith(("Template:", "Negative template:"))


def pairs(line: str) -> dict[str, str]:
    """The settings in a line; none where it holds fewer than three, as the WebUI has it."""
    found = _PAIR.findall(line)
    return {key: _unquoted(value) for key, value in found} if len(found) >= 3 else {}


def trimmed(text: str) -> str:
    """A file's text without what other programs put behind the settings, which hides them from the WebUI."""
    lines = text.strip().split("\n")
    for number in reversed(range(len(lines))):
        if pairs(lines[number]) and (number == len(lines) - 1 or lines[number].lstrip().startswith("Steps:")):
            return "\n".join(lines[: number + 1])
    return text


def _joined(lines: list[str]) -> str:
    """Leading blank lines vanish, as in the WebUI."""
    return "\n".join(lines).lstrip("\n")


def restore(text: str) -> Restored | None:
    """The choices behind a picture's parameters text; None for a text without our field.

    Raises:
        PureNegativeError: the field is of a later version, or holds a value that is not allowed.
    """
    return restore_info(read(text))


def restore_info(info: Infotext) -> Restored | None:
    """The choices behind a parameters text that is taken apart already; None without our field.

    The standard keys win over the field wherever they disagree: they say what was really made. A preset that is not
    here is replaced by the values themselves, and the notes say so.

    Raises:
        PureNegativeError: the field is of a later version, or holds a value that is not allowed.
    """
    if FIELD not in info.pairs:
        return None
    entries: dict[str, Any] = dict(unpack(info.pairs[FIELD]))
    notes: list[str] = []
    named = entries.get("preset")
    base = _known_preset(named, notes)
    entries["preset"] = base.id
    _without_weights(entries, notes)
    said = choices_room.read(entries, FIELD)
    typed = plan.typed_prompt(said, base, info.prompt)
    chosen, tab = _agreed(typed, base, _standard(info, notes), info.negative_prompt, notes)
    told = said.words or (base.words if named == base.id else ())
    missing = _missing(told, said, chosen, info.negative_prompt)
    if missing:
        notes.append(f"The negative prompt shows no {_listed(missing)}, although its '{FIELD}' says so.")
    return Restored(
        chosen,
        tab,
        tuple(notes),
        missing,
        explained=not missing and _explains(said, chosen, info, named == base.id),
        formatted=typed.prompt_format == said.prompt_format,
        base=base,
        noise=noise_source(info),
    )


def _listed(words: tuple[str, ...]) -> str:
    return ", ".join(words[:5]) + (", …" if len(words) > 5 else "")


def noise_source(info: Infotext) -> str:
    """Where a picture's noise came from; one that does not say so has the WebUI's default, what a GPU draws."""
    named = info.pairs.get("RNG", "").upper()
    return named if named in NOISE_SOURCES else NOISE_SOURCES[0]


def _missing(told: tuple[str, ...], said: Choices, chosen: Choices, negative_prompt: str) -> tuple[str, ...]:
    """The words that the field or its preset tells of, and the negative prompt does not hold."""
    if _leaves(said) or not (_leaves(chosen) or chosen.words):
        return ()
    ours = () if _leaves(chosen) else chosen.words or ()
    shown = {_plain(word) for word in (*_words_in(negative_prompt), *ours)} - {""}
    if shown - {_plain(word) for word in told}:  # edited: other words in the place of ours
        return ()
    return tuple(word for word in told if _plain(word) not in shown)


def _words_in(negative_prompt: str) -> list[str]:
    try:
        return "".join(text for text, _ in attention.parse(negative_prompt)).split(",")
    except PureNegativeError:  # more brackets than are taken apart
        return negative_prompt.split(",")


def _plain(word: str) -> str:
    """A word however it was written: with spaces or underscores, in NovelAI's brackets or alone."""
    return word.strip().strip("{}").replace("_", " ").strip() or word.strip()


def _leaves(chosen: Choices) -> bool:
    return "negative" in (chosen.leave or ())


def _explains(said: Choices, chosen: Choices, info: Infotext, is_known: bool) -> bool:
    """Whether the negative prompt is what was said of it, and nothing in it was taken for typed by someone."""
    if _leaves(said):
        return True
    if _leaves(chosen):
        return not info.negative_prompt and (is_known or bool(said.embeddings))
    return said.words is None or chosen.words == said.words


def _without_weights(entries: dict[str, Any], notes: list[str]) -> None:
    """An earlier version took words with a weight of their own for text: such a picture's negative prompt is kept."""
    try:
        if "words" in entries:
            emphasis.read_words(entries["words"], f"{FIELD}: words")
    except OwnWeightError as error:
        notes.append(str(error))
        del entries["words"]


def _known_preset(name: str | None, notes: list[str]) -> preset.Preset:
    """By an id only, never a path: what a picture names is no file to open."""
    try:
        if name in library.ids():
            return library.load(name)
    except PureNegativeError as error:
        notes.append(str(error))
    if name is not None:
        notes.append(f"The preset {validate.shown(name)} is not installed; its values are taken from the picture.")
    return library.load(library.DEFAULT)


def _standard(info: Infotext, notes: list[str]) -> dict[str, Any]:
    """The standard keys that are there and can be read, by the names of the host's own controls."""
    found: dict[str, Any] = {key: getattr(plan.Tab, key) for key in options.settings()}  # not written when usual
    for key, option in options.in_infotext().items():
        if option.infotext in info.pairs:
            try:
                found[key] = option.values.read(info.pairs[option.infotext], option.infotext)
            except PureNegativeError as error:
                notes.append(str(error))
    if "seed" in found:
        found["seed"] = seeds.made(found["seed"])
    sides = re.fullmatch(r"([0-9]{1,6})x([0-9]{1,6})", info.pairs.get("Size", ""))
    if sides and 0 < int(sides[1]) <= 65_536 and 0 < int(sides[2]) <= 65_536:
        found |= {"width": int(sides[1]), "height": int(sides[2])}
    if "sampler" in found and "scheduler" in found:
        found["scheduler"] = schedule_type.unresolve(found["sampler"], found["scheduler"])
    return found


def _agreed(
    chosen: Choices, base: preset.Preset, known: Mapping[str, Any], negative_prompt: str, notes: list[str]
) -> tuple[Choices, plan.Tab]:
    """The choices changed wherever planning them anew would not give what the standard keys say."""
    tab = plan.Tab(**known)
    made = plan.make(chosen, tab, base)
    made = dataclasses.replace(made, scheduler=schedule_type.unresolve(made.sampler, made.scheduler))
    changes: dict[str, Any] = {}
    for key in options.in_infotext():
        if key != "seed" and key in known and getattr(made, key) != known[key]:
            changes[key] = known[key]
    if "cfg" in changes:
        changes["cfg_factor"] = None
    if "width" in known and (made.size.width, made.size.height) != (tab.width, tab.height):
        changes |= {"ratio": None, "size": size.Size(tab.width, tab.height)}
    joined, typed = _typed(made, chosen.join or base.join or options.JOINS[0], negative_prompt)
    if typed is None:
        joined, typed = _other_words(chosen, made, negative_prompt, notes), negative_prompt
    return dataclasses.replace(chosen, **changes, **joined), dataclasses.replace(tab, negative_prompt=typed)


def _typed(made: plan.Plan, join: str, negative_prompt: str) -> tuple[dict[str, Any], str | None]:
    """How our words joined which typed text to give this one: the changes to the choices, and the typed text."""
    if "negative" not in made.sets:
        return {}, negative_prompt
    beside = plan.split(negative_prompt, made.words)
    if beside is None:
        return {}, None
    for mode in (join, *options.JOINS):
        for typed in (beside, negative_prompt):
            if plan.join(made.words, typed, mode) == negative_prompt:
                return ({} if mode == join else {"join": mode}), typed
    return {}, None


def _other_words(chosen: Choices, made: plan.Plan, negative_prompt: str, notes: list[str]) -> dict[str, Any]:
    """Words that are not the preset's, taken from the text; the negative prompt is left alone if it holds more."""
    names = "".join(f"{emphasis.escape(name)}, " for name in made.embeddings)
    try:
        parsed = "".join(text for text, _ in attention.parse(negative_prompt.removeprefix(names)))
        words = emphasis.read_words([emphasis.escape(word) for word in parsed.split(",")])
        if plan.make(dataclasses.replace(chosen, words=words, join=None), None, made.base).words == negative_prompt:
            return {"words": words}
    except PureNegativeError:
        pass
    if negative_prompt not in ("", names.removesuffix(", ")):
        notes.append("The negative prompt has more in it than the words and their weight; it is kept as it was typed.")
    return {"leave": (*(chosen.leave or ()), "negative")}


def png_info(text: str) -> PngInfo:
    """The text as the PNG chunk in which the WebUI keeps it; half a character, as of a file's odd name, becomes `?`."""
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("parameters", text.encode("utf-8", "replace").decode())
    return info
