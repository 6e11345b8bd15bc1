"""Bring the message catalogues up to date: `python docs/catalogues.py`, after a change of what users read.

It takes the texts out of the source (docs/texts.py), merges them into every catalogue, compiles them, and writes what
the WebUI itself reads (localizations/). It needs Babel (`pip install Babel`), which nothing else here does. A text that
has no translation yet is in the catalogue with an empty one: write it there, and run this again.
"""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

from babel.messages import mofile, pofile
from babel.messages.catalog import Catalog

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

import texts  # noqa: E402 - beside this file

from pure_negative.language import names, translator  # noqa: E402 - found beside this folder, installed or not

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "pure_negative" / "language"
WEBUI = {"zh_CN": "zh_CN", "zh_TW": "zh_TW", "ja": "ja_JP", "ko": "ko_KR"}
"""Catalogue → the name of its file for the WebUI, as `webui/core/localizations.py` has it."""
KEPT = ("Project-Id-Version", "Language:", "Plural-Forms", "MIME-Version", "Content-T")
"""What the head of a catalogue says; nothing in it changes by itself."""


def main() -> int:
    """Write everything; the number of texts that have no translation is the exit code."""
    lacking = 0
    for name in names.CATALOGUES:
        folder = FOLDER / name / "LC_MESSAGES"
        folder.mkdir(parents=True, exist_ok=True)
        found = merged(folder / f"{translator.DOMAIN}.po", name)
        write(found, folder)
        missing = [str(message.id) for message in found if message.id and not message.string]
        lacking += len(missing)
        print(f"{name}: {len(found)} texts, {len(missing)} without a translation", *missing, sep="\n  ")
    return min(lacking, 1)


def merged(path: Path, name: str) -> Catalog:
    """The catalogue with exactly the texts of the source."""
    wanted = Catalog(locale=name, project="sd-webui-pure-negative", version="1", fuzzy=False)
    kept = {}
    if path.is_file():
        with path.open("rb") as file:
            kept = {message.id: message.string for message in pofile.read_po(file, locale=name)}
    for text in texts.texts():
        wanted.add(text, kept.get(text, ""))
    return wanted


def write(found: Catalog, folder: Path) -> None:
    """The catalogue as a text and compiled, and the WebUI's file."""
    text = io.BytesIO()
    pofile.write_po(text, found, width=120, omit_header=False, sort_output=False)
    head, _, body = text.getvalue().decode().partition("\n\n")
    lines = [line for line in head.splitlines() if not line.startswith(("#", '"')) or line[1:].startswith(KEPT)]
    written = "\n".join([*lines, "", body]).rstrip() + "\n"
    (folder / f"{translator.DOMAIN}.po").write_text(written, encoding="utf-8", newline="\n")
    with (folder / f"{translator.DOMAIN}.mo").open("wb") as file:
        mofile.write_mo(file, found)
    said = {str(message.id): str(message.string) for message in found if message.id and message.string}
    plain = {text: said[text] for text in [*texts.of_webui(), *texts.ALSO] if _is_whole(text) and text in said}
    path = ROOT / "localizations" / f"{WEBUI[folder.parent.name]}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(plain, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")


def _is_whole(text: str) -> bool:
    return translator.HOLE not in text and not text[0].islower()


if __name__ == "__main__":
    sys.exit(main())
