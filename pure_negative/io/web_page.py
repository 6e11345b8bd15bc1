"""Pages of one document: the styles they share, how one is written, and what a browser may run of it."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path


def write(own: Path, *sources: str, **values: object) -> str:
    """The page whose template, style and script lie beside a file, under its name: `.html`, `.css`, `.js`.

    Args:
        own: that file; its style comes after the one that all pages share.
        sources: what else of the content security policy the page needs, like `img-src 'self'`.
        values: what the template (Jinja2) shows; all of it is escaped there.
    """
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    template, script, style = (own.with_suffix(kind).read_text(encoding="utf-8") for kind in (".html", ".js", ".css"))
    style = Path(__file__).with_suffix(".css").read_text(encoding="utf-8") + style
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    return environment.from_string(template).render(
        policy=policy(style, script, *sources), style=Markup(style), script=Markup(script), **values
    )


def allowed(text: str) -> str:
    """A source expression for one inline style or script."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def policy(style: str, script: str, *more: str) -> str:
    """The content security policy of a page with one style and one script, and the directives it needs beside them."""
    own = (f"style-src {allowed(style)}", f"script-src {allowed(script)}", "base-uri 'none'", "form-action 'none'")
    return "; ".join(("default-src 'none'", *more, *own))
