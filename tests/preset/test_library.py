"""The user's own presets: kept whole, never lost, never outside their folder; and the right one for a checkpoint."""

from __future__ import annotations

import dataclasses
import os
import sys

import pytest

from pure_negative.errors import PureNegativeError
from pure_negative.io import atomic_file
from pure_negative.planning import plan
from pure_negative.planning.choices import Choices
from pure_negative.preset import library, matching, user_store
from pure_negative.preset import model as preset
from pure_negative.preset import writer as preset_writer
from pure_negative.preset.model import Models, Preset

MINE = Preset("mine", "Mine", ("bad", "low"), steps=20)


def files(shelf: library.Library) -> list[str]:
    """What lies in the user's folder, but for the lock."""
    return sorted(path.name for path in shelf.user.iterdir() if path.name != ".lock")


def test_nothing_is_made_before_something_is_saved(shelf):
    assert shelf.own_ids() == []
    assert shelf.look_through() == []
    assert not shelf.user.exists()


def test_a_saved_preset_is_found_by_every_part_of_the_program(shelf):
    path = shelf.save(MINE)
    assert path == shelf.user / "mine.yaml"
    assert library.load("mine") == shelf.load("mine") == MINE
    assert "mine" in library.ids()
    assert plan.make(Choices(preset="mine")).steps == 20
    assert not library.is_built_in("mine")
    assert library.is_built_in("nai")


def test_saving_never_takes_the_place_of_what_was_not_seen(shelf):
    shelf.save(MINE)
    with pytest.raises(PureNegativeError, match="there is a preset mine already"):
        shelf.save(dataclasses.replace(MINE, steps=30))
    with pytest.raises(PureNegativeError, match="changed by another program in the meantime"):
        shelf.save(dataclasses.replace(MINE, steps=30), over=dataclasses.replace(MINE, steps=25))
    assert shelf.load("mine") == MINE
    shelf.save(dataclasses.replace(MINE, steps=30), over=MINE)
    assert shelf.load("mine").steps == 30
    assert preset.read((shelf.user / "mine.yaml.bak").read_text(encoding="utf-8"), "f") == MINE
    assert files(shelf) == ["mine.yaml", "mine.yaml.bak"]


def test_comments_stay_when_a_preset_is_replaced_and_renamed(shelf):
    shelf.user.mkdir(parents=True)
    (shelf.user / "mine.yaml").write_text("# by hand\n" + preset_writer.write(MINE) + "# the end\n", encoding="utf-8")
    shelf.save(dataclasses.replace(MINE, steps=30), over=MINE)
    shelf.rename("mine", "other")
    text = library.source_text("other")
    assert text.startswith("# by hand\n")
    assert text.endswith("# the end\n")
    assert (shelf.load("other").steps, shelf.load("other").name) == (30, "Mine")


def test_renaming_keeps_what_is_there(shelf):
    shelf.save(MINE)
    shelf.save(dataclasses.replace(MINE, id="other"))
    for taken in ("other", "nai"):
        with pytest.raises(PureNegativeError, match=f"there is a preset {taken} already"):
            shelf.rename("mine", taken)
    with pytest.raises(PureNegativeError, match="nai is built in and can't be renamed"):
        shelf.rename("nai", "mine-too")
    with pytest.raises(PureNegativeError, match="a short name"):
        shelf.rename("mine", "../mine")
    assert shelf.own_ids() == ["mine", "other"]


def test_a_deleted_preset_comes_back(shelf):
    shelf.save(MINE)
    shelf.save(dataclasses.replace(MINE, id="other"))
    shelf.delete("mine")
    shelf.delete("other")
    assert shelf.own_ids() == []
    assert user_store.deleted(shelf.user) == ["other", "mine"]
    assert shelf.undo("mine") == "mine"
    assert shelf.undo() == "other"
    assert shelf.load("mine") == MINE
    with pytest.raises(PureNegativeError, match="nothing to undo: no preset was deleted"):
        shelf.undo()


def test_what_came_back_takes_nothing_s_place(shelf):
    shelf.save(MINE)
    shelf.delete("mine")
    shelf.save(dataclasses.replace(MINE, steps=30))
    with pytest.raises(PureNegativeError, match="there is another preset mine now"):
        shelf.undo()
    assert shelf.load("mine").steps == 30
    with pytest.raises(PureNegativeError, match="nai is built in and can't be deleted"):
        shelf.delete("nai")
    with pytest.raises(PureNegativeError, match="is not a preset"):
        shelf.delete("nothing")


def test_a_built_in_preset_is_not_written_over(shelf):
    with pytest.raises(PureNegativeError, match="nai is built in; choose another id, like nai-2"):
        shelf.save(dataclasses.replace(MINE, id="nai"))
    assert shelf.free_id("nai") == "nai-2"
    assert shelf.free_id("new") == "new"


def test_of_two_with_one_id_the_user_s_own_holds(shelf):
    """A later version of this program may come with a preset of an id the user has already."""
    shelf.user.mkdir(parents=True)
    (shelf.user / "nai.yaml").write_text(preset_writer.write(dataclasses.replace(MINE, id="nai")), encoding="utf-8")
    assert library.load("nai").words == ("bad", "low")
    assert not library.is_built_in("nai")
    assert library.ids().count("nai") == 1


DAMAGED = (b"\x00\x01\x02", b"schema: 1\nid: mine\nwords: [bad", b"\xff\xfe\x00", b"- a\n- b\n", b"", b"a: &b c")


@pytest.mark.parametrize("data", DAMAGED)
def test_a_damaged_file_is_set_aside_and_named_and_stops_nothing(shelf, data):
    shelf.user.mkdir(parents=True)
    (shelf.user / "mine.yaml").write_bytes(data)
    assert shelf.find("mine") is None
    assert len(shelf.presets()) == len(shelf.built_in_ids())
    notes = shelf.look_through()
    assert len(notes) == 1
    assert notes[0].startswith("mine.yaml: ")
    assert "was renamed to mine.yaml.damaged" in notes[0]
    assert (shelf.user / "mine.yaml.damaged").read_bytes() == data
    assert shelf.own_ids() == []
    assert shelf.look_through() == []


def test_the_version_before_a_damaged_one_is_put_back(shelf):
    shelf.save(MINE)
    shelf.save(dataclasses.replace(MINE, steps=30), over=MINE)
    (shelf.user / "mine.yaml").write_bytes(b"\0" * 100)
    assert "its previous version was restored" in shelf.look_through()[0]
    assert shelf.load("mine") == MINE
    (shelf.user / "mine.yaml").write_bytes(b"\1" * 100)
    shelf.look_through()
    assert (shelf.user / "mine.yaml.damaged").read_bytes() == b"\0" * 100


@pytest.mark.parametrize("text", ["schema: 2\nid: mine", "schema: 1\nid: mine\nnew_key: 1", "schema: 1\nid: other"])
def test_a_file_of_another_version_or_name_is_named_and_left(shelf, text):
    shelf.user.mkdir(parents=True)
    (shelf.user / "mine.yaml").write_text(text, encoding="utf-8")
    notes = shelf.look_through()
    assert len(notes) == 1
    assert files(shelf) == ["mine.yaml"]
    with pytest.raises(PureNegativeError):
        shelf.load("mine")


def test_what_killed_writes_left_behind_goes_after_an_hour(shelf):
    shelf.save(MINE)
    old, young = shelf.user / ".mine.yaml.1-ab.part", shelf.user / ".mine.yaml.2-cd.part"
    for part in (old, young):
        part.write_bytes(b"half")
    os.utime(old, (1, 1))
    assert shelf.look_through() == []
    assert files(shelf) == [young.name, "mine.yaml"]


TRICKS = (
    *(
        "../mine",
        "..",
        ".",
        "",
        "/etc/passwd",
        "a/b",
        "a\\b",
        "C:\\x",
        "mine\0",
        "mine\n",
        "mine.yaml",
        "x.yml",
        "Mine",
    ),
    *(
        "MINE",
        "con",
        "nul.txt",
        "com1",
        "lpt9.x",
        "-mine",
        ".mine",
        " mine",
        "mine ",
        "é",
        "a" * 65,
        "mine:x",
        "~",
        "*",
    ),
    *("ｍｉｎｅ", "mıne", "mine\u202e", "%2e%2e%2f", "$HOME", "prn", "aux.a.b"),
)


@pytest.mark.parametrize("name", TRICKS)
def test_a_trick_for_a_name_leads_nowhere(shelf, name, tmp_path):
    shelf.save(MINE)
    before = sorted(tmp_path.rglob("*"))
    for act in (
        lambda: shelf.save(dataclasses.replace(MINE, id=name)),
        lambda: shelf.delete(name),
        lambda: shelf.load(name),
        lambda: shelf.rename("mine", name),
        lambda: shelf.rename(name, "other"),
        lambda: shelf.undo(name),
        lambda: shelf.path(name),
        lambda: preset.read_id(name),
    ):
        with pytest.raises(PureNegativeError) as error:
            act()
        assert str(error.value).isprintable()
    assert sorted(tmp_path.rglob("*")) == before
    assert shelf.load("mine") == MINE


@pytest.mark.skipif(sys.platform == "win32", reason="making links needs rights on Windows")
def test_links_are_not_followed(shelf, tmp_path):
    outside = tmp_path / "outside.yaml"
    outside.write_text(preset_writer.write(dataclasses.replace(MINE, id="link")), encoding="utf-8")
    shelf.save(MINE)
    (shelf.user / "link.yaml").symlink_to(outside)
    assert shelf.own_ids() == ["mine"]
    for act in (
        lambda: shelf.load("link"),
        lambda: shelf.save(dataclasses.replace(MINE, id="link")),
        lambda: shelf.delete("link"),
        lambda: shelf.save(dataclasses.replace(MINE, id="link"), over=MINE),
    ):
        with pytest.raises(PureNegativeError, match="a symbolic link, which is not followed"):
            act()
    (shelf.user / "dangling.yaml").symlink_to(tmp_path / "new.yaml")
    with pytest.raises(PureNegativeError, match="a symbolic link, which is not followed"):
        shelf.save(dataclasses.replace(MINE, id="dangling"))
    assert not (tmp_path / "new.yaml").exists()
    assert "link" in outside.read_text(encoding="utf-8")


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="rights do not bind this user")
def test_a_folder_that_can_t_be_written_to_is_told(shelf):
    shelf.save(MINE)
    shelf.user.chmod(0o500)
    try:
        with pytest.raises(PureNegativeError, match="can't be saved"):
            shelf.save(dataclasses.replace(MINE, id="other"))
    finally:
        shelf.user.chmod(0o700)
    assert shelf.own_ids() == ["mine"]


def test_a_folder_in_the_way_of_a_file_is_told(shelf):
    (shelf.user / "mine.yaml").mkdir(parents=True)
    with pytest.raises(PureNegativeError):
        shelf.save(MINE)
    with pytest.raises(PureNegativeError):
        shelf.load("mine")
    assert shelf.look_through() == []


def test_a_failed_write_leaves_the_old_file_and_nothing_else(shelf, monkeypatch):
    shelf.save(MINE)

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic_file.os, "fsync", fail)
    with pytest.raises(PureNegativeError, match="No space left on device"):
        shelf.save(dataclasses.replace(MINE, id="other"))
    with pytest.raises(PureNegativeError, match="No space left on device"):
        shelf.save(dataclasses.replace(MINE, steps=30), over=MINE)
    assert files(shelf) == ["mine.yaml"]
    assert shelf.load("mine") == MINE


def test_the_folder_is_the_named_one_else_the_platform_s(monkeypatch, tmp_path):
    assert library.user_folder() == tmp_path / "data" / "presets"
    monkeypatch.delenv(library.FOLDER_VARIABLE)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "xdg"))
    for platform, part in (("linux", "xdg/pure-negative"), ("darwin", "Application Support/pure-negative")):
        monkeypatch.setattr(sys, "platform", platform)
        assert part in library.user_folder().as_posix()
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("APPDATA", str(tmp_path / "roaming"))
    assert library.user_folder() == tmp_path / "roaming" / "pure-negative" / "presets"
    extension = library.folder().parent
    assert extension not in library.user_folder().parents


@pytest.mark.parametrize(
    ("model", "hashes", "first"),
    [
        ("animefull-final-pruned.ckpt [925997e9]", (), "nai"),
        ("models/NAI/animefull_final_pruned", (), "nai"),
        ("anything-v3-2.safetensors", (), "anything-v3.2"),
        ("Anything V3.1 pruned", (), "anything-v3.1"),
        ("Anything-V3.0-pruned-fp32.ckpt", (), "anything-v3"),
        ("AnythingV5Ink_v5PrtRE", (), "anything-v5"),
        ("renamed", ("6569e224",), "anything-v3"),
        ("anything-v3.0", ("925997e9",), "nai"),
        ("sub\\x72a-AstolfoMix-240421-feefbf4", ("E276A52700",), "astolfomix-xl"),
        ("x", ("c8cbb96338802a050c1d1e0664d0ce3cd94d478d3d59ed3d4be052060f421455",), "acertainty"),
        ("animeillustdiffusion_v210beta1", (), "anime-illust-diffusion"),
        ("AnimeIllustDiffusion-v291Weak", (), "anime-illust-diffusion-2.9"),
    ],
)
def test_the_best_preset_for_a_checkpoint_comes_first(model, hashes, first):
    assert library.match(model, *hashes)[0].id == first


@pytest.mark.parametrize(
    ("model", "hashes"), [("v1-5-pruned-emaonly", ("6ce0161689",)), ("", ()), ("x", ("", "925997"))]
)
def test_no_preset_is_offered_for_a_checkpoint_nobody_named(model, hashes):
    assert library.match(model, *hashes) == []


def test_the_user_s_own_preset_comes_before_a_built_in_one_as_good(shelf):
    shelf.save(dataclasses.replace(MINE, models=Models(hashes=("925997e9",))))
    assert [known.id for known in library.match("x", "925997e9")][:2] == ["mine", "nai"]


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("anything-v3*", "anything-v3-full", True),
        ("anything-v3*", "my-anything-v3", False),
        ("*v3*full", "anything-v3-full", True),
        ("*full*full", "full", False),
        ("a*b*c", "abc", True),
        ("a*b*c", "acb", False),
        ("exact", "exact", True),
        ("exact", "exactly", False),
        ("*", "anything", True),
    ],
)
def test_a_star_stands_for_anything(pattern, name, fits):
    assert matching.fits(pattern, matching.simplified(name)) is fits


def test_a_pattern_of_many_stars_takes_no_long_time():
    """Time grows with pattern and name; a backtracking match of these would not end."""
    assert not matching.fits("a*" * 90 + "b", "a" * 200)


@pytest.mark.parametrize(
    ("preset", "model", "digest", "says"),
    [
        ("nai", "anything-v3.0", "", "The preset nai is not made for anything-v3.0; anything-v3 is."),
        ("anything-v3", "anything-v3.0", "", ""),
        ("nai", "a-model-nobody-knows", "", ""),
        ("astolfomix-xl", "a-model-nobody-knows", "", "made for other checkpoints than a-model-nobody-knows."),
        ("astolfomix-xl", "renamed", "e276a52700", ""),
        ("astolfomix-xl", "x72a-AstolfoMix-whatever", "0000000000", ""),
        ("astolfomix-xl", "anything-v3.0", "", "astolfomix-xl is not made for anything-v3.0; anything-v3 is."),
    ],
)
def test_a_preset_for_another_checkpoint_is_told(preset, model, digest, says):
    told = library.Library().misfit(library.load(preset), model, digest)
    assert says in told
    assert bool(told) == bool(says)
