"""Records that differ from trials to be run in a name alone: of a parameter, or of the function.

A new name is a new key, so the trials would be run again; ``labbook mv`` gives the records the new
name instead.
"""

import functools
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

from labbook.log.freshness.former import is_function
from labbook.log.records.key import canonical_json
from labbook.log.records.layout import Layout
from labbook.log.records.record import Record

Wanted = tuple[str, dict[str, Any]]  # function and configuration of a trial to be run


def renamings(
    experiment: str, wanted: Collection[Wanted], records: Iterable[Record], root: Path
) -> list[str]:
    """What was probably renamed since records were made, a sentence each.

    A parameter, where a record of the same function has all the same values, one of them under
    another name; a function, where a record has the same configuration and its own function is
    gone.

    Arguments:
        wanted: the trials that have no record.
        records: of the experiment.
    """
    records = [record for record in records if record.ok]
    layout = Layout(root)

    @functools.cache
    def gone(function: str) -> bool:
        return not is_function(experiment, function.partition(".")[2], layout)

    found = Counter([*_functions(wanted, records, gone), *_parameters(wanted, records)])
    return [
        f"{count} of {len(wanted)} trials to run differ from records in a name alone: {old} is "
        f"{new} now; to keep the records: labbook mv {old} {new}"
        for (old, new), count in found.items()
    ]


def _functions(
    wanted: Iterable[Wanted], records: Iterable[Record], gone: Callable[[str], bool]
) -> Iterator[tuple[str, str]]:
    """Former and present name, once for each trial of which the configuration has a record."""
    made = defaultdict(set)
    for record in records:
        made[canonical_json(record.configuration)].add(record.function)
    for function, configuration in wanted:
        others = made[canonical_json(configuration)]
        if function not in others:
            yield from ((old, function.partition(".")[2]) for old in others if gone(old))


def _parameters(wanted: Iterable[Wanted], records: Iterable[Record]) -> Iterator[tuple[str, str]]:
    """Former and present name, once for each trial of which a record has all values."""
    made = defaultdict(set)
    for record in records:
        for name in record.configuration:
            made[_without(record.function, record.configuration, name)].add(name)
    for function, configuration in wanted:
        for name in configuration:
            for old in made[_without(function, configuration, name)]:
                if old not in configuration:
                    yield f"{function}.{old}", name


def _without(function: str, configuration: dict[str, Any], name: str) -> str:
    """A trial by all but the name of one of its parameters."""
    rest = {other: value for other, value in configuration.items() if other != name}
    return canonical_json([function, rest, configuration[name]])
