"""The body of a request, read no further than its cap, and the JSON in it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterable
from typing import Any

from pure_negative.errors import PureNegativeError


def too_large(most: int) -> PureNegativeError:
    """The refusal of a body of more than so many bytes."""
    return PureNegativeError(f"the request is larger than the {most} bytes allowed.")


async def collect(parts: AsyncIterable[bytes], most: int) -> bytes:
    """The whole body.

    Raises:
        PureNegativeError: it is larger than allowed; the rest of it is not read.
    """
    data = b""
    async for part in parts:
        data += part
        if len(data) > most:
            raise too_large(most)
    return data


def from_json(data: bytes) -> Any:
    """The value that a body of JSON holds.

    Raises:
        PureNegativeError: it is no JSON, or nested deeper than Python can follow.
    """
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise PureNegativeError("the request is not readable JSON.") from None
