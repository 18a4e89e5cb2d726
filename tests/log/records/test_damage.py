"""Damaged files of a log: each is one sentence with its name, and the rest of the log goes on."""

import json
import os
import random
import stat
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from labbook.log import trials
from labbook.log.freshness.acceptance import read_acceptances
from labbook.log.freshness.standing import standings
from labbook.log.records.folder import read_records, write_record
from labbook.log.records.json_file import DamagedFile, DamagedFileWarning, Misfit, parse_json
from labbook.log.records.key import record_key
from labbook.log.records.plan import Plan, publish_plan, read_published_plans
from labbook.log.records.record import Record
from labbook.log.records.run_record import RunRecord, read_runs
from labbook.log.records.run_record import write_record as write_run

START = "2026-11-22T10:00:00.000000+00:00"


def a_record(width: int = 3, **fields) -> Record:
    configuration = {"width": width}
    return Record(
        **{
            "key": record_key("toy.train", configuration, ""),
            "function": "toy.train",
            "experiment": "toy",
            "configuration": configuration,
            "data_digest": "",
            "outcome": "ok",
            "start": START,
            "end": START,
            "metrics": {"loss": 0.5},
            "history": {"loss": [1.0, 0.5]},
            "provenance": {"code": {"toy.train": "0123"}, "versions": {"python": "3.12"}},
        }
        | fields
    )


def a_run(**fields) -> RunRecord:
    return RunRecord(
        **{
            "id": "20261122T100000-abcdef",
            "experiment": "toy",
            "outcome": "ok",
            "error": None,
            "parameters_given": {},
            "parameters_used": {},
            "profile": None,
            "start": START,
            "end": START,
            "wall_time_s": 1.0,
            "source_digest": "",
            "provenance": {},
            "notebook": "",
        }
        | fields
    )


@pytest.fixture
def folder(log) -> Path:
    """The folder of local records of ``toy``, with two good records in it."""
    (log.root / "notebooks" / "toy.py").write_text("# %%\n1 + 1\n")
    folder = log.folder("toy")
    folder.mkdir(parents=True)
    write_record(a_record(3), folder)
    write_record(a_record(4), folder)
    return folder


def damaged(path: Path, **fields: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


JSON_FAULTS = {
    "empty": (b"", "it is empty"),
    "blank": (b" \n", "it is empty"),
    "cut short": (b'{"a": [1,', "it is no JSON"),
    "latin-1": (b'"gr\xf6\xdfe"', "it is not UTF-8"),
    "NaN": (b"[NaN]", "it is no JSON"),
    "1e999": (b"[1e999]", "out of range"),
    "5,000 digits": (b"1" * 5000, "out of range"),
    "a key twice": (b'{"a": 1, "b": {"c": 1, "c": 2}}', "'c' stands in it twice"),
    "a lone surrogate": (b'"\\ud800"', "it is no JSON"),
    "nested": (b"[" * 100_000, "nested too deep"),
    "a merge": (
        b'{\n<<<<<<< HEAD\n "a": 1\n=======\n "a": 2\n>>>>>>> theirs\n}',
        "git left both versions in it",
    ),
}


@pytest.mark.parametrize("fault", JSON_FAULTS)
def test_json_is_read_strictly(fault) -> None:
    content, message = JSON_FAULTS[fault]
    with pytest.raises(Misfit, match=message):
        parse_json(content)


@pytest.mark.parametrize("text", ['{"a": {"a": 1}, "b": [{"a": 2}, {"a": 3}]}', '{"\\": {": 1}'])
def test_json_with_each_key_once_is_read(text) -> None:
    assert parse_json(text.encode()) == json.loads(text)


RECORD_FAULTS = {
    "start": (5, "expected `str`, got `int` - at `start`"),
    "end": ("yesterday", "end is 'yesterday'; it is a time as"),
    "provenance": ([], "got `array` - at `provenance`"),
    "metrics": (None, "got `null` - at `metrics`"),
    "history": ([], "got `array` - at `history`"),
    "outcome": ("fine", "invalid enum value 'fine' - at `outcome`"),
    "schema": (99, "its schema 99 is newer than this labbook knows"),
    "seed": ("x", "got `str` - at `seed`"),
    "parameters": (1.5, "got `float` - at `parameters`"),
    "wall_time_s": (-1.0, ">= 0.0 - at `wall_time_s`"),
    "experiment": ("other", "toy.train is no function of other"),
    "configuration": ({"width": 5}, "its key does not fit"),
    "error": ("boom", "got `str` - at `error`"),
    "artifacts": ("abc", "got `str` - at `artifacts`"),
    "unheard": (1, "unknown field `unheard`"),
}
INNER_FAULTS = {
    "metric of text": ({"metrics": {"loss": "low"}}, "at `metrics"),
    "metric of 10**400": ({"metrics": {"loss": 10**400}}, "expected `int` <= 9223372036854775807"),
    "curve with 10**400": ({"history": {"loss": [-(10**400)]}}, "expected `int` >= -9223"),
    "curve of texts": ({"history": {"loss": ["a", "b"]}}, "at `history"),
    "code of a number": ({"provenance": {"code": 3}}, "at `provenance.code`"),
    "code of a list": ({"provenance": {"code": ["a"]}}, "at `provenance.code`"),
    "versions of numbers": ({"provenance": {"versions": {"torch": 2}}}, "at `provenance.versions"),
}


@pytest.mark.parametrize("fault", [*RECORD_FAULTS, *INNER_FAULTS])
def test_record_that_does_not_fit_is_named_and_the_others_are_read(fault, folder) -> None:
    fields, message = INNER_FAULTS.get(fault) or ({fault: RECORD_FAULTS[fault][0]}, "")
    message = message or RECORD_FAULTS[fault][1]
    path = folder / f"{a_record(3).key}.json"
    damaged(path, **fields)
    with pytest.warns(DamagedFileWarning) as warned:
        assert [r.configuration for r in read_records("toy")] == [{"width": 4}]
    assert str(path) in str(warned[0].message) and message in str(warned[0].message)


def test_record_among_those_of_another_experiment_is_named(log, folder) -> None:
    other = log.folder("other")
    folder.rename(other)
    with pytest.warns(DamagedFileWarning, match="it is of toy, and lies among"):
        assert read_records("other") == []


def in_place_of(path: Path, what: str) -> None:
    path.unlink()
    if what == "a folder":
        path.mkdir()
    elif what == "a FIFO":
        os.mkfifo(path)
    elif what == "a link to nothing":
        path.symlink_to("nowhere")


@pytest.mark.parametrize("what", ["a folder", "a FIFO", "a link to nothing"])
def test_no_file_in_place_of_a_record_is_named(what, folder) -> None:
    in_place_of(folder / f"{a_record(3).key}.json", what)
    with pytest.warns(DamagedFileWarning, match=f"it is {what}"):
        assert len(read_records("toy")) == 1


def test_record_that_may_not_be_read_is_named(folder) -> None:
    path = folder / f"{a_record(3).key}.json"
    path.chmod(0)
    code = "from labbook.log.records.folder import read_records; print(len(read_records('toy')))"
    drop = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.getuid() == 0 else []
    done = subprocess.run([*drop, sys.executable, "-c", code], capture_output=True, text=True)
    path.chmod(stat.S_IRUSR | stat.S_IWUSR)
    assert done.stdout.strip() == "1", done.stderr
    assert "it cannot be read (Permission denied)" in done.stderr


LOCKS = [
    b"[]",
    b"{}",
    b'{"record": 1}',
    b'{"pid": 1, "host": "h", "timeout_s": null, "submission": "a", "record": {"key": "x"}}',
]


@pytest.mark.parametrize("content", LOCKS)
def test_damaged_lock_loses_no_record(content, folder) -> None:
    (folder / "0123456789abcdef.lock").write_bytes(content)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DamagedFileWarning)
        assert len(read_records("toy")) == 2


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


ENTRY = {
    "key": a_record(3).key,
    "function": "toy.train",
    "configuration": {"width": 3},
    "data_digest": "",
}
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


STALE = """\
import sys

from labbook.log import trials


def train(width):
    return {"metrics": {"loss": 1 / width}}


print(*trials.run(train, [{"width": 2}], refresh="stale")["outcome"])
"""


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
