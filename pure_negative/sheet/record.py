"""`sheet.yaml`: what a sheet is, written when it begins and checked when it goes on."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pure_negative.errors import PureNegativeError
from pure_negative.io import validate, yaml_reader, yaml_writer
from pure_negative.io.entries import read_each
from pure_negative.planning import choices as choices_room
from pure_negative.planning import infotext as infotexts
from pure_negative.planning import request
from pure_negative.planning.plan import Tab
from pure_negative.planning.request import Model
from pure_negative.rules import seeds
from pure_negative.sheet import axis, definition
from pure_negative.sheet.definition import Host, Sheet

VERSION = "1"
SCRIPT = "Pure negative sheet"
"""The name of the sheet in the WebUI's list of scripts, which an infotext brings back there."""
_LONGEST_TEXT = 20_000
_LARGEST_NUMBER = 2**53 - 1
AXES = ("x", "y", "z")
_HEADER = "# A sheet of pictures: 'sheet --resume' with this folder makes what is missing.\n"


@dataclass(frozen=True)
class Record:
    """A sheet, the checkpoint it is made with, the day it was begun, and the digest of all its requests.

    `makers` says which workers made which cells, by their numbers (`journal.makers`); it is empty where one process
    made all of them.
    """

    sheet: Sheet
    model: Model
    made: str
    digest: str
    makers: Mapping[str, str] = field(default_factory=dict, compare=False)


def of(sheet: Sheet, model: Model, made: str) -> Record:
    """The record of a sheet that begins."""
    return Record(sheet, model, made, sheet.digest)


def write(record: Record) -> str:
    """The text of `sheet.yaml`.

    Raises:
        PureNegativeError: it is too long to be read back.
    """
    entries: dict[str, yaml_writer.Value] = {"sheet": VERSION, "made": record.made, "model": _model_texts(record.model)}
    entries |= {name: each.text for name, each in zip(AXES, record.sheet.axes, strict=True) if each.kind}
    entries |= {"choices": choices_room.write(record.sheet.choices)}
    if tab := _tab_texts(record.sheet.tab):
        entries["tab"] = tab
    entries |= {"cells": len(record.sheet.cells), "digest": record.digest}
    entries |= {"workers": record.makers} if record.makers else {}
    text = _HEADER + yaml_writer.document(entries)
    if len(text) > yaml_reader.LARGEST:
        raise PureNegativeError(
            f"sheet: its values take {len(text)} characters; at most {yaml_reader.LARGEST} are allowed, "
            "so split it into sheets."
        )
    return text


def _model_texts(model: Model) -> dict[str, str]:
    """What is empty is left out, but for the keys that were always there."""
    return {key: text for key, text in vars(model).items() if text or key in ("name", "hash")}


def _tab_texts(tab: Tab) -> dict[str, str]:
    return {key: str(value) for key, value in vars(tab).items() if value != getattr(Tab(), key)}


def read(text: str, where: str = "sheet.yaml", host: Host | None = None) -> Record:
    """The record in the text of a `sheet.yaml`; `digest` is the one it was begun with.

    `host` is the program that is to go on with it, whose own axes it may have.

    Raises:
        PureNegativeError: it is not of this format, or one of its values is not allowed.
    """
    document = yaml_reader.load(text, where)
    if not isinstance(document, dict) or document.get("sheet") != VERSION:
        raise PureNegativeError(f"{where}: this is not a sheet of format {VERSION}.")
    entries = {key: value for key, value in document.items() if key not in ("sheet", "cells")}
    axes = dict.fromkeys(AXES, lambda value, place: axis.read(value, place, host))
    found = read_each(entries, {**_READERS, **axes}, where)
    missing = [key for key in ("made", "model", "choices", "digest") if key not in found]
    if missing:
        raise PureNegativeError(f"{where}: the key {missing[0]} is missing.")
    x, y, z = (found.get(name, axis.NONE) for name in AXES)
    sheet = definition.make(found["choices"], x, y, z, found.get("tab"), host)
    return Record(sheet, found["model"], found["made"], found["digest"], found.get("workers", {}))


def _line(value: object, where: str) -> str:
    return validate.text(value, where, _LONGEST_TEXT).strip()


def _read_model(value: object, where: str) -> Model:
    if not isinstance(value, dict):
        raise validate.refuse(where, value, "a map with name and hash")
    readers = {each.name: _line for each in dataclasses.fields(Model)}
    return Model(**{"name": "", "hash": "", **read_each(value, readers, where)})


def read_choices(value: object, where: str) -> choices_room.Choices:
    """The choices of a sheet or a grid."""
    if not isinstance(value, dict):
        raise validate.refuse(where, value, "a map of options, like 'preset: nai'")
    return choices_room.read(value, where)


def _read_makers(value: object, where: str) -> dict[str, str]:
    if not isinstance(value, dict):
        raise validate.refuse(where, value, "a map of workers and the numbers of their cells")
    return {_line(who, where): validate.text(cells, where, yaml_reader.LARGEST) for who, cells in value.items()}


def read_tab(value: object, where: str) -> Tab:
    """The host's own controls in a sheet or a grid."""
    if not isinstance(value, dict):
        raise validate.refuse(where, value, "a map of the WebUI's own controls, or {}")
    return Tab(**read_each(value, _TAB_READERS, where))


def _tab_reader(default: object) -> Callable[[Any, str], Any]:
    """A reader for one of the host's controls, by the type of its value where nothing is chosen."""
    if isinstance(default, bool):
        return validate.flag
    if isinstance(default, int):
        return lambda value, where: validate.whole(value, where, 0, _LARGEST_NUMBER)
    if isinstance(default, float):
        return validate.number
    return lambda value, where: validate.text(value, where, _LONGEST_TEXT)


_TAB_READERS = {each.name: _tab_reader(each.default) for each in dataclasses.fields(Tab)} | {"seed": seeds.read}

_READERS: Mapping[str, Callable[[Any, str], Any]] = {
    "made": _line,
    "model": _read_model,
    "choices": read_choices,
    "tab": read_tab,
    "digest": _line,
    "workers": _read_makers,
}


def differences(was: Record, now: Record) -> list[str]:
    """What tells two sheets apart, in words, each as `what: was …, now …`; empty when they make the same pictures."""
    found = _changes("model", _model_text(was.model), _model_text(now.model))
    if now.model.noise:  # a host that does not tell its noise does not tell its VAE either
        found += _changes("VAE", _vae_text(was.model), _vae_text(now.model))
        found += _changes("noise source", was.model.noise or request.EARLIER_NOISE, now.model.noise)
    for name, old, new in zip(AXES, was.sheet.axes, now.sheet.axes, strict=True):
        if old != new:
            found += _changes(f"axis {name}", old.text, new.text)
    old_texts, new_texts = choices_room.write(was.sheet.choices), choices_room.write(now.sheet.choices)
    for key in old_texts | new_texts:
        found += _changes(key.replace("_", " "), old_texts.get(key, ""), new_texts.get(key, ""))
    for each in dataclasses.fields(Tab):
        found += _changes(
            f"the WebUI's own {each.name}",
            str(getattr(was.sheet.tab, each.name)),
            str(getattr(now.sheet.tab, each.name)),
        )
    if not found and was.digest != now.digest:
        found.append("the preset's file has changed since then, and gives other pictures")
    return found


def _model_text(model: Model) -> str:
    return f"{model.name} [{model.hash}]"


def _vae_text(model: Model) -> str:
    return f"{model.vae} [{model.vae_hash}]" if model.vae else ""


def _changes(what: str, was: str, now: str) -> list[str]:
    if was == now:
        return []
    return [
        f"{what} was {validate.shown(was) if was else 'not given'}, now {validate.shown(now) if now else 'not given'}"
    ]


def infotext(record: Record) -> str:
    """The parameters text of the sheet as a whole: its base plan, and its axes as a host's script fields."""
    base = record.sheet.base
    extra = {"Script": SCRIPT}
    extra |= {
        f"Sheet {name.upper()} axis": each.text for name, each in zip(AXES, record.sheet.axes, strict=True) if each.kind
    }
    return infotexts.write(base.request(base.seed), record.model, infotexts.pack(base), extra)
