"""Whose page a request is from: this server's own, by whatever name a proxy or a tunnel is reached, or another site's.

A foreign page writes none of the headers that are looked at here: a browser alone writes `Origin` and `Sec-Fetch-Site`,
and asks for leave, which it does not get, before it sends another site a header that proxies write.
Sources: Fetch standard (`Origin`), Fetch Metadata Request Headers (W3C), RFC 7239 (`Forwarded`).
"""

from __future__ import annotations

import contextlib
import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

from pure_negative.errors import PureNegativeError
from pure_negative.io import validate

_USUAL_PORTS = {"http": 80, "https": 443}
_NAME = re.compile(r"[0-9a-z_-]+(?:\.[0-9a-z_-]+)*")
_PAIR = re.compile(r'\s*([A-Za-z]+)\s*=\s*(?:"([^"]*)"|([^\s;,"]*))\s*')
_OF_PROXIES = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")
FOREIGN = "requests from another site's page are refused."
LONGEST = 2_000
"""Characters of the names that may be used."""


class Host(NamedTuple):
    """The name of a server, or its number, and its port where one is said."""

    name: str
    port: int | None


@dataclass(frozen=True)
class Allowed:
    """Beside what agrees by itself: names this server may have, and other sites whose pages are let in all the same.

    `advice` says what to set to have a page let in; `{name}` and `{origin}` in it are the page's.
    """

    hosts: tuple[Host, ...] = ()
    origin: Callable[[str], bool] = lambda _: False
    advice: str = "start this program with --allowed-hosts {name}"


NONE = Allowed()


def read_host(text: str) -> Host | None:
    """A name and a port as headers write them, `example.org:8443` or `[::1]`; None where it is none.

    Upper case, a last dot, the spelling of an IPv6 address and letters beyond ASCII make no difference.
    """
    text = text.strip()
    try:
        parts = urlsplit(f"//{text}")
        port, name = parts.port, _plain(parts.hostname or "")
    except ValueError:
        return None
    if parts.netloc != text or "@" in text or name is None:
        return None
    return Host(name, port)


def _plain(name: str) -> str | None:
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(name).compressed
    plain = name.removesuffix(".").encode("idna").decode().lower()
    return plain if _NAME.fullmatch(plain) else None


def allowed(text: str | None, where: str = "--allowed-hosts") -> Allowed:
    """What a list of names allows, each with or without a port, also as addresses like `https://example.org/`.

    Raises:
        PureNegativeError: one of them is no name.
    """
    if text is None:
        return NONE
    parts = [part for part in re.split(r"[,\s]+", validate.text(text, where, LONGEST)) if part]
    found = [read_host(re.sub(r"^https?://|/$", "", part, flags=re.IGNORECASE)) for part in parts]
    for part, host in zip(parts, found, strict=True):
        if host is None:
            raise validate.refuse(
                where, part, "the host names this page is opened under, like example.org, other.example:8443"
            )
    if not found:
        raise PureNegativeError(f"{where}: no name is given; give one like example.org.")
    return Allowed(tuple(host for host in found if host))


def is_here(host: str, also: Allowed) -> bool:
    """Whether a Host header names this machine itself, at any port, as through a tunnel, or a name that is allowed."""
    found = read_host(host)
    return found is not None and (_is_loopback(found.name) or found.name in {each.name for each in also.hosts})


def _is_loopback(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def _is_among(page: Host, known: tuple[Host, ...]) -> bool:
    return any(page.name == each.name and (each.port is None or _is_port(page, each)) for each in known)


def _is_port(page: Host, named: Host) -> bool:
    """Whether the ports are the same; what ends HTTPS may ask on with the port of HTTP."""
    usual = (None, *_USUAL_PORTS.values())
    return page.port == named.port or (page.port in usual and named.port in usual)


def is_foreign(method: str, headers: Mapping[str, str], also: Allowed) -> bool:
    """Whether another site's page makes the request. Header names are in lower case.

    Where the browser itself says whose page it is, that holds; else the page's origin must agree with a name by which
    this server was asked.
    """
    origin, site = headers.get("origin"), headers.get("sec-fetch-site", "").strip().lower()
    elsewhere = site in ("cross-site", "same-site")
    if origin is None:
        return elsewhere and method not in ("GET", "HEAD")
    if also.origin(origin):
        return False
    scheme, _, rest = origin.strip().lower().partition("://")
    page = read_host(rest) if scheme in _USUAL_PORTS else None
    if page is None or elsewhere:
        return True
    return site != "same-origin" and not _agrees(scheme, page, headers, also)


def _agrees(scheme: str, page: Host, headers: Mapping[str, str], also: Allowed) -> bool:
    """Whether the page's own address is that of this server, or the one by which a proxy says it was asked."""
    host = read_host(headers.get("host", ""))
    if _is_among(page, also.hosts) or (host and page.name == host.name and _is_port(page, host)):
        return True
    named = [(host, "")] if any(name in headers for name in _OF_PROXIES) else []
    return any(_is_same(scheme, page, each, proto) for each, proto in [*named, *_forwarded(headers)])


def _is_same(scheme: str, page: Host, named: Host | None, proto: str) -> bool:
    """As a proxy names it: many leave the port out, and one behind another's HTTPS takes that for HTTP."""
    if named is None or page.name != named.name or (scheme, proto) == ("http", "https"):
        return False
    return named.port is None or _is_port(page, named)


def _forwarded(headers: Mapping[str, str]) -> Iterator[tuple[Host | None, str]]:
    """The names, and the schemes, by which proxies say they were asked; of several in a row the first was."""
    first = {name: headers.get(f"x-forwarded-{name}", "").split(",")[0].strip() for name in ("host", "port", "proto")}
    host, port = read_host(first["host"]), first["port"]
    if host and host.port is None and port.isdecimal():
        host = host._replace(port=int(port[:5]))
    yield host, first["proto"].lower()
    pairs = _PAIR.findall(headers.get("forwarded", "")[:LONGEST].split(",")[0])
    said = {name.lower(): quoted or plain for name, quoted, plain in pairs}
    yield read_host(said.get("host", "")), said.get("proto", "").lower()


def refusal(headers: Mapping[str, str], also: Allowed) -> str:
    """Why a page's request is not answered, and what to set where the page is this one behind a proxy."""
    origin = headers.get("origin", "")
    page = read_host(origin.partition("://")[2])
    if page is None:
        return FOREIGN
    host = validate.one_line(headers.get("host", ""), 100) or "no name"
    advice = also.advice.format(name=page.name, origin=origin)
    return (
        f"{FOREIGN} This one is from a page of {validate.one_line(origin, 100)} and came here for {host}: if that is "
        f"this page behind a proxy, let the proxy send X-Forwarded-Host, or {advice}."
    )
