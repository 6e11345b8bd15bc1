"""Every name that the stand-in declares is there, with its parameters: on the real WebUI the first fact of all."""

from __future__ import annotations

import ast
import importlib
import inspect
from pathlib import Path
from typing import Any

import pytest

from tests.standin import driver

HOST = Path(__file__).parent / "host"
FILES = sorted((HOST / "modules").rglob("*.py"))


def module_of(file: Path) -> Any:
    parts = file.relative_to(HOST).with_suffix("").parts
    return importlib.import_module(".".join(part for part in parts if part != "__init__"))


def declared(tree: ast.Module | ast.ClassDef) -> list[ast.stmt]:
    """The public functions and classes of a module or class."""
    kinds = (ast.FunctionDef, ast.ClassDef)
    return [node for node in tree.body if isinstance(node, kinds) and not node.name.startswith("_")]


def names(tree: ast.Module) -> list[str]:
    """What a module assigns, the public names."""
    targets = [target for node in tree.body if isinstance(node, ast.Assign) for target in node.targets]
    found = [each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)]
    return [name for name in found if not name.startswith("_")]


def check(node: Any, where: Any, path: str) -> None:
    """A function or class of the stand-in is in the real place, its parameters in the same order."""
    found = inspect.getattr_static(where, node.name, None)
    assert found is not None, f"{path}.{node.name} is not there"
    if isinstance(node, ast.ClassDef):
        for member in declared(node):
            check(member, found, f"{path}.{node.name}")
    elif not isinstance(found, property):
        check_parameters(node, found, f"{path}.{node.name}")


def check_parameters(node: ast.FunctionDef, found: Any, path: str) -> None:
    wanted = [arg.arg for arg in (*node.args.args, *node.args.kwonlyargs)]
    there = list(inspect.signature(found).parameters)
    assert [name for name in there if name in wanted] == wanted, f"{path}{tuple(there)}"


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(HOST)))
def test_a_declared_module_is_there_with_its_names(file: Path) -> None:
    module, tree = module_of(file), ast.parse(file.read_text("utf8"))
    assert [name for name in names(tree) if not hasattr(module, name)] == []
    for node in declared(tree):
        check(node, module, module.__name__)


def test_the_plots_module_has_its_names(webui: driver.WebUI) -> None:
    from modules import scripts

    data = next(each for each in scripts.scripts_data if each.script_class.__module__ == "xyz_grid.py")
    for node in declared(ast.parse((HOST / "scripts" / "xyz_grid.py").read_text("utf8"))):
        if node.name != "Script":  # type: ignore[attr-defined]
            check(node, data.module, "xyz_grid")


def test_declared_settings_and_fields_are_there() -> None:
    import dataclasses

    from modules import processing, shared

    tree = ast.parse((HOST / "modules" / "processing.py").read_text("utf8"))
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    for node in classes:
        fields = {each.target.id for each in node.body if isinstance(each, ast.AnnAssign)}  # type: ignore[union-attr]
        known = getattr(processing, node.name)
        assert fields <= {field.name for field in (dataclasses.fields(known) if fields else ())}, node.name
    tree = ast.parse((HOST / "modules" / "shared.py").read_text("utf8"))
    table = next(node.value for node in tree.body if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict))
    settings = [ast.literal_eval(key) for key in table.keys if key]
    assert [key for key in settings if key not in shared.opts.data_labels] == []
