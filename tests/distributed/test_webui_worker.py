"""Other WebUIs as workers: what they are asked, whom they let in, and what of their answers is believed."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import struct
import time
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pure_negative import output
from pure_negative.distributed import address, webui_worker
from pure_negative.distributed.address import Address
from pure_negative.errors import PureNegativeError
from pure_negative.planning import infotext
from pure_negative.planning.request import Model
from pure_negative.sheet import batches, run
from pure_negative.sheet.crew import Order
from pure_negative.sheet.team import Team
from tests.distributed.webui_server import HASH, WebUI, encoded, serving
from tests.fakes import FakeRenderer
from tests.sheet.making import begin, plain, sheet

RENDER, TXT2IMG = "/pure-negative/v1/render", "/sdapi/v1/txt2img"


@contextlib.contextmanager
def both(*webuis):
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(serving(each)) for each in webuis]


def connected(webui, model=FakeRenderer.model, credentials=""):
    text = webui.url.replace("://", f"://{credentials}@") if credentials else webui.url
    return webui_worker.connect(address.read(text, "--webui"), model, "NV")


def run_webuis(folder, *webuis, **ways):
    with Team([connected(each) for each in webuis], lambda _: batches.shape_of) as crew:
        return list(run.run_crew(folder, crew, **ways))


def cells(count):
    return sheet(f"W: 0.01-0.{count:02} [{count}]")


def notes(reports):
    return [report.note for report in reports if report.note]


def test_two_webuis_make_every_cell_and_each_infotext_restores_its_plan(tmp_path):
    folder = begin(tmp_path, cells(32))
    with both(WebUI(True), WebUI(False)) as (own, other):
        run_webuis(folder, own, other)
    for cell in folder.sheet.cells:
        with Image.open(folder.cell_path(cell)) as image:
            assert image.tobytes() == plain(cell.request).tobytes()
            packed = infotext.read(image.text["parameters"]).pairs[infotext.FIELD]
        assert packed == infotext.pack(cell.plan)
    batched = [body for path, body in own.asked if path == RENDER and body]
    assert batched[0]["hash"] == HASH
    assert batched[0]["noise"] == "NV"
    assert len(batched[0]["pictures"]) == 2
    single = [body for path, body in other.asked if path == TXT2IMG]
    assert single[0]["override_settings"] == {
        "CLIP_stop_at_last_layers": folder.sheet.cells[0].plan.clip_skip,
        "emphasis": "Original",
        "randn_source": "NV",
    }


def test_what_a_webui_is_is_asked_first():
    with both(WebUI(True), WebUI(False)) as (own, other):
        assert connected(own).hand.told() == f"{own.url}: A GPU, half precision, noise NV, VAE kl.pt"
        assert connected(own).hand.vae == "kl.pt"
        assert connected(other).hand.told() == f"{other.url}: processor, noise NV"
        assert connected(other, None).hand.model == Model("fake", HASH, noise="NV")


def test_passwords_and_tokens_reach_the_webui_and_no_message(tmp_path):
    basic = "Basic " + base64.b64encode(b"anna:p@ss:1").decode()
    with both(WebUI(True, basic), WebUI(False, "Bearer abc123")) as (own, other):
        workers = [connected(own, credentials="anna:p%40ss:1"), connected(other, credentials="abc123")]
        assert [each.hand.name for each in workers] == [own.url, other.url]
        for webui, wrong, told in (
            (own, "anna:nope", "it does not take this user and password"),
            (other, "", "it wants a user and a password"),
        ):
            with pytest.raises(PureNegativeError) as error:
                connected(webui, credentials=wrong)
            assert str(error.value).startswith(f"--webui {webui.url}: {told}")
            assert "nope" not in str(error.value)


def test_another_model_is_told_by_both_names():
    with both(WebUI(True, model="ffffffffff"), WebUI(False, model="ffffffffff")) as webuis:
        for webui in webuis:
            with pytest.raises(
                PureNegativeError, match=r"fake \[ffffffffff\] is loaded there, .* made with fake \[0123"
            ):
                connected(webui)


@pytest.mark.parametrize("hashed", [True, False])
def test_a_model_that_waits_for_a_picture_is_the_chosen_one_not_the_last(hashed):
    """As Forge and its kin, which load what was chosen with the next picture, and say the last one's hash till then."""
    digest = "ffffffffff"

    def special(path, _):
        if path == "/sdapi/v1/options":
            return 200, {"sd_model_checkpoint": "chosen.safetensors", "sd_checkpoint_hash": HASH * 6}
        title = f"chosen.safetensors [{digest}]" if hashed else "chosen.safetensors"
        listed = {"title": title, "hash": digest if hashed else None}
        return (200, [{"title": "last.safetensors", "hash": HASH}, listed]) if path == "/sdapi/v1/sd-models" else None

    def bare(path, body):
        made = path == TXT2IMG and "override_settings" not in body
        return (200, {"images": ["x"], "info": json.dumps({"sd_model_hash": digest})}) if made else special(path, body)

    with serving(WebUI(False, special=bare)) as webui:
        with pytest.raises(PureNegativeError, match=r"chosen \[ffffffffff\] is loaded there, .* made with fake \[0123"):
            connected(webui)
        assert [path for path, _ in webui.asked].count(TXT2IMG) == (not hashed)
        assert connected(webui, None).hand.model.hash == digest


def test_a_webui_that_makes_no_first_picture_is_told():
    def special(path, _):
        if path == "/sdapi/v1/options":
            return 200, {"sd_model_checkpoint": "chosen.safetensors"}
        return {"/sdapi/v1/sd-models": (200, []), TXT2IMG: (500, {"detail": "out of memory"})}.get(path)

    with (
        serving(WebUI(False, special=special)) as webui,
        pytest.raises(PureNegativeError, match="could not make a first picture"),
    ):
        connected(webui)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ((404, {"detail": "Not Found"}), "it has no API; start that WebUI with --api --listen"),
        ((200, {"hello": 1}), "what answers there is no WebUI"),
        ((200, b"<html>"), "what answers there is no WebUI"),
        ((302, {}), "what answers there is no WebUI"),
        ((500, b""), "what answers there is no WebUI"),
    ],
)
def test_what_is_no_webui_is_told(answer, told):
    with serving(WebUI(False, special=lambda *_: answer)) as webui, pytest.raises(PureNegativeError, match=told):
        connected(webui)


def test_nobody_there_is_told():
    with serving(WebUI(False)) as webui:
        url = webui.url
    with pytest.raises(PureNegativeError, match=f"--webui {url}: nobody answers; start that WebUI with --api --listen"):
        webui_worker.connect(address.read(url, "--webui"), None, "NV")


@pytest.mark.parametrize("extension", [True, False])
@pytest.mark.parametrize(
    ("status", "answer", "told"),
    [
        (
            500,
            {"error": "OutOfMemoryError", "errors": "CUDA out of memory. Tried to"},
            "out of memory with a batch of 2",
        ),
        (409, {"detail": "B [ffffffffff] is loaded"}, "was lost making"),
        (503, {}, "was lost making"),
        (200, {}, None),
        (200, {"pictures": [1, 2], "images": [1]}, "sent no picture making"),
        (200, {"pictures": [{"png": "AAAA", "text": "a"}] * 2, "images": ["AAAA"]}, "sent no readable picture making"),
        (200, b"[" * 100_000, None),
        (422, {"detail": ["x\n" * 999]}, None),
    ],
)
def test_a_bad_answer_costs_no_cell(tmp_path, extension, status, answer, told):
    left = [1]

    def special(path, body):
        return (status, answer) if body is not None and left and left.pop() else None

    folder = begin(tmp_path, cells(16))
    with both(WebUI(extension, special=special), WebUI(True)) as (bad, good):
        reports = run_webuis(folder, bad, good)
    assert folder.missing() == []
    assert told is None or any(told in note for note in notes(reports)), notes(reports)


def huge():
    """A PNG of one gigabyte of pixels, in a few bytes."""
    head = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(b"")), (b"IEND", b"")]
    made = [
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(made)


def gif():
    file = io.BytesIO()
    Image.new("P", (64, 64)).save(file, "GIF")
    return file.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        huge(),
        gif(),
        output.png(Image.new("RGB", (32, 64)), "a"),
        output.png(Image.new("RGB", (64, 64)), "a")[:-20],
        b"",
    ],
)
@pytest.mark.parametrize("extension", [True, False])
def test_a_picture_that_is_not_what_was_asked_for_is_not_kept(tmp_path, extension, data):
    def special(path, body):
        if path == TXT2IMG:
            return 200, {"images": [encoded(data)], "info": "{}"}
        if path == RENDER and body:
            return 200, {"pictures": [{"png": encoded(data), "text": "a"}] * len(body["pictures"])}
        return None

    folder = begin(tmp_path, cells(8))
    with both(WebUI(extension, special=special), WebUI(True)) as (bad, good):
        run_webuis(folder, bad, good)
    assert folder.missing() == []
    assert len([path for path, body in bad.asked if body]) <= 5


def test_a_picture_whose_text_is_not_in_it_is_not_kept():
    with serving(WebUI(True)) as webui:
        worker = connected(webui)
        webui.cell = lambda entry: {"png": encoded(output.png(Image.new("RGB", (64, 64)), "other")), "text": "text"}
        cell = cells(1 + 1).cells[0]
        with pytest.raises(webui_worker.LostError, match="without its parameters"):
            worker._make([Order(cell.request, "v1")])


def test_a_model_that_is_changed_on_the_way_loses_no_cell(tmp_path):
    folder = begin(tmp_path, cells(16))
    with both(WebUI(False), WebUI(True)) as (changing, good):
        crew = Team([connected(changing), connected(good)], lambda _: batches.shape_of)
        changing.model = "ffffffffff"
        reports = list(run.run_crew(folder, crew))
    assert folder.missing() == []
    assert any("has another model loaded now, [ffffffffff]" in note for note in notes(reports))


def test_a_webui_that_is_gone_on_the_way_loses_no_cell(tmp_path):
    folder = begin(tmp_path, cells(32))
    with serving(WebUI(True)) as good:
        with serving(WebUI(True, special=lambda path, body: time.sleep(0.02) if body else None)) as going:
            workers = [connected(good), connected(going)]
        with Team(workers, lambda _: batches.shape_of) as crew:
            reports = list(run.run_crew(folder, crew))
            assert crew.live() == (good.url,)
    assert folder.missing() == []
    assert any(note.startswith(f"{going.url} was lost making 1-01-") for note in notes(reports))


@pytest.mark.parametrize(
    ("text", "url", "authorization"),
    [
        ("http://pc2:7860", "http://pc2:7860", ""),
        (" https://Pc2/webui/ ", "https://pc2/webui", ""),
        ("http://anna:x@[::1]:7860/", "http://[::1]:7860", "Basic " + base64.b64encode(b"anna:x").decode()),
        ("https://tok%2Fen@host", "https://host", "Bearer tok/en"),
    ],
)
def test_addresses(text, url, authorization):
    assert address.read(text, "--webui") == Address(url, "--webui", authorization)


@pytest.mark.parametrize(
    "text", ["", "pc2", "pc2:7860", "ftp://pc2", "file:///etc/passwd", "http://", "http://a b\n", "http://x:y@:1",
             "http://pc2:99999", "http://pc2?x=1", "http://pc2#x", "http://[::1"],
)  # fmt: skip
def test_what_is_no_address_is_refused(text):
    with pytest.raises(PureNegativeError, match=r"^--webui: .* is not allowed; give the address of a WebUI"):
        address.read(text, "--webui")


@given(st.text(max_size=80))
def test_no_secret_is_ever_shown(text):
    secret = "s3cr3t-w0rd"
    with contextlib.suppress(PureNegativeError):
        assert secret not in repr(address.read(f"http://{secret}@{text}", "--webui"))
    try:
        address.read(f"{text}://anna:{secret}@host", "--webui")
    except PureNegativeError as error:
        assert secret not in str(error)


def test_a_redirect_takes_the_password_nowhere():
    asked = []

    def special(path, body):
        asked.append(path)
        return 307, {}

    with serving(WebUI(True, special=special)) as webui, pytest.raises(PureNegativeError, match="is no WebUI"):
        connected(webui, credentials="anna:x")
    assert json.dumps(asked) == json.dumps([RENDER, "/sdapi/v1/options"])
