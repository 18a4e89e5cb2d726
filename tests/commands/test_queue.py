"""The queue: all experiments, the cheapest answer first, until the time is over."""

import json
import math
import os
import subprocess
import sys

import pytest
from tests.log.records.whole import START
from tests.log.tiny_log import TINY, make_log

from labbook.commands.queue import cheapest_first, duration_s, missing_cpu_s
from labbook.log.records.folder import read_records, write_record
from labbook.log.records.layout import Layout
from labbook.log.records.plan import Plan, publish_plan
from labbook.log.records.record import Record
from labbook.log.trials.job import entry

TRIALS = """
# %%
import time

from labbook.log import trials


def count(to):
    until = time.process_time() + COST
    while time.process_time() < until:
        pass
    time.sleep(PAUSE)
    return {"metrics": {"counted": to}}


trials.run(count, trials.grid(to=[1, 2, 3]), 1, execute=lambda point: point["to"] in RUN)
trials.run(count, trials.grid(to=[1, 2, 3]), 1, execute=ASK)
"""


def write(root, name, number, *, cost_s=0.0, pause_s=0.0, run=(), ask=True):
    """A notebook of three trials, some of which ``run`` at once, and all if it may ``ask``."""
    text = TINY.replace("expt: 1", f"expt: {number}") + TRIALS
    for word, value in {"COST": cost_s, "PAUSE": pause_s, "RUN": run, "ASK": ask}.items():
        text = text.replace(word, repr(value))
    (root / "notebooks" / f"{name}.py").write_text(text)


def labbook(root, *arguments):
    command = [sys.executable, "-m", "labbook", *map(str, arguments)]
    environment = os.environ | {"LABBOOK_ROOT": str(root)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("150min", 9000), ("2.5h", 9000), ("1h", 3600)]
)
def test_a_duration_has_a_unit(text, seconds):
    assert duration_s(text) == seconds


@pytest.mark.parametrize("text", ["150", "", "0min", "-1h", "1d", "1h30"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ValueError, match="is no duration such as 150min"):
        duration_s(text)


def planned(root, name):
    """Change the plan of the page's run so that all three trials were to run."""
    path = root / "notebooks" / f"{name}.ipynb"
    page = json.loads(path.read_text())
    trials = page["metadata"]["labbook"]["run"]["trials"]
    trials["to_run"] += trials["looked_up"]
    trials["looked_up"] = []
    path.write_text(json.dumps(page))


def test_the_cheapest_answer_comes_first(tmp_path):
    root = make_log(tmp_path)
    write(root, "dear", 2, cost_s=0.6, run=[1], ask=False)
    write(root, "cheap", 3, cost_s=0.1, run=[1, 2], ask=False)
    for name in ("dear", "cheap"):
        assert labbook(root, "run", name).returncode == 0
        planned(root, name)
    assert missing_cpu_s("dear", root, "smoke") == pytest.approx(1.2, rel=0.5)
    assert missing_cpu_s("tiny", root, "smoke") == math.inf
    assert cheapest_first(root, "smoke") == ["cheap", "dear", "tiny"]


def test_after_the_budget_no_trial_and_no_run_begins_and_nothing_failed(tmp_path):
    root = make_log(tmp_path)
    write(root, "slow", 2, pause_s=300)
    write(root, "slower", 3, pause_s=300)
    (root / "notebooks" / "tiny.py").unlink()
    done = labbook(root, "run", "--all", "--budget", "15s")
    assert done.returncode == 0, done.stderr
    assert "slow: ok, 3 of 3 trials missing" in done.stdout
    assert "slower: not run, the time is over" in done.stdout
    assert read_records("slow", root=root) == []


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_no_run_begins_after_the_budget_however_many_at_once(tmp_path, jobs):
    root = make_log(make_log(tmp_path), name="other")
    done = labbook(root, "run", "tiny", "other", "-j", jobs, "--budget", "0.000001s")
    told = "tiny: not run, the time is over\nother: not run, the time is over\n"
    assert (done.returncode, done.stdout) == (0, told), done.stderr
    assert not list(root.glob("runs/*/*/run.json"))


def test_runs_of_a_sweep_have_the_lowest_priority_where_it_is_asked(tmp_path):
    cell = "# %%\nimport os\n\nopen('out.txt', 'w').write(f'{seed} {os.nice(0)}')\n"
    root = make_log(tmp_path, f'# %% tags=["parameters"]\nseed: int = 0\n\n{cell}')
    (root / "sweep.yaml").write_text("seed: [1]")
    done = labbook(root, "run", "tiny", "--sweep", root / "sweep.yaml", "--nice")
    assert done.returncode == 0, done.stdout + done.stderr
    (out,) = root.glob("runs/tiny/*/work/notebooks/out.txt")
    assert out.read_text() == "1 19"


def test_trial_that_did_not_end_well_is_still_to_be_paid_for(tmp_path):
    folder = Layout(make_log(tmp_path)).local_records("tiny")
    folder.mkdir(parents=True)
    entries = [entry("tiny.count", {"to": to}, "") for to in (1, 2)]
    for about, outcome in zip(entries, ("ok", "failed"), strict=True):
        times = {"start": START, "end": START, "cpu_time_s": 2.0}
        write_record(Record(experiment="tiny", outcome=outcome, **about, **times), folder)
    publish_plan(Layout(tmp_path).published_records("tiny"), "smoke", Plan(entries))
    assert missing_cpu_s("tiny", tmp_path, "smoke") == 2.0


def test_without_a_profile_it_is_that_which_notebooks_run_by_themselves(tmp_path):
    for name, cost_s in (("a_costly", 1000.0), ("b_cheap", 1.0)):
        make_log(tmp_path, name=name)
        about = [entry(f"{name}.count", {"to": to}, "") for to in (1, 2)]
        times = {"start": START, "end": START, "cpu_time_s": cost_s}
        record = Record(experiment=name, outcome="ok", **about[0], **times)
        folder = tmp_path / "docs" / "records" / name
        folder.mkdir(parents=True)
        write_record(record, folder)
        publish_plan(folder, "smoke", Plan(about))  # smoke is the default of TINY
    assert missing_cpu_s("b_cheap", tmp_path, None) == 1.0
    assert cheapest_first(tmp_path, None) == ["b_cheap", "a_costly"]
