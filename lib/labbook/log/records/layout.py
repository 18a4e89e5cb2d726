"""Where things lie: the folders of a research log, found from its root."""

import difflib
import os
from dataclasses import dataclass
from pathlib import Path


class UnknownExperiment(ValueError):
    """A name that no notebook has."""


@dataclass(frozen=True)
class Layout:
    """The folders of a log below ``root``; every other module asks here for a path."""

    root: Path

    @property
    def notebooks(self) -> Path:
        """Text notebooks (in git) and, beside them, their last good runs (not in git)."""
        return self.root / "notebooks"

    def source(self, experiment: str) -> Path:
        """The text notebook of an experiment."""
        return self.notebooks / f"{experiment}.py"

    def executed(self, experiment: str) -> Path:
        """The last good run of an experiment."""
        return self.notebooks / f"{experiment}.ipynb"

    def runs(self, experiment: str) -> Path:
        """One folder for each run: ``<run id>/notebook.ipynb`` and ``run.json``."""
        return self.root / "runs" / experiment

    def local_records(self, experiment: str) -> Path:
        """Records that this machine made."""
        return self.root / "runs" / "records" / experiment

    def published_records(self, experiment: str) -> Path:
        """Records that are committed and rendered by anyone."""
        return self.root / "docs" / "records" / experiment

    @property
    def built(self) -> Path:
        """What rendering leaves: the website, and what the next build goes on from."""
        return self.root / "_build"

    @property
    def site(self) -> Path:
        """The website, once it is rendered."""
        return self.built / "html"

    def page(self, experiment: str) -> Path:
        """The page of an experiment on the website."""
        return self.site / "notebooks" / f"{experiment}.html"

    def own_code(self) -> list[str]:
        """Where the log's own code lies, in lib/ and src/, whether or not installed."""
        folders = (self.root / name for name in ("lib", "src"))
        return [str(folder) for folder in folders if folder.is_dir()]

    def python_path(self) -> str:
        """``$PYTHONPATH`` with the log's own code."""
        before = filter(None, [os.environ.get("PYTHONPATH")])
        return os.pathsep.join([*before, *self.own_code()])

    def experiments(self) -> list[str]:
        """The names of all experiments, sorted; hidden files, as editors leave them, are none."""
        return sorted(path.stem for path in self.notebooks.glob("[!.]*.py") if not path.is_dir())

    def orphans(self) -> list[str]:
        """Names of folders of published records that belong to no experiment, sorted."""
        folders = {path.name for path in self.published_records("").glob("*/")}
        return sorted(folders - set(self.experiments()))

    def require(self, experiment: str) -> None:
        """Make sure that there is an experiment of a name.

        Raises:
            UnknownExperiment: there is none; the message names the nearest.
        """
        if experiment in (known := self.experiments()):
            return
        near = difflib.get_close_matches(experiment, known, n=1)
        there = f"there are {', '.join(known)}." if known else f"{self.notebooks} holds none."
        hint = f"did you mean {near[0]}?" if near else there
        raise UnknownExperiment(f"there is no experiment {experiment!r}; {hint}")


def find_root() -> Path:
    """The log's root: ``$LABBOOK_ROOT``, or the nearest folder upwards that holds a log.

    Raises:
        FileNotFoundError: no folder upwards holds ``notebooks/`` beside ``pyproject.toml``
            or ``conf.py``.
    """
    if given := os.environ.get("LABBOOK_ROOT"):
        return Path(given).resolve()
    start = Path.cwd().resolve()
    for folder in (start, *start.parents):
        has_project = (folder / "pyproject.toml").exists() or (folder / "conf.py").exists()
        if has_project and (folder / "notebooks").is_dir():
            return folder
    raise FileNotFoundError(
        f"no research log at {start} or above it: a log has notebooks/ beside pyproject.toml or "
        "conf.py; change into one, or name it in LABBOOK_ROOT."
    )
