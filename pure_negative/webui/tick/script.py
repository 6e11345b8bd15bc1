"""The always-on script of txt2img: when enabled, it applies the plan to the run.

The WebUI loads this file while its user waits; what the script does is imported when it does it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from modules import scripts

from pure_negative.errors import PureNegativeError
from pure_negative.webui import names
from pure_negative.webui.core import parts, refusal

if TYPE_CHECKING:
    from pure_negative.webui.tick.page import Page

PANEL = "The panel in txt2img"


class PureNegative(scripts.Script):  # type: ignore[misc]
    """What the WebUI loads; it holds no state but the tab's controls it was shown while the page was built."""

    section = "accordions"
    create_group = False
    lost: tuple[str, ...] = ()
    """What could not be registered beside it, in words."""

    def __init__(self) -> None:
        self.infotext_fields: list[Any] | None = None
        self.page: Page | None = None
        self.heard: dict[str, Callable[[Any], None]] = {}
        parts.tried(parts.CONNECTION, self._watch)

    def _watch(self) -> None:
        from pure_negative.webui.tick import page as tick_page

        self.page = tick_page.Page()
        self.page.watch(getattr(self, "on_after_component", None) or self.hear)

    def hear(self, callback: Callable[[Any], None], elem_id: str) -> None:
        """Have it called with the control of that id, where the WebUI has no function of its own for it."""
        self.heard[elem_id] = callback

    def after_component(self, component: Any, **told: Any) -> None:
        """One of the page's controls was made."""
        if callback := self.heard.get(told.get("elem_id") or ""):
            callback(SimpleNamespace(component=component))

    def title(self) -> str:
        """The name users, the API and saved settings know the script by."""
        return names.TITLE

    def show(self, is_img2img: bool) -> Any:
        """Always there, in txt2img alone; what is raised here would end the WebUI's start."""
        try:
            return False if is_img2img else scripts.AlwaysVisible
        except AttributeError as error:
            parts.said(names.TITLE, error)
            return False

    def ui(self, _: bool) -> list[Any]:
        """The accordion; where there can be none, what is wrong, and the tick for the API alone."""
        try:
            return self._panel()
        except Exception as error:
            from pure_negative.webui.tick import bare

            return bare.build(parts.said(PANEL, error))

    def _panel(self) -> list[Any]:
        """Called again for the API with throw-away components, so only the first is connected."""
        from pure_negative.planning import infotext
        from pure_negative.webui.core import paste
        from pure_negative.webui.tick import page as tick_page

        shown = tick_page.build(names.TITLE, (*self.lost, *parts.unloadable()))
        if self.infotext_fields is None:
            self.infotext_fields = paste.fields(shown.tick, shown.panel)
            self.paste_field_names = [infotext.FIELD]
            if self.page:
                self.page.show(shown)
        return shown.ordered()

    def setup(self, p: Any, *args: Any) -> None:
        """Take note, from here on, of what other scripts set on a run of ours; `before_process` says what is wrong."""
        from pure_negative.webui.tick import run as tick_run

        with contextlib.suppress(PureNegativeError):
            tick_run.prepare(p, args)

    def before_process(self, p: Any, *args: Any) -> None:
        """Put the plan on the run; what can't be done stops it and says so."""
        try:
            from pure_negative.webui.tick import run as tick_run

            tick_run.start(p, args)
        except PureNegativeError as error:
            refusal.refuse(p, str(error))
        except Exception as error:
            from modules import errors

            errors.report("Pure negative could not prepare this run", exc_info=True)
            refusal.refuse(p, f"internal error, please report it: {type(error).__name__}: {error}")

    def postprocess(self, p: Any, processed: Any, *_: Any) -> None:
        """Have the lines in the API's answer too; show no parameters of a run that made nothing."""
        from pure_negative.webui.hosts import detect
        from pure_negative.webui.xyz import other_scripts

        detect.current().show_comments(p, processed)
        other_scripts.end(p, processed)
        if getattr(p, names.ENDED, False):
            processed.info = ""
