"""A picture's parameters text back into the page's controls."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pure_negative import options
from pure_negative.errors import PureNegativeError
from pure_negative.io import os_errors, picture_text, validate
from pure_negative.page import extra_controls
from pure_negative.panel import values
from pure_negative.panel.host import Host
from pure_negative.planning import infotext, plan
from pure_negative.planning.choices import Choices
from pure_negative.planning.request import Model
from pure_negative.preset import library, matching, requirements
from pure_negative.sharing import pasted_text

PARTS = tuple(part for part in options.leavable() if part != "negative")
"""What a tab may have had its own values for."""


@dataclass(frozen=True)
class Filled:
    """What to show: the panel's controls by name, the page's own, and what could not be restored."""

    controls: dict[str, Any]
    prompt: str
    negative_prompt: str
    seed: str
    modes: dict[str, str]
    noise: str
    notes: tuple[str, ...]


def parameters(path: Path) -> str:
    """The parameters text in a picture.

    Raises:
        PureNegativeError: the file is no picture, or holds no such text.
    """
    name = validate.one_line(path.name)
    with os_errors.told(f"{name}: the picture can't be read"), path.open("rb") as file:
        return infotext.trimmed(picture_text.parameters(file, name))


def fill(
    text: str,
    host: Host,
    model: Model | None = None,
    embeddings: Collection[str] = (),
    has_lora: Callable[[str, str], bool] = lambda name, digest: False,  # noqa: ARG005
) -> Filled:
    """The controls' values that give the picture's plan again.

    Args:
        text: the picture's parameters.
        host: what draws here.
        model: the checkpoint that is loaded here, and its VAE; None compares none.
        embeddings: the names of those that are here, in small letters.
        has_lora: whether there is a LoRA of this name and hash here.

    Raises:
        PureNegativeError: the text does not come from a pure negative prompt, or holds a value that is not allowed.
    """
    pasted = pasted_text.one(text, "parameters") if pasted_text.holds(text) else pasted_text.Pasted(text)
    info = infotext.read(pasted.text)
    restored = infotext.restore_info(info)
    if restored is None:
        raise PureNegativeError(
            f"parameters: there is no '{infotext.FIELD}' in this text; give that of a picture made here, or in the "
            "WebUI with the tick on."
        )
    made = restored.plan()
    chosen, notes = _on_offer(_explicit(restored.choices, made), host)
    filled = Filled(
        controls=values.write(chosen),
        prompt=chosen.prompt or "",
        negative_prompt=restored.tab.negative_prompt,
        seed=str(made.seed),
        modes=_modes(made),
        noise=restored.noise,
        notes=(*restored.notes, *pasted.notes, *notes, *_elsewhere(info, model, embeddings, has_lora)),
    )
    return dataclasses.replace(filled, notes=(*filled.notes, *_lost(filled, made)))


def _modes(made: plan.Plan) -> dict[str, str]:
    """The options that are settings in the WebUI; empty where they are as the preset or everybody has them."""
    base = library.load(made.preset)
    usual = {name: getattr(base, name) or getattr(plan.Tab, name) for name in options.settings_alone()}
    return {name: "" if getattr(made, name) == value else getattr(made, name) for name, value in usual.items()}


_KNOWN = {
    *("Size", "Model hash", "Model", "VAE hash", "VAE", "RNG", "TI hashes", "Lora hashes", infotext.FIELD),
    *("Sheet X axis", "Sheet Y axis", "Sheet Z axis", "Sheet folder", "Yield folder"),
    *("Version", "User", "Script", "Hashes"),
}
"""The keys of no option that are restored, compared, or change nothing in a picture."""


_USUAL = {"Beta schedule alpha": "0.6", "Beta schedule beta": "0.6"}
"""Settings that the WebUI writes down even where they are as it starts with them, and as they are here."""


def _elsewhere(
    info: infotext.Infotext, model: Model | None, embeddings: Collection[str], has_lora: Callable[[str, str], bool]
) -> list[str]:
    """What made the picture and is no control's: a note for each that is not the same here."""
    said = info.pairs
    notes = [] if model is None else [*_model_notes(said, model), *_vae_notes(said, model)]
    used = [name.partition(":")[0].strip() for name in said.get("TI hashes", "").split(",") if name.strip()]
    if lacking := list(dict.fromkeys(name for name in used if name.casefold() not in embeddings)):
        notes.append(f"The picture has embeddings that are not here: {', '.join(lacking)}.")
    loras = (entry.partition(":") for entry in said.get("Lora hashes", "").split(",") if entry.strip())
    if others := [name.strip() for name, _, digest in loras if not has_lora(name.strip(), digest.strip())]:
        notes.append(f"The picture has LoRAs that are not here: {validate.one_line(', '.join(others))}.")
    known = _KNOWN | {option.infotext for option in options.in_infotext().values()}
    if others := [f"{key} {value}" for key, value in said.items() if key not in known and _USUAL.get(key) != value]:
        notes.append(f"The picture has what is not done here: {validate.one_line(', '.join(others))}.")
    return notes


def _model_notes(said: Mapping[str, str], model: Model) -> list[str]:
    """By the hash where both are known, else by the name."""
    name, digest = said.get("Model", ""), said.get("Model hash", "")
    known = digest and model.hash
    same = digest == model.hash if known else matching.simplified(name) == matching.simplified(model.name)
    if same or not (name or digest):
        return []
    return [f"The picture was made with the checkpoint {f'{name} [{digest}]'.strip()}; {model.name} is used here."]


def _vae_notes(said: Mapping[str, str], model: Model) -> list[str]:
    name, own = said.get("VAE", ""), "the checkpoint's own"
    if requirements.is_named(name, model.vae):
        return []
    return [f"The picture was made with {f'the VAE {name}' if name else own}; {model.vae or own} is used here."]


def _explicit(chosen: Choices, made: plan.Plan) -> Choices:
    """The choices with nothing left to a tab, and as a number what the slider of CFG factors can't show."""
    kept = tuple(key for key in chosen.leave or () if key == "negative")
    here = dataclasses.replace(chosen, leave=kept or None)
    again = plan.make(here)
    changes: dict[str, Any] = {key: getattr(made, key) for key in PARTS if getattr(again, key) != getattr(made, key)}
    if "size" in changes:
        changes["ratio"] = None
    low, high = values.CFG_FACTORS
    if "cfg" in changes or not low <= (chosen.cfg_factor or 1.0) <= high:
        changes |= {"cfg": made.cfg, "cfg_factor": None}
    return dataclasses.replace(here, **changes)


def _on_offer(chosen: Choices, host: Host) -> tuple[Choices, list[str]]:
    """The choices without a sampler or a schedule type that is not to be had here, and a note for each."""
    notes: list[str] = []
    changes: dict[str, Any] = {}
    for key, known in (("sampler", host.samplers()), ("scheduler", host.schedulers())):
        name = getattr(chosen, key)
        if name is not None and name not in known:
            changes[key] = None
            notes.append(
                f"The picture's {_label(key).lower()} {name} is not available here, so it is left empty; choose one of "
                f"{', '.join(known)}."
            )
    return dataclasses.replace(chosen, **changes), notes


def _label(name: str) -> str:
    """What a field of a plan is called."""
    known = options.table().get(name)
    return known.label if known and known.label else name.replace("_", " ").capitalize()


def _lost(filled: Filled, made: plan.Plan) -> list[str]:
    """Which parts of the plan the controls' values don't give again."""
    row = [filled.controls[name] for name in values.CONTROLS]
    again = extra_controls.planned([*row, filled.prompt, filled.negative_prompt, filled.seed, *filled.modes.values()])
    names = {each.name for each in dataclasses.fields(plan.Plan) if each.compare} - {"sets", "recommended"}
    lost = [_label(name) for name in sorted(names) if getattr(again, name) != getattr(made, name)]
    return [f"Could not be restored: {', '.join(lost)}."] if lost else []
