"""The page's requests: what they answer, and what hostile ones get."""

from __future__ import annotations

import io
import json
import re
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pure_negative.yields.db import database
from pure_negative.yields.db.store import Judgements
from pure_negative.yields.guess import Guesser
from pure_negative.yields.web import app as web
from pure_negative.yields.web.app import Web
from pure_negative.yields.web.params import NAMES
from tests.yields.making import enter, imagined, opened, run_of, without_matplotlib


@pytest.fixture
def run(tmp_path, judgements):
    return opened(judgements, run_of(tmp_path / "outputs", 3, w=0.9))


@pytest.fixture
def asked(run):
    found = Web()
    yield found
    found.close()


def get(asked: Web, path: str, **values: object) -> dict:
    answer = asked.answer("GET", path, urlencode(values))
    assert answer.kind == "application/json"
    return json.loads(answer.body)


def post(asked: Web, path: str, **values: object) -> dict:
    return json.loads(asked.answer("POST", path, "", json.dumps(values).encode()).body)


def test_a_run_is_judged_marked_and_counted(asked, run, judgements):
    first = get(asked, "/next", run=run.id, judge="Ada")
    assert (first["judged"], first["pictures"], first["picture"]["seed"]) == (0, 3, "1")
    key = first["picture"]["key"]
    second = post(asked, "/judge", run=run.id, judge="Ada", key=key, **{"class": 4, "shape": "Thicc"})
    assert (second["judged"], second["picture"]["key"]) == (1, first["ahead"])
    assert post(asked, "/mark", run=run.id, judge="Ada", key=key, marked=True)["seeds"] == "1"
    row = get(asked, "/table", run=run.id, by="w,size")["rows"][0]
    assert (row["cells"], row["sample"], row["shape"]) == (["0.9", "64x64"], 1, "Thicc")
    assert [share["count"] for share in row["shares"]] == [0, 0, 0, 1]
    assert post(asked, "/undo", run=run.id, judge="Ada")["picture"]["key"] == key
    assert judgements.judgements(key) == []
    assert get(asked, "/runs", judge="Ada")["runs"][0]["pictures"] == 3


def test_a_judge_in_another_case_is_the_same(asked, run, judgements):
    key = get(asked, "/next", run=run.id, judge="Ada")["picture"]["key"]
    post(asked, "/judge", run=run.id, judge="Ada", key=key, **{"class": 4, "shape": ""})
    assert get(asked, "/next", run=run.id, judge="ada")["judged"] == 1
    post(asked, "/judge", run=run.id, judge=" ADA", key=key, **{"class": 1, "shape": ""})
    post(asked, "/mark", run=run.id, judge="aDa", key=key, marked=True)
    assert [(said.judge, said.judged) for said in judgements.judgements(key)] == [("Ada", 1)]
    assert judgements.names() == ["Ada"]


def test_what_others_say_is_hidden_until_one_has_judged(asked, run, judgements):
    key = get(asked, "/next", run=run.id, judge="Ada")["picture"]["key"]
    judgements.judge("Bea", key, 1)
    assert get(asked, "/view", run=run.id, judge="Ada", key=key)["picture"]["others"] == []
    judgements.judge("Ada", key, 2)
    others = get(asked, "/view", run=run.id, judge="Ada", key=key)["picture"]["others"]
    assert others == [{"judge": "Bea", "class": 1, "shape": ""}]
    assert get(asked, "/table", run=run.id)["disputed"][0]["key"] == key


def test_pictures_are_served_by_key(asked, run, judgements):
    entry = judgements.entries(run.id)[0]
    answer = asked.answer("GET", "/picture", f"key={entry.key}")
    assert (answer.status, answer.kind) == (200, "image/png")
    assert answer.body == judgements.file(entry.key).read_bytes()
    small = asked.answer("GET", "/small", f"key={entry.key}")
    assert small.kind == "image/jpeg"
    assert Image.open(io.BytesIO(small.body)).size == (64, 64)


@pytest.mark.parametrize("key", ["../outputs/sheet.yaml", "/etc/passwd", "%2e%2e", "0" * 64, "", "a" * 1000])
def test_no_request_names_a_file(asked, key):
    for path in ("/picture", "/small"):
        answer = asked.answer("GET", path, urlencode({"key": key}))
        assert answer.status == 404
        assert answer.kind == "application/json"


@pytest.mark.parametrize("path", ["", "//", "/../store.py", "/picture/", "/page.js", "/judge/x", "\0"])
def test_a_path_that_is_nothing_is_told_so(asked, path):
    answer = asked.answer("GET", path)
    assert answer.status == 404
    assert json.loads(answer.body)["error"].endswith(".")


def test_a_wrong_method_is_told_so(asked):
    for method, path in (("GET", "/judge"), ("POST", "/table"), ("DELETE", "/"), ("post", "/judge")):
        assert asked.answer(method, path).status == 405


GOOD = {"run": 1, "judge": "Ada", "key": "", "class": 4}
BODIES = (
    *(b"", b"[]", b"null", b"7", b'"x"', b"{", b"\xff\xfe", b"[" * 9000, b'{"a":' * 1500, b"{" + b" " * 20_000 + b"}"),
    *(b'{"run": NaN}', b'{"run": 1e400}', b'{"run": ' + b"9" * 6000 + b"}"),
    *(
        json.dumps(GOOD | bad).encode()
        for bad in ({"run": -1}, {"run": "x"}, {"run": None}, {"run": 2**70}, {"more": 1})
    ),
    *(
        json.dumps(GOOD | bad).encode()
        for bad in ({"judge": ""}, {"judge": "x" * 99}, {"judge": {}}, {"judge": "\ud800"})
    ),
    *(json.dumps(GOOD | bad).encode() for bad in ({"class": 0}, {"class": []}, {"class": "4; DROP"}, {"shape": "?"})),
    *(json.dumps(GOOD | bad).encode() for bad in ({"key": 5}, {"key": "' OR 1=1"}, {"key": "\0"}, {"run": True})),
)


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_a_hostile_body_gets_one_sentence_and_changes_nothing(asked, run, judgements, body):
    key = judgements.entries(run.id)[0].key.encode()
    for path in ("/judge", "/undo", "/mark"):
        answer = asked.answer("POST", path, "", body.replace(b'"key": ""', b'"key": "' + key + b'"'))
        sentence = json.loads(answer.body)["error"]
        assert answer.status == 400
        assert re.fullmatch(r"[^\n]{5,500}\.", sentence)
    assert judgements.counts() == []


TEXT = st.text(max_size=40)
VALUES = st.none() | st.booleans() | st.integers() | st.floats() | TEXT | st.lists(TEXT, max_size=3)


@settings(max_examples=150)
@given(st.sampled_from(sorted(web._ROUTES)), st.dictionaries(st.sampled_from(NAMES) | TEXT, VALUES, max_size=5))
def test_any_request_gets_an_answer_that_is_no_fault_of_ours(tmp_path_factory, path, values):
    place = tmp_path_factory.mktemp("web")
    with Judgements(place / "y.sqlite3") as judgements:
        enter(judgements, place, [imagined(1)])
        asked = Web(lambda: judgements)
        for answer in (
            asked.answer("GET", path, urlencode(values, errors="replace")),
            asked.answer("POST", path, "", json.dumps(values).encode()),
        ):
            assert answer.status in (200, 400, 404, 405)


def test_a_damaged_file_of_judgements_is_told_and_the_page_still_opens_after_it_is_moved(data):
    database.place().parent.mkdir(parents=True)
    database.place().write_text("nothing")
    asked = Web()
    answer = asked.answer("GET", "/runs")
    assert answer.status == 400
    assert "The file was not changed" in json.loads(answer.body)["error"]
    database.place().unlink()
    assert get(asked, "/runs")["runs"] == []
    asked.close()


def test_names_from_pictures_and_folders_stay_text_in_every_export(judgements, tmp_path):
    hostile = imagined(1, words="bad", preset="nai")
    setting = hostile.setting.__class__(**(vars(hostile.setting) | {"preset": '=1+1"|<script>x</script>'}))
    known = hostile.__class__(hostile.key, setting, 1)
    enter(judgements, tmp_path, [known])
    judgements.judge("Ada", known.key, 1)
    asked = Web(lambda: judgements)
    texts = {
        form: asked.answer("GET", "/export", f"by=preset&format={form}").body.decode() for form in ("md", "csv", "svg")
    }
    assert "<script" not in texts["svg"]
    assert "&lt;script&gt;" in texts["svg"]
    assert "\\|" in texts["md"]
    assert texts["csv"].splitlines()[1].startswith("\"'=1+1")


def test_without_matplotlib_the_page_says_what_the_chart_needs(asked, run, monkeypatch):
    without_matplotlib(monkeypatch)
    answer = asked.answer("GET", "/export", f"run={run.id}&format=svg")
    assert (answer.status, answer.kind) == (400, "application/json")
    assert "matplotlib is not installed" in json.loads(answer.body)["error"]
    assert asked.answer("GET", "/export", f"run={run.id}&format=csv").status == 200


def looked_at(source: str = "Tagger", missing: str = "") -> tuple[Guesser, list[tuple[int, int]]]:
    """A program that takes every picture for scenery, and the sizes of those it was asked about."""
    seen: list[tuple[int, int]] = []

    def ask(pictures, found):
        for place, picture in enumerate(pictures):
            seen.append(picture.size)
            found(place, 2)

    return Guesser(source, lambda: missing, ask), seen


def test_guesses_are_asked_for_once_shown_and_counted_for_nothing(run, judgements):
    guesser, seen = looked_at()
    asked = Web(guesser=guesser)
    assert get(asked, "/runs")["guesser"] == "Tagger"
    first = get(asked, "/next", run=run.id, judge="Ada")["picture"]["key"]
    post(asked, "/judge", run=run.id, judge="Ada", key=first, **{"class": 1})
    assert post(asked, "/guess", run=run.id) == {"guessed": 2}
    assert seen == [(64, 64)] * 2
    assert post(asked, "/guess", run=run.id) == {"guessed": 0}
    shown = get(asked, "/next", run=run.id, judge="Ada")["picture"]
    assert shown["guesses"] == [{"source": "Tagger", "judged": 2, "confidence": None}]
    assert shown["class"] == 0
    assert [row["sample"] for row in get(asked, "/table", run=run.id)["rows"]] == [1]
    asked.close()


def test_where_nothing_can_guess_the_reason_is_told(asked, run):
    assert get(asked, "/runs")["guesser"] is None
    assert post(asked, "/guess", run=run.id) == {"error": "guess: no image tagger for first guesses is available."}
    without = Web(guesser=looked_at(missing="its model is missing.")[0])
    assert post(without, "/guess", run=run.id) == {"error": "guess: its model is missing."}
    without.close()


def test_the_command_for_the_next_level_is_told_without_planning_the_run_again(
    asked, judgements, tmp_path, monkeypatch
):
    runs = [opened(judgements, run_of(tmp_path / "outputs", 2, steps=steps)) for steps in (48, 1024)]
    monkeypatch.setattr("pure_negative.sheet.definition.make_plan", lambda *_: pytest.fail("a cell was planned"))
    told = []
    for run in runs:
        key = judgements.entries(run.id)[0].key
        told.append(post(asked, "/mark", run=run.id, judge="Ada", key=key, marked=True)["command"])
    assert [command.split(" yield run ")[1] for command in told] == [
        f"--marked {runs[0].path} --judge Ada",
        f"--marked {runs[1].path} --judge Ada --steps 2048",
    ]


def test_a_host_with_a_button_for_the_next_level_tells_no_command(asked, run, judgements):
    key = judgements.entries(run.id)[0].key
    host = Web(commands=False)
    told = post(host, "/mark", run=run.id, judge="Ada", key=key, marked=True)
    assert (told["seeds"], told["command"]) == ("1", None)
    assert "--marked" in get(asked, "/seeds", run=run.id)["command"]
    host.close()
