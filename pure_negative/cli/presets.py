"""The command line's `presets`: list, show, check, save, share and put in order."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pure_negative.cli import streams
from pure_negative.errors import PureNegativeError
from pure_negative.io import atomic_file, os_errors, paths, validate
from pure_negative.language.current import say
from pure_negative.planning.choices import Choices
from pure_negative.preset import library, user_store
from pure_negative.preset.model import Preset
from pure_negative.prompt import word_list

ACTIONS: tuple[tuple[str, str], ...] = (
    ("list", "list all presets"),
    ("show", "show a preset's file"),
    ("styles", "list a preset's style triggers, or those that contain a text"),
    ("match", "find the presets for a checkpoint, by its name and hashes"),
    ("check", "check preset files, or all those in a folder, for errors"),
    ("save", "save the given options as a preset of your own"),
    ("export", "export a preset as a file or as text for a chat, or several as a zip"),
    ("import", "import presets from a file, a picture, a zip, or from text on stdin ('-')"),
    ("rename", "change the id of one of your presets"),
    ("delete", "move one of your presets to the trash"),
    ("undo", "restore the last deleted preset"),
    ("schema", "print the JSON Schema of preset files"),
)

_NO_FOLDER = f"none, since there is no home folder; name one in the environment variable {paths.FOLDER_VARIABLE}"


def add(parser: argparse.ArgumentParser, add_choices: Callable[[argparse.ArgumentParser], None]) -> None:
    """Add the actions and their arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    found = {name: actions.add_parser(name, help=text, allow_abbrev=False) for name, text in ACTIONS}
    found["list"].add_argument("--user", action="store_true", help="only your own presets, with their folder")
    for name in ("show", "styles", "delete"):
        found[name].add_argument("id")
    found["styles"].add_argument("text", nargs="?", default="")
    found["match"].add_argument("model", metavar="NAME")
    found["match"].add_argument("hash", nargs="*")
    found["check"].add_argument(
        "file", nargs="+", metavar="FILE|DIR|ID", help="preset files, folders of them, or ids of presets"
    )
    found["check"].add_argument("--strict", action="store_true", help="treat warnings as errors")
    found["rename"].add_argument("id", metavar="OLD")
    found["rename"].add_argument("new", metavar="NEW")
    found["undo"].add_argument("id", nargs="?", help="the preset to restore (default: the last deleted)")
    _add_saving(found["save"], add_choices)
    _add_sharing(found["export"], found["import"])


def _add_saving(save: argparse.ArgumentParser, add_choices: Callable[[argparse.ArgumentParser], None]) -> None:
    save.add_argument("new", metavar="ID", help="the id of the new preset")
    save.add_argument("--name", help="its display name (default: the id)")
    save.add_argument("--description", help="what it is for")
    save.add_argument("--replace", action="store_true", help="overwrite your preset with that id")
    add_choices(save)


def _add_sharing(export: argparse.ArgumentParser, importing: argparse.ArgumentParser) -> None:
    export.add_argument("id", nargs="+")
    export.add_argument("--text", action="store_true", help="as text to paste into a chat")
    export.add_argument("--out", metavar="FILE", help="file to write (default: stdout; several presets need a .zip)")
    importing.add_argument("file", metavar="FILE", help="the file to import, or '-' for stdin")
    importing.add_argument("--id", help="import it under this id")
    importing.add_argument("--replace", action="store_true", help="overwrite your presets with the same ids")
    importing.add_argument("--dry-run", action="store_true", help="show what would be imported, and stop")


def run(arguments: argparse.Namespace, chosen: Callable[[], Choices]) -> int:
    """Run one action; 0 when it did its work, 2 when it or a check found something wrong."""
    return _RUN[arguments.action](arguments, library.Library(), chosen)


def _list(arguments: argparse.Namespace, shelf: library.Library, _: Any) -> int:
    own = set(shelf.own_ids())
    for name in shelf.own_ids() if arguments.user else shelf.ids():
        known = shelf.find(name)
        shown = known.name if known else f"(can't be read: 'presets check {name}' says why)"
        print(f"{name:<28} {'yours  ' if name in own and not arguments.user else ''}{shown}")
    if arguments.user:
        print(f"folder: {shelf.user or _NO_FOLDER}", file=sys.stderr)
        if shelf.user and (why := user_store.unreadable(shelf.user)):
            print(say(f"warning: {why}."), file=sys.stderr)
    return 0


def _show(arguments: argparse.Namespace, *_: Any) -> int:
    print(library.source_text(arguments.id), end="")
    return 0


def _styles(arguments: argparse.Namespace, *_: Any) -> int:
    from pure_negative.preset import styles

    found = styles.find(library.load(arguments.id), arguments.text)
    for group, trigger in found:
        print(f"{trigger}    ({group})")
    if not found:
        holding = f" with {validate.shown(arguments.text)} in it" if arguments.text else ""
        print(say(f"note: {validate.one_line(arguments.id)} has no style trigger{holding}."), file=sys.stderr)
    return 0


def _match(arguments: argparse.Namespace, shelf: library.Library, _: Any) -> int:
    found = shelf.match(arguments.model, *arguments.hash)
    for known in found:
        print(f"{known.id:<28} {known.name}")
    if not found:
        print(
            say(f"note: there is no preset for {validate.shown(arguments.model)}; 'presets list' shows all presets."),
            file=sys.stderr,
        )
    return 0


def _check(arguments: argparse.Namespace, shelf: library.Library, _: Any) -> int:
    from pure_negative.sharing import lint

    if not all(name.strip() for name in arguments.file):
        raise PureNegativeError("presets check: give a file or a folder; there is no such file as ''.")
    report = lint.check(_to_check(shelf, name) for name in arguments.file)
    for text in report.problems:
        print(f"error: {say(text)}", file=sys.stderr)
    for text in report.warnings:
        print(f"warning: {say(text)}", file=sys.stderr)
    print(f"{report.files} files, {len(report.problems)} errors, {len(report.warnings)} warnings")
    return 2 if report.problems or (arguments.strict and report.warnings) else 0


def _to_check(shelf: library.Library, name: str) -> Path:
    """What is there under that name, else the file of the preset with that id."""
    known = not os.path.lexists(name) and (shelf.is_own(name) or shelf.is_among_built_in(name))
    return shelf.path(name) if known else Path(name)


def _save(arguments: argparse.Namespace, shelf: library.Library, chosen: Callable[[], Choices]) -> int:
    from pure_negative.io import entries
    from pure_negative.sharing import capture

    choices = chosen()
    if choices.seed is not None:
        print(say("note: a preset does not store the seed."), file=sys.stderr)
    base = library.load(choices.preset or library.DEFAULT)
    name, description = (
        entries.read_line(getattr(arguments, key) or "", f"--{key}") for key in ("name", "description")
    )
    made = capture.capture(choices, base, arguments.new, name, description)
    for note in word_list.notes(made.words):
        print(f"note: {say(note)}", file=sys.stderr)
    print(_keep(shelf, made, None, arguments.replace))
    return 0


def _keep(shelf: library.Library, made: Preset, text: str | None, replace: bool) -> Path:
    over = shelf.load(made.id) if replace and shelf.is_own(made.id) else None
    return shelf.save(made, over, text)


def _export(arguments: argparse.Namespace, *_: Any) -> int:
    from pure_negative.sharing import bundle

    texts = {name: library.source_text(name) for name in arguments.id}
    if arguments.out and arguments.out.lower().endswith(".zip"):
        files = [(library.load(name).id, text) for name, text in texts.items()]
        return _written(arguments.out, bundle.to_zip(files))
    if len(texts) > 1 and not arguments.text:
        raise PureNegativeError("presets export: several presets need --out with a name ending in .zip, or --text.")
    text = "".join(f"{bundle.to_text(each)}\n" if arguments.text else each for each in texts.values())
    if arguments.out:
        return _written(arguments.out, text.encode("utf-8"))
    print(text, end="")
    return 0


def _written(out: str, data: bytes) -> int:
    with os_errors.told(f"--out: {validate.shown(out)} can't be written", ValueError):
        if os.path.lexists(out):
            raise PureNegativeError(f"--out: {validate.shown(out)} already exists; choose another file name.")
        atomic_file.replace(Path(out), data)
    print(out)
    return 0


def _import(arguments: argparse.Namespace, shelf: library.Library, _: Any) -> int:
    found = _found(arguments.file)
    for problem in found.problems:
        print(f"error: {problem}", file=sys.stderr)
    if arguments.id and len(found.offers) > 1:
        raise PureNegativeError(f"presets import: --id is for one preset, and there are {len(found.offers)}.")
    failed = [offer for offer in found.offers if not _taken(arguments, shelf, offer)]
    return 2 if failed or found.problems else 0


def _found(name: str) -> Any:
    from pure_negative.sharing import bundle

    if name != "-":
        return bundle.from_path(Path(name))
    return bundle.from_bytes(streams.read_stdin(bundle.LARGEST_ZIP + 1), "stdin")


def _taken(arguments: argparse.Namespace, shelf: library.Library, offer: Any) -> bool:
    """Show what differs from what is there, and keep the preset unless that was all that was asked for."""
    made = _named(offer.preset, arguments.id)
    _preview(shelf, made, offer.notes)
    if arguments.dry_run or shelf.find(made.id) == made:
        return True
    try:
        print(_keep(shelf, made, offer.text, arguments.replace))
    except PureNegativeError as error:
        print(f"error: {error}", file=sys.stderr)
        return False
    return True


def _named(made: Preset, new: str | None) -> Preset:
    import dataclasses

    from pure_negative.preset import model as preset

    if new is None:
        return made
    return dataclasses.replace(made, id=preset.read_id(new), name=new if made.name == made.id else made.name)


def _preview(shelf: library.Library, made: Preset, notes: tuple[str, ...]) -> None:
    from pure_negative.sharing import bundle

    old = shelf.find(made.id)
    differences = bundle.differences(old, made)
    there = "yours" if shelf.is_own(made.id) else "the built-in preset"
    state = "new" if old is None else f"differs from {there}" if differences else "the same as yours"
    print(f"{made.id}: {state}", file=sys.stderr)
    for each in differences if old else ():
        old_text, new_text = (_cut(text) for text in (each.old, each.new))
        print(f"  {each.key}: {old_text} -> {new_text}", file=sys.stderr)
    for note in notes:
        print(f"  note: {note}", file=sys.stderr)


def _cut(text: str) -> str:
    return f"{text[:100]}…" if len(text) > 100 else text or "(not set)"


def _rename(arguments: argparse.Namespace, shelf: library.Library, _: Any) -> int:
    print(f"{arguments.id} is now {shelf.rename(arguments.id, arguments.new).id}")
    return 0


def _delete(arguments: argparse.Namespace, shelf: library.Library, _: Any) -> int:
    shelf.delete(arguments.id)
    print(f"{arguments.id} was deleted; 'presets undo' restores it")
    return 0


def _undo(arguments: argparse.Namespace, shelf: library.Library, _: Any) -> int:
    print(f"{shelf.undo(arguments.id)} was restored")
    return 0


def _schema(*_: Any) -> int:
    from pure_negative.preset import schema as preset_schema

    print(preset_schema.text(), end="")
    return 0


_RUN: Mapping[str, Callable[..., int]] = {
    "list": _list,
    "show": _show,
    "styles": _styles,
    "match": _match,
    "check": _check,
    "save": _save,
    "export": _export,
    "import": _import,
    "rename": _rename,
    "delete": _delete,
    "undo": _undo,
    "schema": _schema,
}
