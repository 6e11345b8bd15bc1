"""The sheet in the WebUI's Script list.

The WebUI loads this file while its user waits; what the script does is imported when it does it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modules import scripts

from pure_negative.webui import names
from pure_negative.webui.core import parts

if TYPE_CHECKING:
    from pure_negative.webui.sheet.forecast import Forecast
    from pure_negative.webui.sheet.saved import Box


class PureNegativeSheet(scripts.Script):  # type: ignore[misc]
    """What the WebUI loads; it holds no state but what of it is on the page."""

    forecast: Forecast | None = None
    saved: Box | None = None

    def title(self) -> str:
        """The name in the Script list, in the API and in infotexts."""
        return names.SHEET

    def show(self, is_img2img: bool) -> bool:
        """In txt2img alone."""
        return not is_img2img and parts.offered(names.SHEET)

    def ui(self, _: bool) -> list[Any]:
        """The controls; the panel behind the tick holds everything that no axis changes."""
        return parts.built(names.SHEET, self._controls)

    def _controls(self) -> list[Any]:
        from pure_negative.webui.sheet import controls as sheet_controls
        from pure_negative.webui.sheet import forecast as sheet_forecast
        from pure_negative.webui.sheet import paste as sheet_paste
        from pure_negative.webui.sheet import saved as sheet_saved

        controls = sheet_controls.build()
        forecast, box = sheet_forecast.build(controls), sheet_saved.build(controls)
        for control in (*controls, forecast.button):
            control.do_not_save_to_config = True
        if self.forecast is None:
            self.infotext_fields, self.forecast, self.saved = sheet_paste.fields(controls), forecast, box
        return controls

    def run(self, p: Any, *args: Any) -> Any:
        """Make the sheet; None for the gallery's upscale button: the WebUI's ordinary run of the chosen one."""
        if getattr(p, "txt2img_upscale", False):
            from pure_negative.webui.core import upscale

            return upscale.prepare(p, names.SHEET)
        from pure_negative.webui.core import refusal
        from pure_negative.webui.sheet import run as sheet_run

        return refusal.answered(p, lambda: sheet_run.start(p, args))
