"""Which files are used: those given, those of a WebUI's folder, and those that its rules choose."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pure_negative.diffusion import digest, loading, model_files
from pure_negative.diffusion.loading import EngineOptions
from pure_negative.errors import PureNegativeError
from pure_negative.page.host import PageHost
from pure_negative.planning import plan
from pure_negative.planning.choices import Choices
from pure_negative.planning.request import Model
from tests.fakes import FakeRenderer

AID = "anime-illust-diffusion"
"""A preset that goes with vae-ft-mse-840000-ema-pruned.ckpt."""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A WebUI's folder with a few empty files in it."""
    monkeypatch.delenv(model_files.FOLDER_VARIABLE, raising=False)
    for name in (
        "models/Stable-diffusion/model.safetensors",
        "models/Stable-diffusion/sub/other.ckpt",
        "models/Stable-diffusion/sub/other.vae.pt",
        "models/VAE/vae-ft-mse-840000-ema-pruned.safetensors",
        "models/VAE/deep/modelled.safetensors",
        "embeddings/a.pt",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def options(root: Path | None, checkpoint: str | None = "model", **changes: object) -> EngineOptions:
    return EngineOptions(checkpoint, models=None if root is None else str(root), **changes)


@pytest.mark.parametrize("name", ["other", "other.ckpt", "sub/other.ckpt"])
def test_a_checkpoint_is_found_by_its_name(root: Path, name: str):
    assert options(root, name).path() == root / "models/Stable-diffusion/sub/other.ckpt"


def test_a_path_holds_and_an_unknown_name_is_taken_for_one(root: Path):
    given = root / "models/Stable-diffusion/sub/other.ckpt"
    assert options(root, str(given)).path() == given
    assert options(root, "nowhere").path() == Path("nowhere")
    assert options(root, None).path() is None


def test_a_name_of_two_files_is_refused(root: Path):
    (root / "models/Stable-diffusion/model.ckpt").touch()
    with pytest.raises(PureNegativeError, match="--checkpoint: 'model' names 2 files"):
        options(root).path()
    assert options(root, "model.ckpt").path() == root / "models/Stable-diffusion/model.ckpt"


@pytest.mark.parametrize(
    "given", ["{}", "{:.10}", "{:.12}", "model.safetensors [{:.10}]", "twin.ckpt [{:.10}]", "sub/twin.ckpt [{:.10}]"]
)
def test_a_checkpoint_is_found_by_its_hash_or_title(root: Path, given: str):
    for name in ("model.safetensors", "sub/twin.ckpt", "twin.ckpt"):
        (root / "models/Stable-diffusion" / name).write_text(name)
    wanted = "sub/twin.ckpt" if "twin" in given else "model.safetensors"
    path = root / "models/Stable-diffusion" / wanted
    assert options(root, given.format(digest.sha256(path))).path() == path


def test_a_hash_that_is_known_reads_no_other_file(root: Path, monkeypatch: pytest.MonkeyPatch):
    """A folder of checkpoints is hundreds of gigabytes; `other` would come first."""
    monkeypatch.setattr(digest, "KEPT_FROM", 0)
    monkeypatch.setenv("PURE_NEGATIVE_CACHE", str(root / "cache"))
    path = root / "models/Stable-diffusion/sub/zz.safetensors"
    path.write_text("zz")
    known = digest.sha256(path)
    monkeypatch.setattr(digest, "_read", lambda *_: pytest.fail("a file was read"))
    assert options(root, known[:10]).path() == path


def test_the_folder_may_come_from_the_environment(root: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(model_files.FOLDER_VARIABLE, str(root))
    assert options(None, "other").path() == root / "models/Stable-diffusion/sub/other.ckpt"


@pytest.mark.parametrize(("variable", "source"), [(False, "--models"), (True, model_files.FOLDER_VARIABLE)])
def test_a_folder_of_something_else_is_refused(tmp_path, monkeypatch, variable, source):
    if variable:
        monkeypatch.setenv(model_files.FOLDER_VARIABLE, str(tmp_path))
    with pytest.raises(PureNegativeError, match=f"^{source}: .* give the WebUI's own folder"):
        options(None if variable else tmp_path).path()


def test_a_vae_whose_name_begins_with_the_checkpoint_s_is_taken_wherever_it_is(root: Path):
    assert options(root).vae_path() == root / "models/VAE/deep/modelled.safetensors"
    assert options(root, "other").vae_path() == root / "models/Stable-diffusion/sub/other.vae.pt"


def test_a_vae_beside_the_checkpoint_is_taken_without_a_folder_too(root: Path):
    path = root / "models/Stable-diffusion/sub/other.ckpt"
    assert options(None, str(path)).vae_path() == path.with_name("other.vae.pt")
    assert options(None, str(path.with_name("another.ckpt"))).vae_path() is None


def test_the_order_of_endings_is_the_webui_s(root: Path):
    folder = root / "models/Stable-diffusion/sub"
    (folder / "other.vae.safetensors").touch()
    assert options(root, "other").vae_path() == folder / "other.vae.pt"
    (folder / "other.vae.ckpt").touch()
    assert options(root, "other").vae_path() == folder / "other.vae.ckpt"


def test_a_vae_by_path_by_name_or_none(root: Path):
    chosen = root / "models/VAE/vae-ft-mse-840000-ema-pruned.safetensors"
    for given in (str(chosen), chosen.name, chosen.stem):
        assert options(root, vae=given).vae_path() == chosen
    assert options(root, vae="None").vae_path() is None


@pytest.mark.parametrize(("folder", "says"), [(True, "no VAE of that name among those in"), (False, "give a path")])
def test_a_vae_that_is_not_there_is_refused(root: Path, folder: bool, says: str):
    with pytest.raises(PureNegativeError, match=f"--vae: there is no file 'kl-f8'.*{says}"):
        options(root if folder else None, vae="kl-f8").vae_path()


@pytest.mark.parametrize(
    ("card", "expected"),
    [
        ({"vae": "other.vae.pt"}, "other.vae.pt"),
        ({"vae": "None"}, None),
        ({"vae": "Automatic"}, "modelled.safetensors"),
        ({"vae": ["x"]}, "modelled.safetensors"),
        ({"vae": "gone.pt"}, "modelled.safetensors"),
        ([], "modelled.safetensors"),
    ],
)
def test_what_the_user_noted_of_the_checkpoint_comes_first(root: Path, card: object, expected: str | None):
    (root / "models/Stable-diffusion/model.json").write_text(json.dumps(card), encoding="utf-8")
    found = options(root).vae_path()
    assert (found and found.name) == expected


def test_a_preset_s_vae_is_taken_from_the_folder(root: Path):
    made = plan.make(Choices(preset=AID))
    assert options(root, plan=made).vae_path() == root / "models/VAE/vae-ft-mse-840000-ema-pruned.safetensors"
    assert options(root, plan=made, vae="none").vae_path() is None
    assert options(root, None, plan=made).vae_path() is None  # the embedded checkpoint is too small for it


@pytest.mark.parametrize(
    ("used", "says"), [("", "the checkpoint's own is used instead"), ("kl.pt", "kl.pt is used instead")]
)
def test_a_preset_s_vae_that_is_not_there_is_said(monkeypatch, capsys, used, says):
    told = _told(monkeypatch, capsys, used)
    assert told.startswith(f"warning: The preset {AID} goes with the VAE vae-ft-mse-840000-ema-pruned.ckpt; {says}. ")
    assert told.count("\n") == 1


def test_a_preset_s_vae_that_is_used_is_not_talked_about(monkeypatch, capsys):
    assert _told(monkeypatch, capsys, "VAE-ft-mse-840000-ema-pruned.safetensors") == ""


def _told(monkeypatch, capsys, used: str) -> str:
    """What is said while the engine is loaded for that preset, and has that VAE."""
    from pure_negative.diffusion import engine

    class Loaded(FakeRenderer):
        model = Model("aidv2.10", "0123456789", vae=used, vae_hash="0123456789")
        notes = ()
        device = "Drawing on paper."

        family = "SD 1.x"

        def lacks(self, names):
            return ()

        def open_loras(self, prompt):
            pass

    monkeypatch.setattr(engine.Engine, "load", lambda *_: Loaded())
    loading.engine(EngineOptions("model.safetensors", plan=plan.make(Choices(preset=AID))))
    return str(capsys.readouterr().err).removeprefix("Drawing on paper.\n")


def test_the_page_says_what_a_plan_does_not_get(root: Path):
    made = plan.make(Choices(preset=AID))
    (root / "embeddings/AID210.pt").write_bytes(b"x")
    host = PageHost(options(root, "aidv2.10.safetensors", vae="none"), lambda text: "")
    assert [text.split(";")[0] for text in host.warnings(made)] == [
        f"The preset {AID} goes with the VAE vae-ft-mse-840000-ema-pruned.ckpt"
    ]
    (root / "embeddings/AID210.pt").unlink()
    assert (
        "The embedding aid210 is not there"
        in PageHost(options(root, "aidv2.10.safetensors"), lambda text: "").warnings(made)[0]
    )


def test_a_preset_for_another_checkpoint_is_said(monkeypatch, capsys):
    from pure_negative.diffusion import engine

    class Loaded(FakeRenderer):
        model = Model("anything-v3.0", "0123456789")
        family = "SD 1.x"
        notes = ()
        device = "Drawing on paper."

        def lacks(self, names):
            return ()

        def open_loras(self, prompt):
            pass

    monkeypatch.setattr(engine.Engine, "load", lambda *_: Loaded())
    loading.engine(EngineOptions("anything-v3.0.safetensors", plan=plan.make(Choices())))
    _, told = capsys.readouterr().err.splitlines()
    assert told == "warning: The preset nai is not made for anything-v3.0; anything-v3 is."
    host = PageHost(EngineOptions("anything-v3.0.safetensors"), lambda text: "")
    assert host.warnings(plan.make(Choices())) == ["The preset nai is not made for anything-v3.0; anything-v3 is."]
    loading.engine(EngineOptions(None, plan=plan.make(Choices())))
    assert "is not made for" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("preset", "family", "told"),
    [
        ("nai", "SDXL", "The preset nai is made for SD 1.x; this checkpoint is of SDXL."),
        ("wd-1.4", "SD 2.x", ""),
        ("first-look", "SDXL", ""),
        (
            "nai-rf",
            "SDXL",
            "The preset nai-rf is made for a model of rectified flow, whose sampling is not done without",
        ),
    ],
)
def test_a_preset_for_another_family_is_said(monkeypatch, capsys, preset, family, told):
    from pure_negative.diffusion import engine

    class Loaded(FakeRenderer):
        model = Model("wd-1.4" if preset == "wd-1.4" else "nai-rf-1", "0123456789")
        notes = ()
        device = "Drawing on paper."

        def lacks(self, names):
            return ()

        def open_loras(self, prompt):
            pass

    Loaded.family = family
    monkeypatch.setattr(engine.Engine, "load", lambda *_: Loaded())
    loading.engine(EngineOptions("some.safetensors", plan=plan.make(Choices(preset=preset))))
    err = capsys.readouterr().err
    assert told in err
    assert ("made for" in err.replace("is not made for", "")) == bool(told)
