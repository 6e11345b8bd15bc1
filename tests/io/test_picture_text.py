"""The text in a picture: what the WebUI's PNG Info reads of it, we read, wherever and however it is kept."""

from __future__ import annotations

import io
import json
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, features

from pure_negative.errors import PureNegativeError
from pure_negative.io import exif_text, picture_text
from pure_negative.sharing import bundle

TEXT = "猫\nNegative prompt: (bad:0.5), (naïve:0.5)\nSteps: 1, Sampler: Euler, CFG scale: 9, Seed: 5, Size: 512x512, "
TEXT += "Clip skip: 2, Pure negative: v1;preset=nai;w=0.5;words=bad%2Cna%C3%AFve"
UNICODE, ASCII, JIS = b"UNICODE\0", b"ASCII\0\0\0", b"JIS\0\0\0\0\0"
SIZE = (16, 8)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(before: list[bytes], behind: list[bytes]) -> bytes:
    """A PNG with these chunks on both sides of its data."""
    head = struct.pack(">IIBBBBB", *SIZE, 8, 0, 0, 0, 0)
    data = zlib.compress(bytes((SIZE[0] + 1) * SIZE[1]))
    middle = [chunk(b"IHDR", head), *before, chunk(b"IDAT", data), *behind, chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(middle)


def exif(comment: bytes, order: str = ">") -> bytes:
    """EXIF data that holds a user comment."""
    first = struct.pack(f"{order}HHHII4x", 1, 0x8769, 4, 1, 26)
    second = struct.pack(f"{order}HHHII4x", 1, 0x9286, 7, len(comment), 44)
    mark = {">": b"MM\0*", "<": b"II*\0"}[order]
    return mark + struct.pack(f"{order}I", 8) + first + second + comment


def read(data: bytes) -> str:
    return picture_text.parameters(io.BytesIO(data), "p")


def text_chunk(text: str, keyword: str = "parameters") -> bytes:
    return chunk(b"tEXt", keyword.encode() + b"\0" + text.encode())


CHUNKS = {
    "tEXt in UTF-8": text_chunk(TEXT),
    "tEXt in Latin-1": chunk(b"tEXt", b"parameters\0" + TEXT.replace("猫", "café").encode("latin-1")),
    "zTXt": chunk(b"zTXt", b"parameters\0\0" + zlib.compress(TEXT.encode())),
    "iTXt": chunk(b"iTXt", b"parameters\0\0\0\0\0" + TEXT.encode()),
    "packed iTXt": chunk(b"iTXt", b"parameters\0\1\0en\0x\0" + zlib.compress(TEXT.encode())),
    "EXIF": chunk(b"eXIf", exif(UNICODE + TEXT.encode("utf-16-be"))),
}


@pytest.mark.parametrize("body", CHUNKS.values(), ids=CHUNKS)
def test_a_text_is_read_on_either_side_of_the_image_data(body):
    for data in (png([body], []), png([], [body])):
        assert read(data).partition("\n")[2] == TEXT.partition("\n")[2]
        (offer,) = bundle.from_bytes(data, "p").offers
        assert offer.preset.words == ("bad", "naïve")


def test_of_two_texts_the_last_holds():
    first, last = text_chunk("one"), text_chunk("two")
    assert {read(data) for data in (png([first, last], []), png([first], [last]), png([], [first, last]))} == {"two"}


def saved(kind: str, comment: bytes, order: str = ">") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", SIZE).save(file, kind, exif=b"Exif\0\0" + exif(comment, order))
    return file.getvalue()


KINDS = [
    kind
    for kind in ("JPEG", "WEBP", "AVIF", "PNG")
    if kind in ("JPEG", "PNG") or (kind.lower() in features.modules and features.check(kind.lower()))
]
COMMENTS = {
    "as the WebUI writes it": UNICODE + TEXT.encode("utf-16-be"),
    "little-endian": UNICODE + TEXT.encode("utf-16-le"),
    "little-endian with a mark": UNICODE + b"\xff\xfe" + TEXT.encode("utf-16-le"),
    "big-endian with a mark": UNICODE + b"\xfe\xff" + TEXT.encode("utf-16-be"),
    "UTF-8 under ASCII's name": ASCII + TEXT.encode(),
    "without a name": TEXT.encode(),
    "undefined": bytes(8) + TEXT.encode() + bytes(3),
}


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("comment", COMMENTS.values(), ids=COMMENTS)
@pytest.mark.parametrize("kind", KINDS)
def test_the_text_of_every_kind_of_picture_is_read(kind, comment, order):
    data = saved(kind, comment, order)
    assert read(data) == TEXT
    assert (picture_text.kind_of(data[: picture_text.HEAD]), picture_text.read(io.BytesIO(data), "p").width) == (
        kind,
        16,
    )
    (offer,) = bundle.from_bytes(data, "p").offers
    assert offer.preset.words == ("bad", "naïve")


def test_japanese_comments_are_read():
    assert exif_text.decode(JIS + "猫 Steps: 1".encode("shift_jis")) == "猫 Steps: 1"
    assert exif_text.decode(JIS + "猫 Steps: 1".encode("iso2022_jp")) == "猫 Steps: 1"


def test_what_novelai_and_a_gif_say_is_read_as_png_info_reads_it():
    said = {"uc": "low", "steps": 28, "sampler": "k_euler_ancestral", "scale": 11.0, "seed": 3}
    texts = {"Software": "NovelAI", "Description": "cat", "Comment": json.dumps(said)}
    data = png([text_chunk(text, key) for key, text in texts.items()], [])
    assert read(data) == (
        "cat\nNegative prompt: low\nSteps: 28, Sampler: Euler a, CFG scale: 11.0, Seed: 3, Size: 16x8, Clip skip: 2, "
        "ENSD: 31337"
    )
    file = io.BytesIO()
    Image.new("P", SIZE).save(file, "GIF", comment=TEXT.encode())
    assert read(file.getvalue()) == TEXT


def test_a_picture_without_a_text_is_told_so():
    for data, said in (
        (png([], []), "has no generation parameters"),
        (png([text_chunk("{}", "workflow")], []), "a ComfyUI workflow"),
        (saved("JPEG", b""), "has no generation parameters"),
        (saved("JPEG", UNICODE)[:200], "this is a JPEG picture that is cut off"),
        (saved("WEBP", UNICODE)[:40], "this is a WebP picture that is cut off"),
    ):
        with pytest.raises(PureNegativeError, match=said):
            read(data)


@given(st.sampled_from(KINDS), st.integers(0, 400), st.integers(0, 255))
def test_a_damaged_picture_is_read_or_refused_in_a_sentence(kind, at, value):
    data = bytearray(saved(kind, UNICODE + TEXT.encode("utf-16-be")))
    data[at % len(data)] = value
    found = bundle.from_bytes(bytes(data), "p")
    assert len(found.offers) + len(found.problems) == 1


def png_info(data: bytes) -> str:
    """What the WebUI's PNG Info reads (v1.10.1, `read_info_from_image`), by Pillow."""
    image = Image.open(io.BytesIO(data))
    image.load()
    held = dict(image.info)
    text = held.get("parameters") or ""
    if "exif" in held:
        known = Image.Exif()
        known.load(held["exif"])
        comment = known.get_ifd(0x8769).get(0x9286, b"")
        coding = {UNICODE: "utf-16-be", ASCII: "ascii", JIS: "shift_jis"}.get(comment[:8])
        said = comment[8:].decode(coding, "replace") if coding else comment.decode("utf-8", "ignore")
        text = said or text
    elif "comment" in held:
        text = held["comment"]
    return text


def both_ways(text: str) -> set[str]:
    """A text as PNG Info shows it, and as it is where its bytes are UTF-8, which Pillow takes for Latin-1."""
    shown = text.strip("\0\ufeff")
    try:
        return {shown, text.encode("latin-1").decode("utf-8").strip("\0\ufeff")}
    except UnicodeError:
        return {shown}


letters = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
keywords = st.sampled_from(["parameters"] * 6 + ["Parameters", "comment", "Comment", "Title", "parameters "])
plain = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20)
comments = st.one_of(
    letters.map(lambda text: UNICODE + f"Steps: {text}".encode("utf-16-be")),
    plain.map(lambda text: ASCII + text.encode()),
    plain.map(lambda text: JIS + f"ねこ{text}".encode("shift_jis")),
    letters.map(lambda text: f"Steps: {text}".encode()),
    st.just(b""),
)
chunks = st.one_of(
    st.tuples(keywords, letters).map(lambda pair: chunk(b"tEXt", f"{pair[0]}\0{pair[1]}".encode())),
    st.tuples(keywords, plain).map(lambda pair: chunk(b"tEXt", f"{pair[0]}\0{pair[1]}é".encode("latin-1"))),
    st.tuples(keywords, letters).map(
        lambda pair: chunk(b"zTXt", pair[0].encode() + b"\0\0" + zlib.compress(pair[1].encode()))
    ),
    st.tuples(keywords, letters).map(lambda pair: chunk(b"iTXt", f"{pair[0]}\0\0\0en\0x\0{pair[1]}".encode())),
    st.tuples(keywords, letters).map(
        lambda pair: chunk(b"iTXt", pair[0].encode() + b"\0\1\0\0\0" + zlib.compress(pair[1].encode()))
    ),
    st.tuples(comments, st.sampled_from("<>")).map(lambda pair: chunk(b"eXIf", exif(*pair))),
    st.just(chunk(b"tIME", bytes(7))),
)


@settings(max_examples=max(500, settings.default.max_examples))
@given(st.lists(chunks, max_size=4), st.lists(chunks, max_size=4))
def test_what_png_info_reads_we_read(before, behind):
    data = png(before, behind)
    found = picture_text.read(io.BytesIO(data), "p").parameters
    assert found.strip("\0\ufeff") in both_ways(png_info(data))
