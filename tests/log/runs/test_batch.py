"""Batches: what a sweep describes, and that no run of one is lost."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time

import psutil
import pytest
from tests.log.runs.swept import runs_of, source_of
from tests.log.tiny_log import make_log

from labbook.log.notebook.parameters import ParameterError
from labbook.log.records.folder import read_records
from labbook.log.records.layout import Layout
from labbook.log.records.run_record import read_runs
from labbook.log.runs.batch import done_before, read_sweep
from labbook.log.runs.pool import RunRequest, WorkerError, run_together


@pytest.fixture
def root(tmp_path):
    return make_log(tmp_path)


def jobs_of(root, runs):
    return {number: RunRequest(source_of(root), run, "sweep") for number, run in enumerate(runs)}


def test_a_run_that_cannot_be_written_is_told_in_a_sentence(root):
    (root / "runs").mkdir()
    (root / "runs" / "tiny").touch()
    with pytest.raises(WorkerError, match=r"^tiny could not be run: \S+: Not a directory\.$"):
        run_together(jobs_of(root, [{}]), 1)


def test_outcomes_of_a_batch_are_told_and_good_ones_are_not_run_again(root):
    runs = runs_of(root, "how: [ok, error, killed]\nprofile: smoke")
    records = run_together(jobs_of(root, runs), 2)
    assert [records[n].outcome for n in range(3)] == ["ok", "failed", "killed"]
    assert list(done_before(source_of(root), runs)[0]) == [0]
    assert done_before(source_of(root), runs, "all")[0] == {}
    assert not Layout(root).executed("tiny").exists()


def test_run_before_a_change_of_the_notebook_does_not_count(root):
    runs = runs_of(root, "seed: [0]\nprofile: smoke")
    run_together(jobs_of(root, runs), 1)
    text = Layout(root).source("tiny")
    text.write_text(text.read_text().replace('print("ended")', 'print("the end")'))
    assert done_before(source_of(root), runs) == ({}, {})


def kill_one_worker(stop):
    """Kill one of this process's workers while its kernel runs."""
    while not stop.wait(0.05):
        for worker in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.Error):
                if any("ipykernel_launcher" in kernel.cmdline() for kernel in worker.children()):
                    worker.kill()
                    return


def test_killed_worker_ends_its_own_run_only(root):
    runs = runs_of(root, "seed: [0, 1, 2, 3, 4]")
    stop = threading.Event()
    killer = threading.Thread(target=kill_one_worker, args=(stop,))
    killer.start()
    records = run_together(jobs_of(root, runs), 2)
    stop.set()
    killer.join()
    assert sorted(record.outcome for record in records.values()) == ["killed"] + ["ok"] * 4
    again = {n: job for n, job in jobs_of(root, runs).items() if records[n].outcome != "ok"}
    run_together(again, 2)
    assert len(done_before(source_of(root), runs)[0]) == 5


def test_batch_interrupted_twice_cancels_what_goes_on_and_begins_no_more(root):
    (root / "sweep.yaml").write_text("seed: [0, 1, 2]\nhow: sleep\nprofile: smoke")
    command = [sys.executable, "-m", "labbook", "run", "tiny", "-j", "2", "--sweep", "sweep.yaml"]
    process = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True)
    wait_for_kernels(root, 2)
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert [run.outcome for run in read_runs("tiny", root=root)] == ["cancelled"] * 2
    assert out.count("not run") == 1


@pytest.fixture(scope="module")
def killed_batch(tmp_path_factory):
    """A batch whose command was killed amid two runs: its log, what it had started, what it left.

    Its temporary folders are in a place of their own.
    """
    root = make_log(tmp_path_factory.mktemp("killed"))
    place = tmp_path_factory.mktemp("temporary")
    (root / "sweep.yaml").write_text("seed: [0, 1]\nhow: sleep\nprofile: smoke")
    command = [sys.executable, "-m", "labbook", "run", "tiny", "-j", "2", "--sweep", "sweep.yaml"]
    environment = os.environ | {"TMPDIR": str(place)}
    process = subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL, env=environment)
    wait_for_kernels(root, 2)
    family = psutil.Process(process.pid).children(recursive=True)
    assert len(list(place.glob("labbook-*"))) == 2
    process.kill()
    process.wait()
    return root, psutil.wait_procs(family, timeout=60)[1], place


def test_killed_batch_leaves_no_kernel(killed_batch):
    assert killed_batch[1] == []


def test_killed_batch_tells_its_runs(killed_batch):
    runs = read_runs("tiny", root=killed_batch[0])
    assert [run.outcome for run in runs] == ["killed"] * 2


def test_killed_batch_leaves_no_folder(killed_batch):
    assert list(killed_batch[2].glob("labbook-*")) == []


@pytest.fixture
def cluster():
    """The address of a Dask scheduler with two workers, as it is started by default."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0"
    ) as cluster:
        yield cluster.scheduler_address


def test_killed_worker_of_a_cluster_ends_its_own_run_only(root, cluster):
    runs = runs_of(root, "seed: [0, 1, 2, 3, 4, 5, 6, 7]\nprofile: smoke")
    stop = threading.Event()
    killer = threading.Thread(target=kill_one_worker, args=(stop,))
    killer.start()
    records = run_together(jobs_of(root, runs), cluster)
    stop.set()
    killer.join()
    assert sorted(record.outcome for record in records.values()) == ["killed"] + ["ok"] * 7


def wait_for_kernels(root, count, timeout_s=60):
    until = time.monotonic() + timeout_s
    while time.monotonic() < until:
        asleep = 0
        for path in root.glob("runs/tiny/*/notebook.ipynb"):
            cells = json.loads(path.read_text())["cells"]
            asleep += cells[4]["metadata"]["papermill"]["status"] == "running"
        if asleep == count:
            time.sleep(0.5)
            return
        time.sleep(0.05)
    raise AssertionError("the notebooks did not get to their cells")


WRITING = """
# %% tags=["parameters"]
seed: int = 0
unused: int = 0

# %%
from pathlib import Path

import beside

from labbook.log import trials


def train(seed: int, part: int) -> dict:
    return {"metrics": {"loss": seed + part, "accuracy": 1.0}}


trials.run(train, trials.grid(seed=seed, part=[0, 1, 2]))
print(unused)
read, top = Path("read.txt").read_text(), Path("../top.txt").read_text()
Path("out.csv").write_text(f"{seed} {read} {top}")
Path("reported/out.csv").write_text(f"{seed}")
"""

NO_EFFECT = "unused changed no trial: the runs with 1 and 2 ask for the same ones."


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    """A batch of two runs that write a file each: its log, and a function that calls the command.

    Its attributes: ``root``; ``first``, how the first call ended, of which later ones find the runs
    made; and ``written``, what these two wrote.
    """
    root = make_log(tmp_path_factory.mktemp("batch"), WRITING)
    (root / "top.txt").write_text("top")
    (root / "notebooks" / "read.txt").write_text("read")
    (root / "notebooks" / "beside.py").write_text("")
    (root / "notebooks" / "out.csv").write_text("of the page's run")
    (root / "notebooks" / "reported").mkdir()
    (root / "notebooks" / "reported" / "out.csv").write_text("of a paper")
    (root / "sweep.yaml").write_text("seed: [5, 7]")

    def call(*arguments):
        command = [sys.executable, "-m", "labbook", *arguments]
        return subprocess.run(command, cwd=root, capture_output=True, text=True)

    call.root, call.first = root, call("run", "tiny", "--sweep", "sweep.yaml", "-j", "2")
    written = root.glob("runs/tiny/*/work/notebooks/**/*")
    call.written = sorted(path.read_text() for path in written if path.is_file())
    return call


def test_runs_of_a_batch_write_into_folders_of_their_own(batch):
    assert batch.first.returncode == 0, batch.first.stdout + batch.first.stderr
    assert batch.written == ["5", "5 read top", "7", "7 read top"]
    there = [batch.root / "notebooks" / name for name in ("out.csv", "reported/out.csv")]
    assert [path.read_text() for path in there] == ["of the page's run", "of a paper"]
    assert not [path for path in batch.root.rglob("*") if path.is_symlink()]


def test_table_of_a_batch_has_metrics_and_the_keys_of_records(batch):
    header, _, first, *_ = batch.first.stdout.splitlines()
    assert header.split() == ["seed", "outcome", "seconds", "loss", "accuracy", "records"]
    assert "6 (mean of 3)" in first
    records = read_records("tiny", root=batch.root)
    keys = {record.key[:8] for record in records if record.configuration["seed"] == 5}
    shown = set(re.findall(r"\b[0-9a-f]{8}\b", first))
    assert len(shown) == 2 and shown < keys and "and 1 more" in first


def test_page_has_the_table_of_a_batch_with_links_to_records(batch):
    (batch.root / "conf.py").write_text('project = "Log"\nextensions = ["labbook.site"]\n')
    (batch.root / "index.rst").write_text("Log\n===\n\n.. experiments::\n")
    (batch.root / "idle.yaml").write_text("unused: [1, 2]")
    assert NO_EFFECT in batch("run", "tiny", "--sweep", "idle.yaml").stdout
    batch("site")
    html = batch.root / "_build" / "html"
    page = (html / "notebooks" / "tiny.html").read_text()
    assert page.count(NO_EFFECT) == 1
    table = page[page.index("Batch <code>sweep</code>, 2 runs") :]
    table = table[: table.index("</table>")]
    assert re.findall(r"<th [^>]*>(.*?)</th>", table) == [
        *("seed", "outcome", "loss", "accuracy", "records")
    ]
    assert "6 (mean of 3)" in table
    links = re.findall(r'href="\.\./(.*?)"', table)
    assert len(links) == 6
    assert all((html / link).is_file() for link in links)


def test_metrics_of_the_table_can_be_chosen(batch):
    chosen = ("--metric", "accuracy", "--metric", "los")
    said = batch("run", "tiny", "--sweep", "sweep.yaml", *chosen).stdout
    assert said.splitlines()[0].split() == [
        *("seed", "outcome", "seconds", "accuracy", "los", "records")
    ]
    assert "no trial has the metric 'los'; they have loss, accuracy." in said


def test_very_many_runs_want_a_yes(root):
    (root / "many.yaml").write_text(f"seed: {list(range(100))}\nrate: {list(range(1, 101))}\n")
    command = [sys.executable, "-m", "labbook", "run", "tiny", "--sweep", "many.yaml"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, stdin=subprocess.PIPE)
    assert done.returncode == 2
    assert done.stderr == "many.yaml describes 10,000 runs; with --yes they are all made.\n"


def test_mistaken_name_is_told_before_very_many_runs_are(root):
    path = root / "sweep.yaml"
    path.write_text(f"sed: {list(range(100))}\nrate: {list(range(1, 101))}\n")
    with pytest.raises(ParameterError, match="no parameter 'sed'; did you mean seed"):
        read_sweep(path, source_of(root), {}, 1000)
