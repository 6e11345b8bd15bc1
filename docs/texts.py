"""The texts that are to be translated, read out of the source: what is shown on a page, and sentences for a user.

A sentence that is put together has `{}` for each part of it, as its translation has; one that ends in a space is the
beginning of a longer one.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pure_negative.language import translator

ROOT = Path(__file__).resolve().parents[1] / "pure_negative"
PRESETS = ROOT.parent / "presets"
WEBUI = (
    *("options.py", "panel", "webui/tick", "webui/core/settings.py", "webui/core/gallery.py"),
    *("webui/sheet/controls.py", "webui/sheet/forecast.py", "webui/sheet/saved.py", "webui/sheet/ready.py"),
    "webui/yields/controls.py",
)
"""Where labels, buttons and titles are that the WebUI shows."""
SHOWN = (*WEBUI, "page/layout.py", "page/events.py", "rules/cfg_scale.py")
"""Those, and what else is shown and no sentence."""
UNSAID = ("preset/schema.py", "io/http_body.py", "webui/api/", "yields/web/")
"""Where what looks like a sentence is for programs, or for the judging page, which is in English."""
NAMED = ("label", "placeholder")
"""Arguments of any call that are shown."""
FIRST = ("Button", "Accordion", "_button")
"""Calls whose first argument is shown as it is built."""
ANSWERED = ("_cells", "say")
"""Those whose first argument is translated by Python itself."""
TABLES = ("GROUPS", "OF_HOST", "_KINDS", "_ALWAYS", "_NONE", "_W_EFFECTS", "_LOW_W", "fit", "label")
"""Names of what is shown and stands in no call."""
ALSO = (
    *(f"{axis} {what}" for axis in "XYZ" for what in ("axis", "values")),
    *("1 picture", "{} pictures", "CFG scale {}: {}.", "recommended {}, {}", "{}; the formula gives {}"),
    *("{}, published range {} to {}", "{}, no published range", "{} (not scaled)", "the preset's row for {}"),
    *("the published row for {}", "the published row for {}, scaled from base {} to {}"),
    *("a whole number from {} to {}", "a number from {} to {}", "a number written with a point, like 0.564"),
    *("{} (did you mean {}?)", "Pure negative: {}: {} is not allowed; give {}."),
    *("{} of {} cells", "{} of {} cells, {} left", "{} in {}."),
    *("at {} of its size", "in {} pictures", "at {} of its size and in {} pictures"),
    "Judge pictures, mark seeds and see the yield table",
    "minimal effect of the words, tested down to 1e-16",
    *("Reset Words", "Reset Sampling", "Leave nothing to the tab", "CFG × steps", "Negative prompt"),
    "{}: {} is not allowed; W must be greater than 0, like 0.0001.",
)
"""What is put into sentences, or made of several texts."""
LOOSE = "{}{}{}"
"""What a sentence has of which too little is fixed: its parts are in `ALSO`."""
ALLOWED = ("refuse",)
"""Calls whose last argument says what is allowed."""


def texts() -> list[str]:
    """Every text, each once, in the order of the source."""
    found = [*ALSO, *(text for tree in _trees(SHOWN) for text in _labels(tree))]
    found += [text for tree in _trees(_said()) for text in _sentences(tree) if _is_known_again(text)]
    found += _hints()
    return [*dict.fromkeys(text for text in found if any(sign.isalpha() for sign in text) and LOOSE not in text)]


def of_webui() -> list[str]:
    """The texts that the WebUI's page shows as they are built, which its own way of translating finds there."""
    return [*dict.fromkeys(text for tree in _trees(WEBUI) for text in _labels(tree, FIRST) if text[:1].strip())]


def _is_known_again(text: str) -> bool:
    """Whether enough of a sentence is fixed to find its translation."""
    return translator.HOLE not in text or translator.is_recognised(text)


def _said() -> list[str]:
    """Where sentences are that a person reads: on a page, under the gallery, or on the command line."""
    found = (path.relative_to(ROOT).as_posix() for path in sorted(ROOT.rglob("*.py")))
    return [place for place in found if not place.startswith(UNSAID)]


def _hints() -> list[str]:
    """What the built-in presets say to their users."""
    made = (yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(PRESETS.glob("*.yaml")))
    hints = (preset.get("hints", []) for preset in made)
    return [text for found in hints for text in ([found] if isinstance(found, str) else found)]


def _trees(places: Iterable[str]) -> Iterator[ast.Module]:
    for place in places:
        path = ROOT / place
        for each in [path] if path.is_file() else sorted(path.rglob("*.py")):
            yield ast.parse(each.read_text(encoding="utf-8"))


def _labels(tree: ast.Module, first: Collection[str] = (*FIRST, *ANSWERED)) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            shown = [each.value for each in node.keywords if each.arg in NAMED]
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            shown += node.args[:1] if name in first else node.args[3:4] if name == "Control" else []
            shown += node.args[1:2] if name == "_number" else []
            shown += node.args[2:3] if name == "add" else node.args[1:2] if name == "OptionInfo" else []
            yield from filter(None, (template(each) for each in shown))
        elif isinstance(node, ast.Dict):
            yield from _named_in(node)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)) and _name_of(node) in TABLES:
            yield from _values_of(node.value)


def _name_of(node: ast.Assign | ast.AnnAssign) -> str:
    target = node.targets[0] if isinstance(node, ast.Assign) else node.target
    return getattr(target, "id", "")


def _named_in(node: ast.Dict) -> Iterator[str]:
    """The arguments of a call that are put together before it."""
    for key, value in zip(node.keys, node.values, strict=True):
        if isinstance(key, ast.Constant) and key.value in NAMED:
            yield from filter(None, [template(value)])


def _values_of(node: ast.expr | None) -> Iterator[str]:
    """The texts in it; of a table with keys the values alone."""
    parts = [node] if node else []
    while parts:
        part = parts.pop(0)
        text = template(part)
        parts[:0] = part.values if isinstance(part, ast.Dict) else ast.iter_child_nodes(part) if text is None else []
        if text:
            yield text


def _sentences(tree: ast.Module) -> Iterator[str]:
    beside = _no_sentences(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in ALLOWED:
            yield from filter(None, (template(each) for each in node.args[2:3]))
        text = template(node) if id(node) not in beside else None
        if text and " " in text.strip() and text.endswith((".", ": ")) and text[0] not in "[(\\":
            yield text


def _no_sentences(tree: ast.Module) -> set[int]:
    """Docstrings, and the parts of sentences that are put together."""
    found = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return found | {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}


def template(node: ast.AST) -> str | None:
    """A text, or a sentence with `{}` for each part that is put in; None for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return None


if __name__ == "__main__":
    print("\n".join(texts()))
