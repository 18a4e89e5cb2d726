"""Damaged runs, plans, acceptances, pages and texts: one sentence each, and the rest goes on."""

import json
import os
from pathlib import Path

import pytest
from tests.log.records.whole import ENTRY, a_run, damaged, in_place_of

from labbook.log.freshness.acceptance import read_acceptances
from labbook.log.freshness.standing import standings
from labbook.log.records.json_file import DamagedFile, DamagedFileWarning
from labbook.log.records.plan import Plan, publish_plan, read_published_plans
from labbook.log.records.run_record import read_runs
from labbook.log.records.run_record import write_record as write_run

RUN_FAULTS = {
    "profile": (3, "at `profile`"),
    "provenance": ({"code": []}, "at `provenance.code`"),
    "start": (None, "at `start`"),
    "error": ([], "at `error`"),
    "schema": (2, "its schema 2 is newer"),
    "parameters_used": ([], "at `parameters_used`"),
}


@pytest.mark.parametrize("fault", RUN_FAULTS)
def test_run_that_does_not_fit_is_named_and_the_others_are_read(fault, log) -> None:
    for name in ("one", "two"):
        folder = log.root / "runs" / "toy" / name
        folder.mkdir(parents=True)
        write_run(a_run(id=name), folder)
    value, message = RUN_FAULTS[fault]
    damaged(log.root / "runs" / "toy" / "one" / "run.json", **{fault: value})
    with pytest.warns(DamagedFileWarning, match=message):
        assert [run.id for run in read_runs("toy", root=log.root)] == ["two"]


ACCEPTANCES = {
    "no list": ('{"schema": 1, "accepted": "a"}', "at `accepted`"),
    "an entry of text": ('{"schema": 1, "accepted": ["a"]}', r"at `accepted\[0\]`"),
    "a reason of a number": (
        '{"schema": 1, "accepted": [{"date": "2026-11-22", "by": "", "because": 3, "code": {}}]}',
        "because`",
    ),
    "no JSON": ("{", "it is no JSON"),
}


@pytest.mark.parametrize("fault", ACCEPTANCES)
def test_damaged_acceptances_are_named(fault, log, folder) -> None:
    text, message = ACCEPTANCES[fault]
    path = log.root / "docs" / "records" / "toy" / "accepted.json"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    with pytest.raises(DamagedFile, match=message):
        read_acceptances("toy", log.root)


PLAN_FAULTS = {
    "a key": (ENTRY | {"key": 5}, "at `key`"),
    "a key of words": (ENTRY | {"key": "x"}, "at `key`"),
    "a function elsewhere": (ENTRY | {"function": "../other.train"}, "at `function`"),
    "a configuration": (ENTRY | {"configuration": []}, "at `configuration`"),
    "data": (ENTRY | {"data_digest": 3}, "at `data_digest`"),
    "no key": ({"function": "toy.train"}, "missing required field"),
    "a name twice": ('{"key": "x", ' + json.dumps(ENTRY)[1:], "'key' stands in it twice"),
    "a merge": ("<<<<<<< HEAD", "git left both versions in it"),
    "half a line": (json.dumps(ENTRY)[:40], "it is no JSON"),
}


@pytest.fixture
def plans(log, folder) -> Path:
    """The folder of the published plans of ``toy``: one for each of two profiles."""
    published = log.root / "docs" / "records" / "toy"
    for profile in ("full", "smoke"):
        publish_plan(published, profile, Plan([ENTRY]))
    return published / "plans"


@pytest.mark.parametrize("fault", PLAN_FAULTS)
def test_plan_that_does_not_fit_is_named_and_the_others_are_read(fault, plans) -> None:
    line, message = PLAN_FAULTS[fault]
    path = plans / "full.jsonl"
    text = line if isinstance(line, str) else json.dumps(line)
    path.write_text(f"{json.dumps(ENTRY)}\n{text}\n")
    with pytest.warns(DamagedFileWarning) as warned:
        assert list(read_published_plans(plans.parent)) == ["smoke"]
    told = str(warned[0].message)
    assert f"{path} is damaged: line 2 holds no trial: " in told and message in told


@pytest.mark.parametrize("what", ["a folder", "a FIFO", "a link to nothing"])
def test_no_file_in_place_of_a_plan_is_named(what, plans) -> None:
    in_place_of(plans / "full.jsonl", what)
    with pytest.warns(DamagedFileWarning, match=f"full.jsonl is damaged: it is {what}"):
        assert list(read_published_plans(plans.parent)) == ["smoke"]


def test_damaged_plan_is_a_problem_of_its_experiment_alone(log, plans) -> None:
    (log.root / "notebooks" / "other.py").write_text("# %%\n1\n")
    (plans / "full.jsonl").write_text("{")
    other, toy = standings(log.root)
    assert other.problems == []
    assert toy.problems[0].startswith("docs/records/toy/plans/full.jsonl is damaged: line 1")
    assert toy.trials.found == 1  # of the plan that is whole


@pytest.mark.parametrize("what", ["a folder", "a FIFO", "a link to nothing"])
def test_no_file_in_place_of_a_runs_record_is_named(what, log) -> None:
    for name in ("one", "two"):
        folder = log.root / "runs" / "toy" / name
        folder.mkdir(parents=True)
        write_run(a_run(id=name), folder)
    in_place_of(log.root / "runs" / "toy" / "one" / "run.json", what)
    with pytest.warns(DamagedFileWarning, match=rf"run\.json is damaged: it is {what}"):
        assert [run.id for run in read_runs("toy", root=log.root)] == ["two"]


PAGE_FAULTS = {
    "a list": "[]",
    "metadata of a number": '{"cells": [], "metadata": 5}',
    "a run of a list": '{"cells": [], "metadata": {"labbook": []}}',
    "cells of a number": '{"cells": 3, "metadata": {}}',
    "a cell of text": '{"cells": ["a"], "metadata": {}}',
    "outputs of text": '{"cells": [{"cell_type": "code", "source": "", "metadata": {}, '
    '"outputs": "a"}], "metadata": {}}',
    "parameters of text": '{"cells": [], "metadata": {"papermill": {"parameters": "a"}}}',
}


@pytest.mark.parametrize("fault", PAGE_FAULTS)
def test_page_that_does_not_fit_is_a_problem_of_its_experiment_alone(fault, log, folder) -> None:
    (log.root / "notebooks" / "other.py").write_text("# %%\n1\n")
    (log.root / "notebooks" / "toy.ipynb").write_text(PAGE_FAULTS[fault])
    other, toy = standings(log.root)
    assert (other.problems, toy.word) == ([], "never run")
    assert toy.problems[0].startswith("notebooks/toy.ipynb is no notebook (")


TEXTS = {
    "in another encoding": lambda path: path.write_bytes("# %%\ngröße = 1\n".encode("latin-1")),
    "that is a FIFO": lambda path: (path.unlink(), os.mkfifo(path)),
}


@pytest.mark.parametrize("what", TEXTS)
def test_text_that_cannot_be_read_is_a_reason_of_its_experiment_alone(what, log, folder) -> None:
    (log.root / "notebooks" / "other.py").write_text("# %%\n1\n")
    TEXTS[what](log.root / "notebooks" / "toy.py")
    other, toy = standings(log.root)
    assert (other.because, toy.trials.looked_up_found) == ([], 2)
    assert any(reason.startswith("the notebook toy.py ") for reason in toy.because)
