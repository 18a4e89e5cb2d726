"""A log of one's own works as it is made; test_wheel.py makes one in an empty environment."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml
from docutils.utils import column_width
from packaging.requirements import Requirement

from labbook.commands.init import create

README = (Path(__file__).parents[2] / "README.md").read_text()


def call(*command, cwd, **variables):
    outer = {name: value for name, value in os.environ.items() if not name.startswith("LABBOOK")}
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env=outer | variables, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def labbook(*arguments, cwd):
    return call(sys.executable, "-m", "labbook", *arguments, cwd=cwd)


def test_line_under_a_name_of_wide_letters_is_as_long_as_docutils_wants_it(tmp_path):
    create(tmp_path / "記録")
    title, line = (tmp_path / "記録" / "index.rst").read_text().splitlines()[:2]
    assert title == "記録" and len(line) >= column_width(title)


def test_package_of_a_log_hides_no_module(tmp_path):
    create(tmp_path / "code")
    assert [path.name for path in (tmp_path / "code" / "lib").iterdir()] == ["expt_code"]


def test_a_log_does_not_require_the_package_that_has_this_name_on_pypi(tmp_path):
    create(tmp_path)
    project = tomllib.loads((tmp_path / "pyproject.toml").read_text())["project"]
    ours = Requirement(next(d for d in project["dependencies"] if d.startswith("labbook")))
    assert ours.url or ("1.0.0.2" not in ours.specifier and version("labbook") in ours.specifier)


def without_tags(page):
    return re.sub(r"<[^>]+>", "", page)


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    """A log whose example cites, was run and published, and whose site was rendered."""
    folder = tmp_path_factory.mktemp("new") / "my log"
    labbook("init", folder, "--github", cwd=folder.parent)
    with open(folder / "docs" / "references.bib", "a") as entries:
        entries.write('@misc{Knuth1984, author="D. Knuth", title="The TeXbook", year=1984}\n')
    text = (folder / "notebooks" / "example.py").read_text()
    cited = text.replace("What did we find?", 'As <cite data-cite="Knuth1984"/> says.')
    (folder / "notebooks" / "example.py").write_text(cited)
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


def test_what_a_notebook_cites_stands_among_the_references(log):
    pages = log / "_build" / "html"
    assert "[Knuth, 1984]" in without_tags((pages / "notebooks" / "example.html").read_text())
    assert "The texbook" in (pages / "docs" / "references.html").read_text()


def test_change_of_own_code_makes_the_example_stale(log, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(log, copy)
    path = copy / "lib" / "my_log" / "network.py"
    path.write_text(path.read_text().replace("0.1, seed", "0.2, seed"))
    command = [sys.executable, "-m", "labbook", "status", "-v"]
    told = subprocess.run(command, cwd=copy, capture_output=True, text=True).stdout
    assert "example\n  Stale: my_log.network.train changed" in told


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


def test_what_the_readme_writes_runs_in_a_new_log(tmp_path):
    (example,) = re.findall(r"## What one writes.*?```python\n(.+?)```", README, flags=re.DOTALL)
    log = tmp_path / "my_log"
    create(log)
    notebook = log / "notebooks" / "example.py"
    header, _ = notebook.read_text().split("# %%\nfrom typing", 1)
    notebook.write_text(f"{header}# %%\n{example}")
    labbook("run", "example", cwd=log)
    assert "12 of 12 trials" in labbook("status", cwd=log)
