"""The judging page's requests, answered without a web framework; `asgi` and `http_server` connect it to a server.

Pictures are served by their key alone, so that no request names a file. Every refusal is one sentence as JSON.
"""

from __future__ import annotations

import json
import threading
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pure_negative.errors import PureNegativeError
from pure_negative.io import picture_text, validate
from pure_negative.yields import export, guess, seed_search, table, thumbnail
from pure_negative.yields import runs as folder
from pure_negative.yields.db.records import Entry
from pure_negative.yields.db.store import Judgements
from pure_negative.yields.guess import Guesser
from pure_negative.yields.web import page as judging_page
from pure_negative.yields.web.params import Given, Host, from_json, values

_JSON = "application/json"


class Answer(NamedTuple):
    """A status, a content type and the bytes of it."""

    status: int
    kind: str
    body: bytes


class Web:
    """The page and its requests, over the user's judgements, which are opened by the first request.

    Safe to be called from several threads.

    Args:
        judgements: opens them, if not the user's own.
        out: a folder for pictures; what is new in it is found each time the page is opened.
        guesser: looks at pictures before the judge does, where the host has a program that can.
        commands: whether the next level is told as a command line; else the host has a button for it.
    """

    def __init__(
        self,
        judgements: Callable[[], Judgements] = Judgements,
        out: Path | None = None,
        guesser: Guesser | None = None,
        commands: bool = True,
    ) -> None:
        self._open, self._out, self._host = judgements, out, Host(guesser, commands)
        self._opened: Judgements | None = None
        self._opening = threading.Lock()

    def close(self) -> None:
        """Let go of the judgements."""
        with self._opening:
            if self._opened:
                self._opened.close()
            self._opened = None

    def answer(self, method: str, path: str, query: str = "", body: bytes = b"") -> Answer:
        """The answer to a request.

        Args:
            method: GET or POST.
            path: behind where the page is; `/` is the page itself.
            query: what stands behind the question mark, as it came.
            body: JSON for POST.
        """
        try:
            found = _ROUTES.get(path)
            if found is None:
                return _refused(404, f"{validate.shown(path)} does not exist; use one of {', '.join(_ROUTES)}.")
            if found[0] != method:
                return _refused(405, f"{path} takes {found[0]}, not {validate.shown(method)}.")
            judgements = self._judgements()
            if path == "/runs" and self._out is not None:
                folder.look(judgements, self._out)
            asked = values(query) if method == "GET" else from_json(body)
            return found[1](judgements, Given(asked, self._host, judgements.same_judge))
        except PureNegativeError as error:
            return _refused(404 if path in _FILES else 400, str(error))
        except Exception as error:
            traceback.print_exception(error)
            return _refused(500, f"internal error, please report it: {type(error).__name__}.")

    def _judgements(self) -> Judgements:
        with self._opening:
            if self._opened is None:
                self._opened = self._open()
            return self._opened


def _refused(status: int, sentence: str) -> Answer:
    return _told({"error": sentence}, status)


def _told(value: Any, status: int = 200) -> Answer:
    return Answer(status, _JSON, json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))


def _page(*_: Any) -> Answer:
    return Answer(200, "text/html; charset=utf-8", judging_page.text().encode())


def _runs(judgements: Judgements, given: Given) -> Answer:
    judge = given.any_judge
    runs = judgements.runs()[:200]
    guesser = given.host.guesser.source if given.host.guesser else None
    return _told({"runs": [_run(judgements, run.id, judge) for run in runs], "guesser": guesser})


def _check(*_: Any) -> Answer:
    """What is sent arrives: the page asks once, before anybody works on it."""
    return _told({})


def _guess(judgements: Judgements, given: Given) -> Answer:
    """First guesses at the pictures of a run that nobody has judged and nobody has guessed at."""
    guesser = given.host.guesser
    reason = guesser.missing() if guesser else "no image tagger for first guesses is available."
    if guesser is None or reason:
        raise PureNegativeError(f"guess: {reason}")
    return _told({"guessed": guess.run(judgements, given.run, guesser)})


def _run(judgements: Judgements, number: int, judge: str) -> dict[str, Any]:
    run = judgements.run(number)
    done = judgements.judged(run.id, judge) if judge else 0
    return {"run": run.id, "name": run.path.name, "folder": str(run.path), "pictures": run.pictures, "judged": done}


def _contact(judgements: Judgements, given: Given) -> Answer:
    entries = judgements.entries(given.run, given.any_judge)
    return _told(_run(judgements, given.run, given.any_judge) | {"entries": [_thumb(entry) for entry in entries]})


def _thumb(entry: Entry) -> dict[str, Any]:
    """The seed as a text: a browser rounds numbers of more than 2^53."""
    own = {"place": entry.place, "key": entry.key, "seed": str(entry.seed)}
    own |= {"class": entry.judged, "marked": entry.marked}
    return own | {"width": entry.setting.width, "height": entry.setting.height}


def _next(judgements: Judgements, given: Given) -> Answer:
    return _told(_state(judgements, given, judgements.waiting(given.run, given.judge, given.after)))


def _view(judgements: Judgements, given: Given) -> Answer:
    return _told(_state(judgements, given, judgements.entry(given.run, given.any_judge, given.key)))


def _judge(judgements: Judgements, given: Given) -> Answer:
    here = judgements.entry(given.run, given.judge, given.key)
    judgements.judge(given.judge, given.key, given["class"], given.get("shape"))
    return _told(_state(judgements, given, judgements.waiting(given.run, given.judge, here.place)))


def _undo(judgements: Judgements, given: Given) -> Answer:
    key = judgements.undo(given.judge, given.run)
    if key is None:
        raise PureNegativeError(f"nothing to undo: {given.judge} has judged nothing in this run.")
    return _told(_state(judgements, given, judgements.entry(given.run, given.judge, key)))


def _state(judgements: Judgements, given: Given, entry: Entry | None) -> dict[str, Any]:
    """A picture with all that is shown beside it, the one to fetch ahead, and how far the judge is."""
    judge = given.any_judge
    ahead = judgements.waiting(given.run, judge, entry.place, around=False) if entry else None
    return _run(judgements, given.run, judge) | {
        "picture": _shown(judgements, entry, judge) if entry else None,
        "ahead": ahead.key if ahead else None,
    }


def _shown(judgements: Judgements, entry: Entry, judge: str) -> dict[str, Any]:
    """What others say stays hidden until the judge has said something too."""
    others = [said for said in _said(judgements, entry.key) if entry.judged and said["judge"] != judge]
    facts = [column.write(entry.setting) for column in table.COLUMNS.values()]
    named = [f"{column.heading} {fact}" for column, fact in zip(table.COLUMNS.values(), facts, strict=True)]
    guesses = [vars(guess) for guess in judgements.guesses(entry.key)]
    return _thumb(entry) | {"shape": entry.shape, "facts": named, "others": others, "guesses": guesses}


def _said(judgements: Judgements, key: str) -> list[dict[str, Any]]:
    return [{"judge": said.judge, "class": said.judged, "shape": said.shape} for said in judgements.judgements(key)]


def _mark(judgements: Judgements, given: Given) -> Answer:
    judgements.mark(given.judge, given.key, validate.flag(given["marked"], "marked"))
    return _seeds(judgements, given)


def _seeds(judgements: Judgements, given: Given) -> Answer:
    run, judge = judgements.run(given.run), given.any_judge or None
    seeds = judgements.marked(run.id, judge)
    told = {"count": len(seeds), "seeds": seed_search.write_seeds(seeds)}
    command = seed_search.command(run.path, judgements.steps(run.id), judge) if seeds and given.host.commands else None
    return _told(told | {"command": command})


def _table(judgements: Judgements, given: Given) -> Answer:
    made = _made(judgements, given)
    rows = [_row(row) for row in made.rows]
    disputed = [{"key": key, "said": _said(judgements, key)} for key in judgements.disputed(given.any_run, 100)]
    heads = [table.COLUMNS[name].heading for name in made.by]
    return _told({"heads": heads, "rows": rows, "pooled": made.pooled, "disputed": disputed})


def _made(judgements: Judgements, given: Given) -> table.Table:
    return table.make(judgements, given.by, judge=given.any_judge or None, run=given.any_run)


def _row(row: table.Row) -> dict[str, Any]:
    shares = [{"count": share.count, "low": share.interval[0], "high": share.interval[1]} for share in row.shares]
    counted = {"sample": row.sample, "disputed": row.disputed, "shape": row.body_shape, "shapes": row.shapes}
    return {"cells": list(row.cells.values()), "shares": shares} | counted


def _export(judgements: Judgements, given: Given) -> Answer:
    text = export.FORMATS[given.format](_made(judgements, given))
    return Answer(200, _KINDS[given.format], text.encode())


_KINDS: Mapping[str, str] = {
    "text": "text/plain; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "svg": "image/svg+xml",
}


def _picture(judgements: Judgements, given: Given) -> Answer:
    data = folder.content(judgements, given.key)
    kind = picture_text.kind_of(data[: picture_text.HEAD]) or "PNG"
    return Answer(200, f"image/{kind.lower()}", data)


def _small(judgements: Judgements, given: Given) -> Answer:
    return Answer(200, "image/jpeg", thumbnail.of(folder.content(judgements, given.key)))


_ROUTES: Mapping[str, tuple[str, Callable[[Judgements, Given], Answer]]] = {
    "/": ("GET", _page),
    "/runs": ("GET", _runs),
    "/contact": ("GET", _contact),
    "/next": ("GET", _next),
    "/view": ("GET", _view),
    "/judge": ("POST", _judge),
    "/undo": ("POST", _undo),
    "/mark": ("POST", _mark),
    "/check": ("POST", _check),
    "/guess": ("POST", _guess),
    "/seeds": ("GET", _seeds),
    "/table": ("GET", _table),
    "/export": ("GET", _export),
    "/picture": ("GET", _picture),
    "/small": ("GET", _small),
}
_FILES = ("/picture", "/small")
