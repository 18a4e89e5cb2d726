"""A page for each record, and a list of them for each experiment.

They are handed to Sphinx as finished pages (``html-collect-pages``), so hundreds of records cost
no reading, and those that have not changed are not written again.
"""

import json
from collections.abc import Collection
from functools import partial
from html import escape
from pathlib import Path

from labbook.log.records.record import Record
from labbook.site import state, words
from labbook.site.changes import digest, put
from labbook.site.experiment import Experiment
from labbook.site.log import log_of
from labbook.site.records import files, search
from labbook.site.records.addresses import list_name
from labbook.site.records.lists import index_html, list_html
from labbook.site.records.pictures import Picture, pictures_of
from labbook.site.records.record import record_html
from labbook.site.records.titles import differences, title_of

TEMPLATE = "page.html"
WRITTEN = "labbook-records.json"


def collect(app):
    """The record pages that are new or have changed, for Sphinx to write."""
    log = log_of(app)
    outdir = Path(app.outdir)
    remembered = Path(app.doctreedir) / WRITTEN
    before = json.loads(remembered.read_text()) if remembered.exists() else {}
    # What surrounds the content of a page: its list of contents, and the theme's settings.
    around = digest(
        [
            app.labbook_code,
            [(e.docname, e.number, e.title) for e in log.experiments.values()],
            {name: getattr(app.config, name) for name in ("html_title", "html_theme_options")},
        ]
    )
    now, pages, to_find = {}, {}, []
    beside = [state.notes(app.env)[kind] for kind in ("reported", "lines")]
    for experiment in log.experiments.values():
        alike = in_order(experiment)
        records = [record for like in alike.values() for record in like]
        differs = differences(alike)
        pictures = {record.key: pictures_of(record) for record in records}
        for name, told, make in _pages_of(experiment, alike, differs, beside, pictures, outdir):
            pagename = f"records/{experiment.name}/{name}"
            pages[pagename] = make
            now[pagename] = digest([around, told])
        files.offer(records, pictures, outdir / "records" / experiment.name)
        for record in records:
            title = title_of(record, differs[record.key])
            to_find.append(search.entry(experiment.name, record, title))
    search.write(to_find, outdir)
    _remove_others(outdir, pages)
    for pagename, make in pages.items():
        if before.get(pagename) != now[pagename] or not (outdir / f"{pagename}.html").exists():
            title, body = make()
            yield pagename, {"title": title, "body": body, "display_toc": False}, TEMPLATE
    remembered.write_text(json.dumps(now))


def _pages_of(
    experiment: Experiment,
    alike: dict[str, list[Record]],
    differs: dict[str, dict],
    beside: list[dict],
    pictures: dict[str, list[Picture]],
    outdir: Path,
):
    """For each page: its name, all that it tells, and what makes its title and body."""
    if not alike:
        return
    title, name = escape(experiment.title), escape(experiment.name)
    page = f'<a href="../../notebooks/{name}.html">{escape(experiment.called)}</a>'
    counted = [(function, len(like)) for function, like in alike.items()]
    yield "index", [page, counted], partial(_index_page, title, alike, page)
    folder = outdir / "records" / experiment.name
    for function, like in alike.items():
        of_list = list_name(function)
        told = [page, [record.to_json() for record in like]]
        yield of_list, told, partial(_list_page, title, function, like, page, folder)
        for before, record, after in zip([None, *like], like, [*like[1:], None], strict=False):
            links = {
                "experiment": page,
                "list": f'<a href="{of_list}.html">all like it</a>',
                "previous": _neighbour(before, record, "← ", differs),
                "next": _neighbour(after, record, "→ ", differs),
                "file": f'<a class="lb-button" href="{record.key}.json" download>.json</a>',
            }
            stale = experiment.evidence.verdicts.stale(record) if record.ok else []
            attempt = record.newer_attempt and record.newer_attempt.to_json()
            of_tables = [_of_key(notes, record.key) for notes in beside]
            shown = [differs[record.key], stale, links, *of_tables]
            arrays = pictures[record.key]
            drawn = [picture.described(record.key) for picture in arrays]
            told = [record.to_json(), record.origin, attempt, *shown, drawn]
            yield record.key, told, partial(_record_page, record, *shown, arrays)


def _index_page(title: str, alike: dict[str, list[Record]], page: str) -> tuple[str, str]:
    return f"Records of {title}", index_html(title, alike, page)


def _list_page(
    title: str, function: str, like: list[Record], page: str, folder: Path
) -> tuple[str, str]:
    body, table = list_html(title, function, like, page)
    put(folder / f"{list_name(function)}.csv", table)
    return f"Records of {title}", body


def _record_page(record: Record, differs: dict, *more: object) -> tuple[str, str]:
    return escape(title_of(record, differs)), record_html(record, differs, *more)


def _of_key(notes: dict, key: str) -> dict:
    """What the tables of any page say of a trial."""
    found: dict = {}
    for by_key in notes.values():
        found |= by_key.get(key, {})
    return found


def in_order(experiment: Experiment) -> dict[str, list[Record]]:
    """The records of each function, in the order in which they were planned."""
    keys = experiment.standing.trials.keys
    place = {key: position for position, key in enumerate(keys)}
    alike: dict[str, list[Record]] = {}
    for record in sorted(
        experiment.records, key=lambda r: (place.get(r.key, len(keys)), r.start, r.key)
    ):
        alike.setdefault(record.function, []).append(record)
    return alike


def _neighbour(record: Record | None, beside: Record, arrow: str, differs: dict[str, dict]) -> str:
    """A link to a neighbour, called by what is different there."""
    if record is None:
        return ""
    own, others = differs[record.key], differs[beside.key]
    named = words.values({name: value for name, value in own.items() if value != others[name]})
    return f'<a class="lb-button" href="{record.key}.html">{arrow}{named or record.key[:8]}</a>'


def _remove_others(outdir: Path, pages: Collection[str]) -> None:
    """Take away what no page of records has beside it now, and folders that are empty then."""
    for folder in outdir.glob("records/*"):
        for path in folder.iterdir():
            if f"records/{folder.name}/{path.name.partition('.')[0]}" not in pages:
                path.unlink()
        if not any(folder.iterdir()):
            folder.rmdir()


def _share_contents(app, pagename: str, template: str, context: dict, doctree: object) -> None:
    """Make the list of contents once for all pages of records (``html-page-context``).

    All lie equally deep and none is in the list, so it is the same on each.
    """
    if not pagename.startswith("records/"):
        return
    own, made = context["toctree"], app.labbook_contents

    def toctree(**options: object) -> str:
        key = tuple(sorted(options.items()))
        if key not in made:
            made[key] = own(**options)
        return made[key]

    context["toctree"] = toctree


def setup(app) -> None:
    app.labbook_contents = {}
    app.connect("html-collect-pages", collect)
    app.connect("html-page-context", _share_contents, priority=400)  # the theme's asks at 500
