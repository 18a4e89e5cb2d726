"""Sweeps as files: what a file makes of parameters, and what it may not say."""

import pytest
from tests.log.runs.swept import runs_of, source_of
from tests.log.tiny_log import make_log

from labbook.log.notebook.parameters import ParameterError
from labbook.log.records.text import varying_names
from labbook.log.runs.batch import SweepError


@pytest.fixture
def root(tmp_path):
    return make_log(tmp_path)


def test_lists_are_multiplied(root):
    assert runs_of(root, "seed: [0, 1]\nrate: [0.1, 0.2]\nprofile: demo") == [
        {"profile": "demo", "seed": 0, "rate": 0.1},
        {"profile": "demo", "seed": 0, "rate": 0.2},
        {"profile": "demo", "seed": 1, "rate": 0.1},
        {"profile": "demo", "seed": 1, "rate": 0.2},
    ]


def test_zipped_lists_are_walked_through_together(root):
    assert runs_of(root, "zip: {seed: [0, 1], rate: [0.1, 0.2]}") == [
        {"seed": 0, "rate": 0.1},
        {"seed": 1, "rate": 0.2},
    ]


def test_zipped_lists_are_multiplied_with_others(root):
    runs = runs_of(root, "profile: [smoke, demo]\nzip: [{seed: [0, 1], rate: [0.1, 0.2]}]")
    assert [(r["profile"], r["seed"]) for r in runs] == [
        ("smoke", 0),
        ("smoke", 1),
        ("demo", 0),
        ("demo", 1),
    ]


def test_included_runs_have_the_constants_only(root):
    runs = runs_of(root, "profile: demo\nseed: [0]\ninclude: [{rate: 0.9}]")
    assert runs == [{"profile": "demo", "seed": 0}, {"profile": "demo", "rate": 0.9}]


def test_list_is_a_value_for_a_parameter_that_is_a_list(root):
    runs = runs_of(root, "seed: [0, 1]\nsizes: [3, 4]")
    assert [run["sizes"] for run in runs] == [[3, 4], [3, 4]]


def test_list_of_lists_is_an_axis_for_a_parameter_that_is_a_list(root):
    assert [run["sizes"] for run in runs_of(root, "sizes: [[3], [4, 5]]")] == [[3], [4, 5]]


def test_repeated_runs_are_made_once(root):
    assert runs_of(root, "seed: [0, 0]\ninclude: [{seed: 0}, {rate: 0.5}]") == [{"rate": 0.5}]


def test_values_given_beside_hold_for_all(root):
    assert runs_of(root, "seed: [1]", {"rate": 0.9}) == [{"rate": 0.9, "seed": 1}]


def test_varying_parameters_are_named_in_the_notebooks_order(root):
    source = source_of(root)
    used = [source.used(run) for run in runs_of(root, "rate: [1, 2]\nseed: [0, 1]")]
    assert varying_names(used) == ["seed", "rate"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "sweep.yaml must hold names of parameters with their values."),
        ("[1, 2]", "sweep.yaml must hold names of parameters with their values."),
        ("seed: [", "sweep.yaml is no YAML"),
        ("seed: 1", "sweep.yaml describes no run: give at least one list of values."),
        ("seed: []", "sweep.yaml describes no run: give at least one list of values."),
        ("sizes: [3, 4]", "sizes takes a list itself, so its values are written as a list of"),
        ("zip: {seed: [1, 2], rate: [1]}", "needs lists of one length; seed, rate are not."),
        ("zip: 3", "zip in sweep.yaml must hold names with lists"),
        ("seed: [1]\nzip: {}", "zip in sweep.yaml must hold names with lists"),
        ("include: {seed: 1}", "include in sweep.yaml must be a list of runs"),
        ("seed: [1]\nzip: {seed: [2]}", "seed stands twice in sweep.yaml; let it stand once."),
        ("seed: 1\nzip: {seed: [2]}", "seed stands twice in sweep.yaml; let it stand once."),
    ],
)
def test_bad_sweep_gets_its_sentence(root, text, says):
    with pytest.raises(SweepError) as error:
        runs_of(root, text)
    assert says in str(error.value)


def test_value_given_in_two_places_is_refused(root):
    with pytest.raises(SweepError, match=r"seed is given both in sweep\.yaml and beside it"):
        runs_of(root, "seed: [1]", {"seed": 2})


def test_wrong_value_is_told_before_anything_runs(root):
    with pytest.raises(ParameterError, match="tiny: seed must be an int; 'x' is not"):
        runs_of(root, "seed: [0, x]")


TRAPS = {
    "how: [no, yes]": 'line 1: no may be a word; write false, or "no" for the text',
    "seed: [1]\nhow: 2026-11-22": 'line 2: 2026-11-22 is a date; write "2026-11-22"',
    "seed: [010]": "line 1: 010 would be octal; write 10",
    "seed: [1:30]": "line 1: 1:30 would be a number to the base 60",
    "seed: [1]\nseed: [2]": "line 2: seed stands twice",
    "? [1]\n: [2]": "line 1: a list is no name; write one word before the colon",
    "include: [{seed: 1, seed: 2}]": "line 1: seed stands twice",
    "seed: &all [1]\nrate: *all": r"line 2: write out what \*all is for",
    "seed: " + "[" * 10_000: "nested too deep|no YAML",
}


@pytest.mark.parametrize("text", TRAPS)
def test_trap_of_yaml_is_a_sentence(root, text):
    with pytest.raises(SweepError, match=TRAPS[text]):
        runs_of(root, text)


def test_what_stands_in_quotes_is_text(root):
    assert [run["how"] for run in runs_of(root, 'how: ["no", "010", "2026-11-22"]')] == [
        *("no", "010", "2026-11-22")
    ]


def test_exponents_are_numbers(root):
    assert [run["rate"] for run in runs_of(root, "rate: [1e-3, 1E2, -2.5e-1]")] == [
        *(1e-3, 1e2, -0.25)
    ]
