"""The page's server: on this machine alone, for no other name, with nothing from elsewhere; wrong starts in words."""

from __future__ import annotations

import json
import signal
import socket
import struct
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from pure_negative.cli import ui
from pure_negative.errors import PureNegativeError
from tests.page.conftest import PATIENCE, Server, command, environment, running


def get(url: str, **headers: str) -> tuple[int, str, dict[str, str]]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30) as answer:
            return answer.status, answer.read().decode(), dict(answer.headers)
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(), dict(error.headers)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux answers to all of 127.0.0.0/8")
def test_only_the_one_address_answers(server: Server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=5):
        pass
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", server.port), timeout=5)


def test_the_page_lets_a_browser_load_nothing_from_elsewhere(server: Server):
    status, _, headers = get(server.url)
    assert status == 200
    assert headers["content-security-policy"].startswith("default-src 'self' ")
    assert "http" not in headers["content-security-policy"]


@pytest.mark.parametrize("host", ["elsewhere.example", "127.0.0.1.elsewhere.example", "10.0.0.1:7869", "[fe80::1]"])
def test_a_page_of_another_name_is_not_answered(server: Server, host: str):
    for more in ({}, {"X-Forwarded-Host": "127.0.0.1"}, {"Sec-Fetch-Site": "same-origin"}):
        status, text, _ = get(server.url, Host=host, **more)
        assert status == 400
        assert "Pure negative" not in text


@pytest.mark.parametrize("host", ["localhost:9000", "127.0.0.1", "[::1]:9000", "LOCALHOST.:9000"])
def test_through_a_tunnel_it_is_answered_at_any_port(server: Server, host: str):
    assert get(server.url, Host=host)[0] == 200
    assert post(server, "yield/check", Host=host, Origin=f"http://{host}") == 200
    assert post(server, "yield/check", Host=host, Origin="http://127.0.0.1:2") == 403


def test_behind_a_proxy_its_own_page_is_let_in(server: Server):
    own = {"Origin": "https://sd.example.org"}
    for said in ({"X-Forwarded-Host": "sd.example.org"}, {"Sec-Fetch-Site": "same-origin"}):
        assert post(server, "yield/check", **own, **said) == 200
    for said in ({}, {"X-Forwarded-Host": "other.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert post(server, "yield/check", **own, **said) == 403


def test_a_name_that_is_allowed_is_answered(tmp_path):
    with running(tmp_path, "--allowed-hosts", "sd.example.org") as own:
        assert get(own.url, Host="sd.example.org")[0] == 200
        assert get(own.url, Host="elsewhere.example")[0] == 400
        for host in ("sd.example.org", "127.0.0.1"):
            assert post(own, "yield/check", Host=host, Origin="https://sd.example.org") == 200
            assert post(own, "yield/check", Host=host, Origin="https://elsewhere.example") == 403


def post(server: Server, path: str, **headers: str) -> int:
    """The status of an empty request."""
    given = {"Content-Type": "application/json", **headers}
    try:
        with urllib.request.urlopen(urllib.request.Request(server.url + path, b"{}", given), timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.parametrize("origin", ["http://elsewhere.example", "null", "http://127.0.0.1:1", "http://["])
def test_another_site_s_page_stores_no_file_here(server: Server, origin: str):
    part = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\nmine\r\n--x--\r\n'
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    for own, expected in ((origin, 403), (server.url.rstrip("/"), 200)):
        request = urllib.request.Request(f"{server.url}gradio_api/upload", part, {**kind, "Origin": own})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                status = answer.status
        except urllib.error.HTTPError as error:
            status = error.code
        assert status == expected


def test_only_pictures_are_served_from_the_disk(server: Server):
    for name in ("picture.png", "page.html", "page.svg", "notes.txt", "png"):
        (server.outputs / name).write_text("mine", encoding="utf-8")
    (server.outputs.parent / "other.png").write_text("mine", encoding="utf-8")
    assert get(f"{server.url}gradio_api/file={server.outputs / 'picture.png'}")[:2] == (200, "mine")
    inside = [server.outputs / name for name in ("page.html", "page.svg", "notes.txt", "png")]
    outside = [server.outputs.parent / "other.png", server.outputs / ".." / "log", "/etc/hostname"]
    for other in (*inside, *outside, "https://elsewhere.example/a.png"):
        for way in ("file=", "file/"):
            assert get(f"{server.url}gradio_api/{way}{other}")[0] in (403, 404)
            assert "mine" not in get(f"{server.url}gradio_api/{way}{other}")[1]


def test_gradio_s_own_reports_are_off(server: Server):
    config = json.loads(get(f"{server.url}config")[1])
    assert config["analytics_enabled"] is False
    assert "api" not in config["footer_links"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--port", "x"], "--port: 'x' is not allowed; give a whole number from 0 to 65535."),
        (["--port", "-1"], "--port: '-1' is not allowed; give a whole number from 0 to 65535."),
        (
            ["--port", "0", "--checkpoint", "none.safetensors"],
            "none.safetensors is not there; give a .safetensors or .ckpt file.",
        ),
        (
            ["--port", "0", "--checkpoint", "lora.safetensors"],
            "lora.safetensors is a LoRA, which holds only changes to a checkpoint; put it into models/Lora and name it "
            "in the prompt; give an SD 1.x, SD 2.x or SDXL checkpoint in the original layout.",
        ),
        (["--port", "0", "--out", "file/below"], "--out: 'file/below' can't be made: Not a directory."),
        (
            ["--allowed-hosts", "a b/c"],
            "--allowed-hosts: 'b/c' is not allowed; give the host names this page is opened under, like example.org, "
            "other.example:8443.",
        ),
        (["--share"], "command line: unrecognized arguments: --share; see 'pure-negative --help'."),
    ],
)
def test_a_wrong_start_is_told_in_one_sentence(server: Server, tmp_path, words, said):
    (tmp_path / "file").write_text("", encoding="utf-8")
    header = json.dumps({"lora_a": {"dtype": "F16", "shape": [1], "data_offsets": [0, 2]}}).encode()
    (tmp_path / "lora.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + b"ab")
    ran = subprocess.run(
        command(*words), cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True, timeout=PATIENCE
    )
    assert (ran.returncode, ran.stdout, ran.stderr.strip()) == (2, "", f"error: {said}")


def test_a_port_that_is_taken_is_told(server: Server):
    with pytest.raises(PureNegativeError, match=rf"--port: {server.port} can't be used: .*; give another\."):
        ui.bound(server.port)


def test_what_is_not_installed_is_told_with_the_way_to_install_it(tmp_path):
    code = "import sys; sys.modules['gradio'] = None; from pure_negative.cli.main import main; sys.exit(main(['ui']))"
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=60,
    )
    said = "error: ui: gradio is not installed; run 'python3 run.py ui', or pip install 'pure-negative[ui]'."
    assert (ran.returncode, ran.stderr.strip()) == (2, said)


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is sent another way there")
def test_ctrl_c_ends_it_at_once_with_a_word(tmp_path):
    with running(tmp_path) as own:
        assert get(own.url)[0] == 200
        own.process.send_signal(signal.SIGINT)
        assert own.process.wait(PATIENCE) == 130
    assert (tmp_path / "log").read_text(encoding="utf-8") == "interrupted; finished pictures are kept.\n"
