"""What loading the engine does to the garbage collector of its process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COUNTED = """
import gc
from pure_negative.diffusion import loading
passes = []
gc.callbacks.append(lambda phase, facts: passes.append(phase))
loading.token_counter(loading.EngineOptions())
loading.engine(loading.EngineOptions())
print(gc.isenabled(), len(passes))
"""


def test_garbage_is_not_collected_again_and_again_while_the_libraries_are_loaded():
    found = subprocess.run(
        [sys.executable, "-c", COUNTED], cwd=ROOT, capture_output=True, text=True, check=False, timeout=600
    )
    enabled, passes = found.stdout.split()
    assert enabled == "True", found.stderr
    assert int(passes) < 1_000  # 208; ten times as many where it goes on meanwhile
