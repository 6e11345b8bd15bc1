"""The judging page as an ASGI application, to be mounted by a host that has a web server already."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

from pure_negative.errors import PureNegativeError
from pure_negative.io import http_body
from pure_negative.yields.web import security
from pure_negative.yields.web.app import Answer, Web
from pure_negative.yields.web.origin import NONE, Allowed
from pure_negative.yields.web.params import LARGEST_BODY

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Application:
    """The page below any path that ends in a slash; requests that another site's page makes are refused.

    Args:
        allowed: what of other names and sites is let in all the same.
    """

    def __init__(self, web: Web, allowed: Allowed = NONE) -> None:
        self._web, self._allowed = web, allowed

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """One request, as ASGI has it."""
        if scope["type"] != "http":
            return
        await respond(send, await self._answer(scope, receive))

    async def _answer(self, scope: Message, receive: Receive) -> Answer:
        refused = security.refusal(scope["method"], headers_of(scope), self._allowed)
        if refused:
            return refused
        try:
            body = await http_body.collect(_parts(receive), LARGEST_BODY)
        except PureNegativeError as error:
            return security.refused(413, str(error))
        query = scope["query_string"].decode("latin-1")
        return await asyncio.to_thread(self._web.answer, scope["method"], _path(scope), query, body)


def headers_of(scope: Message) -> dict[str, str]:
    """A request's headers, their names in lower case."""
    return security.joined((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])


async def respond(send: Send, answer: Answer) -> None:
    """Send an answer with the headers that every door sends."""
    given = [(name.lower().encode(), value.encode()) for name, value in security.headers(answer).items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": given})
    await send({"type": "http.response.body", "body": answer.body})


def _path(scope: Message) -> str:
    """The path behind the mount; some versions of Starlette take the mount's own away and some don't."""
    path, root = str(scope["path"]), str(scope.get("root_path", ""))
    return (path.removeprefix(root) if root and path.startswith(f"{root}/") else path) or "/"


async def _parts(receive: Receive) -> AsyncIterator[bytes]:
    """The request's bytes as they come."""
    more = True
    while more:
        message = await receive()
        yield message.get("body", b"")
        more = message.get("more_body", False)
