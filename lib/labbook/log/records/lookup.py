"""Records by what a plan asks for: one pass over the records, then each answer at once."""

from collections.abc import Iterable

from labbook.log.records.plan import Entry, same_but_for_data
from labbook.log.records.record import Record


class Lookup:
    """The records of an experiment, one for each trial, found by planned trials.

    Arguments:
        records: as ``read_records`` gives them.
    """

    def __init__(self, records: Iterable[Record]):
        self.records = list(records)
        self.by_key = {record.key: record for record in self.records}
        self._alike: dict[str, Record] | None = None

    def answer(self, entry: Entry, *, looked_up: bool = False) -> Record | None:
        """The record of a planned trial.

        Where its data were not at hand, or the trial was only looked up, a good record of any data
        stands for it.
        """
        record = self.by_key.get(entry["key"])
        any_data = looked_up or entry["data_digest"] is None
        if any_data and (record is None or not record.ok):
            return self.of_any_data(entry) or record
        return record

    def of_any_data(self, entry: Entry) -> Record | None:
        """A good record of the same function and configuration, whatever its data."""
        if self._alike is None:
            self._alike = {
                same_but_for_data(vars(record)): record for record in self.records if record.ok
            }
        return self._alike.get(same_but_for_data(entry))
