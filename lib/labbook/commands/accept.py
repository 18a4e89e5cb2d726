"""``labbook accept``: what would be accepted, with its differences, before it is."""

import difflib
from pathlib import Path

from labbook.commands.reading.show import source_of_code
from labbook.log.code.source import source_text
from labbook.log.freshness.acceptance import Step
from labbook.log.records.text import number_of

LONGEST_DIFF = 200


def differences(steps: list[Step], root: Path) -> str:
    """What accepting would say: results, definitions that changed, and how their source differs.

    Arguments:
        steps: as ``labbook.log.freshness.acceptance.acceptable`` gives them.
    """
    return "\n\n".join(_step(step, root) for step in steps)


def _step(step: Step, root: Path) -> str:
    records = number_of(step.count, "record")
    what = "the last run" if step.example is None else f"{step.subject}: {records}"
    lines = [what, *(f"  {reason}" for reason in step.reasons)]
    if step.example is None:
        return "\n".join(lines)
    if (then := source_of_code(step.example, step.then, root)) is None:
        return "\n".join([*lines, "  (the source that made them is not at hand: see git)"])
    diff = list(
        difflib.unified_diff(
            then.splitlines(),
            source_text(step.now.sources).splitlines(),
            step.then,
            f"{step.now.digest} (now)",
            lineterm="",
            n=2,
        )
    )
    if len(diff) > LONGEST_DIFF:
        left = len(diff) - LONGEST_DIFF
        diff = [*diff[:LONGEST_DIFF], f"… and {left} lines more"]
    return "\n".join([*lines, *diff])
