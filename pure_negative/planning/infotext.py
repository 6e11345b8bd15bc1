"""The parameters text inside a PNG: the WebUI's format to the letter, and one compact field for what only we know.

The field reads `Pure negative: v1;preset=nai;w=0.564`: no comma, colon or newline in it, so that it needs no quotes
and survives other programs (webui-contract §8). Its keys are those of `choices`; values are percent-encoded.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from pure_negative.errors import PureNegativeError
from pure_negative.io import validate
from pure_negative.planning import choices as choices_room
from pure_negative.planning import plan
from pure_negative.planning.choices import Choices
from pure_negative.planning.request import NOISE_SOURCES, Model, Request
from pure_negative.preset import library
from pure_negative.preset import model as preset
from pure_negative.prompt import attention, emphasis, template
from pure_negative.rules import schedule_type, size

if TYPE_CHECKING:
    from PIL.PngImagePlugin import PngInfo

FIELD = "Pure negative"
VERSION = "v1"
LONGEST = 1_000_000
_PAIR = re.compile(r'(?<![\w \-/])[ \-/]*(\w[\w \-/]+):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)')
"""The pairs the WebUI's own pattern finds, begun only where a key can: its time grows no faster than the text."""
_ELSEWHERE = ("preset", "w", "brackets", "step", "prompt", "seed", "emphasis")


@dataclass(frozen=True)
class Infotext:
    """A parameters text taken apart: the two prompts, and the last line's pairs as they are written."""

    prompt: str
    negative_prompt: str
    pairs: Mapping[str, str]


@dataclass(frozen=True)
class Restored:
    """What an infotext says of a plan: the choices, what was typed beside them, and what could not be restored.

    `noise` is where the picture's noise came from, one of `NOISE_SOURCES`.
    """

    choices: Choices
    tab: plan.Tab
    notes: tuple[str, ...] = ()
    noise: str = NOISE_SOURCES[0]

    def plan(self) -> plan.Plan:
        """The plan the picture was made by, its seed fixed."""
        return plan.make(self.choices, self.tab)


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
    return {key: unquote(text) for key, _, text in pairs if key in choices_room.READERS}


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
    if request.clip_skip > 1:
        pairs["Clip skip"] = request.clip_skip
    pairs |= {"RNG": model.noise} if model.noise else {}
    pairs |= extra or {}
    if request.emphasis != plan.Tab.emphasis:
        pairs["Emphasis"] = request.emphasis
    pairs[FIELD] = packed
    last = ", ".join(f"{key}: {_quoted(str(value))}" for key, value in pairs.items())
    negative = f"\nNegative prompt: {request.negative_prompt}" if request.negative_prompt else ""
    return f"{request.prompt}{negative}\n{last}".strip()


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
        raise PureNegativeError(f"infotext: {len(text)} characters are too many; {LONGEST} are allowed.")
    lines = text.strip().split("\n")
    pairs = _PAIR.findall(lines[-1])
    body = lines[:-1] if len(pairs) >= 3 else lines
    stripped = [line.strip() for line in body]
    start = next((i for i, line in enumerate(stripped) if line.startswith("Negative prompt:")), len(stripped))
    negative = [line.removeprefix("Negative prompt:").strip() for line in stripped[start:]]
    found = {key: _unquoted(value) for key, value in pairs} if len(pairs) >= 3 else {}
    return Infotext(_joined(stripped[:start]), _joined(negative), found)


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
    entries["preset"] = _known_preset(entries.get("preset"), notes)
    chosen = choices_room.read(entries, FIELD)
    chosen = plan.typed_prompt(chosen, library.load(entries["preset"]), info.prompt)
    chosen, tab = _agreed(chosen, _standard(info, notes), info.negative_prompt, notes)
    return Restored(chosen, tab, tuple(notes), noise_source(info))


def noise_source(info: Infotext) -> str:
    """Where a picture's noise came from; one that does not say so has the WebUI's default, what a GPU draws."""
    named = info.pairs.get("RNG", "").upper()
    return named if named in NOISE_SOURCES else NOISE_SOURCES[0]


def _known_preset(name: str | None, notes: list[str]) -> str:
    """An id only, never a path: what a picture names is no file to open."""
    try:
        if name in library.ids():
            return library.load(name).id
    except PureNegativeError as error:
        notes.append(str(error))
    if name is not None:
        notes.append(f"The preset {validate.shown(name)} is not here; its values are taken from the picture.")
    return library.DEFAULT


_STANDARD: Mapping[str, tuple[str, Any]] = {
    "cfg": ("CFG scale", preset.read_cfg),
    "steps": ("Steps", preset.read_steps),
    "sampler": ("Sampler", preset.read_sampler),
    "scheduler": ("Schedule type", preset.read_sampler),
    "clip_skip": ("Clip skip", preset.read_clip_skip),
    "emphasis": ("Emphasis", choices_room.READERS["emphasis"]),
    "seed": ("Seed", choices_room.READERS["seed"]),
}


def _standard(info: Infotext, notes: list[str]) -> dict[str, Any]:
    """The standard keys that are there and can be read, by the names of the host's own controls."""
    found: dict[str, Any] = {"clip_skip": plan.Tab.clip_skip, "emphasis": plan.Tab.emphasis}  # not written when usual
    for key, (name, reader) in _STANDARD.items():
        if name in info.pairs:
            try:
                found[key] = reader(info.pairs[name], name)
            except PureNegativeError as error:
                notes.append(str(error))
    sides = re.fullmatch(r"([0-9]{1,6})x([0-9]{1,6})", info.pairs.get("Size", ""))
    if sides and 0 < int(sides[1]) <= 65_536 and 0 < int(sides[2]) <= 65_536:
        found |= {"width": int(sides[1]), "height": int(sides[2])}
    if "sampler" in found and "scheduler" in found:
        found["scheduler"] = schedule_type.unresolve(found["sampler"], found["scheduler"])
    return found


def _agreed(
    chosen: Choices, known: Mapping[str, Any], negative_prompt: str, notes: list[str]
) -> tuple[Choices, plan.Tab]:
    """The choices changed wherever planning them anew would not give what the standard keys say."""
    tab = plan.Tab(**known)
    made = plan.make(chosen, tab)
    made = dataclasses.replace(made, scheduler=schedule_type.unresolve(made.sampler, made.scheduler))
    changes: dict[str, Any] = {}
    for key in ("cfg", "steps", "sampler", "scheduler", "clip_skip", "emphasis"):
        if key in known and getattr(made, key) != known[key]:
            changes[key] = known[key]
    if "cfg" in changes:
        changes["cfg_factor"] = None
    if "width" in known and (made.size.width, made.size.height) != (tab.width, tab.height):
        changes |= {"ratio": None, "size": size.Size(tab.width, tab.height)}
    joined, typed = _typed(made, _join(chosen), negative_prompt)
    if typed is None:
        joined, typed = _other_words(chosen, made.embeddings, negative_prompt, notes), negative_prompt
    return dataclasses.replace(chosen, **changes, **joined), dataclasses.replace(tab, negative_prompt=typed)


def _join(chosen: Choices) -> str:
    return chosen.join or library.load(chosen.preset or library.DEFAULT).join or preset.JOINS[0]


def _typed(made: plan.Plan, join: str, negative_prompt: str) -> tuple[dict[str, Any], str | None]:
    """How our words joined which typed text to give this one: the changes to the choices, and the typed text."""
    if "negative" not in made.sets:
        return {}, negative_prompt
    beside = plan.split(negative_prompt, made.words)
    if beside is None:
        return {}, None
    for mode in (join, *preset.JOINS):
        for typed in (beside, negative_prompt):
            if plan.join(made.words, typed, mode) == negative_prompt:
                return ({} if mode == join else {"join": mode}), typed
    return {}, None


def _other_words(
    chosen: Choices, embeddings: tuple[str, ...], negative_prompt: str, notes: list[str]
) -> dict[str, Any]:
    """Words that are not the preset's, taken from the text; the negative prompt is left alone if it holds more."""
    names = "".join(f"{emphasis.escape(name)}, " for name in embeddings)
    try:
        parsed = "".join(text for text, _ in attention.parse(negative_prompt.removeprefix(names)))
        words = emphasis.read_words([emphasis.escape(word) for word in parsed.split(",")])
        if plan.make(dataclasses.replace(chosen, words=words, join=None)).words == negative_prompt:
            return {"words": words}
    except PureNegativeError:
        pass
    if negative_prompt not in ("", names.removesuffix(", ")):
        notes.append("The negative prompt is not made of the words and the weight alone; it is kept as it was typed.")
    return {"leave": (*(chosen.leave or ()), "negative")}


def png_info(text: str) -> PngInfo:
    """The text as the PNG chunk in which the WebUI keeps it; half a character, as of a file's odd name, becomes `?`."""
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("parameters", text.encode("utf-8", "replace").decode())
    return info
