"""The panel's accordion in the txt2img tab, and its events that read and fill the tab's controls."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import gradio as gr
from modules import scripts
from modules.ui_components import InputAccordion

from pure_negative.panel import controls, events, preset_box
from pure_negative.planning import plan
from pure_negative.webui.core import gallery, page_values, parts, paste, settings
from pure_negative.webui.core.host import WebuiHost
from pure_negative.webui.hosts import detect
from pure_negative.webui.sheet import forecast as sheet_forecast
from pure_negative.webui.sheet import saved as sheet_saved

OVERRIDES = "override_settings"
"""The name of the tab's list of settings for this run alone."""
TAB_IDS = {
    "prompt": "txt2img_prompt",
    "negative_prompt": "txt2img_neg_prompt",
    "width": "txt2img_width",
    "height": "txt2img_height",
    "cfg": "txt2img_cfg_scale",
    "steps": "txt2img_steps",
    "sampler": "txt2img_sampling",
    "scheduler": "txt2img_scheduler",
    "hires": "txt2img_hr-checkbox",
    gallery.INFO: "generation_info_txt2img",
    OVERRIDES: "txt2img_override_settings",
}
"""The DOM ids of the tab's own controls, by their names in `plan.Tab` where they have one."""


def ids() -> dict[str, str]:
    """The DOM ids of those that this WebUI has."""
    found = {**TAB_IDS, **detect.current().tab_ids}
    return {name: elem_id for name, elem_id in found.items() if elem_id}


@dataclasses.dataclass(frozen=True)
class Shown:
    """What was built on the page and waits for the rest of the tab."""

    panel: controls.Controls
    box: preset_box.Box
    taking: gallery.Taking
    tick: Any
    absent: Mapping[str, Any]
    """Stands for those of the tab's controls that this WebUI has not."""

    def ordered(self) -> list[Any]:
        """The script's controls, in the order of its arguments."""
        return [self.tick, *self.panel.ordered()]


@dataclasses.dataclass
class Page:
    """The tab's own controls that were seen while the page was built, and the panel that waits for them."""

    tab: dict[str, Any] = dataclasses.field(default_factory=dict)
    waiting: Shown | None = None
    lost: str = ""

    def watch(self, after_component: Callable[..., None]) -> None:
        """Ask to be told of the tab's controls, by the WebUI's own function for it."""
        for name, elem_id in ids().items():
            after_component(lambda made, name=name: self.hear(name, made.component), elem_id=elem_id)

    def hear(self, name: str, component: Any) -> None:
        """As `found`; what this WebUI lacks for it is told once."""
        if not self.lost:
            self.lost = parts.tried(parts.CONNECTION, lambda: self.found(name, component))

    def found(self, name: str, component: Any) -> None:
        """One of the tab's own controls was made."""
        if name in paste.TYPED and name not in self.tab:
            scripts.scripts_txt2img.infotext_fields.append((component, paste.TYPED[name]))
        self.tab.setdefault(name, component)
        self.connect()

    def show(self, shown: Shown) -> None:
        """The panel was made."""
        self.waiting = shown
        for name, component in shown.absent.items():
            self.tab.setdefault(name, component)
        self.connect()

    def connect(self) -> None:
        """Wire the panel once both it and the whole tab are there."""
        if self.waiting and len(self.tab) == len(TAB_IDS):
            shown, self.waiting = self.waiting, None
            tab = [self.tab[name] for name in events.TAB]
            overrides = [self.tab[OVERRIDES]]
            events.wire(shown.panel, WebuiHost(), tab, live=False, planner=planned, beside=overrides)
            preset_box.wire(shown.box, shown.panel, WebuiHost())
            for forecast in forecasts():
                sheet_forecast.wire(forecast, [*shown.panel.ordered(), *tab, *overrides])
            for box in saved_boxes():
                sheet_saved.wire(box, shown.ordered(), shown.panel.brackets, shown.panel.listing)
            gallery.wire(shown.taking, self.tab[gallery.INFO], [*shown.ordered(), shown.panel.brackets])


def build(title: str, lost: Sequence[str] = ()) -> Shown:
    """The accordion and everything in it; on top the parts of the extension that this WebUI can't use."""
    with InputAccordion(False, label=title, elem_id=controls.elem_id("tick")) as tick:
        if lost:
            gr.HTML(preset_box.told(*lost, kind="warning"), elem_id=controls.elem_id("lost"))
        panel = controls.build(WebuiHost(), settings.preset())
        box = preset_box.build()
        taking = gallery.build()
        absent = {name: gr.Textbox(visible=False) for name in TAB_IDS if name not in ids()}
    for block in (tick, *_all(tick.accordion)):
        block.do_not_save_to_config = True
    return Shown(panel, box, taking, tick, absent)


def planned(arguments: Sequence[Any]) -> plan.Plan:
    """What a run of the page's values would be, by the settings it would find: the last are the tab's own for it."""
    return plan.make(*page_values.read(arguments))


def _all(block: Any) -> Iterator[Any]:
    """A block of the page and everything in it."""
    yield block
    for child in getattr(block, "children", ()):
        yield from _all(child)


def saved_boxes() -> list[sheet_saved.Box]:
    """What the sheet script, if it is there, shows of the grids that are kept."""
    found = (getattr(script, "saved", None) for script in scripts.scripts_txt2img.selectable_scripts)
    return [box for box in found if box is not None]


def forecasts() -> list[sheet_forecast.Forecast]:
    """What the sheet script, if it is there, shows of itself on this page."""
    found = (getattr(script, "forecast", None) for script in scripts.scripts_txt2img.selectable_scripts)
    return [forecast for forecast in found if forecast is not None]
