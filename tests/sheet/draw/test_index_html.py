"""The page beside the sheet: everything on it, nothing from elsewhere, strangers' text only ever as text."""

from __future__ import annotations

import json
from html.parser import HTMLParser

from hypothesis import given, settings
from hypothesis import strategies as st

from pure_negative.errors import PureNegativeError
from pure_negative.sheet.draw import cache, finish, index_html, layout
from tests.sheet.making import SheetRenderer, begin, make, sheet
from tests.strategies import hostile_text

HOSTILE = "</script><script>document.title='broken'</script>\"'><img src=x onerror=alert(1)>&lt;"


class Reader(HTMLParser):
    """Every start tag with its attributes, and the text of every element."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.open = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.open = tag

    def handle_data(self, data):
        self.texts.setdefault(self.open, []).append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def shown(tmp_path, wanted, unmade=()) -> tuple[str, Reader]:
    folder = begin(tmp_path, wanted)
    make(folder)
    for index in unmade:
        folder.cell_path(wanted.cells[index]).unlink()
    done = finish.finish(folder, layout.plan(wanted))
    text = done.page.read_text(encoding="utf-8")
    return text, Reader(text)


def test_every_cell_is_there_with_its_picture_its_label_and_its_parameters(tmp_path):
    wanted = sheet("W: 6[, 0.9", "CFG: 8, 10.5", "seed: 1, 2")
    _, read = shown(tmp_path, wanted)
    pictures = [attributes for attributes in read.all("img") if attributes.get("loading") == "lazy"]
    assert [attributes["src"] for attributes in pictures] == [f"cells/{cell.name}.png" for cell in wanted.cells]
    assert [attributes["alt"] for attributes in pictures] == [wanted.label(cell) for cell in wanted.cells]
    folder = cache.Gallery(begin(tmp_path, wanted)).folder.path.with_name("sheet-0000")
    assert all((folder / str(attributes["src"])).is_file() for attributes in pictures)
    infotexts = json.loads(next(text for text in read.texts["script"] if text.startswith("[")))
    assert len(infotexts) == 8
    for cell, text in zip(wanted.cells, infotexts, strict=True):
        assert f"Seed: {cell.request.seed}" in text
        assert cell.request.negative_prompt in text


def test_recommended_and_missing_cells_are_marked(tmp_path):
    wanted = sheet("W: 6[", "CFG: 8, 10.5, 12", size="512x512")
    text, read = shown(tmp_path, wanted, unmade=[2])
    cells = [str(attributes["class"]).split() for attributes in read.all("td") if attributes.get("class")]
    assert ["recommended" in classes for classes in cells] == [False, True, False]
    assert ["missing" in classes for classes in cells] == [False, False, True]
    assert "2 of 3 cells made" in text


def test_nothing_comes_from_the_network_and_no_other_script_may_run(tmp_path):
    _, read = shown(tmp_path, sheet("W: 0.5, 0.6"))
    for _, attributes in read.tags:
        for name in ("src", "href"):
            assert "//" not in (attributes.get(name) or "")
            assert ":" not in (attributes.get(name) or "")
        assert not any(name.startswith("on") or name == "style" for name in attributes)
    policy = str(next(a["content"] for a in read.all("meta") if a.get("http-equiv") == "Content-Security-Policy"))
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy


def structure(read: Reader) -> list[tuple[str, tuple[str, ...]]]:
    return [(tag, tuple(sorted(attributes))) for tag, attributes in read.tags]


def test_hostile_words_change_no_tag(tmp_path):
    quoted = '"' + HOSTILE.replace('"', '""').replace("#", "") + '"'
    text, read = shown(tmp_path / "hostile", sheet(f"prompt: {quoted}, b", f"words: {quoted}, c"))
    _, tame = shown(tmp_path / "tame", sheet("prompt: a, b", "words: b, c"))
    assert structure(read) == structure(tame)
    assert "<script>document" not in text
    assert HOSTILE in " ".join(str(attributes.get("alt")) for attributes in read.all("img"))


@settings(max_examples=25)
@given(st.lists(hostile_text, min_size=2, max_size=2))
def test_any_text_changes_no_tag(tmp_path_factory, texts):
    quoted = ", ".join('"' + text.replace('"', '""') + '"' for text in texts)
    try:
        wanted = sheet(f"prompt: {quoted}, last")
    except PureNegativeError:
        return
    if len(wanted.cells) != 3:
        return
    _, read = shown(tmp_path_factory.mktemp("any"), wanted)
    _, tame = shown(tmp_path_factory.mktemp("tame"), sheet("prompt: a, b, c"))
    assert structure(read) == structure(tame)


def test_a_sheet_of_no_finished_cell_still_has_its_page(tmp_path):
    folder = begin(tmp_path, sheet("W: 0.5, 0.6"))
    text = index_html.write(cache.Gallery(folder), []).read_text(encoding="utf-8")
    assert text.count("not made") == 2
    assert SheetRenderer.model.name in text
