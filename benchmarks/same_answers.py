"""What the command line answers and draws, as one line per case: run it before and after a change, and compare.

    python benchmarks/same_answers.py > before.txt
    python benchmarks/same_answers.py > after.txt && diff before.txt after.txt

Cases: `plan --json` for every built-in preset with 40 sets of choices, 200 pictures of one step with their parameters
text, and the requests of the parity tests (tests/reference). It goes through the command line alone, so that it runs on
any version; pictures are compared by the hash of the whole file. `--no-pictures` leaves them out.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import random
import runpy
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PRESETS = sorted(path.stem for path in (ROOT / "presets").glob("*.yaml"))
SETS = 40
PICTURES = 200
VALUES: Mapping[str, Sequence[str]] = {
    "--w": ("0.564", "0.9", "1e-16", "2", "0.0001"),
    "--brackets": ("-6", "-24", "2", "0"),
    "--step": ("0.9", "-6", "2"),
    "--words": ("bad, low", "bad, speech_bubble, (x\\)", "worst quality,low quality"),
    "--scope": ("each", "whole"),
    "--notation": ("weight", "bracket", "novelai"),
    "--embeddings": ("", "badv3", "badv3, aid210"),
    "--prompt": ("1girl, car", "a park\nhouse", "miku"),
    "--prompt-format": ("{prompt}", "masterpiece, {style}, {prompt}"),
    "--style": ("by wlop", ""),
    "--ratio": ("4:3", "16:9", "0.75"),
    "--size-rule": ("aspect512", "closest"),
    "--size": ("512x768", "700x700", "768x768"),
    "--cfg": ("7", "10.5", "0"),
    "--cfg-factor": ("1.5", "0.5"),
    "--steps": ("20", "150"),
    "--sampler": ("Euler a", "DPM++ 2M"),
    "--scheduler": ("Karras", "Automatic"),
    "--clip-skip": ("1", "2"),
    "--emphasis": ("Original", "No norm"),
    "--seed": ("1", "1337", "-1"),
}
FLAGS = ("--spaces", "--ladder")


def answer(words: Sequence[str]) -> str:
    """What the command line says to these words: exit code, both streams."""
    out, err = io.StringIO(), io.StringIO()
    code: object = 0
    before, sys.argv = sys.argv, ["pure_negative", *words]
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            runpy.run_module("pure_negative", run_name="__main__")
    except SystemExit as end:
        code = end.code
    finally:
        sys.argv = before
    return json.dumps([code, out.getvalue(), err.getvalue()], ensure_ascii=False)


def sets(draw: random.Random) -> list[list[str]]:
    """Choices as command line words; each set has up to five options, some of which contradict each other."""
    found: list[list[str]] = [[]]
    while len(found) < SETS:
        names = draw.sample([*VALUES], draw.randint(1, 5))
        words = [f"{name}={draw.choice(VALUES[name])}" for name in names]
        found.append(words + [flag for flag in FLAGS if draw.random() < 0.15])
    return found


def plans() -> Iterator[str]:
    """Every preset with every set of choices."""
    chosen = sets(random.Random(1))
    for preset in PRESETS:
        for words in chosen:
            yield f"plan {preset} {words}: {answer(['plan', '--json', '--preset', preset, *words])}"


def drawn(name: str, words: Sequence[str]) -> str:
    """One picture's hash, or what was said in its place."""
    with tempfile.TemporaryDirectory() as place:
        told = answer(["render", *words, "--out", place]).replace(place, "OUT")
        files = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in Path(place).glob("*.png")}
    refused = told if not files else ""
    return f"{name}: {files} {refused}"


def small_pictures() -> Iterator[str]:
    """Pictures of one step at 64 px, of presets and choices in turn."""
    draw = random.Random(2)
    free = [words for words in sets(draw) if not any("--size" in w or "--ratio" in w or "--seed" in w for w in words)]
    for number in range(PICTURES):
        words = [f"--preset={PRESETS[number % len(PRESETS)]}", *free[number % len(free)], f"--seed={number}"]
        words = [word for word in words if not word.startswith(("--steps", "--sampler", "--scheduler"))]
        euler = ["--steps=1", "--size=64x64", "--sampler=Euler", "--scheduler=Automatic"]
        yield drawn(f"picture {number} {words}", [*words, *euler])


def parity_pictures() -> Iterator[str]:
    """The pictures that the parity tests hold against the WebUI's, as far as the command line can ask for them."""
    known = json.loads((ROOT / "tests" / "reference" / "pictures.json").read_text(encoding="utf-8"))
    for name, request in known.items():
        size = f"{request['width']}x{request['height']}"
        plain = {"cfg": "cfg_scale", "steps": "steps", "sampler": "sampler", "scheduler": "scheduler", "seed": "seed"}
        words = [f"--{option}={request[key]}" for option, key in plain.items()]
        words += [f"--clip-skip={request['clip_skip']}", f"--emphasis={request['emphasis']}", f"--size={size}"]
        weight = request["negative_prompt"].rpartition(":")[2].rstrip(")") or "1"
        yield drawn(f"parity {name}", [*words, f"--prompt={request['prompt']}", f"--w={weight}"])


def main() -> None:
    """Print every case."""
    cases = [plans] if "--no-pictures" in sys.argv[1:] else [plans, small_pictures, parity_pictures]
    for each in cases:
        for line in each():
            print(line, flush=True)


if __name__ == "__main__":
    main()
