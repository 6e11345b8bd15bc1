"""Pages of one document: the styles they share, and what a browser may run of them."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path


def style(own: Path) -> str:
    """The style of a page: colours in light and dark, type and focus as everywhere, then what its own file says."""
    shared = Path(__file__).with_suffix(".css")
    return "".join(path.read_text(encoding="utf-8") for path in (shared, own))


def allowed(text: str) -> str:
    """A source expression for one inline style or script."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def policy(style: str, script: str, *more: str) -> str:
    """The content security policy of a page with one style and one script, and the directives it needs beside them."""
    own = (f"style-src {allowed(style)}", f"script-src {allowed(script)}", "base-uri 'none'", "form-action 'none'")
    return "; ".join(("default-src 'none'", *more, *own))
