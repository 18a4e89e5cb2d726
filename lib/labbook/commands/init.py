"""``labbook init FOLDER``: a log of one's own that works as it is."""

import datetime
import importlib.metadata
import importlib.util
import json
import string
from pathlib import Path

from labbook.commands.new import TEMPLATES, file_name
from labbook.log.records.files import write_whole

# What begins with a dot lies in the package without it: builders leave hidden files out.
HIDDEN = ("gitignore", "gitattributes", "github")


def create(folder: str | Path, *, github: bool = False) -> list[Path]:
    """Write a new log: settings, an example that trains something small, a place for own code.

    Arguments:
        folder: a new one, or one that holds none of the files of a log.
        github: also workflows, for the tests and for the site on GitHub Pages.

    Returns:
        the files that were written.

    Raises:
        FileExistsError: one of the files is there already; nothing was written.
    """
    folder = Path(folder).resolve()
    texts = _texts(TEMPLATES / "log") | (_texts(TEMPLATES / "github") if github else {})
    library = "torch" if importlib.util.find_spec("torch") else "numpy"
    texts["lib/package/network.py"] = (TEMPLATES / library / "network.py.txt").read_text("utf-8")
    texts["lib/package/__init__.py"] = '"""Own code: models, data, what one trial does."""\n'
    package = file_name(folder.name, 1)
    paths = {folder / name.replace("/package/", f"/{package}/"): t for name, t in texts.items()}
    if there := [path for path in paths if path.exists()]:
        raise FileExistsError(
            f"{there[0]} is there already: give the name of a new folder, or move it away."
        )
    values = _values(folder.name, package, library)
    for path, text in paths.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, string.Template(text).substitute(values).encode())
    return sorted(paths)


def _texts(template: Path) -> dict[str, str]:
    """The files below a folder of templates: where each belongs, and its text."""
    found = {}
    for path in sorted(template.rglob("*.txt")):
        name = path.relative_to(template).as_posix().removesuffix(".txt")
        is_hidden = name.partition("/")[0] in HIDDEN
        found[f".{name}" if is_hidden else name] = path.read_text("utf-8")
    return found


def _values(title: str, package: str, library: str) -> dict[str, str]:
    return {
        "title": json.dumps(title, ensure_ascii=False),
        # As many as there are bytes: where letters are wide, the line has to be longer.
        "heading": f"{title}\n{'=' * len(title.encode())}",
        "package": package,
        "date": datetime.date.today().isoformat(),
        "labbook": _requirement(),
        "requirements": '    "torch",\n' if library == "torch" else "",
    }


def _requirement() -> str:
    """How this labbook was installed, where another machine can do the same.

    Else its name, and versions that the other package of this name on PyPI (from 1.0 on) has not.
    """
    text = importlib.metadata.distribution("labbook").read_text("direct_url.json")
    origin = json.loads(text) if text else {}
    if vcs := origin.get("vcs_info"):
        return f"labbook @ {vcs['vcs']}+{origin['url']}@{vcs['commit_id']}"
    return "labbook<1"
