"""What the panel in JupyterLab asks of the server: how an experiment stands, and to run it.

GET  /labbook/experiments/NAME   its standing, what goes on, the profiles, its page
POST /labbook/experiments/NAME   {"profile": …}: run it as ``labbook run`` does
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

from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado.web import HTTPError, authenticated

from labbook.lab.verbs import command, surroundings
from labbook.log.freshness.running import what_runs
from labbook.log.freshness.standing import Standing, standings
from labbook.log.notebook import notebooks, parameters
from labbook.log.records.layout import Layout, UnknownExperiment
from labbook.log.records.text import age

# What a standing is made of, below the root of a log; of other folders nothing is read.
MADE_OF = ("notebooks", "lib", "src", "docs/records", "runs")


@dataclass
class Begun:
    """A run that the panel began, and the file that gets what it prints."""

    process: subprocess.Popen
    output: IO[str]

    @property
    def said(self) -> str:
        """What it has printed."""
        return Path(self.output.name).read_text(encoding="utf-8", errors="replace").strip()


class Panel:
    """The log that JupyterLab works on, as its panel sees it.

    Arguments:
        root: of the log.
    """

    def __init__(self, root: Path):
        self.layout = Layout(root)
        self._begun: dict[str, Begun] = {}
        self._stands: dict[str, tuple[object, dict[str, Any]]] = {}

    def look(self, experiment: str) -> dict[str, Any]:
        """How an experiment stands, in the words of the site, and what goes on of it.

        Raises:
            UnknownExperiment: there is none of that name.
        """
        self.layout.require(experiment)
        begun = self._begun.get(experiment)
        runs = [one.to_json() for one in what_runs(self.layout.root, [experiment])]
        page = self.layout.root / "_build" / "html" / "notebooks" / f"{experiment}.html"
        return self._stand(experiment) | {
            "experiment": experiment,
            "runs": runs,
            "busy": begun is not None and begun.process.poll() is None,
            "said": begun.said if begun and begun.process.poll() is not None else "",
            "profiles": self._profiles(experiment),
            "page": str(page.relative_to(self.layout.root)) if page.is_file() else None,
        }

    def run(self, experiment: str, profile: str | None) -> None:
        """Begin a run, in a session of its own: it goes on when JupyterLab is closed.

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
        process = subprocess.Popen(
            command("run", experiment, *options),
            env=surroundings(self.layout.root),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._begun[experiment] = Begun(process, output)

    def _stand(self, experiment: str) -> dict[str, Any]:
        """Its standing; read again only where a file of the log has changed."""
        stamp = frozenset(_stamps(self.layout.root))
        if experiment not in self._stands or self._stands[experiment][0] != stamp:
            (standing,) = standings(self.layout.root, [experiment])
            self._stands[experiment] = stamp, told(standing)
        return self._stands[experiment][1]

    def _profiles(self, experiment: str) -> list[str]:
        """The values of the parameter ``profile``, the default first."""
        try:
            notebook = notebooks.read(self.layout.source(experiment))
            declared = {p.name: p for p in parameters.declared(notebook)}
        except ValueError:
            return []  # running it says what is wrong
        if "profile" not in declared:
            return []
        choices = getattr(declared["profile"].type, "choices", ())
        return list(dict.fromkeys(map(str, (declared["profile"].default, *choices))))


def told(standing: Standing) -> dict[str, Any]:
    """A standing in the words of the site."""
    trials, run = standing.trials, standing.last_run
    counts = []
    if trials.planned:
        counts.append(f"{trials.found} of {trials.planned} trials")
    if trials.looked_up:
        counts.append(f"{trials.looked_up_found} of {trials.looked_up} records looked up")
    counts += [f"{len(trials.failed)} failed"] if trials.failed else []
    counts += [f"{len(trials.missing)} missing"] if trials.missing else []
    profile = f" ({standing.profile})" if standing.profile and counts else ""
    last = ""
    if run is not None:
        last = ", ".join(filter(None, (run.outcome, run.profile, age(run.age_s))))
    return {
        "word": standing.word,
        "good": standing.good,
        "because": [*standing.because, *standing.problems],
        "failed": trials.failed,
        "trials": ", ".join(counts) + profile,
        "last_run": last,
    }


def _stamps(root: Path) -> Iterator[tuple[str, int, int]]:
    """Path, time and size of each file that a standing may be made of."""
    for name in MADE_OF:
        for folder, folders, files in os.walk(root / name):
            folders[:] = [f for f in folders if f != "__pycache__" and not f.startswith(".")]
            for file in files:
                path = os.path.join(folder, file)
                try:
                    stat = os.stat(path)
                except OSError:
                    continue  # it went meanwhile
                yield path, stat.st_mtime_ns, stat.st_size


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
        profile = (self.get_json_body() or {}).get("profile")
        try:
            self.panel.run(experiment, profile)
        except UnknownExperiment as error:
            raise HTTPError(404, str(error)) from None
        self.set_status(202)
        self.finish("{}")


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "labbook.lab.panel"}]


def _load_jupyter_server_extension(server) -> None:
    panel = Panel(Path(server.contents_manager.root_dir))
    route = url_path_join(server.web_app.settings["base_url"], r"/labbook/experiments/(\w+)")
    server.web_app.add_handlers(".*$", [(route, ExperimentHandler, {"panel": panel})])
