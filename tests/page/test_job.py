"""One press of Generate: what is told, what is kept when it is stopped, what is refused."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pure_negative.errors import PureNegativeError
from pure_negative.page import job
from pure_negative.planning import choices, plan
from tests.fakes import FakeRenderer


def planned(**entries: object) -> plan.Plan:
    return plan.make(choices.read({"size": "64x64", "steps": 3, "seed": 5, **entries}))


def run(tmp_path, count=1, batch=1, tell=lambda share, words: None, stop=None, renderer=None):
    folder = str(tmp_path / "out")
    return job.run(
        renderer or FakeRenderer(), planned(), count, batch, folder, tell, (stop or threading.Event()).is_set
    )


def test_every_picture_is_handed_on_as_soon_as_its_batch_is_done(tmp_path):
    renderer = FakeRenderer()
    made = run(tmp_path, 3, 2, renderer=renderer)
    assert next(made).name == "00000-5.png"
    assert [request.seed for batch in renderer.batches for request in batch] == [5, 6]
    assert [path.name for path in made] == ["00001-6.png", "00002-7.png"]


@given(count=st.integers(1, 9), batch=st.integers(1, 9))
def test_the_share_rises_to_the_end_and_names_the_pictures_at_hand(tmp_path_factory, count, batch):
    told = []
    list(run(tmp_path_factory.mktemp("job"), count, batch, lambda share, words: told.append((share, words))))
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0, pytest.approx(1))
    last = f"{count}" if (count - 1) % batch == 0 else f"{count - (count - 1) % batch} to {count}"
    assert told[-1][1] == f"picture {last} of {count}, step 3 of 3"


def test_a_stop_between_steps_keeps_whole_what_was_finished_and_nothing_else(tmp_path):
    stop, kept = threading.Event(), []

    def tell(share, words):
        if words == "picture 3 of 4, step 1 of 3":
            stop.set()

    with pytest.raises(job.Stopped):
        kept.extend(path for path in run(tmp_path, 4, 1, tell, stop))
    files = sorted((tmp_path / "out").iterdir())
    assert [path.name for path in files] == ["00000-5.png", "00001-6.png"]
    for path in files:
        with Image.open(path) as picture:
            picture.load()
            assert "Pure negative: v1;" in picture.info["parameters"]


@pytest.mark.parametrize(
    ("count", "batch", "said"),
    [
        (0, 1, "pictures: 0 is not allowed; give a whole number from 1 to 256."),
        (257, 1, "pictures: 257 is not allowed; give a whole number from 1 to 256."),
        (None, 1, "pictures: None is not allowed; give a whole number from 1 to 256."),
        (1, 65, "batch: 65 is not allowed; give a whole number from 1 to 64."),
    ],
)
def test_a_wrong_number_is_refused_before_there_is_a_folder(tmp_path, count, batch, said):
    with pytest.raises(PureNegativeError) as caught:
        list(run(tmp_path, count, batch))
    assert str(caught.value) == said
    assert not (tmp_path / "out").exists()
