"""The WebUI this process is."""

from __future__ import annotations

import sys

from pure_negative.webui.hosts.base import Webui


def current() -> Webui:
    """By the packages that the running program has imported by the time it loads extensions.

    The relatives bring `modules_forge`; their model code is `backend` in Forge and Forge Neo, which has presets of its
    own for kinds of models, and `ldm_patched` in reForge and in Forge Classic, which has no schedule types. SD.Next
    keeps its scripts in a module of another name than the WebUI's, which is there for extensions alone.
    """
    if "modules.scripts_manager" in sys.modules:
        from pure_negative.webui.hosts.sdnext import SdNext

        return SdNext()
    if "modules_forge" not in sys.modules:
        return Webui()
    if "ldm_patched" in sys.modules:
        if "modules.sd_schedulers" not in sys.modules:
            from pure_negative.webui.hosts.classic import Classic

            return Classic()
        from pure_negative.webui.hosts.reforge import Reforge

        return Reforge()
    if "modules_forge.presets" in sys.modules:
        from pure_negative.webui.hosts.neo import Neo

        return Neo()
    from pure_negative.webui.hosts.forge import Forge

    return Forge()
