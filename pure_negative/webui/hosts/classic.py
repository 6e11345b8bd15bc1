"""Forge Classic (Haoming02/sd-webui-forge-classic, branch classic, 1f95d717): what it does otherwise than reForge.

It comes from a WebUI before schedule types, in which the end of a sampler's name is one: `DPM++ 2M Karras`. A name that
could end so and does not is the WebUI's schedule type Uniform.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType, SimpleNamespace
from typing import Any

from pure_negative.io import validate
from pure_negative.rules import schedule_type
from pure_negative.rules.schedule_type import AUTOMATIC
from pure_negative.webui.hosts import cfg_scales
from pure_negative.webui.hosts.reforge import Reforge

_PLAIN = "Uniform"
_SCHEDULES = (AUTOMATIC, _PLAIN, "Karras", "Exponential")


class Classic(Reforge):
    """Forge Classic; like the WebUI it shows itself on gradio 3.41."""

    title = "Forge Classic"
    tab_ids: Mapping[str, str] = MappingProxyType({"scheduler": ""})

    def version(self) -> str:
        """It says no other than its name."""
        return ""

    def unlike(self) -> str:
        """Its check of the setting Ignore negative prompt during early steps takes 0 for the first step."""
        return (
            "Forge Classic makes the first step of every picture without the negative prompt, so pictures differ from "
            "the WebUI's a little, most with few steps."
        )

    def schedules(self) -> Sequence[Any]:
        """Those that its samplers' names can say."""
        return [SimpleNamespace(label=label, name=label.lower(), aliases=[]) for label in _SCHEDULES]

    def sampling(self, sampler: str, _schedule: str | None) -> tuple[str, str]:
        """What a sampler's name says, in the WebUI's two."""
        alone, schedule = schedule_type.split(sampler, AUTOMATIC)
        plain = sampler == alone and f"{alone} {schedule_type.resolve(alone, AUTOMATIC)}" in self._names()
        return alone, _PLAIN if plain else schedule

    def sample(self, p: Any, sampler: str | None, schedule: str | None) -> None:
        """By the one name that says both.

        Raises:
            PureNegativeError: no sampler has that schedule type here.
        """
        alone, given = self.sampling(p.sampler_name, None) if sampler is None else (sampler, AUTOMATIC)
        alone, wanted = schedule_type.split(alone, schedule or given)
        ending = schedule_type.resolve(alone, wanted)
        name = alone if ending == _PLAIN else f"{alone} {ending}"
        if name not in self._names() and wanted != AUTOMATIC:
            known = [each for each in _SCHEDULES[1:] if f"{alone} {each}" in self._names()]
            allowed = f"{AUTOMATIC}, or of {alone} one of {', '.join((_PLAIN, *known))}"
            raise validate.refuse("Pure negative: scheduler", wanted, allowed)
        p.sampler_name = name if name in self._names() else alone

    def spread_hires(self, p: Any, of: cfg_scales.Scales, wanted: Sequence[float | None]) -> None:
        """As reForge; and the texts for the hires pass are each picture's own, where the run writes one for all."""
        super().spread_hires(p, of, wanted)
        for key, texts, hires in (
            ("Hires prompt", p.prompt, p.hr_prompt),
            ("Hires negative prompt", p.negative_prompt, p.hr_negative_prompt),
        ):
            typed = hires if isinstance(hires, list) else [hires] * len(texts)
            pairs = zip(texts, typed, strict=True)
            of.texts[key] = [own if own and own != text else None for text, own in pairs]

    def _names(self) -> set[str]:
        return {each.name for each in self.samplers()}

    def tab_values(self, found: Mapping[str, Any]) -> Mapping[str, Any]:
        """The tab's sampler says the schedule type too."""
        name = found.get("sampler")
        if not name:
            return {**found, "scheduler": None}
        sampler, schedule = self.sampling(name, None)
        return {**found, "sampler": sampler, "scheduler": schedule}

    def alone(self, sampler: str) -> bool:
        """As reForge, by the name without the schedule type."""
        return super().alone(schedule_type.split(sampler, AUTOMATIC)[0])
