"""What the real WebUI's own function reads from pictures, we read; the stand-in has none."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from modules import images
from PIL import Image

from pure_negative.io import picture_text
from tests.io import test_picture_text as pictures

pytestmark = pytest.mark.skipif(not hasattr(images, "read_info_from_image"), reason="needs the real WebUI's modules")


@settings(max_examples=max(500, settings.default.max_examples))
@given(st.lists(pictures.chunks, max_size=4), st.lists(pictures.chunks, max_size=4))
def test_what_the_webui_reads_we_read(before: list[bytes], behind: list[bytes]) -> None:
    data = pictures.png(before, behind)
    image = images.read(io.BytesIO(data))
    image.load()
    assert isinstance(image, Image.Image)
    read = images.read_info_from_image(image)[0] or ""
    found = picture_text.read(io.BytesIO(data), "p").parameters
    assert found.strip("\0\ufeff") in pictures.both_ways(read)
