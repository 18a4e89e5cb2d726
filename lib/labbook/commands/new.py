"""The next experiment of a log, from a template: ``labbook new "Title"``."""

import datetime
import json
import re
import string
import unicodedata
from pathlib import Path

from labbook.log.notebook import notebooks
from labbook.log.records.files import write_whole
from labbook.log.records.layout import Layout
from labbook.log.records.locks import waiting_lock

TEMPLATE = Path(__file__).with_name("new_experiment.txt")


def create(root: str | Path, title: str) -> Path:
    """Write ``notebooks/<title>.py``, an experiment that runs and renders as it is.

    It gets the number after the highest that an experiment of the log has; the number is written
    into its header and never changes.

    Arguments:
        root: the log's root.
        title: one line; the file is named by its words.

    Returns:
        the path of the new notebook.

    Raises:
        ValueError: the title is empty or has several lines, or a notebook cannot be read, so that
            its number is not known.
        FileExistsError: a notebook of that name is there.
    """
    layout = Layout(Path(root))
    title = title.strip()
    if not title or "\n" in title:
        raise ValueError(f"a title is one line with some words, not {title!r}.")
    layout.notebooks.mkdir(parents=True, exist_ok=True)
    # Two that begin an experiment at once would take the same number.
    with waiting_lock(layout.notebooks / ".new.lock"):
        number = 1 + max(numbers(layout).values(), default=0)
        path = layout.source(file_name(title, number))
        if path.exists():
            raise FileExistsError(f"{path} is there already: choose another title.")
        text = string.Template(TEMPLATE.read_text("utf-8")).substitute(
            number=number,
            title=json.dumps(title, ensure_ascii=False),  # quoted JSON is quoted YAML
            heading=title,
            date=datetime.date.today().isoformat(),
        )
        write_whole(path, text.encode())
    return path


def numbers(layout: Layout) -> dict[str, int]:
    """The number of each experiment that has one, by name.

    Raises:
        ValueError: a notebook cannot be read.
    """
    found = {}
    for name in layout.experiments():
        header = notebooks.read(layout.source(name)).metadata.get("labbook", {})
        if isinstance(header, dict) and isinstance(number := header.get("expt"), int):
            found[name] = number
    return found


def file_name(title: str, number: int) -> str:
    """The words of a title as the name of a Python module: lower case, ASCII, ``_`` between.

    A name can't begin with a digit or be empty: then ``expt_`` and, if need be, the number are
    put before it.
    """
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    name = "_".join(re.findall(r"[a-z0-9]+", plain))
    if not name:
        return f"expt_{number}"
    return f"expt_{name}" if name[0].isdigit() else name
