"""The yield run in the WebUI's Script list: one plan over many seeds, to be judged on a page of its own.

The WebUI loads this file while its user waits; what the script does is imported when it does it.
"""

from __future__ import annotations

from typing import Any

from modules import scripts

from pure_negative.webui import names
from pure_negative.webui.core import parts


class PureNegativeYield(scripts.Script):  # type: ignore[misc]
    """What the WebUI loads; it holds no state."""

    def title(self) -> str:
        """The name in the Script list, in the API and in infotexts."""
        return names.YIELD

    def show(self, is_img2img: bool) -> bool:
        """In txt2img alone."""
        return not is_img2img and parts.offered(names.YIELD)

    def ui(self, _: bool) -> list[Any]:
        """The controls; the panel behind the tick holds everything but seeds and, with a level, steps."""
        return parts.built(names.YIELD, self._controls)

    def _controls(self) -> list[Any]:
        from pure_negative.webui.yields import controls as yield_controls

        controls = yield_controls.build()
        for control in controls:
            control.do_not_save_to_config = True
        return controls

    def run(self, p: Any, *args: Any) -> Any:
        """Make the pictures; None for the gallery's upscale button: the WebUI's ordinary run of the chosen one."""
        if getattr(p, "txt2img_upscale", False):
            from pure_negative.webui.core import upscale

            return upscale.prepare(p, names.YIELD)
        from pure_negative.webui.core import refusal
        from pure_negative.webui.yields import run as yield_run

        return refusal.answered(p, lambda: yield_run.start(p, args))
