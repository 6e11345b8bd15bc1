"""Looking through presets' files the way a collection's own tests would: every problem, and what looks like a slip."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pure_negative.errors import PureNegativeError
from pure_negative.io import validate
from pure_negative.planning import choices, plan
from pure_negative.preset import library, user_store
from pure_negative.preset import model as preset
from pure_negative.preset import writer as preset_writer
from pure_negative.prompt import syntax, word_list
from pure_negative.rules import schedule_type

MOST_FILES = 10_000


@dataclass(frozen=True)
class Report:
    """What was found: how many files, their problems, and warnings, each a sentence that begins with the file."""

    files: int
    problems: tuple[str, ...]
    warnings: tuple[str, ...]


def check(paths: Iterable[Path]) -> Report:
    """Every preset's file, and those in folders down to the last; links and hidden folders are passed by.

    Raises:
        PureNegativeError: there are too many files.
    """
    problems: list[str] = []
    warnings: list[str] = []
    ids: dict[str, str] = {}
    files = []
    for path in paths:
        found = _files(path)
        files += found
        problems += [] if found else [f"{_shown(path)}: this folder contains no .yaml file."]
    if len(files) > MOST_FILES:
        raise PureNegativeError(f"check: there are {len(files)} files; at most {MOST_FILES} are allowed.")
    for path, in_folder in files:
        known = _read(path, problems)
        if known is not None:
            problems += _twice(path, known, ids)
            warnings += [f"{_shown(path)}: {text}" for text in _slips(path, known, in_folder)]
    return Report(len(files), tuple(problems), tuple(warnings))


def _files(path: Path) -> list[tuple[Path, bool]]:
    if not os.path.isdir(path):  # noqa: PTH112 - those of Path raise where the folder is not ours to read
        return [(path, path.parent == library.user_folder())]
    inside = (file for ending in ("*.yaml", "*.yml") for file in path.rglob(ending))
    seen = (file for file in inside if not any(part.startswith(".") for part in file.relative_to(path).parts))
    return [(file, True) for file in sorted(seen) if os.path.isfile(file) and not os.path.islink(file)]  # noqa: PTH113, PTH114


def _shown(path: Path) -> str:
    return validate.one_line(str(path))


def _read(path: Path, problems: list[str]) -> preset.Preset | None:
    """The preset in a file; None when what is wrong with it is among the problems."""
    shown = _shown(path)
    try:
        text = user_store.read_text(path)
        wrong = preset.problems(text, shown)
        problems += wrong
        if wrong:
            return None
        known = preset.read(text, shown)
        plan.make(choices.Choices(), base=known)
        preset_writer.write(known)
    except PureNegativeError as error:
        said = str(error).removeprefix(f"{shown}: ").removeprefix(f"{user_store.label(path)}: ")
        problems.append(f"{shown}: {said}")
        return None
    return known


def _twice(path: Path, known: preset.Preset, ids: dict[str, str]) -> list[str]:
    first = ids.setdefault(known.id, _shown(path))
    return [] if first == _shown(path) else [f"{_shown(path)}: {first} has the same id {known.id}."]


def _slips(path: Path, known: preset.Preset, in_folder: bool) -> list[str]:
    """What is allowed and hardly meant."""
    found = [*(note.removeprefix(f"{_shown(path)}: ") for note in word_list.notes(known.words)), *_unseen(known)]
    if in_folder and path.name != f"{known.id}.yaml":
        found.append(f"the preset's id is {known.id}, so the file must be named {known.id}.yaml.")
    if known.sampler and known.sampler not in schedule_type.SAMPLERS:
        close = validate.nearest(known.sampler, schedule_type.SAMPLERS)
        found.append(f"the sampler {known.sampler} is not one of WebUI v1.10.1's{close}.")
    if known.style and not known.styles and "{style}" not in (known.prompt_format or ""):
        found.append("there is a style, but no {style} placeholder and no styles; it is put before the prompt.")
    unset = [key for key, _ in known.sources if key not in preset_writer.entries(known)]
    if unset:
        found.append(f"sources names {', '.join(unset)}, which this preset does not set.")
    if not (known.source or known.sources):
        found.append("there is no 'source': say where the values come from.")
    return found


def _unseen(known: preset.Preset) -> Iterator[str]:
    """What nobody sees in the texts that go into the prompt, which is kept as it is written."""
    texts = [("prompt", known.prompt), ("prompt_format", known.prompt_format), ("style", known.style)]
    texts += [(f"styles: {group.name}", trigger) for group in known.styles for trigger in group.triggers]
    texts += [("starters", starter.prompt) for starter in known.starters]
    for where, text in texts:
        yield from syntax.unseen(text or "", where)
