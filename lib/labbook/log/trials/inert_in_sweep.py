"""What the parameters of a sweep of runs did not change: a table of them would compare nothing."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

from labbook.log.records.key import canonical_json
from labbook.log.records.record import Record
from labbook.log.records.run_record import RunRecord
from labbook.log.records.text import in_a_line
from labbook.log.trials.inert import inert_parameters

# The values of a run's parameters, and the keys of the trials that it asked for.
Asked = tuple[Mapping[str, Any], frozenset[str]]


def inert_in_sweep(runs: Iterable[RunRecord], records: Iterable[Record]) -> list[str]:
    """A sentence for each parameter that changed nothing.

    A parameter of the notebook is inert where runs that differ in it alone asked for the same
    trials; a parameter of the trials as ``inert_parameters`` says.

    Arguments:
        runs: of the sweep; those that did not come to their end tell nothing.
        records: the good records of the trials of all runs.
    """
    asked = [
        (run.parameters_used, frozenset(entry["key"] for entry in run.plan.entries))
        for run in runs
        if run.outcome == "ok"
    ]
    sentences = []
    for name in dict.fromkeys(chain.from_iterable(values for values, _ in asked)):
        same = max(_values_with_the_same_trials(name, asked), key=len, default=[])
        if len(same) > 1:
            sentences.append(
                f"{name} changed no trial: the runs with {_listed(same)} ask for the same ones."
            )
    records = {record.key: record for record in records}
    inert = inert_parameters(records.values())
    for name, count in sorted(Counter(chain.from_iterable(inert.values())).items()):
        sentences.append(
            f"{name} changed nothing in {count} of {len(records)} trials: those that differ in it "
            "alone have the same model and the same results."
        )
    return sentences


def _values_with_the_same_trials(name: str, runs: Sequence[Asked]) -> list[list[Any]]:
    """The values of one parameter, in groups of runs that are alike in all else."""
    groups: dict[tuple, dict[str, Any]] = defaultdict(dict)
    for values, keys in runs:
        if keys and name in values:
            rest = {other: value for other, value in values.items() if other != name}
            groups[canonical_json(rest), keys][canonical_json(values[name])] = values[name]
    return [list(group.values()) for group in groups.values()]


def _listed(values: Sequence[Any]) -> str:
    *first, last = map(in_a_line, values)
    return f"{', '.join(first)} and {last}"
