"""What a cell showed, made ready for a page that needs neither network nor kernel."""

import base64
import re
from collections.abc import Callable
from html import escape

from nbformat import NotebookNode
from nbformat.v4 import new_output

from labbook.show import mime
from labbook.show.table import markup
from labbook.site.markup import sanitise
from labbook.site.page.assets import Assets

IMAGES = {"image/svg+xml": ".svg", "image/png": ".png", "image/jpeg": ".jpg"}
WIDGETS = "application/vnd.jupyter.widget-view+json"
_VIEWBOX = re.compile(r'<svg\b[^>]*?\bwidth="([\d.]+)pt"[^>]*?\bheight="([\d.]+)pt"', re.DOTALL)
_PROLOGUE = re.compile(r"^\s*(?:<\?xml.*?\?>)?\s*(?:<!DOCTYPE.*?>)?\s*", re.DOTALL)
PIXELS_PER_POINT = 96 / 72


LONGEST_OUTPUT = 2_000_000
SHOWN_OF_LONG = 20_000


class Outputs:
    """The outputs of one notebook, converted one by one.

    Arguments:
        assets: where files that the page shows or offers are put.
        link: the address of the page of a record: ``(experiment, key)`` → address or None.
        warn: told in a sentence what can't be shown.

    Attributes:
        thumbnail: the file of the figure that stands for the page.
        reported: figures reported elsewhere, by key of a trial and metric.
    """

    def __init__(self, assets: Assets, link: Callable, warn: Callable[[str], None]):
        self._assets, self._link, self._warn = assets, link, warn
        self.thumbnail: str | None = None
        self._thumbnail_chosen = False
        self.reported: dict[str, dict[str, float]] = {}

    def convert(self, cell: NotebookNode, number: int) -> list[NotebookNode]:
        """The outputs of a code cell for the page; ``number`` names the cell in warnings."""
        outputs = joined_streams(cell.get("outputs", []))
        converted = (self._one(output, cell, number) for output in outputs)
        return [self._cut(output, number) for output in converted if output is not None]

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
            output.text = final_text(output.text)
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
        href = self._assets.add(f"{name}.csv", markup.as_csv(spec))
        experiment = spec.get("experiment", "")
        self._note_reported(spec)
        return markup.for_site(spec, name, [("CSV", href)], lambda key: self._link(experiment, key))

    def _note_reported(self, spec: dict) -> None:
        """Remember what a table says was reported of a trial, for the page of its record."""
        keys = next((i for i, c in enumerate(spec["columns"]) if c["kind"] == "record"), None)
        for place, column in enumerate(spec["columns"]):
            if keys is None or "reported_of" not in column:
                continue
            for row in spec["rows"]:
                for key in row[keys] if isinstance(row[keys], list) else [row[keys]]:
                    if key and row[place] is not None:
                        self.reported.setdefault(key, {})[column["reported_of"]] = row[place]

    def _figure(self, data: dict, about: dict) -> str:
        kind = next(kind for kind in IMAGES if kind in data)
        name = self._assets.unique("fig-" + about["name"])
        image = data[kind]
        size = ""
        if kind == "image/svg+xml":
            if points := _VIEWBOX.search(image[:2000]):
                width, height = (round(float(p) * PIXELS_PER_POINT) for p in points.groups())
                size = f' width="{width}" height="{height}"'
            image = _PROLOGUE.sub("", image, count=1)
        else:
            image = base64.b64decode(image)
        href = self._assets.add(name + IMAGES[kind], image)
        if drawn := about.get("thumbnail_svg"):
            self._thumbnail_chosen = True
            drawn = self._assets.add(f"{name}-small.svg", _PROLOGUE.sub("", drawn, count=1))
            self.thumbnail = drawn.split("/")[-1]
        elif not self._thumbnail_chosen:
            self.thumbnail = href.split("/")[-1]
        numbers = ""
        if about.get("csv"):
            csv_href = self._assets.add(f"{name}.csv", about["csv"])
            numbers = f' <a class="lb-csv" href="{csv_href}" download>numbers</a>'
        caption = escape(about.get("caption", ""))
        caption = f"<figcaption>{caption}{numbers}</figcaption>" if caption or numbers else ""
        return (
            f'<figure class="lb-figure" id="{name}"><img src="{href}" alt="{escape(about["alt"])}"'
            f'{size} loading="lazy">{caption}</figure>'
        )

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


def joined_streams(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """The outputs, with what was written to one stream in several pieces as one."""
    joined: list[NotebookNode] = []
    pieces: list[str] = []
    for output in outputs:
        before = joined[-1] if joined else None
        if output.output_type != "stream":
            joined.append(output)
        elif before is not None and before.get("name") == output.name:
            pieces.append(output.text)
            continue
        else:
            joined.append(output)
        if before is not None and before.output_type == "stream":
            before.text = "".join([before.text, *pieces])
        pieces = []
    if joined and pieces:
        joined[-1].text = "".join([joined[-1].text, *pieces])
    return joined


def final_text(text: str) -> str:
    """What a terminal shows at the end: a progress bar once, in its last state."""
    lines = (line.rstrip("\r").split("\r")[-1] for line in text.split("\n"))
    return "\n".join(line.rstrip() for line in lines)


def _html(html: str) -> NotebookNode:
    return new_output("display_data", {"text/html": html})
