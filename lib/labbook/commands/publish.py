"""Publishing: copies of good local records under ``docs/records/``, after a look at the changes."""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from labbook.log.freshness.evidence import Evidence
from labbook.log.freshness.stale import Verdicts
from labbook.log.records.artifacts import file_of_arrays
from labbook.log.records.code import made_by
from labbook.log.records.files import write_whole
from labbook.log.records.folder import read_record, read_records, write_record
from labbook.log.records.json_file import DamagedFile
from labbook.log.records.layout import Layout
from labbook.log.records.plan import (
    Lookup,
    Plan,
    plan_text,
    publish_plan,
    published_plan_path,
    read_plan,
)
from labbook.log.records.record import Record, result_digest
from labbook.log.records.run_record import RunRecord, last_good_run
from labbook.log.records.text import names_in, number_of, some, table, value_texts, with_count

# Arrays that pages show are published with their records, if the file is no larger.
PUBLISHED_BYTES = 200_000


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
    experiment: str, root: Path, *, confirm: Callable[[str], bool], all_: bool = False
) -> Publication:
    """Copy the good local records of an experiment that pages show, and the plan of its page's run.

    Pages show what their runs and the published plans of the log ask for. Other records stay here
    and are told, such as those of a check in the profile ``smoke``. Small arrays go with their
    records; attempts that did not end well, and larger arrays, stay here. A published record that
    gives the same, made by the same code, is not written again, whatever its times. Plans of other
    profiles stay; and so does the published plan where the data of some trials were not at hand in
    the page's run, for nothing tells the keys of these.

    Arguments:
        confirm: is shown what would change; nothing is written unless it returns True. It is
            not asked where nothing would change.
        all_: whether records that no page shows are copied, too.

    Raises:
        UnknownExperiment: there is no experiment of that name.
        ValueError: there is neither a good local record nor a good run: a page may show the trials
            of another experiment, and has a plan alone.
        RecordsNotWritable: the disk is full, or the folder may not be written.
    """
    layout = Layout(root)
    layout.require(experiment)
    folder = layout.published_records(experiment)
    own = layout.local_records(experiment)
    good = [r for r in read_records(experiment, root=root) if r.ok and r.folder == own]
    published = {record.key: _published(folder, record.key) for record in good}
    run = last_good_run(experiment, root)
    shown = published if all_ else _on_pages(good, experiment, run, layout)
    local = [r for r in good if r.key in shown or published[r.key] is not None]
    differing = [r for r in local if not _same(published[r.key], r, folder)]
    new = [r for r in differing if published[r.key] is None]
    changed = [r for r in differing if published[r.key] is not None]
    plan = _new_plan(run, folder)
    if not good and run is None:
        raise ValueError(
            f"{experiment} has no good record on this machine: run it before it is published."
        )
    unchanged = len(local) - len(new) - len(changed)
    left = _left_here(run) + _others_left(good, {record.key for record in local})
    if not new and not changed and plan is None:
        what = f"all {unchanged} records{' that pages show' * (len(local) < len(good))} are"
        what = what if unchanged else "nothing is" if run is None else "its plan is"
        return Publication(f"{experiment}: {what} published.{left}", False, [], [], unchanged)
    text = _changes_text(experiment, new, changed, published, local, root) + left
    if plan is not None:
        size = f"{len(plan.to_run)} trials to run, {len(plan.looked_up)} looked up"
        text += f"\n\nthe plan of its {run.profile or 'last'} run: {size}"
    if not confirm(text):
        return Publication(text, False, [], [], unchanged)
    folder.mkdir(parents=True, exist_ok=True)
    for record in (*new, *changed):
        _copy(record, folder)
    if plan is not None:
        publish_plan(folder, run.profile, plan)
    return Publication(text, True, [r.key for r in new], [r.key for r in changed], unchanged)


def _on_pages(
    records: list[Record], experiment: str, run: RunRecord | None, layout: Layout
) -> set[str]:
    """The keys of an experiment's records that its page shows, a published one, or another's.

    All of them where it has neither a page nor a published plan.

    Arguments:
        run: the page's, where one made it.
    """
    lookup, page = Lookup(records), Evidence(experiment, layout.root)
    if run is None and not page.has_outputs and not page.published_plans:
        return set(lookup.by_key)
    shown = _planned(page, run, lookup) | set(page.keys_in_outputs if run is None else ())
    if len(shown) < len(records):
        pages = (Evidence(name, layout.root) for name in layout.experiments())
        shown = shown.union(*(_planned(page, page.run, lookup) for page in pages))
    return shown


def _planned(page: Evidence, run: RunRecord | None, lookup: Lookup) -> set[str]:
    """The keys of the records that the run of a page, or a published one, asked for."""
    plans = [*page.published_plans.values(), *([run.plan] if run else [])]
    answers = (record for plan in plans for _, _, record in lookup.answers(plan))
    return {record.key for record in answers if record is not None}


def _others_left(good: list[Record], taken: set[str]) -> str:
    """Which good records are not published, for no page shows them; nothing where all are."""
    left = [record for record in good if record.key not in taken]
    if not left:
        return ""
    grids: dict[str, list[dict]] = {}
    for record in good:
        grids.setdefault(record.function, []).append(record.configuration)
    name_of = {function: names_in(grid) for function, grid in grids.items()}
    names = [
        f"{one.function.partition('.')[2]}({name_of[one.function](one.configuration)})"
        for one in left
    ]
    return (
        f"\n\n{number_of(len(left), 'other good record')} of it "
        f"{'stays' if len(left) == 1 else 'stay'} here, for no page shows "
        f"{'it' if len(left) == 1 else 'them'} (--all publishes all): {some(names, 3)}"
    )


def _new_plan(run: RunRecord | None, folder: Path) -> Plan | None:
    """The plan of a run, where it is not what is published; None where it is, or is not to be."""
    if run is None or run.trials is None or _without_data(run):
        return None
    with suppress(DamagedFile):
        before = read_plan(published_plan_path(folder, run.profile))
        if plan_text(before) == plan_text(run.plan):
            return None
    return run.plan


def _without_data(run: RunRecord) -> int:
    """How many trials of a run read data that were not at hand: their keys are not known."""
    return sum(entry["data_digest"] is None for entry in run.plan.entries)


def _left_here(run: RunRecord | None) -> str:
    """Why the plan of a run is not published; nothing where it is."""
    if run is None or not (count := _without_data(run)):
        return ""
    total = len(run.plan.entries)
    return (
        f"\n\nthe plan of its {run.profile or 'last'} run stays here: it was made without the data "
        f"of {count} of {total} trials; publish it where they are at hand"
    )


def _copy(record: Record, folder: Path) -> None:
    """Write a record and its small arrays; arrays of another attempt go."""
    arrays = _small_arrays(record)
    path = folder / f"{record.key}.npz"
    path.unlink(missing_ok=True)
    if arrays is not None:
        write_whole(path, arrays.read_bytes())
    write_record(record, folder)


def _small_arrays(record: Record) -> Path | None:
    """The file of a local record's arrays, where it has one that is small enough."""
    if not record.arrays:
        return None
    path = file_of_arrays(record.folder, record.key, record.start)
    return path if path.is_file() and path.stat().st_size <= PUBLISHED_BYTES else None


def _published(folder: Path, key: str) -> Record | str | None:
    """The published record, None where there is none, or ``damaged``."""
    try:
        return read_record(folder / f"{key}.json", "published")
    except DamagedFile:
        return "damaged"


def _same(published: Record | str | None, record: Record, folder: Path) -> bool:
    """Whether a published record gives what a local one gives, and the same code made both."""
    if not isinstance(published, Record) or result_digest(published) != result_digest(record):
        return False
    lacks_arrays = _small_arrays(record) and not (folder / f"{record.key}.npz").is_file()
    return made_by(published) == made_by(record) and not lacks_arrays


def _changes_text(
    experiment: str,
    new: list[Record],
    changed: list[Record],
    published: dict[str, Record | str | None],
    local: list[Record],
    root: Path,
) -> str:
    """New and changed metrics, old beside new, and which records are stale."""
    name_of = names_in([record.configuration for record in local])
    rows = [
        (name_of(record.configuration), *row)
        for record in (*new, *changed)
        for row in _metric_rows(published[record.key], record)
    ]
    lines = [f"{experiment}: {number_of(len(new), 'new record')}, {len(changed)} changed"]
    if rows:
        lines.append(table(("trial", "metric", "published", "here"), rows))
    reasons = list(map(Verdicts(root).stale, (*new, *changed)))
    if stale := [reason for reason in reasons if reason]:
        counts = Counter(text for reason in stale for text in reason).items()
        told = some([with_count(*counted) for counted in counts])
        lines.append(f"{len(stale)} of them are stale: {told}")
    if failed := [r for r in local if r.newer_attempt]:
        names = [f"{name_of(r.configuration)}: {r.newer_attempt.outcome}" for r in failed]
        lines.append(f"a newer attempt did not end well, and stays here: {some(names)}")
    return "\n\n".join(lines)


def _metric_rows(before: Record | str | None, now: Record) -> list[tuple[str, str, str]]:
    """Metric, published value and local value, of metrics that are new or changed."""
    if isinstance(before, str):
        return [("(all)", before, "whole")]
    old = before.metrics if before else {}
    rows = [
        (name, *value_texts(old.get(name), now.metrics.get(name)))
        for name in (old | now.metrics)
        if repr(old.get(name)) != repr(now.metrics.get(name))
    ]
    return rows or [("(all)", "the same", "made by other code, or with arrays")]
