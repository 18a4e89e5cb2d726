"""The front page's table of experiments: what each asks, what came of it, whether it holds."""

from html import escape

from docutils import nodes
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

from labbook.site import state, words
from labbook.site.experiment import Experiment
from labbook.site.late import late
from labbook.site.log import log_of


class Experiments(SphinxDirective):
    """``.. experiments::``: the table of all experiments, and their place in the contents."""

    def run(self):
        log = log_of(self.env)
        contents = addnodes.toctree(
            parent=self.env.docname,
            entries=[(e.called, e.docname) for e in log.experiments.values()],
            includefiles=[e.docname for e in log.experiments.values()],
            maxdepth=1,
            hidden=True,
            caption="Experiments",
            rawcaption="Experiments",
            glob=False,
            includehidden=False,
            titlesonly=True,
            numbered=0,
        )
        wrapper = nodes.compound(classes=["toctree-wrapper"])
        if log.experiments:
            wrapper += contents
        return [wrapper, late(self.env, table_html)]


def table_html(app, docname: str) -> str:
    """The table as HTML, seen from ``docname``."""
    log = log_of(app)
    if not log.experiments:
        return "<p>No experiments yet: <code>labbook new</code> makes the first.</p>"
    thumbnails = state.notes(app.env)["thumbnail"]
    assets = "../" * docname.count("/") + "_assets"
    rows = [
        _row(
            experiment,
            app.builder.get_relative_uri(docname, experiment.docname),
            assets,
            thumbnails.get(experiment.docname),
        )
        for experiment in log.experiments.values()
    ]
    heads = ("no.", "experiment", "status", "last run", "freshness", "trials", "")
    table = words.table(heads, rows, "Experiments", "lb", numeric=("no.", "trials"))
    return f'<figure class="lb-table lb-front" id="experiments-table">{table}</figure>'


def _row(experiment: Experiment, uri: str, assets: str, thumbnail: str | None) -> str:
    folder = escape(experiment.docname.replace("/", "-"))
    image = (
        f'<a href="{escape(uri)}" tabindex="-1" aria-hidden="true">'
        f"{_thumbnail(f'{assets}/{folder}/{escape(thumbnail)}')}</a>"
        if thumbnail
        else ""
    )
    tags = "".join(f'<span class="lb-tag">{escape(tag)}</span>' for tag in experiment.tags)
    about = (
        f'<span class="lb-said">{escape(experiment.verdict)}</span>' if experiment.verdict else ""
    )
    standing = experiment.standing
    started = experiment.run.start if experiment.run else ""
    profile = f"<div>{escape(standing.profile)}</div>" if standing.profile else ""
    trials = standing.trials
    count, found = trials.found, f"{trials.found}/{trials.planned}" if trials.planned else ""
    if trials.looked_up and not trials.planned:
        count = trials.looked_up_found
        found = f"{count}/{trials.looked_up}<div>looked up</div>"
    number = "" if experiment.number is None else experiment.number
    nothing = "" if started else " x"
    ran = words.short_day(started) if started else "–"
    title = f'<a href="{escape(uri)}">{escape(experiment.title)}</a>'
    return (
        f'<td class="n">{number}</td>'
        f'<td class="lb-what">{title}{about}<div>{tags}</div></td>'
        f"<td>{words.label(experiment.status)}</td>"
        f'<td class="lb-day{nothing}" data-v="{escape(started)}">{ran}{profile}</td>'
        f"<td>{words.label(standing.word)}</td>"
        f'<td class="n{"" if found else " x"}" data-v="{count}">{found}</td><td>{image}</td>'
    )


def _thumbnail(address: str) -> str:
    """The small image; a drawing has a twin for the dark."""
    twins = {"light": address, "dark": address.replace(".svg", "-dark.svg")}
    if not address.endswith(".svg"):
        return f'<img class="lb-thumb" src="{address}" alt="">'
    return "".join(
        f'<img class="lb-thumb only-{ground}" src="{source}" alt="">'
        for ground, source in twins.items()
    )


def setup(app) -> None:
    app.add_directive("experiments", Experiments)
