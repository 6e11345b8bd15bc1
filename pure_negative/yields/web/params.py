"""What comes with a request of the judging page, read and checked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from pure_negative.errors import PureNegativeError
from pure_negative.io import http_body, validate
from pure_negative.yields import export, table
from pure_negative.yields.db import labels
from pure_negative.yields.guess import Guesser

LARGEST_BODY = 10_000
"""Bytes of one request."""


class Host(NamedTuple):
    """What the program behind the page can do."""

    guesser: Guesser | None
    commands: bool


def values(query: str) -> dict[str, Any]:
    """The values in an address."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query), max_num_fields=10)
    except ValueError:
        raise PureNegativeError("the address's parameters can't be read.") from None
    return dict(pairs)


def from_json(body: bytes) -> dict[str, Any]:
    """The values in a body of JSON."""
    if len(body) > LARGEST_BODY:
        raise http_body.too_large(LARGEST_BODY)
    found = http_body.from_json(body)
    if not isinstance(found, dict):
        raise PureNegativeError('the request must be a map, like {"run": 1}.')
    return found


class Given:
    """A request's values, each read and checked where it is used, and what the host can do."""

    def __init__(self, values: dict[str, Any], host: Host, same_judge: Callable[[str], str]) -> None:
        """`same_judge` gives a judge's name as it is known, whatever its case here."""
        self.host = host
        self._same_judge = same_judge
        unknown = [name for name in values if name not in NAMES]
        if unknown:
            raise PureNegativeError(f"{validate.shown(unknown[0])} is not a key; use one of {', '.join(NAMES)}.")
        self._values = values

    def __getitem__(self, name: str) -> Any:
        if name not in self._values:
            raise PureNegativeError(f"{name} is missing.")
        return self._values[name]

    @property
    def run(self) -> int:
        return validate.whole(self["run"], "run", 1, 2**62)

    @property
    def any_run(self) -> int | None:
        return self.run if self._values.get("run") else None

    @property
    def judge(self) -> str:
        return self._same_judge(labels.read_judge(self["judge"]))

    @property
    def any_judge(self) -> str:
        """'' where no name is given yet."""
        return self.judge if self._values.get("judge") else ""

    @property
    def key(self) -> str:
        return validate.text(self["key"], "key", 64)

    @property
    def after(self) -> int:
        return validate.whole(self._values.get("after", 0), "after", 0, 2**62)

    @property
    def by(self) -> tuple[str, ...]:
        return table.read_by(self._values.get("by") or ",".join(table.BY))

    @property
    def format(self) -> str:
        return validate.choice(self["format"], "format", export.FORMATS)

    def get(self, name: str) -> Any:
        return self._values.get(name)


NAMES = ("run", "judge", "key", "after", "class", "shape", "marked", "by", "format")
