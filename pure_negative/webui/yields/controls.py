"""The yield script's own controls, and what their values mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from pure_negative.errors import PureNegativeError
from pure_negative.io import validate
from pure_negative.language.current import speaking
from pure_negative.panel import preset_box
from pure_negative.planning.choices import Choices
from pure_negative.planning.plan import Tab
from pure_negative.rules import seeds
from pure_negative.sheet import batches
from pure_negative.sheet.definition import Host, Sheet
from pure_negative.webui import names
from pure_negative.webui.core.host import WebuiHost
from pure_negative.webui.sheet import controls as sheet_controls
from pure_negative.yields import marks, seed_search

WHERE = "Pure negative yield"
KEYS = ("count", "seeds", "level", "batch", "resume")
"""The keys of the API's dict, in the order of the positional arguments."""
NO_LEVEL = "none (steps of the panel)"
LEVELS = (NO_LEVEL, *(f"{number}: {steps} steps" for number, steps in enumerate(seed_search.LEVELS, 1)))


@dataclass(frozen=True)
class Wanted:
    """What a yield run's controls ask for; no seeds mean `count` of them, counted up from the tab's."""

    count: int
    seeds: tuple[int, ...]
    level: int | None
    batch: int | None
    resume: str
    kind: str = names.YIELD_RUN

    def sheet(self, chosen: Choices, tab: Tab, _: Host | None = None) -> Sheet:
        """The run as a sheet over seeds: the panel's choices, the tab's controls, the level's steps."""
        if self.level:
            chosen = seed_search.at_steps(chosen, seed_search.LEVELS[self.level - 1])
        return seed_search.plan(chosen, self.seeds or seeds.counted_up(tab.seed, self.count), tab=tab)


def build() -> list[Any]:
    """The controls, in the order of the API's positional arguments, and the way to the judging page."""
    with gr.Row():
        count = gr.Number(
            seed_search.SAMPLE, precision=0, label="Number of pictures (consecutive seeds)", elem_id=_id("count")
        )
        level = gr.Dropdown(list(LEVELS), value=NO_LEVEL, label="Seed search level", elem_id=_id("level"))
    with gr.Row():
        seeds = gr.Textbox(
            "", label="Or a list of seeds, like 3, 5, 100-119", max_lines=1, elem_id=_id("seeds"), scale=3
        )
        take = gr.Button("Use marked seeds", size="sm", elem_id=_id("take"))
    with gr.Row():
        batch = gr.Slider(
            0, batches.LARGEST, value=0, step=1, label="Largest batch size (0: by picture size)", elem_id=_id("batch")
        )
        resume = gr.Textbox("", label="Resume run (folder name)", max_lines=1, elem_id=_id("resume"))
    told = gr.HTML("", elem_id=_id("told"))
    gr.HTML(_link(), elem_id=_id("judge"))
    take.click(speaking(WebuiHost().language, taken), [], [seeds, level, told], show_progress="hidden")
    level.input(counted, [level, count], [count], show_progress="hidden")
    return [count, seeds, level, batch, resume]


def _id(name: str) -> str:
    return f"pure_negative_yield_{name}"


def _link() -> str:
    return (
        f'<a href="{escape(names.YIELD_PAGE)}" target="_blank">Judge pictures, mark seeds and see the yield table</a>'
    )


def counted(level: Any, count: Any) -> Any:
    """As many pictures as the level is for, unless the user gave a number."""
    usual = {True: seed_search.FIRST, False: seed_search.SAMPLE}
    first = level == LEVELS[1]
    return usual[first] if count == usual[not first] else gr.update()


def taken() -> list[Any]:
    """The seeds marked in the newest run that has any, and the level that comes next, for the controls."""
    try:
        found = marks.newest()
    except PureNegativeError as error:
        return [gr.update(), gr.update(), preset_box.told(str(error), kind="error")]
    words = preset_box.told(f"{len(found.seeds)} seeds were marked in {found.folder.name}.")
    level = LEVELS[seed_search.LEVELS.index(found.steps) + 1] if found.steps else NO_LEVEL
    return [gr.update(value=seed_search.write_seeds(found.seeds)), gr.update(value=level), words]


def read(args: Sequence[Any]) -> Wanted:
    """What the arguments ask for: the controls' values, or one dict (or its JSON text) in the first place.

    Raises:
        PureNegativeError: a key or a value that is not known.
    """
    named = sheet_controls.by_name(args)
    return _wanted(dict(zip(KEYS, args, strict=False)) if named is None else named)


def _wanted(entries: dict[str, Any]) -> Wanted:
    unknown = [key for key in entries if key not in KEYS]
    if unknown:
        raise PureNegativeError(f"{WHERE}: {validate.shown(unknown[0])} is not a key; use one of {', '.join(KEYS)}.")
    given = {key: value for key, value in entries.items() if value not in (None, "", NO_LEVEL)}
    level = _level(given["level"]) if "level" in given else None
    usual = seed_search.FIRST if level == 1 else seed_search.SAMPLE
    batch = validate.whole(given.get("batch", 0), f"{WHERE}: batch", 0, batches.LARGEST)
    return Wanted(
        count=validate.whole(given.get("count", usual), f"{WHERE}: count", 1, seed_search.MOST),
        seeds=seed_search.read_seeds(given["seeds"], f"{WHERE}: seeds") if "seeds" in given else (),
        level=level,
        batch=batch or None,
        resume=sheet_controls.folder_name(given.get("resume", ""), WHERE, names.YIELD_RUN),
    )


def _level(value: Any) -> int:
    """A level's number, or what the list shows of it."""
    return LEVELS.index(value) if value in LEVELS else seed_search.read_level(value, f"{WHERE}: level")
