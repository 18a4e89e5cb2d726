"""Checkpoints: interrupted anywhere and resumed is uninterrupted; damage is told, never trusted."""

import hashlib
import io
import os
import pickle
import random
import signal
import struct
import subprocess
import sys
import time
import warnings
import zipfile
from pathlib import Path

import pytest
import torch
from tests.training.small_training import STEPS, Interrupted, run, untimed

from labbook.training.checkpoints import Checkpoints, DamagedCheckpoint

PROGRAM = Path(__file__).with_name("small_training.py")
STATE = {"weights": torch.arange(5.0), "history": {"loss": [0.5, 0.25]}, "step": 3}


@pytest.fixture
def checkpoints(tmp_path) -> Checkpoints:
    """Checkpoints after every step."""
    return Checkpoints(tmp_path / "checkpoints", every_s=0)


@pytest.fixture(scope="module")
def uninterrupted() -> tuple[dict, dict]:
    """The weights and the report of a run without checkpoints."""
    return run()


def names(checkpoints):
    return sorted(path.name for path in checkpoints.folder.iterdir())


def assert_same_end(found, expected):
    """The same weights and histories, to the last bit."""
    torch.testing.assert_close(found[0], expected[0], rtol=0, atol=0)
    assert untimed(found[1]["history"]) == untimed(expected[1]["history"])
    for measure in ("metrics", "fingerprint"):
        assert found[1][measure] == expected[1][measure]


@pytest.mark.parametrize("step", random.Random(0).sample(range(1, STEPS), 5))
def test_interrupted_and_resumed_ends_as_uninterrupted(step, checkpoints, uninterrupted):
    with pytest.raises(Interrupted):
        run(checkpoints, stop_at=step)
    assert_same_end(run(checkpoints), uninterrupted)


def test_a_checkpoint_of_a_gpu_is_read_without_one(checkpoints):
    saved = checkpoints.save(3, STATE)
    content = io.BytesIO()
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(content, "w") as new:
        for name in old.namelist():  # all that tells a tensor of a GPU: where its numbers lay
            on_cpu, on_gpu = (b"X" + struct.pack("<I", len(d)) + d for d in (b"cpu", b"cuda:0"))
            new.writestr(name, old.read(name).replace(on_cpu, on_gpu))
    digest = hashlib.sha256(content.getvalue()).hexdigest()[:16]
    saved.with_name(f"step-000000000004-{digest}.pt").write_bytes(content.getvalue())
    assert checkpoints.load()["weights"].device == torch.device("cpu")


def test_resumed_with_batches_from_other_generators_ends_as_uninterrupted(checkpoints):
    with pytest.raises(Interrupted):
        run(checkpoints, stop_at=30, shifted=True)
    assert_same_end(run(checkpoints, shifted=True), run(shifted=True))


def test_resumed_with_parameters_in_another_order_ends_as_uninterrupted(checkpoints, uninterrupted):
    with pytest.raises(Interrupted):
        run(checkpoints, stop_at=30)
    assert_same_end(run(checkpoints, reordered=True), uninterrupted)


def test_interrupted_five_times_ends_as_uninterrupted(checkpoints, uninterrupted):
    for step in sorted(random.Random(1).sample(range(1, STEPS), 5)):
        with pytest.raises(Interrupted):
            run(checkpoints, stop_at=step)
    assert_same_end(run(checkpoints), uninterrupted)


def test_resumed_from_an_older_checkpoint_ends_as_uninterrupted(checkpoints, uninterrupted):
    with pytest.raises(Interrupted):
        run(checkpoints, stop_at=30)
    newest = max(checkpoints.folder.iterdir())
    newest.unlink()
    assert_same_end(run(checkpoints), uninterrupted)


def test_the_optimiser_of_a_resumed_run_is_that_of_an_uninterrupted_one(tmp_path):
    resumed, straight = (Checkpoints(tmp_path / name, every_s=0) for name in ("a", "b"))
    with pytest.raises(Interrupted):
        run(resumed, stop_at=20)
    run(resumed)
    run(straight)
    found, expected = resumed.load()["optimiser"], straight.load()["optimiser"]
    torch.testing.assert_close(found, expected, rtol=0, atol=0)


def test_a_finished_run_that_is_started_again_reports_the_same(checkpoints):
    assert_same_end(run(checkpoints), run(checkpoints))


def test_killed_at_any_moment_and_resumed_ends_as_uninterrupted(checkpoints, uninterrupted):
    process = subprocess.Popen(
        [sys.executable, PROGRAM, checkpoints.folder], env=os.environ | {"OMP_NUM_THREADS": "1"}
    )
    while not any(checkpoints.folder.glob("step-*")):
        assert process.poll() is None
        time.sleep(0.01)
    time.sleep(random.uniform(0, 0.2))
    process.kill()
    assert process.wait() == -signal.SIGKILL
    with warnings.catch_warnings(action="error"):
        assert 0 < checkpoints.load()["progress"]["step"] < STEPS
        assert_same_end(run(checkpoints), uninterrupted)


def test_what_is_saved_is_loaded(checkpoints):
    checkpoints.save(3, STATE)
    torch.testing.assert_close(checkpoints.load(), STATE, rtol=0, atol=0)


def test_the_newest_checkpoint_is_loaded(checkpoints):
    for step in (9, 10, 200):
        checkpoints.save(step, {"step": step})
    assert checkpoints.load() == {"step": 200}


def test_nothing_is_loaded_where_nothing_was_saved(checkpoints):
    assert checkpoints.load() is None


def test_at_most_two_are_kept(checkpoints):
    kept = []
    for step in range(1, 6):
        checkpoints.save(step, STATE)
        kept.append(len(names(checkpoints)))
    assert kept == [1, 2, 2, 2, 2]


def test_those_kept_are_the_newest(checkpoints):
    for step in range(1, 6):
        checkpoints.save(step, STATE)
    assert [name[:17] for name in names(checkpoints)] == ["step-000000000004", "step-000000000005"]


def test_a_file_carries_its_step_and_its_digest(checkpoints):
    path = checkpoints.save(12, STATE)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    assert path.name == f"step-000000000012-{digest}.pt"


def test_a_file_that_was_still_being_written_is_not_read(checkpoints):
    path = checkpoints.save(3, STATE)
    unfinished = path.with_name(f".{path.name.replace('003', '004')}.1234")
    unfinished.write_bytes(path.read_bytes()[:100])
    with warnings.catch_warnings(action="error"):
        assert checkpoints.load()["step"] == 3


def test_a_file_that_a_killed_process_was_writing_goes_with_the_next_one(checkpoints):
    path = checkpoints.save(3, STATE)
    path.with_name(f".{path.name}").write_bytes(b"cut short")
    assert checkpoints.save(4, STATE).exists()
    assert [name for name in names(checkpoints) if name.startswith(".")] == []


def truncate(content):
    return content[: len(content) // 2]


def flip_a_bit(content):
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def empty(content):
    return b""


@pytest.mark.parametrize("damage", (truncate, flip_a_bit, empty))
def test_of_a_damaged_checkpoint_the_one_before_is_taken_and_said(damage, checkpoints):
    checkpoints.save(1, {"step": 1})
    newest = checkpoints.save(2, {"step": 2})
    newest.write_bytes(damage(newest.read_bytes()))
    with pytest.warns(UserWarning, match=f"{newest} is damaged .* using the one before it"):
        assert checkpoints.load() == {"step": 1}


@pytest.mark.filterwarnings("ignore:the checkpoint .* is damaged")
def test_after_a_damaged_checkpoint_two_whole_ones_are_kept(checkpoints):
    for steps, whole in (((1, 9), 1), ((2, 3), 2)):
        newest = [checkpoints.save(step, {"step": step}) for step in steps][-1]
        newest.write_bytes(b"")
        assert checkpoints.load() == {"step": whole}


@pytest.mark.parametrize("damage", (truncate, flip_a_bit, empty))
def test_resumed_from_the_one_before_ends_as_uninterrupted(damage, checkpoints, uninterrupted):
    with pytest.raises(Interrupted):
        run(checkpoints, stop_at=41)
    newest = max(checkpoints.folder.iterdir())
    newest.write_bytes(damage(newest.read_bytes()))
    with pytest.warns(UserWarning, match="is damaged"):
        resumed = run(checkpoints)
    assert_same_end(resumed, uninterrupted)


@pytest.mark.parametrize("damage", (truncate, flip_a_bit, empty))
@pytest.mark.filterwarnings("ignore:the checkpoint .* is damaged")
def test_with_all_damaged_nothing_is_begun_anew_in_silence(damage, checkpoints):
    with pytest.raises(Interrupted):
        run(checkpoints, stop_at=5)
    for path in checkpoints.folder.iterdir():
        path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DamagedCheckpoint, match=f"every checkpoint in {checkpoints.folder} is"):
        run(checkpoints)


class Trap:
    """Makes a folder when it is unpickled."""

    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return os.mkdir, (str(self.folder),)


def save_as_zip(trap, path):
    torch.save({"module": trap}, path)


def save_as_pickle(trap, path):
    path.write_bytes(pickle.dumps({"module": trap}))


@pytest.mark.parametrize("save", (save_as_zip, save_as_pickle))
@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
def test_code_in_a_checkpoint_is_not_executed(save, checkpoints, tmp_path):
    checkpoints.folder.mkdir()
    marker, file = tmp_path / "executed", tmp_path / "trap"
    save(Trap(marker), file)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()[:16]
    file.rename(checkpoints.folder / f"step-000000000001-{digest}.pt")
    with pytest.raises(pickle.UnpicklingError):
        checkpoints.load()
    assert not marker.exists()


def test_a_checkpoint_is_due_when_the_interval_has_passed(tmp_path):
    assert [Checkpoints(tmp_path, every_s).due() for every_s in (0, 3600)] == [True, False]


def test_a_save_begins_the_interval_anew(tmp_path):
    checkpoints = Checkpoints(tmp_path, every_s=0.5)
    time.sleep(0.5)
    checkpoints.save(1, STATE)
    assert not checkpoints.due()


def test_the_trial_of_a_process_has_its_folder_in_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("LABBOOK_CHECKPOINTS", str(tmp_path))
    assert Checkpoints.of_trial().folder == tmp_path


def test_named_checkpoints_lie_in_a_folder_of_their_own(tmp_path, monkeypatch):
    monkeypatch.setenv("LABBOOK_CHECKPOINTS", str(tmp_path))
    assert Checkpoints.of_trial("fold-1").folder == tmp_path / "fold-1"


@pytest.mark.parametrize("name", ("..", "a/b", "/a"))
def test_a_name_that_leads_elsewhere_is_told(name):
    with pytest.raises(ValueError, match="can't be the name of a folder"):
        Checkpoints.of_trial(name)


def test_outside_a_trial_nothing_is_saved(monkeypatch):
    monkeypatch.delenv("LABBOOK_CHECKPOINTS", raising=False)
    assert Checkpoints.of_trial() is None


def test_a_negative_interval_is_told(tmp_path):
    with pytest.raises(ValueError, match="every_s, .* is -1; 0 or more"):
        Checkpoints(tmp_path, every_s=-1)
