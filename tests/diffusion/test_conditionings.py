"""Conditionings are made once for each distinct prompt, and again where they would be others."""

from __future__ import annotations

from collections.abc import Iterable

from pure_negative.diffusion import conditionings
from pure_negative.diffusion.conditionings import Conditionings
from pure_negative.diffusion.engine import Engine
from tests.diffusion.conftest import request


class Counted:
    """An encoder that writes down what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, prompts: Iterable[str], clip_skip: int, emphasis: str) -> dict[str, str]:
        prompts = list(prompts)
        self.asked += prompts
        return {prompt: f"{prompt} {clip_skip} {emphasis}" for prompt in prompts}


def test_each_distinct_prompt_is_encoded_once():
    encoder = Counted()
    known = Conditionings(encoder.encode)
    assert known.of(["a", "b", "a"], 2, "Original", ()) == {"a": "a 2 Original", "b": "b 2 Original"}
    assert known.of(["b", "c"], 2, "Original", ()) == {"b": "b 2 Original", "c": "c 2 Original"}
    assert encoder.asked == ["a", "b", "c"]


def test_clip_skip_emphasis_and_weights_make_another():
    encoder = Counted()
    known = Conditionings(encoder.encode)
    for variant in ((2, "Original", ()), (1, "Original", ()), (2, "No norm", ()), (2, "Original", ("lora",))):
        assert known.of(["a"], *variant) == {"a": f"a {variant[0]} {variant[1]}"}
        assert known.of(["a"], *variant) == {"a": f"a {variant[0]} {variant[1]}"}
    assert encoder.asked == ["a"] * 4


def test_no_more_are_kept_than_there_is_room_for():
    encoder = Counted()
    known = Conditionings(encoder.encode)
    many = [str(number) for number in range(2 * conditionings.MOST)]
    for prompt in many:
        known.of([prompt], 1, "Original", ())
    known.of(many[-conditionings.MOST :], 1, "Original", ())
    assert encoder.asked == many
    known.of([many[0]], 1, "Original", ())
    assert encoder.asked[-1] == many[0]


def test_the_engine_encodes_once_over_all_batches(embedded_path, monkeypatch):
    engine = Engine.load(embedded_path)
    encoder = Counted()
    real = engine._loaded.text.encode

    def encode(prompts, clip_skip, emphasis):
        encoder.encode(prompts, clip_skip, emphasis)
        return real(prompts, clip_skip, emphasis)

    monkeypatch.setattr(engine._conditionings, "_encode", encode)
    for scale in (7, 8):
        engine.render([request(steps=1, cfg_scale=scale, seed=seed, negative_prompt="low") for seed in (1, 2)])
    assert encoder.asked == ["", "low"]
