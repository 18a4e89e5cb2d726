"""``labbook accept``: what would be accepted, with its differences, before it is."""

import difflib
import subprocess
import tarfile
import tempfile
from io import BytesIO
from pathlib import Path

from labbook.log.code.reach import CodeUsed
from labbook.log.code.source import source_path, source_text
from labbook.log.code.used import SourceUnknown, code_of_trial
from labbook.log.freshness.acceptance import Step
from labbook.log.records.layout import Layout
from labbook.log.records.record import Record

LONGEST_DIFF = 200


def differences(experiment: str, steps: list[Step], root: Path) -> str:
    """What accepting would say: results, definitions that changed, and how their source differs.

    Arguments:
        steps: as ``labbook.log.freshness.acceptance.acceptable`` gives them.
    """
    return "\n\n".join(_step(experiment, step, root) for step in steps)


def _step(experiment: str, step: Step, root: Path) -> str:
    records = f"{step.count} record{'s' * (step.count != 1)}"
    what = "the last run" if step.example is None else f"{step.subject}: {records}"
    lines = [what, *(f"  {reason}" for reason in step.reasons)]
    if step.example is None:
        return "\n".join(lines)
    then = _source(step.example, step.then, root)
    now = _source_now(step.example, root)
    if then is None or now is None:
        return "\n".join([*lines, "  (the source that made them is not at hand: see git)"])
    diff = list(
        difflib.unified_diff(
            then.splitlines(), now.splitlines(), step.then, f"{step.now} (now)", lineterm="", n=2
        )
    )
    if len(diff) > LONGEST_DIFF:
        left = len(diff) - LONGEST_DIFF
        diff = [*diff[:LONGEST_DIFF], f"… and {left} lines more"]
    return "\n".join([*lines, *diff])


def _source(record: Record, digest: str, root: Path) -> str | None:
    """The source of a code: as it was kept, else from the commit that made the record."""
    layout = Layout(root)
    for folder in (
        layout.local_records(record.experiment),
        layout.published_records(record.experiment),
    ):
        if (path := source_path(folder, digest)).is_file():
            return path.read_text(encoding="utf-8")
    commit = record.provenance.get("commit")
    return _source_at(record, digest, commit, root) if commit else None


def _source_at(record: Record, digest: str, commit: str, root: Path) -> str | None:
    command = ["git", "archive", "--format=tar", commit, "--", "."]
    archive = subprocess.run(command, cwd=root, capture_output=True, check=False)
    if archive.returncode:
        return None
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=BytesIO(archive.stdout)) as tar:
            texts = [m for m in tar.getmembers() if m.name.endswith(".py") or m.isdir()]
            tar.extractall(folder, texts, filter="data")
        code = _code_in(record, Path(folder))
    return source_text(code.sources) if code is not None and code.digest == digest else None


def _source_now(record: Record, root: Path) -> str | None:
    code = _code_in(record, root)
    return source_text(code.sources) if code is not None else None


def _code_in(record: Record, root: Path) -> CodeUsed | None:
    function = record.function.removeprefix(f"{record.experiment}.")
    try:
        return code_of_trial(Layout(root).source(record.experiment), function, root)
    except SourceUnknown:
        return None
