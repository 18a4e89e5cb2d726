"""The next experiment of a log, from a template or a copy: ``labbook new "Title"``."""

import datetime
import importlib.util
import itertools
import json
import keyword
import re
import string
import sys
import unicodedata
from pathlib import Path

from labbook.log.code.library import is_installed
from labbook.log.notebook import notebooks
from labbook.log.notebook.numbering import next_number
from labbook.log.records.files import write_whole
from labbook.log.records.layout import Layout
from labbook.log.records.locks import waiting_lock

TEMPLATES = Path(__file__).with_name("templates")


def create(
    root: str | Path,
    title: str | None,
    *,
    copy_of: str | None = None,
    template: str = "new_experiment",
) -> Path:
    """Write the notebook of a new experiment, which runs and renders as it is.

    It gets the number after the highest that an experiment of the log has; the number is written
    into its header and never changes.

    Arguments:
        root: the log's root.
        title: one line; the file is named by its words. Without one, a copy is named after what it
            is a copy of.
        copy_of: an experiment whose text it begins with; the template when not given.
        template: its name, in the folder of templates.

    Returns:
        the path of the new notebook.

    Raises:
        ValueError: the title is empty or has several lines, or a notebook cannot be read, so that
            its number is not known.
        UnknownExperiment: there is no experiment to copy of that name.
        FileExistsError: a notebook of that name is there.
    """
    layout = Layout(Path(root))
    if title is None and copy_of is None:
        raise ValueError("an experiment needs a title, or --from and what it is a copy of.")
    if title is not None and len(title.strip().splitlines()) != 1:
        raise ValueError(f"a title is one line with some words, not {title!r}.")
    if copy_of is not None:
        layout.require(copy_of)
    layout.notebooks.mkdir(parents=True, exist_ok=True)
    # Two that begin an experiment at once would take the same number.
    with waiting_lock(layout.notebooks / ".new.lock"):
        number = next_number(layout)
        path = layout.source(file_name(title.strip(), number)) if title else _free(layout, copy_of)
        if path.exists():
            raise FileExistsError(f"{path} is there already: choose another title.")
        text = _text(layout, number, title and title.strip(), copy_of, template)
        write_whole(path, text.encode())
    return path


def _free(layout: Layout, experiment: str) -> Path:
    """The first of ``<experiment>_2``, ``<experiment>_3``, … that no notebook has."""
    base = re.sub(r"_\d+$", "", experiment)  # a copy of x_2 is x_3, where there is an x
    base = base if layout.source(base).exists() else experiment
    names = (f"{base}_{count}" for count in itertools.count(2))
    return next(path for name in names if not (path := layout.source(name)).exists())


def _text(
    layout: Layout, number: int, title: str | None, copy_of: str | None, template: str
) -> str:
    today = datetime.date.today().isoformat()
    if copy_of is None:
        text = (TEMPLATES / f"{template}.txt").read_text("utf-8")
        return string.Template(text).substitute(
            number=number,
            title=json.dumps(title, ensure_ascii=False),  # quoted JSON is quoted YAML
            heading=title,
            date=today,
        )
    text = layout.source(copy_of).read_text("utf-8")
    before = notebooks.reads(text).metadata.get("labbook", {}).get("title")
    title = title or f"{before or copy_of}, again"
    told = {"expt": number, "title": title, "date": today, "status": "in progress", "verdict": ""}
    # What bore the former name of the original are no records of its copy.
    text = with_header(text, copy_of, **told, formerly=None)
    return text.replace(f"\n# # {before}\n", f"\n# # {title}\n", 1)


def with_header(text: str, experiment: str, **values: object) -> str:
    """A notebook's text with other values in its header; the rest of it as it is, to the letter.

    Arguments:
        values: by their names; one that is None goes.

    Raises:
        ValueError: it has no header with ``labbook:``.
    """
    block = r"^#   labbook:\n((?:#    [^\n]*\n)+)"
    found = re.search(rf"\A# ---\n.*?{block}", text, re.DOTALL | re.MULTILINE)
    if found is None:
        raise ValueError(f"{experiment} has no header with labbook: its number cannot be written.")
    # A value may go on in lines that are indented more.
    entries = re.findall(r"#     \S.*\n(?:#      .*\n)*", found[1])
    lines = {entry.partition(":")[0].removeprefix("#").strip(): entry for entry in entries}
    for name, value in values.items():
        told = f"#     {name}: {json.dumps(value, ensure_ascii=False)}\n"
        lines[name] = "" if value is None else told
    return text[: found.start(1)] + "".join(lines.values()) + text[found.end(1) :]


def file_name(title: str, number: int) -> str:
    """The words of a title as the name of a Python module: lower case, ASCII, ``_`` between.

    A name can't begin with a digit, be empty, or hide a module of Python or of an installed package
    (``random``): then ``expt_`` and, if need be, the number are put before it.
    """
    plain = unicodedata.normalize("NFKD", title.casefold()).encode("ascii", "ignore").decode()
    name = "_".join(re.findall(r"[a-z0-9]+", plain))
    if not name:
        return f"expt_{number}"
    return f"expt_{name}" if name[0].isdigit() or hides_a_module(name) else name


def hides_a_module(name: str) -> bool:
    """Whether a file of this name would be imported in the place of another module."""
    if name in sys.stdlib_module_names or name == "labbook":
        return True
    spec = None if keyword.iskeyword(name) else importlib.util.find_spec(name)
    return keyword.iskeyword(name) or (
        spec is not None and spec.origin is not None and is_installed(Path(spec.origin))
    )
