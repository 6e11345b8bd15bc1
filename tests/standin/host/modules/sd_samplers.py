"""Samplers, and what becomes of a name that is none."""

from typing import NamedTuple

from modules import sd_schedulers, shared


class _Sampler(NamedTuple):
    """A sampler users can choose."""

    name: str
    constructor: object
    aliases: list
    options: dict


all_samplers = [
    _Sampler("DPM++ 2M", None, ["k_dpmpp_2m"], {"scheduler": "karras"}),
    _Sampler("Euler a", None, ["k_euler_a", "k_euler_ancestral"], {}),
    _Sampler("Euler", None, ["k_euler"], {}),
    _Sampler("DPM adaptive", None, ["k_dpm_ad"], {}),
    _Sampler("DDIM", None, ["ddim"], {}),
]
all_samplers_map = {each.name: each for each in all_samplers}
samplers = all_samplers


def visible_samplers():
    """Those that the settings don't hide."""
    return [each for each in samplers if each.name not in shared.opts.hide_samplers]


def visible_sampler_names():
    return [each.name for each in visible_samplers()]


def get_sampler_and_scheduler(sampler_name, scheduler_name, *, convert_automatic=True):
    """The names to use: a schedule type at the sampler's end counts; an unknown name becomes the first, silently."""
    name = sampler_name or samplers[0].name
    schedule = sd_schedulers.schedulers_map.get(scheduler_name, sd_schedulers.schedulers[0])
    for each in sd_schedulers.schedulers:
        for ending in (each.label, each.name, *(each.aliases or [])):
            if name.endswith(f" {ending}"):
                schedule, name = each, name[: -len(ending) - 1]
                break
    sampler = all_samplers_map.get(name, samplers[0])
    if convert_automatic and sampler.options.get("scheduler") == schedule.name:
        schedule = sd_schedulers.schedulers[0]
    return sampler.name, schedule.label


def fix_p_invalid_sampler_and_scheduler(p):
    """Put usable names on a run."""
    p.sampler_name, p.scheduler = get_sampler_and_scheduler(p.sampler_name, p.scheduler, convert_automatic=False)


def get_sampler_from_infotext(d):
    return get_sampler_and_scheduler(d.get("Sampler"), d.get("Schedule type"))[0]


def get_scheduler_from_infotext(d):
    return get_sampler_and_scheduler(d.get("Sampler"), d.get("Schedule type"))[1]
