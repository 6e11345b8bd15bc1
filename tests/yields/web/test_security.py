"""The page's two servers let in what they should and nothing else."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import struct
import threading
from urllib.parse import urlsplit

import pytest

from pure_negative.errors import PureNegativeError
from pure_negative.yields.web import asgi, http_server, origin
from pure_negative.yields.web.app import Web
from tests.yields.making import opened, run_of


@pytest.fixture
def run(tmp_path, judgements):
    return opened(judgements, run_of(tmp_path / "outputs", 2))


@pytest.fixture
def port(run):
    with http_server.listening(Web()) as address:
        yield urlsplit(address).port


def sent(port: int, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, dict, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    found = answer.status, dict(answer.getheaders()), answer.read()
    connection.close()
    return found


def mounted(method: str, path: str, body: bytes = b"", root: str = "", **headers: str) -> tuple[int, dict, bytes]:
    """One request to the application, as a server hands it on."""
    given = {"host": "here", **{name.lower().replace("_", "-"): value for name, value in headers.items()}}
    scope = {"type": "http", "method": method, "path": path, "root_path": root, "query_string": b""}
    scope["headers"] = [(name.encode(), value.encode()) for name, value in given.items()]
    parts = [body[start : start + 1000] for start in range(0, len(body), 1000)] or [b""]
    told = []

    async def receive() -> dict:
        part = parts.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(parts)}

    async def send(message: dict) -> None:
        told.append(message)

    web = Web()
    asyncio.run(asgi.Application(web)(scope, receive, send))
    web.close()
    found = {name.decode(): value.decode() for name, value in told[0]["headers"]}
    return told[0]["status"], found, told[1]["body"]


def test_the_page_and_its_pictures_come_with_their_policies(port, run, judgements):
    status, headers, body = sent(port, "GET", "/")
    assert status == 200
    assert b"<title>Yield</title>" in body
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    key = judgements.entries(run.id)[0].key
    status, headers, body = sent(port, "GET", f"/picture?key={key}")
    assert (status, headers["Content-Type"], body[:4]) == (200, "image/png", b"\x89PNG")
    assert "immutable" in headers["Cache-Control"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]


FOREIGN_HOSTS = (
    *("evil.example", "evil.example:7861", "localhost.evil.example:80", "127.0.0.1.evil.example", "a@127.0.0.1", ""),
    *(
        "10.0.0.1",
        "[fe80::1]",
        "[::1",
        "127.0.0.1/",
        "127.0.0.1, evil.example",
        "evil.example, 127.0.0.1",
        "2130706433",
        "0.0.0.0",
    ),
)


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
def test_another_host_name_is_refused_also_where_it_says_that_it_is_forwarded(port, host):
    for more in ({}, {"X_Forwarded_Host": f"127.0.0.1:{port}"}, {"Sec_Fetch_Site": "same-origin"}):
        status, _, body = sent(port, "GET", "/runs", Host=host, **more)
        assert status == 403
        assert b"only requests to 127.0.0.1, localhost and allowed host names are answered" in body
        posted = {"Content_Type": "application/json", "Origin": f"http://{host}", **more}
        assert sent(port, "POST", "/check", b"{}", Host=host, **posted)[0] == 403


@pytest.mark.parametrize("host", ["127.0.0.1", "LOCALHOST:9000", "localhost.:9000", "[::1]:9000", "127.0.0.1:1"])
def test_through_a_tunnel_it_is_worked_at_whatever_port_it_has_there(port, host):
    given = {"Host": host, "Origin": f"http://{host.lower()}", "Content_Type": "application/json"}
    assert sent(port, "GET", "/", Host=host)[0] == 200
    assert sent(port, "POST", "/check", b"{}", **given)[0] == 200
    assert sent(port, "POST", "/check", b"{}", **given | {"Origin": "http://127.0.0.1:2"})[0] == 403


def test_a_name_that_is_allowed_is_answered_and_another_is_told_how_to_be(run):
    with http_server.listening(Web(), allowed=origin.allowed("sd.example.org, https://other.example/")) as address:
        port = urlsplit(address).port
        for host in ("sd.example.org", "SD.example.org.:443", "other.example:8080"):
            given = {"Host": host, "Origin": f"https://{host}", "Content_Type": "application/json"}
            assert sent(port, "POST", "/check", b"{}", **given)[0] == 200
        status, _, body = sent(port, "GET", "/", Host="third.example:80")
        assert status == 403
        assert b"start this program with --allowed-hosts third.example" in body


@pytest.mark.parametrize("site", ["http://evil.example", "null", "http://127.0.0.1:1", "https://", "http://["])
def test_another_sites_page_is_refused(port, site):
    assert sent(port, "GET", "/runs", Origin=site)[0] == 403
    assert sent(port, "POST", "/undo", b"{}", Origin=site, **{"Content_Type": "application/json"})[0] == 403
    assert mounted("POST", "/undo", b"{}", Origin=site, Content_Type="application/json")[0] == 403


def test_the_pages_own_origin_is_answered(port):
    for name in ("127.0.0.1", "localhost"):
        host = f"{name}:{port}"
        assert sent(port, "GET", "/runs", Host=host, Origin=f"http://{host}")[0] == 200
    assert mounted("GET", "/runs", Origin="https://here")[0] == 200


def test_behind_a_proxy_the_page_is_let_in_and_another_sites_is_not(port):
    own, kind = {"Origin": "https://sd.example.org", "Host": f"127.0.0.1:{port}"}, {"Content_Type": "application/json"}
    for said in ({"X_Forwarded_Host": "sd.example.org"}, {"Sec_Fetch_Site": "same-origin"}):
        for given in (own | said, own | said | {"Host": "127.0.0.1"}):
            assert sent(port, "POST", "/check", b"{}", **given, **kind)[0] == 200
            assert mounted("POST", "/check", b"{}", **given, **kind)[0] == 200
    status, _, body = sent(port, "POST", "/check", b"{}", **own, **kind)
    assert status == 403
    told = json.loads(body)["error"]
    assert told.startswith("requests from another site's page are refused. This one is from a page of https://sd.")
    assert told.endswith(
        "let the proxy send X-Forwarded-Host, or start this program with --allowed-hosts sd.example.org."
    )
    foreign = own | {"Origin": "https://evil.example", "X_Forwarded_Host": "sd.example.org"}
    assert sent(port, "POST", "/check", b"{}", **foreign, **kind)[0] == 403


def test_a_header_that_is_sent_twice_is_a_list(port):
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        lines = ["POST /check HTTP/1.1", f"Host: 127.0.0.1:{port}", "Content-Length: 2", "Connection: close"]
        lines += ["Content-Type: application/json", "Origin: https://sd.example.org"]
        lines += ["X-Forwarded-Host: sd.example.org", "X-Forwarded-Host: inner.example"]
        connection.sendall("\r\n".join([*lines, "", "{}"]).encode())
        assert connection.recv(1000).startswith(b"HTTP/1.1 200")


def test_a_form_is_refused_as_it_needs_no_leave_of_the_browser(port):
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        assert sent(port, "POST", "/undo", b"{}", Content_Type=kind)[0] == 415
        assert mounted("POST", "/undo", b"{}", Content_Type=kind)[0] == 415


def test_a_body_that_is_too_large_is_refused(port):
    large = b" " * 20_000
    assert sent(port, "POST", "/undo", large, Content_Type="application/json")[0] == 413
    for length in ("-5", "", "x", "9" * 5000):
        assert sent(port, "POST", "/undo", None, Content_Type="application/json", Content_Length=length)[0] == 413
    assert mounted("POST", "/undo", large, Content_Type="application/json")[0] == 413


def test_it_is_found_below_a_mount_whatever_the_framework_says_of_the_path(run):
    for path, root in (("/runs", ""), ("/a/b/runs", "/a/b"), ("/runs", "/a/b")):
        status, _, body = mounted("GET", path, root=root)
        assert status == 200
        assert json.loads(body)["runs"][0]["pictures"] == 2
    assert mounted("GET", "/a/b/", root="/a/b")[1]["content-type"].startswith("text/html")


def test_a_judgement_through_the_application_is_kept(run, judgements):
    key = judgements.entries(run.id)[0].key
    body = json.dumps({"run": run.id, "judge": "Ada", "key": key, "class": 2}).encode()
    assert mounted("POST", "/judge", body, Content_Type="application/json")[0] == 200
    assert judgements.judgements(key)[0].judged == 2


def test_at_the_usual_port_it_goes_by_the_name_that_browsers_send(run):
    try:
        with http_server.listening(Web(), 80) as address:
            assert address == "http://127.0.0.1:80/"
            for name in ("127.0.0.1", "localhost", "127.0.0.1:80"):
                assert sent(80, "GET", "/runs", Host=name, Origin=f"http://{name}")[0] == 200
            assert sent(80, "GET", "/runs", Host="evil.example")[0] == 403
    except PureNegativeError as error:
        pytest.skip(str(error))


def test_a_browser_that_goes_away_is_no_error(port, capsys, monkeypatch):
    gone = threading.Event()
    usual = http_server._Server.handle_error

    def heard(*given):
        usual(*given)
        gone.set()

    monkeypatch.setattr(http_server._Server, "handle_error", heard)
    connection = socket.create_connection(("127.0.0.1", port), timeout=20)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.sendall(f"POST /undo HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 9\r\n\r\n".encode())
    connection.close()
    assert gone.wait(20)
    assert capsys.readouterr().err == ""


def test_a_taken_port_is_told_in_a_sentence(port):
    with pytest.raises(PureNegativeError, match="can't be used"), http_server.listening(Web(), port):
        pass
