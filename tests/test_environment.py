"""environment.yml, pyproject.toml and the Makefile name the same packages with the same pins."""

import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
# What escnn requires, from this repository: pyproject.toml cannot name a folder.
ESCNN_SUPPORT = [f"-e ./lib/escnn_support/{name}" for name in ("lie_learn", "py3nj")]


def conda_dependencies() -> list:
    return yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]


def pins_of_pyproject() -> set[str]:
    """What ``.[dev]`` installs, with the extras that it names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    pins = {*project["dependencies"], *extras["dev"]}
    own = {"labbook[models,structures]"}
    assert own <= pins
    return pins - own | {*extras["models"], *extras["structures"]}


def test_environment_yml_holds_the_pins_of_pyproject():
    (pip,) = [entry["pip"] for entry in conda_dependencies() if isinstance(entry, dict)]
    assert set(pip) == pins_of_pyproject().union(ESCNN_SUPPORT)


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
