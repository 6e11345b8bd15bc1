"""`presets` on the command line: good enough to be the tests of somebody's collection, and to keep house."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from pure_negative.cli import main
from pure_negative.preset import library, requirements
from pure_negative.preset import model as preset
from pure_negative.preset.model import Preset
from pure_negative.rules import schedule_type
from pure_negative.sharing import bundle, lint

pytestmark = pytest.mark.usefixtures("user_folder")

RIGHT = "schema: 1\nid: right\nwords: bad\nw: 0.5\nsource: me\n"


def run(capsys, *arguments: str) -> tuple[int, str, str]:
    """The command's exit code, stdout and stderr."""
    code = main.main(["presets", *arguments])
    out, err = capsys.readouterr()
    return code, out, err


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A collection with one of each slip in it."""
    files = {
        "right.yaml": RIGHT,
        "deep/er/twice.yaml": RIGHT,
        "many.yaml": "schema: 1\nid: Many\nw: 0\nsteps: x\nwordz: bad\n",
        "slip.yaml": "schema: 1\nid: slip\nsampler: Eulr a\nsources:\n  w: me\n",
        "cut.yml": "schema: 1\nid: [",
        ".trash/hidden.yaml": "not looked at",
        "notes.txt": "not looked at",
    }
    for name, text in files.items():
        (tmp_path / "all" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "all" / name).write_text(text, encoding="utf-8")
    return tmp_path / "all"


def test_every_problem_of_every_file_is_told(folder, capsys):
    code, out, err = run(capsys, "check", str(folder))
    assert code == 2
    assert out == "5 files, 6 errors, 3 warnings\n"
    for part in (
        *("many.yaml: id: 'Many' is not allowed", "many.yaml: w: '0'", "many.yaml: steps: 'x'"),
        *(
            "'wordz' is not a key (did you mean words?)",
            "has the same id right",
            "cut.yml: this is not readable YAML",
        ),
        "the sampler Eulr a is not one of WebUI v1.10.1's (did you mean Euler a?)",
        *("sources names w, which this preset does not set", "so the file must be named right.yaml"),
    ):
        assert part in err
    assert all(line.startswith(("error: ", "warning: ")) for line in err.splitlines())


def test_a_sound_collection_passes_and_warnings_fail_only_when_asked(folder, capsys, tmp_path):
    assert run(capsys, "check", str(library.folder()))[0] == 0
    assert run(capsys, "check", "--strict", str(library.folder()))[0] == 0
    slip = str(folder / "slip.yaml")
    assert run(capsys, "check", slip)[0] == 0
    assert run(capsys, "check", "--strict", slip)[0] == 2
    (tmp_path / "empty").mkdir()
    code, out, err = run(capsys, "check", str(tmp_path / "empty"))
    assert (code, out) == (2, "0 files, 1 errors, 0 warnings\n")
    assert err == f"error: {tmp_path / 'empty'}: this folder contains no .yaml file.\n"
    assert run(capsys, "check", str(tmp_path / "gone.yaml"))[0] == 2


def test_a_preset_that_comes_to_no_plan_is_a_problem(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(RIGHT.replace("w: 0.5", "w: 1e-16\nnotation: bracket"), encoding="utf-8")
    report = lint.check([path])
    assert len(report.problems) == 1
    assert "use the notation 'weight'" in report.problems[0]


def test_a_preset_is_kept_shared_and_put_in_order(capsys, tmp_path, monkeypatch, shelf):
    assert (
        run(capsys, "save", "mine", "--preset", "nai", "--w", "0.3", "--name", "My own")[1] == f"{shelf.path('mine')}\n"
    )
    assert shelf.load("mine").strength.w == 0.3
    code, _, err = run(capsys, "save", "mine", "--w", "0.2")
    assert (code, shelf.load("mine").strength.w) == (2, 0.3)
    assert "there is a preset mine already" in err
    assert run(capsys, "save", "mine", "--w", "0.2", "--replace")[0] == 0
    assert run(capsys, "rename", "mine", "ours")[0] == 0
    assert run(capsys, "delete", "ours")[0] == 0
    assert run(capsys, "undo")[1] == "ours was restored\n"
    word = run(capsys, "export", "ours", "--text")[1]
    assert run(capsys, "export", "ours", "nai", "--out", str(tmp_path / "all.zip"))[0] == 0
    assert run(capsys, "export", "nai", "--out", str(tmp_path / "all.zip"))[0] == 2
    monkeypatch.setenv(library.FOLDER_VARIABLE, str(tmp_path / "another"))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(word.encode())))
    code, out, err = run(capsys, "import", "-")
    assert (code, err) == (0, "ours: new\n")
    assert library.load("ours").strength.w == 0.2
    code, out, err = run(capsys, "import", str(tmp_path / "all.zip"))
    assert (code, out, err) == (0, "", "ours: the same as yours\nnai: the same as yours\n")


def test_an_import_shows_what_differs_and_replaces_only_when_told(capsys, tmp_path, shelf):
    (tmp_path / "right.yaml").write_text(RIGHT, encoding="utf-8")
    assert run(capsys, "import", "--dry-run", str(tmp_path / "right.yaml")) == (0, "", "right: new\n")
    assert shelf.own_ids() == []
    assert run(capsys, "import", str(tmp_path / "right.yaml"))[0] == 0
    (tmp_path / "right.yaml").write_text(f"# why\n{RIGHT}steps: 5\n", encoding="utf-8")
    code, _, err = run(capsys, "import", str(tmp_path / "right.yaml"))
    assert (code, shelf.load("right").steps) == (2, None)
    assert err.startswith("right: differs from yours\n  steps: (not set) -> 5\nerror: ")
    assert run(capsys, "import", str(tmp_path / "right.yaml"), "--id", "left")[0] == 0
    assert run(capsys, "import", "--replace", str(tmp_path / "right.yaml"))[0] == 0
    assert (shelf.load("right").steps, shelf.load("left").steps) == (5, 5)
    assert library.source_text("right").startswith("# why\n")
    code, _, err = run(capsys, "import", str(tmp_path / "gone.png"))
    assert (code, err) == (2, "error: gone.png: there is no such file.\n")
    code, _, err = run(capsys, "import", str(tmp_path))
    assert code == 2
    assert err.startswith(f"error: {tmp_path.name}: this is a folder; give a file")


def test_a_built_in_preset_is_never_replaced(capsys, tmp_path, shelf):
    text = library.source_text("nai").replace("w: 0.564", "w: 0.5")
    (tmp_path / "nai.yaml").write_text(text, encoding="utf-8")
    code, _, err = run(capsys, "import", "--replace", str(tmp_path / "nai.yaml"))
    assert code == 2
    assert err.startswith("nai: differs from the built-in preset\n")
    assert "nai is built in; choose another id, like nai-2" in err
    assert shelf.own_ids() == []


def test_lists_styles_and_matches_are_printed(capsys, shelf):
    shelf.save(Preset("mine", "My own"))
    assert "mine                         yours  My own\n" in run(capsys, "list")[1]
    assert run(capsys, "list", "--user") == (0, "mine                         My own\n", f"folder: {shelf.user}\n")
    out = run(capsys, "styles", "anime-illust-diffusion-2.9", "2.91 ON")[1]
    assert out == "concept art    (AIDV2.91 adds)\n"
    assert run(capsys, "match", "anything-v3-1.safetensors")[1].startswith("anything-v3.1 ")
    assert run(capsys, "styles", "nai") == (0, "", "note: nai has no style trigger.\n")
    assert "has no style trigger with 'xyz' in it" in run(capsys, "styles", "anime-illust-diffusion-2.9", "xyz")[2]
    assert run(capsys, "match", "xyz") == (
        0,
        "",
        "note: there is no preset for 'xyz'; 'presets list' shows all presets.\n",
    )


@pytest.mark.parametrize(
    ("text", "said"), [("broken: [", "not readable YAML"), (RIGHT, "the preset's id is right, so the file must")]
)
def test_a_preset_that_the_list_can_not_read_is_checked_by_its_id(capsys, shelf, text, said):
    shelf.save(Preset("mine", "My own"))
    (shelf.user / "mine.yaml").write_text(text, encoding="utf-8")
    assert (
        "mine                         yours  (can't be read: 'presets check mine' says why)" in run(capsys, "list")[1]
    )
    err = run(capsys, "check", "mine", "nai")[2]
    assert f"{shelf.user / 'mine.yaml'}: " in err
    assert said in err


@pytest.mark.parametrize("option", ["name", "description"])
def test_a_preset_is_told_of_in_one_line(capsys, shelf, option):
    assert run(capsys, "save", "mine", f"--{option}", "a\nb\tc ")[0] == 0
    assert getattr(shelf.load("mine"), option) == "a b c"
    code, _, err = run(capsys, "save", "ours", f"--{option}", "a\x1bb")
    assert (code, err) == (2, f"error: --{option}: U+001B is a control character; remove it.\n")


def test_what_a_preset_needs_and_a_host_lacks_is_named_with_its_folder():
    known = library.load("anime-illust-diffusion")
    assert [(need.name, need.folder) for need in requirements.missing(known, ["badv3"], [])] == [
        ("aid210", "embeddings"),
        ("vae-ft-mse-840000-ema-pruned.ckpt", "models/VAE"),
    ]
    assert "link [1]" in str(requirements.needs(known)[0])
    assert requirements.missing(known, ["AID210.pt"], ["vae-ft-mse-840000-ema-pruned.safetensors"]) == []
    assert requirements.needs(library.load("nai")) == []


def test_the_samplers_of_the_built_in_presets_are_the_webui_s():
    for name in library.ids():
        assert library.load(name).sampler in schedule_type.SAMPLERS, name


def test_everything_that_is_exported_reads_back(shelf):
    for name in library.Library().built_in_ids():
        found = bundle.from_text(bundle.to_text(library.source_text(name)))
        assert [offer.preset for offer in found.offers] == [library.load(name)]
        assert preset.problems(found.offers[0].text or "", name) == []


def test_what_a_file_s_words_and_prompts_hold_unseen_is_a_warning(tmp_path, capsys):
    text = (
        'schema: 1\nid: unseen\nsource: me\nwords: "ba\\u200bd，low"\n'
        'prompt: "mi\\u00adku"\nstarters: ["（miku：1.2）", plain]\nstyles: {one: "by\\u2060 me, ❤️"}\n'
    )
    (tmp_path / "unseen.yaml").write_text(text, encoding="utf-8")
    code, out, err = run(capsys, "check", str(tmp_path))
    assert (code, out) == (0, "1 files, 0 errors, 5 warnings\n")
    lines = err.splitlines()
    assert all(line.startswith(f"warning: {tmp_path / 'unseen.yaml'}: ") for line in lines)
    for part in ("words: U+200B", "words: '，'", "prompt: U+00AD", "starters: the full-width", "styles: one: U+2060"):
        assert sum(f"unseen.yaml: {part}" in line for line in lines) == 1


def test_keeping_words_says_what_was_read_otherwise(capsys, tmp_path):
    code, _, err = run(capsys, "save", "mine", "--words", "bad、low")
    assert code == 0
    assert "note: command line: --words: '、'" in err
    (tmp_path / "theirs.yaml").write_text("schema: 1\nid: theirs\nwords: bad、low\n", encoding="utf-8")
    code, _, err = run(capsys, "import", str(tmp_path / "theirs.yaml"))
    assert code == 0
    assert "note: theirs.yaml: words: '、'" in err.replace(str(tmp_path / "theirs.yaml"), "theirs.yaml")
