"""A preset and the user's choices to one txt2img request, with hints and warnings."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from pure_negative import emphasis, fields, guidance, library, preset, size
from pure_negative.choices import LEAVABLE, Choices
from pure_negative.request import Request


@dataclass(frozen=True)
class Tab:
    """The host's own controls: what holds wherever neither the user nor the preset says otherwise."""

    prompt: str = ""
    negative_prompt: str = ""
    width: int = 512
    height: int = 512
    cfg: float = 7.0
    steps: int = 20
    sampler: str = "Euler"
    scheduler: str = "Automatic"
    clip_skip: int = 1
    emphasis: str = "Original"
    seed: int = -1
    hires: bool = False


@dataclass(frozen=True)
class Plan:
    """One txt2img request, and what there is to say about it.

    `sets` names what the plan decides; the rest was taken from the host's own controls. `words` is the text of the
    negative words alone, `negative_prompt` the whole text after joining. `seed` -1 means random.
    """

    choices: Choices = field(compare=False)
    preset: str
    strength: emphasis.Strength
    words: str
    prompt: str
    negative_prompt: str
    size: size.Size
    recommended: guidance.Recommendation
    cfg: float
    steps: int
    sampler: str
    scheduler: str
    clip_skip: int
    emphasis: str
    seed: int
    sets: frozenset[str]
    hints: tuple[str, ...] = field(default=(), compare=False)
    warnings: tuple[str, ...] = field(default=(), compare=False)

    def request(self, seed: int) -> Request:
        """The plan as one picture with a fixed seed."""
        return Request(
            prompt=self.prompt,
            negative_prompt=self.negative_prompt,
            width=self.size.width,
            height=self.size.height,
            cfg_scale=self.cfg,
            steps=self.steps,
            sampler=self.sampler,
            scheduler=self.scheduler,
            seed=seed,
            clip_skip=self.clip_skip,
            emphasis=self.emphasis,
        )

    def api_body(self) -> dict[str, Any]:
        """A body for `POST /sdapi/v1/txt2img`, as it stands and without the extension."""
        settings: dict[str, Any] = {"CLIP_stop_at_last_layers": self.clip_skip}
        if self.emphasis != Tab.emphasis:
            settings["emphasis"] = self.emphasis
        return {
            "prompt": self.prompt,
            "negative_prompt": self.negative_prompt,
            "width": self.size.width,
            "height": self.size.height,
            "cfg_scale": fields.tidy(self.cfg),
            "steps": self.steps,
            "sampler_name": self.sampler,
            "scheduler": self.scheduler,
            "seed": self.seed,
            "override_settings": settings,
            "override_settings_restore_afterwards": True,
        }


def make(choices: Choices, tab: Tab | None = None, base: preset.Preset | None = None) -> Plan:
    """The plan for the choices over a preset (by default the one they name) over the host's own controls.

    Raises:
        PureNegativeError: the preset is not there, or the words do not go with the notation.
    """
    tab = tab or Tab()
    base = base or library.load(choices.preset or library.DEFAULT)
    strength = choices.strength or base.strength
    notation = choices.notation or base.notation
    words = _words(choices, base, strength, notation)
    found_size = _size(choices, base, tab)
    recommended = guidance.recommend(strength.w, found_size, base.cfg, strength.brackets)
    plan = Plan(
        choices=choices,
        preset=base.id,
        strength=strength,
        words=words,
        prompt=_prompt(choices, base, tab),
        negative_prompt=join(words, tab.negative_prompt, _join_mode(choices)),
        size=found_size,
        recommended=recommended,
        cfg=_cfg(choices, tab, recommended),
        steps=_pick(choices, base, tab, "steps"),
        sampler=_pick(choices, base, tab, "sampler"),
        scheduler=_pick(choices, base, tab, "scheduler"),
        clip_skip=_pick(choices, base, tab, "clip_skip"),
        emphasis=choices.emphasis or tab.emphasis,
        seed=tab.seed if choices.seed is None else choices.seed,
        sets=_sets(choices, base),
    )
    return dataclasses.replace(plan, hints=_hints(plan, base, notation), warnings=_warnings(plan, notation, tab))


def _words(choices: Choices, base: preset.Preset, strength: emphasis.Strength, notation: str) -> str:
    words = choices.words or base.words
    if base.spaces if choices.spaces is None else choices.spaces:
        words = emphasis.spaced(words)
    return emphasis.negative_prompt(words, strength, choices.scope or base.scope, notation)


def _leaves(choices: Choices, key: str) -> bool:
    return key in (choices.leave or ())


def _join_mode(choices: Choices) -> str:
    return "leave" if _leaves(choices, "negative") else choices.join or "replace"


def join(ours: str, typed: str, mode: str) -> str:
    """The negative prompt of our words and what was typed; a text that holds our words already stays as it is."""
    if mode == "leave":
        return typed
    if mode == "replace" or not typed.strip():
        return ours
    if split(typed, ours) is not None:
        return typed
    return f"{ours}, {typed}" if mode == "before" else f"{typed}, {ours}"


def split(negative_prompt: str, ours: str) -> str | None:
    """What was typed beside our words; None where they are not in the text as a block of their own."""
    if negative_prompt == ours:
        return ""
    if negative_prompt.startswith(f"{ours}, "):
        return negative_prompt[len(ours) + 2 :]
    if negative_prompt.endswith(f", {ours}"):
        return negative_prompt[: -len(ours) - 2]
    return None


def _prompt(choices: Choices, base: preset.Preset, tab: Tab) -> str:
    prompt = choices.prompt if choices.prompt is not None else tab.prompt or base.prompt or ""
    return emphasis.climb(prompt) if choices.ladder else prompt


def _size(choices: Choices, base: preset.Preset, tab: Tab) -> size.Size:
    if _leaves(choices, "size"):
        return size.Size(tab.width, tab.height)
    if choices.ratio is not None:
        return size.from_ratio(choices.ratio, choices.size_rule or size.RULES[0])
    return choices.size or base.size or size.Size(tab.width, tab.height)


def _cfg(choices: Choices, tab: Tab, recommended: guidance.Recommendation) -> float:
    if _leaves(choices, "cfg"):
        return tab.cfg
    if choices.cfg is not None:
        return choices.cfg
    return min(guidance.HIGHEST, round(recommended.cfg * (choices.cfg_factor or 1.0), 4))


def _pick(choices: Choices, base: preset.Preset, tab: Tab, key: str) -> Any:
    if not _leaves(choices, key):
        for source in (choices, base):
            if getattr(source, key) is not None:
                return getattr(source, key)
    return getattr(tab, key)


def _sets(choices: Choices, base: preset.Preset) -> frozenset[str]:
    def decided(key: str) -> bool:
        if key in ("negative", "cfg") or (key == "size" and choices.ratio is not None):
            return True
        return getattr(choices, key) is not None or getattr(base, key) is not None

    return frozenset(key for key in LEAVABLE if decided(key) and not _leaves(choices, key))


def _hints(plan: Plan, base: preset.Preset, notation: str) -> tuple[str, ...]:
    return (
        *guidance.hints(plan.strength.w),
        *_written(plan.strength, notation),
        *size.hints(plan.size),
        cfg_hint(plan),
        *base.hints,
    )


def _written(strength: emphasis.Strength, notation: str) -> list[str]:
    written = emphasis.written_w(strength, notation)
    if abs(written / strength.w - 1) < 0.002:
        return []
    count = abs(emphasis.bracket_count(strength, notation))
    return [f"W {fields.decimal(strength.w)} written in {count} whole brackets is W {written:.3g}."]


def cfg_hint(plan: Plan) -> str:
    """The CFG scale with its recommendation, range, source and the formula's value."""
    known = plan.recommended
    span = f"range {known.range[0]:g} to {known.range[1]:g}" if known.range else "no published range"
    formula = "" if known.formula == known.cfg else f"; the formula gives {known.formula:g}"
    chosen = "" if plan.cfg == known.cfg else f"recommended {known.cfg:g}, "
    return f"CFG scale {plan.cfg:g}: {chosen}{known.source}, {span}{formula}."


def _warnings(plan: Plan, notation: str, tab: Tab) -> tuple[str, ...]:
    found = [*size.warnings(plan.size), *guidance.warnings(plan.cfg)]
    if notation == "novelai":
        found.append("This is NovelAI's notation: other programs read its brackets as another weight.")
    if tab.hires:
        found.append("Hires fix is on: the research made every picture without it.")
    return tuple(found)
