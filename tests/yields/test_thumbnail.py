"""Small pictures and guesses: what lies on the disk is made small, or refused in a sentence."""

from __future__ import annotations

import io
import json
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from pure_negative.planning import infotext
from pure_negative.yields.guess import Guesser
from pure_negative.yields.web.app import Web
from tests.yields.making import opened, told

PALETTE = 3
GREY = 0


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(path: Path, width: int, height: int, bits: int, colours: int, said: str) -> None:
    """A picture of nothing but zeros that says how it was made, and has transparency but no palette."""
    head = struct.pack(">IIBBBBB", width, height, bits, colours, 0, 0, 0)
    packer = zlib.compressobj()
    row = b"\0" * (1 + (width * bits + 7) // 8)
    data = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    parameters = told(1).replace("512x512", said).encode()
    text = chunk(b"tEXt", b"parameters\0" + parameters) + chunk(b"tRNS", b"\xff\xff\xff\0")
    whole = b"".join((chunk(b"IHDR", head), text, chunk(b"IDAT", data), chunk(b"IEND", b"")))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + whole)


def asked_for(judgements, folder: Path) -> tuple[Web, int, str]:
    """The page, the run in the folder, and the key of its one picture."""
    run = opened(judgements, folder)
    tagger = Guesser(
        "Tagger", lambda: "", lambda pictures, found: [found(place, 1) for place, _ in enumerate(pictures)]
    )
    return Web(lambda: judgements, guesser=tagger), run.id, judgements.entries(run.id)[0].key


def test_a_picture_is_made_small_in_its_shape(judgements, tmp_path):
    Image.new("RGB", (768, 512)).save(tmp_path / "a.png", pnginfo=infotext.png_info(told(1, size="768x512")))
    page, _, key = asked_for(judgements, tmp_path)
    assert Image.open(io.BytesIO(page.answer("GET", "/small", f"key={key}").body)).size == (384, 256)


@pytest.mark.parametrize(
    ("size", "bits", "colours", "sentence"),
    [
        ((64, 64), 8, PALETTE, "the picture is damaged."),
        ((8_200, 8_200), 1, GREY, "the picture has more than the 67108864 pixels allowed."),
        ((60_000, 60_000), 1, GREY, "the picture is damaged."),
    ],
)
def test_a_picture_that_can_not_be_shown_is_told_in_a_sentence(judgements, tmp_path, size, bits, colours, sentence):
    rows = min(size[1], 9_000)
    png(tmp_path / "a.png", size[0], rows, bits, colours, "x".join(map(str, size)))
    if rows < size[1]:
        whole = (tmp_path / "a.png").read_bytes()
        head = struct.pack(">IIBBBBB", *size, bits, colours, 0, 0, 0)
        (tmp_path / "a.png").write_bytes(whole[:8] + chunk(b"IHDR", head) + whole[33:])
    page, run, key = asked_for(judgements, tmp_path)
    small = page.answer("GET", "/small", f"key={key}")
    assert (small.status, json.loads(small.body)) == (404, {"error": sentence})
    guess = page.answer("POST", "/guess", "", json.dumps({"run": run}).encode())
    assert (guess.status, json.loads(guess.body)) == (400, {"error": sentence})
