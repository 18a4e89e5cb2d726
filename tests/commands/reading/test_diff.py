"""Two records or runs, side by side: only what differs, unless all is asked for."""

import dataclasses

import numpy as np
import pytest
from click.testing import CliRunner

from labbook.cli import main
from labbook.commands.reading.diff import diff
from labbook.log.records.folder import write_record
from labbook.log.records.key import record_key
from labbook.log.records.layout import Layout
from labbook.log.records.record import Record
from labbook.log.records.run_record import RunRecord
from labbook.log.records.run_record import write_record as write_run


def record(seed, loss, code="1", torch="2.13.0", data="d"):
    return Record(
        key=record_key("toy.train", {"seed": seed, "model": {"depth": 3}}, data),
        function="toy.train",
        experiment="toy",
        configuration={"seed": seed, "model": {"depth": 3}},
        data_digest=data,
        outcome="ok",
        start="2026-11-22T10:00:00+00:00",
        end="2026-11-22T10:00:01+00:00",
        metrics={"loss": loss, "error": 0.5},
        provenance={
            "code": {"mylib.net": code, "notebook.train": "0"},
            "versions": {"python": "3.11.7", "torch": torch},
            "threads": 1,
        },
    )


A, B = record(1, 0.2), record(2, 0.25, code="2", torch="2.14.0", data="e")


def run(run_id, outcome, seed):
    return RunRecord(
        id=run_id,
        experiment="toy",
        outcome=outcome,
        error=None if outcome == "ok" else {"type": "Killed", "message": "out of memory"},
        parameters_given={},
        parameters_used={"seed": seed, "profile": "demo"},
        profile="demo",
        start="2026-11-22T10:00:00+00:00",
        end="2026-11-22T10:00:01+00:00",
        wall_time_s=1.0,
        source_digest="0",
        provenance={"code": {}, "versions": {}, "threads": 1},
        notebook=f"runs/toy/{run_id}/notebook.ipynb",
    )


@pytest.fixture
def log(tmp_path):
    """A log with two records and two runs."""
    layout = Layout(tmp_path)
    layout.local_records("toy").mkdir(parents=True)
    for one in (A, B):
        write_record(one, layout.local_records("toy"))
    for one in (run("20261122-a", "ok", 1), run("20261122-b", "killed", 2)):
        (layout.runs("toy") / one.id).mkdir(parents=True)
        write_run(one, layout.runs("toy") / one.id)
    return tmp_path


def rows(text):
    """``{name: cells after it}`` of the table below the two labels."""
    _, table = text.split("\n\n")
    names = ("configuration", "code", "data", "environment", "metrics", "parameters", "outcome")
    names += ("curves", "artifacts")
    cells = [line.split("  ") for line in table.splitlines()[2:]]
    cells = [[cell.strip() for cell in line if cell.strip()] for line in cells]
    cells = [line[1:] if line[0] in names and len(line) > 3 else line for line in cells]
    return {line[0]: line[1:] for line in cells}


def test_changed_metric_has_its_difference(log):
    assert rows(diff(A.key, B.key, log))["loss"] == ["0.2", "0.25", "+0.05 (+25.00%)"]


def test_configuration_code_data_and_environment_are_compared(log):
    found = rows(diff(A.key, B.key, log))
    assert {name: found[name][:2] for name in ("seed", "mylib.net", "torch")} == {
        "seed": ["1", "2"],
        "mylib.net": ["1", "2"],
        "torch": ["2.13.0", "2.14.0"],
    }


def test_what_is_equal_is_left_out(log):
    assert (
        not {"model.depth", "error", "python", "notebook.train"}
        & rows(diff(A.key, B.key, log)).keys()
    )


def test_what_is_equal_is_shown_on_request(log):
    command, environment = ["diff", A.key, B.key, "--all"], {"LABBOOK_ROOT": str(log)}
    (log / "notebooks").mkdir()
    found = rows(CliRunner(env=environment).invoke(main, command).output)
    assert (found["model.depth"], found["error"]) == (["3", "3"], ["0.5", "0.5"])


def test_record_does_not_differ_from_itself(log):
    assert diff(A.key, A.key, log).endswith("They do not differ.")


def test_beginning_of_a_key_is_enough(log):
    assert diff(A.key[:6], f"toy/{B.key[:6]}", log) == diff(A.key, B.key, log)


def test_path_of_a_record_is_a_name(log):
    path = Layout(log).local_records("toy") / f"{A.key}.json"
    assert diff(str(path), B.key, log) == diff(A.key, B.key, log)


def test_runs_are_compared_by_parameters_and_outcome(log):
    found = rows(diff("20261122-a", "20261122-b", log))
    assert (found["seed"][:2], found["error"]) == (["1", "2"], ["–", "out of memory"])


def test_folder_of_a_run_is_a_name(log):
    folder = Layout(log).runs("toy") / "20261122-a"
    assert diff(str(folder), "20261122-b", log) == diff("20261122-a", "20261122-b", log)


def test_numbers_that_differ_late_are_told_apart(log):
    Layout(log).published_records("toy").mkdir(parents=True)
    write_record(record(1, 0.2000000001), Layout(log).published_records("toy"))
    path = Layout(log).published_records("toy") / f"{A.key}.json"
    assert rows(diff(A.key, str(path), log))["loss"][:2] == ["0.2", "0.2000000001"]


@pytest.fixture
def again(log):
    """Writes A with curves and artifacts, once locally and once published; gives both names."""

    def write(local, published):
        names = []
        layout = Layout(log)
        for folder, made in (
            (layout.local_records("toy"), local),
            (layout.published_records("toy"), published),
        ):
            folder.mkdir(parents=True, exist_ok=True)
            write_record(dataclasses.replace(A, **made[0]), folder, made[1])
            names.append(str(folder / f"{A.key}.json"))
        return names

    return write


def test_curves_are_compared_by_all_their_points_but_for_times(log, again):
    curves = [
        {"loss": [3.0, middle, 1.0], "error": [0.5], "time_s": [middle]} for middle in (2.0, 2.5)
    ]
    found = rows(diff(*again(*(({"history": history}, {}) for history in curves)), log))
    assert list(found) == ["loss"]
    assert all(text.startswith("3 points, last 1, digest ") for text in found["loss"])


def test_arrays_are_compared_to_the_last_bit(log, again):
    made = [
        ({"artifacts": ["same", "x"]}, {"same": np.zeros(2), "x": np.array([[zero]])})
        for zero in (0.0, -0.0)
    ]
    found = rows(diff(*again(*made), log))
    assert list(found) == ["x"]
    assert all(text.startswith("float64 (1, 1), digest ") for text in found["x"])


def test_arrays_that_are_not_at_hand_are_told(log, again):
    made = {"artifacts": ["x"]}
    found = rows(diff(*again((made, {"x": np.zeros(1)}), (made, {})), log))
    assert found["x"][1] == "not on this machine"


def test_weights_are_compared_by_their_digests(log, again):
    made = [({"artifacts": ["w"]}, {"w": {"a": np.full(1, v, np.float32)}}) for v in (1, 2)]
    found = rows(diff(*again(*made), log))
    assert all(text.startswith("weights, digest ") for text in found["w"])


def test_ambiguous_name_lists_what_it_may_be(log):
    with pytest.raises(
        ValueError, match=r"'20261122' may be any of 2: toy/20261122-a .*20261122-b"
    ):
        diff("20261122", A.key, log)


def test_unknown_name_is_one_sentence(log):
    with pytest.raises(ValueError, match="^no record and no run is called 'zzz': give a path"):
        diff("zzz", A.key, log)


def test_file_that_is_neither_is_named(log):
    (log / "other.json").write_text("[]")
    with pytest.raises(ValueError, match="other.json holds neither a record nor a run"):
        diff(str(log / "other.json"), A.key, log)


def test_files_beside_the_folders_of_records_are_no_damaged_ones(log, recwarn):
    for folder in ("docs/records", "runs/records", "runs"):
        (log / folder).mkdir(parents=True, exist_ok=True)
        (log / folder / "README.md").touch()
    assert diff(A.key, A.key, log).endswith("They do not differ.")
    assert not recwarn.list
