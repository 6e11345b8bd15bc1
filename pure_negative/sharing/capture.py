"""Choices as a preset: those of the panel or the command line, or those behind a picture."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from pure_negative import options
from pure_negative.planning import infotext, plan
from pure_negative.planning.choices import Choices
from pure_negative.preset import library, user_store
from pure_negative.preset import model as preset
from pure_negative.preset import writer as preset_writer
from pure_negative.preset.model import Preset
from pure_negative.prompt import emphasis, template
from pure_negative.rules import cfg_scale, size

_AS_THEY_ARE = ("words", "strength", *(key for key in options.shared() if key != "ratio"))
"""The keys that choices and presets have in common."""
_LEFT: dict[str, dict[str, Any]] = {
    "negative": {"words": (), "strength": preset.PLAIN, "embeddings": ()},
    "size": {"sizes": (), "ratio": None},
    "cfg": {"cfg": None, "cfg_factor": None},
}
"""What a preset says no longer where a part is left to the host."""
_MADE_FROM = "made from the preset "
_FROM_PICTURE = "The settings of a picture; their source is not known."


@dataclass(frozen=True)
class Captured:
    """The preset behind a picture, and what could not be taken from it."""

    preset: Preset
    notes: tuple[str, ...]


def capture(chosen: Choices, base: Preset, new_id: str, name: str = "", description: str = "") -> Preset:
    """The preset that says what these choices over that preset come to.

    What neither of them says stays unsaid, and the seed is no part of a preset. A source goes with the value it is of.

    Raises:
        PureNegativeError: the id can't be a preset's.
    """
    changes: dict[str, Any] = {
        "id": preset.read_id(new_id),
        "name": name or new_id,
        "description": description or base.description,
        "source": _origin(base),
        **{key: value for key in _AS_THEY_ARE if (value := getattr(chosen, key)) is not None},
        **_embeddings(chosen, base),
        **_shape(chosen),
        **_cfg(chosen),
    }
    for part in chosen.leave or ():
        changes |= _LEFT.get(part, {part: None})
    return _with_sources(base, dataclasses.replace(base, **changes))


def _origin(base: Preset) -> tuple[str, ...]:
    """That it was made from another preset, and where that one comes from."""
    return (f"{_MADE_FROM}{base.id}", *(text for text in base.source if not text.startswith(_MADE_FROM)))


def _embeddings(chosen: Choices, base: Preset) -> dict[str, Any]:
    if chosen.embeddings is None:
        return {}
    known = {resource.name: resource for resource in base.embeddings}
    return {"embeddings": tuple(known.get(name, preset.Resource(name)) for name in chosen.embeddings)}


def _shape(chosen: Choices) -> dict[str, Any]:
    if chosen.ratio is not None:
        return {"ratio": chosen.ratio, "sizes": ()}
    if chosen.size is not None:
        return {"ratio": None, "sizes": (dataclasses.replace(chosen.size, wish=""),)}
    return {}


def _cfg(chosen: Choices) -> dict[str, Any]:
    """A fixed CFG scale holds at every size; a factor goes on what the preset recommends."""
    return {} if chosen.cfg is None else {"cfg": cfg_scale.CfgRule(chosen.cfg, "constant"), "cfg_factor": None}


def _with_sources(base: Preset, made: Preset) -> Preset:
    before, after = preset_writer.entries(base), preset_writer.entries(made)
    kept = tuple((key, text) for key, text in base.sources if key in after and before.get(key) == after.get(key))
    return dataclasses.replace(made, sources=kept)


def from_infotext(text: str) -> Captured | None:
    """The preset behind a picture's parameters; None where it was not made with one.

    A preset that is not here is put together from the picture alone: it then has the picture's size and CFG scale.

    Raises:
        PureNegativeError: our field in the parameters can't be read.
    """
    restored = infotext.restore(text)
    if restored is None:
        return None
    named = infotext.unpack(infotext.read(text).pairs[infotext.FIELD]).get("preset", "")
    made, notes = restored.plan(), [*restored.notes]
    if made.negative_prompt not in ("", _names(made), made.words if "negative" in made.sets else ""):
        notes.append(
            "The preset holds only the words of the negative prompt that share one weight, not its other parts."
        )
    if made.base.id == named:
        found = _changed(restored, made.base)
    else:
        found = _alone(restored.choices, made, named if user_store.is_id(named) else "from-picture")
    off_grid = [each for each in found.sizes if each.width % size.UNIT or each.height % size.UNIT]
    if off_grid:
        notes.append(
            f"The picture's size {off_grid[0]} is not a multiple of {size.UNIT} px, so the preset "
            "does not set the size."
        )
        found = dataclasses.replace(found, sizes=())
    return Captured(found, tuple(notes))


def _changed(restored: infotext.Restored, base: Preset) -> Preset:
    """The preset the picture names, changed where the picture says otherwise; itself where nothing is changed."""
    chosen = dataclasses.replace(restored.choices, prompt=restored.choices.prompt or None)
    made = capture(chosen, base, base.id, base.name, base.description)
    if dataclasses.replace(made, source=base.source) == base:
        return base
    return dataclasses.replace(made, id=f"{base.id[:50]}-from-picture", name=f"{base.name}, from a picture")


def _said_names(made: plan.Plan) -> tuple[preset.Resource, ...]:
    """The embeddings, where the negative prompt is known to hold them."""
    there = "negative" in made.sets or made.negative_prompt == _names(made)
    return tuple(map(preset.Resource, made.embeddings)) if there else ()


def _names(made: plan.Plan) -> str:
    return ", ".join(map(emphasis.escape, made.embeddings))


def _alone(chosen: Choices, made: plan.Plan, name: str) -> Preset:
    """What the picture was made with, all of it said, nothing taken from any other preset."""
    words = "negative" in made.sets
    fallback = library.load(library.DEFAULT)
    return Preset(
        id=name,
        name=name,
        description=_FROM_PICTURE,
        words=(chosen.words or fallback.words) if words else (),
        strength=made.strength if words else preset.PLAIN,
        embeddings=_said_names(made),
        scope=chosen.scope or fallback.scope,
        notation=chosen.notation or fallback.notation,
        spaces=bool(chosen.spaces),
        join=chosen.join,
        prompt=chosen.prompt or None,
        prompt_format=None if made.prompt_format == template.PLAIN else made.prompt_format,
        style=made.style or None,
        ladder=bool(chosen.ladder),
        **_standard(made),
    )


def _standard(made: plan.Plan) -> dict[str, Any]:
    """The standard keys of the picture: its size and CFG scale as they are, since their rule is not in it."""
    return {
        "sizes": (dataclasses.replace(made.size, wish=""),),
        "cfg": cfg_scale.CfgRule(made.cfg, "constant"),
        **{key: getattr(made, key) for key in options.of_sampling()},
    }
