"""The further models of the research (6DammK9/nai-anime-pure-negative-prompt at e93302b), a row for each.

The research writes the words at `:0`; W must be greater than zero (seeds/000), so they are held to 0.0001 here, which
seeds/000 chose for a minimal effect.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest

from pure_negative.planning import choices, plan
from pure_negative.preset import library
from pure_negative.rules import size

NINE = "bad, comic, cropped, error, extra, low, lowres, speech, worst"
EIGHT = "worst, low, bad, exceptional, masterpiece, comic, extra, lowres"
TWO = "(aesthetic:0.0001), (quality:0.0001)"


class Model(NamedTuple):
    """What the research says of a model: CFG scale by size, steps, sampler, words, clip skip (None: not said)."""

    preset: str
    source: str
    cfg: dict[str, float]
    steps: int
    words: str
    sampler: str = "Euler"
    clip_skip: int | None = None
    names: tuple[str, ...] = ()
    hashes: tuple[str, ...] = ()


MODELS = [
    Model("first-look", "ch01/cfg_step.md:22,36", {"512x512": 7, "768x768": 16}, 48, NINE),
    Model("nai-scan", "ch01/cfg_step.md:41", {"512x512": 10}, 48, NINE, clip_skip=2, hashes=("925997e9",)),
    Model(
        *("acertainty", "ch99/888886dc.md:12-25", {"512x512": 5.5, "768x768": 12.5}, 48, NINE),
        names=("ACertainty.safetensors",),
        hashes=("888886dc", "c8cbb96338"),
    ),
    Model("wd-1.4", "ch01/cfg_step.md:46", {"512x512": 8}, 96, NINE, names=("wd-1-4-anime_e1.ckpt",)),
    Model("bp-mk5", "ch01/cfg_step.md:52-55", {"512x512": 5, "768x768": 13.5}, 48, NINE, names=("bp_mk5.safetensors",)),
    Model("bp-nman-e29", "ch01/cfg_step.md:61", {"512x512": 5}, 64, NINE, names=("bp_nman_e29.ckpt",)),
    Model("vbp-2.2", "ch01/cfg_step.md:67-70", {"512x512": 3, "768x768": 7}, 48, NINE, names=("VBP2.2.ckpt",)),
    Model(
        "anything-v5", "ch01/cfg_step.md:76", {"512x512": 2, "768x768": 4.5}, 24, NINE, names=("AnythingV5_v3.ckpt",)
    ),
    Model(
        *("vbp-2.3", "ch02/f59359c175.md:36", {"768x768": 4.5, "1024x576": 4.5}, 48, EIGHT),
        clip_skip=2,
        names=("VBP23-1024-ep49",),
        hashes=("f59359c175",),
    ),
    Model(
        *("cbp", "ch02/ae2b38ac14.md:11", {"768x768": 4.5}, 256, EIGHT),
        clip_skip=2,
        names=("cbp2-e60.ckpt",),
        hashes=("ae2b38ac14",),
    ),
    Model(
        *("basilmix", "ch02/4de704d8.md:19", {"512x512": 9}, 128, NINE),
        clip_skip=2,
        names=("basil_mix_fixed.safetensors",),
        hashes=("4de704d8",),
    ),
    Model("model-38c1ebe3", "ch00/red_pill.md:170", {"512x512": 8}, 48, NINE, clip_skip=3, hashes=("38c1ebe3",)),
    Model(
        *("astolfomix-sd1", "ch05/README_SD1.md:173,242,249,419", {"1024x1024": 4, "1344x768": 4, "1792x768": 4}),
        *(48, EIGHT),
        clip_skip=2,
        names=("20-bpcga9-lracrc2oh-b11i75pvc-gf34ym34-sd",),
        hashes=("6ffdb39acd", "41429fdee1", "28adb7ba78"),
    ),
    Model(
        *("astolfomix-sd1-ddim", "ch01/animatediff.md:70, ch01/controlnet.md:64", {"768x768": 6, "1024x1024": 6}),
        *(24, EIGHT, "DDIM", 2),
        hashes=("41429fdee1",),
    ),
    Model(
        *("astolfomix-sd2", "ch05/README_SD2.MD:92,100,141,295", {"768x768": 6, "1024x576": 6}, 192, EIGHT),
        clip_skip=2,
        names=("209-AstolfoMix-207208-203te",),
        hashes=("a85153fd84", "13696ee702"),
    ),
    Model(
        *("astolfomix-xl", "README.md:25, ch01/cfg_pag_chg.md:28", {"1024x1024": 4.5}, 48, ""),
        clip_skip=2,
        names=("x72a-AstolfoMix-240421-feefbf4",),
        hashes=("e276a52700",),
    ),
    Model(
        *(
            "astolfomix-xl-x215a",
            "ch01/cfgpp_pag_seg.md:31,49",
            {"1024x1024": 6, "1344x768": 6},
            48,
            "",
            "DDIM CFG++",
            2,
        ),
        names=("x215a-AstolfoMix-24101101-6e545a3",),
        hashes=("bdb9f136b6",),
    ),
    Model(
        *("astolforf", "README.md:10", {"1024x1024": 4}, 64, ""),
        names=("x1a-AstolfoRF-3ep",),
        hashes=("82e7f6bcb3",),
    ),
    Model("nai-rf", "ch01/rf.md:17,33", {}, 28, "", names=("my NAI-RF v2.safetensors",)),
    Model("rd-lora", "ch01/rf.md:15,31", {"1024x1024": 1.5}, 4, ""),
    Model("nai-v3", "ch02/nai_v3_sdxl.md:117,257", {"832x1216": 5}, 28, ""),
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.preset)
def test_the_plan_of_a_model_is_what_the_research_made(model):
    known = library.load(model.preset)
    made = plan.make(choices.Choices(preset=model.preset), plan.Tab(cfg=123))
    w = "0.0000000000000001" if model.preset == "acertainty" else "0.0001"
    assert made.words == ", ".join(f"({word}:{w})" for word in model.words.split(", ") if word)
    assert (made.steps, made.sampler) == (model.steps, model.sampler)
    assert known.clip_skip == model.clip_skip
    for at, cfg in model.cfg.items():
        assert plan.make(choices.read({"preset": model.preset, "size": at})).cfg == cfg, at
    assert ("cfg" in made.sets) == bool(model.cfg)
    assert made.prompt == (TWO if model.words == EIGHT else "")


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.preset)
def test_a_model_is_known_by_its_names_and_hashes(model):
    known = library.load(model.preset)
    for name in model.names:
        assert known in library.match(name), name
    for found in model.hashes:
        assert known in library.match("renamed.safetensors", found), found
    if not model.names and not model.hashes:
        assert known.models == type(known.models)()


def test_the_recommended_sizes_of_models_trained_at_them_raise_no_warning():
    for name in library.ids():
        known = library.load(name)
        for each in known.sizes:
            made = plan.make(choices.Choices(size=each), base=known)
            assert [text for text in made.warnings if "NovelAI" not in text] == [], (name, str(each))
            assert each == size.Size(each.width // 64 * 64, each.height // 64 * 64)
