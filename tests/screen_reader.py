"""What a screen reader is told of a page's controls: Chromium's own accessibility tree."""

from __future__ import annotations

import time
from typing import Any

from selenium.common.exceptions import WebDriverException

CONTROLS = "input, textarea, select, button, [role=button], summary"


def nameless(browser: Any, within: str) -> list[str]:
    """The controls in a part of the page that are said without a name, as their HTML."""
    return [told[0] for told in _told(browser, f":is({within}) :is({CONTROLS})") if not told[1]]


def said(browser: Any, css: str) -> list[str]:
    """The names of the elements that this selects."""
    return [name for _, name in _told(browser, css)]


def _told(browser: Any, css: str, tries: int = 20) -> list[tuple[str, str]]:
    """The HTML and the name of each element that the accessibility tree has, in the page's order.

    It is asked again where the page has drawn some of them anew meanwhile.
    """
    for left in reversed(range(tries)):
        try:
            return _read(browser, css)
        except WebDriverException:
            if not left:
                raise
            time.sleep(0.5)
    return []


def _read(browser: Any, css: str) -> list[tuple[str, str]]:
    root = browser.execute_cdp_cmd("DOM.getDocument", {"depth": 0})["root"]["nodeId"]
    found = browser.execute_cdp_cmd("DOM.querySelectorAll", {"nodeId": root, "selector": css})["nodeIds"]
    return [told for node in found if (told := _of(browser, node))]


def _of(browser: Any, node: int) -> tuple[str, str] | None:
    asked = {"nodeId": node, "fetchRelatives": False}
    (told,) = browser.execute_cdp_cmd("Accessibility.getPartialAXTree", asked)["nodes"][:1]
    if told.get("ignored"):
        return None
    html = browser.execute_cdp_cmd("DOM.getOuterHTML", {"nodeId": node})["outerHTML"]
    return html[:200], str(told.get("name", {}).get("value", "")).strip()
