"""A plan onto the WebUI's processing object, in `before_process`, where all of it still holds (contract §2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pure_negative import options
from pure_negative.errors import PureNegativeError
from pure_negative.io import validate
from pure_negative.planning import infotext, plan
from pure_negative.planning.choices import Choices
from pure_negative.webui.core import samplers, vae
from pure_negative.webui.hosts import detect


def apply(p: Any, chosen: Choices, for_hires: Choices | None = None) -> list[plan.Plan]:
    """Set everything the plan decides on `p`, a list-valued prompt entry by entry; the plans made, one per prompt.

    A typed hires negative prompt is joined as `for_hires` says, if it is to be joined otherwise.

    Raises:
        PureNegativeError: the choices do not come to a plan; `p` is as it was.
    """
    plans = plans_of(p, chosen)
    several = isinstance(p.prompt, list) or isinstance(p.negative_prompt, list)
    first = plans[0]
    p.prompt = [made.prompt for made in plans] if several else first.prompt
    if "negative" in first.sets:
        p.negative_prompt = [made.negative_prompt for made in plans] if several else first.negative_prompt
        _hires_negative(p, for_hires or chosen)
    _size(p, first)
    _numbers(p, first)
    _settings(p, first)
    _record(p, first)
    return plans


def plans_of(p: Any, chosen: Choices) -> list[plan.Plan]:
    """What the run would be, `p` left as it is; raises as `apply` does."""
    pairs = _pairs(p.prompt, p.negative_prompt)
    plans = [plan.make(chosen, tab_of(p, prompt, negative)) for prompt, negative in pairs]
    samplers.check(plans[0])
    return plans


def _pairs(prompt: Any, negative: Any) -> list[tuple[str, str]]:
    """Each prompt with its negative prompt; the WebUI wants two lists of one length, and so do we."""
    counts = [len(text) for text in (prompt, negative) if isinstance(text, list)] or [1]
    prompts, negatives = (text if isinstance(text, list) else [text] * counts[0] for text in (prompt, negative))
    if not len(prompts) == len(negatives) > 0:
        raise PureNegativeError(
            f"{infotext.FIELD}: there are {len(prompts)} prompts and {len(negatives)} negative prompts; "
            "give the same number of both."
        )
    return [(one or "", other or "") for one, other in zip(prompts, negatives, strict=True)]


def tab_of(p: Any, prompt: str, negative_prompt: str) -> plan.Tab:
    """The tab's own controls as this run brings them."""
    sampler, scheduler = detect.current().sampling(p.sampler_name or plan.Tab.sampler, getattr(p, "scheduler", None))
    return plan.Tab(
        prompt=prompt,
        negative_prompt=negative_prompt,
        width=int(p.width),
        height=int(p.height),
        cfg=float(p.cfg_scale),
        steps=int(p.steps),
        sampler=sampler,
        scheduler=scheduler,
        hires=bool(getattr(p, "enable_hr", False)),
        **settings_in(p.override_settings),
    )


def settings_in(overrides: Mapping[str, Any]) -> dict[str, Any]:
    """The options that travel as settings, by their fields in `plan.Tab`: this run's own, else those of the WebUI."""
    from modules import shared

    said = {name: (each.setting, getattr(plan.Tab, name)) for name, each in options.settings().items()}
    return {
        name: type(usual)(overrides.get(key, getattr(shared.opts, key, usual))) for name, (key, usual) in said.items()
    }


def settings_of(made: Any) -> dict[str, Any]:
    """The settings that carry the options of a plan, a request or a tab, by the WebUI's names."""
    return {each.setting: getattr(made, name) for name, each in options.settings().items()}


def _hires_negative(p: Any, chosen: Choices) -> None:
    """A typed hires negative prompt is joined like the first; an empty one copies the first by itself."""
    typed = getattr(p, "hr_negative_prompt", None)

    def joined(text: str) -> str:
        return plan.make(chosen, tab_of(p, "", text)).negative_prompt

    if isinstance(typed, list):
        p.hr_negative_prompt = [joined(text) for text in typed]
    elif typed:
        p.hr_negative_prompt = joined(typed)


def _size(p: Any, made: plan.Plan) -> None:
    """The plan's size; the gallery's upscale button brings a picture, whose own size it is stretched from."""
    picture = getattr(p, "firstpass_image", None)
    if picture is not None:
        p.width, p.height = picture.size
    elif "size" in made.sets:
        p.width, p.height = made.size.width, made.size.height


def _numbers(p: Any, made: plan.Plan) -> None:
    if "cfg" in made.sets:
        p.cfg_scale = validate.tidy(made.cfg)
        detect.current().set_hires_cfg(p, made.cfg)
    if "steps" in made.sets:
        p.steps = made.steps
    chosen = (made.sampler if "sampler" in made.sets else None, made.scheduler if "scheduler" in made.sets else None)
    if any(chosen):
        detect.current().sample(p, *chosen)
    if made.choices.seed is not None:
        p.seed = made.choices.seed


def _settings(p: Any, made: plan.Plan) -> None:
    """Those that the plan decides as override settings: a new dict, because copies of `p` share the old one."""
    ours = {each.setting for name, each in options.settings().items() if _decided(made, name, each)}
    wanted = {key: value for key, value in settings_of(made).items() if key in ours}
    put = detect.current().put(p, wanted | vae.override(p, made))
    p.override_settings = {**p.override_settings, **stored(put)}


def _decided(made: plan.Plan, name: str, option: options.Option) -> bool:
    """Whether the user or the preset says it; what can't be left to the tab is no part of what the plan sets."""
    if option.leave:
        return option.leave in made.sets
    return any(getattr(source, name) is not None for source in (made.choices, made.base))


def stored(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings, each made one that the WebUI will restore: a fresh install keeps what is not stored (fact 3).

    One that this WebUI does not know has no default to be restored to, and would stay in its file of settings.
    """
    from modules import shared

    for key in settings.keys() & shared.opts.data_labels.keys():
        shared.opts.data.setdefault(key, shared.opts.get_default(key))
    return settings


def _record(p: Any, made: plan.Plan) -> None:
    """Our infotext field, in a new dict too; and what the WebUI loses where it cached the conds."""
    ours = {infotext.FIELD: infotext.pack(made)}
    p.extra_generation_params = {**p.extra_generation_params, **ours, **lost(made)}


def lost(made: Any) -> dict[str, Any]:
    """The emphasis under its infotext key: set while the WebUI encodes, it is lost where it cached the prompts."""
    return infotext.unusual(made, options.settings_alone())
