"""The drawn sheet: every cell where its labels say, text that can be read, memory and size within bounds."""

from __future__ import annotations

import errno
import importlib
import io
import random
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pure_negative.planning import infotext
from pure_negative.sheet import record
from pure_negative.sheet.draw import caption, finish, layout, png
from pure_negative.sheet.draw import text as drawn_text
from pure_negative.sheet.draw.canvas import ACCENT, EMPTY, INK, PAPER
from pure_negative.sheet.draw.layout import Layout
from tests.sheet.making import SheetRenderer, begin, make, plain, sheet


def drawn(tmp_path, wanted, way="scale", unmade=(), renderer=None):
    """The finished sheet, its layout, and its drawn pictures as arrays."""
    folder = begin(tmp_path, wanted)
    planned = layout.plan(wanted, way)
    make(folder, renderer)
    for index in unmade:
        folder.cell_path(wanted.cells[index]).unlink()
    done = finish.finish(folder, planned)
    return done, planned, [np.asarray(Image.open(path)) for path in done.pictures]


def box(picture: np.ndarray, colour: object) -> tuple[int, int, int, int] | None:
    """The rectangle around every pixel of exactly that colour: left, top, right, bottom."""
    rows, columns = np.nonzero((picture == np.array(colour)).all(axis=-1))
    return (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1) if len(rows) else None


def boxes(picture, cells):
    return {(cell.row, cell.column): box(picture, plain(cell.request).getpixel((0, 0))) for cell in cells}


def has_text(picture, left, top, right, bottom, colour) -> bool:
    """Whether something in that colour stands there, with paper around it."""
    part = picture[max(0, top) : bottom, max(0, left) : right]
    found = box(part, colour)
    return found is not None and found[0] > 0 and found[2] < part.shape[1]


FONTS = [(), None]
"""Without a system font (Pillow's own), and with the ones there are."""


@pytest.mark.parametrize("system", FONTS)
@pytest.mark.parametrize("size", ["64x64", "256x192"])
def test_cells_stand_in_columns_and_rows_below_and_beside_their_labels(tmp_path, monkeypatch, system, size):
    if system is not None:
        monkeypatch.setattr(drawn_text, "_SYSTEM", system)
    wanted = sheet("W: 6[, 2[, 0.9", "CFG: 8, 10.5", size=size)
    _, planned, (picture,) = drawn(tmp_path, wanted)
    found = boxes(picture, wanted.cells)
    assert {(b[2] - b[0], b[3] - b[1]) for b in found.values()} == {tuple(map(int, size.split("x")))}
    assert len({b[0] for b in found.values()}) == 3
    assert len({b[1] for b in found.values()}) == 2
    metrics = planned.metrics
    for column in range(3):
        left, top, right, _ = found[0, column]
        middle, half = (left + right) // 2, (metrics.widths[column] + metrics.gap) // 2
        above = (middle - half, top - metrics.gap // 2 - metrics.header, middle + half, top - metrics.gap)
        assert has_text(picture, *above, INK)
        assert has_text(picture, *above, ACCENT)
    for row in range(2):
        _, top, _, bottom = found[row, 0]
        assert has_text(picture, 0, top, metrics.margin + metrics.label, bottom, INK)


def test_the_recommended_cfg_is_framed_and_its_row_marked(tmp_path):
    wanted = sheet("CFG: 8, 10.5, 12", size="128x128", w=0.564)
    _, _, (picture,) = drawn(tmp_path, wanted)
    left, top, right, bottom = boxes(picture, wanted.cells)[0, 1]
    frame = np.array(ACCENT)
    for y, x in ((top - 1, left), (bottom, right - 1), (top, left - 1), (bottom - 1, right)):
        assert (picture[y, x] == frame).all()
    left, top, *_ = boxes(picture, wanted.cells)[0, 0]
    assert (picture[top - 1, left] == np.array(PAPER)).all()


def test_nothing_is_framed_where_no_axis_sets_the_cfg(tmp_path):
    _, _, (picture,) = drawn(tmp_path, sheet("seed: 1, 2"))
    assert box(picture, ACCENT) is None


def test_cells_of_different_sizes_keep_their_sizes_and_share_rows_and_columns(tmp_path):
    wanted = sheet("size: 64x128, 192x64", "W: 0.5, 0.6")
    _, _, (picture,) = drawn(tmp_path, wanted)
    found = boxes(picture, wanted.cells)
    sizes = {place: (b[2] - b[0], b[3] - b[1]) for place, b in found.items()}
    assert sizes == {(0, 0): (64, 128), (0, 1): (192, 64), (1, 0): (64, 128), (1, 1): (192, 64)}
    assert found[0, 0][0] == found[1, 0][0]
    assert found[0, 0][1] + 64 == found[0, 1][1] + 32


def test_a_cell_that_is_not_made_is_an_empty_box(tmp_path):
    wanted = sheet("W: 0.5, 0.6, 0.7")
    _, _, (picture,) = drawn(tmp_path, wanted, unmade=[1])
    found = boxes(picture, wanted.cells)
    assert found[0, 1] is None
    left, _, right, _ = box(picture, EMPTY)
    assert found[0, 0][2] < left < right < found[0, 2][0]


def test_each_value_of_z_is_a_picture_of_its_own(tmp_path):
    wanted = sheet("W: 0.5, 0.6", None, "seed: 1-3")
    done, _, pictures = drawn(tmp_path, wanted)
    assert [path.name for path in done.pictures] == ["sheet-1.png", "sheet-2.png", "sheet-3.png"]
    for page, picture in enumerate(pictures):
        assert all(boxes(picture, [cell for cell in wanted.cells if cell.page == page]).values())
    assert [path.name for path in done.maps] == ["maps-1.png", "maps-2.png", "maps-3.png"]


@pytest.fixture
def small_limit(monkeypatch):
    monkeypatch.setattr(layout, "MOST_PIXELS", 900_000)
    monkeypatch.setattr(layout, "SMALLEST_CELL", 40)


def test_a_sheet_too_large_for_one_picture_is_drawn_smaller_and_says_so_before(tmp_path, small_limit):
    wanted = sheet("W: 0.1-0.6 [6]", "CFG: 3-8", size="256x256")
    done, planned, (picture,) = drawn(tmp_path, wanted)
    assert "too large for one picture" in planned.note
    assert f"at {planned.metrics.scale:.0%} of its size" in planned.note
    assert picture.shape[0] * picture.shape[1] <= 900_000
    side = round(256 * planned.metrics.scale)
    assert all(abs((b[2] - b[0]) - side) <= 2 for b in boxes(picture, wanted.cells).values())
    with Image.open(done.gallery.folder.cell_path(wanted.cells[0])) as cell:
        assert cell.size == (256, 256)


def test_or_in_several_pictures_that_hold_every_cell_once_in_full(tmp_path, small_limit):
    wanted = sheet("W: 0.1-0.4 [4]", "CFG: 3-6", size="256x256")
    done, planned, pictures = drawn(tmp_path, wanted, "pages")
    assert f"in {len(pictures)} pictures" in planned.note
    assert planned.metrics.scale == 1
    assert [path.name for path in done.pictures][:2] == ["sheet-1.png", "sheet-2.png"]
    assert all(picture.shape[0] * picture.shape[1] <= 900_000 for picture in pictures)
    times = [[b for picture in pictures if (b := boxes(picture, [cell]).popitem()[1])] for cell in wanted.cells]
    assert all(len(found) == 1 and found[0][2] - found[0][0] == 256 for found in times)


def test_an_ordinary_sheet_says_nothing_beforehand():
    assert layout.plan(sheet("W: 0.1-0.6 [6]", "CFG: 3-8", size="512x512")).note == ""


@pytest.mark.parametrize("axes", [("W: 0.01-1 [100]", "CFG: 1-100"), ("seed: 1-1000", "CFG: 2-11"), ("seed: 1-1000",)])
@pytest.mark.parametrize("way", layout.WAYS)
def test_the_largest_sheets_have_a_layout_within_every_limit(axes, way):
    planned: Layout = layout.plan(sheet(*axes, size="512x512"), way)
    top = layout.title_height(planned.metrics, caption.MOST_LINES)
    for part in planned.parts:
        width, height = planned.metrics.size(part, top)
        assert width * height <= layout.MOST_PIXELS < Image.MAX_IMAGE_PIXELS
        assert max(width, height) <= layout.MOST_SIDE
    places = [(part.page, row, column) for part in planned.parts for row in part.rows for column in part.columns]
    assert len(places) == len(set(places)) == len(planned.sheet.cells)
    if way == "scale" and len(axes) == 2 and "W" in axes[0]:
        assert len(planned.parts) == 1


def test_the_drawn_picture_is_a_whole_png_with_the_sheets_infotext(tmp_path):
    wanted = sheet("W: 6[, 2[", "CFG: 8, 9", prompt="é漢, (x:1.1)")
    done, _, _ = drawn(tmp_path, wanted)
    for path in (*done.pictures, *done.maps):
        with Image.open(path) as image:
            image.load()
            assert image.text["parameters"] == record.infotext(done.gallery.folder.record)
            assert infotext.restore(image.text["parameters"]).plan() == wanted.base


@settings(max_examples=60)
@given(st.integers(1, 40), st.lists(st.integers(1, 30), min_size=1, max_size=5), st.integers(0, 2**32))
def test_a_picture_written_in_bands_is_read_back_by_pillow(width, bands, seed):
    noise = np.random.default_rng(seed).integers(0, 256, (sum(bands), width, 3), np.uint8)
    noise[:, : width // 2] = 7
    file = io.BytesIO()
    with png.Writer(file, width, sum(bands), "parameters: 漢") as writer:
        top = 0
        for height in bands:
            writer.write(Image.fromarray(noise[top : top + height]))
            top += height
    with Image.open(io.BytesIO(file.getvalue())) as image:
        assert (np.asarray(image) == noise).all()
        assert image.text["parameters"] == "parameters: 漢"


@pytest.mark.parametrize("room", [0, 100, 5_000])
def test_a_picture_for_which_the_disk_has_no_room_is_no_picture(room):
    class Full(io.BytesIO):
        def write(self, data):
            if self.tell() + len(data) > room:
                raise OSError(errno.ENOSPC, "No space left on device")
            return super().write(data)

    noise = np.random.default_rng(3).integers(0, 256, (20, 100, 3), np.uint8)
    before = threading.active_count()
    with pytest.raises(OSError, match="No space left"):
        png.write(Full(), (100, 80), (Image.fromarray(noise) for _ in range(4)), "x")
    assert threading.active_count() == before


def test_smooth_pictures_take_no_more_room_than_pillow_gives_them():
    slope = np.add.outer(np.arange(600), np.arange(800)) // 6
    image = Image.fromarray(np.stack([slope, slope[::-1], slope], axis=-1).astype(np.uint8))
    ours, pillows = io.BytesIO(), io.BytesIO()
    with png.Writer(ours, 800, 600, "x") as writer:
        writer.write(image)
    image.save(pillows, "PNG")
    assert len(ours.getvalue()) < 1.3 * len(pillows.getvalue())


@pytest.mark.parametrize("system", FONTS)
def test_text_is_broken_into_lines_that_fit(monkeypatch, system):
    if system is not None:
        monkeypatch.setattr(drawn_text, "_SYSTEM", system)
    words = random.Random(5)
    for size in (13, 20, 40):
        writer = drawn_text.Pen(size)
        for _ in range(30):
            text = " ".join("x" * words.randint(1, 30) for _ in range(words.randint(1, 12)))
            lines = writer.lines(text, 12 * size, 3)
            assert 1 <= len(lines) <= 3
            assert all(writer.width(line) <= 12 * size for line in lines)
            kept = "".join(lines).rstrip("…").replace(" ", "")
            assert text.replace(" ", "").startswith(kept)
            assert lines[-1].endswith("…") == (kept != text.replace(" ", ""))


@pytest.mark.parametrize("system", FONTS)
@pytest.mark.parametrize("size", [13, 22, 40])
def test_letters_are_as_large_as_asked_for(monkeypatch, system, size):
    if system is not None:
        monkeypatch.setattr(drawn_text, "_SYSTEM", system)
    image = Image.new("RGB", (60 * size, 3 * size), PAPER)
    writer = drawn_text.Pen(size)
    writer.write(image, 5, 5, "HxgW × 0.564 · 漢", INK)
    rows = np.nonzero((np.asarray(image) < 128).any(axis=(1, 2)))[0]
    assert 0.5 * size <= rows.max() - rows.min() <= 1.5 * size


def test_each_sign_that_the_font_lacks_is_written_in_one_that_has_it(monkeypatch):
    one, other = "LiberationSans-Regular.ttf", "DejaVuSans.ttf"
    if not all(list(drawn_text._fonts([name], 13)) for name in (one, other)):
        pytest.skip(f"FONTS NOT COMPARED: this machine has not both {one} and {other}")

    def written(text, system, others):
        monkeypatch.setattr(drawn_text, "_SYSTEM", system)
        monkeypatch.setattr(drawn_text, "_EAST_ASIAN", others)
        writer, image = drawn_text.Pen(20), Image.new("RGB", (300, 40), PAPER)
        writer.write(image, 0, 0, text, INK)
        return image.tobytes(), writer.width(text)

    assert written("only Latin – ×", [one], [other]) == written("only Latin – ×", [one], [])
    assert written("☃", [one], [other])[1] == written("☃", [other], [])[1]
    both = written("snow ☃", [one], [other])[1]
    assert both == pytest.approx(written("snow ", [one], [])[1] + written("☃", [other], [])[1], abs=1)
    assert written("snow ☃", [one], []) == written("snow ?", [one], [])


WORDS = ["words 漢, bad", "words かな", "words 한, low"]


def font_with(folder, *signs):
    """A font file whose glyphs for these signs are plain blocks."""
    builder = pytest.importorskip("fontTools.fontBuilder", reason="NO FONT MADE: fontTools is not installed")
    pens = importlib.import_module("fontTools.pens.ttGlyphPen")
    glyphs = {}
    for at, name in enumerate([".notdef", *(f"uni{ord(sign):04X}" for sign in signs)]):
        pen = pens.TTGlyphPen(None)
        pen.moveTo((100, 0))
        for point in ((900 - 30 * at, 0), (900 - 30 * at, 800), (100, 800)):
            pen.lineTo(point)
        pen.closePath()
        glyphs[name] = pen.glyph()
    made = builder.FontBuilder(1000, isTTF=True)
    made.setupGlyphOrder([*glyphs])
    made.setupCharacterMap({ord(sign): f"uni{ord(sign):04X}" for sign in signs})
    made.setupGlyf(glyphs)
    made.setupHorizontalMetrics(dict.fromkeys(glyphs, (1000, 0)))
    made.setupHorizontalHeader(ascent=800, descent=-200)
    made.setupNameTable({"familyName": "Blocks", "styleName": "Regular"})
    made.setupOS2()
    made.setupPost()
    path = folder / f"{'-'.join(f'{ord(sign):x}' for sign in signs)}.ttf"
    made.save(path)
    return str(path)


def test_words_of_three_scripts_are_drawn_each_in_a_font_that_has_them(monkeypatch, tmp_path):
    fonts = [font_with(tmp_path, "漢"), font_with(tmp_path, "か", "な"), font_with(tmp_path, "한")]
    monkeypatch.setattr(drawn_text, "_EAST_ASIAN", fonts)
    pen = drawn_text.Pen(20)
    if not pen._full:
        pytest.skip("FONTS NOT COMPARED: this machine has no usual font")
    headers = [caption.Header(label, number=f"words {at}") for at, label in enumerate(WORDS, 1)]
    assert [header.written(pen) for header in headers] == WORDS
    for sign in "漢か한":
        image = Image.new("RGB", (60, 40), PAPER)
        pen.write(image, 0, 0, sign, INK)
        assert (np.asarray(image)[8:12, 6:14] == INK).all(), "the block that the font has for it"


def test_without_such_a_font_a_label_is_the_number_under_which_the_page_has_it(monkeypatch, tmp_path):
    monkeypatch.setattr(drawn_text, "_EAST_ASIAN", [])
    monkeypatch.setattr(drawn_text, "_SYSTEM", [])
    wanted = sheet('words: "漢", "かな", "bad"', "W: 0.5, 0.9")
    done, planned, (picture,) = drawn(tmp_path, wanted)
    pen = drawn_text.Pen(planned.metrics.font)
    labels = [header.written(pen) for header in caption.columns(wanted, 0)]
    assert labels[:2] == ["words 1 (index.html)", "words 2 (index.html)"]
    assert labels[2].endswith("bad")
    assert pen.writes("漢") is False
    numbered = done.page.read_text(encoding="utf-8").partition('class="numbered"')[2].partition("</details>")[0]
    assert [text in numbered for text in ("漢", "かな", "bad", "<ol>")] == [True] * 4
    assert all(boxes(picture, wanted.cells).values())


def test_a_label_stays_on_its_line_and_keeps_its_direction():
    writer = drawn_text.Pen(13)
    assert writer.lines("a\nb\u202ec\u2028d", 200, 1) == ["a b c d"]
    assert writer.width("a\nb\u202ec") == writer.width("a b c")
    pictures = [Image.new("RGB", (60, 20), PAPER) for _ in range(2)]
    for picture, text in zip(pictures, ("a\nb\u202ec", "a b c"), strict=True):
        writer.write(picture, 0, 0, text, INK)
    assert pictures[0].tobytes() == pictures[1].tobytes()


def test_hostile_labels_are_drawn(tmp_path):
    wanted = sheet('prompt: "<script>alert(1)</script>", "\u202e漢🎨 ́́", "' + "w" * 5000 + '", ""')
    _, _, (picture,) = drawn(tmp_path, wanted)
    assert all(boxes(picture, wanted.cells).values())


def test_pale_cells_are_tagged(tmp_path):
    class Pale(SheetRenderer):
        def render(self, batch, progress=None):
            found = super().render(batch, progress)
            return [Image.new("RGB", image.size, (240, 236, 238)) if i else image for i, image in enumerate(found)]

    done, _, (picture,) = drawn(tmp_path, sheet("seed: 1, 2", size="128x128"), renderer=Pale())
    assert [done.gallery.seen(cell).measure.pale for cell in done.gallery.folder.sheet.cells] == [False, True]
    left, _, right, bottom = box(picture, (240, 236, 238))
    assert has_text(picture, left - 2, bottom - 30, right, bottom + 2, INK)
