"""The code of a record or a run, then and now, and in words what changed between."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from labbook.log.code.library import Library
from labbook.log.code.reach import NOTEBOOK, STATEMENTS, WHOLE, CodeUsed, name_of
from labbook.log.code.used import SourceUnknown, code_of_notebook, code_of_trial, read_notebook
from labbook.log.records.code import recorded_code
from labbook.log.records.layout import Layout

if TYPE_CHECKING:
    from labbook.log.notebook.notebooks import NotebookNode
    from labbook.log.records.record import Record
    from labbook.log.records.run_record import RunRecord


@dataclass(frozen=True)
class Comparison:
    """The code of one result, as it was and as it is.

    Attributes:
        experiment: the experiment that the result belongs to.
        subject: the trial's function id, or ``notebook`` for a run.
        then: the code that made it.
        now: today's code, or a phrase that says why there is none.
        searched: files that were read in search of it, where there is none.
    """

    experiment: str
    subject: str
    then: CodeUsed
    now: CodeUsed | str
    searched: tuple[Path, ...] = ()

    @property
    def known(self) -> bool:
        """Whether both codes are at hand."""
        return bool(self.then.digests) and not isinstance(self.now, str)

    @property
    def files(self) -> list[Path]:
        """The files that today's code is in, or was looked for in."""
        return list(self.searched) if isinstance(self.now, str) else self.now.files

    def reasons(self) -> list[str]:
        """What changed, as phrases; ``[]`` where nothing did."""
        if not self.then.digests:
            return ["its code was not recorded"]
        if isinstance(self.now, str):
            return [self.now]
        return changes(self.then.digests, self.now.digests)


def changes(then: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """What changed between the digests of two codes, as phrases; ``[]`` where nothing did.

    A definition of the same name and digest in another module was moved: nothing changed.
    """
    before, after = _others(then, now), _others(now, then)
    phrases = []
    for name in sorted({name_of(key) for key in before | after}):
        was = [key for key in sorted(before) if name_of(key) == name]
        here = [key for key in sorted(after) if name_of(key) == name]
        changed = min(len(was), len(here))
        phrases += [f"{_named(key)} changed" for key in here[:changed]]
        phrases += [f"{_named(key)} is no longer used" for key in was[changed:]]
        phrases += [f"{_named(key)} is used now" for key in here[changed:]]
    return phrases


def _others(code: Mapping[str, str], other: Mapping[str, str]) -> set[str]:
    """The keys of one code that have no counterpart of the same name and digest in another."""
    known = Counter((name_of(key), digest) for key, digest in other.items())
    left = set()
    for key, digest in sorted(code.items(), key=lambda item: other.get(item[0]) != item[1]):
        part = name_of(key), digest
        if known[part]:
            known[part] -= 1
        else:
            left.add(key)
    return left


def of_record(
    record: "Record", root: Path, code: CodeUsed | None = None, library: Library | None = None
) -> Comparison:
    """The code of a trial's record.

    Arguments:
        code: today's code; read from the files of the log when not given.
        library: the modules of the log, where they were read for others; read anew when not given.
    """
    of = record.experiment, record.function, CodeUsed(recorded_code(record))
    try:
        return Comparison(*of, code or code_now(record, root, library))
    except SourceUnknown as error:
        return Comparison(*of, str(error), tuple(error.files))


def code_now(record: "Record", root: Path, library: Library | None = None) -> CodeUsed:
    """The code of a record's trial as the files of the log have it now.

    Raises:
        SourceUnknown: its function is found nowhere, or a file that it reaches is no Python.
    """
    notebook = Layout(root).source(record.experiment)
    name = record.function.removeprefix(f"{record.experiment}.")
    return code_of_trial(notebook, name, root, recorded_code(record), library)


def of_run(run: "RunRecord", root: Path, library: Library | None = None) -> Comparison:
    """The code of a run: its notebook's code cells and the definitions that they reach."""
    # Reading a notebook loads Jupytext, which whoever only asks for records need not wait for.
    from labbook.log.notebook import notebooks

    then = {NOTEBOOK: run.source_digest} | (run.provenance.get("code") or {})
    path = Layout(root).source(run.experiment)
    try:
        notebook = notebooks.read(path)
        digest = notebooks.source_digest(notebook)
        if digest != run.source_digest:
            _check_parses(notebook, path)
        reached = code_of_notebook(notebooks.statements(notebook), library or Library(root))
    except (notebooks.NotebookError, SourceUnknown) as error:
        searched = tuple(getattr(error, "files", ()))
        why = str(error).rstrip(".")
        return Comparison(run.experiment, NOTEBOOK, CodeUsed(then), why, searched)
    now = {NOTEBOOK: digest} | reached.digests
    return Comparison(run.experiment, NOTEBOOK, CodeUsed(then), CodeUsed(now, reached.modules))


def _check_parses(notebook: "NotebookNode", path: Path) -> None:
    """Refuse a notebook with a cell that is no Python: of what that reaches nothing is known.

    Raises:
        SourceUnknown: in the words that are said of its trials, too.
    """
    from labbook.log.notebook import notebooks

    try:
        notebooks.check_syntax(notebook)
    except notebooks.NotebookError:
        read_notebook(path)


def _named(key: str) -> str:
    """One part of the code, as a reader would call it."""
    module, _, name = key.rpartition(".")
    if key == NOTEBOOK or (module == NOTEBOOK and name == WHOLE):
        return "the notebook's code"
    if key == f"{NOTEBOOK}.{STATEMENTS}":
        return "what the notebook changes elsewhere"
    if module == NOTEBOOK:
        return f"the notebook's {name}" if name.isupper() else f"the notebook's {name}()"
    if name == STATEMENTS:
        return f"what {module} does when it is imported"
    return module if name == WHOLE else key
