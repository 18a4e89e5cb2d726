"""A page for each record, and a list of them for each experiment.

They are handed to Sphinx as finished pages (``html-collect-pages``), so hundreds of records cost
no reading, and those that have not changed are not written again.
"""

import json
from html import escape
from pathlib import Path

from labbook.log.records.record import Record
from labbook.site import state, words
from labbook.site.experiment import Experiment
from labbook.site.overview.record_html import differing_names, list_html, record_html

TEMPLATE = "page.html"
WRITTEN = "labbook-records.json"


def collect(app):
    """The record pages that are new or have changed, for Sphinx to write."""
    log = state.log_of(app)
    outdir = Path(app.outdir)
    remembered = Path(app.doctreedir) / WRITTEN
    before = json.loads(remembered.read_text()) if remembered.exists() else {}
    # What surrounds the content of a page: its list of contents, and the theme's settings.
    around = state.digest(
        [
            app.labbook_code,
            [(e.docname, e.number, e.title) for e in log.experiments.values()],
            {name: getattr(app.config, name) for name in ("html_title", "html_theme_options")},
        ]
    )
    now, pages = {}, {}
    for experiment in log.experiments.values():
        reported = state.notes(app.env)["reported"].get(experiment.docname, {})
        for name, told, make in _pages_of(experiment, reported, outdir):
            pagename = f"records/{experiment.name}/{name}"
            pages[pagename] = make
            now[pagename] = state.digest([around, told])
        _offer_files(experiment, outdir)
    _remove_others(outdir, log)
    for pagename, make in pages.items():
        if before.get(pagename) != now[pagename] or not (outdir / f"{pagename}.html").exists():
            title, body = make()
            yield pagename, {"title": title, "body": body, "display_toc": False}, TEMPLATE
    remembered.write_text(json.dumps(now))


def _pages_of(experiment: Experiment, reported: dict, outdir: Path):
    """For each page: its name, all that it tells, and what makes its title and body."""
    records = in_order(experiment)
    if not records:
        return
    title, name = escape(experiment.title), escape(experiment.name)
    differing = differing_names(records)
    listed = [record.to_json() for record in records]

    def make_list():
        body, table = list_html(title, records, differing)
        path = outdir / "records" / experiment.name / "records.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(table, encoding="utf-8")
        return f"Records of {title}", body

    yield "index", [title, differing, listed], make_list
    number = "" if experiment.number is None else f"{experiment.number} "
    for position, record in enumerate(records):
        before = records[position - 1] if position else None
        after = records[position + 1] if position + 1 < len(records) else None
        links = {
            "experiment": f'<a href="../../notebooks/{name}.html">{number}{title}</a>',
            "previous": _neighbour(before, record, "← ", differing),
            "next": _neighbour(after, record, "→ ", differing),
            "file": f'<a class="lb-button" href="{record.key}.json" download>.json</a>',
        }
        differs = {name: record.configuration.get(name) for name in differing}
        stale = experiment.stale_record(record) if record.ok else []
        attempt = record.newer_attempt and record.newer_attempt.to_json()
        beside = reported.get(record.key, {})
        told = [listed[position], record.origin, attempt, differs, stale, links, beside]

        def make(told=(record, differs, stale, links, beside)):
            return f"Trial {told[0].key}", record_html(*told)

        yield record.key, told, make


def in_order(experiment: Experiment) -> list[Record]:
    """The records, one for each key, in the order in which the experiment planned them."""
    by_key = {}
    for record in experiment.records:
        by_key.setdefault(record.key, record)
    place = {key: position for position, key in enumerate(experiment.standing.trials.keys)}
    return sorted(by_key.values(), key=lambda r: (place.get(r.key, len(place)), r.start, r.key))


def _neighbour(record: Record | None, beside: Record, arrow: str, differing: list[str]) -> str:
    """A link to a neighbour, called by what is different there."""
    if record is None:
        return ""
    named = words.values(
        {
            name: record.configuration.get(name)
            for name in differing
            if record.configuration.get(name) != beside.configuration.get(name)
        }
    )
    return f'<a class="lb-button" href="{record.key}.html">{arrow}{named or record.key[:8]}</a>'


def _offer_files(experiment: Experiment, outdir: Path) -> None:
    folder = outdir / "records" / experiment.name
    for record in in_order(experiment):
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(record.to_json(), indent=1)
        path = folder / f"{record.key}.json"
        if not path.exists() or path.read_text() != text:
            path.write_text(text)


def _remove_others(outdir: Path, log: state.Log) -> None:
    """Take away the pages of records that are gone."""
    for path in outdir.glob("records/*/*"):
        experiment = log.experiments.get(path.parent.name)
        known = {record.key for record in experiment.records} if experiment else set()
        if path.stem not in known and not (path.stem in ("index", "records") and known):
            path.unlink()


def setup(app) -> None:
    app.connect("html-collect-pages", collect)
