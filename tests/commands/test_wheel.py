"""A wheel in an empty environment: what it brings, and the day of the how-to lived with it."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from tests.howto import DAY, ROOT, commands_in

from labbook.commands.init import create
from labbook.log.records.folder import read_records


def outside(path: Path) -> dict[str, str]:
    """The variables of a shell that finds programs in ``path`` first, and no log."""
    names = [name for name in os.environ if not name.startswith(("LABBOOK", "PYTHON"))]
    places = f"{path}{os.pathsep}{os.environ['PATH']}"
    return {name: os.environ[name] for name in names} | {"PATH": places}


def call(*command, cwd, path):
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env=outside(path), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def needed_by(distribution: metadata.Distribution) -> Iterator[metadata.Distribution]:
    """The distributions that pip would install with one, from those that are installed here."""
    waiting, seen = [(distribution, frozenset())], set()
    while waiting:
        one, extras = waiting.pop()
        for need in map(Requirement, one.requires or []):
            asked = {"", *extras}
            if need.marker and not any(need.marker.evaluate({"extra": x}) for x in asked):
                continue
            if (what := (need.name, frozenset(need.extras))) not in seen:
                seen.add(what)
                other = metadata.distribution(need.name)
                yield other
                waiting.append((other, what[1]))


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """The folder of commands of an environment that holds the wheel and what it requires alone.

    What it requires is not downloaded: the files are links to those of this environment.
    """
    folder = tmp_path_factory.mktemp("wheel")
    sources = folder / "sources"
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(ROOT / "lib", sources / "lib", ignore=ignored)
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, sources)
    commands = folder / "venv" / "bin"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    build = ["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, sources]
    call(*pip, *build, cwd=folder, path=commands)
    (wheel,) = folder.glob("labbook-*.whl")
    call(sys.executable, "-m", "venv", "--without-pip", folder / "venv", cwd=folder, path=commands)
    install = ["--python", commands / "python", "install", "--no-deps", "--no-index", wheel]
    call(*pip, *install, cwd=folder, path=commands)
    (place,) = (folder / "venv" / "lib").glob("python*/site-packages")
    (labbook,) = metadata.distributions(path=[str(place)])
    for distribution in needed_by(labbook):
        for file in distribution.files:
            link = Path(os.path.normpath(place / file))
            if link.parent != commands and not link.exists():
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to(distribution.locate_file(file).resolve())
    return commands


def test_wheel_holds_all_templates(environment, tmp_path):
    call("labbook", "init", tmp_path / "mine", "--github", cwd=tmp_path, path=environment)
    create(tmp_path / "here" / "mine", github=True)
    made, expected = (
        {path.relative_to(place) for path in place.rglob("*") if path.is_file()}
        for place in (tmp_path / "mine", tmp_path / "here" / "mine")
    )
    assert made == expected


@pytest.mark.parametrize("package", ["torch", "gemmi", "macromol_voxelize", "sklearn", "escnn"])
def test_wheel_brings_nothing_that_only_models_need(environment, package):
    assert importlib.util.find_spec(package), "the outer environment would have to have it"
    find = f"import importlib.util; print(importlib.util.find_spec({package!r}))"
    assert call("python", "-c", find, cwd="/", path=environment) == "None\n"


@pytest.fixture(scope="module")
def lived(environment, tmp_path_factory):
    """The log of the how-to's day, and each command in turn with its exit code and what it said."""
    folder = tmp_path_factory.mktemp("day")
    done = {}
    for command in commands_in(DAY):
        if command.startswith("cd "):
            folder = folder / command.removeprefix("cd ")
            continue
        text = command
        if "KEY" in command:
            keys = [record.key for record in read_records("example", root=folder) if record.ok]
            # The newest were made by the code as it is.
            text = command.replace("OTHER_KEY", keys[-2]).replace("KEY", keys[-1])
        done[command] = subprocess.run(
            text, shell=True, cwd=folder, env=outside(environment), capture_output=True, text=True
        )
    return folder, done


@pytest.fixture
def day(lived):
    return lived[1]


@pytest.mark.parametrize(
    "command", [command for command in commands_in(DAY) if not command.startswith("cd ")]
)
def test_command_of_the_day_does_what_it_should(day, command):
    # status says by its exit code that something is stale, as it is then.
    expected = {0, 1} if command.startswith("labbook status") else {0}
    assert day[command].returncode in expected, day[command].stdout + day[command].stderr
    assert "Traceback" not in day[command].stderr


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("labbook status -v", "my_log.network.train changed"),
        ("labbook run example --refresh stale", "example: ok"),
        ("labbook rerun KEY", "equal to the last bit"),
        ("labbook show KEY --code", "# my_log.network.train"),
        ("labbook mv example_2 wide_layers", "example_2 is wide_layers now"),
        ("make published", "Site rendered"),
    ],
)
def test_day_goes_as_the_text_says(day, command, says):
    assert says in day[command].stdout


def test_example_is_fresh_once_the_page_shows_its_demo(environment, lived):
    folder, _ = lived
    call("labbook", "run", "example", "--promote", cwd=folder, path=environment)
    told = call("labbook", "status", "example", "--json", cwd=folder, path=environment)
    (one,) = json.loads(told)
    assert (one["word"], one["trials"]["found"]) == ("fresh", 12)


def test_new_experiment_runs_without_torch(environment, lived):
    folder, _ = lived
    (name,) = (path.stem for path in folder.glob("notebooks/does_more*.py"))
    call("labbook", "run", name, "--profile", "smoke", cwd=folder, path=environment)


def test_wheel_brings_jupyterlab(environment, lived):
    folder, _ = lived
    assert call("labbook", "lab", "--version", cwd=folder, path=environment).startswith("4.")
