"""The `Processed` result of a sheet: the drawn pictures, the heat maps and the cells, each with its infotext."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from pathlib import Path
from typing import Any

from pure_negative.io import validate
from pure_negative.planning import infotext
from pure_negative.sheet import record
from pure_negative.sheet.definition import Cell
from pure_negative.sheet.draw.cache import Gallery, Seen
from pure_negative.sheet.image_budget import Memory
from pure_negative.sheet.store import Folder
from pure_negative.webui.hosts import detect
from pure_negative.webui.sheet.lazy_image import OnDisk
from pure_negative.webui.xyz import other_scripts

MOST_SHOWN = 400
"""Cells in the gallery; more freeze the page (users.md §1)."""
MOST_BYTES = 512 << 20
"""Of cells that must stand in memory for the page: 400 of 512×512, or 128 of 1024×1024."""
_IN_COMMON = {"cfg_scale": "cfg_scale", "steps": "steps", "sampler_name": "sampler"}
"""What the answer says of the whole once, and what it is of a cell's request."""
MADE = "Sheet cells made"
"""The key of their number in what the API says of the run."""


def processed(p: Any, gallery: Gallery, files: Sequence[Path], cells: bool = True) -> Any:
    """What was drawn of a sheet first, then its cells unless they are not wanted, aligned with their texts."""
    from modules.processing import Processed

    folder = gallery.folder
    whole, base = record.infotext(folder.record), folder.sheet.base
    drawn = [_drawn(p, gallery, path, whole) for path in files]
    shown = list(_cells(p, gallery)) if cells else []
    plans = [cell.plan for cell, _, _ in shown]
    texts = [infotext.read(text) for *_, text in shown]  # what another extension drew is in them alone
    result = Processed(
        that_ran(p, folder),
        [*drawn, *(picture for _, picture, _ in shown)],
        base.seed,
        whole,
        index_of_first_image=len(drawn),
        infotexts=[whole] * len(drawn) + [text for *_, text in shown],
        all_prompts=[base.prompt] * len(drawn) + [text.prompt for text in texts],
        all_negative_prompts=[base.negative_prompt] * len(drawn) + [text.negative_prompt for text in texts],
        all_seeds=[base.seed] * len(drawn) + [plan.seed for plan in plans],
        all_subseeds=[p.subseed] * (len(drawn) + len(plans)),
    )
    result.clip_skip = base.clip_skip
    for name, kind in _IN_COMMON.items():
        setattr(result, name, _in_common(getattr(cell.request, kind) for cell in folder.sheet.cells))
    made = sum(gallery.seen(cell) is not None for cell in folder.sheet.cells)
    result.extra_generation_params = {**result.extra_generation_params, MADE: made}
    return result


def _in_common(values: Iterable[Any]) -> Any:
    """The value that all cells have, None where they differ: each one's own stands in its infotext."""
    value, *others = set(values)
    if others:
        return None
    return validate.tidy(value) if isinstance(value, float) else value


def that_ran(p: Any, folder: Folder) -> Any:
    """A copy of the run as what no axis changes makes it: what is said of the whole and files' names are made of it.

    `p` itself never ran, so it has the tab's values, and no checkpoint's name.
    """
    own, base, model = copy(p), folder.sheet.base, folder.model
    own.prompt, own.negative_prompt = base.prompt, base.negative_prompt
    own.seed, own.all_seeds = base.seed, [base.seed]
    own.width, own.height = base.size.width, base.size.height
    own.steps, own.cfg_scale = base.steps, validate.tidy(base.cfg)
    detect.current().sample(own, base.sampler, base.scheduler)
    own.batch_size = own.n_iter = 1
    own.sd_model_name, own.sd_model_hash = model.name, model.hash
    return own


def tell(p: Any, result: Any) -> None:
    """Have what the run says under the gallery, and its own lines in the API's answer too."""
    result.comments = "".join(f"{comment}\n" for comment in p.comments)
    other_scripts.answer(p, result)


def left_out(result: Any) -> str:
    """What the gallery lacks of the cells that are to be shown, in words."""
    shown, made = len(result.images) - result.index_of_first_image, result.extra_generation_params[MADE]
    return f"the gallery shows only the first {shown} of {made} pictures." if 0 < shown < made else ""


def _by_file(p: Any, gallery: Gallery) -> bool:
    """Whether files are enough: the page serves them, the API's answer holds the pictures themselves."""
    return gallery.folder.lasting and not p.is_api


def _drawn(p: Any, gallery: Gallery, path: Path, text: str) -> Any:
    if not _by_file(p, gallery):
        return _described(gallery.drawn(path), path, text)
    from PIL import Image

    with Image.open(path) as opened:
        return OnDisk(path, opened.size, text if keeps_texts() else "")


def _described(picture: Any, path: Path, text: str) -> Any:
    """The picture with its text, and its file, which the gallery serves instead of writing it once more."""
    picture.info.pop("parameters", None)
    if keeps_texts():
        picture.info["parameters"] = text
    picture.already_saved_as = str(path)
    return picture


def keeps_texts() -> bool:
    """Whether this WebUI's settings say to write infotexts into pictures; the API's answer has them apart too."""
    from modules import shared

    return bool(shared.opts.enable_pnginfo)


def _cells(p: Any, gallery: Gallery) -> Iterator[tuple[Cell, Any, str]]:
    """Those that are made, each with its picture and infotext, as long as there is room for them."""
    by_file, memory = _by_file(p, gallery), Memory(MOST_BYTES)
    for cell in gallery.folder.sheet.cells[:MOST_SHOWN]:
        seen, path = gallery.seen(cell), gallery.folder.cell_path(cell)
        if seen is None:
            continue
        if by_file:
            yield cell, OnDisk(path, (seen.width, seen.height), seen.infotext if keeps_texts() else ""), seen.infotext
        elif p.is_api or memory.takes((seen.width, seen.height)):
            yield from _read(gallery, cell, path, seen)
        else:
            return


def _read(gallery: Gallery, cell: Cell, path: Path, seen: Seen) -> Iterator[tuple[Cell, Any, str]]:
    picture = gallery.picture(cell)
    if picture is not None:
        yield cell, _described(picture, path, seen.infotext), seen.infotext


def save(p: Any, gallery: Gallery, files: Sequence[Path], shown: Sequence[Any]) -> None:
    """The drawn sheet among the WebUI's own grids, by its folders, names and formats; the gallery then serves those.

    `shown` is the gallery's picture of each file.
    """
    from modules import images, shared

    base, own = gallery.folder.sheet.base, that_ran(p, gallery.folder)
    text = record.infotext(gallery.folder.record)
    for path, picture in zip(files, shown, strict=True):
        whole = picture
        if isinstance(picture, OnDisk):
            whole = _described(gallery.drawn(path), path, text)
        images.save_image(
            whole,
            p.outpath_grids,
            "sheet",
            prompt=base.prompt,
            seed=base.seed,
            extension=shared.opts.grid_format,
            info=text,
            short_filename=not shared.opts.grid_extended_filename,
            grid=True,
            p=own,
        )
        picture.already_saved_as = whole.already_saved_as
