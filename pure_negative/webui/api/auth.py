"""Who may use our routes: the accounts of --api-auth, where the WebUI has any."""

from __future__ import annotations

import secrets
from typing import Any


def accounts() -> dict[str, str]:
    """User → password, as --api-auth names them."""
    from modules import shared

    pairs = (pair.partition(":") for pair in (shared.cmd_opts.api_auth or "").split(",") if pair)
    return {user: password for user, _, password in pairs}


def is_account(user: str, password: str) -> bool:
    """Whether --api-auth names this account."""
    known = accounts().get(user)
    return known is not None and secrets.compare_digest(password.encode(), known.encode())


def guarded() -> Any:
    """A dependency that lets only the accounts of --api-auth through."""
    from fastapi import Depends, HTTPException
    from fastapi.security import HTTPBasic, HTTPBasicCredentials

    def check(given: HTTPBasicCredentials = Depends(HTTPBasic())) -> None:  # noqa: B008
        if not is_account(given.username, given.password):
            raise HTTPException(401, "Incorrect username or password", headers={"WWW-Authenticate": "Basic"})

    check.__annotations__["given"] = HTTPBasicCredentials
    return check
