"""Judgements: one for each picture and judge, taken back, kept apart, and found again wherever the file is."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pure_negative.errors import PureNegativeError
from pure_negative.yields import runs as folder
from pure_negative.yields import seed_search, table
from pure_negative.yields.db import database
from pure_negative.yields.db.records import Guess, Judgement
from pure_negative.yields.db.store import Judgements
from tests import strategies as draw
from tests.yields.making import enter, imagined, opened, run_of


@pytest.fixture
def pictures(judgements, tmp_path):
    found = [imagined(seed) for seed in range(6)]
    enter(judgements, tmp_path, found)
    return [picture.key for picture in found]


def counted(judgements: Judgements, judge: str | None = None) -> tuple[tuple[int, ...], int]:
    rows = table.make(judgements, judge=judge).rows
    return (rows[0].counts, rows[0].disputed) if rows else ((0, 0, 0, 0), 0)


def test_the_same_picture_judged_twice_counts_once(judgements, pictures, tmp_path):
    judgements.judge("Ada", pictures[0], 1)
    judgements.judge("Ada", pictures[0], "legit human", "thicc")
    enter(judgements, tmp_path / "elsewhere", [imagined(0)])
    judgements.judge("Ada", imagined(0).key, 4, "Thicc")
    assert counted(judgements) == ((0, 0, 0, 1), 0)
    assert judgements.judgements(pictures[0]) == [Judgement("Ada", 4, "Thicc")]


def test_undo_brings_back_what_was_there_before(judgements, pictures):
    judgements.judge("Ada", pictures[0], 4, "Normal")
    judgements.judge("Ada", pictures[0], 3, "Thicc")
    judgements.judge("Ada", pictures[1], 1)
    assert judgements.undo("Ada") == pictures[1]
    assert judgements.judgements(pictures[1]) == []
    assert judgements.undo("Ada") == pictures[0]
    assert judgements.judgements(pictures[0]) == [Judgement("Ada", 4, "Normal")]
    assert judgements.undo("Ada") == pictures[0]
    assert judgements.undo("Ada") is None
    assert counted(judgements) == ((0, 0, 0, 0), 0)


def test_undo_is_each_judges_own_and_stays_in_its_run(judgements, pictures, tmp_path):
    other = enter(judgements, tmp_path / "other", [imagined(99)])
    judgements.judge("Ada", pictures[0], 1)
    judgements.judge("Ada", imagined(99).key, 2)
    judgements.judge("Bea", pictures[0], 1)
    assert judgements.undo("Cleo") is None
    assert judgements.undo("Ada", other.id) == imagined(99).key
    assert judgements.undo("Ada", other.id) is None
    assert judgements.judgements(pictures[0]) == [Judgement("Ada", 1, ""), Judgement("Bea", 1, "")]


def test_two_judges_are_both_kept_and_never_merged(judgements, pictures):
    for key in pictures[:3]:
        judgements.judge("Ada", key, 4)
    judgements.judge("Bea", pictures[0], 4, "Normal")
    judgements.judge("Bea", pictures[1], 3)
    assert counted(judgements) == ((0, 0, 0, 2), 1)
    assert counted(judgements, "Ada") == ((0, 0, 0, 3), 0)
    assert counted(judgements, "Bea") == ((0, 0, 1, 1), 0)
    assert judgements.disputed() == [pictures[1]]
    assert table.make(judgements).rows[0].sample == 3
    judgements.undo("Bea")
    assert counted(judgements) == ((0, 0, 0, 3), 0)
    assert judgements.disputed() == []


def test_body_shapes_that_differ_are_said_to(judgements, pictures):
    judgements.judge("Ada", pictures[0], 4, "Normal")
    judgements.judge("Bea", pictures[0], 4, "Thicc")
    judgements.judge("Ada", pictures[1], 4, "Normal")
    judgements.judge("Bea", pictures[1], 4)
    row = table.make(judgements).rows[0]
    assert (row.counts, row.disputed, row.body_shape) == ((0, 0, 0, 2), 0, "Normal, 1 disagreed")
    assert judgements.disputed() == [pictures[0]]


def test_guesses_count_for_nothing(judgements, pictures):
    judgements.guess(pictures[0], "DeepDanbooru", 4, 0.8)
    judgements.guess(pictures[0], "other", 1)
    assert judgements.guesses(pictures[0]) == [Guess("DeepDanbooru", 4, 0.8), Guess("other", 1, None)]
    assert table.make(judgements).rows == ()
    assert judgements.judgements(pictures[0]) == []


def test_marks_are_kept_by_judge_in_the_order_of_the_run(judgements, pictures, tmp_path):
    run = judgements.runs()[0].id
    for judge, place in (("Ada", 4), ("Ada", 1), ("Bea", 2)):
        judgements.mark(judge, pictures[place], True)
    assert judgements.marked(run) == [1, 2, 4]
    judgements.mark("Ada", pictures[4], False)
    assert judgements.marked(run, "Ada") == [1]
    assert [entry.marked for entry in judgements.entries(run, "Bea")] == [False, False, True, False, False, False]


def test_the_next_one_waiting_goes_round(judgements, pictures):
    run = judgements.runs()[0].id
    judgements.judge("Ada", pictures[2], 1)
    assert judgements.waiting(run, "Ada", 2).key == pictures[3]
    assert judgements.waiting(run, "Ada", 6).key == pictures[0]
    for key in pictures:
        judgements.judge("Ada", key, 1)
    assert judgements.waiting(run, "Ada") is None
    assert judgements.waiting(run, "Bea").key == pictures[0]
    assert judgements.judged(run, "Ada") == 6


@pytest.mark.parametrize(
    "arguments",
    [
        ("", 1, ""), ("  ", 1, ""), ("A" * 61, 1, ""), ("a\0b", 1, ""), (None, 1, ""), (["a"], 1, ""),
        ("Ada", 0, ""), ("Ada", 5, ""), ("Ada", "x", ""), ("Ada", None, ""), ("Ada", True, ""), ("Ada", 1.5, ""),
        ("Ada", 4, "Slim"), ("Ada", 4, 7), ("Ada", 1, "Normal"), ("Ada", 4, "?"),
    ],
)  # fmt: skip
def test_what_is_no_judgement_is_refused_and_keeps_nothing(judgements, pictures, arguments):
    judge, judged, shape = arguments
    with pytest.raises(PureNegativeError, match=r"\.$"):
        judgements.judge(judge, pictures[0], judged, shape)
    assert judgements.judgements(pictures[0]) == []


@pytest.mark.parametrize("key", ["", "0" * 64, "../../etc/passwd", "' OR 1=1 --", None, 7, "\0"])
def test_a_picture_that_is_not_known_is_refused(judgements, pictures, key):
    for act in (
        lambda: judgements.judge("Ada", key, 1),
        lambda: judgements.mark("Ada", key, True),
        lambda: judgements.guess(key, "x", 1),
        lambda: judgements.file(key),
        lambda: judgements.entry(1, "Ada", key),
    ):
        with pytest.raises(PureNegativeError, match=r"\.$"):
            act()


def test_a_moved_picture_is_found_again_by_its_infotext(judgements, tmp_path):
    path = run_of(tmp_path / "outputs", 3)
    run = opened(judgements, path)
    first = judgements.entries(run.id)[0]
    judgements.judge("Ada", first.key, 4)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.move(path / "cells" / "1-01-01.png", elsewhere / "kept.png")
    with pytest.raises(PureNegativeError, match="can't be read"):
        folder.content(judgements, first.key)
    moved = opened(judgements, elsewhere)
    assert judgements.entries(moved.id, "Ada")[0].judged == 4
    assert folder.content(judgements, first.key) == (elsewhere / "kept.png").read_bytes()
    assert counted(judgements) == ((0, 0, 0, 1), 0)


def test_another_picture_in_its_place_is_not_shown_for_it(judgements, tmp_path):
    path = run_of(tmp_path, 2)
    keys = [entry.key for entry in judgements.entries(opened(judgements, path).id)]
    shutil.copy(path / "cells" / "1-01-02.png", path / "cells" / "1-01-01.png")
    with pytest.raises(PureNegativeError, match="the file is a different picture now"):
        folder.content(judgements, keys[0])


def test_a_folder_without_pictures_is_refused_and_others_in_it_are_passed(judgements, tmp_path):
    with pytest.raises(PureNegativeError, match="no picture to judge"):
        folder.open_run(judgements, tmp_path)
    with pytest.raises(PureNegativeError, match="can't be read"):
        folder.open_run(judgements, tmp_path / "none")
    cells = run_of(tmp_path / "outputs", 2) / "cells"
    (cells / "note.png").write_bytes(b"no picture")
    (cells / ".hidden.png").write_bytes(b"")
    found = folder.open_run(judgements, cells)
    assert (found.run.pictures, found.passed) == (2, 1)
    assert "note.png: this is not a PNG picture" in found.reason


def test_runs_add_up_and_a_run_can_be_counted_alone(judgements, tmp_path):
    runs = [enter(judgements, tmp_path / name, [imagined(seed)]) for name, seed in (("a", 1), ("b", 2))]
    (tmp_path / "a").mkdir()
    judgements.judge("Ada", imagined(1).key, 1)
    judgements.judge("Ada", imagined(2).key, 2)
    assert table.make(judgements).rows[0].counts == (1, 1, 0, 0)
    assert table.make(judgements, run=runs[0].id).rows[0].counts == (1, 0, 0, 0)
    assert table.make(judgements, run=runs[1].id, judge="Ada").rows[0].counts == (0, 1, 0, 0)
    assert [run.path.name for run in judgements.runs()] == ["a"]


ACTS = st.lists(
    st.tuples(st.sampled_from(("Ada", "Bea")), st.integers(0, 3), st.integers(0, 4), st.sampled_from(("", "Normal"))),
    max_size=25,
)


def check_progress(judgements: Judgements, keys: list[str]) -> None:
    """What is next and how far each judge is, against the judgements themselves."""
    for judge in ("Ada", "Bea"):
        left = [key for key in keys if judge not in {one.judge for one in judgements.judgements(key)}]
        assert judgements.judged(1, judge) == len(keys) - len(left)
        for after in range(len(keys) + 1):
            expected = next(iter([key for key in left if key in keys[after:]] or left), None)
            found = judgements.waiting(1, judge, after)
            assert (found.key if found else None) == expected


@given(ACTS)
def test_the_kept_sums_are_those_of_the_judgements_one_by_one(tmp_path_factory, acts):
    """Class 0 is an undo here, and picture 3 opens the folder again."""
    place = tmp_path_factory.mktemp("sums")
    with Judgements(place / "y.sqlite3") as judgements:
        keys = [imagined(seed).key for seed in range(3)]
        enter(judgements, place, [imagined(seed) for seed in range(3)])
        for judge, picture, judged, shape in acts:
            if picture == 3:
                enter(judgements, place, [imagined(seed) for seed in range(3)])
            elif judged:
                judgements.judge(judge, keys[picture], judged, shape if judged > 2 else "")
            else:
                judgements.undo(judge)
        check_progress(judgements, keys)
        said = [{one.judged for one in judgements.judgements(key)} for key in keys]
        expected = tuple(sum(each == {number} for each in said) for number in range(1, 5))
        assert counted(judgements) == (expected, sum(len(each) > 1 for each in said))


def test_two_writers_at_the_same_time_lose_nothing(data, tmp_path):
    pictures = [imagined(seed) for seed in range(40)]
    with Judgements() as first, Judgements() as second:
        enter(first, tmp_path, pictures)

        def judge(judgements: Judgements, name: str) -> None:
            for picture in pictures:
                judgements.judge(name, picture.key, 4)

        threads = [threading.Thread(target=judge, args=each) for each in ((first, "Ada"), (second, "Bea"))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert counted(second, "Ada") == counted(first, "Bea") == ((0, 0, 0, 40), 0)


def damaged(path):
    path.write_bytes(path.read_bytes()[:100] + b"\xff" * 20_000)


def foreign(path):
    path.unlink()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE notes (text)")
    connection.close()


def later(path):
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 9")
    connection.close()


def stripped(path):
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE pictures")
    connection.close()


def text(path):
    path.write_text("my notes")


def a_folder(path):
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("spoil", [damaged, foreign, later, stripped, text, a_folder])
def test_a_file_that_can_not_be_used_is_told_in_a_sentence_and_left_as_it_is(data, tmp_path, spoil):
    with Judgements() as judgements:
        enter(judgements, tmp_path, [imagined(1)])
        judgements.judge("Ada", imagined(1).key, 1)
    path = database.place()
    spoil(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(PureNegativeError, match=r"yield\.sqlite3: .*\.$") as told, Judgements() as judgements:
        table.make(judgements)
    assert "\n" not in str(told.value)
    assert before is None or path.read_bytes() == before


def test_a_folder_that_can_not_be_made_is_told_in_a_sentence(data):
    data.write_text("in the way")
    with pytest.raises(PureNegativeError, match=r"can't be read or written.*\.$"):
        Judgements()


def as_version_1(path: Path) -> None:
    """The file as the first version made it: seeds were whole numbers."""
    with sqlite3.connect(path) as connection:
        connection.executescript("""
            CREATE TABLE pictures_1 (
                id INTEGER PRIMARY KEY,
                key TEXT NOT NULL UNIQUE,
                setting INTEGER NOT NULL REFERENCES settings,
                seed INTEGER NOT NULL,
                path TEXT NOT NULL,
                class INTEGER,
                shape TEXT NOT NULL DEFAULT ''
            );
            INSERT INTO pictures_1 SELECT * FROM pictures;
            DROP TABLE pictures;
            ALTER TABLE pictures_1 RENAME TO pictures;
            CREATE INDEX pictures_counted ON pictures (setting, class, shape) WHERE class IS NOT NULL;
            CREATE INDEX pictures_disputed ON pictures (id) WHERE class = 0 OR shape = '?';
            PRAGMA user_version = 1;
        """)
    connection.close()


def held(path: Path) -> dict[str, object]:
    """What tables and indexes a file has, whatever it was before."""
    with sqlite3.connect(path) as connection:
        rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    connection.close()
    return {name: " ".join(sql.replace('"', "").split()) for name, sql in rows}


def test_a_file_of_the_first_version_keeps_all_that_is_in_it(data, tmp_path):
    last = 2**63 - 1
    with Judgements() as judgements:
        run = enter(judgements, tmp_path, [imagined(seed) for seed in (3, last, 7)])
        judgements.judge("Ada", imagined(3).key, 4, "Normal")
        judgements.judge("Bea", imagined(3).key, 2)
        judgements.mark("Ada", imagined(last).key, True)
        judgements.guess(imagined(7).key, "a program", 1, 0.5)
        judgements.looked(tmp_path, "as it was")
        before = judgements.entries(run.id, "Ada"), counted(judgements, "Ada"), judgements.disputed()
    new = held(database.place())
    as_version_1(database.place())
    assert held(database.place()) != new
    for _ in range(2):
        with Judgements() as judgements:
            after = judgements.entries(run.id, "Ada"), counted(judgements, "Ada"), judgements.disputed()
            assert after == before
            assert judgements.marked(run.id) == [last]
            assert judgements.held(tmp_path) == ""  # what it passed by for its seed is read now
            assert [guess.source for guess in judgements.guesses(imagined(7).key)] == ["a program"]
            assert judgements.undo("Ada", run.id) in (imagined(3).key, None)
            judgements.judge("Ada", imagined(3).key, 4, "Normal")
    assert held(database.place()) == new


def test_the_first_version_s_file_is_left_as_it_is_where_it_can_not_be_brought_up_to_date(data, tmp_path):
    with Judgements() as judgements:
        enter(judgements, tmp_path, [imagined(3)])
    as_version_1(database.place())
    with sqlite3.connect(database.place()) as connection:
        connection.execute("CREATE TABLE pictures_2 (in_the_way)")
    connection.close()
    before = held(database.place())
    with pytest.raises(PureNegativeError, match=r"can't be read or written: .*\.$"):
        Judgements()
    assert held(database.place()) == before


@given(st.lists(draw.fixed_seeds, min_size=1, max_size=8, unique=True))
def test_every_seed_is_kept_and_given_out_as_it_is(seeds):
    with tempfile.TemporaryDirectory() as place, Judgements(Path(place) / database.NAME) as judgements:
        run = enter(judgements, Path(place), [imagined(seed) for seed in seeds])
        for entry in judgements.entries(run.id):
            judgements.mark("Ada", entry.key, True)
        assert [entry.seed for entry in judgements.entries(run.id)] == judgements.marked(run.id) == seeds
        assert list(seed_search.read_seeds(seed_search.write_seeds(seeds))) == seeds
