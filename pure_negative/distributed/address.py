"""The address of another WebUI, with what it wants to know of who asks; neither is ever shown or kept."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from typing import Any

from pure_negative.errors import PureNegativeError
from pure_negative.io import validate

LARGEST = 512 << 20
"""Bytes of one answer: 64 pictures of 1024×1024 as text, twice over."""
_SCHEMES = ("http", "https")


class SilentError(Exception):
    """Nobody answers there, or the connection broke."""


@dataclass(frozen=True)
class Address:
    """`url` without user, password and token, as it stands in messages; `where` is the option that named it."""

    url: str
    where: str
    authorization: str = field(default="", repr=False)

    def send(self, path: str, body: Any = None, seconds: float | None = None) -> tuple[int, Any]:
        """The status and the JSON of an answer, None where it is no JSON; a body makes it a POST.

        Raises:
            SilentError: there is none, within the seconds for each part of it.
        """
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        headers |= {"Authorization": self.authorization} if self.authorization else {}
        request = urllib.request.Request(self.url + path, data, headers)
        try:
            with urllib.request.build_opener(_NoRedirect).open(request, timeout=seconds) as answer:
                return answer.status, _json(answer.read(LARGEST + 1))
        except urllib.error.HTTPError as error:
            with error:
                return error.code, _json(error.read(1 << 20))
        except (OSError, ValueError, EOFError) as error:  # http.client's own among them
            raise SilentError(str(error)) from None

    def refuse(self, what: str) -> PureNegativeError:
        """The error that names this address."""
        return PureNegativeError(f"{self.where} {self.url}: {what}")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A password is for the address that was given, and no other."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def _json(data: bytes) -> Any:
    if len(data) > LARGEST:
        return None
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def read(text: str, where: str) -> Address:
    """An address like `http://pc2:7860`, `http://USER:PASSWORD@pc2:7860` or `https://TOKEN@host`.

    Raises:
        PureNegativeError: it is none; the sentence does not show what stands before the @.
    """
    text = text.strip()
    shown = text.rpartition("@")[2]
    try:
        parts = urllib.parse.urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urllib.parse.urlsplit("")
    if parts.scheme not in _SCHEMES or not host or parts.query or parts.fragment or not _is_plain(shown):
        raise validate.refuse(where, shown, "the address of a WebUI, like http://pc2:7860")
    host = f"[{host}]" if ":" in host else host
    url = f"{parts.scheme}://{host}{'' if port is None else f':{port}'}{parts.path.rstrip('/')}"
    return Address(url, where, _authorization(parts))


def _is_plain(text: str) -> bool:
    return text.isprintable() and " " not in text


def _authorization(parts: urllib.parse.SplitResult) -> str:
    if parts.username is None:
        return ""
    user = urllib.parse.unquote(parts.username)
    if parts.password is None:
        return f"Bearer {user}"
    pair = f"{user}:{urllib.parse.unquote(parts.password)}"
    return "Basic " + base64.b64encode(pair.encode()).decode()
