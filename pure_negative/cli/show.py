"""How the command line prints a plan."""

from __future__ import annotations

import sys

from pure_negative import options
from pure_negative.language.current import say
from pure_negative.planning.plan import Plan


def option(key: str) -> str:
    """The option that says a choice: `--cfg-factor` for `cfg_factor`."""
    return f"--{key.replace('_', '-')}"


def plan(made: Plan) -> str:
    """The plan for a person's eyes, a line each."""
    lines = {
        "preset": made.preset,
        "prompt": made.prompt or "(none)",
        "negative prompt": made.negative_prompt,
        "size": str(made.size),
        "CFG scale": f"{made.cfg:g}",
        "steps": str(made.steps),
        "sampler": f"{made.sampler}, schedule type {made.scheduler}",
        **{each.label.lower(): str(getattr(made, name)) for name, each in options.settings().items() if each.leave},
        "seed": "random" if made.seed == -1 else str(made.seed),
    }
    return "\n".join(f"{name:>15}: {text}" for name, text in lines.items())


def notes(made: Plan) -> None:
    """Hints and warnings, on stderr so that stdout holds the result alone."""
    for text in made.hints:
        print(f"hint: {say(text)}", file=sys.stderr)
    for text in made.warnings:
        print(f"warning: {say(text)}", file=sys.stderr)
