"""The host started with parts taken away that our code uses: the tick acts, and the console names what does not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.real import server as servers
from tests.real.sheets import SMALL

TAKING = Path(__file__).parent / "taking_away"
CASES = {
    "plot": ["Its axes in X/Y/Z plot can't be used"],
    "callback": ["Reading pasted parameters can't be used"],
    "module": ["The panel in txt2img can't be used"],
}
"""What is taken away → what the console says for each."""


@pytest.mark.parametrize("taken", [("plot", "callback"), ("module",)], ids=" and ".join)
def test_the_tick_acts_and_the_console_names_what_is_missing(
    taken: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    servers.prepare(data, True, False)
    shutil.copytree(TAKING, data / "extensions" / "a-taking-away")
    monkeypatch.setenv("TAKE_AWAY", " ".join(taken))
    with servers.running(data, True) as server:
        _, infotexts = server.pictures([SMALL])
        log = server.log.read_text(errors="replace")
    assert "Pure negative: v1" in infotexts[0]
    assert "(bad:0.564)" in infotexts[0]
    for sentence in (each for one in taken for each in CASES[one]):
        assert f"Pure negative: {sentence} in this WebUI" in log
    assert f"{servers.NAME}/pure_negative" not in log  # no traceback of ours
