"""What every door to the page holds to, whichever server stands behind it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import urlsplit

from pure_negative.yields.web.app import Answer

FOREIGN = "requests from another site's page are not answered."
_IMAGES = ("image/png", "image/jpeg")
POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
"""For what is no page: a picture or a chart opened alone runs nothing."""


def refusal(method: str, headers: Mapping[str, str]) -> Answer | None:
    """Why a request is not let in: it comes from another site's page. Header names are in lower case.

    A browser asks leave before it sends JSON to another site, and gets none here.
    """
    if is_foreign(headers):
        return refused(403, FOREIGN)
    if method == "POST" and headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        return refused(415, "send JSON, with the content type application/json.")
    return None


def is_foreign(headers: Mapping[str, str]) -> bool:
    """Whether another site's page makes the request. Header names are in lower case."""
    origin = headers.get("origin")
    try:
        return origin is not None and urlsplit(origin).netloc != headers.get("host")
    except ValueError:  # for an address like `http://[`
        return True


def refused(status: int, sentence: str) -> Answer:
    """A sentence as the page's script reads it."""
    return Answer(status, "application/json", json.dumps({"error": sentence}).encode())


def headers(answer: Answer) -> dict[str, str]:
    """The headers of an answer; what a key names never changes, everything else may at any time."""
    keeps = answer.kind in _IMAGES and answer.status == 200
    found = {
        "Content-Type": answer.kind,
        "Content-Length": str(len(answer.body)),
        "Cache-Control": "private, max-age=86400, immutable" if keeps else "no-store",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
    }
    policy = "frame-ancestors 'self'" if answer.kind.startswith("text/html") else POLICY
    return found | {"Content-Security-Policy": policy}
