"""The security checks and headers that both of the judging page's servers share."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from pure_negative.yields.web import origin
from pure_negative.yields.web.app import Answer
from pure_negative.yields.web.origin import Allowed

_IMAGES = ("image/png", "image/jpeg", "image/webp", "image/avif", "image/gif")
POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
"""For what is no page: a picture or a chart opened alone runs nothing."""


def refusal(method: str, headers: Mapping[str, str], allowed: Allowed) -> Answer | None:
    """Why a request is not let in: it comes from another site's page. Header names are in lower case.

    A browser asks leave before it sends JSON to another site, and gets none here.
    """
    if origin.is_foreign(method, headers, allowed):
        return refused(403, origin.refusal(headers, allowed))
    if method == "POST" and headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        return refused(415, "send JSON, with the content type application/json.")
    return None


def misnamed(status: int, headers: Mapping[str, str], allowed: Allowed) -> Answer | None:
    """The refusal of a server for this machine alone where a foreign name was made to point to it."""
    host = headers.get("host", "")
    if origin.is_here(host, allowed):
        return None
    found = origin.read_host(host)
    advice = f"; {allowed.advice.format(name=found.name, origin='')}" if found else ""
    return refused(status, f"only requests to 127.0.0.1, localhost and allowed host names are answered{advice}.")


def joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """A request's headers by their names in lower case; one that is sent twice is a list, as HTTP has it."""
    found: dict[str, str] = {}
    for name, value in pairs:
        known = found.get(name.lower())
        found[name.lower()] = value if known is None else f"{known}, {value}"
    return found


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
