"""Every experiment keeps to the form, runs in its smallest profile, and sweeps nothing in vain."""

import re
import shutil
from itertools import groupby
from pathlib import Path

import pytest
from tests.executed import executed

from labbook.log.notebook import notebooks
from labbook.log.records.folder import read_records
from labbook.log.runs.run import run_notebook
from labbook.log.trials.inert import inert_parameters

ROOT = Path(__file__).parents[1]
EXPERIMENTS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.py"))


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_page_has_the_headings_of_an_experiment(experiment):
    cells = notebooks.read(ROOT / "notebooks" / f"{experiment}.py").cells
    prose = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    headings = re.findall(r"^## (.+)$", prose, flags=re.MULTILINE)
    assert headings == ["Question", "Setup", "Results", "Discussion", "Next"]


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_readme_tells_the_verdict_of_the_notebook(experiment):
    header = notebooks.read(ROOT / "notebooks" / f"{experiment}.py").metadata.labbook
    rows = (ROOT / "README.md").read_text().splitlines()
    (row,) = [row for row in rows if f"](notebooks/{experiment}.py)" in row]
    number, verdict = row.split("|")[1].strip(), row.split("|")[3].strip()
    assert (number, verdict) == (str(header.expt), " ".join(header.verdict.split()))
    assert len(verdict) < 330, "A verdict answers the question; the rest stands on the page."


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_smoke_profile_runs(experiment, tmp_path):
    ignore = shutil.ignore_patterns("*.ipynb", ".ipynb_checkpoints")
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks", ignore=ignore)
    shutil.copytree(ROOT / "docs" / "records", tmp_path / "docs" / "records")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    record = run_notebook(experiment, profile="smoke", root=tmp_path)
    assert record.outcome == "ok", record.error


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_full_profile_can_be_shown_without_any_record(experiment, tmp_path, monkeypatch):
    monkeypatch.delenv("LABBOOK_DATA", raising=False)
    ignore = shutil.ignore_patterns("*.ipynb", ".ipynb_checkpoints")
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks", ignore=ignore)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    assert executed(tmp_path, experiment, "full").result() > 0


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_no_published_trial_swept_a_parameter_without_effect(experiment):
    def function(record):
        return record.function

    records = sorted(read_records(experiment, root=ROOT), key=function)
    published = [record for record in records if record.origin == "published"]
    for _, of_one_function in groupby(published, function):
        assert not any(inert_parameters(of_one_function).values())
