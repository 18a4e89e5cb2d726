"""What a trial left, as HTML: configuration, outcome, numbers, curves and where they come from."""

from html import escape
from itertools import chain

from labbook.log.freshness.stale import freshness_of
from labbook.log.records.record import IMPORTED, Record
from labbook.log.records.text import duration
from labbook.show.table import cell_text
from labbook.site import words
from labbook.site.records import curve
from labbook.site.records.pictures import Picture, pictures_html
from labbook.site.records.titles import title_of


def record_html(
    record: Record,
    differs: dict,
    stale: list[str],
    links: dict[str, str],
    reported: dict,
    lines: dict,
    pictures: list[Picture],
) -> str:
    """The body of a record's page.

    Arguments:
        differs: the part of the configuration that tells the trial from its neighbours.
        stale: why the record may no longer be what the code gives; ``[]`` means fresh.
        links: HTML of links: ``experiment``, ``list``, ``previous``, ``next``, ``file``.
        reported: figures reported elsewhere for this trial, by metric.
        lines: what its curves are held against (chance, a baseline), by metric and name.
        pictures: its arrays, as ``pictures_of`` gives them.
    """
    labels = [words.label(record.outcome)]
    if record.ok:
        labels.append(words.label(freshness_of(record, stale)))
    labels.append(words.label(record.origin))
    parts = [
        f"<h1>{escape(title_of(record, differs))}</h1>",
        '<div class="lb-head">',
        f'<p class="lb-meta">{words.joined([links["experiment"], links["list"], " ".join(labels)])}'
        "</p>",
        f'<p class="lb-prov">Trial <code>{record.key}</code></p>',
        f'<p class="lb-actions">{links["previous"]}{links["next"]}{links["file"]}'
        f"{_rerun(record)}</p>",
        f'<div class="lb-box lb-warn">Stale: {escape("; ".join(stale))}.</div>' if stale else "",
        _imported(record),
        _failure(record.newer_attempt, "A newer attempt ended as ") if record.newer_attempt else "",
        "</div>",
        _failure(record, "This trial ended as ") if not record.ok else "",
        _metrics(record, reported),
        curve.curves(record.history, _lines(reported, lines)),
        pictures_html(pictures, record.key),
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


def _metrics(record: Record, reported: dict) -> str:
    """Each metric, with its interval, beside what was reported of it where that is known."""
    if not (own := record.metrics):
        return ""
    rows = []
    ends = {name: [f"{name}{end}" for end in (curve.LOW, curve.HIGH)] for name in own}
    ends = {name: both for name, both in ends.items() if all(end in own for end in both)}
    for name in [name for name in own if name not in chain(*ends.values())]:
        value, *interval = (
            cell_text.in_unit(name, own[told]) for told in (name, *ends.get(name, []))
        )
        label, unit = cell_text.label_and_unit(name)
        named = f"{label} ({unit})" if unit else label
        theirs = reported.get(name)
        row = f"<td>{escape(named)}</td>{_number(value, *interval)}"
        if reported:
            percent = cell_text.difference_percent(value, theirs)
            off = cell_text.MISSING if percent is None else f"{percent:+.1f} %".replace("-", "−")
            row += f'{_number(theirs)}<td class="n">{off}</td>'
        rows.append(row)
    numbers = ["ours", *(["reported", "difference"] if reported else [])]
    table = words.table(["metric", *numbers], rows, "Result", numeric=numbers)
    return f"<section><h2>Result</h2>{table}</section>"


def _lines(reported: dict, lines: dict) -> dict[str, dict[str, float]]:
    """By curve and name: what was reported of a metric, and what notebooks hold it against."""
    told = {name: {"reported": value} for name, value in reported.items()}
    return {name: told.get(name, {}) | lines.get(name, {}) for name in (told | lines)}


def _number(value: object, *ends: object) -> str:
    text, *interval = (escape(cell_text.show_value(one, 5)) for one in (value, *ends))
    beside = f" <small>[{', '.join(interval)}]</small>" if interval else ""
    return f'<td class="n">{text}{beside}</td>'


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
    of_training = "" if record.cpu_time_s is not None else " of the training, which was resumed"
    return [
        ("parameters", number(record.parameters)),
        ("FLOPs", number(record.flops)),
        *speeds,
        ("wall time", duration(record.wall_time_s)),
        ("CPU time" + of_training, duration(record.spent_cpu_s)),
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


def _rerun(record: Record) -> str:
    """The command that makes it again, where its code is in the log."""
    if record.origin == IMPORTED:
        return ""
    return f'<code class="lb-command">labbook rerun {record.key}</code>'


def _imported(record: Record) -> str:
    """Whose record another tool's run became, and what nobody can tell of it."""
    if record.origin != IMPORTED:
        return ""
    told = record.provenance["imported"]
    untold = " Its files do not tell how it ended." if "outcome" in told else ""
    return (
        f'<div class="lb-box lb-plain">Imported from {escape(told["tool"])}: run '
        f"<code>{escape(told['run'])}</code> in <code>{escape(told['path'])}</code>.{untold} "
        "Whether today’s code would give the same is unknown: its code is not in this log.</div>"
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
