"""All that the files of a log tell of one experiment, each read once, none of it judged.

A file that cannot be read is a problem of the experiment, in a sentence; the rest stands.
"""

import json
import re
import warnings
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from labbook.log.code.library import Library
from labbook.log.freshness.acceptance import read_acceptances
from labbook.log.freshness.stale import Verdicts
from labbook.log.records.folder import lookup_of, read_records
from labbook.log.records.json_file import Misfit
from labbook.log.records.layout import Layout
from labbook.log.records.plan import Lookup, Plan, read_published_plans
from labbook.log.records.record import Record
from labbook.log.records.run_record import RunRecord, read_executed, read_runs, run_of

Found = TypeVar("Found")
_KEY = re.compile(r"\b[0-9a-f]{16}\b")


class Evidence:
    """What is there of an experiment.

    Arguments:
        library: the modules of the log, where they are read for several experiments.

    Attributes:
        problems: what is wrong with its files, a sentence each.
    """

    def __init__(self, experiment: str, root: Path, library: Library | None = None):
        self.experiment = experiment
        self.root = root
        self.layout = Layout(root)
        self.verdicts = Verdicts(root, library=library)
        self._problems: list[str] = []

    @property
    def problems(self) -> list[str]:
        found = dict.fromkeys(self._problems)
        return [problem.replace(f"{self.root}/", "") for problem in found]

    @cached_property
    def records(self) -> list[Record]:
        """The good records and bad attempts of its own trials."""
        return self._read(read_records, self.experiment, root=self.root)

    @cached_property
    def lookup(self) -> Lookup:
        """The same, with those of other experiments whose trials its plans ask for."""
        plans = list(self.published_plans.values())
        if self.run is not None:
            plans.append(self.run.plan)
        others = {name for plan in plans for name in plan.experiments} - {self.experiment}
        of_others = self._read(lookup_of, others, self.root).by_key.values()
        return Lookup((*self.records, *of_others))

    def _read(self, read: Callable[..., Found], *what: object, **options: object) -> Found:
        """What is read of an experiment; files that are left aside are problems."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            found = read(*what, **options)
        self._problems += [str(warning.message) for warning in caught]
        return found

    @cached_property
    def published_plans(self) -> dict[str, Plan]:
        """The plans of the runs that were published, by profile."""
        return self._read(read_published_plans, self.layout.published_records(self.experiment))

    @cached_property
    def executed(self) -> dict | None:
        """The notebook of the page, as JSON types; None where there is none with outputs."""
        path = self.layout.executed(self.experiment)
        try:
            notebook = read_executed(path)
            shows = any(
                cell["cell_type"] == "code" and (cell.get("outputs") or cell.get("execution_count"))
                for cell in notebook["cells"]
            )
            return notebook if shows else None
        except FileNotFoundError:
            return None
        except Misfit as error:
            self._problems.append(
                f"{path} is no notebook ({error}): what was run is not shown; run the "
                "experiment again."
            )
            return None

    def check_acceptances(self) -> None:
        """Find out whether the file of acceptances is damaged, also where nobody asks for one."""
        try:
            read_acceptances(self.experiment, self.root)
        except ValueError as error:
            self._problems.append(str(error))

    @property
    def has_outputs(self) -> bool:
        """Whether there are outputs to show."""
        return self.executed is not None

    @cached_property
    def run(self) -> RunRecord | None:
        """The run that made the outputs; None where they have no record, or there are none."""
        record = run_of(self.executed) if self.executed is not None else None
        if record is None:
            return None
        try:
            return RunRecord.from_json(record)
        except Misfit as error:
            path = self.layout.executed(self.experiment)
            self._problems.append(f"what {path} tells of its run is damaged: {error}.")
            return None

    @cached_property
    def parameters(self) -> dict[str, object]:
        """The parameters of the outputs: as the run's record tells them, else as the notebook."""
        if self.run is not None:
            return self.run.parameters_used
        if self.executed is None:
            return {}
        from labbook.log.notebook import notebooks, parameters  # takes a while to import

        return parameters.left(notebooks.from_json(self.executed))

    @cached_property
    def code_changed(self) -> bool:
        """Whether the text computes something else than the cells that the outputs stand in."""
        if self.executed is None:
            return False
        from labbook.log.notebook import notebooks

        try:
            text = notebooks.read(self.layout.source(self.experiment))
        except notebooks.NotebookError:
            return True  # why, is told with the comparison of the code
        executed = notebooks.from_json(self.executed)
        return notebooks.source_digest(text) != notebooks.source_digest(executed)

    @cached_property
    def keys_in_outputs(self) -> list[str]:
        """The keys of those of its records that the outputs name."""
        if self.executed is None:
            return []
        outputs = [cell.get("outputs") for cell in self.executed["cells"]]
        named = dict.fromkeys(_KEY.findall(json.dumps(outputs)))
        return [key for key in named if key in self.lookup.by_key]

    @cached_property
    def runs(self) -> list[RunRecord]:
        """All runs of it that this machine keeps and that have ended, the oldest first."""
        return self._read(read_runs, self.experiment, root=self.root)

    @property
    def newest_run(self) -> RunRecord | None:
        """The newest run that stands by itself, if it is not the page's; else the page's.

        A run that left the page its place, failed, or was killed with the process that watched
        it, came after the one that the page shows, whatever the clock said.
        """
        alone = [run for run in self.runs if run.batch is None]
        if self.run is None:
            return alone[-1] if alone else None
        after = [run for run in alone if run.beside == self.run.id]
        return after[-1] if after else self.run
