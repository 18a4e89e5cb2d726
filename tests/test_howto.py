"""The commands of the documents are ones that there are (a day: tests/commands/test_wheel.py)."""

import re
import shlex

import pytest
from tests.howto import HOWTO, ROOT, commands_in
from tests.log.tiny_log import make_log

from labbook.cli import main

ALL = commands_in(HOWTO) + commands_in((ROOT / "README.md").read_text())
LABBOOK = [
    part.strip() for line in ALL for part in line.split("&&") if part.strip().startswith("labbook ")
]


@pytest.mark.parametrize("command", sorted(set(LABBOOK)))
def test_every_command_in_the_documents_is_one_that_there_is(command, tmp_path, monkeypatch):
    monkeypatch.chdir(make_log(tmp_path))
    for name in re.findall(r"\S+\.yaml", command):
        (tmp_path / name).touch()
    verb, *arguments = shlex.split(command)[1:]
    main.commands[verb].make_context(verb, arguments)
