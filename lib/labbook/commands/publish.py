"""Publishing: copies of good local records under ``docs/records/``, after a look at the changes."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from labbook.log.freshness.stale import stale_because
from labbook.log.records.code import without_code
from labbook.log.records.folder import DamagedRecord, Record, read_record, read_records, write_whole
from labbook.log.records.folder import write_record as write_good_record
from labbook.log.records.layout import Layout, find_root
from labbook.log.records.plan import read_plans
from labbook.log.records.text import counted, some, table, trial_name, value_texts


@dataclass(frozen=True)
class Publication:
    """What publishing did.

    Attributes:
        text: what would change, as it was shown before anything was written.
        confirmed: whether it was agreed to; also False where nothing would change.
        new, changed: keys of the records that were written.
        unchanged: how many published records already were what the local ones are.
    """

    text: str
    confirmed: bool
    new: list[str]
    changed: list[str]
    unchanged: int


def publish(
    experiment: str, root: Path | None = None, *, confirm: Callable[[str], bool]
) -> Publication:
    """Copy the good local records of an experiment, and its plan, to ``docs/records/``.

    Attempts that did not end well, and arrays, stay here. A record that is already published
    as it is, is not written again. Plans of profiles that this machine never ran stay.

    Arguments:
        root: the log's root; found from the working directory when not given.
        confirm: is shown what would change; nothing is written unless it returns True. It is
            not asked where nothing would change.

    Raises:
        UnknownExperiment: there is no experiment of that name.
        ValueError: there is no good local record.
        RecordsNotWritable: the disk is full, or the folder may not be written.
    """
    root = root or find_root()
    layout = Layout(root)
    layout.require(experiment)
    folder = layout.published_records(experiment)
    local = [r for r in read_records(experiment, root=root) if r.ok and r.origin == "local"]
    if not local:
        raise ValueError(
            f"{experiment} has no good record on this machine: run it before it is published."
        )
    published = {record.key: _published(folder, record.key) for record in local}
    new = [r for r in local if published[r.key] is None]
    changed = [r for r in local if published[r.key] is not None and not _same(published[r.key], r)]
    plans = read_plans(folder) | read_plans(layout.local_records(experiment))
    plan_changes = plans != read_plans(folder)
    unchanged = len(local) - len(new) - len(changed)
    if not new and not changed and not plan_changes:
        return Publication(
            f"{experiment}: all {unchanged} records are published.", False, [], [], unchanged
        )
    text = _changes_text(experiment, new, changed, published, local, root)
    if not confirm(text):
        return Publication(text, False, [], [], unchanged)
    folder.mkdir(parents=True, exist_ok=True)
    for record in (*new, *changed):
        write_good_record(record, folder)
    if plan_changes:
        plan = json.dumps(plans, indent=1, ensure_ascii=False, allow_nan=False)
        write_whole(folder / "plan.json", plan.encode() + b"\n")
    keys = [[record.key for record in records] for records in (new, changed)]
    return Publication(text, True, keys[0], keys[1], unchanged)


def _published(folder: Path, key: str) -> Record | str | None:
    """The published record, None where there is none, or ``damaged``."""
    try:
        return read_record(folder / f"{key}.json", "published")
    except DamagedRecord:
        return "damaged"


def _same(published: Record | str | None, record: Record) -> bool:
    # As JSON, for there a NaN equals a NaN.
    return isinstance(published, Record) and without_code(published) == without_code(record)


def _changes_text(
    experiment: str,
    new: list[Record],
    changed: list[Record],
    published: dict[str, Record | str | None],
    local: list[Record],
    root: Path,
) -> str:
    """New and changed metrics, old beside new, and which records are stale."""
    configurations = [record.configuration for record in local]
    rows = []
    for record in (*new, *changed):
        before = published[record.key]
        name = trial_name(record.configuration, configurations)
        rows += [(name, *row) for row in _metric_rows(before, record)]
    lines = [f"{experiment}: {len(new)} new records, {len(changed)} changed"]
    if rows:
        lines.append(table(("trial", "metric", "published", "here"), rows))
    reasons = [stale_because(record, root) for record in (*new, *changed)]
    if stale := [reason for reason in reasons if reason]:
        told = counted(text for reason in stale for text in reason)
        lines.append(f"{len(stale)} of them are stale: {some(told)}")
    if failed := [r for r in local if r.newer_attempt]:
        names = [
            f"{trial_name(r.configuration, configurations)}: {r.newer_attempt.outcome}"
            for r in failed
        ]
        lines.append(f"a newer attempt did not end well, and stays here: {some(names)}")
    return "\n\n".join(lines)


def _metric_rows(before: Record | str | None, now: Record) -> list[tuple[str, str, str]]:
    """Metric, published value and local value, of metrics that are new or changed."""
    if before is None:
        old = {}
    elif isinstance(before, str):
        return [("(all)", before, "whole")]
    else:
        old = before.metrics
    rows = [
        (name, *value_texts(old.get(name), now.metrics.get(name)))
        for name in (old | now.metrics)
        if repr(old.get(name)) != repr(now.metrics.get(name))
    ]
    return rows or [("(all)", "the same", "another run")]
