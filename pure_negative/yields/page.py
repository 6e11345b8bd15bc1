"""The judging page: one document with its style and script in it, nothing from elsewhere."""

from __future__ import annotations

from pathlib import Path

from pure_negative import content_policy


def text() -> str:
    """The page."""
    body, style, script = (
        Path(__file__).with_name(f"page.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js")
    )
    policy = content_policy.page(style, script, "img-src 'self' data:", "connect-src 'self'")
    return body.replace("{policy}", policy).replace("{style}", style).replace("{script}", script)
