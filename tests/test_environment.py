"""environment.yml and pyproject.toml name the same packages with the same pins."""

import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
# escnn cannot stand in pyproject.toml: pip would then want its Fortran dependency. The Makefile
# installs it without.
ONLY_CONDA = {"escnn==1.0.11"}


def conda_dependencies() -> list:
    return yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]


def pins_of_pyproject() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return {*project["dependencies"], *project["optional-dependencies"]["dev"]}


def test_environment_yml_holds_the_pins_of_pyproject():
    (pip,) = [entry["pip"] for entry in conda_dependencies() if isinstance(entry, dict)]
    assert set(pip) == pins_of_pyproject() | ONLY_CONDA


def test_both_ask_for_the_same_python():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert f"python{project['requires-python']}" in conda_dependencies()


def test_makefile_installs_the_pins_that_pyproject_cannot_hold_or_must_come_first():
    makefile = (ROOT / "Makefile").read_text()
    assert "install --disable-pip-version-check torch==2.13.0" in makefile
    assert "--no-deps escnn==1.0.11" in makefile
    assert "torch==2.13.0" in pins_of_pyproject()


def test_py3nj_comes_from_conda():
    assert "py3nj" in conda_dependencies()
