"""What the gallery and the API get of a sheet: the drawn pictures, the maps, the cells, each with its own text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pure_negative.plan import Plan
from pure_negative.sheet import record
from pure_negative.sheet.definition import Cell
from pure_negative.sheet.gallery import Gallery

MOST_SHOWN = 400
"""Cells in the gallery; more freeze the page (users.md §1)."""


def processed(p: Any, gallery: Gallery, files: Sequence[Path], cells: bool = True) -> Any:
    """What was drawn of a sheet first, then its cells unless they are not wanted, aligned with their texts."""
    from modules.processing import Processed

    folder = gallery.folder
    whole = record.infotext(folder.record)
    drawn = [_described(gallery.drawn(path), path, whole) for path in files]
    shown = list(_cells(gallery)) if cells else []
    base, plans = folder.sheet.base, [cell.plan for cell, _ in shown]
    result = Processed(
        p,
        [*drawn, *(picture for _, picture in shown)],
        base.seed,
        whole,
        index_of_first_image=len(drawn),
        infotexts=[whole] * len(drawn) + [picture.info["parameters"] for _, picture in shown],
        all_prompts=[base.prompt] * len(drawn) + [plan.prompt for plan in plans],
        all_negative_prompts=[base.negative_prompt] * len(drawn) + [plan.negative_prompt for plan in plans],
        all_seeds=[base.seed] * len(drawn) + [plan.seed for plan in plans],
        all_subseeds=[p.subseed] * (len(drawn) + len(plans)),
    )
    made = sum(gallery.seen(cell) is not None for cell in folder.sheet.cells)
    result.extra_generation_params = {**result.extra_generation_params, "Sheet cells made": made}
    return result


def _described(picture: Any, path: Path, text: str) -> Any:
    """The picture with its text, and its file, which the gallery serves instead of writing it once more."""
    picture.info["parameters"] = text
    picture.already_saved_as = str(path)
    return picture


def _cells(gallery: Gallery) -> Iterator[tuple[Cell, Any]]:
    for cell in gallery.folder.sheet.cells[:MOST_SHOWN]:
        picture, seen = gallery.picture(cell), gallery.seen(cell)
        if picture is not None and seen is not None:
            yield cell, _described(picture, gallery.folder.cell_path(cell), seen.infotext)


def save(p: Any, base: Plan, pictures: list[Any]) -> None:
    """The drawn sheet among the WebUI's own grids, by its folders, names and formats."""
    from modules import images, shared

    for picture in pictures:
        images.save_image(
            picture,
            p.outpath_grids,
            "sheet",
            prompt=base.prompt,
            seed=base.seed,
            extension=shared.opts.grid_format,
            info=picture.info["parameters"],
            short_filename=not shared.opts.grid_extended_filename,
            grid=True,
            p=p,
        )
