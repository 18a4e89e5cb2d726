"""Trials whose data are not at hand when they are planned, and may be once they have run."""

import os
from pathlib import Path

from tests.log.trials.toy import train

from labbook.log import trials
from labbook.log.records.folder import read_records
from labbook.log.records.plan import read_plan


def test_data_not_at_hand_finds_the_record_of_any_data(log) -> None:
    trials.run(train, trials.grid(width=[1]), data_digest="some", experiment="t")
    table = trials.run(
        train, trials.grid(width=[1]), data_digest=lambda configuration: None, experiment="t"
    )
    assert list(table["freshness"]) == ["unknown: data not at hand"] and log.journal() == ["1"]


def fetching(width: int) -> dict:
    (Path(os.environ["LABBOOK_ROOT"]) / "data").write_text("fetched")
    return train(width)


def test_data_that_a_trial_fetches_are_in_its_record(log, monkeypatch) -> None:
    monkeypatch.setenv("LABBOOK_RUN_FOLDER", str(log.root))

    def digest(configuration: dict) -> str | None:
        data = log.root / "data"
        return data.read_text() if data.exists() else None

    for _ in range(2):
        trials.run(fetching, trials.grid(width=[1, 2]), data_digest=digest, experiment="t")
    assert [r.data_digest for r in read_records("t")] == ["fetched", "fetched"]
    assert log.journal() == ["1", "2"]
    plan = read_plan(log.root / "plan.jsonl")
    assert [entry["data_digest"] for entry in plan.to_run] == ["fetched", "fetched"]


def fetching_at_last(width: int) -> dict:
    """The first attempt at width 2 fails."""
    (Path(os.environ["LABBOOK_ROOT"]) / "data").write_text("fetched")
    train(width)
    if Path(os.environ["JOURNAL"]).read_text().split().count("2") == 1 and width == 2:
        raise ValueError("unlucky")
    return {"metrics": {}}


def test_a_trial_that_failed_is_tried_again_though_its_data_are_fetched_anew(log) -> None:
    data = log.root / "data"
    outcomes = []
    for widths in ([1, 2], [3, 2]):
        data.unlink(missing_ok=True)
        table = trials.run(
            fetching_at_last,
            trials.grid(width=widths),
            data_digest=lambda configuration: data.read_text() if data.exists() else None,
            experiment="t",
        )
        outcomes.append(list(table["outcome"]))
    assert outcomes == [["ok", "failed"], ["ok", "ok"]]
