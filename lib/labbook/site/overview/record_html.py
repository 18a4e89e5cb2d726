"""What a trial left, as HTML: configuration, outcome, numbers, curves and where they come from."""

from html import escape

from labbook.log.records.record import Record
from labbook.show.table import cell_text
from labbook.show.table.markup import as_csv, for_site
from labbook.site import words
from labbook.site.overview import curve

REPORTED = "reported_"


def record_html(
    record: Record, differs: dict, stale: list[str], links: dict[str, str], reported: dict
) -> str:
    """The body of a record's page.

    Arguments:
        differs: the part of the configuration that tells the trial from its neighbours.
        stale: why the record may no longer be what the code gives; ``[]`` means fresh.
        links: HTML of links: ``experiment``, ``previous``, ``next``, ``file``.
        reported: figures reported elsewhere for this trial, by metric.
    """
    labels = [words.label(record.outcome)]
    if record.ok:
        labels.append(words.label("stale" if stale else "fresh"))
    labels.append(words.label(record.origin, "plain"))
    parts = [
        f"<h1>Trial <code>{record.key}</code></h1>",
        '<div class="lb-head">',
        f'<p class="lb-meta">{links["experiment"]}<span class="lb-sep"> · </span>'
        f"{' '.join(labels)}</p>",
        f'<p class="lb-verdict">{words.values(differs)}</p>' if differs else "",
        f'<p class="lb-actions">{links["previous"]}{links["next"]}{links["file"]}</p>',
        f'<div class="lb-box lb-warn">Stale: {escape("; ".join(stale))}.</div>' if stale else "",
        _failure(record.newer_attempt, "A newer attempt ended as ") if record.newer_attempt else "",
        "</div>",
        _failure(record, "This trial ended as ") if not record.ok else "",
        _metrics(record, reported),
        curve.curves(record.history),
        "<section><h2>Configuration</h2>",
        _facts(record.configuration),
        "</section><section><h2>Cost</h2>",
        words.described(_cost(record)),
        "</section><section><h2>Provenance</h2>",
        words.described(_provenance(record)),
        _code(record),
        "</section>",
    ]
    return "".join(parts)


def list_html(title: str, records: list[Record], differing: list[str]) -> tuple[str, str]:
    """The body of the page that lists all records of an experiment, and the same list as CSV."""
    import pandas as pd

    from labbook.show import tables

    rows = []
    for record in records:
        row = {"outcome": record.outcome} | record.metrics
        row |= {name: record.configuration.get(name) for name in differing}
        row |= {"wall_time_s": record.wall_time_s, "origin": record.origin, "key": record.key}
        rows.append(row)
    frame = pd.DataFrame(rows)
    spec = tables.describe(frame, columns=list(frame.columns), name="records")
    own = {record.key for record in records}
    files = [("CSV", "records.csv")]
    table = for_site(spec, "records", files, lambda key: f"{key}.html" if key in own else None)
    return f"<h1>Records of {title}</h1>{table}", as_csv(spec)


def differing_names(records: list[Record]) -> list[str]:
    """The parts of the configuration that are not the same in all records, in their order."""
    names = dict.fromkeys(name for record in records for name in record.configuration)
    return [
        name
        for name in names
        if len({repr(record.configuration.get(name)) for record in records}) > 1
    ]


def _metrics(record: Record, reported: dict) -> str:
    """Each metric, beside what was reported of it where that is known."""
    reported = reported | {
        name.removeprefix(REPORTED): value
        for source in (record.configuration, record.metrics)
        for name, value in source.items()
        if name.startswith(REPORTED)
    }
    own = {k: v for k, v in record.metrics.items() if not k.startswith(REPORTED)}
    if not own:
        return ""
    rows = []
    for name, value in own.items():
        label, unit = cell_text.label_and_unit(name)
        named = f"{label} ({unit})" if unit else label
        theirs = reported.get(name)
        row = f"<td>{escape(named)}</td>{_number(value)}"
        if reported:
            both = all(cell_text.is_number(v) for v in (value, theirs))
            off = f"{100 * (value - theirs) / abs(theirs):+.1f} %" if both and theirs else "–"
            row += f'{_number(theirs)}<td class="n">{off.replace("-", "−")}</td>'
        rows.append(f"<tr>{row}</tr>")
    more = '<th class="n">reported</th><th class="n">difference</th>' if reported else ""
    return (
        '<section><h2>Result</h2><div class="lb-scroll"><table class="lb lb-small"><thead><tr>'
        f'<th>metric</th><th class="n">ours</th>{more}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div></section>"
    )


def _number(value: object) -> str:
    text = cell_text.show_value(value, None, 5)
    return f'<td class="n">{escape(text)}</td>'


def _facts(values: dict) -> str:
    pairs = [(escape(k), f"<code>{escape(_exactly(v))}</code>") for k, v in values.items()]
    return words.described(pairs)


def _exactly(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) and value else repr(value)


def _cost(record: Record) -> list[tuple[str, str]]:
    def number(value) -> str:
        return "" if value is None else escape(cell_text.show_value(value))

    def mebibytes(value) -> str:
        return "" if value is None else f"{value / cell_text.BYTES_PER_MIB:,.0f} MiB"

    speeds = []
    for name, value in record.throughput.items():
        label, unit = cell_text.label_and_unit(name)
        speeds.append((escape(label), f"{number(value)} {escape(unit)}"))
    return [
        ("parameters", number(record.parameters)),
        ("FLOPs", number(record.flops)),
        *speeds,
        ("wall time", words.duration(record.wall_time_s)),
        ("CPU time", words.duration(record.cpu_time_s)),
        ("peak memory", mebibytes(record.peak_memory_bytes)),
        ("peak GPU memory", mebibytes(record.peak_gpu_memory_bytes)),
    ]


def _provenance(record: Record) -> list[tuple[str, str]]:
    return [
        ("function", f"<code>{escape(record.function)}</code>"),
        ("seed", "" if record.seed is None else str(record.seed)),
        ("data", f"<code>{escape(record.data_digest or '')}</code>" if record.data_digest else ""),
        ("start", words.moment(record.start)),
        ("end", words.moment(record.end)),
        *words.provenance(record.provenance),
    ]


def _code(record: Record) -> str:
    code = record.provenance.get("code") or {}
    if not code:
        return ""
    return (
        '<details class="lb-details"><summary>Digests of the code it used</summary>'
        f"{_facts(code)}</details>"
    )


def _failure(record: Record, opening: str) -> str:
    error = record.error or {}
    trace = error.get("traceback") or error.get("log_tail") or ""
    detail = f"<pre>{escape(trace)}</pre>" if trace else ""
    message = f": {escape(str(error.get('message')))}" if error.get("message") else ""
    if detail:
        detail = f"<details><summary>what it said at the end</summary>{detail}</details>"
    return (
        f'<div class="lb-box lb-error">{opening}{escape(record.outcome)}{message}, '
        f"{words.moment(record.end)}.{detail}</div>"
    )
