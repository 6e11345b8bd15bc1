"""What a browser may run of a page written here: the styles and scripts in it, by their hashes, and nothing else."""

from __future__ import annotations

import base64
import hashlib


def allowed(text: str) -> str:
    """A source expression for one inline style or script."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def page(style: str, script: str, *more: str) -> str:
    """The policy of a page with one style and one script, and the directives it needs beside them."""
    own = (f"style-src {allowed(style)}", f"script-src {allowed(script)}", "base-uri 'none'", "form-action 'none'")
    return "; ".join(("default-src 'none'", *more, *own))
