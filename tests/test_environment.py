"""environment.yml, pyproject.toml and the Makefile name the same packages with the same pins."""

import ast
import importlib.metadata
import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
# What escnn requires, from this repository: pyproject.toml cannot name a folder.
ESCNN_SUPPORT = [f"-e ./lib/escnn_support/{name}" for name in ("lie_learn", "py3nj")]

# What is needed although no text of ours imports it.
NOT_IMPORTED = {
    "joblib": "escnn imports it, and does not require it",
    "pymanopt": "escnn imports it, and does not require it",
    "autograd": "escnn imports it, and does not require it",
    "jupyterlab": "labbook lab starts it as a program",
    "furo": "the theme of the site, named in labbook.site.settings",
    "sphinxcontrib-bibtex": "an extension of Sphinx, named in labbook.site.settings",
}


def distribution_of(requirement: str) -> str:
    return re.sub("[-_.]+", "-", re.match(r"[\w.-]+", requirement)[0]).lower()


def imported_distributions() -> set[str]:
    """The distributions whose packages the library, a notebook or conf.py imports."""
    texts = [*ROOT.glob("lib/labbook/**/*.py"), *ROOT.glob("notebooks/*.py"), ROOT / "conf.py"]
    nodes = [node for text in texts for node in ast.walk(ast.parse(text.read_text()))]
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module for node in nodes if isinstance(node, ast.ImportFrom) and not node.level]
    holders = importlib.metadata.packages_distributions()
    return {
        distribution_of(distribution)
        for name in names
        for distribution in holders.get(name.partition(".")[0], [])
    }


def conda_dependencies() -> list:
    return yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]


def pins_of_pyproject() -> set[str]:
    """What ``.[dev]`` installs, with the extras that it names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    pins = {*project["dependencies"], *extras["dev"]}
    own = {"labbook[models,structures,import,export]"}
    assert own <= pins
    return pins - own | {
        *(pin for extra in ("models", "structures", "import", "export") for pin in extras[extra])
    }


def test_environment_yml_holds_the_pins_of_pyproject():
    (pip,) = [entry["pip"] for entry in conda_dependencies() if isinstance(entry, dict)]
    assert set(pip) == pins_of_pyproject().union(ESCNN_SUPPORT)


def test_each_requirement_is_imported_by_the_library_or_a_notebook():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    pins = [*project["dependencies"], *extras["models"], *extras["structures"]]
    required = set(map(distribution_of, pins))
    assert required - imported_distributions() == set(NOT_IMPORTED)


def test_both_ask_for_the_same_python():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert f"python{project['requires-python']}" in conda_dependencies()


def test_makefile_installs_the_pin_that_must_come_first():
    makefile = (ROOT / "Makefile").read_text()
    assert "install --disable-pip-version-check torch==2.13.0" in makefile
    assert "torch==2.13.0" in pins_of_pyproject()


def test_makefile_installs_what_escnn_requires_from_this_repository():
    makefile = (ROOT / "Makefile").read_text()
    assert f"ESCNN_SUPPORT := {' '.join(ESCNN_SUPPORT)}\n" in makefile
    assert "install --disable-pip-version-check $(ESCNN_SUPPORT) -e '.[dev]'" in makefile


@pytest.mark.parametrize("name", ["lie_learn", "py3nj"])
def test_distributions_for_escnn_say_that_they_are_not_the_original(name):
    pyproject = ROOT / "lib" / "escnn_support" / name / "pyproject.toml"
    project = tomllib.loads(pyproject.read_text())["project"]
    assert project["name"] == name
    assert project["version"].endswith("+labbook")
