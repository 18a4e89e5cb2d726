"""What a cell showed, made ready for a page that needs neither network nor kernel."""

import base64
import re
from collections.abc import Callable
from functools import partial
from html import escape

from nbformat import NotebookNode
from nbformat.v4 import new_output

from labbook.log.notebook.streams import joined_streams, terminal_text
from labbook.show import mime
from labbook.show.table import csv_text, markup
from labbook.site.assets import Assets
from labbook.site.markup import sanitise
from labbook.site.page import dark

IMAGES = {"image/svg+xml": ".svg", "image/png": ".png", "image/jpeg": ".jpg"}
WIDGETS = "application/vnd.jupyter.widget-view+json"
_VIEWBOX = re.compile(r'<svg\b[^>]*?\bwidth="([\d.]+)pt"[^>]*?\bheight="([\d.]+)pt"', re.DOTALL)
_PROLOGUE = re.compile(r"^\s*(?:<\?xml.*?\?>)?\s*(?:<!DOCTYPE.*?>)?\s*", re.DOTALL)
PIXELS_PER_POINT = 96 / 72

LONGEST_OUTPUT = 2_000_000
SHOWN_OF_LONG = 20_000
# A longer text is folded, but for its first lines.
LINES_IN_SIGHT = 200
LINES_OF_FOLDED = 20
# A wider figure keeps most of its width on a phone, and is moved sideways there.
LEGIBLE_WIDTH = 560
PHONE = "screen and (max-width: 46em)"
TWINS = (("light", "", dark.without_ground), ("dark", "-dark", dark.twin))


class Outputs:
    """The outputs of one notebook, converted one by one.

    Arguments:
        assets: where files that the page shows or offers are put.
        link: the address of the page of a record, ``(experiment, key)`` → address or None, or
            with ``listed`` of the list it stands in.
        warn: told in a sentence what can't be shown.

    Attributes:
        thumbnail: the file of the figure that stands for the page.
        reported: figures reported elsewhere, by key of a trial and metric.
        lines: what a trial's curves are held against, by its key, metric and name.
    """

    def __init__(self, assets: Assets, link: Callable, warn: Callable[[str], None]):
        self._assets, self._link, self._warn = assets, link, warn
        self.thumbnail: str | None = None
        self._thumbnail_chosen = False
        self.reported: dict[str, dict[str, float]] = {}
        self.lines: dict[str, dict[str, dict[str, float]]] = {}

    def convert(self, cell: NotebookNode, number: int) -> list[NotebookNode]:
        """The outputs of a code cell for the page; ``number`` names the cell in warnings."""
        outputs = joined_streams(cell.get("outputs", []))
        converted = (self._one(output, cell, number) for output in outputs)
        cut = (self._cut(output, number) for output in converted if output is not None)
        return [part for output in cut for part in folded(output)]

    def _cut(self, output: NotebookNode, number: int) -> NotebookNode:
        """An output that no page can hold is told, and its beginning shown."""
        data = output.get("data", {})
        for holder, kind in ((output, "text"), (data, "text/plain"), (data, "text/html")):
            text = holder.get(kind, "")
            if len(text) <= LONGEST_OUTPUT:
                continue
            told = f"an output of {len(text) / 1e6:.1f} MB is not shown whole"
            self._warn(f"code cell {number}: {told}; it is in the notebook.")
            if kind == "text/html":
                return _html(f'<div class="lb-box lb-error">Here {told}.</div>')
            holder[kind] = f"{text[:SHOWN_OF_LONG]}\n… {told}"
        return output

    def _one(self, output: NotebookNode, cell: NotebookNode, number: int) -> NotebookNode | None:
        if output.output_type == "stream":
            output.text = terminal_text(output.text)
            return output if output.text.strip() else None
        if output.output_type == "error":
            if "raises-exception" not in cell.metadata.get("tags", []):
                self._warn(f"code cell {number} ended in {output.ename}: {output.evalue}")
            return output
        data = output.get("data", {})
        if table := data.get(mime.TABLE):
            return _html(self.table(table))
        if figure := data.get(mime.FIGURE):
            return _html(self._figure(data, figure))
        for image in IMAGES:
            if image in data:
                about = {"name": f"cell-{number}", "alt": f"Figure drawn by code cell {number}"}
                return _html(self._figure(data, about))
        if WIDGETS in data:
            return _html('<p class="lb-aside">Interactive: open the notebook in JupyterLab.</p>')
        if "text/html" in data:
            return self._checked(data["text/html"], number)
        if "application/javascript" in data:
            self._warn(f"code cell {number} shows a script, which the site does not run.")
            return None
        return output

    def table(self, spec: dict) -> str:
        """A described table as the page shows it, with the file that holds the same numbers."""
        name = self._assets.unique("table-" + spec["name"])
        href = self._assets.add(f"{name}.csv", csv_text.as_csv(spec))
        experiment = spec.get("experiment", "")
        self._note_reported(spec)
        number = self._assets.number("Table")
        link = partial(self._link, experiment)
        return markup.for_site(spec, name, [("CSV", href)], link, number)

    def _note_reported(self, spec: dict) -> None:
        """Remember what a table says beside a trial, for the page of its record."""
        keys = next((i for i, c in enumerate(spec["columns"]) if c["kind"] == "record"), None)
        if keys is None:
            return
        by_column = [
            (place, column["reported_of"])
            for place, column in enumerate(spec["columns"])
            if "reported_of" in column
        ]
        for row in spec["rows"]:
            for key in filter(None, row[keys] if isinstance(row[keys], list) else [row[keys]]):
                if lines := spec.get("lines"):
                    self.lines.setdefault(key, {}).update(lines)
                for place, metric in by_column:
                    if row[place] is not None:
                        self.reported.setdefault(key, {})[metric] = row[place]

    def _figure(self, data: dict, about: dict) -> str:
        kind = next(kind for kind in IMAGES if kind in data)
        name = self._assets.unique("fig-" + about["name"])
        narrow = about.get("narrow_svg", "")
        drawn, size = self._drawn(data[kind], kind, name, about["alt"], narrow)
        if frames := about.get("frames"):
            drawn = f'<div class="lb-slices" data-frames="{int(frames)}">{drawn}</div>'
        if small := about.get("thumbnail_svg"):
            self._thumbnail_chosen = True
            self._drawn(small, "image/svg+xml", f"{name}-small", "")
            self.thumbnail = f"{name}-small.svg"
        elif not self._thumbnail_chosen and not frames:
            self.thumbnail = name + IMAGES[kind]
        numbers = ""
        if about.get("csv"):
            csv_href = self._assets.add(f"{name}.csv", about["csv"])
            numbers = f' <a class="lb-csv" href="{csv_href}" download>numbers</a>'
        number = self._assets.number("Figure")
        caption = markup.captioned(about.get("caption", ""), name, number)
        wide = size > LEGIBLE_WIDTH and not narrow
        width = f' style="--legible: {LEGIBLE_WIDTH}px"' if wide else ""
        reached = f' tabindex="0" role="region" aria-label="{number}"' if width else ""
        return (
            f'<figure class="lb-figure" id="{name}"><div class="lb-wide"{width}{reached}>{drawn}'
            f"</div><figcaption>{caption}{numbers}</figcaption></figure>"
        )

    def _drawn(
        self, image: str, kind: str, name: str, alt: str, narrow: str = ""
    ) -> tuple[str, int]:
        """The image as HTML, and its width in pixels.

        A drawing comes with its twin for the dark, and both with their twins for a narrow screen.
        """
        told = f'alt="{escape(alt)}" loading="lazy"'
        if kind != "image/svg+xml":
            href = self._assets.add(name + IMAGES[kind], base64.b64decode(image))
            return f'<img src="{href}" {told}>', 0
        size, width = _size(image)
        drawn = []
        for ground, end, paint in TWINS:
            href = self._assets.add(f"{name}{end}.svg", paint(_PROLOGUE.sub("", image, count=1)))
            shown = f'<img class="only-{ground}" {told} src="{href}"{size}>'
            if narrow:
                svg = paint(_PROLOGUE.sub("", narrow, count=1))
                href = self._assets.add(f"{name}-narrow{end}.svg", svg)
                source = f'<source media="{PHONE}" srcset="{href}"{_size(narrow)[0]}>'
                shown = f"<picture>{source}{shown}</picture>"
            drawn.append(shown)
        return "".join(drawn), width

    def _checked(self, html: str, number: int) -> NotebookNode:
        """HTML of another library, cleaned; told where it needs a script or the network."""
        if why := sanitise.needs(html):
            self._warn(
                f"the output of code cell {number} {why}, so it can't be shown offline; show it "
                "with labbook.show.tables or labbook.show.figures."
            )
            return _html(
                f'<div class="lb-box lb-error">An output that {escape(why)} is not shown.</div>'
            )
        return _html(f'<div class="lb-scroll">{sanitise.cleaned(html)}</div>')


def _size(svg: str) -> tuple[str, int]:
    """The size of a drawing in pixels, as attributes, and its width."""
    points = _VIEWBOX.search(svg[:2000])
    if not points:
        return "", 0
    width, height = (round(float(p) * PIXELS_PER_POINT) for p in points.groups())
    return f' width="{width}" height="{height}"', width


def folded(output: NotebookNode) -> list[NotebookNode]:
    """A text of many lines as its beginning and, below, a box that opens on all of it."""
    data = output.get("data", {})
    holder, kind = (output, "text") if "text" in output else (data, "text/plain")
    text = holder.get(kind, "")
    if "text/html" in data or text.count("\n") < LINES_IN_SIGHT:
        return [output]
    lines = text.rstrip("\n").split("\n")
    holder[kind] = "\n".join([*lines[:LINES_OF_FOLDED], "…"])
    opening = f"<summary>all {len(lines):,} lines</summary>"
    return [
        output,
        _html(f'<details class="lb-code">{opening}<pre>{escape(text)}</pre></details>'),
    ]


def _html(html: str) -> NotebookNode:
    return new_output("display_data", {"text/html": sanitise.own(html)})
