"""The rooms keep to themselves: who imports what, how long a function is, and that nothing happens at import."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "pure_negative"
TRAINING = ROOT / "training"
SOURCES = sorted([*PACKAGE.rglob("*.py"), *TRAINING.glob("*.py"), *(ROOT / "scripts").glob("*.py"), *ROOT.glob("*.py")])
MODELS = {"torch", "diffusers", "transformers", "safetensors", "accelerate", "tokenizers"}
WEBUI = {"modules", "launch"}
IMAGES = {"PIL", "numpy", "tqdm"}
WORLDS: Mapping[str, set[str]] = {
    "diffusion": MODELS,
    "webui": WEBUI | {"gradio"},
    "panel": {"gradio"},
    "page": {"gradio"},
    "training": MODELS,
}
"""Room → what it alone may import; pictures and arrays may be imported by every room, but for the core."""
CORE = (
    *("errors", "fields", "emphasis", "size", "guidance", "yaml_text", "preset", "library", "prompt_grammar"),
    *("choices", "request", "plan", "infotext", "cli"),
)


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def label(path: Path, what: object) -> str:
    return f"{path.relative_to(ROOT).as_posix()}: {what}"


def imported(parsed: ast.Module, at_the_top: bool = False) -> set[str]:
    """The first names of what a module imports when it runs: in all of its functions, or at its top alone."""
    skipped = {id(node) for block in ast.walk(parsed) if _is_for_types(block) for node in ast.walk(block)}
    found = set()
    for node in parsed.body if at_the_top else ast.walk(parsed):
        if isinstance(node, ast.Import) and id(node) not in skipped:
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level and id(node) not in skipped:
            found.add(node.module.split(".")[0])
    return found


def _is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def room_of(path: Path) -> str:
    if path.is_relative_to(TRAINING):
        return "training"
    return path.relative_to(PACKAGE).parts[0] if path.is_relative_to(PACKAGE) else "entry"


def test_each_room_imports_only_its_own_world():
    leaks = []
    for path in SOURCES:
        room = room_of(path)
        leak = imported(tree(path)) & (MODELS | WEBUI | {"gradio"}) - WORLDS.get(room, set())
        leaks += [label(path, name) for name in sorted(leak)]
    assert leaks == []


def test_the_core_imports_no_model_host_or_picture_library_at_its_top():
    outside = MODELS | WEBUI | IMAGES | {"gradio", "yaml"}
    leaks = [(room, name) for room in CORE for name in imported(tree(PACKAGE / f"{room}.py"), True) & outside]
    assert leaks == []


def test_the_other_webuis_are_named_in_one_room():
    room = PACKAGE / "webui" / "hosts"
    names = [
        label(path, "")
        for path in SOURCES
        if room not in path.parents and "forge" in path.read_text(encoding="utf-8").lower()
    ]
    assert names == []


def in_a_fresh_interpreter(code: str) -> str:
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False, timeout=60, encoding="utf-8"
    )
    assert found.returncode == 0, found.stderr
    return found.stdout


def test_importing_the_package_brings_in_itself_alone():
    code = "import sys; before = set(sys.modules); import pure_negative; print(*sorted(set(sys.modules) - before))"
    assert in_a_fresh_interpreter(code).split() == ["pure_negative"]


BLOCKED = """
import sys

class Block:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {blocked!r}:
            raise ImportError(name + " is not here")

sys.meta_path.insert(0, Block())
from pure_negative import cli
sys.exit(cli.main({arguments!r}))
"""


@pytest.mark.parametrize(
    "arguments",
    [
        ["plan"],
        ["plan", "--ratio", "4:3", "--json"],
        ["presets", "list"],
        ["presets", "show", "nai"],
        ["presets", "check", "presets/nai.yaml"],
    ],
)
def test_plans_and_presets_need_nothing_but_python_and_pyyaml(arguments):
    blocked = MODELS | WEBUI | IMAGES | {"gradio"}
    assert in_a_fresh_interpreter(BLOCKED.format(blocked=blocked, arguments=arguments))


def test_planning_loads_few_modules():
    """No test measures time; this stands in for it, and torch alone would be over a thousand."""
    code = "import sys; from pure_negative import cli; cli.main(['plan', '--json']); print(len(sys.modules))"
    assert int(in_a_fresh_interpreter(code).splitlines()[-1]) < 250


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree(path)) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))


def test_functions_are_short():
    long = []
    for path in SOURCES:
        most = 39 if path.is_relative_to(PACKAGE / "panel") else 50
        for function in functions(path):
            lines = function.end_lineno - function.lineno + 1
            long += [label(path, f"{function.name}: {lines} lines")] if lines > most else []
    assert long == []


def test_every_function_is_annotated():
    bare = []
    for path in SOURCES:
        for function in functions(path):
            arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
            names = [one.arg for one in arguments if one.annotation is None and one.arg not in ("self", "cls")]
            bare += [label(path, f"{function.name}: {names}")] if names or function.returns is None else []
    assert bare == []


MUTABLE = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
MAKERS = {"list", "dict", "set", "bytearray", "deque", "defaultdict", "Counter", "OrderedDict", "WeakKeyDictionary"}
CHANGES = {
    *("append", "extend", "insert", "remove", "pop", "popitem", "clear", "sort", "reverse"),
    *("update", "setdefault", "add", "discard", "difference_update", "intersection_update"),
}


def _is_mutable(value: ast.expr | None) -> bool:
    if isinstance(value, ast.Call):
        return ast.unparse(value.func).split(".")[-1] in MAKERS
    return isinstance(value, MUTABLE)


def changed(parsed: ast.Module) -> set[str]:
    """What some code in the module changes in place."""
    found: list[ast.expr] = []
    for node in ast.walk(parsed):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGES:
            found.append(node.func.value)
        elif isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
            found.append(node.value)
        elif isinstance(node, ast.AugAssign):
            found.append(node.target)
    return {ast.unparse(value) for value in found}


def test_no_module_keeps_state():
    """A list, map or set at the top of a module is named as a constant and changed by no code; no global is rebound."""
    state = []
    for path in SOURCES:
        parsed = tree(path)
        state += [label(path, node.names) for node in ast.walk(parsed) if isinstance(node, ast.Global)]
        for node in parsed.body:
            if isinstance(node, (ast.Assign, ast.AnnAssign)) and _is_mutable(node.value):
                name = ast.unparse(node.targets[0] if isinstance(node, ast.Assign) else node.target)
                constant = (name.isupper() or name == "__all__") and name not in changed(parsed)
                state += [] if constant else [label(path, name)]
    assert state == []


def test_nothing_is_left_unfinished():
    marks = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "NotImplemented" + "Error"]
    files = [*SOURCES, *(ROOT / "tests").rglob("*.py")]
    assert [label(path, mark) for path in files for mark in marks if mark in path.read_text(encoding="utf-8")] == []


def test_no_file_names_a_place_of_the_machine_it_was_written_on():
    homes = ["/" + "root/", "/" + "home/", "/" + "Users/"]
    files = [*SOURCES, *(ROOT / "tests").rglob("*.py"), *ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
    assert [label(path, home) for path in files for home in homes if home in path.read_text(encoding="utf-8")] == []
