"""Event files that torch and TensorBoard wrote become records."""

import math

import pytest
from tests.commands.importing.written import ImportingLog, write

SCRIPT = """\
from torch.utils.tensorboard import SummaryWriter
from tensorboard.summary import Writer

with SummaryWriter("runs/with_settings") as writer:
    for i in range(20_000):
        writer.add_scalar("loss/train", 1 / (i + 1), 10 * i)
    writer.add_scalar("loss/train", float("nan"), 200_000)
    writer.add_hparams({"rate": 0.5, "optimizer": "adam", "norm": True}, {"accuracy": 0.75})
with SummaryWriter("runs/plain") as writer:
    writer.add_scalar("loss", 2.0, 0)
    writer.add_histogram("weights", __import__("torch").ones(3), 0)
writer = Writer("runs/as_tensors")
for i in range(3):
    writer.add_scalar("loss", float(i), i)
writer.close()
"""


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tensorboard")
    done = write(SCRIPT, folder)
    assert done.returncode == 0, done.stderr
    log = ImportingLog(folder / "log")
    log.said = log.call("import", "tensorboard", folder / "runs", "--into", "tiny").output
    log.runs = folder / "runs"
    return log


def test_every_folder_of_event_files_is_a_run(log):
    assert set(log.by_run()) == {"with_settings", "plain", "as_tensors"}
    assert "tiny: 3 imported from tensorboard" in log.said


def test_curve_keeps_every_point_with_its_step(log):
    history = log.by_run()["with_settings"].history
    assert len(history["loss/train"]) == 20_001
    assert history["loss/train"][3] == pytest.approx(0.25)
    assert history["loss/train_step"][:3] == [0, 10, 20]
    assert math.isnan(history["loss/train"][-1])


def test_settings_of_hparams_belong_to_the_run_that_they_lie_below(log):
    configuration = log.by_run()["with_settings"].configuration
    assert configuration == {
        "run": "with_settings",
        "rate": 0.5,
        "optimizer": "adam",
        "norm": True,
    }


def test_metrics_of_hparams_are_the_runs(log):
    assert log.by_run()["with_settings"].metrics["accuracy"] == 0.75


def test_scalars_that_are_kept_as_tensors_are_curves(log):
    assert log.by_run()["as_tensors"].history["loss"] == [0.0, 1.0, 2.0]


def test_last_value_of_a_curve_is_a_metric(log):
    assert log.by_run()["as_tensors"].metrics == {"loss": 2.0}


def test_what_is_no_number_is_no_curve(log):
    assert set(log.by_run()["plain"].history) == {"loss", "loss_step", "loss_time_s"}


def test_where_files_do_not_tell_the_outcome_that_is_told(log):
    told = {run: r.provenance["imported"].get("outcome") for run, r in log.by_run().items()}
    assert told == {"with_settings": None, "plain": "not told", "as_tensors": "not told"}


def test_run_is_the_same_from_whichever_folder_it_is_imported(log):
    said = log.call("import", "tensorboard", log.runs.parent, "--into", "tiny").output
    assert len(log.records()) == 3, said


def test_folder_without_event_files_is_a_sentence(log, tmp_path):
    done = log.call("import", "tensorboard", tmp_path)
    assert (done.exit_code, done.output) == (
        2,
        f"{tmp_path} holds no event files (…tfevents…).\n",
    )


def test_file_of_another_kind_is_a_sentence(log, tmp_path):
    (tmp_path / "old.csv").write_text("step,loss\n0,1\n")
    done = log.call("import", "tensorboard", tmp_path / "old.csv")
    assert done.output == f"{tmp_path / 'old.csv'} holds no event files (…tfevents…).\n"


def test_run_that_was_killed_before_it_wrote_an_event_costs_no_other(log):
    empty = log.runs / "killed" / "events.out.tfevents.1"
    empty.parent.mkdir()
    empty.touch()
    done = log.call("import", "tensorboard", log.runs, "--into", "tiny")
    assert f"{empty.parent} is left out: its event files hold no events." in done.output
    assert "tiny: 0 imported from tensorboard, " in done.output and len(log.records()) == 3
