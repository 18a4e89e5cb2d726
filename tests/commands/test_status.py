"""Status is one line for each experiment, what needs most first; reasons where asked for."""

import json
import os
import subprocess
import sys

from tests.log.tiny_log import make_log

from labbook.commands.status import as_json, as_text, exit_code
from labbook.log.freshness.standing import LastRun, Standing
from labbook.log.freshness.trial_counts import TrialCounts

FAILED = TrialCounts(planned=3, found=2, failed=["seed=7: failed, ValueError: seven"])
GOOD = Standing("good", "fresh", trials=TrialCounts(planned=2, found=2, looked_up=31))
BAD = Standing("toy", "fresh", profile="demo", trials=FAILED)
STALE = Standing("old", "stale", ["the notebook's code changed"])
NEVER = Standing("a_new_one", "never run")


def test_what_needs_most_comes_first():
    lines = as_text([GOOD, NEVER, STALE, BAD]).splitlines()[2:6]
    assert [line.split()[0] for line in lines] == ["toy", "old", "a_new_one", "good"]


def test_trials_are_counted_and_those_looked_up_are_apart():
    text = as_text([GOOD, BAD])
    assert "2 of 2 trials, 0 of 31 looked up" in text and "demo: 2 of 3 trials, 1 failed" in text


def test_where_no_trial_was_to_run_those_looked_up_stand_alone():
    looked_up = TrialCounts(looked_up=4, looked_up_found=3)
    assert "  3 of 4 looked up  " in as_text([Standing("toy", "fresh", trials=looked_up)])


def test_reasons_stand_below_where_they_are_asked_for():
    assert "ValueError: seven" not in as_text([BAD])
    assert "toy\n  1 failed: seed=7: failed, ValueError: seven" in as_text([BAD], verbose=True)
    assert "old\n  Stale: the notebook's code changed" in as_text([STALE], verbose=True)


def test_stale_records_of_a_page_that_was_never_run_are_told_in_the_table():
    told = as_text([Standing("toy", "never run", ["x changed"])])
    assert "never run, stale records" in told and "stale" not in as_text([NEVER])


def test_many_reasons_stand_in_lines_of_their_own():
    reasons = [f"mylib.networks.layers.function_{number} changed" for number in range(10)]
    told = as_text([Standing("old", "stale", reasons)], verbose=True).splitlines()
    at = told.index("  Stale:")
    assert told[at + 1 :] == [*(f"    {reason}" for reason in reasons[:8]), "    and 2 more"]


def test_outputs_by_hand_are_told_with_their_parameters():
    one = Standing("toy", "by hand", parameters={"profile": "smoke"})
    assert "made them all, made with profile=smoke" in as_text([one], verbose=True)


def test_run_that_goes_on_is_told():
    assert "running, fresh" in as_text([Standing("toy", "fresh", running=["now"])])


def test_last_run_is_told_with_outcome_profile_and_age():
    run = LastRun("a", "killed", "demo", "", 7200.0, well=False)
    assert "killed, demo, 2 h ago" in as_text([Standing("toy", "fresh", last_run=run)])


def test_trials_that_were_only_looked_up_do_not_keep_the_exit_code_from_0():
    assert [exit_code([one]) for one in (GOOD, BAD, STALE, NEVER)] == [0, 1, 1, 1]


def test_json_holds_the_same_for_machines():
    (one,) = json.loads(as_json([BAD]))
    assert (one["word"], one["good"], one["trials"]["planned"]) == ("fresh", False, 3)


def test_terminal_that_lacks_a_sign_is_told_all_else(tmp_path) -> None:
    command = [sys.executable, "-m", "labbook", "status"]
    latin = {"PYTHONIOENCODING": "latin-1", "LABBOOK_ROOT": str(make_log(tmp_path))}
    done = subprocess.run(
        command, env=os.environ | latin, capture_output=True, encoding="latin-1", check=False
    )
    assert (done.stdout.split()[:2], done.stderr) == (["experiment", "standing"], "")
