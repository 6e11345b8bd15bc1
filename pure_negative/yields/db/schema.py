"""The tables in the file of judgements."""

from __future__ import annotations

APPLICATION = 0x504E5944
"""What marks the file as ours."""
VERSION = 2

_PICTURES = """(
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    setting INTEGER NOT NULL REFERENCES settings,
    seed TEXT NOT NULL,
    path TEXT NOT NULL,
    class INTEGER,
    shape TEXT NOT NULL DEFAULT ''
);"""
_PICTURES_INDEXES = """
CREATE INDEX pictures_counted ON pictures (setting, class, shape) WHERE class IS NOT NULL;
CREATE INDEX pictures_disputed ON pictures (id) WHERE class = 0 OR shape = '?';
"""

TEXT = f"""
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {VERSION};

-- What pictures are counted by; w is 0 where it is not known.
CREATE TABLE settings (
    id INTEGER PRIMARY KEY,
    preset TEXT NOT NULL,
    w REAL NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    cfg REAL NOT NULL,
    steps INTEGER NOT NULL,
    checkpoint TEXT NOT NULL,
    UNIQUE (preset, w, width, height, cfg, steps, checkpoint)
);

-- class and shape are what all judges of the picture agree on: 0 and '?' where they don't, NULL where none has judged.
-- A seed is a text, since SQLite's own whole numbers end at 2^63 - 1.
CREATE TABLE pictures {_PICTURES}
{_PICTURES_INDEXES}

CREATE TABLE judgements (
    picture INTEGER NOT NULL REFERENCES pictures,
    judge TEXT NOT NULL,
    setting INTEGER NOT NULL,
    class INTEGER NOT NULL CHECK (class BETWEEN 1 AND 4),
    shape TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (judge, picture)
) WITHOUT ROWID;
CREATE INDEX judgements_of ON judgements (picture, class, shape);
CREATE INDEX judgements_counted ON judgements (judge, setting, class, shape);

-- What a judgement took the place of, so that it can be taken back; class is NULL where there was none.
CREATE TABLE history (
    id INTEGER PRIMARY KEY,
    judge TEXT NOT NULL,
    picture INTEGER NOT NULL,
    class INTEGER,
    shape TEXT NOT NULL
);
CREATE INDEX history_of ON history (judge, id);

CREATE TABLE marks (
    picture INTEGER NOT NULL REFERENCES pictures,
    judge TEXT NOT NULL,
    PRIMARY KEY (picture, judge)
) WITHOUT ROWID;

-- Never counted: what a program takes a picture to be.
CREATE TABLE guesses (
    picture INTEGER NOT NULL REFERENCES pictures,
    source TEXT NOT NULL,
    class INTEGER NOT NULL CHECK (class BETWEEN 1 AND 4),
    confidence REAL,
    PRIMARY KEY (picture, source)
) WITHOUT ROWID;

-- A folder of pictures that are judged together, in their order.
CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE,
    pictures INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE members (
    run INTEGER NOT NULL REFERENCES runs,
    place INTEGER NOT NULL,
    picture INTEGER NOT NULL REFERENCES pictures,
    PRIMARY KEY (run, place)
) WITHOUT ROWID;
CREATE UNIQUE INDEX members_once ON members (picture, run);

-- How many pictures of a run a judge has judged, and a place up to which no other is left.
CREATE TABLE progress (
    run INTEGER NOT NULL REFERENCES runs,
    judge TEXT NOT NULL,
    judged INTEGER NOT NULL,
    done INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (run, judge)
) WITHOUT ROWID;
"""

FROM_VERSION_1 = f"""
CREATE TABLE pictures_2 {_PICTURES}
INSERT INTO pictures_2 (id, key, setting, seed, path, class, shape)
    SELECT id, key, setting, CAST(seed AS TEXT), path, class, shape FROM pictures;
DROP TABLE pictures;
ALTER TABLE pictures_2 RENAME TO pictures;
{_PICTURES_INDEXES}
DROP TABLE IF EXISTS looks;
PRAGMA user_version = {VERSION};
"""
"""Seeds were whole numbers once; folders are read again, since pictures of seeds without room there were passed by."""

LOOKS = """
-- What a folder held when it was read last; earlier files of judgements don't have it yet.
CREATE TABLE IF NOT EXISTS looks (
    path TEXT PRIMARY KEY,
    held TEXT NOT NULL
) WITHOUT ROWID
"""
