"""What the parameters of a sweep of runs did not change: a table of them would compare nothing."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from labbook.log.records.key import canonical_json
from labbook.log.records.record import Record
from labbook.log.trials.inert import inert_parameters

SweptRun = tuple[Mapping[str, Any], Sequence[Record]]


def inert_in_sweep(runs: Sequence[SweptRun]) -> list[str]:
    """A sentence for each parameter that changed nothing.

    A parameter of the notebook is inert where runs that differ in it alone have the same trials;
    a parameter of the trials as ``inert_parameters`` says, among the trials of all runs.

    Arguments:
        runs: of each run, the values of its parameters and the good records of its trials.
    """
    sentences = []
    for name in dict.fromkeys(chain.from_iterable(values for values, _ in runs)):
        same = max(_values_with_the_same_trials(name, runs), key=len, default=[])
        if len(same) > 1:
            sentences.append(
                f"{name} changed no trial: the runs with {_listed(same)} have the same ones."
            )
    records = {record.key: record for _, of_run in runs for record in of_run}
    inert = inert_parameters(records.values())
    for name, count in sorted(Counter(chain.from_iterable(inert.values())).items()):
        sentences.append(
            f"{name} changed nothing in {count} of {len(records)} trials: those that differ in it "
            "alone have the same model and the same results."
        )
    return sentences


def _values_with_the_same_trials(name: str, runs: Sequence[SweptRun]) -> list[list[Any]]:
    """The values of one parameter, in groups of runs that are alike in all else."""
    groups: dict[tuple, dict[str, Any]] = defaultdict(dict)
    for values, records in runs:
        if records and name in values:
            rest = {other: value for other, value in values.items() if other != name}
            alike = canonical_json(rest), frozenset(record.key for record in records)
            groups[alike][canonical_json(values[name])] = values[name]
    return [list(group.values()) for group in groups.values()]


def _listed(values: Sequence[Any]) -> str:
    *first, last = map(str, values)
    return f"{', '.join(first)} and {last}"
