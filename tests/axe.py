"""What axe-core finds on a page: `PURE_NEGATIVE_AXE` names its file, as `npm pack axe-core` brings it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

VARIABLE = "PURE_NEGATIVE_AXE"
_RUN = """
const [context, done] = [arguments[0], arguments[1]];
axe.run(context || document, {resultTypes: ["violations"]}).then(found => done(found.violations.flatMap(rule =>
    rule.nodes.map(node => [rule.id, node.impact || rule.impact, node.target.flat().join(" "), node.failureSummary]))),
    error => done([["axe", "critical", "", String(error)]]));
"""
GRAVE = ("serious", "critical")


def findings(browser: Any, within: str = "", theirs: tuple[str, ...] = ()) -> list[str]:
    """The serious and critical findings in a part of the page, but for those in elements that are not ours.

    Args:
        within: what to look at; empty for the whole page.
        theirs: what marks an element, in the path that axe gives, as the host's own.
    """
    file = os.environ.get(VARIABLE, "")
    if not Path(file).is_file():
        pytest.skip(f"AXE SKIPPED: {VARIABLE} names no axe.min.js (npm pack axe-core)")
    browser.execute_script(Path(file).read_text(encoding="utf-8"))
    browser.set_script_timeout(120)
    found = browser.execute_async_script(_RUN, within)
    grave = [each for each in found if each[1] in GRAVE]
    return [f"{rule}: {target}: {why}" for rule, _, target, why in grave if not any(part in target for part in theirs)]
