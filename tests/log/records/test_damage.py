"""Damaged files of a log: each is one sentence with its name, and the rest of the log goes on."""

import json
import os
import stat
import subprocess
import sys
import warnings

import pytest
from tests.log.records.whole import a_record, damaged, in_place_of

from labbook.log.records.code import code_digest, keep_digests, kept_digests
from labbook.log.records.folder import read_records
from labbook.log.records.json_file import DamagedFileWarning, Misfit, parse_json
from labbook.log.records.locks import holder_of, is_free

JSON_FAULTS = {
    "empty": (b"", "it is empty"),
    "blank": (b" \n", "it is empty"),
    "cut short": (b'{"a": [1,', "it is no JSON"),
    "latin-1": (b'"gr\xf6\xdfe"', "it is not UTF-8"),
    "NaN": (b"[NaN]", "it is no JSON"),
    "1e999": (b"[1e999]", "out of range"),
    "5,000 digits": (b"1" * 5000, "out of range"),
    "a key twice": (b'{"a": 1, "b": {"c": 1, "c": 2}}', "'c' stands in it twice"),
    "a key twice, one colon escaped": (rb'{"a": 1, "a": "\u003a"}', "'a' stands in it twice"),
    "a lone surrogate": (b'"\\ud800"', "it is no JSON"),
    "nested": (b"[" * 100_000, "nested too deep"),
    "a merge": (
        b'{\n<<<<<<< HEAD\n "a": 1\n=======\n "a": 2\n>>>>>>> theirs\n}',
        "git left both versions in it",
    ),
}


@pytest.mark.parametrize("fault", JSON_FAULTS)
def test_json_is_read_strictly(fault) -> None:
    content, message = JSON_FAULTS[fault]
    with pytest.raises(Misfit, match=message):
        parse_json(content)


@pytest.mark.parametrize("text", ['{"a": {"a": 1}, "b": [{"a": 2}, {"a": 3}]}', '{"\\": {": 1}'])
def test_json_with_each_key_once_is_read(text) -> None:
    assert parse_json(text.encode()) == json.loads(text)


RECORD_FAULTS = {
    "start": (5, "expected `str`, got `int` - at `start`"),
    "end": ("yesterday", "end is 'yesterday'; it is a time as"),
    "provenance": ([], "got `array` - at `provenance`"),
    "metrics": (None, "got `null` - at `metrics`"),
    "history": ([], "got `array` - at `history`"),
    "outcome": ("fine", "invalid enum value 'fine' - at `outcome`"),
    "schema": (99, "its schema 99 is newer than this labbook knows"),
    "seed": ("x", "got `str` - at `seed`"),
    "parameters": (1.5, "got `float` - at `parameters`"),
    "wall_time_s": (-1.0, ">= 0.0 - at `wall_time_s`"),
    "experiment": ("other", "toy.train is no function of other"),
    "configuration": ({"width": 5}, "its key does not fit"),
    "error": ("boom", "got `str` - at `error`"),
    "artifacts": ("abc", "got `str` - at `artifacts`"),
    "unheard": (1, "unknown field `unheard`"),
}


INNER_FAULTS = {
    "metric of text": ({"metrics": {"loss": "low"}}, "at `metrics"),
    "metric of 10**400": ({"metrics": {"loss": 10**400}}, "expected `int` <= 9223372036854775807"),
    "curve with 10**400": ({"history": {"loss": [-(10**400)]}}, "expected `int` >= -9223"),
    "curve of texts": ({"history": {"loss": ["a", "b"]}}, "at `history"),
    "code of a number": ({"provenance": {"code": 3}}, "at `provenance.code`"),
    "code of a list": ({"provenance": {"code": ["a"]}}, "at `provenance.code`"),
    "versions of numbers": ({"provenance": {"versions": {"torch": 2}}}, "at `provenance.versions"),
}


@pytest.mark.parametrize("fault", [*RECORD_FAULTS, *INNER_FAULTS])
def test_record_that_does_not_fit_is_named_and_the_others_are_read(fault, folder) -> None:
    fields, message = INNER_FAULTS.get(fault) or ({fault: RECORD_FAULTS[fault][0]}, "")
    message = message or RECORD_FAULTS[fault][1]
    path = folder / f"{a_record(3).key}.json"
    damaged(path, **fields)
    with pytest.warns(DamagedFileWarning) as warned:
        assert [r.configuration for r in read_records("toy")] == [{"width": 4}]
    assert str(path) in str(warned[0].message) and message in str(warned[0].message)


def test_record_among_those_of_another_experiment_is_named(log, folder) -> None:
    other = log.folder("other")
    folder.rename(other)
    with pytest.warns(DamagedFileWarning, match="it is of toy, and lies among"):
        assert read_records("other") == []


@pytest.mark.parametrize("what", ["a folder", "a FIFO", "a link to nothing"])
def test_no_file_in_place_of_a_record_is_named(what, folder) -> None:
    in_place_of(folder / f"{a_record(3).key}.json", what)
    with pytest.warns(DamagedFileWarning, match=f"it is {what}"):
        assert len(read_records("toy")) == 1


def test_record_that_may_not_be_read_is_named(folder) -> None:
    path = folder / f"{a_record(3).key}.json"
    path.chmod(0)
    code = "from labbook.log.records.folder import read_records; print(len(read_records('toy')))"
    drop = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.getuid() == 0 else []
    done = subprocess.run([*drop, sys.executable, "-c", code], capture_output=True, text=True)
    path.chmod(stat.S_IRUSR | stat.S_IWUSR)
    assert done.stdout.strip() == "1", done.stderr
    assert "it cannot be read (Permission denied)" in done.stderr


LOCKS = [
    b"[]",
    b"{}",
    b'{"record": 1}',
    b'{"pid": 1, "host": "h", "timeout_s": null, "submission": "a", "record": {"key": "x"}}',
]


@pytest.mark.parametrize("content", LOCKS)
def test_damaged_lock_loses_no_record(content, folder) -> None:
    (folder / "0123456789abcdef.lock").write_bytes(content)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DamagedFileWarning)
        assert len(read_records("toy")) == 2


@pytest.mark.parametrize("what", ["a folder", "a FIFO", "a link to nothing"])
def test_no_file_in_place_of_a_lock_is_held_by_nobody(what, folder) -> None:
    path = folder / "0123456789abcdef.lock"
    path.touch()
    in_place_of(path, what)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DamagedFileWarning)
        assert len(read_records("toy")) == 2
    assert is_free(path) and holder_of(path) is None


def test_damaged_file_of_a_code_is_written_anew_with_the_next_record(tmp_path) -> None:
    code = {"mylib.net.Block": "0123456789abcdef"}
    keep_digests(code, tmp_path)
    (path,) = tmp_path.glob("code/*.json")
    path.write_bytes(path.read_bytes()[:9])
    keep_digests(code, tmp_path)
    assert kept_digests(tmp_path, code_digest(code)) == code
