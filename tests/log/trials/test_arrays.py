"""Arrays of a trial: found by its settings, whatever is around it."""

import os
import shutil
from functools import partial

import numpy as np
import pytest

from labbook.log import trials


def draw(width: int, at: list[int] | None = None, keep: bool = True, seed: int = 0) -> dict:
    if width == 0:
        raise ValueError("no width")
    return {"metrics": {"loss": 1.0}, "artifacts": {"image": np.full(2, width)} if keep else {}}


def table_of(**axes):
    return trials.run(draw, trials.grid(**axes), experiment="t")


def test_arrays_of_the_trial_with_these_settings(log) -> None:
    table = table_of(width=[1, 2], seed=[0, 1])
    assert list(trials.arrays(table, width=2, seed=1)["image"]) == [2, 2]


def test_lists_and_tuples_are_the_same_setting(log) -> None:
    table = table_of(width=[1], at=[[2, 3], [4]])
    assert list(trials.arrays(table, at=(2, 3))["image"]) == [1, 1]


def test_a_trial_that_stands_in_the_table_twice_is_one(log) -> None:
    assert list(trials.arrays(table_of(width=[1, 1]))["image"]) == [1, 1]


def test_several_trials_are_refused(log) -> None:
    with pytest.raises(LookupError, match="2 arrays of the trial with width=1: name more settings"):
        trials.arrays(table_of(width=[1], seed=[0, 1]), width=1)


def test_a_trial_that_failed_has_no_arrays(log) -> None:
    with pytest.raises(
        LookupError, match="no arrays of the trial with width=0: none has ended well"
    ):
        trials.arrays(table_of(width=[0, 1]), width=0)


def test_a_trial_that_the_table_does_not_hold_has_no_arrays(log) -> None:
    with pytest.raises(LookupError, match="no arrays of the trial with width=9, seed=0: none has"):
        trials.arrays(table_of(width=[1, 2], seed=[0, 1]), width=9, seed=0)


def test_a_column_that_the_table_does_not_have_is_refused(log) -> None:
    with pytest.raises(KeyError, match="no column 'depth'; it has width, outcome"):
        trials.arrays(table_of(width=[1]), depth=3)


def test_a_trial_without_arrays_says_so(log) -> None:
    with pytest.raises(FileNotFoundError, match="the trial of the table returned no arrays"):
        trials.arrays(table_of(width=[1], keep=False))


def publish(log, table) -> None:
    """The first record of a table, as another machine has it: published, and nothing else."""
    published = log.root / "docs" / "records" / "t"
    published.mkdir(parents=True)
    shutil.move(log.folder("t") / f"{table.key[0]}.json", published)
    (log.folder("t") / f"{table.key[0]}.npz").unlink(missing_ok=True)


def test_arrays_that_were_not_published_are_missing(log) -> None:
    table = table_of(width=[1])
    publish(log, table)
    with pytest.raises(FileNotFoundError):
        trials.arrays(table)


def test_a_trial_without_its_arrays_is_run_again_where_they_are_needed(log) -> None:
    publish(log, table_of(width=[1]))
    table = trials.run(draw, trials.grid(width=[1]), experiment="t", with_arrays=True)
    assert list(trials.arrays(table)["image"]) == [1, 1]


def test_a_trial_that_has_no_arrays_is_not_run_again_for_them(log) -> None:
    publish(log, table_of(width=[1], keep=[False]))
    grid = trials.grid(width=[1], keep=[False])
    table = trials.run(draw, grid, experiment="t", with_arrays=True)
    assert list(table["origin"]) == ["published"]


def test_a_trial_whose_arrays_were_published_with_it_is_not_run_again_for_them(log) -> None:
    arrays = log.folder("t") / f"{table_of(width=[1]).key[0]}.npz"
    published = log.root / "docs" / "records" / "t"
    shutil.copytree(log.folder("t"), published)
    shutil.rmtree(log.folder("t"))
    grid = trials.grid(width=[1])
    run = partial(trials.run, draw, grid, experiment="t", with_arrays=True)
    assert list(run()["origin"]) == ["published"]
    (published / arrays.name).unlink()
    assert list(run()["origin"]) == ["local"]


def weighs(seed: int) -> dict:
    with open(os.environ["JOURNAL"], "a") as file:
        file.write("trained\n")
    return {"metrics": {}, "artifacts": {"network": {"weight": np.ones(seed)}}}


def test_a_trial_that_returned_weights_alone_is_run_again_only_without_them(log) -> None:
    run = partial(trials.run, weighs, [{"seed": 1}], experiment="t", with_arrays=True)
    run()
    run()
    assert log.journal() == ["trained"]
    (weights,) = log.folder("t").glob("*.safetensors")
    weights.unlink()
    run()
    assert log.journal() == ["trained"] * 2 and weights.exists()


def test_arrays_and_curves_of_another_log_are_found_there(log, tmp_path) -> None:
    other = tmp_path / "other log"
    (other / "notebooks").mkdir(parents=True)
    table = trials.run(draw, [{"width": 3}], experiment="t", root=other)
    assert list(trials.arrays(table)["image"]) == [3, 3]
    shutil.rmtree(other / "runs")
    with pytest.raises(LookupError, match=f"its record {table['key'][0]} is gone"):
        trials.arrays(table)


def test_none_is_a_setting_beside_numbers(log) -> None:
    table = trials.run(draw, [{"width": 1, "seed": None}, {"width": 2, "seed": 1}], experiment="t")
    assert list(trials.arrays(table, seed=None)["image"]) == [1, 1]
