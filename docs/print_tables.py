"""Print the tables of options into the documents, after a change of the options: `python docs/print_tables.py`.

A table stands between two comments, `<!-- table: NAME -->` and `<!-- end -->`. With `--check` nothing is written, and
the exit code is 1 where a document's table is not that of the code.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from pure_negative import options  # noqa: E402 - found beside this folder, installed or not
from pure_negative.cli import show  # noqa: E402
from pure_negative.diffusion import preflight  # noqa: E402
from pure_negative.diffusion.ldm_config import STOCK  # noqa: E402
from pure_negative.planning import choices, plan  # noqa: E402
from pure_negative.preset import families, library, requirements  # noqa: E402
from pure_negative.preset.model import Preset  # noqa: E402


def rows(head: Iterable[str], body: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    names = [*head]
    lines = [names, ["---"] * len(names), *map(list, body)]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def values(known: options.Values, metavar: str) -> str:
    """What an option takes, for a person."""
    schema = known.schema
    if known.names:
        return ", ".join(f"`{name}`" for name in known.names)
    if schema.get("type") == "boolean":
        return "`true`, `false`"
    if "minimum" in schema:
        return f"{schema['minimum']:g} to {schema['maximum']:g}"
    if "exclusiveMinimum" in schema:
        return f"above 0 to {schema['maximum']}" if "maximum" in schema else "above 0"
    return f"`{metavar}`" if metavar else "list"


def command_line() -> str:
    """The options of the commands that plan."""
    known = [spelling for each, spelling in options.spelled() if each.command_line]
    body = ([f"`{show.option(each.key)} {each.metavar}`".replace(" `", "`"), each.help] for each in known)
    return rows(("option", "meaning"), body)


def preset_keys() -> str:
    """The keys that a preset shares with the command line."""
    return rows(("key", "value", "meaning", "left out"), map(_preset_key, options.shared().values()))


def _preset_key(option: options.Option) -> Iterator[str]:
    usual = getattr(Preset, option.name)
    yield f"`{option.name}`"
    yield values(option.values, option.metavar)
    yield option.preset_help or option.help
    yield "left alone" if usual is None else f"`{options.written(usual)}`"


def api_keys() -> str:
    """The keys of the API's dict."""
    body = ([f"`{each.key}`", values(each.values, each.metavar), each.help] for _, each in options.spelled())
    return rows(("key", "value", "meaning"), body)


def stand_alone() -> str:
    """What becomes of each built-in preset without the WebUI."""
    known = library.Library()
    return rows(
        ("preset", "made for", "files it names", "missing without the WebUI"),
        (_stand_alone(known.load(name)) for name in known.built_in_ids()),
    )


def _stand_alone(preset: Preset) -> Iterator[str]:
    family = families.of(preset.id)
    yield f"`{preset.id}`"
    yield family or "any checkpoint"
    yield ", ".join(f"`{need.name}` in `{need.folder}`" for need in requirements.needs(preset)) or "none"
    yield " ".join(_missing(preset, family)) or "nothing"


def _missing(preset: Preset, family: str) -> Iterator[str]:
    """A sentence for each thing that the preset says and the engine does not do."""
    made = plan.make(choices.read({"preset": preset.id}))
    if family and family not in STOCK:
        yield families.unlike(preset.id, family)
    request = made.request(0)
    for what, value, there in (
        ("sampler", request.sampler, preflight.SAMPLERS),
        ("schedule type", request.scheduler, preflight.SCHEDULERS),
        ("emphasis", request.emphasis, preflight.EMPHASES),
    ):
        if value not in there:
            yield f"The {what} {value}."
    if named := [name for name in _OF_EXTENSIONS if name.lower() in " ".join(preset.hints).lower()]:
        yield f"Its hints name {', '.join(named)}."
    yield from made.warnings


_OF_EXTENSIONS = ("hires fix", "dynamic thresholding", "FreeU", "PAG", "SAG", "ControlNet", "AnimateDiff")
"""What a preset only recommends, and what the WebUI itself or an extension of it does."""
TABLES: Mapping[str, tuple[str, Callable[[], str]]] = {
    "command line": ("README.md", command_line),
    "preset keys": ("docs/presets.md", preset_keys),
    "API keys": ("docs/webui.md", api_keys),
    "stand-alone": ("docs/presets.md", stand_alone),
}
"""Table → the document it stands in, and what makes it."""


def printed(name: str) -> tuple[Path, str, str]:
    """A table's document, its text as it is, and as it is to be."""
    document, make = TABLES[name]
    path = ROOT / document
    text = path.read_text(encoding="utf-8")
    pattern = rf"(<!-- table: {re.escape(name)} -->\n).*?(<!-- end -->)"
    return path, text, re.sub(pattern, lambda found: f"{found[1]}{make()}\n{found[2]}", text, count=1, flags=re.DOTALL)


def main() -> int:
    """Print every table into place, or say which are stale."""
    stale = 0
    for name in TABLES:
        path, text, new = printed(name)
        if f"<!-- table: {name} -->" not in text:
            print(f"{path.relative_to(ROOT)}: there is no place for the table '{name}'.", file=sys.stderr)
            stale = 1
        elif "--check" in sys.argv[1:] and text != new:
            print(f"{path.relative_to(ROOT)}: the table '{name}' is stale.", file=sys.stderr)
            stale = 1
        elif text != new:
            path.write_text(new, encoding="utf-8")
    return stale


if __name__ == "__main__":
    sys.exit(main())
