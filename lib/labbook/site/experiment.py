"""What the site knows of each experiment: its header, its run, and how it stands."""

import json
import re
import warnings
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from labbook.log.code.library import Library
from labbook.log.freshness.evidence import Evidence
from labbook.log.freshness.standing import Standing, standing_of
from labbook.log.notebook.notebooks import NotebookNode  # before nbformat, for a fast import
from labbook.log.records.record import Record
from labbook.log.records.run_record import RunRecord
from labbook.log.records.text import first_line
from labbook.site.markup.mathml import without_markup

# isort: split
import nbformat

STATUSES = ("complete", "in progress", "planned", "abandoned")
_BROKEN = (nbformat.ValidationError, ValueError, LookupError, TypeError, AttributeError)
_SUPERSEDED = re.compile(r"superseded by (\d+)")


@dataclass
class Experiment:
    """One experiment as it lies on the disk.

    Attributes:
        name: the notebook's name, ``mixer_autoencoder``.
        library: the modules of the log, read once a build.
        source: the text notebook; None where it can't be read.
        problems: what is wrong with the files, one sentence each; each is a warning of the build.
    """

    name: str
    root: Path
    library: Library | None = None
    source: NotebookNode | None = None
    problems: list[str] = field(default_factory=list)

    @property
    def docname(self) -> str:
        return f"notebooks/{self.name}"

    @property
    def header(self) -> dict:
        """The ``labbook:`` part of the notebook's header."""
        metadata = self.source.metadata.get("labbook", {}) if self.source else {}
        return metadata if isinstance(metadata, dict) else {}

    @property
    def number(self) -> int | None:
        number = self.header.get("expt")
        return number if isinstance(number, int) and not isinstance(number, bool) else None

    @cached_property
    def title(self) -> str:
        """As lists, links and the feed tell it, formulas in plain characters."""
        return without_markup(str(self.header.get("title") or self.name.replace("_", " ")))

    @property
    def called(self) -> str:
        """Its number, where it has one, and its title."""
        return self.title if self.number is None else f"{self.number} {self.title}"

    @property
    def status(self) -> str:
        return str(self.header.get("status") or "planned")

    @property
    def superseded_by(self) -> int | None:
        found = _SUPERSEDED.fullmatch(self.status)
        return int(found.group(1)) if found else None

    @property
    def date(self) -> str:
        return str(self.header.get("date") or "")

    @property
    def tags(self) -> list[str]:
        tags = self.header.get("tags") or []
        return [str(tag) for tag in (tags if isinstance(tags, list) else [tags])]

    @property
    def verdict(self) -> str:
        return str(self.header.get("verdict") or "")

    @cached_property
    def evidence(self) -> Evidence:
        """All that its files tell, read once a build."""
        return Evidence(self.name, self.root, self.library)

    @cached_property
    def standing(self) -> Standing:
        """How it stands; what is wrong with its files becomes a problem of it."""
        standing = standing_of(self.evidence)
        self.problems += [p for p in standing.problems if p not in self.problems]
        return standing

    @cached_property
    def executed(self) -> NotebookNode | None:
        """Its last good run; None where there is none with outputs, or it can't be read."""
        if (found := self.evidence.executed) is None:
            return None
        try:
            with warnings.catch_warnings(action="ignore"):
                notebook = nbformat.reads(json.dumps(found), as_version=4)
                nbformat.validate(notebook)
        except _BROKEN as error:
            why = first_line(error).partition(":")[0]
            told = f"notebooks/{self.name}.ipynb is no notebook ({why}): what was run is not shown"
            self.problems.append(f"{told}; run the experiment again.")
            return None
        return notebook

    @property
    def has_run(self) -> bool:
        """Whether there are outputs to show."""
        return self.executed is not None

    @property
    def code_changed(self) -> bool:
        """Whether the text computes something else than the cells that the outputs stand in."""
        return self.has_run and self.evidence.code_changed

    @property
    def run(self) -> RunRecord | None:
        """The run shown; None where the outputs have no record, or there are none."""
        return self.evidence.run if self.has_run else None

    @property
    def runs(self) -> list[RunRecord]:
        """All runs that this machine keeps, newest first."""
        return self.evidence.runs[::-1]

    @property
    def newer_run(self) -> RunRecord | None:
        """A run that ended after the one shown and left it its place."""
        newest = self.evidence.newest_run
        if newest is None or (self.run is not None and newest.id == self.run.id):
            return None
        return newest if self.run is not None or newest.outcome != "ok" else None

    @property
    def records(self) -> list[Record]:
        """The good records and bad attempts of the experiment's trials."""
        return self.evidence.records

    @cached_property
    def function_of(self) -> dict[str, str]:
        """The function of each record, by key."""
        return {record.key: record.function for record in self.records}

    def facts(self) -> dict:
        """All that other pages tell of this one; when it changes, they are written anew."""
        standing = self.standing.to_json() | {"last_run": None}  # its age changes all the time
        return {
            "header": {k: str(v) for k, v in self.header.items()},
            "run": self.run and [self.run.id, self.run.start, self.run.outcome_text],
            "newer": self.newer_run and self.newer_run.id,
            "runs": [(run.id, run.outcome) for run in self.runs],
            "standing": standing,
            "records": sorted((record.key, record.outcome) for record in self.records),
        }
