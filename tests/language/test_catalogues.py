"""The message catalogues: nothing is missing, and a translation holds what its message holds."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

import pytest

from pure_negative.language import names, translator

ROOT = Path(__file__).parents[2]
_FOUND = importlib.util.spec_from_file_location("texts", ROOT / "docs" / "texts.py")
assert _FOUND
assert _FOUND.loader
texts = importlib.util.module_from_spec(_FOUND)
_FOUND.loader.exec_module(texts)
WEBUI = {"zh_CN": "zh_CN", "zh_TW": "zh_TW", "ja": "ja_JP", "ko": "ko_KR"}
PYTHON = "After a change of a text, run docs/catalogues.py and translate what it names."


def known(name: str) -> dict[str, str]:
    return dict(translator.translator(name).catalogue)


def test_the_source_has_the_texts_that_a_page_shows():
    found = texts.texts()
    assert len(found) > 150
    assert {"Words", "Negative prompt", "Copy values to the tab", "{}: {} is not allowed; give {}."} <= set(found)
    assert not [text for text in found if '"""' in text or "\n" in text]


@pytest.mark.parametrize("name", names.CATALOGUES)
def test_no_text_is_missing(name):
    assert [text for text in texts.texts() if not known(name).get(text)] == [], PYTHON


@pytest.mark.parametrize("name", names.CATALOGUES)
def test_a_translation_has_every_part_of_its_message_once(name):
    wrong = {}
    for message, text in known(name).items():
        holes = re.findall(r"\{(\d*)\}", text)
        parts = {str(number) for number in range(message.count("{}"))}
        if len(holes) != len(parts) or ("".join(holes) and set(holes) != parts):
            wrong[message] = text
    assert wrong == {}


@pytest.mark.parametrize("name", names.CATALOGUES)
def test_the_webui_s_file_says_what_the_catalogue_says(name):
    path = ROOT / "localizations" / f"{WEBUI[name]}.json"
    found = json.loads(path.read_text(encoding="utf-8"))
    shown = [text for text in texts.of_webui() if "{}" not in text and not text[0].islower()]
    assert [text for text in shown if text not in found] == [], PYTHON
    assert {text: known(name)[text] for text in found} == found


@pytest.mark.parametrize("name", names.CATALOGUES)
def test_the_compiled_catalogue_is_that_of_the_text(name):
    pofile = pytest.importorskip("babel.messages.pofile", reason="CATALOGUES NOT COMPARED: Babel is not installed")
    folder = ROOT / "pure_negative" / "language" / name / "LC_MESSAGES"
    with (folder / "pure_negative.po").open("rb") as file:
        written = {message.id: message.string for message in pofile.read_po(file, locale=name) if message.id}
    assert written == known(name)


@pytest.mark.parametrize("name", names.CATALOGUES)
def test_each_language_is_written_in_its_own_signs(name):
    signs = {"ja": r"[\u3040-\u30ff]", "ko": r"[\uac00-\ud7a3]"}.get(name, r"[\u4e00-\u9fff]")
    assert sum(bool(re.search(signs, text)) for text in known(name).values()) > 0.8 * len(known(name))
