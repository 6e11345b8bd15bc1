"""The facts of the five seed documents that a built-in preset is for: document, section, value, and where it comes out.

Each row holds the preset, the plan made from it and the text of that plan to what the document says.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from pure_negative.planning import choices, plan
from pure_negative.planning.plan import Plan, Tab
from pure_negative.preset import library, styles
from pure_negative.preset import model as preset
from pure_negative.preset.model import Preset

TEN = "bad, comic, cropped, error, extra, low, lowres, normal, speech_bubble, worst"
EIGHTEEN = (
    "lowres, bad anatomy, bad hands, text, error, missing fingers, extra digit, fewer digits, cropped, worst quality, "
    "low quality, normal quality, jpeg artifacts, signature, watermark, username, blurry, artist name"
)
TWENTY_THREE = (
    "bad_anatomy, bad_feet, bad_hands, bad_perspective, bad_proportions, comic, cropped, cropped_arms, cropped_head, "
    "cropped_legs, cropped_shoulders, cropped_torso, english_text, error, extra, low quality, lowres, no_humans, "
    "normal quality, outside_border, speech_bubble, text_focus, worst quality"
)
NINE = "bad, comic, cropped, error, extra, low, lowres, speech, worst"
CARD_NEGATIVE = (
    "lowres, bad anatomy, bad hands, text, error, missing fingers, extra digit, fewer digits, cropped, worst quality, "
    "low quality, normal quality, jpeg artifacts, signature, watermark, username, blurry"
)
CARD_PREFIX = (
    "masterpiece, best quality, illustration, beautiful detailed, finely detailed, dramatic light, intricate details"
)
AID_BEFORE = "best quality, masterpiece, highres"
AID_AFTER = (
    "best lighting and shadow, stunning color, radiant tones, ultra-detailed, amazing illustration, "
    "an extremely delicate and beautiful"
)
GIRL = (
    "1girl, brown hair, green eyes, colorful, autumn, cumulonimbus clouds, lighting, blue sky, falling leaves, garden"
)


class Fact(NamedTuple):
    """What a seed document says, and what of a preset or of its plan has to say the same."""

    document: str
    section: str
    value: Any
    preset: str
    found: Callable[[Preset, Plan], Any]


def weighted(words: str, w: str) -> str:
    """The list as the documents print it with a weight."""
    return ", ".join(f"({word}:{w})" for word in words.split(", "))


def negative(known: Preset, made: Plan) -> str:
    return made.negative_prompt


def steps(known: Preset, made: Plan) -> int:
    return made.request(1).steps


def sampler(known: Preset, made: Plan) -> str:
    return made.request(1).sampler


def clip_skip(known: Preset, made: Plan) -> int:
    return made.request(1).clip_skip


def size(known: Preset, made: Plan) -> str:
    return str(made.size)


def cfg(at: str = "") -> Callable[[Preset, Plan], float]:
    """The CFG scale the preset's plan has at a size."""
    return lambda known, _: plan.make(choices.read({"size": at} if at else {}), base=known).request(1).cfg_scale


def prompt(typed: str, style: str | None = None) -> Callable[[Preset, Plan], str]:
    """The positive prompt the preset makes of a typed one."""
    return lambda known, _: plan.make(choices.read({"prompt": typed, "style": style}), base=known).prompt


def typed_negative(typed: str) -> Callable[[Preset, Plan], str]:
    """The negative prompt the preset makes of a typed one."""
    return lambda known, _: plan.make(choices.Choices(), Tab(negative_prompt=typed), known).negative_prompt


def starters(known: Preset, made: Plan) -> list[tuple[str, str]]:
    return [(each.prompt, str(each.size or "")) for each in known.starters]


def fits(name: str, *hashes: str) -> Callable[[Preset, Plan], bool]:
    """Whether the library offers the preset for a checkpoint."""
    return lambda known, _: known in library.match(name, *hashes)


def hint(*parts: str) -> Callable[[Preset, Plan], bool]:
    """Whether one hint of the plan holds all these parts."""
    return lambda _, made: any(all(part in text for part in parts) for text in made.hints)


def triggers(heading: str) -> Callable[[Preset, Plan], tuple[int, str]]:
    """How many triggers stand under a heading of Appendix A, and what hash their line has."""

    def found(known: Preset, _: Plan) -> tuple[int, str]:
        listed = [trigger for group, trigger in styles.find(known) if group == heading]
        return len(listed), hashlib.sha256(", ".join(listed).encode()).hexdigest()[:16]

    return found


NAI_STARTERS = [
    ("Mercedes-Benz, AMG", ""),
    ("husky with heterochromia", ""),
    ("apocalypse", ""),
    ("car, house, park, sky", ""),
    ("(miku:1.0), (1girl:0.91), (car:0.75)", "768x576"),
]

NAI_FAMILY = [
    fact
    for name in ("nai", "nai-standard", "nai-extended")
    for fact in (
        Fact("seeds/001", "Basic settings: network", True, name, fits("animefull-final-pruned.ckpt")),
        Fact("seeds/001", "Basic settings: Skip CLIP layer", 2, name, clip_skip),
        Fact("seeds/001", "General result: solvers", "Euler", name, sampler),
        Fact("seeds/001", "Inference with SD prompts; Bizzare result", NAI_STARTERS, name, starters),
        Fact("seeds/001", "General result: standard area 1.0", "512x512", name, size),
    )
]

NAI_ROWS = {
    **{"512x512": 10.5, "512x768": 16, "576x768": 24, "768x512": 16, "768x576": 18, "1024x576": 27, "576x1024": 27},
    **{"768x768": 24, "1408x512": 27, "512x1408": 27, "384x640": 10.5, "640x384": 10.5, "896x256": 10.5},
    **{"256x896": 10.5, "1024x256": 10.5, "256x1024": 10.5},
}

FACTS = [
    *NAI_FAMILY,
    *(
        Fact("seeds/001", "General result: CFG Recommended", cfg_scale, "nai", cfg(at))
        for at, cfg_scale in NAI_ROWS.items()
    ),
    Fact("seeds/001", "Negative prompt used: the ten words", weighted(TEN, "0.564"), "nai", negative),
    Fact("seeds/001", "Negative prompt used: eighteen tags", weighted(EIGHTEEN, "0.9"), "nai-standard", negative),
    Fact("seeds/001", "Negative prompt used: extended set", weighted(TWENTY_THREE, "0.82"), "nai-extended", negative),
    Fact("seeds/001", "General result: base 10.5 for 0.564", 10.5, "nai", cfg("512x512")),
    Fact("seeds/001", "General result: base 12 for 0.82", 12, "nai-extended", cfg("512x512")),
    Fact("seeds/001", "Basic settings: steps over 150, pale background", True, "nai", hint("150", "pale")),
    Fact("seeds/001", "Endless sampling step: 768 proven", True, "nai", hint("768 are proven")),
    Fact(
        "seeds/001",
        "Basic settings: with VAE, txt2img, no high-res fix",
        True,
        "nai",
        hint("VAE", "txt2img", "high-res"),
    ),
    Fact("seeds/001", "Negative prompt used: 22 tokens", True, "nai", hint("22 tokens")),
    Fact(
        "seeds/001", "Negative prompt used: 81 tokens, missing_x dropped", True, "nai-extended", hint("81", "missing_x")
    ),
    Fact(
        "seeds/001", "Negative prompt used: 0.9 is somewhat balanced", True, "nai-standard", hint("somewhat balanced")
    ),
    Fact(
        *("seeds/001", "Bizzare result (in batch), Body shape", True, "nai-standard"),
        hint("shapes normal", "thicc at 576x768", "mixed at 576x1024"),
    ),
    Fact(
        *("seeds/001", "Bizzare result (in batch)", True, "nai-standard"),
        hint("512x512 4/3/5/8", "576x768 0/2/5/13", "1024x576 0/12/4/4", "576x1024 0/2/2/16", "768x768 1/4/7/3"),
    ),
    Fact("seeds/000", "negative prompt at 1e-4", weighted(NINE, "0.0001"), "anything-v3", negative),
    Fact("seeds/000", "CFG Recommended 512x512", 8, "anything-v3", cfg("512x512")),
    Fact("seeds/000", "CFG Recommended 768x768", 18, "anything-v3", cfg("768x768")),
    Fact("seeds/000", "CFG recommended to scale with 8.0", 16, "anything-v3", cfg("1024x512")),
    Fact("seeds/000", "64 STEP for PoC", 64, "anything-v3", steps),
    Fact("seeds/000", "no maximum value of steps", True, "anything-v3", hint("proof of concept", "no maximum")),
    Fact("seeds/000", "1e-16 fine, 0.1 may act", True, "anything-v3", hint("greater than zero", "1e-16", "0.1")),
    Fact("seeds/000", "bias on human, muscular, abs", True, "anything-v3", hint("1boy", "solo", "muscular", "abs")),
    Fact("seeds/000", "objects, another ratio", True, "anything-v3", hint("Objects", "1:1", "1.0", "0.8")),
    Fact("seeds/000", "official successor, worse then Any3", True, "anything-v5", hint("worse than Anything V3")),
    Fact("seeds/000", "yield", True, "anything-v3", hint("1024x576 0/0/2/18", "512x512 0/0/0/20")),
    Fact("seeds/000", "anything-v3.0", True, "anything-v3", fits("anything-v3.0-pruned.safetensors")),
    *(
        fact
        for number in (1, 2)
        for name in (f"anything-v3.{number}",)
        for fact in (
            Fact("seeds/002", "How-to-Use: the file", True, name, fits(f"anything-v3-{number}.safetensors")),
            Fact("seeds/002", "How-to-Use: suggested negative prompt", CARD_NEGATIVE, name, negative),
            Fact("seeds/002", "How-to-Use: prepended to prompts", f"{CARD_PREFIX}, 1boy", name, prompt("1boy")),
            Fact("seeds/002", "Diffusers: guidance_scale", 12, name, cfg()),
            Fact("seeds/002", "Diffusers: num_inference_steps", 50, name, steps),
            Fact("seeds/002", "Diffusers: DPMSolverMultistepScheduler", "DPM++ 2M", name, sampler),
            Fact("seeds/002", "Diffusers: 512x728, on the grid", "512x704", name, size),
            Fact("seeds/002", "Diffusers: 512x728, said", True, name, hint("512x728", "512x704", "64 px")),
            Fact("seeds/002", "How-to-Use: any generic negative prompt", True, name, hint("generic negative prompt")),
            Fact("seeds/002", "Limitation", True, name, hint("1girl alone", "Masculine")),
            Fact("seeds/002", "widget", True, name, lambda known, _: GIRL in [each.prompt for each in known.starters]),
        )
    ),
    Fact("seeds/002", "introduction: V3.1", True, "anything-v3.1", hint("VAE was swapped", "CLIP")),
    Fact("seeds/002", "introduction: V3.2", True, "anything-v3.2", hint("2.0e-6", "50 epochs", "batches of 4")),
    Fact("seeds/003", "inference settings: Steps", 28, "acertainthing", steps),
    Fact("seeds/003", "inference settings: Sampler", "Euler a", "acertainthing", sampler),
    Fact("seeds/003", "inference settings: CFG scale", 11, "acertainthing", cfg()),
    Fact("seeds/003", "inference settings: CFG scale, one for every size", 11, "acertainthing", cfg("768x768")),
    Fact("seeds/003", "inference settings: Clip skip", 2, "acertainthing", clip_skip),
    Fact("seeds/003", "no negative prompt of its own", "mine", "acertainthing", typed_negative("mine")),
    Fact("seeds/003", "Examples: seed", True, "acertainthing", hint("114514")),
    Fact("seeds/003", "Examples: framing", True, "acertainthing", hint("framing", "hand gestures", "moving objects")),
    Fact("seeds/003", "introduction: poorly written prompts", True, "acertainthing", hint("poorly written")),
    Fact("seeds/003", "introduction: ACertainModel", True, "acertainthing", hint("ACertainModel")),
    Fact("seeds/003", "About online preview: clip skip 1", True, "acertainthing", hint("Clip skip 2", "at 1")),
    Fact("seeds/003", "the name", True, "acertainthing", fits("ACertainThing.safetensors [26f53cb4]")),
    Fact("seeds/003", "Examples: girl", True, "acertainthing", lambda known, _: known.starters[0].prompt == GIRL),
    *(
        fact
        for name in ("anime-illust-diffusion", "anime-illust-diffusion-2.9")
        for fact in (
            Fact("seeds/004", "Suggested Parameters: sampler", "Euler a", name, sampler),
            Fact("seeds/004", "1 推荐参数: 40 steps", 40, name, steps),
            Fact("seeds/004", "Suggested Parameters: 32 steps, said", True, name, hint("40", "32")),
            Fact(
                "seeds/004",
                "1 推荐参数: sizes",
                "512x768 640x960 768x1152",
                name,
                lambda k, _: " ".join(map(str, k.sizes)),
            ),
            Fact("seeds/004", "Suggested Parameters: CLIP skip", 1, name, clip_skip),
            Fact(
                *(
                    "seeds/004",
                    "Suggested Parameters: Prompts format",
                    f"{AID_BEFORE}, by wlop, {AID_AFTER}, cat",
                    name,
                ),
                prompt("cat", "by wlop"),
            ),
            Fact("seeds/004", "the format without a style", f"{AID_BEFORE}, {AID_AFTER}, cat", name, prompt("cat")),
            Fact(
                "seeds/004",
                "[5]",
                "vae-ft-mse-840000-ema-pruned.ckpt",
                name,
                lambda known, _: known.vae and known.vae.name,
            ),
            Fact("seeds/004", "no CFG scale", False, name, lambda _, made: "cfg" in made.sets),
            Fact(
                "seeds/004",
                "Version Comparisons: beginners",
                True,
                name,
                hint("first use", "v2.8, v2.91 - Weak, v2.10beta1"),
            ),
            Fact(
                *("seeds/004", "Version Comparisons: great creativity", True, name),
                hint("creativity", "v2.6, v2.7, v2.91 - Weak, v2.91 - Strong"),
            ),
            Fact(
                "seeds/004", "Version Comparisons: stable", True, name, hint("stable", "v2.5, v2.6, v2.8, v2.91 - Weak")
            ),
            Fact(
                *("seeds/004", "Version Comparisons: various styles", True, name),
                hint("various styles", "v2.91 - Weak, v2.91 - Strong, v2.10beta1"),
            ),
            Fact("seeds/004", "Declarations: no commercial use", True, name, hint("no commercial use")),
            Fact("seeds/004", "Introduction: characters by name", True, name, hint("character", "100", "combined")),
        )
    ),
    Fact("seeds/004", "Negative prompts format", "aid210, blurry", "anime-illust-diffusion", typed_negative("blurry")),
    Fact("seeds/004", "III 1 How to Use It", "badv3, blurry", "anime-illust-diffusion-2.9", typed_negative("blurry")),
    Fact("seeds/004", "III 2: EasyNegative", True, "anime-illust-diffusion-2.9", hint("EasyNegative")),
    Fact("seeds/004", "Appendix A: AIDV2.9 Update", True, "anime-illust-diffusion-2.9", hint("fuzichico", "fuzichoco")),
    *(
        Fact("seeds/004", f"Appendix A: {heading}", value, name, triggers(heading))
        for name, heading, value in (
            ("anime-illust-diffusion-2.9", "Until AIDV2.5", (40, "00ee2c3b28f2fc28")),
            ("anime-illust-diffusion-2.9", "AIDV2.6 adds", (10, "2a43fc44fc76a0a7")),
            ("anime-illust-diffusion-2.9", "AIDV2.7 adds", (7, "213b75b9a6383223")),
            ("anime-illust-diffusion-2.9", "AIDV2.9 adds", (43, "32ff8733fa94c461")),
            ("anime-illust-diffusion-2.9", "AIDV2.91 adds", (6, "bf93d94b0b560951")),
            ("anime-illust-diffusion", "Until AIDV2.10beta1", (204, "427ad283382207a5")),
        )
    ),
]


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: f"{fact.preset}: {fact.document}, {fact.section}")
def test_a_preset_says_what_its_document_says(fact):
    known = library.load(fact.preset)
    assert fact.found(known, plan.make(choices.Choices(preset=fact.preset))) == fact.value


def test_the_ten_words_have_the_brackets_of_the_other_notation():
    """seeds/001, Negative prompt used: "in non WebUI style" the ten words stand in six brackets each."""
    made = plan.make(choices.read({"preset": "nai", "brackets": -6, "notation": "novelai"}))
    assert made.negative_prompt == ", ".join(f"[[[[[[{word}]]]]]]" for word in TEN.split(", "))


def test_every_value_of_a_built_in_preset_has_its_source():
    """What a preset sets and hints at is named in its sources, and nothing else is."""
    about_itself = {"schema", "id", "name", "description", "source", "sources"}
    for name in library.Library().built_in_ids():
        text = library.source_text(name)
        keys = [line.partition(":")[0] for line in text.splitlines() if line[:1].isalpha()]
        known = library.load(name)
        assert set(keys) - about_itself <= set(dict(known.sources)) <= set(keys), name
        assert known.source, name
        assert preset.problems(text, name) == []


def test_every_built_in_preset_has_a_row_in_the_research():
    """docs/research.md lists every fact of the documents with where it is used; what a preset is for must be there."""
    rows = (Path(__file__).parents[2] / "docs" / "research.md").read_text(encoding="utf-8").splitlines()
    places = [row.split(" | ", 1)[1] for row in rows if row.startswith("| ")]
    used = {name for place in places for name in re.findall(r"presets/([\w.-]+)\.yaml", place)}
    assert used == set(library.Library().built_in_ids())
