"""Records made under a former name are found where the text declares it."""

import shutil
import warnings

import numpy as np
import pytest

from labbook.log import trials
from labbook.log.freshness.standing import standings
from labbook.log.records.files import RecordsNotWritable
from labbook.log.records.folder import read_records
from labbook.log.records.json_file import DamagedFileWarning

TEXT = """\
# ---
# jupyter:
#   labbook: {{expt: 1, title: Toy{header}}}
# ---
# %%
import numpy as np


def {function}({parameter}, seed):
    open("{journal}", "a").write("trained ")
    return {{"metrics": {{"loss": {parameter} / 2}}, "artifacts": {{"x": np.ones(2)}}}}
"""


@pytest.fixture
def run(log, monkeypatch):
    """What runs, or finds, the trials of a text that has given names."""

    def run(
        how=trials.run, *, name="toy", function="train", parameter="rate", header="", **declared
    ):
        monkeypatch.setenv("LABBOOK_EXPERIMENT", name)
        journal = log.root / "journal"
        names = {"function": function, "parameter": parameter, "header": header}
        text = TEXT.format(journal=journal, **names)
        (log.root / "notebooks" / f"{name}.py").write_text(text)
        globals_ = {"__name__": "__main__", "np": np}
        exec(compile(text, f"{name}.py", "exec"), globals_)
        grid = trials.grid(**{parameter: [1, 2]}, seed=0)
        return how(globals_[function], grid, **declared)

    run()
    return run


RENAMED = {"parameter": "lr", "renamed": {"rate": "lr"}}
FORMERLY = {"function": "fit", "formerly": "train"}


@pytest.mark.parametrize("names", [RENAMED, FORMERLY, RENAMED | FORMERLY])
@pytest.mark.parametrize("how", [trials.run, trials.find])
def test_records_under_a_former_name_are_found_and_nothing_is_run(log, run, how, names):
    table = run(how, **names)
    assert list(table[names.get("parameter", "rate")]) == [1, 2]
    assert list(table["loss"]) == [0.5, 1.0]
    assert len(log.journal()) == 2
    assert list(trials.arrays(table[:1])["x"]) == [1, 1]


def test_an_experiment_finds_the_records_of_its_former_name(log, run):
    (log.root / "notebooks" / "toy.py").unlink()
    table = run(name="game", header=", formerly: toy")
    assert list(table["outcome"]) == ["ok", "ok"]
    assert len(log.journal()) == 2
    assert {r.function for r in read_records("game", root=log.root)} == {"game.train"}


def test_published_records_of_no_experiment_are_named(log):
    (log.root / "docs/records/gone").mkdir(parents=True)
    with pytest.warns(DamagedFileWarning, match="docs/records/gone holds records of no experiment"):
        standings(log.root)


def test_records_of_a_former_name_that_is_declared_are_no_orphans(log, run):
    shutil.copytree(log.folder("toy"), log.root / "docs" / "records" / "toy")
    (log.root / "notebooks" / "toy.py").unlink()
    run(name="game", header=", formerly: toy")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        standings(log.root)


def test_records_that_come_later_under_the_former_name_are_found(log, run):
    run(**RENAMED)
    colleagues = log.root / "docs" / "records" / "toy"
    run(parameter="rate", refresh="all")
    shutil.copytree(log.folder("toy"), colleagues)
    shutil.rmtree(log.folder("toy"))
    assert list(run(trials.find, **RENAMED)["outcome"]) == ["ok", "ok"]


def test_what_stands_under_the_new_name_is_left_as_it_is(log, run):
    run(**RENAMED, refresh="all")
    before = {r.key: r.start for r in read_records("toy", root=log.root)}
    run(**RENAMED)
    assert {r.key: r.start for r in read_records("toy", root=log.root)} == before


def freshness_of_script(log, name, **names):
    """Of one trial, as the notebook of these names shows it when it runs as a script."""
    call = names.pop("call", "")
    text = TEXT.format(**{"header": "", "parameter": "rate", "journal": "journal"} | names)
    function = f"{names['function']}, [{{'rate': 1, 'seed': 0}}]{call}"
    shown = f"\nfrom labbook.log import trials\nprint(*trials.run({function})['freshness'])"
    return log.run_text(name, text + shown).stdout.strip()


def test_records_of_an_experiment_stay_fresh_under_its_new_name(log):
    freshness_of_script(log, "toy", function="train")
    (log.root / "notebooks" / "toy.py").unlink()
    header = ", formerly: toy"
    assert freshness_of_script(log, "game", function="train", header=header) == "fresh"


def test_another_name_of_a_function_makes_its_records_stale_as_any_edit_does(log):
    freshness_of_script(log, "toy", function="train")
    said = freshness_of_script(log, "toy", function="fit", call=", formerly='train'")
    assert "the notebook's train() is no longer used" in said


def test_a_new_name_that_is_no_parameter_is_refused(run):
    with pytest.raises(ValueError, match=r"train\(\) has no parameter 'lrr'; it has lr, seed\."):
        run(parameter="lr", renamed={"rate": "lrr"})


def test_a_former_name_that_is_still_a_parameter_is_refused(run):
    with pytest.raises(ValueError, match=r"train\(\) still has a parameter 'rate'"):
        run(renamed={"rate": "seed"})


def test_a_former_name_that_is_still_a_function_is_refused(run):
    with pytest.raises(ValueError, match=r"formerly='train': toy\.py still has such a function"):
        run(formerly="train")


def test_a_function_of_that_name_in_another_notebook_is_no_obstacle(log, run):
    (log.root / "notebooks" / "other.py").write_text("# %%\nfrom lib import train\n")
    (log.root / "lib.py").write_text("def train():\n    pass\n")
    assert list(run(**FORMERLY)["outcome"]) == ["ok", "ok"]
    assert len(log.journal()) == 2


def test_a_former_experiment_that_is_still_there_is_refused(run):
    with pytest.raises(ValueError, match="says formerly: toy, and there is still an experiment"):
        run(name="game", header=", formerly: toy")


def test_a_former_name_that_is_no_text_is_refused_and_status_goes_on(log, run):
    with pytest.raises(ValueError, match=r"formerly: \['toy'\]; write the name of one experiment"):
        run(name="game", header=", formerly: [toy]")
    (log.root / "notebooks" / "toy.py").unlink()
    shutil.copytree(log.root / "runs/records/toy", log.root / "docs/records/toy")
    with pytest.warns(UserWarning, match="holds records of no experiment"):
        assert [standing.experiment for standing in standings(log.root)] == ["game"]


def test_records_that_cannot_be_written_under_the_new_name_are_one_sentence(log, run):
    (log.root / "notebooks" / "toy.py").unlink()
    (log.root / "runs/records/game").write_text("in the way")
    refused = pytest.raises(RecordsNotWritable, match="records cannot be written to .*game")
    with pytest.warns(DamagedFileWarning, match="Not a directory"), refused:
        run(name="game", header=", formerly: toy")
    (log.root / "runs/records/game").unlink()
    assert list(run(name="game", header=", formerly: toy")["outcome"]) == ["ok", "ok"]
    assert len(log.journal()) == 2
