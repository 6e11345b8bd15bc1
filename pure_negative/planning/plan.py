"""A preset and the user's choices to one txt2img request, with hints and warnings."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from pure_negative import options
from pure_negative.errors import PureNegativeError
from pure_negative.io import validate
from pure_negative.planning.choices import Choices
from pure_negative.planning.request import Request
from pure_negative.preset import library, requirements
from pure_negative.preset.model import Preset
from pure_negative.prompt import attention, emphasis, syntax, word_list
from pure_negative.prompt import template as prompt_format
from pure_negative.rules import cfg_scale, schedule_type, size


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
    embeddings and the negative words alone, `negative_prompt` the whole text after joining; `prompt` is the typed one
    in the `prompt_format`; `base` is the preset all of it was planned over, and `tab` the host's own controls. `seed`
    -1 means random.
    """

    choices: Choices = field(compare=False)
    preset: str
    strength: emphasis.Strength
    words: str
    prompt: str
    negative_prompt: str
    size: size.Size
    recommended: cfg_scale.Recommendation
    cfg: float
    steps: int
    sampler: str
    scheduler: str
    clip_skip: int
    emphasis: str
    seed: int
    sets: frozenset[str]
    base: Preset = field(compare=False)
    tab: Tab = field(compare=False)
    embeddings: tuple[str, ...] = ()
    prompt_format: str = prompt_format.PLAIN
    style: str = ""

    @property
    def notation(self) -> str:
        """How the weight of the words is written."""
        return self.choices.notation or self.base.notation

    @cached_property
    def hints(self) -> tuple[str, ...]:
        """What to expect of this W, size and CFG scale."""
        return _hints(self)

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """What is probably not meant, or has no effect."""
        return _warnings(self)

    def request(self, seed: int) -> Request:
        """The plan as one picture with a fixed seed."""
        sampler, scheduler = schedule_type.split(self.sampler, self.scheduler)
        return Request(
            prompt=self.prompt,
            negative_prompt=self.negative_prompt,
            width=self.size.width,
            height=self.size.height,
            cfg_scale=self.cfg,
            steps=self.steps,
            sampler=sampler,
            scheduler=scheduler,
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
            "cfg_scale": validate.tidy(self.cfg),
            "steps": self.steps,
            "sampler_name": self.sampler,
            "scheduler": self.scheduler,
            "seed": self.seed,
            "override_settings": settings,
            "override_settings_restore_afterwards": True,
        }


def make(choices: Choices, tab: Tab | None = None, base: Preset | None = None) -> Plan:
    """The plan for the choices over a preset (by default the one they name) over the host's own controls.

    Raises:
        PureNegativeError: the preset is not there, or the words do not go with the notation.
    """
    tab = tab or Tab()
    base = base or library.load(choices.preset or library.DEFAULT)
    strength = choices.strength or base.strength
    words = _words(choices, base, strength)
    found_size = _size(choices, base, tab)
    recommended = cfg_scale.recommend(strength.w, found_size, base.cfg, strength.brackets)
    return Plan(
        choices=choices,
        preset=base.id,
        strength=strength,
        words=words,
        prompt=_prompt(choices, base, tab),
        negative_prompt=join(words, tab.negative_prompt, join_mode(choices, base)),
        size=found_size,
        recommended=recommended,
        cfg=_cfg(choices, base, tab, recommended),
        steps=_pick(choices, base, tab, "steps"),
        sampler=_pick(choices, base, tab, "sampler"),
        scheduler=_pick(choices, base, tab, "scheduler"),
        clip_skip=_pick(choices, base, tab, "clip_skip"),
        emphasis=choices.emphasis or base.emphasis or tab.emphasis,
        seed=tab.seed if choices.seed is None else choices.seed,
        sets=_sets(choices, base, words),
        base=base,
        tab=tab,
        embeddings=_embeddings(choices, base),
        prompt_format=choices.prompt_format or base.prompt_format or prompt_format.PLAIN,
        style=_either(choices, base, "style") or "",
    )


def _either(choices: Choices, base: Preset, key: str) -> Any:
    """What the user chose, else what the preset says."""
    chosen = getattr(choices, key)
    return getattr(base, key) if chosen is None else chosen


def _words(choices: Choices, base: Preset, strength: emphasis.Strength) -> str:
    words = choices.words or base.words
    if _either(choices, base, "spaces"):
        words = emphasis.spaced(words)
    notation = choices.notation or base.notation
    weighted = _weighted(words, strength, choices.scope or base.scope, notation) if words else ""
    return ", ".join(filter(None, [*map(emphasis.escape, _embeddings(choices, base)), weighted]))


@lru_cache(maxsize=1000)  # a sheet asks the same for each of its rows
def _weighted(words: tuple[str, ...], strength: emphasis.Strength, scope: str, notation: str) -> str:
    """The words with their weight; at 0 brackets they stand as they are, whatever the notation."""
    if strength.brackets == 0:
        return ", ".join(map(emphasis.escape, words))
    return emphasis.negative_prompt(words, strength, scope, notation)


def _embeddings(choices: Choices, base: Preset) -> tuple[str, ...]:
    names = tuple(resource.name for resource in base.embeddings)
    return names if choices.embeddings is None else choices.embeddings


def _leaves(choices: Choices, key: str) -> bool:
    return key in (choices.leave or ())


def join_mode(choices: Choices, base: Preset | None = None) -> str:
    """How our words join a typed negative prompt: one of `options.JOINS`, or `leave`; over the preset they name."""
    if _leaves(choices, "negative"):
        return "leave"
    base = base or library.load(choices.preset or library.DEFAULT)
    return choices.join or base.join or options.JOINS[0]


def join(ours: str, typed: str, mode: str) -> str:
    """The negative prompt of our words and what was typed; a text that holds our words already stays as it is."""
    if mode == "leave" or not ours:
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


def _prompt(choices: Choices, base: Preset, tab: Tab) -> str:
    typed = choices.prompt if choices.prompt is not None else tab.prompt or base.prompt or ""
    climb = emphasis.climb if _either(choices, base, "ladder") else str
    template = choices.prompt_format or base.prompt_format or prompt_format.PLAIN
    return prompt_format.fill(template, _either(choices, base, "style") or "", typed, climb)


def typed_prompt(choices: Choices, base: Preset, prompt: str) -> Choices:
    """The choices whose plan has this whole prompt: what was typed, and its style, taken out of the format."""
    template = choices.prompt_format or base.prompt_format or prompt_format.PLAIN
    style, raw = prompt_format.take_apart(template, _either(choices, base, "style") or "", prompt) or (None, prompt)
    off_ladder = emphasis.descend(raw) if _either(choices, base, "ladder") else None
    found = dataclasses.replace(choices, prompt=raw if off_ladder is None else off_ladder)
    if style is not None and style != (_either(choices, base, "style") or ""):
        found = dataclasses.replace(found, style=style)
    if _prompt(found, base, Tab()) == prompt:
        return found
    return dataclasses.replace(choices, prompt=prompt, prompt_format=prompt_format.PLAIN, style="", ladder=False)


def _size(choices: Choices, base: Preset, tab: Tab) -> size.Size:
    if _leaves(choices, "size"):
        return size.Size(tab.width, tab.height)
    ratio = choices.ratio if choices.ratio is not None or choices.size else base.ratio
    if ratio is not None:
        return size.from_ratio(ratio, _either(choices, base, "size_rule") or size.RULES[0])
    return choices.size or base.size or size.Size(tab.width, tab.height)


def _cfg(choices: Choices, base: Preset, tab: Tab, recommended: cfg_scale.Recommendation) -> float:
    if not _decides_cfg(choices, base):
        return tab.cfg
    if choices.cfg is not None:
        return choices.cfg
    factor = _either(choices, base, "cfg_factor") or 1.0
    return min(cfg_scale.HIGHEST, round(recommended.cfg * factor, 4))


def _decides_cfg(choices: Choices, base: Preset) -> bool:
    given = (choices.cfg, choices.cfg_factor, base.cfg, base.cfg_factor)
    return not _leaves(choices, "cfg") and any(each is not None for each in given)


def _pick(choices: Choices, base: Preset, tab: Tab, key: str) -> Any:
    if not _leaves(choices, key):
        for source in (choices, base):
            if getattr(source, key) is not None:
                return getattr(source, key)
    return getattr(tab, key)


def _sets(choices: Choices, base: Preset, words: str) -> frozenset[str]:
    def decided(key: str) -> bool:
        if key == "negative":
            return bool(words)
        if key == "cfg":
            return _decides_cfg(choices, base)
        if key == "size" and (choices.ratio is not None or base.ratio is not None):
            return True
        return getattr(choices, key) is not None or getattr(base, key) is not None

    return frozenset(key for key in options.leavable() if decided(key) and not _leaves(choices, key))


def _hints(plan: Plan) -> tuple[str, ...]:
    base = plan.base
    return (
        *(_weight_hints(plan) if plan.choices.words or base.words else ()),
        *(() if _is_of_its_own(plan, base) else size.hints(plan.size)),
        cfg_hint(plan),
        *(
            f"Meant for use with the {need}."
            for need in requirements.needs(base)
            if need.kind == "VAE" or need.name in plan.embeddings
        ),
        *base.hints,
    )


def _weight_hints(plan: Plan) -> list[str]:
    return [*cfg_scale.hints(plan.strength.w), *_written(plan.strength, plan.notation)]


def _is_of_its_own(plan: Plan, base: Preset) -> bool:
    """Whether a preset recommends this size for a model the research's tables on area and ratio do not speak of.

    Those are about models of the NAI family, whose CFG scale grows with the area.
    """
    return plan.size in base.sizes and (base.cfg is None or base.cfg.rule == "constant")


def _written(strength: emphasis.Strength, notation: str) -> list[str]:
    written = emphasis.written_w(strength, notation)
    if abs(written / strength.w - 1) < 0.002:
        return []
    count = abs(emphasis.bracket_count(strength, notation))
    return [f"W {validate.decimal(strength.w)} is written as {count} brackets, which is W {written:.3g}."]


def cfg_hint(plan: Plan) -> str:
    """The CFG scale with its recommendation, range, source and the formula's value."""
    if "cfg" not in plan.sets and not (plan.choices.words or plan.base.words):
        return f"CFG scale {plan.cfg:g}: not set by the preset."
    known = plan.recommended
    span = f"published range {known.range[0]:g} to {known.range[1]:g}" if known.range else "no published range"
    unscaled = " (not scaled)" if known.scaled else ""
    formula = "" if known.formula == known.cfg else f"; the formula gives {known.formula:g}"
    chosen = "" if plan.cfg == known.cfg else f"recommended {known.cfg:g}, "
    return f"CFG scale {plan.cfg:g}: {chosen}{known.source}, {span}{unscaled}{formula}."


def _warnings(plan: Plan) -> tuple[str, ...]:
    base = plan.base
    found = [*_read_otherwise(plan)]
    found += [*(() if plan.size in base.sizes else size.warnings(plan.size)), *cfg_scale.warnings(plan.cfg)]
    if plan.choices.strength and not (plan.choices.words or base.words):
        found.append(f"W has no effect: there are no negative words (the preset {plan.preset} has none).")
    if plan.notation == "novelai":
        found.append("This is NovelAI's notation: other programs read these brackets as a different weight.")
    elif (factor := _reach(plan)) != 1:
        found.append(
            "A bracket left open in the typed negative prompt also applies to the words: "
            f"their weight is {plan.strength.w * factor:.3g}, not {validate.decimal(plan.strength.w)}; close it."
        )
    if plan.tab.hires:
        found.append("Hires fix is on: the research made all its pictures without it.")
    return tuple(found)


def _read_otherwise(plan: Plan) -> list[str]:
    """What was typed and is not, or may not be, what it looks like: in our words, and in the texts kept as typed."""
    base, tab = plan.base, plan.tab
    words = plan.choices.words or base.words
    found = [*(word_list.notes(words) if "negative" in plan.sets else ()), *word_list.notes(plan.choices.embeddings)]
    typed = plan.choices.prompt if plan.choices.prompt is not None else tab.prompt or base.prompt or ""
    if _either(plan.choices, base, "ladder") and emphasis.descend(typed) is None:
        found += word_list.divide(typed, "prompt").notes
    texts = (
        ("prompt", plan.prompt),
        ("negative prompt", "" if plan.negative_prompt == plan.words else tab.negative_prompt),
    )
    return found + [note for where, text in texts for note in syntax.unseen(text, where)]


def _reach(plan: Plan) -> float:
    """By what a bracket that is left open multiplies the weight of our words behind it, 1 without one.

    What was typed is before them, or nothing of it acts on them: an open bracket reaches on to the end alone.
    """
    if "negative" not in plan.sets or not plan.negative_prompt.endswith(f", {plan.words}"):
        return 1.0
    try:
        (*_, (_, inside)), (*_, (_, alone)) = map(attention.parse, (plan.negative_prompt, plan.words))
    except PureNegativeError:
        return 1.0  # a typed weight at which the WebUI itself stops with an error
    return round(inside / alone, 6)
