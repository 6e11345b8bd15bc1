"""The judging page under the WebUI's own address, for whoever may use the WebUI."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Any

from pure_negative.webui import names
from pure_negative.webui.api import auth
from pure_negative.webui.yields import guess as yield_guess
from pure_negative.yields.web import origin
from pure_negative.yields.web.app import Web
from pure_negative.yields.web.asgi import Application, Receive, Send

PATH = f"{names.ROUTES}/yield"
ADVICE = "start the WebUI with --cors-allow-origins={origin}"


def register(_: Any, app: Any) -> None:
    """Add the page; the WebUI makes a new app after each Reload UI."""
    web, allowed = Web(guesser=yield_guess.guesser(), commands=False), origin.Allowed(origin=is_let_in, advice=ADVICE)
    app.mount(PATH, Guarded(Application(web, allowed), app))


def is_let_in(site: str) -> bool:
    """Whether the WebUI was started with an option that lets this site's pages use it."""
    from modules import shared

    listed = (getattr(shared.cmd_opts, "cors_allow_origins", None) or "").split(",")
    pattern = getattr(shared.cmd_opts, "cors_allow_origins_regex", None)
    return site in listed or bool(pattern and re.fullmatch(pattern, site))


class Guarded:
    """Lets in whom the WebUI lets in: an account of --api-auth, or a login to the page where it asks for one."""

    def __init__(self, page: Application, app: Any) -> None:
        self._page, self._app = page, app

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """One request, as ASGI has it."""
        if scope["type"] == "http" and not self._allowed(scope):
            await _shut()(scope, receive, send)
            return
        await self._page(scope, receive, send)

    def _allowed(self, scope: Any) -> bool:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        login = getattr(self._app, "auth", None) is not None
        if not login and not auth.accounts():
            return True
        return is_account(headers.get("authorization", "")) or (login and self._is_logged_in(headers))

    def _is_logged_in(self, headers: Mapping[str, str]) -> bool:
        """gradio keeps a token for each login, and the browser has it in a cookie."""
        try:
            cookies = SimpleCookie(headers.get("cookie", ""))
        except CookieError:
            return False
        tokens = [each.value for name, each in cookies.items() if name.startswith("access-token")]
        return any(self._app.tokens.get(token) for token in tokens)


def is_account(header: str) -> bool:
    """Whether an Authorization header names an account of --api-auth with its password."""
    kind, _, encoded = header.partition(" ")
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        return False
    return kind.lower() == "basic" and auth.is_account(user, password)


def _shut() -> Any:
    """The refusal; where --api-auth names accounts, the browser asks for one."""
    from fastapi.responses import JSONResponse

    told = {"error": "log in to the WebUI first, then open this page again."}
    return JSONResponse(told, status_code=401, headers={"WWW-Authenticate": "Basic"} if auth.accounts() else None)
