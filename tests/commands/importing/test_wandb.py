"""Offline runs that W&B wrote become records."""

import zlib

import pytest
from tests.commands.importing.written import ImportingLog, write

from labbook.commands.importing.wandb import PIECE, read

SCRIPT = """\
import os, signal
import wandb

how = os.environ["HOW"]
settings = wandb.Settings(x_disable_stats=True)
config = {"rate": 0.5, "layers": [3, 3], "optimizer": {"name": "adam"}, "seed": 7, "run": 1}
run = wandb.init(project="p", name=how, config=config, settings=settings)
for i in range(3000 if how in ("long", "killed") else 4):
    run.log({"loss": 1 / (i + 1), "deep": {"a": i}, "text": "x"})
run.log({"rare": float("nan")})
run.summary["best"] = 0.125
if how == "failed":
    raise RuntimeError("as it happens")
if how.startswith("killed"):
    __import__("time").sleep(3)
    os.kill(os.getpid(), signal.SIGKILL)
run.finish()
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wandb") / "work"
    for how in ("long", "failed", "killed", "killed at once"):
        write(SCRIPT, folder, HOW=how, WANDB_MODE="offline", WANDB_SILENT="true")
    return folder / "wandb"


@pytest.fixture(scope="module")
def log(folder):
    log = ImportingLog(folder.parent / "log")
    log.said = log.call("import", "wandb", folder, "--into", "tiny").output
    return log


def of(log, how):
    return next(r for name, r in log.by_run().items() if name.startswith(f"{how} ("))


def file_of(log, folder):
    """The file of the long run."""
    return folder.parent / of(log, "long").provenance["imported"]["path"]


def test_every_offline_run_is_a_record(log):
    assert "tiny: 3 imported from wandb" in log.said
    assert len(log.records()) == 3


def test_curve_of_many_blocks_is_whole(log, folder):
    history = of(log, "long").history
    assert history["loss"] == [1 / (i + 1) for i in range(3000)]
    assert history["loss_step"] == list(range(3000))
    assert file_of(log, folder).stat().st_size > 5 * 32768


def test_nested_values_are_called_as_wandb_calls_them(log):
    assert of(log, "long").metrics["deep.a"] == 2999


def test_text_is_no_metric(log):
    assert set(of(log, "long").metrics) == {"loss", "deep.a", "rare", "best"}


def test_number_that_is_none_is_kept(log):
    (rare,) = of(log, "long").history["rare"]
    assert rare != rare


def test_summary_that_a_run_set_is_its_metric(log):
    assert of(log, "long").metrics["best"] == 0.125


def test_configuration_keeps_its_types(log):
    record = of(log, "long")
    configuration = {n: v for n, v in record.configuration.items() if n != "run"}
    assert configuration == {
        "rate": 0.5,
        "layers": [3, 3],
        "optimizer": {"name": "adam"},
        "seed": 7,
        "run (setting)": 1,
    }
    assert record.seed == 7


@pytest.mark.parametrize(
    ("how", "outcome", "says"),
    [
        ("failed", "failed", "its process ended with exit code 1."),
        ("killed", "killed", "it never told that it had ended: it was killed, or still ran when"),
    ],
)
def test_run_that_did_not_end_well_is_told_as_such(log, how, outcome, says):
    record = of(log, how)
    assert record.outcome == outcome
    assert says in record.error["message"]


def test_killed_run_keeps_its_curve(log):
    loss = of(log, "killed").history["loss"]
    assert loss == [1 / (i + 1) for i in range(len(loss))]
    assert len(loss) > 1000


def test_run_that_was_killed_before_anything_was_written_is_told(log, folder):
    (empty,) = (f for f in folder.glob("offline*/*.wandb") if f.stat().st_size < 32)
    assert f"{empty} holds nothing yet" in log.said


def test_file_that_was_cut_off_gives_what_stands_before(log, folder, tmp_path):
    (tmp_path / "run-x.wandb").write_bytes(file_of(log, folder).read_bytes()[: 3 * 32768])
    other = ImportingLog(tmp_path / "log")
    assert other.call("import", "wandb", tmp_path / "run-x.wandb", "--into", "tiny").exit_code == 0
    (record,) = other.records()
    assert record.outcome == "killed"
    assert 100 < len(record.history["loss"]) < 3000


def written(*losses, start_s=0, exit_code=None):
    """The file of a run, as wandb writes one."""
    from wandb.proto.wandb_internal_pb2 import (
        HistoryItem,
        HistoryRecord,
        Record,
        RunExitRecord,
        RunRecord,
    )

    run = RunRecord(run_id="abc", display_name=f"begun at {start_s}")
    run.start_time.FromSeconds(start_s)
    records = [Record(run=run)]
    for loss in losses:
        row = HistoryRecord(item=[HistoryItem(key="loss", value_json=str(loss))])
        records.append(Record(history=row))
    if exit_code is not None:
        records.append(Record(exit=RunExitRecord(exit_code=exit_code)))
    file = b":W&B\0\0\0"
    for content in (record.SerializeToString() for record in records):
        file += PIECE.pack(zlib.crc32(b"\x01" + content), len(content), 1) + content
    return file


@pytest.mark.parametrize(("flipped", "points"), [(False, 2), (True, 1)])
def test_file_with_a_changed_byte_gives_what_stands_before(tmp_path, flipped, points):
    file = bytearray(written(0.5, 0.25))
    file[-1] ^= flipped
    (tmp_path / "run-abc.wandb").write_bytes(file)
    (run,) = read(tmp_path)
    assert (run.run, len(run.curves["loss"]), run.outcome) == ("abc", points, "killed")


def test_run_that_was_resumed_is_one_with_all_of_its_curve(tmp_path):
    for name, file in {
        "b": written(0.5, 0.25),
        "a": written(0.125, start_s=100, exit_code=0),
    }.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "run-abc.wandb").write_bytes(file)
    (run,) = read(tmp_path)
    assert [point.value for point in run.curves["loss"]] == [0.5, 0.25, 0.125]
    assert (run.name, run.start, run.outcome) == ("begun at 0 (abc)", 0, "ok")
    assert run.metrics == {"loss": 0.125} and run.path.endswith("b/run-abc.wandb")


def test_file_of_another_kind_is_a_sentence(log, tmp_path):
    (tmp_path / "a.wandb").write_text("no run")
    done = log.call("import", "wandb", tmp_path)
    assert done.output == f"{tmp_path}/a.wandb is no run of W&B: it does not begin with :W&B.\n"
    assert done.exit_code == 2
