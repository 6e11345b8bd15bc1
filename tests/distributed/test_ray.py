"""Workers of a real Ray on this machine: started safely, used, killed, and gone without a trace."""

from __future__ import annotations

import gc
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from importlib.util import find_spec
from pathlib import Path

import pytest

from pure_negative.diffusion import loading
from pure_negative.diffusion.loading import EngineOptions
from pure_negative.distributed import cluster, ray_worker
from pure_negative.errors import PureNegativeError
from pure_negative.sheet import run, share, store
from pure_negative.sheet.team import Team
from tests.distributed.actors import FateActor
from tests.sheet.making import begin, make, sheet

pytestmark = [
    pytest.mark.skipif(find_spec("ray") is None, reason="ray is not installed; see requirements-workers.txt"),
    pytest.mark.filterwarnings("ignore"),  # Ray's own, of unclosed sockets among them
    pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at processes as Linux shows them"),
]
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def machines():
    """Ray as it is used, on a machine whose memory it would take for full if it looked."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_memory_usage_threshold", "0.01")
        with cluster.here(3, 0) as found:
            yield found
    with warnings.catch_warnings():  # Ray's own processes, which it does not wait for
        warnings.simplefilter("ignore")
        gc.collect()


@pytest.fixture
def fates(tmp_path):
    folder = tmp_path / "fates"
    folder.mkdir()
    return folder


def wanted(machines, fates):
    return ray_worker.Wanted(machines, EngineOptions(models=str(fates)), 1, FateActor)


def run_ray(machines, fates, folder, count=2, largest=None, **ways):
    found, said = ray_worker.workers(wanted(machines, fates), count)
    assert said == "said once\n"
    with Team(found, lambda cells: ray_worker.key_of(found, cells)) as crew:
        return list(run.run_crew(folder, crew, largest, **ways))


def cells(count):
    return sheet(f"W: 0.01-0.{count:02} [{count}]")


def notes(reports):
    return [report.note for report in reports if report.note]


def test_the_cells_of_two_processes_are_those_of_one(machines, fates, tmp_path):
    alone, shared = (begin(tmp_path / name, cells(64)) for name in ("alone", "shared"))
    make(alone)
    run_ray(machines, fates, shared)
    for cell in shared.sheet.cells:
        assert shared.cell_path(cell).read_bytes() == alone.cell_path(cell).read_bytes()
    (first, second) = store.find(shared.path).makers
    assert re.fullmatch(r"worker 1: process [0-9]+, full precision", first)
    assert first.split()[3] != second.split()[3]


@pytest.fixture
def one_thread():
    torch = pytest.importorskip("torch")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_the_pictures_of_two_engines_are_those_of_one(machines, one_thread, tmp_path):
    options = EngineOptions()
    engine = loading.engine(options)
    wanted = sheet("W: 0.1-0.8 [8]", "CFG: 3-10")
    alone, shared = (store.create(tmp_path / name, wanted, engine.model) for name in ("alone", "shared"))
    make(alone, engine, largest=1)
    found, _ = ray_worker.workers(ray_worker.Wanted(machines, options, 1), 2)
    with Team(found, lambda cells: ray_worker.key_of(found, cells)) as crew:
        list(run.run_crew(shared, crew, 1))
    assert len(wanted.cells) == 64
    for cell in wanted.cells:
        assert shared.cell_path(cell).read_bytes() == alone.cell_path(cell).read_bytes()
    assert len(store.find(shared.path).makers) == 2


def test_a_killed_process_is_replaced_and_its_cells_are_made_again(machines, fates, tmp_path, capsys):
    (fates / "kill-2").touch()
    (fates / "pace").write_text("0.05")
    folder = begin(tmp_path, cells(32))
    reports = run_ray(machines, fates, folder, largest=4)
    assert folder.missing() == []
    assert any(
        re.fullmatch(r"worker 2 died making 1-01-\d\d and 1 more; they are made again", note) for note in notes(reports)
    )
    time.sleep(2)  # for Ray to tell of it in its own words
    assert capsys.readouterr().out == ""


def test_a_process_that_hangs_is_ended(machines, fates, tmp_path, monkeypatch):
    monkeypatch.setattr(share, "SHORTEST_FIRST", 4.0)
    monkeypatch.setattr(share, "SHORTEST", 4.0)
    (fates / "hang-2").touch()
    (fates / "pace").write_text("0.05")
    folder = begin(tmp_path, cells(32))
    reports = run_ray(machines, fates, folder, largest=2)
    assert folder.missing() == []
    assert any(note.startswith("worker 2 gave no answer for ") for note in notes(reports))


def test_a_poisoned_cell_is_named_and_all_others_are_made(machines, fates, tmp_path):
    (fates / "poison").touch()
    folder = begin(tmp_path, cells(16))
    with pytest.raises(
        run.UnfinishedError, match=r"1 of 16 cells failed \(W 0.05\): worker . died making it, as others"
    ):
        run_ray(machines, fates, folder)
    assert [cell.plan.strength.w for cell in folder.missing()] == [0.05]


def test_out_of_memory_on_one_worker_alone(machines, fates, tmp_path):
    (fates / "memory-1").write_text(str(64 * 64))
    folder = begin(tmp_path, cells(32))
    reports = run_ray(machines, fates, folder)
    assert folder.missing() == []
    assert "worker 1: out of memory with a batch of 2 pictures; continuing with 1" in notes(reports)


def test_an_error_in_a_worker_is_told_and_the_cells_are_tried_again(machines, fates, tmp_path):
    (fates / "bug-1").touch()
    folder = begin(tmp_path, cells(16))
    run_ray(machines, fates, folder)
    assert folder.missing() == []


def test_a_checkpoint_that_can_not_be_read_or_is_another_one_is_told(machines, fates, tmp_path):
    (fates / "unreadable").touch()
    with pytest.raises(PureNegativeError, match=r"worker 1: model.safetensors is no SD 1.x checkpoint\."):
        ray_worker.workers(wanted(machines, fates), 2)
    (fates / "unreadable").unlink()
    (fates / "other-2").touch()
    with pytest.raises(PureNegativeError, match=r"worker 2 has the model other \[ffffffffff\] loaded"):
        run_ray(machines, fates, begin(tmp_path, cells(2)))


def test_nothing_listens_but_loopback_and_no_token_is_on_disk(machines, tmp_path):
    token = os.environ["RAY_AUTH_TOKEN"]
    assert len(token) == 64
    mine = [pid for pid in descendants(os.getpid()) if pid != os.getpid()]
    listening = addresses([os.getpid(), *mine])
    assert listening
    assert {address for address in listening if not address.startswith("127.")} == set()
    places = [Path(machines.ray._private.worker._global_node.get_session_dir_path()).parent, Path.home() / ".ray"]
    for path in (file for place in places if place.exists() for file in place.rglob("*") if file.is_file()):
        assert token.encode() not in path.read_bytes()


JOIN = """
import ray
ray.init(address={address!r}, log_to_driver=False, logging_level="ERROR")
print("joined", len(ray.nodes()))
"""


@pytest.mark.parametrize("token", [None, "0" * 64])
def test_who_has_no_token_or_a_wrong_one_can_not_join(machines, token, tmp_path):
    environment = {key: value for key, value in os.environ.items() if not key.startswith("RAY_")}
    environment |= {"HOME": str(tmp_path), "RAY_AUTH_MODE": "token" if token else "disabled"}
    environment |= {"RAY_AUTH_TOKEN": token} if token else {}
    code = JOIN.format(address=machines.ray.get_runtime_context().gcs_address)
    try:
        found = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=15
        )
    except subprocess.TimeoutExpired as error:
        assert b"joined" not in (error.stdout or b"")
        return
    assert found.returncode
    assert "joined" not in found.stdout


def descendants(parent):
    """A process and all below it."""
    below = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        below.setdefault(int(fields[1]), []).append(int(path.parent.name))
    found, waiting = [], [parent]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += below.get(pid, ())
    return found


def addresses(pids):
    """The IPv4 addresses these processes listen on; an IPv6 one that stands for IPv4 is told as that."""
    inodes = set()
    for pid in pids:
        try:
            links = [str(path.readlink()) for path in Path(f"/proc/{pid}/fd").iterdir()]
        except OSError:
            continue
        inodes |= {link[8:-1] for link in links if link.startswith("socket:[")}
    found = []
    for name in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]:
            words = line.split()
            if words[3] == "0A" and words[9] in inodes:
                raw = bytes.fromhex(words[1].split(":")[0][-8:])
                found.append(".".join(map(str, reversed(raw))))
    return found


COMMAND = ["sheet", "--x", "W: 0.01-0.08 [8]", "--size", "64x64", "--seed", "5", "--steps", "4", "--batch", "1"]
GONE = 60
"""Seconds that the last process may take to end on a machine with ten times as much to do as it can."""


@pytest.fixture
def temporary():
    """A folder for temporary files, of a short name: Ray's sockets are in it, whose paths have 107 characters."""
    with tempfile.TemporaryDirectory(prefix="t", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def start(out, temporary, *words):
    command = [sys.executable, "-m", "pure_negative", *COMMAND, *words, "--workers", "2", "--out", str(out)]
    environment = {**os.environ, "TMPDIR": str(temporary)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, cwd=ROOT, env=environment, preexec_fn=hear_ctrl_c, **pipes)


def hear_ctrl_c():
    """As where a person starts it; a program in the background of a script does not hear it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def wait_for_cells(process, out, count):
    deadline = time.monotonic() + 600
    while time.monotonic() < deadline and process.poll() is None:
        if len([*out.glob("sheet-*/cells/*.png")]) >= count:
            return
        time.sleep(0.05)
    process.kill()
    raise AssertionError(f"no cells were made: {process.communicate()}")


def left_of(pids, seconds):
    """Those of the processes that are there after so many seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and any(alive(pid) for pid in pids):
        time.sleep(0.1)
    return [pid for pid in pids if alive(pid)]


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_keeps_what_is_finished_and_leaves_nothing(tmp_path, temporary, told):
    with start(tmp_path, temporary, "--y", "CFG: 3-42") as process:
        wait_for_cells(process, tmp_path, 4)
        below = descendants(process.pid)
        assert len(below) > 4
        process.send_signal(told)
        _, said = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "Traceback" not in said
    (again,) = (line for line in said.splitlines() if line.startswith("finished pictures are kept; to continue:"))
    assert "python3 run.py sheet --resume" in again
    assert "--workers 2" in again
    assert left_of(below, GONE) == []
    assert [*temporary.glob("pure-negative-*")] == []
    (folder,) = tmp_path.glob("sheet-*")
    assert 4 <= 320 - len(store.reopen(folder, store.find(folder).model).missing()) < 320


def wait_for_agents(process):
    """All processes of the program once Ray's agents are among them, which Ray does not know of while it starts."""
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline and process.poll() is None:
        below = descendants(process.pid)
        if any("runtime_env/agent" in command(pid) or "RuntimeEnvAgent" in command(pid) for pid in below):
            return below
        time.sleep(0.05)
    raise AssertionError("Ray did not start")


def command(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def test_ctrl_c_while_ray_starts_leaves_nothing(tmp_path, temporary):
    with start(tmp_path, temporary) as process:
        below = wait_for_agents(process)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=300)
    assert process.returncode == 130
    assert left_of(below, GONE / 2) == []
    assert [*tmp_path.glob("sheet-*")] == []


def test_after_the_driver_is_killed_what_is_finished_is_kept_and_the_rest_is_made(tmp_path, temporary):
    with start(tmp_path, temporary, "--y", "CFG: 3-6") as process:
        wait_for_cells(process, tmp_path, 4)
        below = descendants(process.pid)
        process.kill()
        process.communicate(timeout=120)
    begun = time.monotonic()
    (folder,) = tmp_path.glob("sheet-*")
    before = {path.name: path.read_bytes() for path in (folder / "cells").glob("*.png")}
    again = subprocess.run(
        [sys.executable, "-m", "pure_negative", "sheet", "--resume", str(folder)],
        cwd=ROOT, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert again.returncode == 0, again.stderr
    assert store.reopen(folder, store.find(folder).model).missing() == []
    kept = {name: (folder / "cells" / name).read_bytes() for name in before}
    assert kept == before
    assert left_of(below, 120 + GONE - (time.monotonic() - begun)) == []
