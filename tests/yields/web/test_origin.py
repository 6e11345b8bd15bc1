"""Whose page a request is from, by what browsers and proxies say of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pure_negative.errors import PureNegativeError
from pure_negative.yields.web import origin
from tests.strategies import hostile_text

OWN = "https://sd.example.org"
LOCAL = "127.0.0.1:7861"


def foreign(page: str | None, method: str = "POST", names: str | None = None, **headers: str) -> bool:
    given = {"host": LOCAL, **{name.replace("_", "-"): value for name, value in headers.items()}}
    if page is not None:
        given["origin"] = page
    return origin.is_foreign(method, given, origin.allowed(names))


LET_IN = [
    (OWN, {"x_forwarded_host": "sd.example.org"}),
    (OWN, {"x_forwarded_host": "sd.example.org:443"}),
    (OWN, {"x_forwarded_host": "SD.Example.ORG."}),
    (OWN, {"x_forwarded_host": "sd.example.org, 10.0.0.5:8080", "x_forwarded_proto": "https, http"}),
    (OWN, {"x_forwarded_host": "sd.example.org:80", "x_forwarded_proto": "http"}),
    (OWN, {"x_forwarded_host": "sd.example.org", "x_forwarded_proto": "https", "x_forwarded_port": "443"}),
    (f"{OWN}:8443", {"x_forwarded_host": "sd.example.org:8443"}),
    (f"{OWN}:8443", {"x_forwarded_host": "sd.example.org", "x_forwarded_port": "8443"}),
    (f"{OWN}:8443", {"x_forwarded_host": "sd.example.org"}),
    ("http://nas:8080", {"host": "nas", "x_real_ip": "10.0.0.7"}),
    (OWN, {"forwarded": "for=10.0.0.7;proto=https;host=sd.example.org, for=10.0.0.8;host=inner"}),
    (f"{OWN}:8443", {"forwarded": 'For="[2001:db8::1]:4711"; Host="sd.example.org:8443"'}),
    ("https://[2001:db8::1]:8443", {"x_forwarded_host": "[2001:DB8:0:0::1]:8443"}),
    ("https://xn--bcher-kva.example", {"x_forwarded_host": "xn--bcher-kva.example"}),
    (OWN, {"sec_fetch_site": "same-origin"}),
    (OWN, {"host": "127.0.0.1", "sec_fetch_site": "same-origin"}),
    (OWN, {"host": "sd.example.org", "sec_fetch_site": "none"}),
    (OWN, {"host": "sd.example.org"}),
    (f"http://{LOCAL}", {}),
    ("http://[::1]:9000", {"host": "[::1]:9000"}),
    ("http://localhost:9000", {"host": "LOCALHOST.:9000"}),
    (None, {}),
    (None, {"sec_fetch_site": "none"}),
]


@pytest.mark.parametrize(("page", "headers"), LET_IN)
def test_its_own_page_is_let_in(page, headers):
    assert not foreign(page, **headers)
    assert not foreign(page, "GET", **headers)


REFUSED = [
    (OWN, {}),
    (OWN, {"host": "127.0.0.1"}),
    (OWN, {"sec_fetch_site": "none"}),
    (OWN, {"x_forwarded_for": "10.0.0.7", "x_forwarded_proto": "https"}),
    ("https://evil.example", {"x_forwarded_host": "sd.example.org"}),
    ("https://evil.example", {"x_forwarded_host": "sd.example.org, evil.example"}),
    ("https://evil.example", {"forwarded": "host=sd.example.org, host=evil.example"}),
    ("https://evil.example", {"forwarded": "for=evil.example;by=evil.example;host=sd.example.org"}),
    ("https://sd.example.org.evil.example", {"x_forwarded_host": "sd.example.org"}),
    ("https://evil-sd.example.org", {"x_forwarded_host": "sd.example.org"}),
    ("https://sd.example.org@evil.example", {"x_forwarded_host": "sd.example.org"}),
    ("https://sd.example.org/", {"x_forwarded_host": "sd.example.org"}),
    ("chrome-extension://sd.example.org", {"x_forwarded_host": "sd.example.org"}),
    (f"{OWN}:9000", {"x_forwarded_host": "sd.example.org:443"}),
    (f"{OWN}:9000", {"x_forwarded_host": "sd.example.org", "x_forwarded_port": "8443"}),
    (f"{OWN}:9000", {"host": "sd.example.org"}),
    ("http://sd.example.org", {"x_forwarded_host": "sd.example.org", "x_forwarded_proto": "https"}),
    ("http://127.0.0.1:1", {}),
    ("http://127.0.0.1:1", {"sec_fetch_site": "same-site"}),
    ("http://localhost:7861", {}),
    *((page, {"sec_fetch_site": site}) for page in (f"http://{LOCAL}", OWN) for site in ("cross-site", "same-site")),
    (OWN, {"x_forwarded_host": "sd.example.org", "sec_fetch_site": "cross-site"}),
    *(("null", {"sec_fetch_site": site}) for site in ("same-origin", "cross-site", "none")),
    ("null", {"x_forwarded_host": "null"}),
    ("", {"x_forwarded_host": ""}),
]


@pytest.mark.parametrize(("page", "headers"), REFUSED)
def test_another_sites_page_is_refused(page, headers):
    assert foreign(page, **headers)
    assert foreign(page, "GET", **headers)


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_link_from_elsewhere_opens_the_page_and_nothing_is_sent_along(site):
    assert not foreign(None, "GET", sec_fetch_site=site)
    assert foreign(None, "POST", sec_fetch_site=site)


def test_names_that_are_allowed_hold_with_their_port_where_they_have_one():
    names = "sd.example.org, bücher.example:8443 [::1]:9000"
    for page in (OWN, f"{OWN}:9000", "https://xn--bcher-kva.example:8443", "http://[::1]:9000"):
        assert not foreign(page, names=names)
        assert foreign(page, names=names, sec_fetch_site="cross-site")
    for page in ("https://xn--bcher-kva.example", "https://evil.example", "http://[::1]:9001", "null"):
        assert foreign(page, names=names)


@pytest.mark.parametrize("text", ["", " , ", "a b/c", "https://a/b", "*", "a@b", "a:x", "a:99999", "[::1", "-\n\0"])
def test_what_is_no_name_is_refused_in_a_sentence(text):
    with pytest.raises(PureNegativeError, match=r"^--allowed-hosts: [^\n]*\.$"):
        origin.allowed(text)


def test_the_refusal_says_what_to_set_where_that_can_help():
    told = origin.refusal({"origin": OWN, "host": LOCAL}, origin.NONE)
    assert OWN in told
    assert LOCAL in told
    assert "X-Forwarded-Host, or start this program with --allowed-hosts sd.example.org." in told
    for page in ("null", "", "http://["):
        assert origin.refusal({"origin": page, "host": LOCAL}, origin.NONE) == origin.FOREIGN


@given(hostile_text, hostile_text, st.sampled_from(["host", "x-forwarded-host", "forwarded", "x-forwarded-port"]))
def test_whatever_is_sent_is_answered_and_no_other_site_let_in(page, value, name):
    headers = {"host": LOCAL, name: value, "origin": page}
    assert isinstance(origin.is_foreign("POST", headers, origin.NONE), bool)
    assert "\n" not in origin.refusal(headers, origin.NONE)
    assert origin.is_foreign("POST", headers | {"origin": "https://evil.example", name: f"{value}:evil"}, origin.NONE)
