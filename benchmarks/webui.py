"""What the benchmarks in the real WebUI share: jobs taking turns, and the ratios of their times."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.real.server import Server

PANEL = {"steps": 20, "sampler": "Euler", "preset": "nai"}
Clock = Callable[[], float]
Jobs = Mapping[str, Callable[[], object]]


def posted(webui: Server, args: list[Any], **fields: Any) -> None:
    """One txt2img request that must succeed; `args` are the panel's."""
    status, answer = webui.txt2img(args, **fields)
    if status != 200:
        raise SystemExit(f"the WebUI answered {status}: {answer}")


def in_turns(jobs: Jobs, rounds: int, clock: Clock = time.perf_counter) -> Iterator[dict[str, float]]:
    """Seconds of each job, round by round: they take turns, so that a busy machine slows all of them."""
    for job in jobs.values():
        job()
    for number in range(rounds):
        order = list(jobs) if number % 2 == 0 else list(reversed(jobs))
        yield {name: seconds(jobs[name], clock) for name in order}


def seconds(job: Callable[[], object], clock: Clock = time.perf_counter) -> float:
    start = clock()
    job()
    return clock() - start


def processor_clock(webui: Server) -> Clock:
    """The WebUI's own processor seconds, which other programs on the machine do not stretch (Linux alone).

    They say what a job costs where one thread works (OMP_NUM_THREADS=1); more threads spend time on waiting too.
    """

    def clock() -> float:
        spent = Path(f"/proc/{webui.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(spent[11]) + int(spent[12])) / os.sysconf("SC_CLK_TCK")

    return clock


def median(rounds: Sequence[Mapping[str, float]], name: str) -> float:
    return statistics.median(each[name] for each in rounds)


def ratio(rounds: Sequence[Mapping[str, float]], one: str, other: str) -> float:
    """The median over the rounds of one job's time over another's."""
    return statistics.median(each[one] / each[other] for each in rounds)
