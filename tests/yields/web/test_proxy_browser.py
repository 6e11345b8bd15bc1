"""The judging page in a real browser behind a reverse proxy and through a tunnel, and another site's page beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from pure_negative.yields.db.store import Judgements
from tests import chromium, proxy
from tests.real.page import until
from tests.yields.making import opened, run_of
from tests.yields.serving import Shown, serving


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    names = [f"host-resolver-rules={proxy.NAMES}"]
    with chromium.opened(tmp_path_factory.mktemp("profile"), 1400, 1000, names) as found:
        yield found


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return run_of(tmp_path / "outputs", 3, size="512x512", w=0.9)


def kept(run: Path) -> list[int]:
    """What is judged of each picture."""
    with Judgements() as judgements:
        return [entry.judged for entry in judgements.entries(opened(judgements, run).id, "Ada")]


def port_of(address: str) -> int:
    return urlsplit(address).port or 80


def work(browser: Any, address: str) -> Shown:
    """Judge the three pictures, take one back, judge it again, and mark the first."""
    page = Shown(browser, address)
    page.name("Ada")
    for key in "432":
        page.judge(key)
    page.press("u")
    until(lambda: page.text("#far") == "2 of 3 judged", "the judgement taken back")
    page.judge("1")
    page.one("#to-contact").click()
    until(lambda: len(page.all(".cell")) == 3, "the pictures")
    page.all(".cell")[0].click()
    until(lambda: page.one("#seeds").get_property("value") == "1", "the seed")
    assert not page.one("#shut").is_displayed()
    assert page.console() == []
    browser.execute_script("localStorage.clear()")
    return page


WAYS = [
    ("sd.example.org", {"X-Forwarded-Host": "{host}"}),
    ("sd.example.org", {"X-Forwarded-Host": "{name}", "X-Forwarded-Proto": "http"}),
    ("sd.example.org", {"X-Forwarded-Host": "{host}, inner.example"}),
    ("sd.example.org", {"Forwarded": 'for=10.0.0.7;host="{host}";proto=http'}),
    ("sd.example.org", {"Host": "{name}", "X-Real-IP": "10.0.0.7"}),
    ("localhost", {}),
    ("localhost", {"Host": "127.0.0.1"}),
]


@pytest.mark.parametrize(("name", "forwarded"), WAYS)
def test_behind_a_proxy_that_rewrites_host_it_is_worked_as_ever(browser, run, name, forwarded):
    words = ["--allowed-hosts", "sd.example.org"] if forwarded.get("Host") == "{name}" else []
    with serving(*words, str(run)) as address:
        port = port_of(address)
        with proxy.before(port, proxy.rewriting(port, forwarded)) as found:
            work(browser, f"http://{name}:{found.port}/")
    assert kept(run) == [4, 3, 1]
    assert {status for *_, status in found.seen} == {200}


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_through_a_tunnel_at_another_port_it_is_worked_as_ever(browser, run, name):
    with serving(str(run)) as address, proxy.before(port_of(address)) as found:
        work(browser, f"http://{name}:{found.port}/")
    assert kept(run) == [4, 3, 1]


def test_where_nothing_would_be_kept_the_page_says_so_at_once_and_what_to_set(browser, run):
    with serving(str(run)) as address:
        port = port_of(address)
        with proxy.before(port, proxy.rewriting(port)) as found:
            page = Shown(browser, f"http://sd.example.org:{found.port}/?judge=Ada")
            page.ready()
            told = page.text("#shut")
            assert told.startswith("Judging and marking don't work here: requests from another site's page")
            assert "let the proxy send X-Forwarded-Host" in told
            assert "--allowed-hosts sd.example.org" in told
            assert page.one("#shut").is_displayed()
            assert not any(button.is_enabled() for button in page.all("#classes button, #undo, #mark"))
            page.press("4", "m", "u")
            until(lambda: page.text("#told") == told, "the same below")
            assert [method for method, *_ in found.seen].count("POST") == 1
    assert kept(run) == [0, 0, 0]
    browser.execute_script("localStorage.clear()")


def test_with_the_name_allowed_no_header_is_needed(browser, run):
    with serving("--allowed-hosts", "sd.example.org", str(run)) as address:
        port = port_of(address)
        for headers in (proxy.rewriting(port), lambda host: {"Host": host}):
            with proxy.before(port, headers) as found:
                page = Shown(browser, f"http://sd.example.org:{found.port}/?judge=Ada")
                page.ready()
                assert not page.one("#shut").is_displayed()
    assert kept(run) == [0, 0, 0]


FOREIGN = """<title>waiting</title><script>
const body = JSON.stringify({run: 1, judge: "Ada", key: "%(key)s", class: 1});
const asked = ["application/json", "text/plain"].map((kind) =>
  fetch("%(to)sjudge", {method: "POST", mode: kind === "text/plain" ? "no-cors" : "cors", body,
    headers: {"Content-Type": kind, ...(kind === "text/plain" ? {} : {"X-Forwarded-Host": location.host})}}));
Promise.allSettled([...asked, fetch("%(to)sruns")]).then((all) => {
  window.found = all.map((one) => one.status);
  document.title = "done";
});
</script>"""


@pytest.mark.parametrize("name", ["sd.example.org", "localhost"])
@pytest.mark.parametrize("forwarded", [{}, {"X-Forwarded-Host": "{host}"}])
def test_a_foreign_sites_page_stays_refused(browser, run, name, forwarded):
    with serving(str(run)) as address:
        with Judgements() as judgements:
            key = judgements.entries(opened(judgements, run).id)[0].key
        port = port_of(address)
        with proxy.before(port, proxy.rewriting(port, forwarded)) as found:
            to = f"http://{name}:{found.port}/"
            with proxy.site(FOREIGN % {"key": key, "to": to}) as other:
                for page in (f"http://evil.example:{other}/", f"http://localhost:{other}/"):
                    browser.get(page)
                    until(lambda: browser.title == "done", "the answers")
                    assert browser.execute_script("return window.found") == ["rejected"] * 3
    assert [entry[1:] for entry in found.seen if entry[0] == "POST"] == [
        ("/judge", f"http://evil.example:{other}", 403),
        ("/judge", f"http://localhost:{other}", 403),
    ]
    assert all(status in (403, 501) for *_, status in found.seen)
    assert kept(run) == [0, 0, 0]
