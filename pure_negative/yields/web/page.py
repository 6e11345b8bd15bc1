"""The judging page: one document with its style and script in it, nothing from elsewhere."""

from __future__ import annotations

from pathlib import Path

from pure_negative.io import web_page


def text() -> str:
    """The page."""
    own = Path(__file__)
    body, script = (own.with_suffix(kind).read_text(encoding="utf-8") for kind in (".html", ".js"))
    style = web_page.style(own.with_suffix(".css"))
    policy = web_page.policy(style, script, "img-src 'self' data:", "connect-src 'self'")
    return body.replace("{policy}", policy).replace("{style}", style).replace("{script}", script)
