"""The batches of an experiment on its page: each run with its metrics, which lead to records."""

from html import escape

from labbook.log.records.run_record import RunRecord
from labbook.log.records.text import varying_names
from labbook.log.runs.batch import METRICS_SHOWN, Results, metrics_of
from labbook.log.trials.inert_in_sweep import inert_in_sweep
from labbook.show.table import cell_text
from labbook.site import words
from labbook.site.experiment import Experiment

RUNS_SHOWN = 100
RECORDS_LINKED = 6


def batches_html(experiment: Experiment) -> str:
    """A table for each batch that this machine keeps, the newest first; "" where there is none."""
    batches: dict[str, dict[str, RunRecord]] = {}
    for run in experiment.runs:  # the newest first
        if run.batch is not None:
            batches.setdefault(run.batch, {}).setdefault(repr(run.parameters_used), run)
    tables = (_table(experiment, name, [*runs.values()][::-1]) for name, runs in batches.items())
    return "".join(tables)


def _table(experiment: Experiment, name: str, runs: list[RunRecord]) -> str:
    lookup = experiment.evidence.lookup
    found = [Results.of(run, lookup) for run in runs]
    metrics = metrics_of(found)[:METRICS_SHOWN]
    varying = varying_names([run.parameters_used for run in runs])
    heads = [*varying, "outcome", *metrics, "records"]
    rows = (
        [
            *(escape(str(run.parameters_used.get(n, ""))) for n in varying),
            words.outcome(run),
            *(_mean(results, metric) for metric in metrics),
            _links(results),
        ]
        for run, results in zip(runs[:RUNS_SHOWN], found, strict=False)
    )
    body = ("".join(f"<td>{cell}</td>" for cell in row) for row in rows)
    more = len(runs) - RUNS_SHOWN
    sentences = inert_in_sweep(runs, [r for one in found for r in one.records])
    inert = [f'<p class="lb-short">{escape(text)}</p>' for text in sentences]
    return (
        f"<p>Batch <code>{escape(name)}</code>, {len(runs)} runs"
        f"{f', {more} of them not shown' if more > 0 else ''}:</p>"
        f"{words.table(heads, body, f'Batch {name}')}"
        f"{''.join(inert)}"
    )


def _mean(results: Results, metric: str) -> str:
    mean = results.mean(metric)
    if mean is None:
        return cell_text.MISSING
    value, count = mean
    return escape(cell_text.show_value(value)) + (f" (mean of {count})" if count > 1 else "")


def _links(results: Results) -> str:
    links = [
        f'<a href="../records/{escape(r.experiment)}/{r.key}.html">{r.key[:6]}</a>'
        for r in results.records[:RECORDS_LINKED]
    ]
    more = len(results.records) - RECORDS_LINKED
    return " ".join(links) + (f" and {more} more" if more > 0 else "")
