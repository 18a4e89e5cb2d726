"""Which runs of a sweep were made before: what a run of it left undone is done by the next."""

import pytest
from tests.log.runs.swept import runs_of, source_of
from tests.log.tiny_log import make_log

from labbook.log.runs.batch import done_before
from labbook.log.runs.pool import RunRequest, run_together

TRIALS = """
# %% tags=["parameters"]
seed: int = 0

# %%
from pathlib import Path

from labbook.log import trials


def train(seed: int) -> dict:
    return {"metrics": {"loss": float(Path("losses", f"{seed}.txt").read_text())}}


trials.run(train, trials.grid(seed=seed))
"""


def made(root, runs, **options):
    """The records of the runs, made now."""
    requests = {n: RunRequest(source_of(root), run, "sweep") for n, run in enumerate(runs)}
    return run_together(requests, 1, **options)


@pytest.fixture
def trained(tmp_path):
    """A log whose trial needs a file that it has for seed 1; the runs of seeds 1 and 2."""
    root = make_log(tmp_path, TRIALS)
    (root / "notebooks" / "losses").mkdir()
    (root / "notebooks" / "losses" / "1.txt").write_text("0.5")
    return root, runs_of(root, "seed: [1, 2]")


def test_run_whose_trials_failed_is_made_again(trained):
    root, runs = trained
    records = made(root, runs)
    assert [records[n].outcome_text for n in range(2)] == ["ok", "ok, 1 of 1 trials failed"]
    assert list(done_before(source_of(root), runs)[0]) == [0]


def test_run_that_only_looked_trials_up_does_not_count_for_one_that_runs_them(trained):
    root, runs = trained
    made(root, runs, records_only=True)
    assert list(done_before(source_of(root), runs, records_only=True)[0]) == [0, 1]
    assert done_before(source_of(root), runs)[0] == {}
