"""The renderer: batches equal to single pictures, everything asked for in the picture, the rest refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pure_negative.diffusion.checkpoint import Checkpoint
from pure_negative.diffusion.devices import Target
from pure_negative.diffusion.engine import Engine
from pure_negative.diffusion.noise import SeedNoise
from pure_negative.diffusion.preflight import SAMPLERS
from pure_negative.errors import OutOfMemory, PureNegativeError
from pure_negative.rules import seeds
from tests.diffusion.conftest import negative, pixels, request
from tests.strategies import fixed_seeds, hostile_text

Draw = Callable[..., np.ndarray]

pictures = st.fixed_dictionaries(
    {
        "prompt": st.sampled_from(["", "miku", "(cat:1.3), [dog]", "a BREAK b", "lowres " * 90, "cat :0.5"]),
        "negative_prompt": st.sampled_from(["", negative("0.0001"), negative("2"), "bad, " * 60]),
        "cfg_scale": st.sampled_from([0.0, 1.0, 8.0, 10.5, 24.0]),
        "seed": fixed_seeds,
    }
)


@settings(max_examples=6)
@given(st.lists(pictures, min_size=2, max_size=3), st.sampled_from(SAMPLERS))
def test_a_batch_is_its_single_pictures(engine: Engine, batch: list[dict[str, object]], sampler: str):
    requests = [request(**each, sampler=sampler, steps=4) for each in batch]
    for each, together in zip(requests, engine.render(requests), strict=True):
        assert np.abs(pixels(together) - pixels(engine.render([each])[0])).max() <= 1


def test_the_same_request_gives_the_same_picture(draw: Draw):
    assert np.array_equal(draw(), draw())


@pytest.mark.parametrize(
    "change",
    [
        {"negative_prompt": negative("0.0001")}, {"negative_prompt": negative("0.9")}, {"negative_prompt": ""},
        {"prompt": "miku"}, {"cfg_scale": 8}, {"cfg_scale": 24}, {"seed": 2}, {"clip_skip": 1}, {"steps": 12},
        {"sampler": "Euler a"}, {"sampler": "DPM++ 2M"}, {"scheduler": "Karras"}, {"emphasis": "No norm"},
        {"negative_prompt": negative("0.564").replace(", (low:", " BREAK (low:")},
    ],
)  # fmt: skip
def test_each_choice_shows_in_the_picture(draw: Draw, change: dict[str, object]):
    assert np.abs(draw() - draw(**change)).mean() > 0.5


@pytest.mark.parametrize("seed", [-(2**63), -5, 2**63 - 1, 2**64 - 1])
def test_every_seed_that_torch_takes_is_drawn_and_one_below_0_as_the_one_that_far_below_the_end(draw: Draw, seed: int):
    assert np.array_equal(draw(seed=seed), draw(seed=seed % 2**64))
    expected = torch.randn((4, 8, 8), generator=torch.Generator("cpu").manual_seed(seed))
    assert torch.equal(SeedNoise([seed], (4, 8, 8), torch.device("cpu"), "CPU").draw()[0], expected)


def test_the_last_seed_is_the_picture_of_a_batch_that_the_webui_counts_up_to_minus_one():
    expected = torch.randn((4, 8, 8), generator=torch.Generator("cpu").manual_seed(-1))
    drawn = SeedNoise(seeds.counted_up(-2, 2), (4, 8, 8), torch.device("cpu"), "CPU").draw()
    assert torch.equal(drawn[1], expected)


def test_at_cfg_1_the_negative_prompt_does_nothing(draw: Draw):
    assert np.abs(draw(cfg_scale=1) - draw(cfg_scale=1, negative_prompt="")).max() <= 1


@pytest.mark.parametrize("cfg_scale", [1, 8, 24])
@pytest.mark.parametrize("sampler", ["Euler", "Euler a", "DPM++ 2M"])
def test_the_embedded_pictures_are_neither_black_nor_white(draw: Draw, cfg_scale: float, sampler: str):
    picture = draw(cfg_scale=cfg_scale, sampler=sampler, negative_prompt=negative("2"))
    assert np.isin(picture, (0, 255)).mean() < 0.1
    assert picture.std() > 15


def test_sizes_and_count(engine: Engine):
    images = engine.render([request(width=128, height=64, seed=seed) for seed in range(2)])
    assert [(image.size, image.mode) for image in images] == [((128, 64), "RGB")] * 2
    assert engine.render([]) == []


def test_progress_is_told_after_each_step(engine: Engine):
    told: list[tuple[int, int]] = []
    engine.render([request(steps=5)], lambda done, total: told.append((done, total)))
    assert told == [(done, 5) for done in range(1, 6)]


def test_chunks(engine: Engine):
    assert [engine.chunks(text) for text in ("", negative("0.5"), "bad " * 76, "a BREAK b", "a # BREAK")] == [
        1,
        1,
        2,
        2,
        1,
    ]


def test_weights_without_brackets_are_nothing(draw: Draw):
    assert np.array_equal(draw(negative_prompt="bad, low"), draw(negative_prompt="(bad:1), (low:1.0)"))


def test_no_norm_keeps_what_original_rescales(loaded: Checkpoint):
    with torch.inference_mode():
        plain, weighted, kept = (
            loaded.text.encode([text], 1, emphasis)[text].tokens
            for text, emphasis in (("bad low", "Original"), ("(bad low:0.5)", "Original"), ("(bad low:0.5)", "No norm"))
        )
    assert float(weighted.mean()) == pytest.approx(float(plain.mean()), rel=1e-5)
    assert torch.allclose(kept[1:3], plain[1:3] * 0.5)
    assert torch.equal(kept[3:], plain[3:])


def test_clip_skip_counts_layers_from_the_last(loaded: Checkpoint):
    """Skip n is what a text encoder without its last n - 1 layers gives."""
    with torch.inference_mode():
        whole = loaded.text.encode(["bad, low"], 3, "Original")["bad, low"].tokens
        model = loaded.text.model
        layers = getattr(model, "text_model", model).encoder.layers
        kept = list(layers)
        del layers[-2:]
        try:
            cut = loaded.text.encode(["bad, low"], 1, "Original")["bad, low"].tokens
        finally:
            layers.extend(kept[-2:])
    assert torch.allclose(whole, cut, atol=1e-6)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"sampler": "Heun++"}, "Euler a, Euler, LMS"), ({"scheduler": "Turbo"}, "Automatic, Uniform, Karras"),
        ({"emphasis": "None"}, "Original, No norm"), ({"clip_skip": 13}, "1 to 12"), ({"clip_skip": 0}, "1 to 12"),
        ({"width": 100}, "multiples of 64"), ({"height": 0}, "multiples of 64"), ({"steps": 0}, "steps"),
        ({"cfg_scale": float("nan")}, "CFG scale"), ({"cfg_scale": float("inf")}, "CFG scale"), ({"seed": -1}, "seed"),
        ({"seed": 2**64}, "seed"), ({"prompt": "a AND b"}, "AND"), ({"negative_prompt": "[a:b:0.5]"}, "during "
        "sampling"),
        ({"prompt": "<hypernet:x:1>"}, "extra network"), ({"negative_prompt": "(a:1.2.3)"}, "weight"),
        ({"negative_prompt": "(a:" + "9" * 60 + ")"}, "finite"), ({"cfg_scale": 1e38}, "finite"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_one_sentence(draw: Draw, change: dict[str, object], says: str):
    with pytest.raises(PureNegativeError, match=says) as caught:
        draw(**change)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "change",
    [
        {"width": 128},
        {"steps": 5},
        {"sampler": "Euler a"},
        {"scheduler": "Karras"},
        {"clip_skip": 1},
        {"emphasis": "No norm"},
    ],
)
def test_what_a_batch_must_share_is_named(engine: Engine, change: dict[str, object]):
    with pytest.raises(PureNegativeError, match=next(iter(change)).replace("_", " ")):
        engine.render([request(), request(**change)])


@settings(max_examples=30)
@given(hostile_text, hostile_text)
def test_any_text_is_drawn_or_refused(engine: Engine, prompt: str, negative_prompt: str):
    try:
        (image,) = engine.render([request(prompt=prompt, negative_prompt=negative_prompt, steps=1)])
    except PureNegativeError as error:
        assert "\n" not in str(error)
    else:
        assert image.size == (64, 64)


class _Full(torch.nn.Module):
    """A VAE on a machine without memory."""

    dtype = torch.float32

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def decode(self, latents: torch.Tensor) -> None:
        raise self.error

    def enable_tiling(self) -> None:
        """It needs as much."""

    def disable_tiling(self) -> None:
        """It never had any."""


@pytest.mark.parametrize(
    "error",
    [
        torch.cuda.OutOfMemoryError("CUDA out of memory"),
        MemoryError(),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 bytes"),
    ],
)
def test_memory_that_runs_out_is_told_apart(loaded: Checkpoint, error: Exception):
    with pytest.raises(OutOfMemory, match="1 pictures of 64×64"):
        Engine(replace(loaded, vae=_Full(error)), Target.of("cpu")).render([request(steps=1)])


def test_other_failures_are_not_taken_for_it(loaded: Checkpoint):
    with pytest.raises(RuntimeError, match="something else"):
        Engine(replace(loaded, vae=_Full(RuntimeError("something else"))), Target.of("cpu")).render([request(steps=1)])
