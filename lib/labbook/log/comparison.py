"""The code of a record or a run, then and now, and in words what changed between."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from labbook.log.imports import library_folder, reached_modules
from labbook.log.layout import Layout
from labbook.log.notebook_code import IMPORTS
from labbook.log.trial_code import (
    CodeUsed,
    SourceUnknown,
    module_code_used,
    notebook_code_used,
)

if TYPE_CHECKING:
    from labbook.log.records import Record
    from labbook.log.run_records import RunRecord

# The code cells of a run's notebook; and what a run is called where trials have a function id.
NOTEBOOK = "notebook"


@dataclass(frozen=True)
class Comparison:
    """The code of one result, as it was and as it is.

    Attributes:
        experiment: the experiment that the result belongs to.
        subject: the trial's function id, or ``notebook`` for a run.
        then: the code that made it.
        now: today's code, or a phrase that says why there is none.
    """

    experiment: str
    subject: str
    then: CodeUsed
    now: CodeUsed | str

    def reasons(self) -> list[str]:
        """What changed, as phrases; ``[]`` where nothing did."""
        if not self.then.digests:
            return ["its code was not recorded"]
        if isinstance(self.now, str):
            return [self.now]
        then, now = self.then.digests, self.now.digests
        keys = sorted(key for key in then.keys() | now.keys() if then.get(key) != now.get(key))
        return [_phrase(key, then.get(key), now.get(key)) for key in keys]


def of_record(record: "Record", root: Path, code: dict[str, str] | None = None) -> Comparison:
    """The code of a trial's record.

    Arguments:
        code: digests of today's code; read from the files of the log when not given.
    """
    then = CodeUsed(record.provenance.get("code") or {})
    try:
        now = _current_code(record, root) if code is None else CodeUsed(code)
    except SourceUnknown as error:
        now = str(error)
    return Comparison(record.experiment, record.function, then, now)


def of_run(run: "RunRecord", root: Path) -> Comparison:
    """The code of a run: its notebook's code cells and the modules that they reach."""
    # Reading a notebook loads Jupytext, which whoever only asks for records need not wait for.
    from labbook.log import notebooks

    then = {NOTEBOOK: run.source_digest} | (run.provenance.get("code") or {})
    try:
        notebook = notebooks.read(Layout(root).source(run.experiment))
    except notebooks.NotebookError as error:
        return Comparison(run.experiment, NOTEBOOK, CodeUsed(then), str(error).rstrip("."))
    reached = reached_modules(notebooks.imported_by(notebook), library_folder(root))
    now = {NOTEBOOK: notebooks.source_digest(notebook)}
    now |= {module: digest for module, (digest, _) in reached.items()}
    return Comparison(run.experiment, NOTEBOOK, CodeUsed(then), CodeUsed(now))


def _current_code(record: "Record", root: Path) -> CodeUsed:
    code = record.provenance.get("code") or {}
    library = library_folder(root)
    if any(key.startswith("notebook.") for key in code):
        name = record.function.removeprefix(f"{record.experiment}.")
        return notebook_code_used(Layout(root).source(record.experiment), name, library)
    recorded = [module for module in code if record.function.startswith(f"{module}.")]
    module = max(recorded, key=len, default=record.function.rpartition(".")[0])
    return module_code_used(module, library, root)


def _phrase(key: str, then: str | None, now: str | None) -> str:
    """What happened to one part of the code, as a reader would say it."""
    if key == IMPORTS:
        return "the notebook's imports changed"
    if key == NOTEBOOK:
        return "the notebook's code changed"
    if key.startswith("notebook."):
        key = f"the notebook's {key.removeprefix('notebook.')}()"
    if then is None:
        return f"{key} is used now"
    if now is None:
        return f"{key} is no longer used"
    return f"{key} changed"
