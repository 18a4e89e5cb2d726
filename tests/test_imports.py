"""Imports run one way, rooms stay small, and asking for help loads nothing heavy."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from labbook.log.code.reading import syntax

LIBRARY = Path(__file__).parents[1] / "lib" / "labbook"
MODULES = sorted(LIBRARY.rglob("*.py"))

# What each room may import of the library, beside itself.
ALLOWED = {
    "models": set(),
    "data": set(),
    "training": set(),
    "experiments": {"models", "data", "training"},
    "log": set(),
    "show": {"log"},
    "site": {"show", "log"},
    "lab": {"log"},
    "commands": {"site", "lab", "show", "log"},
    "cli": {"commands", "site", "lab", "log"},
}
# The rooms inside log, each with those below it.
LOG = {
    "processes": set(),
    "records": {"processes"},
    "code": {"records", "processes"},
    "notebook": {"records", "code", "processes"},
    "freshness": {"records", "code", "notebook", "processes"},
    "trials": {"records", "code", "notebook", "freshness", "processes"},
    "runs": {"records", "code", "notebook", "freshness", "processes"},
}
# A trial that goes on from the arrays of another trial asks the log for them, in this one place.
ALSO_ALLOWED = {"experiments/connectors/arrays.py": {"log"}}
# What is not loaded before somebody needs it.
HEAVY = {"torch", "numpy", "pandas", "papermill", "distributed", "sphinx", "matplotlib", "jupytext"}
LONGEST_FILE, LARGEST_FOLDER = 300, 15


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


def module_of(path):
    parts = path.relative_to(LIBRARY.parent).with_suffix("").parts
    return ".".join(parts[:-1] if path.name == "__init__.py" else parts)


def top_level_imports_of(path):
    """Modules of the library that are imported while this one is."""
    tree = ast.parse(path.read_text())
    tree.body = [s for s in tree.body if isinstance(s, ast.Import | ast.ImportFrom)]
    names = set(imported_names(tree, module_of(path), path.name == "__init__.py"))
    modules = {module_of(other) for other in MODULES}
    # "from a import b" imports the module b, and a only where b is a name in it.
    packages = {name.rpartition(".")[0] for name in names & modules}
    return (names & modules) - packages - {module_of(path)}


def circle_from(module, graph, way, done):
    """The modules on the way from one to itself; empty where there is no such way."""
    if module in way:
        return [*way[way.index(module) :], module]
    if module in done or module not in graph:
        return []
    for other in sorted(graph[module]):
        if found := circle_from(other, graph, [*way, module], done):
            return found
    done.add(module)
    return []


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
    allowed = ALLOWED[room] | {room} | ALSO_ALLOWED.get(name_of(path), set()) if room else set()
    assert rooms & set(ALLOWED) <= allowed


@pytest.mark.parametrize("path", sorted((LIBRARY / "log").glob("*/**/*.py")), ids=name_of)
def test_imports_inside_the_log_go_down(path):
    room = path.relative_to(LIBRARY / "log").parts[0]
    names = (name.split(".") for name in imports_of(path) if name.startswith("labbook.log."))
    assert {parts[2] for parts in names} <= LOG[room] | {room}


def test_no_module_imports_itself_through_others():
    graph = {module_of(path): top_level_imports_of(path) for path in MODULES}
    done: set[str] = set()
    for module in graph:
        assert circle_from(module, graph, [], done) == []


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_file_is_longer_than_one_idea(path):
    assert len(path.read_text().splitlines()) <= LONGEST_FILE


@pytest.mark.parametrize(
    "folder", sorted({path.parent for path in MODULES}), ids=lambda folder: folder.name
)
def test_no_folder_is_too_full_to_be_looked_over(folder):
    assert len(list(folder.glob("*.py"))) <= LARGEST_FOLDER


@pytest.mark.parametrize("path", sorted((LIBRARY / "log").rglob("*.py")), ids=name_of)
def test_log_knows_nothing_of_torch(path):
    assert not {name for name in imports_of(path) if name.split(".")[0] in ("torch", "escnn")}


def test_importing_labbook_loads_nothing_heavy():
    assert not loaded_after("import labbook") & HEAVY


def test_help_loads_nothing_heavy():
    ask = "import labbook.cli\ntry: labbook.cli.main(['--help'])\nexcept SystemExit: pass"
    assert not loaded_after(ask) & HEAVY


def test_provenance_loads_nothing_heavy():
    assert not loaded_after("from labbook.log.code.provenance import collect; collect()") & HEAVY


def test_relative_import_is_resolved():
    tree = ast.parse("from . import b\nfrom ..c import d")
    assert set(imported_names(tree, "labbook.a.x", False)) == {
        *("labbook.a", "labbook.a.b", "labbook.c", "labbook.c.d"),
    }


@pytest.mark.parametrize("module", ["log.runs.run", "site.log"])
def test_no_command_builds_the_grammar_of_iris(module):
    # jsonschema, which nbformat imports, would: more than a second of each command.
    assert "lark" not in loaded_after(f"import labbook.{module}; import nbformat")
