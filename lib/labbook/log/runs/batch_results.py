"""What the trials of a run gave, in short: for the table of a batch, here and on the site."""

from collections.abc import Iterable
from dataclasses import dataclass

from labbook.log.records.plan import Lookup
from labbook.log.records.record import Record
from labbook.log.records.run_record import RunRecord

METRICS_SHOWN = 3


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
        asked = [(entry, False) for entry in run.plan.to_run]
        asked += [(entry, True) for entry in run.plan.looked_up]
        answers = (lookup.answer(entry, any_data=looked_up) for entry, looked_up in asked)
        return cls([record for record in answers if record is not None and record.ok])

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
