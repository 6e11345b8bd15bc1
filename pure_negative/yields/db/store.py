"""Judgements, marks and guesses, kept by picture and judge; what is said to be kept is on the disk."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timezone
from pathlib import Path
from sqlite3 import Connection
from typing import Any

from pure_negative.errors import PureNegativeError
from pure_negative.io import validate
from pure_negative.yields.db import database, labels, queries
from pure_negative.yields.db.picture import KEY, Picture, Setting
from pure_negative.yields.db.records import Count, Entry, Guess, Judgement, Run


class Judgements:
    """The user's judgements; several programs and threads may use them at once.

    Raises:
        PureNegativeError: the file can't be read or written, is damaged, or is of another kind or a later version.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._base = database.Database(path or database.place())

    def close(self) -> None:
        """Let go of the file."""
        self._base.close()

    def __enter__(self) -> Judgements:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def register(self, folder: Path, pictures: Iterable[tuple[Picture, Path]]) -> Run:
        """Make a folder's pictures known, in their order; those known from elsewhere are found here from now on."""
        path = str(folder.absolute())
        with self._base.writing() as base:
            base.execute("INSERT OR IGNORE INTO runs (path) VALUES (?)", (path,))
            (run,) = base.execute("SELECT id FROM runs WHERE path = ?", (path,)).fetchone()
            (place,) = base.execute("SELECT coalesce(max(place), 0) FROM members WHERE run = ?", (run,)).fetchone()
            for place, (picture, file) in enumerate(pictures, place + 1):  # noqa: B020 - goes on from where it stands
                known = _enter(base, picture, file)
                base.execute("INSERT OR IGNORE INTO members VALUES (?, ?, ?)", (run, place, known))
            _count_again(base, run)
        return self.run(run)

    def held(self, folder: Path) -> str:
        """What `looked` was told of a folder last, '' where it was told nothing."""
        found = self._base.read("SELECT held FROM looks WHERE path = ?", (str(folder),))
        return str(found[0][0]) if found else ""

    def looked(self, folder: Path, held: str) -> None:
        """Keep what a folder held when it was read, so that it need not be read again while it holds the same."""
        with self._base.writing() as base:
            base.execute("INSERT OR REPLACE INTO looks VALUES (?, ?)", (str(folder), held))

    def runs(self) -> list[Run]:
        """Every run whose folder is there, the newest first."""
        rows = self._base.read(f"{queries.RUN} ORDER BY id DESC")
        found = (Run(number, Path(path), count) for number, path, count in rows)
        return [run for run in found if run.path.is_dir()]

    def run(self, run: int) -> Run:
        """A run by its number.

        Raises:
            PureNegativeError: there is none.
        """
        found = self._base.read(f"{queries.RUN} WHERE id = ?", (run,))
        if not found:
            raise PureNegativeError(f"run: there is no run {run}; open its folder first.")
        return Run(run, Path(found[0][1]), found[0][2])

    def judge(self, judge: str, key: str, judged: object, shape: object = "") -> None:
        """Keep what a judge says of a picture, in the place of what the same judge said before.

        Raises:
            PureNegativeError: no such picture, class or shape.
        """
        judge, known = labels.read_judge(judge), labels.read_class(judged)
        known_shape = labels.read_shape(shape, known)
        with self._base.writing() as base:
            picture, setting = _find(base, key)
            was = _said(base, judge, picture)
            if was == (known, known_shape):
                return
            before = (judge, picture, *(was or (None, "")))
            base.execute("INSERT INTO history (judge, picture, class, shape) VALUES (?, ?, ?, ?)", before)
            _set(base, judge, picture, setting, known, known_shape)

    def undo(self, judge: str, run: int | None = None) -> str | None:
        """Take back the judge's last judgement, of a run where one is named; the picture's key, None without any."""
        judge = labels.read_judge(judge)
        within = "" if run is None else "AND picture IN (SELECT picture FROM members WHERE run = ?)"
        with self._base.writing() as base:
            last = base.execute(
                f"SELECT id, picture, class, shape FROM history WHERE judge = ? {within} ORDER BY id DESC LIMIT 1",
                (judge,) if run is None else (judge, run),
            ).fetchone()
            if last is None:
                return None
            number, picture, judged, shape = last
            base.execute("DELETE FROM history WHERE id = ?", (number,))
            key, setting = base.execute("SELECT key, setting FROM pictures WHERE id = ?", (picture,)).fetchone()
            _set(base, judge, picture, setting, judged, shape)
        return str(key)

    def mark(self, judge: str, key: str, marked: bool) -> None:
        """Mark a picture as a good one, or take the mark away."""
        judge = labels.read_judge(judge)
        with self._base.writing() as base:
            picture, _ = _find(base, key)
            if marked:
                base.execute("INSERT OR IGNORE INTO marks VALUES (?, ?)", (picture, judge))
            else:
                base.execute("DELETE FROM marks WHERE picture = ? AND judge = ?", (picture, judge))

    def guess(self, key: str, source: str, judged: object, confidence: float | None = None) -> None:
        """Keep what a program takes a picture to be, apart from judgements; it counts for nothing."""
        name, known = labels.read_judge(source, "source"), labels.read_class(judged)
        sure = None if confidence is None else validate.number(confidence, "confidence", 0, 1)
        with self._base.writing() as base:
            picture, _ = _find(base, key)
            base.execute("INSERT OR REPLACE INTO guesses VALUES (?, ?, ?, ?)", (picture, name, known, sure))

    def waiting(self, run: int, judge: str, after: int = 0, around: bool = True) -> Entry | None:
        """The next picture of a run that the judge has not judged, beyond a place; then `around` from the beginning."""
        judged, done = self._progress(run, judge)
        if judged == self.run(run).pictures:
            return None
        for place in (max(after, done), done) if after > done and around else (max(after, done),):
            found = self._base.read(queries.WAITING, (judge, run, place))
            if found:
                return _entry(self._base.read(f"{queries.ENTRY} AND m.place = ?3", (judge, run, found[0][0]))[0])
        return None

    def entries(self, run: int, judge: str = "") -> list[Entry]:
        """All pictures of a run, in their order."""
        return [_entry(row) for row in self._base.read(f"{queries.ENTRY} ORDER BY m.place", (judge, run))]

    def entry(self, run: int, judge: str, key: str) -> Entry:
        """One picture of a run.

        Raises:
            PureNegativeError: it is not in this run.
        """
        found = self._base.read(f"{queries.ENTRY} AND p.key = ?3", (judge, run, key))
        if not found:
            raise PureNegativeError(f"picture: {validate.shown(key, 80)} is not in this run.")
        return _entry(found[0])

    def judged(self, run: int, judge: str) -> int:
        """How many pictures of a run the judge has judged."""
        return self._progress(run, judge)[0]

    def _progress(self, run: int, judge: str) -> tuple[int, int]:
        found = self._base.read("SELECT judged, done FROM progress WHERE run = ? AND judge = ?", (run, judge))
        return (int(found[0][0]), int(found[0][1])) if found else (0, 0)

    def steps(self, run: int) -> int:
        """The most steps of a run's pictures, 0 where it has none."""
        return int(self._base.read(queries.STEPS, (run,))[0][0])

    def file(self, key: str) -> Path:
        """Where a picture was seen last.

        Raises:
            PureNegativeError: it is not known.
        """
        found = self._base.read("SELECT path FROM pictures WHERE key = ?", (key,))
        if not found:
            raise _unknown(key)
        return Path(found[0][0])

    def judgements(self, key: str) -> list[Judgement]:
        """Everything said of a picture, by judge."""
        rows = self._base.read(f"SELECT judge, j.class, j.shape {queries.SAID} WHERE key = ? ORDER BY judge", (key,))
        return [Judgement(*row) for row in rows]

    def guesses(self, key: str) -> list[Guess]:
        """Every guess at a picture, the surest first."""
        text = "SELECT source, g.class, confidence FROM guesses g JOIN pictures p ON p.id = picture WHERE key = ?"
        return [Guess(*row) for row in self._base.read(f"{text} ORDER BY confidence DESC, source", (key,))]

    def judges(self, run: int | None = None) -> list[str]:
        """Everyone who judged, in a run where one is named."""
        if run is None:
            return [name for (name,) in self._base.read("SELECT DISTINCT judge FROM judgements ORDER BY 1")]
        text = "SELECT DISTINCT judge FROM judgements JOIN members m USING (picture) WHERE m.run = ? ORDER BY 1"
        return [name for (name,) in self._base.read(text, (run,))]

    def names(self) -> list[str]:
        """Everyone who judged or marked."""
        return [name for (name,) in self._base.read("SELECT judge FROM judgements UNION SELECT judge FROM marks")]

    def same_judge(self, name: str) -> str:
        """The name under which a judge is known who is called so in another case, else that name."""
        rows = self._base.read("SELECT judge FROM progress UNION SELECT judge FROM marks")
        return labels.same_judge(name, [known for (known,) in rows])

    def marked(self, run: int, judge: str | None = None) -> list[int]:
        """The seeds of a run's marked pictures in their order, each once; those any judge marked, or one judge's."""
        by = "" if judge is None else "AND k.judge = ?"
        values = (run,) if judge is None else (run, judge)
        rows = self._base.read(f"SELECT p.seed {queries.MARKED} {by} ORDER BY m.place", values)
        return list(dict.fromkeys(int(seed) for (seed,) in rows))

    def disputed(self, run: int | None = None, most: int = 1000) -> list[str]:
        """The keys of the pictures whose judges don't agree on class or body shape."""
        text = "SELECT key FROM pictures WHERE (class = 0 OR shape = '?')"
        within = "" if run is None else " AND id IN (SELECT picture FROM members WHERE run = ?)"
        values = (most,) if run is None else (run, most)
        return [key for (key,) in self._base.read(f"{text}{within} ORDER BY id LIMIT ?", values)]

    def settings(self) -> dict[int, Setting]:
        """Every setting there are pictures of."""
        rows = self._base.read(f"SELECT id, {', '.join(queries.SETTING)} FROM settings")
        return {number: Setting(*rest) for number, *rest in rows}

    def counts(self, judge: str | None = None, run: int | None = None) -> list[Count]:
        """How many pictures were judged how: what all judges of each agree on, or what one judge said."""
        if run is None and judge is None:
            rows = self._base.read(f"{queries.COUNTED} FROM pictures WHERE class IS NOT NULL GROUP BY 1, 2, 3")
        elif run is None:
            own = "judgements INDEXED BY judgements_counted"
            rows = self._base.read(f"{queries.COUNTED} FROM {own} WHERE judge = ? GROUP BY 1, 2, 3", (judge,))
        elif judge is None:
            of = "members m CROSS JOIN pictures p ON p.id = m.picture AND p.class IS NOT NULL"
            rows = self._base.read(f"{queries.COUNTED} FROM {of} WHERE m.run = ? GROUP BY 1, 2, 3", (run,))
        else:
            of = "members m CROSS JOIN judgements j ON j.judge = ? AND j.picture = m.picture"
            rows = self._base.read(f"{queries.COUNTED} FROM {of} WHERE m.run = ? GROUP BY 1, 2, 3", (judge, run))
        return [Count(*row) for row in rows]


def _count_again(base: Connection, run: int) -> None:
    """A run's pictures, and how far its judges are, after more pictures came to it."""
    for statement in queries.ALL_AGAIN:
        base.execute(statement, (run,))


def _enter(base: Connection, picture: Picture, file: Path) -> int:
    """The number of a picture, made known if it was not; its file is where it was seen just now."""
    path = str(file.absolute())
    known = base.execute("SELECT id, path FROM pictures WHERE key = ?", (picture.key,)).fetchone()
    if known is None:
        values = (picture.key, _setting_id(base, picture.setting), str(picture.seed), path)
        done = base.execute("INSERT INTO pictures (key, setting, seed, path) VALUES (?, ?, ?, ?)", values)
        return int(done.lastrowid or 0)
    if known[1] != path:
        base.execute("UPDATE pictures SET path = ? WHERE id = ?", (path, known[0]))
    return int(known[0])


def _setting_id(base: Connection, setting: Setting) -> int:
    values = tuple(vars(setting).values())
    names = ", ".join(queries.SETTING)
    base.execute(f"INSERT OR IGNORE INTO settings ({names}) VALUES (?, ?, ?, ?, ?, ?, ?)", values)
    same = " AND ".join(f"{name} = ?" for name in queries.SETTING)
    return int(base.execute(f"SELECT id FROM settings WHERE {same}", values).fetchone()[0])


def _find(base: Connection, key: str) -> tuple[int, int]:
    """A picture's number and its setting's."""
    found = base.execute("SELECT id, setting FROM pictures WHERE key = ?", (key,)).fetchone() if _is_key(key) else None
    if found is None:
        raise _unknown(key)
    return int(found[0]), int(found[1])


def _is_key(key: object) -> bool:
    return isinstance(key, str) and bool(re.fullmatch(KEY, key))


def _unknown(key: object) -> PureNegativeError:
    return PureNegativeError(f"picture: {validate.shown(key, 80)} is unknown; open its folder first.")


def _said(base: Connection, judge: str, picture: int) -> tuple[int, str] | None:
    text = "SELECT class, shape FROM judgements WHERE judge = ? AND picture = ?"
    found: tuple[int, str] | None = base.execute(text, (judge, picture)).fetchone()
    return found


def _set(base: Connection, judge: str, picture: int, setting: int, judged: int | None, shape: str) -> None:
    """What the judge says of the picture from now on, nothing for None, and what all its judges agree on then."""
    was = _said(base, judge, picture)
    if judged is None:
        base.execute("DELETE FROM judgements WHERE judge = ? AND picture = ?", (judge, picture))
        base.execute(queries.ONE_LESS, (judge, picture))
    else:
        now = datetime.now(timezone.utc).isoformat(timespec="seconds")
        values = (picture, judge, setting, judged, shape, now)
        base.execute("INSERT OR REPLACE INTO judgements VALUES (?, ?, ?, ?, ?, ?)", values)
        for statement in queries.ONE_MORE if was is None else ():
            base.execute(statement, (judge, picture))
    base.execute(queries.VERDICT, (picture,))


def _entry(row: tuple[Any, ...]) -> Entry:
    place, key, seed, *setting, judged, shape, marked = row
    return Entry(place, key, int(seed), Setting(*setting), judged, shape, bool(marked))
