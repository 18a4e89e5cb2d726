"""A function that a call of a decorator made is a trial under the name that it was given."""

import pytest

from labbook.log.records.code import recorded_code
from labbook.log.records.folder import read_records

WRAPPING = """
import functools
from labbook.log import trials
def scaled(by):
    def wrap(f):
        @functools.wraps(f)
        def wrapped(seed):
            return {"metrics": {"loss": by * f(seed, k=1)}}
        return wrapped
    return wrap
def inner(seed, k):
    return seed + k
"""


def test_what_wraps_is_part_of_the_code(log) -> None:
    text = WRAPPING + (
        "train = scaled(2)(inner)\n"
        "row = trials.run(train, [{'seed': 1}]).iloc[0]\n"
        "print(row.loss, row.freshness)\n"
    )
    assert log.run_text("toy", text).stdout == "4 fresh\n"
    (record,) = read_records("toy", root=log.root)
    assert record.function == "toy.train"
    assert {"notebook.scaled", "notebook.inner"} < set(recorded_code(record))


def test_function_that_wraps_another_and_has_no_name_is_refused(log) -> None:
    text = WRAPPING + (
        "try:\n    trials.run(scaled(2)(inner), [{'seed': 1}])\n"
        "except ValueError as error:\n    print(error)\n"
    )
    assert log.run_text("toy", text).stdout.startswith(
        "the function that wraps inner() has no name"
    )


@pytest.mark.parametrize(("takes", "told"), [("seed", "it takes seed"), ("seed, **more", "'k'")])
def test_arguments_are_those_of_the_outermost_function_that_names_them(log, takes, told) -> None:
    text = WRAPPING.replace("def wrapped(seed)", f"def wrapped({takes})") + (
        "train = scaled(2)(inner)\n"
        "try:\n    trials.run(train, [{'seed': 1, 'kk': 2}])\n"
        "except TypeError as error:\n    print(error)\n"
    )
    assert told in log.run_text("toy", text).stdout
