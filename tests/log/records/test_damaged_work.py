"""Sweeps and commands among damaged files: nothing else is lost, and nothing ends."""

import json
import os
import random
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from tests.log.records.whole import ENTRY, a_record, a_run, in_place_of

from labbook.log import trials
from labbook.log.records.folder import read_records, write_record
from labbook.log.records.json_file import DamagedFileWarning
from labbook.log.records.plan import Plan, publish_plan
from labbook.log.records.run_record import write_record as write_run


def train(width: int) -> dict:
    with open(os.environ["JOURNAL"], "a") as file:
        file.write(f"{width}\n")
    return {"metrics": {"loss": 1 / width}}


@pytest.mark.parametrize("content", [b"", b"[]", b'{"a": 1, "a": 2}', b"<<<<<<< HEAD\n"])
def test_sweep_makes_a_damaged_record_again_and_no_other(content, log) -> None:
    grid = trials.grid(width=[1, 2, 3])
    key = trials.run(train, grid, experiment="t")["key"][1]
    (log.folder("t") / f"{key}.json").write_bytes(content)
    with pytest.warns(DamagedFileWarning, match=key):
        assert list(trials.find(train, grid, experiment="t")["outcome"]) == ["ok", "planned", "ok"]
    with pytest.warns(DamagedFileWarning, match=key):
        assert list(trials.run(train, grid, experiment="t")["outcome"]) == ["ok"] * 3
    assert log.journal() == ["1", "2", "3", "2"]


GRID = trials.grid(width=[1, 2])
STALE = """\
import sys

from labbook.log import trials


def train(width):
    return {"metrics": {"loss": 1 / width}}


print(*trials.run(train, [{"width": 2}], refresh="stale")["outcome"])
"""


def test_sweep_reads_the_records_of_its_own_trials_alone(log) -> None:
    trials.run(train, GRID, experiment="t")
    (log.folder("t") / f"{'0' * 16}.json").write_text("{")
    with warnings.catch_warnings():
        warnings.simplefilter("error", DamagedFileWarning)
        trials.run(train, GRID, experiment="t")
        trials.find(train, GRID, experiment="t")


def test_damaged_acceptances_do_not_fail_a_sweep_of_stale_trials(log) -> None:
    log.run_text("toy", STALE)
    accepted = log.root / "docs" / "records" / "toy" / "accepted.json"
    accepted.parent.mkdir(parents=True)
    accepted.write_text("{")
    done = log.run_text("toy", STALE.replace("1 / width", "3 / width"))
    assert done.stdout == "ok\n" and "accepted.json is damaged" in done.stderr
    assert [record.metrics["loss"] for record in read_records("toy")] == [1.5]


def test_damaged_acceptances_do_not_fail_a_sweep(log) -> None:
    accepted = log.root / "docs" / "records" / "t" / "accepted.json"
    accepted.parent.mkdir(parents=True)
    accepted.write_text("{")
    table = trials.run(train, trials.grid(width=[1]), experiment="t")
    assert list(table["outcome"]) == ["ok"]


def some_damage(rng: random.Random, path: Path) -> str:
    """Damage a file in one of the ways in which files are damaged; returns which."""
    content = path.read_bytes()
    ways = ["cut", "bit", "twin", "merge", "empty", "folder", "fifo", "link"]
    how = rng.choice(ways if path.suffix == ".jsonl" else [*ways, "type", "huge"])
    if how == "cut":
        path.write_bytes(content[: rng.randrange(len(content))])
    elif how == "bit":
        place = rng.randrange(len(content))
        path.write_bytes(content[:place] + bytes([content[place] ^ 128]) + content[place + 1 :])
    elif how in ("type", "huge"):
        fields = json.loads(content)
        odd = [10**400] if how == "huge" else [5, "text", None, [], {"code": 3}, [{}], -1]
        fields[rng.choice(list(fields))] = rng.choice(odd)
        path.write_text(json.dumps(fields))
    elif how == "twin":
        path.write_bytes(content.replace(b"{", b'{"schema": 1, "schema": 1, ', 1))
    elif how == "merge":
        path.write_bytes(b"<<<<<<< HEAD\n" + content + b"=======\n" + content + b">>>>>>> x\n")
    elif how == "empty":
        path.write_bytes(b"")
    else:
        in_place_of(
            path, {"folder": "a folder", "fifo": "a FIFO", "link": "a link to nothing"}[how]
        )
    return how


@pytest.fixture
def crowded(log, folder) -> list[Path]:
    """The JSON files of a log with many records, here and published, runs and a page."""
    published = log.root / "docs" / "records" / "toy"
    published.mkdir(parents=True)
    for width in range(10, 40):
        write_record(a_record(width), folder if width % 3 else published)
    write_record(a_record(50, outcome="failed", error={"type": "ValueError"}), folder)
    for number in range(6):
        run = log.root / "runs" / "toy" / str(number)
        run.mkdir(parents=True)
        write_run(a_run(id=run.name), run)
    (published / "accepted.json").write_text('{"schema": 1, "accepted": []}')
    for profile in ("full", "smoke"):
        publish_plan(published, profile, Plan([ENTRY]))
    page = log.root / "notebooks" / "toy.ipynb"
    cell = {"cell_type": "code", "source": "1 + 1", "metadata": {}, "id": "a", "outputs": []}
    metadata = {"labbook": {"run": a_run(trials=Plan([ENTRY])).to_json()}}
    page.write_text(
        json.dumps(
            {
                "cells": [cell | {"execution_count": 1}],
                "metadata": metadata,
                "nbformat": 4,
                "nbformat_minor": 5,
            }
        )
    )
    (log.root / "conf.py").write_text('extensions = ["labbook.site"]\n')
    files = [path for path in log.root.rglob("*.json*") if path.is_file()]
    return sorted([*files, page])


def survives(command: list[str], log, hurt: dict) -> str:
    """What a command prints that may fail, but only in sentences."""
    done = subprocess.run(
        [sys.executable, "-m", "labbook", *command],
        cwd=log.root,
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode in (0, 1, 2) and "Traceback" not in done.stderr, (hurt, done.stderr)
    return done.stdout


# LABBOOK_TEST_DAMAGED=10 makes it 200 damaged files in place of 40.
@pytest.mark.parametrize("seed", range(int(os.environ.get("LABBOOK_TEST_DAMAGED", "2"))))
def test_of_twenty_damaged_files_none_ends_a_command_and_nothing_else_is_lost(
    seed, log, crowded
) -> None:
    rng = random.Random(seed)
    before = {record.key for record in read_records("toy")}
    hurt = {path: some_damage(rng, path) for path in rng.sample(crowded, 20)}
    local = {
        path: path.read_bytes()
        for path in crowded
        if path not in hurt and path.is_relative_to(log.root / "runs")
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DamagedFileWarning)
        after = {record.key for record in read_records("toy")}
        assert before - after <= {path.name[:16] for path in hurt}
        grid = trials.grid(width=list(range(50)))
        found = trials.find(train, grid, experiment="toy")
        assert set(found["key"][found["outcome"] == "ok"]) == after & set(found["key"])
    one, other = sorted(after)[:2]
    for command in (["status", "-v"], ["site"], ["publish", "toy", "--yes"], ["diff", one, other]):
        survives(command, log, hurt)
    assert "configuration" in survives(["show", one], log, hurt)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DamagedFileWarning)
        assert after <= {record.key for record in read_records("toy")}
    assert {path: path.read_bytes() for path in local} == local
