"""Imports run one way: notebooks, cli → site → show → log; notebooks → training, models, data."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from labbook.log.code import syntax

LIBRARY = Path(__file__).parents[1] / "lib" / "labbook"
# A text notebook in the library (the template of new experiments) imports what notebooks may.
SOURCES = sorted(LIBRARY.rglob("*.py"))
NOTEBOOKS = [path for path in SOURCES if path.read_text().startswith("# ---\n# jupyter:")]
MODULES = [path for path in SOURCES if path not in NOTEBOOKS]

# What each room may import of the library, beside itself.
ALLOWED = {
    "models": set(),
    "data": set(),
    "training": set(),
    "log": set(),
    "show": {"log"},
    "site": {"show", "log"},
    "cli": {"site", "log"},
}
# What is not loaded before somebody needs it.
HEAVY = {"torch", "pandas", "papermill", "distributed", "sphinx", "matplotlib", "jupytext"}


def name_of(path):
    return path.relative_to(LIBRARY).as_posix()


def room_of(path):
    """``models``, ``data``, …; ``cli`` for what starts the command line; None for the package."""
    first = path.relative_to(LIBRARY).parts[0].removesuffix(".py")
    return {"__init__": None, "__main__": "cli"}.get(first, first)


def imports_of(path):
    """Dotted names that a module imports, anywhere in it."""
    is_package = path.name == "__init__.py"
    parts = path.relative_to(LIBRARY.parent).with_suffix("").parts
    module = ".".join(parts[:-1] if is_package else parts)
    return set(imported_names(ast.parse(path.read_text()), module, is_package))


def imported_names(tree, module, is_package):
    """Dotted names in import statements at any depth; ``from a import b`` gives both parts."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            for _, what in syntax.imports_of(node, module, is_package):
                yield from (what.module, f"{what.module}.{what.name}")


def loaded_after(statement):
    """Top-level names in ``sys.modules`` of a process that executed ``statement``."""
    script = f"{statement}\nimport json, sys\nprint()\nprint(json.dumps(list(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return {name.split(".")[0] for name in json.loads(done.stdout.splitlines()[-1])}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_every_module_stands_in_a_known_room(path):
    assert room_of(path) in {None, *ALLOWED}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_stay_in_the_room_or_go_down(path):
    room = room_of(path)
    rooms = {name.split(".")[1] for name in imports_of(path) if name.startswith("labbook.")}
    assert rooms & set(ALLOWED) <= (ALLOWED[room] | {room} if room else set())


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name_of)
def test_notebooks_do_not_import_the_command_line(path):
    assert not {name for name in imports_of(path) if name.startswith("labbook.cli")}


@pytest.mark.parametrize("path", sorted((LIBRARY / "log").rglob("*.py")), ids=name_of)
def test_log_knows_nothing_of_torch(path):
    assert not {name for name in imports_of(path) if name.split(".")[0] in ("torch", "escnn")}


def test_importing_labbook_loads_nothing_heavy():
    assert not loaded_after("import labbook") & HEAVY


def test_help_loads_nothing_heavy():
    ask = "import labbook.cli\ntry: labbook.cli.main(['--help'])\nexcept SystemExit: pass"
    assert not loaded_after(ask) & HEAVY


def test_provenance_loads_nothing_heavy():
    assert not loaded_after("from labbook.log.provenance import collect; collect()") & HEAVY


def test_relative_import_is_resolved():
    tree = ast.parse("from . import b\nfrom ..c import d")
    assert set(imported_names(tree, "labbook.a.x", False)) == {
        *("labbook.a", "labbook.a.b", "labbook.c", "labbook.c.d"),
    }
