"""Batches of runs, written down in a YAML file; which are done, and what their trials gave.

::

    depth: [1, 2, 4]          # every list is an axis; axes are multiplied
    width: 32                 # anything else holds for all runs
    zip:                      # lists of one length, walked through together
      lr: [0.1, 0.01]
      seed: [0, 1]
    include:                  # further runs, with the values that hold for all
      - {depth: 8, lr: 0.001, seed: 0}
"""

import functools
import itertools
import math
import operator
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from labbook.log.freshness.changes import changes
from labbook.log.notebook.sources import Source
from labbook.log.records.key import canonical_json
from labbook.log.records.plan import Lookup
from labbook.log.records.record import Record
from labbook.log.records.run_record import RunRecord, read_runs
from labbook.log.runs import plain_yaml

RESERVED = ("zip", "include")
MOST_RUNS = 1000
METRICS_SHOWN = 3


class SweepError(ValueError):
    """A sweep that is not written as one."""


class ManyRuns(SweepError):
    """A sweep of so many runs that somebody should be asked first."""


def read_sweep(
    path: Path, source: Source, given: Mapping[str, object], most: float = math.inf
) -> list[dict]:
    """The parameters of each run of a sweep, checked, without repetitions.

    Arguments:
        path: the YAML file.
        source: the notebook that is to be run.
        given: parameters given beside the file, checked; they hold for all runs.
        most: how many runs it may describe.

    Raises:
        ManyRuns: it describes more than ``most`` runs.
        SweepError: the file is none that describes a sweep.
        ParameterError: a name or a value does not fit the notebook.
    """
    content = _read(path)
    names = [name for name in content if name not in RESERVED]
    zipped = _groups(path, content.get("zip", []))
    included = content.get("include", [])
    if not isinstance(included, list) or not all(isinstance(run, dict) for run in included):
        raise SweepError(f"include in {path.name} must be a list of runs, each name: value.")
    clash = sorted(set(given) & set(names).union(*zipped, *included))
    if clash:
        raise SweepError(f"{clash[0]} is given both in {path.name} and beside it; give it once.")
    lists = {p.name for p in source.parameters if p.type.kind == "list"}
    axes = [name for name in names if _is_axis(content[name], name in lists)]
    constants = {name: content[name] for name in names if name not in axes}
    groups = [*({name: content[name]} for name in axes), *zipped]
    for name, times in Counter(itertools.chain(names, *zipped)).items():
        if times > 1:
            raise SweepError(f"{name} stands twice in {path.name}; let it stand once.")
    walks = [
        [dict(zip(group, values, strict=True)) for values in zip(*group.values(), strict=True)]
        for group in groups
    ]
    count = math.prod(map(len, walks)) * bool(walks) + len(included)
    if count > most:
        source.values(constants | {name: content[name][0] for name in axes if content[name]})
        raise ManyRuns(f"{path} describes {count:,} runs")
    steps = itertools.product(*walks) if walks else ()
    runs = [functools.reduce(operator.or_, step, constants) for step in steps]
    runs += [constants | extra for extra in included]
    if not runs:
        said = " {} takes a list itself, so its values are written as a list of lists."
        hint = "".join(said.format(name) for name in names if name in lists)
        raise SweepError(f"{path} describes no run: give at least one list of values.{hint}")
    checked = [{**given, **source.values(run)} for run in runs]
    return list({canonical_json(source.used(run)): run for run in checked}.values())


def done_before(
    source: Source, runs: list[dict], refresh: str = "missing", *, records_only: bool = False
) -> tuple[dict[int, RunRecord], dict[int, list[str]]]:
    """Which runs of a sweep need not be made again.

    A run counts when it and its trials ended well with the same values of all parameters and the
    same code cells. Where the library's code has changed since, it still counts unless
    ``refresh`` is ``stale``; with ``refresh="all"`` none does.

    Arguments:
        records_only: whether the runs only look their trials up; a run that did no more counts
            for these alone.

    Returns:
        By number in ``runs``: the good run, and the modules that changed since (where any did).
    """
    if refresh == "all":
        return {}, {}
    good = {
        canonical_json(record.parameters_used): record
        for record in read_runs(source.experiment, root=source.layout.root)
        if record.well and record.source_digest == source.digest
        if records_only or not record.records_only
    }
    found, stale = {}, {}
    for number, run in enumerate(runs):
        record = good.get(canonical_json(source.used(run)))
        if record is None:
            continue
        changed = changes(record.provenance.get("code", {}), source.code.digests)
        if changed and refresh == "stale":
            continue
        found[number] = record
        if changed:
            stale[number] = changed
    return found, stale


@dataclass(frozen=True)
class Results:
    """The good records of the trials that one run asked for."""

    records: list[Record]

    @classmethod
    def of(cls, run: RunRecord, lookup: Lookup) -> "Results":
        """Those that are there today.

        Arguments:
            lookup: the records of the experiments in the run's plan.
        """
        found = (record for _, _, record in lookup.answers(run.plan))
        return cls([record for record in found if record is not None and record.ok])

    def mean(self, metric: str) -> tuple[float, int] | None:
        """A metric's mean over the trials that have it, and their number; None where none has."""
        values = [r.metrics[metric] for r in self.records if metric in r.metrics]
        if len(values) < 2:  # a whole number stays one
            return (values[0], 1) if values else None
        return sum(values) / len(values), len(values)


def metrics_of(found: Iterable[Results]) -> list[str]:
    """The names of all metrics of some runs, in the order in which they come."""
    names = (name for results in found for r in results.records for name in r.metrics)
    return list(dict.fromkeys(names))


def _read(path: Path) -> dict:
    try:
        content = plain_yaml.load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SweepError(f"{path} cannot be read: {error}.") from None
    except plain_yaml.Trap as trap:
        raise SweepError(f"{path}, {trap}.") from None
    except yaml.YAMLError as error:
        raise SweepError(f"{path} is no YAML: {' '.join(str(error).split())}.") from None
    if not isinstance(content, dict) or not all(isinstance(name, str) for name in content):
        raise SweepError(f"{path} must hold names of parameters with their values.")
    return content


def _groups(path: Path, content: object) -> list[dict]:
    groups = [content] if isinstance(content, dict) else content
    if not isinstance(groups, list) or not all(isinstance(g, dict) and g for g in groups):
        raise SweepError(f"zip in {path.name} must hold names with lists, or a list of such.")
    for group in groups:
        lengths = {len(v) if isinstance(v, list) else None for v in group.values()}
        if len(lengths) != 1 or None in lengths:
            raise SweepError(
                f"zip in {path.name} needs lists of one length; {', '.join(map(str, group))} "
                "are not."
            )
    return groups


def _is_axis(value: object, of_lists: bool) -> bool:
    """A list is an axis; for a parameter that is a list itself, a list of lists is."""
    if not isinstance(value, list):
        return False
    return not of_lists or bool(value) and all(isinstance(element, list) for element in value)
