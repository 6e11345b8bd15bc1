"""Half precisions, on the processor so that no GPU is needed: through every path, within a bound of full precision."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from pure_negative.cli import main
from pure_negative.diffusion import memory, vae
from pure_negative.diffusion.devices import Target
from pure_negative.diffusion.engine import Engine
from pure_negative.errors import OutOfMemory, PureNegativeError
from tests.diffusion import parts, small
from tests.diffusion.conftest import negative, pixels, request

BOUNDS = {"fp16": (8, 1.0), "bf16": (60, 6.0)}
"""The largest and the mean difference of a channel from full precision, of 255; trained weights differ less."""
LONG = f"{negative('0.564')}, {'car, ' * 40}(bad:0.3)"
FIRST = "model.diffusion_model.input_blocks.0.0.weight"
DECODER = "first_stage_model.decoder.conv_in.weight"
Open = Callable[..., Engine]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small checkpoint of each kind."""
    made = tmp_path_factory.mktemp("precision")
    for name in small.CHECKPOINTS:
        small.write(made, name)
    return made


@pytest.fixture
def opened(folder: Path) -> Open:
    """The engine on one of them in a precision."""
    return lambda name, bits, **more: Engine.load(folder / f"{name}.safetensors", target=Target.of("cpu", bits), **more)


def differ(one: object, other: object) -> tuple[int, float]:
    """The largest and the mean difference of two pictures' channels."""
    found = np.abs(pixels(one) - pixels(other))
    return int(found.max()), float(found.mean())


def within(found: tuple[int, float], bits: str) -> bool:
    return found[0] <= BOUNDS[bits][0] and found[1] <= BOUNDS[bits][1]


@pytest.mark.parametrize("name", small.CHECKPOINTS)
@pytest.mark.parametrize("bits", BOUNDS)
def test_every_family_within_its_bound(opened: Open, name: str, bits: str):
    """In a batch of unequal chunks, with each of the samplers and weights to the extremes."""
    full, half = opened(name, "fp32"), opened(name, bits)
    said: list[str] = []
    half.say = said.append
    for sampler, w, scale in (("Euler", "0.0001", 7), ("Euler a", "2", 4), ("DPM++ 2M", "0.0000000000000001", 2)):
        changes = {"sampler": sampler, "cfg_scale": scale}
        batch = [request(negative_prompt=text, **changes) for text in (negative(w), "", LONG)]
        for one, other in zip(half.render(batch), full.render(batch), strict=True):
            assert within(differ(one, other), bits), (sampler, differ(one, other))
    assert said == []
    assert half._loaded.unet.dtype == Target.of("cpu", bits).dtype


@pytest.mark.parametrize("bits", BOUNDS)
def test_embeddings_in_half_precision(folder: Path, opened: Open, bits: str, tmp_path: Path):
    parts.put_embeddings(tmp_path)
    wanted = request(negative_prompt=f"(aid210:0.6), badv3, {negative('0.564')}")
    half, full = (opened("sd1", each, embeddings=tmp_path) for each in (bits, "fp32"))
    assert within(differ(half.render([wanted])[0], full.render([wanted])[0]), bits)


@pytest.mark.parametrize(("name", "bits"), [("sd1", "fp32"), ("sdxl", "fp16")])
def test_a_device_with_little_memory_gives_the_same_picture(folder: Path, opened: Open, name: str, bits: str):
    low = Engine.load(folder / f"{name}.safetensors", target=Target.of("cpu", bits, low_memory=True))
    assert {each.device.type for each in low._loaded.unet.parameters()} == {"meta"}
    assert "Each layer is there while it calculates" in low.device
    batch = [request(steps=2), request(steps=2, negative_prompt=LONG)]
    for one, other in zip(low.render(batch), opened(name, bits).render(batch), strict=True):
        assert within(differ(one, other), "fp16")
    with pytest.raises(PureNegativeError, match="LoRAs can't be used with --lowvram"):
        low.render([request(prompt="<lora:a:1>")])


def spoilt(folder: Path, path: Path, name: str, changed: str, factor: float) -> Path:
    """The small checkpoint with one tensor so large that half precision runs over."""
    tensors = load_file(folder / f"{name}.safetensors")
    tensors = {key: each.float() for key, each in tensors.items()}
    save_file(tensors | {changed: tensors[changed] * factor}, path)
    yaml = (folder / f"{name}.yaml").read_text(encoding="utf-8")
    path.with_suffix(".yaml").write_text(yaml, encoding="utf-8")
    return path


@pytest.mark.parametrize(("name", "low"), [("sd1", False), ("sdxl", False), ("sdxl", True)])
def test_a_vae_that_overflows_goes_on_in_full_precision_and_says_so_once(folder, tmp_path: Path, name: str, low: bool):
    path = spoilt(folder, tmp_path / "large.safetensors", name, DECODER, 1e5)
    half = Engine.load(path, target=Target.of("cpu", "fp16", low))
    said: list[str] = []
    half.say = said.append
    first, second = half.render([request(steps=2)])[0], half.render([request(steps=2, seed=2)])[0]
    full = Engine.load(path, target=Target.of("cpu", "fp32"))
    assert within(differ(first, full.render([request(steps=2)])[0]), "fp16")
    assert within(differ(second, full.render([request(steps=2, seed=2)])[0]), "fp16")
    assert said == [vae.WIDENED]


@pytest.mark.parametrize(("sampler", "low"), [("Euler", False), ("Euler a", True), ("DPM++ 2M", False)])
def test_a_unet_that_overflows_goes_on_in_full_precision_and_says_so_once(folder, tmp_path, sampler: str, low: bool):
    path = spoilt(folder, tmp_path / "large.safetensors", "sdxl", FIRST, 1e5)
    half = Engine.load(path, target=Target.of("cpu", "fp16", low))
    said: list[str] = []
    half.say = said.append
    wanted = request(steps=2, sampler=sampler)
    first, second = half.render([wanted])[0], half.render([wanted])[0]
    assert np.array_equal(pixels(first), pixels(second))
    full = Engine.load(path, target=Target.of("cpu", "fp32")).render([wanted])[0]
    assert within(differ(first, full), "fp16")
    assert said == ["The UNet's numbers grew too large; it goes on in full precision."]


def test_a_unet_that_overflows_in_full_precision_too_is_an_error(folder: Path, tmp_path: Path):
    path = spoilt(folder, tmp_path / "large.safetensors", "sd1", FIRST, float("nan"))
    with pytest.raises(PureNegativeError, match="NaN or infinite values"):
        Engine.load(path, target=Target.of("cpu", "fp16")).render([request(steps=1)])


@pytest.mark.parametrize(("name", "bits"), [("sdxl", "fp16"), ("sd2-v", "bf16")])
def test_render_and_sheet_take_the_precision(folder: Path, tmp_path: Path, capsys, name: str, bits: str):
    """A sheet of prompts with unequal chunks, in a batch."""
    words = "--size 64x64 --steps 2 --seed 5 --cfg 4"
    common = ["--checkpoint", str(folder / f"{name}.safetensors"), *words.split()]
    made = {}
    for each in (bits, "fp32"):
        out = tmp_path / each
        assert main.main(["render", *common, "--out", str(out), "--precision", each]) == 0
        axes = ["--x", "W: 0.5, 2", "--y", f"Prompt: a cat, {'car ' * 80}"]
        assert main.main(["sheet", *common, *axes, "--out", str(out), "--precision", each]) == 0
        made[each] = sorted(out.rglob("*.png"), key=lambda path: str(path.relative_to(out)))
    told = capsys.readouterr().err
    assert ("in half precision" if bits == "fp16" else "in bfloat16") in told
    cells = [(one, other) for one, other in zip(*made.values(), strict=True) if opened_picture(one).size == (64, 64)]
    assert len(cells) == 5
    for one, other in cells:
        assert within(differ(opened_picture(one), opened_picture(other)), bits)


def opened_picture(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return image.convert("RGB")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--precision", "fp8"), "--precision: 'fp8' is not allowed; give fp32, bf16, fp16"),
        (("--device", "gpu"), "--device: 'gpu' is not allowed; give cpu, cuda, cuda:0 and so on, or mps"),
        (("--device", "meta"), "--device: 'meta' is not allowed"),
        (("--device", "cuda:99"), "--device: 'cuda:99' can't be used here"),
    ],
)
def test_what_can_not_be_had_is_one_sentence(tmp_path: Path, capsys, words: tuple[str, str], says: str):
    assert main.main(["render", *words, "--out", str(tmp_path)]) == 2
    assert says in capsys.readouterr().err


@pytest.mark.skipif(not torch.backends.mps.is_available(), reason="needs Apple's GPU")
def test_apple_s_gpu_gives_the_processor_s_picture(folder: Path):
    made = [Engine.load(folder / "sdxl.safetensors", target=Target.of(each, "fp32")) for each in ("mps", "cpu")]
    one, other = (each.render([request()])[0] for each in made)
    assert differ(one, other)[0] <= 2


class _Small:
    """A VAE with memory for so many latent pixels at once, which is the real one otherwise."""

    def __init__(self, inner: object, room: int, error: Exception) -> None:
        self.inner, self.room, self.error, self.tiled = inner, room, error, False
        self.dtype = inner.dtype

    def enable_tiling(self) -> None:
        self.tiled = True

    def disable_tiling(self) -> None:
        self.tiled = False

    def decode(self, latents: torch.Tensor) -> object:
        if latents.numel() > self.room and not self.tiled:
            raise self.error
        return self.inner.decode(latents)


ERRORS = (
    torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"),
    MemoryError(),
    RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
    RuntimeError("GET was unable to find an engine to execute this computation"),
    RuntimeError("MPS backend out of memory (MPS allocated: 5 GB)"),
)


@pytest.mark.parametrize("error", ERRORS)
def test_a_decode_without_memory_is_made_one_by_one_and_then_in_tiles(opened: Open, error: Exception):
    whole = opened("sd1", "fp32")._loaded
    latents = torch.randn(3, 4, 8, 8)
    with torch.inference_mode():
        wanted = vae.pictures(whole.vae, latents, 1.0)
        said: list[str] = []
        for room, told in ((256, []), (10, [vae.TILED] * 3)):
            made = vae.pictures(_Small(whole.vae, room, error), latents, 1.0, said.append)
            assert all(differ(one, other)[0] <= 1 for one, other in zip(made, wanted, strict=True))
            assert said == told


@pytest.mark.parametrize("error", ERRORS)
def test_every_way_to_run_out_of_memory_is_one_sentence(error: Exception):
    says = "not enough memory for a picture; use a smaller batch or size"
    with pytest.raises(OutOfMemory, match=says), memory.told("a picture"):
        raise error
