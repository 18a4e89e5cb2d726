"""What JupyterLab asks of the server about experiments, and about records.

GET  /labbook/experiments/NAME    its standing, what goes on, the profiles, its page
POST /labbook/experiments/NAME    {"profile": …, "stale": …}: run it as ``labbook run`` does
POST /labbook/experiments/        {"title": …}: a new one, as ``labbook new`` makes it; its path
GET  /labbook/records/NAME/KEY    to the record's page; where no site has it, what it tells
"""

import asyncio
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from jupyter_server.base.handlers import APIHandler, JupyterHandler
from jupyter_server.utils import url_path_join
from tornado.web import HTTPError, authenticated

from labbook.lab.verbs import call, command, surroundings
from labbook.log.code.library import stamp_of
from labbook.log.freshness import running_words, words
from labbook.log.freshness.evidence import Evidence
from labbook.log.freshness.running import what_runs
from labbook.log.freshness.standing import Standing, standing_of
from labbook.log.notebook import notebooks, parameters
from labbook.log.records.layout import Layout, UnknownExperiment

# What a standing is made of, below the root of a log, beside own packages that lie elsewhere.
MADE_OF = ("notebooks", "lib", "src", "docs/records", "runs")


@dataclass
class Begun:
    """A run that the panel began, which of the experiment's it is, and what gets what it prints."""

    experiment: str
    number: int
    process: subprocess.Popen
    output: IO[str]

    @property
    def said(self) -> str:
        """How it says that it ended, without what it told on the way."""
        text = Path(self.output.name).read_text(encoding="utf-8", errors="replace").strip()
        report = text.rfind(f"\n{self.experiment}: ")
        return text[report + 1 :]


class Panel:
    """The log that JupyterLab works on, as its panel sees it.

    Arguments:
        root: of the log.
    """

    def __init__(self, root: Path):
        self.layout = Layout(root)
        self._begun: dict[str, Begun] = {}
        self._stands: dict[str, tuple[frozenset, dict[Path, tuple], dict[str, Any]]] = {}

    def look(self, experiment: str) -> dict[str, Any]:
        """How an experiment stands, in the words of the site, and what goes on of it.

        Raises:
            UnknownExperiment: there is none of that name.
        """
        self.layout.require(experiment)
        begun = self._begun.get(experiment)
        going_on = what_runs(self.layout.root, [experiment])
        page = self.layout.page(experiment)
        # Whoever is killed changes no file.
        at_work = frozenset(
            key for one in going_on for key in (one.run, *(t.key for t in one.trials))
        )
        return self._stand(experiment, at_work) | {
            "experiment": experiment,
            "runs": [
                {
                    "text": running_words.in_a_line(one),
                    "planned": one.planned,
                    "done": one.before + len(one.ended),
                }
                for one in going_on
            ],
            "begun": begun.number if begun else 0,
            "busy": begun is not None and begun.process.poll() is None,
            "said": begun.said if begun and begun.process.poll() is not None else "",
            "profiles": self._profiles(experiment),
            "page": str(page.relative_to(self.layout.root)) if page.is_file() else None,
        }

    def run(self, experiment: str, profile: str | None, *, stale: bool = False) -> int:
        """Begin a run, in a session of its own: it goes on when JupyterLab is closed.

        Arguments:
            stale: whether trials whose records are stale are made again.

        Returns:
            How many runs of the experiment were begun here.

        Raises:
            UnknownExperiment: there is no experiment of that name.
            HTTPError: a run that was begun here goes on.
        """
        self.layout.require(experiment)
        before = self._begun.get(experiment)
        if before is not None and before.process.poll() is None:
            raise HTTPError(409, f"{experiment} is running.")
        output = tempfile.NamedTemporaryFile("w", prefix="labbook-lab-", suffix=".txt")  # noqa: SIM115
        options = ["--profile", profile] if profile else []
        options += ["--refresh", "stale"] if stale else []
        process = subprocess.Popen(
            command("run", experiment, *options),
            env=surroundings(self.layout.root),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        number = before.number + 1 if before else 1
        self._begun[experiment] = Begun(experiment, number, process, output)
        return number

    def _stand(self, experiment: str, at_work: frozenset) -> dict[str, Any]:
        """Its standing; read again only where a file of the log, or one of its code, changed.

        Arguments:
            at_work: ids of runs and keys of trials that go on now.
        """
        tree = frozenset(_stamps(self.layout.root)) | at_work
        if experiment in self._stands:
            before, files, told = self._stands[experiment]
            if tree == before and all(stamp_of(file) == stamp for file, stamp in files.items()):
                return told
        evidence = Evidence(experiment, self.layout.root)
        told = in_words(standing_of(evidence))
        files = {file: stamp_of(file) for file in evidence.verdicts.files}
        self._stands[experiment] = tree, files, told
        return told

    def _profiles(self, experiment: str) -> list[str]:
        """The values of the parameter ``profile``, the default first."""
        try:
            notebook = notebooks.read(self.layout.source(experiment))
            declared = {p.name: p for p in parameters.declared(notebook)}
        except ValueError:
            return []  # running it says what is wrong
        if (profile := declared.get("profile")) is None:
            return []
        return list(dict.fromkeys(map(str, (profile.default, *profile.type.choices))))


def in_words(standing: Standing) -> dict[str, Any]:
    """A standing in the words of the site."""
    return {
        "word": ", ".join(words.labels(standing)),
        "good": standing.good,
        "reasons": [*standing.problems, *map(str, words.reasons(standing))],
        "trials": words.trials(standing),
        "last_run": str(standing.last_run or ""),
    }


def _stamps(root: Path) -> Iterator[tuple[str, int, int]]:
    """Path, time and size of each file that a standing may be made of."""
    for name in MADE_OF:
        for folder, folders, files in os.walk(root / name):
            folders[:] = [f for f in folders if f != "__pycache__" and not f.startswith(".")]
            for file in files:
                path = os.path.join(folder, file)
                yield path, *stamp_of(Path(path))


class ExperimentHandler(APIHandler):
    """One experiment."""

    def initialize(self, panel: Panel) -> None:
        """Tornado hands over what the route was registered with."""
        self.panel = panel

    @authenticated
    async def get(self, experiment: str) -> None:
        """See the module."""
        try:
            found = await asyncio.to_thread(self.panel.look, experiment)
        except UnknownExperiment as error:
            raise HTTPError(404, str(error)) from None
        self.finish(json.dumps(found))

    @authenticated
    async def post(self, experiment: str) -> None:
        """See the module."""
        asked = self.get_json_body() or {}
        stale = asked.get("stale") is True
        try:
            number = self.panel.run(experiment, asked.get("profile"), stale=stale)
        except UnknownExperiment as error:
            raise HTTPError(404, str(error)) from None
        self.set_status(202)
        self.finish(json.dumps({"begun": number}))


class NewHandler(APIHandler):
    """A new experiment."""

    def initialize(self, root: Path) -> None:
        """As above."""
        self.root = root

    @authenticated
    async def post(self) -> None:
        """See the module."""
        title = str((self.get_json_body() or {}).get("title") or "")
        made = await asyncio.to_thread(call, self.root, "new", "--", title)
        self.set_status(201)
        self.finish(json.dumps({"path": f"notebooks/{Path(made.strip()).name}"}))


class RecordHandler(JupyterHandler):
    """One record."""

    def initialize(self, root: Path) -> None:
        """As above."""
        self.root = root

    @authenticated
    async def get(self, experiment: str, key: str) -> None:
        """See the module."""
        page = Layout(self.root).site / "records" / experiment / f"{key}.html"
        if page.is_file():
            address = page.relative_to(self.root).as_posix()
            self.redirect(url_path_join(self.base_url, "files", address))
            return
        text = await asyncio.to_thread(call, self.root, "show", f"{experiment}/{key}")
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(text)


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "labbook.lab.panel"}]


def _load_jupyter_server_extension(server) -> None:
    root = Path(server.contents_manager.root_dir)
    routes = [
        (r"experiments/([^/]+)", ExperimentHandler, {"panel": Panel(root)}),
        (r"experiments/", NewHandler, {"root": root}),
        (r"records/([^/]+)/([0-9a-f]{16})", RecordHandler, {"root": root}),
    ]
    base = url_path_join(server.web_app.settings["base_url"], "labbook")
    handlers = [(url_path_join(base, path), *handler) for path, *handler in routes]
    server.web_app.add_handlers(".*$", handlers)
