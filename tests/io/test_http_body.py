"""A request's body: whole up to its cap, refused beyond it with no more read, and JSON or a sentence."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pure_negative.errors import PureNegativeError
from pure_negative.io import http_body


async def sent(parts: list[bytes], taken: list[bytes]) -> AsyncIterator[bytes]:
    for part in parts:
        taken.append(part)
        yield part


@given(st.lists(st.binary(max_size=8), max_size=8), st.integers(0, 40))
def test_a_body_is_whole_or_refused_and_nothing_is_read_beyond_the_cap(parts, most):
    taken: list[bytes] = []
    whole = b"".join(parts)
    if len(whole) <= most:
        assert asyncio.run(http_body.collect(sent(parts, taken), most)) == whole
        return
    with pytest.raises(PureNegativeError, match=f"larger than the {most} bytes allowed"):
        asyncio.run(http_body.collect(sent(parts, taken), most))
    assert len(b"".join(taken[:-1])) <= most


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b"[" * 100_000, b"nul"])
def test_what_is_no_json_is_refused_in_a_sentence(data):
    with pytest.raises(PureNegativeError, match=r"^the request is not readable JSON\.$"):
        http_body.from_json(data)
