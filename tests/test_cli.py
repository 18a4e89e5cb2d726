"""The command line: exit codes and sentences."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.log.records.whole import a_run
from tests.log.tiny_log import make_log

from labbook.cli import main
from labbook.log.records.run_record import last_good_run, read_runs


@pytest.fixture
def root(tmp_path, monkeypatch):
    root = make_log(tmp_path)
    monkeypatch.setenv("LABBOOK_ROOT", str(root))
    return root


def call(*arguments):
    return CliRunner().invoke(main, list(map(str, arguments)))


def test_a_new_log_tells_how_to_go_on_as_a_shell_takes_it(tmp_path):
    told = call("init", tmp_path / "my log").output.splitlines()[-1]
    shell = subprocess.run(["sh", "-c", f"{told.split(' && ')[0]} && pwd"], capture_output=True)
    assert shell.stdout.decode().strip() == str(tmp_path / "my log")


def test_help_names_all_commands():
    text = call("--help").output
    commands = (
        "run",
        "status",
        "watch",
        "site",
        "lab",
        "new",
        "diff",
        "show",
        "publish",
        "accept",
        "import",
        "export",
    )
    assert all(f"\n  {command} " in text for command in commands)


def test_help_tells_what_each_command_does_in_a_whole_sentence():
    assert "..." not in call("--help").output.partition("Commands:")[2]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["tinny"], "there is no experiment 'tinny'; did you mean tiny?"),
        (["tiny", "-p", "sed", "1"], "tiny: there is no parameter 'sed'; did you mean seed?"),
        (["tiny", "-p", "seed", "x"], "tiny: seed must be an int; 'x' is not."),
        (
            ["tiny", "--profile", "dmeo"],
            "tiny: profile must be one of smoke, demo; 'dmeo' is not (did you mean demo?).",
        ),
        (
            ["tiny", "-p", "profile", "demo", "--profile", "smoke"],
            "tiny: profile is given twice, as 'demo' and as 'smoke'; give it once.",
        ),
        (
            ["tiny", "-p", "seed", "1", "-p", "seed", "2"],
            "tiny: seed is given twice; give it once.",
        ),
    ],
)
def test_bad_use_is_told_in_one_sentence_with_exit_code_2(root, arguments, says):
    result = call("run", *arguments)
    assert (result.exit_code, result.output) == (2, says + "\n")
    assert not (root / "runs").exists()


CLUSTER = ["--cluster", "tcp://127.0.0.1:1"]
SWEEP = ["--sweep", __file__]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "name the experiments to run, or give --all for all of them."),
        (["tiny", "--all"], "name the experiments to run, or give --all for all of them."),
        (
            ["tiny", "--metric", "loss"],
            "--metric is a column of a sweep's table; give --sweep, or leave it out.",
        ),
        (
            ["tiny", "--budget", "soon"],
            "--budget 'soon' is no duration such as 150min, 2.5h or 90s.",
        ),
        (
            ["tiny", "--cluster", "here"],
            "--cluster here is no address such as tcp://127.0.0.1:8786.",
        ),
        (
            ["tiny", "--nice", *CLUSTER],
            "--nice is for this machine; start the cluster's workers with nice.",
        ),
        (
            ["tiny", "--budget", "1h", *CLUSTER],
            "a budget holds for trials of this machine; leave --cluster out.",
        ),
        (
            ["tiny", "--budget", "1h", *SWEEP],
            "a sweep has no budget: its runs would end without their trials.",
        ),
        (
            ["tiny", "--promote", *SWEEP],
            "runs of a sweep never take the page's place; leave --promote out.",
        ),
        (
            ["tiny", "--if-stale", *SWEEP],
            "a sweep runs what is missing anyway; leave --if-stale out.",
        ),
    ],
)
def test_options_that_do_not_go_together_are_told_before_anything_runs(root, arguments, says):
    result = call("run", *arguments)
    assert (result.exit_code, result.output) == (2, says + "\n")
    assert not (root / "runs").exists()


def test_unread_parameter_is_refused_with_exit_code_2(root):
    make_log(root, '# %% tags=["parameters"]\na: int = 1\n# %%\nprint("a")\n', "unread")
    result = call("run", "unread")
    assert result.exit_code == 2
    assert result.output.startswith("unread: a is declared as parameter but read by no later cell")


def test_one_bad_experiment_keeps_all_from_running(root):
    assert call("run", "tiny", "tinny").exit_code == 2
    assert not (root / "runs").exists()


def test_folder_without_a_log_is_told(tmp_path, monkeypatch):
    monkeypatch.delenv("LABBOOK_ROOT", raising=False)
    monkeypatch.chdir(tmp_path)
    result = call("run", "tiny")
    assert (result.exit_code, "no research log at" in result.output) == (2, True)


def test_root_that_is_no_log_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("LABBOOK_ROOT", str(tmp_path / "absent"))
    result = call("status")
    assert result.exit_code == 2
    assert result.output.startswith(f"LABBOOK_ROOT names {tmp_path}/absent, where there is no")


def test_link_by_which_an_editor_locks_a_file_is_no_experiment_and_stops_nothing(root):
    for folder in (root / "notebooks", root / "lib"):
        folder.mkdir(exist_ok=True)
        (folder / ".#tiny.py").symlink_to("me@here.1234:5678")
    assert [one["experiment"] for one in json.loads(call("status", "--json").output)] == ["tiny"]
    assert call("new", "Another one").exit_code == 0
    done = call("mv", "tiny", "small")
    assert done.exit_code == 0, done.output
    assert done.output == "tiny is small now: 0 records and 0 runs went with it.\n"


def test_parameters_are_listed_without_a_run(root):
    result = call("run", "tiny", "--help-parameters")
    assert result.exit_code == 0
    rows = [line.split() for line in result.output.splitlines()]
    assert ["seed", "int", "0", "of", "everything", "random"] in rows
    assert not (root / "runs").exists()


def test_run_tells_what_to_open_and_needs_no_second_one(root):
    first = call("run", "notebooks/tiny.py")
    assert (first.exit_code, "see notebooks/tiny.ipynb" in first.output) == (0, True)
    for more in ([], CLUSTER):  # nobody is there, and nobody is asked
        second = call("run", "tiny", "--if-stale", *more)
        assert (second.exit_code, second.output) == (0, "tiny: fresh, nothing to run\n")


def test_failed_run_tells_what_failed_and_exits_with_1(root):
    result = call("run", "tiny", "-p", "how", "error")
    assert result.exit_code == 1
    assert "ZeroDivisionError: division by zero in cell 4\n  see runs/tiny/" in result.output


def test_limit_of_time_and_looking_up_alone_reach_the_run(root):
    result = call("run", "tiny", "-p", "how", "sleep", "--timeout", "9", "--records-only")
    (run,) = read_runs("tiny", root=root)
    assert (result.exit_code, run.outcome, run.records_only) == (1, "timeout", True)


def test_run_of_less_takes_the_page_where_the_command_says_so(root):
    page = a_run(experiment="tiny", profile="demo").to_json()
    notebook = {"cells": [], "metadata": {"labbook": {"run": page}}}
    (root / "notebooks" / "tiny.ipynb").write_text(json.dumps(notebook))
    assert call("run", "tiny", "--promote").exit_code == 0
    assert last_good_run("tiny", root).profile == "smoke"


def test_sweep_ends_with_its_table_and_is_resumed(root):
    (root / "s.yaml").write_text("how: [ok, error]\n")
    first = call("run", "tiny", "-j", "2", "--sweep", root / "s.yaml")
    assert first.exit_code == 1
    assert first.output.endswith("tiny: 1 of 2 runs ok\n")
    second = call("run", "tiny", "-j", "2", "--sweep", root / "s.yaml")
    assert "tiny: 1 of 2 runs ok (1 of them before)\n" in second.output


def test_experiments_run_side_by_side(root):
    make_log(root, "# %%\n1\n", "other")
    result = call("run", "tiny", "other", "-j", "2")
    assert result.exit_code == 0
    assert sorted(line.split(":")[0] for line in result.stdout.splitlines()) == ["other", "tiny"]
    assert (root / "notebooks" / "other.ipynb").exists()


def shown_on_a_terminal(*arguments):
    """What a command writes to a terminal beside its output."""
    main_end, other_end = os.openpty()
    command = [sys.executable, "-m", "labbook", *arguments]
    process = subprocess.Popen(command, stderr=other_end, stdout=subprocess.DEVNULL)
    os.close(other_end)
    text = b""
    try:
        while part := os.read(main_end, 1024):
            text += part
    except OSError:  # how Linux tells that the other end is closed
        pass
    assert process.wait() == 0
    return text.decode()


@pytest.mark.parametrize("arguments", [["mv", "tiny", "small"], ["run", "tiny", "--if-stale"]])
def test_reader_of_the_output_who_has_enough_is_told_nothing(root, arguments):
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "labbook", *arguments]
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True)
    os.close(writing)
    assert (done.stderr, done.returncode) == ("", 1)


def test_terminal_shows_which_cell_runs(root):
    assert 'tiny [2/4] Results · print("begun with"' in shown_on_a_terminal("run", "tiny")


def test_terminal_shows_which_experiments_run_side_by_side(root):
    make_log(root, "# %%\n1\n", "other")
    text = shown_on_a_terminal("run", "tiny", "other", "-j", "2")
    assert "labbook run [0/2] tiny, other" in text
    assert "labbook run [1/2] " in text


def test_status_tells_never_run_with_exit_code_1(root):
    result = call("status", "--json")
    assert result.exit_code == 1
    (tiny,) = json.loads(result.output)
    assert (tiny["experiment"], tiny["word"]) == ("tiny", "never run")


@pytest.mark.parametrize(
    "arguments",
    [
        ["status", "tinny"],
        ["publish", "tiny"],
        ["diff", "a", "b"],
        ["accept", "tiny", "--because", "x"],
    ],
)
def test_other_commands_tell_bad_use_in_a_sentence(root, arguments):
    result = call(*arguments)
    assert (result.exit_code, "Traceback" in result.output) == (2, False)
    assert result.output.count("\n") == 1


def test_ctrl_c_before_anything_runs_is_a_word_and_exit_code_130(root, tmp_path):
    os.mkfifo(tmp_path / "sweep.yaml")
    command = [sys.executable, "-m", "labbook", "run", "tiny", "--sweep", tmp_path / "sweep.yaml"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    with open(tmp_path / "sweep.yaml", "w"):  # returns as soon as the command reads the file
        process.send_signal(signal.SIGINT)
        assert (process.communicate()[1], process.returncode) == ("stopped.\n", 130)


def test_module_is_the_command():
    done = subprocess.run([sys.executable, "-m", "labbook", "--version"], capture_output=True)
    assert done.returncode == 0


def test_command_is_installed():
    assert Path(sys.executable).with_name("labbook").exists()
