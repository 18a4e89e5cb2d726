"""What the build remembers from page to page: kept with Sphinx's environment, by document."""

import json
from collections import defaultdict
from pathlib import Path

from labbook.log.records.key import short_digest
from labbook.site.experiment import Experiment
from labbook.site.experiments import read_experiments


class Log:
    """The log that is being rendered, read once a build."""

    def __init__(self, root: Path):
        self.root = root
        self.experiments: dict[str, Experiment] = read_experiments(root)
        self._function_of: dict[str, dict[str, str]] = {}
        self.by_number = {
            experiment.number: experiment
            for experiment in reversed(self.experiments.values())
            if experiment.number is not None
        }

    def of_document(self, docname: str) -> Experiment | None:
        """The experiment whose page a document is."""
        folder, _, name = docname.partition("/")
        return self.experiments.get(name) if folder == "notebooks" else None

    def record_page(self, experiment: str, key: str) -> str | None:
        """The page of a record, or None where there is no such record."""
        return f"records/{experiment}/{key}" if key in self._functions(experiment) else None

    def list_page(self, experiment: str, key: str) -> str | None:
        """The page that lists a record with those of its function, or None without a record."""
        function = self._functions(experiment).get(key)
        return f"records/{experiment}/{list_name(function)}" if function else None

    def _functions(self, experiment: str) -> dict[str, str]:
        """The function of each record of an experiment, by key."""
        if experiment not in self._function_of:
            known = self.experiments.get(experiment)
            records = known.records if known else []
            self._function_of[experiment] = {record.key: record.function for record in records}
        return self._function_of[experiment]


def list_name(function: str) -> str:
    """The name of the page that lists the records of a function."""
    return f"records-{function.rpartition('.')[2]}"


def log_of(app_or_env) -> Log:
    """The log of this build."""
    app = getattr(app_or_env, "app", app_or_env)
    if not hasattr(app, "labbook_log"):
        app.labbook_log = Log(Path(app.srcdir))
    return app.labbook_log


def notes(env) -> dict[str, dict]:
    """What documents said when they were read: ``{kind: {docname: …}}``; survives builds.

    Kinds: ``citations`` (numbers of experiments cited), ``updates`` (dated notes), ``live``
    (documents whose content depends on other pages), ``thumbnail``, ``reported`` (figures that
    its tables set beside trials), ``lines`` (what they hold curves of trials against), ``inputs``
    and ``views`` (digests).
    """
    if not hasattr(env, "labbook_notes"):
        env.labbook_notes = defaultdict(dict)
    return env.labbook_notes


def forget(app, env, docname: str) -> None:
    """Drop what a document said and the files made for it: it is read again, or gone."""
    for kind in notes(env).values():
        kind.pop(docname, None)
    for path in folder_for(env, docname).iterdir():
        path.unlink()


def digest(value: object) -> str:
    """Digest of anything that JSON can hold; what it cannot counts as its text."""
    return short_digest(json.dumps(value, sort_keys=True, default=str))


def input_digest(path: Path) -> str:
    """Digest of a file's bytes, empty where there is none."""
    try:
        return short_digest(path.read_bytes()) if path.is_file() else ""
    except OSError:
        return ""  # whoever reads it says so


def put(path: Path, content: str | bytes) -> None:
    """Write a file of the site; one that holds the same already keeps its time."""
    content = content.encode() if isinstance(content, str) else content
    if not path.exists() or path.read_bytes() != content:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def folder_for(env, docname: str) -> Path:
    """Where the files made while a document is read wait for being copied to the site."""
    folder = Path(env.doctreedir) / "labbook" / docname.replace("/", "-")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
