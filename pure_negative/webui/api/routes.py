"""Routes under /pure-negative/v1/: presets and plans, behind the WebUI's own API password where it has one."""

from __future__ import annotations

from typing import Any

from pure_negative import options
from pure_negative.errors import PureNegativeError
from pure_negative.io import http_body, validate
from pure_negative.panel import values
from pure_negative.planning import plan
from pure_negative.preset import library
from pure_negative.webui import names
from pure_negative.webui.api import auth, render
from pure_negative.webui.core import console, device
from pure_negative.webui.hosts import detect

LARGEST_BODY = 100_000
"""Bytes of one request."""


def register(_: Any, app: Any) -> None:
    """Add the routes; the WebUI calls this with a new app after each Reload UI."""
    from fastapi import Depends
    from modules import shared

    for problem in (*detect.current().missing(), *library.Library().look_through()):
        console.say(problem)
    guard = [Depends(auth.guarded())] if auth.accounts() else []
    app.add_api_route(f"{names.ROUTES}/presets", presets, methods=["GET"], dependencies=guard)
    app.add_api_route(f"{names.ROUTES}/presets/{{name}}", one_preset, methods=["GET"], dependencies=guard)
    app.add_api_route(f"{names.ROUTES}/plan", planner(), methods=["POST"], dependencies=guard)
    if getattr(shared.cmd_opts, "api", False) and names.SHEET not in detect.current().lacks:
        app.add_api_route(f"{names.ROUTES}/render", device.facts, methods=["GET"], dependencies=guard)
        app.add_api_route(f"{names.ROUTES}/render", render.renderer(), methods=["POST"], dependencies=guard)


def presets() -> dict[str, Any]:
    """Every preset's id and name; a file of the user's that can't be read is passed by."""
    return {"presets": [{"id": known.id, "name": known.name} for known in library.Library().presets()]}


def one_preset(name: str) -> Any:
    """One preset's file as text."""
    try:
        return {"id": name, "text": library.source_text(_listed(name))}
    except PureNegativeError as error:
        return _refused(error, 404)


def _listed(name: str) -> str:
    """Ids alone: a path would read any file."""
    if name in library.ids():
        return name
    raise PureNegativeError(f"preset: {validate.shown(name)} is not a preset; GET {names.ROUTES}/presets lists them.")


def planner() -> Any:
    """The plan route: a dict of choices in, what would run out."""
    from fastapi import Request

    async def make(request: Any) -> Any:
        try:
            data = await http_body.collect(request.stream(), LARGEST_BODY)
            return answer(http_body.from_json(data or b"{}"))
        except PureNegativeError as error:
            return _refused(error, 422)

    make.__annotations__["request"] = Request
    return make


def answer(body: Any) -> dict[str, Any]:
    """What a body of choices comes to: the txt2img body, hints and warnings."""
    if not isinstance(body, dict):
        raise PureNegativeError(
            f"the request must be an object of options; its keys are {', '.join(options.readers_by_key())}."
        )
    chosen = values.read([body])
    if chosen is None:
        raise PureNegativeError("enabled is false, so there is nothing to plan.")
    made = plan.make(chosen)
    return {"request": made.api_body(), "hints": list(made.hints), "warnings": list(made.warnings)}


def _refused(error: PureNegativeError, status: int) -> Any:
    from fastapi.responses import JSONResponse

    return JSONResponse({"detail": str(error)}, status_code=status)
