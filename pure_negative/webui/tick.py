"""The tick: an always-on script in txt2img that makes a run a pure negative prompt's."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

from modules import errors, scripts
from modules.ui_components import InputAccordion

from pure_negative import infotext, plan
from pure_negative.choices import Choices
from pure_negative.errors import PureNegativeError
from pure_negative.panel import controls, events, share, values
from pure_negative.webui import apply, axes, gallery, paste, refusal, settings, sheet_forecast
from pure_negative.webui.host import WebuiHost

TITLE = "Pure negative"
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
}
"""The DOM ids of the tab's own controls, by their names in `plan.Tab`."""


@dataclasses.dataclass(frozen=True)
class Shown:
    """What was built on the page and waits for the rest of the tab."""

    panel: controls.Controls
    box: share.Box
    taking: gallery.Taking
    tick: Any


class PureNegative(scripts.Script):  # type: ignore[misc]
    """What the WebUI loads; it holds no state but the tab's controls it was shown while the page was built."""

    section = "accordions"
    create_group = False

    def __init__(self) -> None:
        self.infotext_fields: list[Any] | None = None
        self.tab: dict[str, Any] = {}
        self.waiting: Shown | None = None
        for name, elem_id in TAB_IDS.items():
            self.on_after_component(lambda found, name=name: self.found(name, found.component), elem_id=elem_id)

    def title(self) -> str:
        """The name users, the API and saved settings know the script by."""
        return TITLE

    def show(self, is_img2img: bool) -> Any:
        """Always there, in txt2img alone."""
        return False if is_img2img else scripts.AlwaysVisible

    def ui(self, _: bool) -> list[Any]:
        """The accordion; called again for the API with throw-away components, so only the first is connected."""
        host = WebuiHost()
        with InputAccordion(False, label=TITLE, elem_id=controls.elem_id("tick")) as tick:
            panel = controls.build(host, settings.preset())
            box = share.build()
            taking = gallery.build()
        usual = settings.filled(Choices())
        for name in ("join", "size_rule"):
            if meaning := getattr(usual, name):
                panel.inputs[name].label = controls.pick_label(name, meaning)
        for block in (tick, *_all(tick.accordion)):
            block.do_not_save_to_config = True
        if self.infotext_fields is None:
            self.infotext_fields = paste.fields(tick, panel)
            self.paste_field_names = [infotext.FIELD]
            self.waiting = Shown(panel, box, taking, tick)
            self.connect()
        return [tick, *panel.ordered()]

    def found(self, name: str, component: Any) -> None:
        """One of the tab's own controls was made."""
        self.tab.setdefault(name, component)
        self.connect()

    def connect(self) -> None:
        """Wire the panel once both it and the whole tab are there."""
        if self.waiting and len(self.tab) == len(TAB_IDS):
            shown, self.waiting = self.waiting, None
            tab = [self.tab[name] for name in events.TAB]
            events.wire(shown.panel, WebuiHost(), tab, live=False, planner=planned)
            share.wire(shown.box, shown.panel)
            for forecast in forecasts():
                sheet_forecast.wire(forecast, shown.panel.ordered(), tab)
            gallery.wire(
                shown.taking, self.tab[gallery.INFO], [shown.tick, *shown.panel.ordered(), shown.panel.brackets]
            )

    def before_process(self, p: Any, *args: Any) -> None:
        """Put the plan on the run; what can't be done stops it and says so."""
        try:
            chosen = choices_of(p, args)
            if chosen is not None:
                warn(p, apply.apply(p, chosen))
        except PureNegativeError as error:
            refusal.refuse(p, str(error))
        except Exception as error:
            errors.report("Pure negative could not set this run up", exc_info=True)
            refusal.refuse(p, f"an error of the extension itself, please report it: {type(error).__name__}: {error}")


def choices_of(p: Any, args: tuple[Any, ...]) -> Choices | None:
    """This run's choices: the arguments', with an X/Y/Z cell's values over them; None for a run that is not ours."""
    if getattr(p, axes.OWN_RUN, False):
        return None
    cell = getattr(p, axes.ATTRIBUTE, None)
    if cell:
        return axes.applied(ticked(args), cell)
    chosen = values.read(args, settings.preset())
    return None if chosen is None else settings.filled(chosen)


def ticked(args: tuple[Any, ...]) -> Choices:
    """The choices in the arguments whether the tick is on or not: an axis of ours means that it is."""
    return settings.filled(values.read(args, settings.preset(), ticked=True) or Choices())


def planned(arguments: Sequence[Any]) -> plan.Plan:
    """What a run of the page's values would be, by the settings it would find."""
    from modules import shared

    chosen, tab = events.read(arguments)
    clip_skip, emphasis = int(shared.opts.CLIP_stop_at_last_layers), str(shared.opts.emphasis)
    return plan.make(settings.filled(chosen), dataclasses.replace(tab, clip_skip=clip_skip, emphasis=emphasis))


def _all(block: Any) -> Iterator[Any]:
    """A block of the page and everything in it."""
    yield block
    for child in getattr(block, "children", ()):
        yield from _all(child)


def forecasts() -> list[sheet_forecast.Forecast]:
    """What the sheet script, if it is there, shows of itself on this page."""
    found = (getattr(script, "forecast", None) for script in scripts.scripts_txt2img.selectable_scripts)
    return [forecast for forecast in found if forecast is not None]


def loaded(p: Any) -> list[Any]:
    """Our script among those that run with `p`."""
    return [script for script in p.scripts.alwayson_scripts if isinstance(script, PureNegative)]


def warn(p: Any, plans: list[Any]) -> None:
    """Warnings go under the gallery, each once."""
    for text in [*plans[0].warnings, *WebuiHost().disabling()]:
        p.comment(f"{TITLE}: {text}")
