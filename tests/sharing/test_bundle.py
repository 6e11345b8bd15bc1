"""From one user to another: as text, as a file, as a picture and in a zip, and nothing taken over unseen."""

from __future__ import annotations

import dataclasses
import io
import struct
import zipfile
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pure_negative.cli import main
from pure_negative.io import png_text
from pure_negative.planning import choices, infotext, plan
from pure_negative.planning.request import Model
from pure_negative.preset import library
from pure_negative.preset import model as preset
from pure_negative.preset import writer as preset_writer
from pure_negative.preset.model import Preset
from pure_negative.sharing import bundle, capture, chat_text
from tests.preset import drawing

pytestmark = pytest.mark.usefixtures("user_folder")

fewer = settings(max_examples=max(20, settings.default.max_examples // 6))

SAVED = [
    ("nai", {"w": 0.3, "ratio": "16:9", "cfg": 9}),
    ("nai", {"brackets": -3, "notation": "bracket", "scope": "whole", "prompt": "miku, car", "ladder": True}),
    ("nai", {"words": "bad_hands, low", "spaces": True, "emphasis": "No norm", "size": "768x512", "cfg": 4.8}),
    ("nai-extended", {"leave": "size,cfg,sampler", "clip_skip": 3, "scheduler": "Karras"}),
    (
        "anime-illust-diffusion",
        {"style": "by wlop", "prompt": "1girl", "words": "bad, low", "w": 0.5, "cfg_factor": 1.2},
    ),
    ("anime-illust-diffusion", {"embeddings": "badv3, aid210", "style": "impasto"}),
    ("anything-v3.2", {"prompt": "1girl, car", "steps": 12}),
    ("acertainthing", {"size": "768x512", "prompt": "cat"}),
    ("vbp-2.3", {"prompt": "(astolfo:0.98)", "steps": 256}),
]


def picture(text: str) -> bytes:
    """A PNG with these parameters, as every program here writes it."""
    data = io.BytesIO()
    Image.new("RGB", (8, 8)).save(data, "PNG", pnginfo=infotext.png_info(text))
    return data.getvalue()


def made_with(known: Preset) -> tuple[plan.Plan, bytes]:
    """The plan of a preset alone, and the picture it makes."""
    made = plan.make(choices.Choices(preset=known.id, seed=5))
    return made, picture(infotext.write(made.request(5), Model("model", "0123456789"), infotext.pack(made)))


def only(found: bundle.Found) -> bundle.Offer:
    """The one preset that was found, and no problem."""
    assert found.problems == ()
    assert len(found.offers) == 1
    return found.offers[0]


@pytest.mark.parametrize(("base", "entries"), SAVED)
def test_text_file_and_picture_give_one_plan(base, entries, shelf, tmp_path, monkeypatch):
    """One user saves the panel and makes a picture; another, who has none of it, gets one plan from the three."""
    saved = capture.capture(choices.read(entries), library.load(base), "mine", "Mine")
    shelf.save(saved)
    made, png = made_with(saved)
    text, file = bundle.to_text(library.source_text("mine")), shelf.path("mine").read_bytes()
    monkeypatch.setenv(library.FOLDER_VARIABLE, str(tmp_path / "another"))
    assert "mine" not in library.ids()
    offers = [
        only(bundle.from_text(f"look at this:\n> {text[:70]}\n> {text[70:]}  nice!")),
        only(bundle.from_bytes(file, "mine.yaml")),
        only(bundle.from_bytes(png, "00001-5.png")),
    ]
    assert offers[0].preset == offers[1].preset == saved
    plans = [plan.make(choices.Choices(seed=5), base=offer.preset) for offer in offers]
    for found in plans:
        assert found.request(5) == made.request(5)
    assert len({str(found.api_body()) for found in plans}) == 1
    for number, offer in enumerate(offers):
        known = dataclasses.replace(offer.preset, id=f"mine-{number}")
        library.Library().save(known, like=offer.text)
        assert library.load(known.id) == known


def test_a_picture_of_a_preset_that_is_here_is_that_preset(shelf):
    _, png = made_with(library.load("nai"))
    assert only(bundle.from_bytes(png, "p")).preset == library.load("nai")
    made = plan.make(choices.read({"preset": "nai", "w": 0.2, "prompt": "cat"}))
    text = infotext.write(made.request(1), Model("m", "0"), infotext.pack(made))
    offer = only(bundle.from_text(text))
    assert offer.preset.id == "nai-from-picture"
    assert [each.key for each in bundle.differences(library.load("nai"), offer.preset)][:2] == ["id", "name"]
    assert (offer.preset.strength.w, offer.preset.prompt) == (0.2, "cat")


def test_what_a_preset_cannot_hold_of_a_picture_is_said():
    tab = plan.Tab(negative_prompt="(blurry:1.3), text", width=520, height=704)
    made = plan.make(choices.read({"preset": "nai", "join": "before", "leave": "size"}), tab)
    offer = only(bundle.from_text(infotext.write(made.request(1), Model("m", "0"), infotext.pack(made))))
    assert any("negative prompt" in note for note in offer.notes)
    offer = only(
        bundle.from_text("\nSteps: 20, Size: 520x704, Sampler: Euler, CFG scale: 7, Pure negative: v1;preset=gone")
    )
    assert any("520x704 is not a multiple of 64 px" in note for note in offer.notes)
    assert offer.preset.sizes == ()


def test_a_picture_made_without_us_is_told():
    for data, said in (
        (picture("cat\nSteps: 20, Sampler: Euler, CFG scale: 7"), "made without a preset"),
        (picture("Steps: 20, Sampler: Euler, Pure negative: v9;x=1"), "'v9' is not known"),
    ):
        found = bundle.from_bytes(data, "p.png")
        assert found.offers == ()
        assert said in found.problems[0]
    plain = io.BytesIO()
    Image.new("RGB", (8, 8)).save(plain, "PNG")
    assert "has no generation parameters" in bundle.from_bytes(plain.getvalue(), "p").problems[0]


def test_a_picture_names_no_file_to_open(shelf, tmp_path):
    """A preset's place in a picture is taken by an id, never by a path."""
    (tmp_path / "secret.yaml").write_text("schema: 1\nid: secret\nsteps: 77\n", encoding="utf-8")
    for name in (str(tmp_path / "secret.yaml"), "../secret.yaml", "secret.yaml"):
        text = f"Steps: 20, Sampler: Euler, CFG scale: 7, Pure negative: v1;preset={name.replace('/', '%2F')}"
        assert infotext.restore(text).choices.preset == library.DEFAULT
        assert only(bundle.from_text(text)).preset.id == "from-picture"


@fewer
@given(drawing.presets())
def test_any_preset_goes_through_a_chat(known):
    text = preset_writer.write(known)
    word = bundle.to_text(text)
    assert len(word.split()) == 1
    assert not set(word) & set("_*~`|<>")
    assert chat_text.read(f"take {word}, it is good", "chat") == [text]


MARK = chat_text.write("schema: 1\nid: mine\nwords: bad\n")


@given(st.integers(0, len(MARK) - 1), st.sampled_from("abcXYZ019+/. "))
def test_a_changed_word_is_never_taken_for_a_preset(at, sign):
    changed = MARK[:at] + sign + MARK[at + 1 :]
    found = bundle.from_text(changed)
    if changed == MARK or found.offers:
        assert [offer.preset.id for offer in found.offers] == ["mine"]
        assert chat_text.read(changed, "c") == chat_text.read(MARK, "c")
    else:
        assert len(found.problems) == 1


@given(st.integers(1, len(MARK) - 1))
def test_a_cut_word_is_never_taken_for_a_preset(end):
    assert bundle.from_text(MARK[:end]).offers == ()


def test_a_preset_between_fences_is_read():
    text = "Try this:\n```yaml\nschema: 1\nid: one\nw: 0.5\n```\nor this\n```\nschema: 1\nid: two\n```\n"
    assert [offer.preset.id for offer in bundle.from_text(text).offers] == ["one", "two"]
    wrong = bundle.from_text(text.replace("id: two", "id: Two"))
    assert [offer.preset.id for offer in wrong.offers] == ["one"]
    assert "id: 'Two' is not allowed" in wrong.problems[0]


def test_a_text_that_is_no_preset_is_told_once():
    for text in ("hello", "", "schema: 1", "a: [", "\n" * 500):
        found = bundle.from_text(text)
        assert (found.offers, len(found.problems)) == ((), 1)
        assert found.problems[0].isprintable()


def zipped(*files: tuple[str, bytes]) -> bytes:
    """A zip of these files, by any names."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return data.getvalue()


def test_a_whole_zip_comes_in_and_its_names_are_only_shown(shelf, tmp_path):
    _, png = made_with(library.load("nai-standard"))
    data = zipped(
        ("../../evil.yaml", b"schema: 1\nid: one\n"),
        ("/etc/evil.yaml", b"schema: 1\nid: two\n"),
        ("folder/", b""),
        ("pictures/a.png", png),
        ("note.txt", bundle.to_text("schema: 1\nid: three\n").encode()),
        ("con", b"schema: 1\nid: con\n"),
        ("again\n.yaml", b"schema: 1\nid: one\nsteps: 3\n"),
        ("inner.zip", zipped(("a", b"b"))),
    )
    found = bundle.from_bytes(data, "all.zip")
    assert [offer.preset.id for offer in found.offers] == ["one", "two", "nai-standard", "three", "one"]
    assert [
        any(text in problem for problem in found.problems) for text in ("Windows", "zip inside a zip", "twice")
    ] == [True] * 3
    assert all(problem.isprintable() for problem in found.problems)
    assert list(tmp_path.rglob("*evil*")) == []


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_file_as_a_windows_shell_writes_it_is_named_as_such(encoding, tmp_path, capsys):
    """Such a shell reads what a program prints in a code page of its own: `é` may be two other letters in the file."""
    (tmp_path / "x.yaml").write_bytes("# mine\nschema: 1\nid: mine\nwords: bad\n".encode(encoding))
    said = "x.yaml: this is UTF-16 text, as '>' writes it in a Windows shell"
    for words in ("import", "check"):
        assert main.main(["presets", words, str(tmp_path / "x.yaml")]) == 2
        assert said in capsys.readouterr().err
    assert main.main(["plan", "--preset", str(tmp_path / "x.yaml")]) == 2
    assert said in capsys.readouterr().err


def test_what_systems_put_into_a_zip_is_passed_over():
    text = b"schema: 1\nid: mine\nwords: bad\nw: 0.5\n"
    junk = (
        "__MACOSX/._mine.yaml",
        "__MACOSX/mine/._x",
        ".DS_Store",
        "mine/.DS_Store",
        "mine\\Thumbs.db",
        "desktop.ini",
    )
    found = bundle.from_bytes(zipped(("mine/mine.yaml", text), *((name, b"\0\5\x16\7") for name in junk)), "a.zip")
    assert only(found).preset.id == "mine"
    for files in ((), ((".DS_Store", b"\0"),)):
        assert bundle.from_bytes(zipped(*files), "a.zip").problems == ("a.zip: there is no preset in the zip.",)


def test_a_zip_of_presets_reads_back():
    files = [(name, library.source_text(name)) for name in library.ids()]
    data = bundle.to_zip(files)
    assert data == bundle.to_zip(files)
    found = bundle.from_bytes(data, "z")
    assert found.problems == ()
    assert [offer.text for offer in found.offers] == [text for _, text in files]


def bomb(size: int) -> bytes:
    """A zip of one file of zeros."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("bomb.yaml", "w") as file:
        for _ in range(size // 2**20):
            file.write(bytes(2**20))
    return data.getvalue()


def test_bombs_are_not_unpacked():
    for data, said in (
        (bomb(100 * 2**20), "larger than"),
        (zipped(*((f"{number}.yaml", b"schema: 1") for number in range(1_001))), "at most 1000 are allowed"),
        (b"PK\x03\x04" + bytes(17 * 2**20), "are allowed"),
        (b"PK\x05\x06" + bytes(6) + struct.pack("<HIIH", 60_000, 2**31, 0, 0), "too many files"),
        (MARK_OF_BOMB.encode(), "larger than"),
        (picture_with(b"zTXt", b"parameters\0\0" + zlib.compress(bytes(2 * 10**6))), "larger than"),
    ):
        found = bundle.from_bytes(data, "bomb")
        assert found.offers == ()
        assert said in found.problems[0]


MARK_OF_BOMB = chat_text.write("#" * 10**7)


def picture_with(kind: bytes, body: bytes) -> bytes:
    """A PNG's beginning with one chunk in it."""
    chunk = struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    return png_text.SIGNATURE + chunk


PARAMETERS = b"Steps: 20, Sampler: Euler, CFG scale: 7, Pure negative: v1;preset=nai"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (b"tEXt", b"parameters\0" + PARAMETERS),
        (b"zTXt", b"parameters\0\0" + zlib.compress(PARAMETERS)),
        (b"iTXt", b"parameters\0\0\0\0\0" + PARAMETERS),
        (b"iTXt", b"parameters\0\1\0en\0x\0" + zlib.compress(PARAMETERS)),
    ],
)
def test_every_kind_of_text_in_a_picture_is_read(kind, body):
    assert only(bundle.from_bytes(picture_with(kind, body), "p")).preset.id.startswith("nai")


@given(st.integers(8, 130), st.integers(0, 255))
def test_a_damaged_picture_is_told(at, value):
    data = bytearray(picture_with(b"tEXt", b"parameters\0" + PARAMETERS))
    data[min(at, len(data) - 1)] = value
    found = bundle.from_bytes(bytes(data), "p")
    assert len(found.offers) + len(found.problems) == 1


def test_a_picture_s_size_costs_nothing():
    """The text is read before the picture's own data, which is never looked at."""
    body = b"parameters\0" + PARAMETERS
    start = picture_with(b"tEXt", body)
    assert only(bundle.from_bytes(start + struct.pack(">I", 2**31 - 1) + b"IDAT", "p")).preset.id.startswith("nai")
    skipped = png_text.SIGNATURE + struct.pack(">I", 5_000_000) + b"tEXt" + bytes(5_000_004) + start[8:]
    assert only(bundle.from_bytes(skipped, "p")).preset.id.startswith("nai")


def test_other_kinds_of_files_are_named():
    for data, said in (
        (b"\xff\xd8\xff\xe0", "a JPEG"),
        (b"RIFF1234WEBP", "a WebP"),
        (b"\x1f\x8b", "a gzip"),
        (b"\x80", "UTF-8"),
    ):
        assert said in bundle.from_bytes(data, "f").problems[0]


def test_a_preview_says_what_differs_key_by_key():
    old = Preset("mine", "mine", ("bad", "low"), steps=20, hints=("one",))
    new = dataclasses.replace(old, words=("bad",), steps=None, sampler="Euler a", prompt="a\nb")
    found = {each.key: (each.old, each.new) for each in bundle.differences(old, new)}
    assert found == {
        "words": ("bad, low", "bad"),
        "prompt": ("", "a b"),
        "sampler": ("", "Euler a"),
        "steps": ("20", ""),
    }
    assert bundle.differences(old, old) == ()
    assert [each.key for each in bundle.differences(None, old)] == ["schema", "id", "words", "steps", "hints"]


def test_the_panel_is_kept_as_a_preset_with_what_was_chosen_and_no_more():
    base = library.load("nai")
    made = capture.capture(choices.read({"w": 0.3, "cfg": 9, "leave": "sampler,size", "seed": 7}), base, "mine")
    assert (made.strength.w, made.cfg.base, made.sampler, made.sizes) == (0.3, 9, None, ())
    assert (made.words, made.steps, made.models) == (base.words, base.steps, base.models)
    kept = dict(made.sources)
    assert {"words", "steps"} <= set(kept)
    assert not {"w", "cfg", "sampler", "size"} & set(kept)
    assert made.source[0] == "made from the preset nai"
    again = capture.capture(choices.Choices(), made, "other")
    assert again.source == ("made from the preset mine", *base.source)
    assert preset.read(preset_writer.write(made), "f") == made
