"""Finding a preset's style triggers, for the place `{style}` of its prompt format."""

from __future__ import annotations

from pure_negative.preset.model import Preset


def find(known: Preset, wanted: str = "") -> list[tuple[str, str]]:
    """The triggers, each with its heading, that hold every part of the wanted text, in the trigger or its heading."""
    parts = wanted.casefold().split()
    every = ((group.name, trigger) for group in known.styles for trigger in group.triggers)
    return [pair for pair in every if all(part in " ".join(pair).casefold() for part in parts)]
