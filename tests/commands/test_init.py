"""A log of one's own works as it is made: here, and from a wheel in an empty environment."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from labbook.commands.init import create

REPOSITORY = Path(__file__).parents[2]


def call(*command, cwd, **variables):
    outer = {name: value for name, value in os.environ.items() if not name.startswith("LABBOOK")}
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env=outer | variables, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def labbook(*arguments, cwd):
    return call(sys.executable, "-m", "labbook", *arguments, cwd=cwd)


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    """A log of one's own whose example was run and published, and whose site was rendered."""
    folder = tmp_path_factory.mktemp("new") / "my log"
    labbook("init", folder, "--github", cwd=folder.parent)
    labbook("run", "example", cwd=folder)
    labbook("publish", "example", "--yes", cwd=folder)
    labbook("site", cwd=folder)
    return folder


def test_own_code_lies_in_a_package_of_the_logs_name(log):
    assert (log / "lib" / "my_log" / "network.py").is_file()


def test_settings_of_the_site_are_three_lines(log):
    lines = (log / "conf.py").read_text().splitlines()
    assert [line for line in lines[1:] if line] == [
        'project = "my log"',
        'extensions = ["labbook.site"]',
    ]


def test_example_is_fresh_and_its_page_rendered(log):
    (one,) = json.loads(labbook("status", "--json", cwd=log))
    assert (one["word"], one["trials"]["found"]) == ("fresh", 12)
    assert (
        "How wide a network" in (log / "_build" / "html" / "notebooks" / "example.html").read_text()
    )


def test_change_of_own_code_makes_the_example_stale(log, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(log, copy)
    path = copy / "lib" / "my_log" / "network.py"
    path.write_text(path.read_text().replace("0.1, seed", "0.2, seed"))
    command = [sys.executable, "-m", "labbook", "status", "-v"]
    told = subprocess.run(command, cwd=copy, capture_output=True, text=True).stdout
    assert "example is stale: my_log.network.train changed" in told


def test_colleague_renders_the_site_from_published_records_alone(log, tmp_path):
    ignored = shutil.ignore_patterns("runs", "_build", "*.ipynb", "__pycache__")
    clone = shutil.copytree(log, tmp_path / "clone", ignore=ignored)
    call("make", "published", f"LABBOOK={sys.executable} -m labbook", cwd=clone)
    assert (clone / "_build" / "html" / "notebooks" / "example.html").is_file()
    assert not list((clone / "runs" / "records" / "example").glob("*.json"))


def test_its_own_tests_pass(log):
    path = os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"]
    call("make", "test", cwd=log, PATH=path, PYTHONPATH=str(log / "lib"))


@pytest.mark.parametrize("name", ["tests", "site"])
def test_workflows_are_yaml_with_jobs(log, name):
    workflow = yaml.safe_load((log / ".github" / "workflows" / f"{name}.yml").read_text())
    (job,) = workflow["jobs"].values()
    assert all("uses" in step or "run" in step for step in job["steps"])


def test_without_github_there_are_no_workflows(tmp_path):
    assert not [path for path in create(tmp_path / "x") if ".github" in path.parts]


def test_file_that_is_there_is_kept_and_nothing_is_written(tmp_path):
    (tmp_path / "Makefile").write_text("mine\n")
    with pytest.raises(FileExistsError, match="Makefile is there already"):
        create(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["Makefile"]


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """The folder of commands of an environment that holds the wheel and what it requires alone."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    sources = folder / "sources"
    shutil.copytree(REPOSITORY / "lib", sources / "lib")
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(REPOSITORY / name, sources)
    call(*pip, "wheel", "--no-deps", "--quiet", "--wheel-dir", folder, sources, cwd=folder)
    (wheel,) = folder.glob("labbook-*.whl")
    call(sys.executable, "-m", "venv", folder / "venv", cwd=folder)
    command = [folder / "venv" / "bin" / "pip", "install", "--quiet", wheel]
    done = subprocess.run(command, capture_output=True, text=True)
    if "No matching distribution" in done.stderr or "Connection" in done.stderr:
        pytest.skip(
            f"NO PACKAGE INDEX: a wheel in an empty environment is not tested: {done.stderr}"
        )
    assert done.returncode == 0, done.stderr
    return folder / "venv" / "bin"


@pytest.fixture(scope="module")
def log_of_wheel(environment, tmp_path_factory):
    """A log that the wheel made in the empty environment."""
    folder = tmp_path_factory.mktemp("of_wheel") / "mine"
    call(environment / "labbook", "init", folder, "--github", cwd=folder.parent)
    return folder


def test_wheel_holds_all_templates(log, log_of_wheel):
    def names(folder):
        made = ("_build", "runs", "records", "__pycache__", "my_log", "mine", ".pytest_cache")
        paths = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
        return {path for path in paths if path.suffix != ".ipynb" and not {*path.parts} & {*made}}

    assert names(log_of_wheel) == names(log)


@pytest.mark.parametrize("package", ["torch", "gemmi", "macromol_voxelize", "sklearn", "escnn"])
def test_wheel_brings_nothing_that_only_models_need(environment, package):
    find = f"import importlib.util; print(importlib.util.find_spec({package!r}))"
    assert call(environment / "python", "-c", find, cwd="/") == "None\n"


def test_wheel_alone_runs_the_example_and_renders_the_site(environment, log_of_wheel):
    call(environment / "labbook", "run", "example", cwd=log_of_wheel)
    assert "Site rendered" in call(environment / "labbook", "site", cwd=log_of_wheel)
    (one,) = json.loads(call(environment / "labbook", "status", "--json", cwd=log_of_wheel))
    assert (one["word"], one["trials"]["found"]) == ("fresh", 12)


def test_new_experiment_runs_without_torch(environment, log_of_wheel):
    call(environment / "labbook", "new", "A second", cwd=log_of_wheel)
    call(environment / "labbook", "run", "a_second", "--profile", "smoke", cwd=log_of_wheel)


def test_wheel_brings_jupyterlab(environment, log_of_wheel):
    assert call(environment / "labbook", "lab", "--version", cwd=log_of_wheel).startswith("4.")
