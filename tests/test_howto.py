"""The commands of the how-to: its day is lived through, and all others are ones that there are."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from tests.log.tiny_log import make_log

from labbook.cli import main
from labbook.log.records.folder import read_records

ROOT = Path(__file__).parents[1]


def commands_in(text):
    """What stands behind ``$`` in the console blocks of a text, comments left out."""
    lines = re.findall(r"^\s*\$ (.+)$", text, flags=re.MULTILINE)
    return [re.sub(r"\s+#\s.*$", "", line) for line in lines]


HOWTO = (ROOT / "docs" / "howto.rst").read_text()
DAY = HOWTO[HOWTO.index("A day with a log\n") : HOWTO.index("Add an experiment\n")]
ALL = commands_in(HOWTO) + commands_in((ROOT / "README.md").read_text())
LABBOOK = [
    part.strip() for line in ALL for part in line.split("&&") if part.strip().startswith("labbook ")
]


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    """Each command of the day, in turn, with its exit code and what it said."""
    folder = tmp_path_factory.mktemp("day")
    outer = {name: value for name, value in os.environ.items() if not name.startswith("LABBOOK")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{outer['PATH']}"
    done = {}
    for command in commands_in(DAY):
        if command.startswith("cd "):
            folder = folder / command.removeprefix("cd ")
            continue
        text = command
        if "KEY" in command:
            keys = [record.key for record in read_records("example", root=folder) if record.ok]
            # The newest were made by the code as it is.
            text = command.replace("OTHER_KEY", keys[-2]).replace("KEY", keys[-1])
        done[command] = subprocess.run(
            text, shell=True, cwd=folder, env=outer | {"PATH": path}, capture_output=True, text=True
        )
    return done


@pytest.mark.parametrize(
    "command", [command for command in commands_in(DAY) if not command.startswith("cd ")]
)
def test_command_of_the_day_does_what_it_should(day, command):
    # status says by its exit code that something is stale, as it is then.
    expected = {0, 1} if command.startswith("labbook status") else {0}
    assert day[command].returncode in expected, day[command].stdout + day[command].stderr
    assert "Traceback" not in day[command].stderr


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("labbook status -v", "my_log.network.train changed"),
        ("labbook run example --refresh stale", "example: ok"),
        ("labbook rerun KEY", "equal to the last bit"),
        ("labbook show KEY --code", "# my_log.network.train"),
        ("labbook mv example_2 wide_layers", "example_2 is wide_layers now"),
        ("make published", "Site rendered"),
    ],
)
def test_day_goes_as_the_text_says(day, command, says):
    assert says in day[command].stdout


@pytest.mark.parametrize("command", sorted(set(LABBOOK)))
def test_every_command_in_the_documents_is_one_that_there_is(command, tmp_path, monkeypatch):
    monkeypatch.chdir(make_log(tmp_path))
    for name in re.findall(r"\S+\.yaml", command):
        (tmp_path / name).touch()
    verb, *arguments = shlex.split(command)[1:]
    main.commands[verb].make_context(verb, arguments)
