"""The lists of an experiment's records, as HTML: one for each function, and what leads to these."""

from html import escape

from labbook.log.records.record import Record
from labbook.log.records.text import varying_names
from labbook.show.table.csv_text import as_csv
from labbook.show.table.markup import for_site
from labbook.site import words
from labbook.site.records.addresses import list_name
from labbook.site.records.titles import called

METRICS_IN_LIST = 3


def list_html(title: str, function: str, records: list[Record], experiment: str) -> tuple[str, str]:
    """The body of the page that lists all records of one function, and the same list as CSV.

    Arguments:
        experiment: HTML of a link to the page of the experiment.
    """
    spec = _list(records)
    files = [("CSV", f"{list_name(function)}.csv")]
    table = for_site(spec, "records", files, lambda key, listed=False: f"{key}.html")
    every = '<a href="index.html">all its records</a>'
    back = f'<p class="lb-meta">{words.joined([experiment, every])}</p>'
    return f"<h1>Records of {title}: {escape(called(function))}</h1>{back}{table}", as_csv(spec)


def index_html(title: str, of_functions: dict[str, list[Record]], experiment: str) -> str:
    """The body of the page that leads to the lists of an experiment's records."""
    rows = (
        f'<td><a href="{list_name(function)}.html">{escape(called(function))}</a></td>'
        f'<td class="n">{len(records)}</td>'
        for function, records in of_functions.items()
    )
    table = words.table(("function", "records"), rows, "Functions", numeric=("records",))
    return f'<h1>Records of {title}</h1><p class="lb-meta">{experiment}</p>{table}'


def _list(records: list[Record]) -> dict:
    """The records of one function: the settings that differ, and the first of the metrics."""
    import pandas as pd

    from labbook.show import tables

    differing = varying_names([record.configuration for record in records])
    metrics = dict.fromkeys(metric for record in records for metric in record.metrics)
    shown = sorted(metrics, key=lambda metric: metric == "train_loss")[:METRICS_IN_LIST]
    rows = [
        {setting: record.configuration.get(setting) for setting in differing}
        | {"outcome": record.outcome}
        | record.metrics
        | {"wall_time_s": record.wall_time_s, "origin": record.origin, "key": record.key}
        for record in records
    ]
    outcomes = {record.outcome for record in records}
    columns = [*differing, *(["outcome"] if outcomes != {"ok"} else []), *shown]
    return tables.describe(pd.DataFrame(rows), columns=columns, name="records")
