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
    "distributed": {"ray"},
    "training": MODELS,
}
"""Room → what it alone may import; pictures and arrays may be imported by every room, but for the core."""
CORE = ("io", "prompt", "rules", "preset", "planning", "sharing", "cli")
"""The rooms that must do with Python and PyYAML until a picture is asked for."""
ROOT_FILES = {"__init__.py", "__main__.py", "errors.py", "guidance.py", "options.py", "output.py"}


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
        leak = imported(tree(path)) & (MODELS | WEBUI | {"gradio", "ray"}) - WORLDS.get(room, set())
        leaks += [label(path, name) for name in sorted(leak)]
    assert leaks == []


def test_the_core_imports_no_model_host_or_picture_library_at_its_top():
    outside = MODELS | WEBUI | IMAGES | {"gradio", "ray", "yaml"}
    files = [path for room in CORE for path in (PACKAGE / room).glob("*.py")]
    assert [label(path, name) for path in files for name in imported(tree(path), True) & outside] == []


def test_the_root_holds_but_what_every_room_shares():
    assert {path.name for path in PACKAGE.iterdir() if path.is_file()} <= ROOT_FILES


def modules_of(root: Path) -> dict[str, Path]:
    """Every module below a folder by its dotted name; a package goes by its own."""
    files = (root / "pure_negative").rglob("*.py")
    names = {path: ".".join(path.relative_to(root).with_suffix("").parts) for path in files}
    return {name.removesuffix(".__init__"): path for path, name in names.items()}


def needed(parsed: ast.Module, modules: Mapping[str, Path], below: str) -> set[str]:
    """The modules of ours that a module imports: at its top, in its functions, and by the strings of `later`."""
    skipped = {id(node) for block in ast.walk(parsed) if _is_for_types(block) for node in ast.walk(block)}
    found: set[str] = set()
    for node in ast.walk(parsed):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
        elif isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "later":
            found |= {f"{below}.{ast.literal_eval(node.args[0]).rpartition('.')[0]}"}
    packages = {name for name, path in modules.items() if path.name == "__init__.py"}
    return found & set(modules) - packages


def circles(root: Path, below: str = "pure_negative.webui") -> list[list[str]]:
    """The groups of modules that import each other in a circle, however long."""
    modules = modules_of(root)
    needs = {name: needed(tree(path), modules, below) - {name} for name, path in modules.items()}
    reach = {name: _reached(name, needs) for name in needs}
    groups = {frozenset({name, *(other for other in reach[name] if name in reach[other])}) for name in needs}
    return sorted(sorted(group) for group in groups if len(group) > 1)


def _reached(start: str, needs: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        new = needs[waiting.pop()] - found
        found |= new
        waiting += new
    return found


def test_no_module_imports_itself_in_a_circle():
    assert circles(ROOT) == []


@pytest.mark.parametrize(
    "back",
    [
        "from pure_negative import first",
        "def f():\n    from pure_negative.first import x",
        "import pure_negative.first",
        "later('first.x')",
    ],
)
def test_a_circle_is_found_however_it_is_closed(tmp_path, back):
    package = tmp_path / "pure_negative"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "first.py").write_text("from pure_negative import second")
    (package / "second.py").write_text("from pure_negative.third import y")
    (package / "third.py").write_text("def g():\n    pass")
    assert circles(tmp_path, "pure_negative") == []
    (package / "third.py").write_text(back)
    assert circles(tmp_path, "pure_negative") == [[f"pure_negative.{name}" for name in ("first", "second", "third")]]


OTHER_WEBUIS = r"forge|sd\.?next|amdgpu|vladmandic|haoming|panchovix|lllyasviel|lshqqytiger|\bneo\b"
NAMING_THEM = (
    "pure_negative/webui/hosts/",
    *("docs/", "tests/", ".github/", "README.md", "CHANGELOG.md", "CONTRIBUTING.md"),
    "pure_negative/language/",  # the translations of what the room says
)
"""The room of the other WebUIs, the tests, and what is written for people."""


def test_the_other_webuis_are_named_in_their_room_in_tests_and_in_documents():
    found = subprocess.run(
        ["git", "grep", "--untracked", "-liP", OTHER_WEBUIS], cwd=ROOT, capture_output=True, check=False, text=True
    )
    assert found.returncode == 0, found.stderr
    named = found.stdout.splitlines()
    assert any(name.startswith("pure_negative/webui/hosts/") for name in named)
    assert [name for name in named if not name.startswith(NAMING_THEM)] == []


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
from pure_negative.cli import main
sys.exit(main.main({arguments!r}))
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
    code = "import sys; from pure_negative.cli import main; main.main(['plan', '--json']); print(len(sys.modules))"
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
