"""The axes that set no choice: checkpoint, VAE and S/R, and the order of work over what takes long to change."""

import dataclasses

import pytest

from pure_negative.errors import PureNegativeError
from pure_negative.planning import choices, infotext
from pure_negative.planning.plan import Tab
from pure_negative.planning.request import Model
from pure_negative.preset import library
from pure_negative.sheet import axis, batches, definition, record
from pure_negative.sheet.axis import Axis

SMALL = {"steps": 2, "size": "64x64", "seed": 5}


def made(x: str, y: str = "", tab: Tab | None = None, **chosen: object) -> definition.Sheet:
    y_axis: Axis = axis.read(y) if y else axis.NONE
    return definition.make(choices.read({**SMALL, **chosen}), axis.read(x), y_axis, tab=tab)


def negatives(sheet: definition.Sheet) -> list[str]:
    return [cell.plan.negative_prompt for cell in sheet.cells]


def test_search_and_replace_reaches_prompt_and_words_with_their_weight():
    sheet = made("S/R: bad, good", "W: 6[, 0.9", words="bad, bad hands, low", prompt="a bad cat")
    assert [cell.plan.prompt for cell in sheet.cells] == ["a bad cat", "a good cat"] * 2
    assert negatives(sheet) == [
        "(bad:0.564), (bad hands:0.564), (low:0.564)",
        "(good:0.564), (good hands:0.564), (low:0.564)",
        "(bad:0.9), (bad hands:0.9), (low:0.9)",
        "(good:0.9), (good hands:0.9), (low:0.9)",
    ]


def test_search_and_replace_reaches_what_the_host_has_typed():
    tab = Tab(prompt="a bad cat", negative_prompt="bad old")
    sheet = made("S/R: bad, good", tab=tab, words="low", join="after")
    assert [cell.plan.prompt for cell in sheet.cells] == ["a bad cat", "a good cat"]
    assert negatives(sheet) == ["bad old, (low:0.564)", "good old, (low:0.564)"]


def test_a_presets_own_words_and_several_at_once_and_none():
    words = ", ".join(library.load("nai").words[:2])
    sheet = made(f'S/R: "{words}", new, ""')
    first, new, none = negatives(sheet)
    assert new == first.replace(", ".join(f"({word}:0.564)" for word in words.split(", ")), "(new:0.564)")
    assert none == new.removeprefix("(new:0.564), ")


def test_each_cell_of_search_and_replace_is_restored_from_its_text():
    for cell in made("S/R: bad, good", words="bad, low", prompt="a bad cat").cells:
        text = infotext.write(cell.request, Model("m", "1"), infotext.pack(cell.plan))
        restored = infotext.restore(text)
        assert restored is not None
        assert restored.plan().request(5) == cell.request


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("S/R: elephant, cat", "'elephant' is neither in the prompt nor"),
        ('S/R: "", cat', "it can't be empty"),
        ('S/R: bad, ""', "words"),
        ("S/R:", "has 0 values"),
    ],
)
def test_what_search_and_replace_refuses(text, told):
    with pytest.raises(PureNegativeError, match=r"S/R|words") as error:
        made(text, words="bad")
    assert told in str(error.value)


def test_a_checkpoint_goes_into_the_request_and_changes_least_often():
    sheet = made("checkpoint: a.safetensors, sub/b.ckpt", "size: 64x64, 64x128")
    assert [cell.request.checkpoint for cell in sheet.cells] == ["a.safetensors", "sub/b.ckpt"] * 2
    assert sheet.x.values[1].label == "checkpoint: b.ckpt"
    groups = batches.groups(sheet.cells, batches.shape_of)
    assert [group[0].request.checkpoint for group in groups] == ["a.safetensors"] * 2 + ["sub/b.ckpt"] * 2


def test_of_two_that_take_long_the_dearer_changes_least_often():
    sheet = made("VAE: one, two", "checkpoint: a, b")
    groups = batches.groups(sheet.cells, batches.shape_of)
    assert [(group[0].request.checkpoint, group[0].request.vae) for group in groups] == [
        ("a", "one"),
        ("a", "two"),
        ("b", "one"),
        ("b", "two"),
    ]


def test_the_preset_that_fits_each_checkpoint():
    sheet = made("checkpoint: anything-v3.safetensors, unknown", "preset: auto, anything-v3")
    assert [cell.plan.preset for cell in sheet.cells] == ["anything-v3", "nai", "anything-v3", "anything-v3"]
    alone = made("checkpoint: anything-v3.safetensors, unknown", preset="auto")
    assert [cell.plan.preset for cell in alone.cells] == ["anything-v3", "nai"]
    assert alone.base.preset == "anything-v3"


@pytest.mark.parametrize("x", ["checkpoint: a, b", "VAE: a, none", "S/R: worst, best"])
def test_it_is_kept_and_read_again(x):
    sheet = made(x, "W: 6[, 0.9", preset="auto")
    written = record.of(sheet, Model("a, b", "1, 2"), "2026-01-01")
    again = record.read(record.write(written))
    assert again == written
    assert [cell.request for cell in again.sheet.cells] == [cell.request for cell in sheet.cells]


def test_a_sheet_without_them_has_the_digest_it_always_had():
    sheet = made("W: 0.5, 0.6")
    requests = [dataclasses.asdict(cell.request) for cell in sheet.cells]
    for request in requests:
        for key in ("checkpoint", "vae", "host"):
            del request[key]
    import hashlib
    import json

    wanted = hashlib.sha256(json.dumps([list(each.values()) for each in requests]).encode()).hexdigest()
    assert sheet.digest == wanted
