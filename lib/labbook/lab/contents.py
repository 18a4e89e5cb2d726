"""How JupyterLab reads and writes the files of a log: experiments are notebooks, code is text.

An experiment is ``notebooks/<name>.py``, paired with ``notebooks/<name>.ipynb``, which keeps the
outputs and is not in git. The text decides: what is in the ``.ipynb`` but not in the text is only
outputs. Saving writes nothing into the text that its author didn't write.
"""

import datetime
import hashlib
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import jupytext
import nbformat
from ipykernel.ipkernel import IPythonKernel
from jupyter_client.kernelspec import NoSuchKernel, get_kernel_spec
from jupytext.config import JupytextConfiguration
from jupytext.sync_contentsmanager import TextFileContentsManager
from nbformat import NotebookNode
from tornado.web import HTTPError

from labbook.lab import outputs, verbs
from labbook.log.notebook import notebooks
from labbook.log.records.layout import Layout
from labbook.log.records.run_record import NOTEBOOK

_EXPERIMENT = re.compile(r"/?notebooks/[^/]+\.(py|ipynb)")
_HEADER = re.compile(r"# ---\n.*?\n# ---\n", re.DOTALL)

# Of metadata, the text keeps the kernel and what the log itself says of the experiment. Outputs
# of `labbook run` are always written after the text, so their later time means nothing.
CONFIGURATION = JupytextConfiguration(
    formats=notebooks.FORMATS,
    notebook_metadata_filter="kernelspec,labbook,jupytext",
    outdated_text_notebook_margin=float("inf"),
)


class LogFiles(TextFileContentsManager):
    """The contents manager of ``labbook lab``; paths are relative to the log's root."""

    _pair: "_Pair | None" = None

    def get(self, path, content=True, type=None, format=None, **options):
        """As Jupytext's; but a ``.py`` elsewhere than in ``notebooks/`` is a text file."""
        if type is None and path.endswith(".py") and not _EXPERIMENT.fullmatch(path):
            type = "file"
        model = super().get(path, content=content, type=type, format=format, **options)
        if model["type"] == "notebook" and model["content"]:
            metadata = model["content"].metadata
            notebooks.dates_as_text(metadata)
            if _EXPERIMENT.fullmatch(path):  # or JupyterLab asks which kernel it shall be
                metadata.setdefault("kernelspec", NotebookNode(notebooks.KERNELSPEC))
                name_kernel(metadata)
                executed = Path(self._get_os_path(path)).with_suffix(".ipynb")
                outputs.mark_loaded(model["content"], executed)
        if _EXPERIMENT.fullmatch(path):
            self._as_old_as_text(model)
        return model

    def _as_old_as_text(self, model):
        """Give an experiment the time and the hash of its text: only an edit of it is a conflict.

        JupyterLab compares them before it saves, and a run that has ended is no edit.
        """
        text = Path(self._get_os_path(model["path"])).with_suffix(".py")
        if not text.is_file():
            return
        modified = text.stat().st_mtime
        model["last_modified"] = datetime.datetime.fromtimestamp(modified, datetime.UTC)
        if algorithm := model.get("hash_algorithm"):
            model["hash"] = hashlib.new(algorithm, text.read_bytes()).hexdigest()

    def get_config(self, path, use_cache=False):
        """Experiments are paired, whatever is configured elsewhere; others as configured."""
        if _EXPERIMENT.fullmatch(path):
            return CONFIGURATION
        return super().get_config(path, use_cache)

    def save(self, model, path=""):
        """Save as Jupytext does; but an unedited experiment leaves its text as it is on disk.

        JupyterLab puts the kernel's display name of this machine into the notebook, and Jupytext
        its version and its own layout of the text: none of these is an edit. Outputs that are
        still those of the last recorded run keep its record, whatever was edited; those of cells
        that were run by hand must not claim it. A run that ended meanwhile leaves its outputs.

        Raises:
            HTTPError: the text that was opened is no longer there: under its former name it would
                be a second experiment of one number.
        """
        if model["type"] != "notebook" or not _EXPERIMENT.fullmatch(path):
            return super().save(model, path)
        executed = Path(self._get_os_path(path)).with_suffix(".ipynb")
        content = model["content"] = nbformat.from_dict(model["content"])
        refuse_gone(executed, content)
        self._pair = _Pair(executed.with_suffix(".py"), outputs.keep_run(executed, content))
        try:
            if self._pair.text.is_file():
                keep_kernel(content.metadata, reads(self._pair.text.read_text("utf-8")).metadata)
            return super().save(model, path)
        finally:
            self._pair = None

    def _save_file(self, os_path, content, format):
        if self._pair and Path(os_path) == self._pair.text and self._pair.text.is_file():
            content = keep_unedited(self._pair.text.read_text("utf-8"), content)
        return super()._save_file(os_path, content, format)

    def _save_notebook(self, os_path, nb, *arguments, **options):
        if self._pair and self._pair.run is not None:
            nb.metadata.setdefault("labbook", NotebookNode())["run"] = self._pair.run
        return super()._save_notebook(os_path, nb, *arguments, **options)

    def rename_file(self, old_path, new_path):
        """Rename; an experiment as ``labbook mv`` does: its records and runs go with it.

        Raises:
            HTTPError: it would be no experiment any more, and leave its records and runs behind.
        """
        if not (_EXPERIMENT.fullmatch(old_path) and _EXPERIMENT.fullmatch(new_path)):
            if _EXPERIMENT.fullmatch(old_path):
                refuse_orphans(Layout(Path(self.root_dir)), Path(old_path).stem)
            return super().rename_file(old_path, new_path)
        verbs.call(Path(self.root_dir), "mv", Path(old_path).stem, Path(new_path).stem)
        return None

    def copy(self, from_path, to_path=None):
        """Copy; an experiment as ``labbook new --from`` does: under the next number."""
        inside = to_path is None or to_path.strip("/") == "notebooks"
        if not (_EXPERIMENT.fullmatch(from_path) and inside):
            return super().copy(from_path, to_path)
        path = verbs.call(Path(self.root_dir), "new", "--from", Path(from_path).stem).strip()
        return self.get(f"notebooks/{Path(path).name}", content=False)

    def mark_trusted_cells(self, nb, path=""):
        """Trust outputs that are those of a run that this machine holds: it made them itself.

        JupyterLab shows no SVG and no widget of a notebook that it does not trust.
        """
        if _EXPERIMENT.fullmatch(path) and was_run_here(Path(self._get_os_path(path)), nb):
            self.notary.mark_cells(nb, True)
        else:
            super().mark_trusted_cells(nb, path)


@dataclass(frozen=True)
class _Pair:
    """An experiment that is being saved: its text, and the record its outputs may keep."""

    text: Path
    run: dict | None


def name_kernel(metadata: NotebookNode) -> None:
    """Tell of a kernel what this machine does: JupyterLab would, and have an edit to save."""
    with suppress(NoSuchKernel):
        kernel = get_kernel_spec(metadata.kernelspec.get("name", ""))
        metadata.kernelspec.display_name = kernel.display_name
        if kernel.language == "python":
            metadata.language_info = nbformat.from_dict(IPythonKernel.language_info)


def refuse_gone(executed: Path, content: NotebookNode) -> None:
    """Refuse to save an experiment whose text was there when it was opened, and is not now."""
    opened = content.metadata.get(outputs.LOADED, {}).get("text")
    text = executed.with_suffix(".py")
    if opened == text.name and not text.is_file():
        raise HTTPError(
            409,
            f"notebooks/{opened} has been renamed or deleted since it was opened, so nothing was "
            "saved: open it under its new name, or save what you have here under another one "
            "(File, Save Notebook As).",
        )


def refuse_orphans(layout: Layout, experiment: str) -> None:
    """Refuse to take an experiment out of ``notebooks/`` that has records or runs there."""
    places = (layout.published_records, layout.local_records, layout.runs)
    kept = [place(experiment) for place in places if place(experiment).is_dir()]
    if kept:
        raise HTTPError(
            400,
            f"{experiment} stays in notebooks/, as {experiment}.py: elsewhere nothing would find "
            f"what belongs to it in {kept[0].relative_to(layout.root)}.",
        )


def keep_kernel(metadata: NotebookNode, before: NotebookNode) -> None:
    """Undo what JupyterLab does to a header: it names the kernel as this machine calls it.

    Another kernel, chosen by the author, stays.
    """
    kernel, kept = metadata.get("kernelspec"), before.get("kernelspec")
    if kept is None:
        metadata.pop("kernelspec", None)
    elif kernel is None or kernel.get("name") == kept.get("name"):
        metadata["kernelspec"] = kept


def keep_unedited(text: str, written: str) -> str:
    """What is to be written; but header and cells as they are in ``text`` where nobody edited them.

    Whether they were edited is seen in Jupytext's own layout of both.
    """
    before, after = (as_text(reads(each)) for each in (text, written))
    headers, bodies = zip(*map(_header_and_body, (text, written, before, after)), strict=True)
    header = headers[0] if headers[2] == headers[3] else headers[1]
    body = bodies[0] if bodies[2] == bodies[3] else bodies[1]
    return header + body


def _header_and_body(text: str) -> tuple[str, str]:
    header = _HEADER.match(text)
    end = header.end() if header else 0
    return text[:end], text[end:]


def reads(text: str) -> NotebookNode:
    """The notebook in a text, its dates as text."""
    notebook = jupytext.reads(text, fmt="py:percent", config=CONFIGURATION)
    notebooks.dates_as_text(notebook.metadata)
    return notebook


def as_text(notebook: NotebookNode) -> str:
    """A notebook in the one layout that Jupytext gives it; equal for equal sources."""
    copy = nbformat.from_dict(notebook)
    copy.metadata.setdefault("jupytext", NotebookNode())["formats"] = notebooks.FORMATS
    copy.metadata.jupytext.pop("text_representation", None)
    return jupytext.writes(copy, fmt="py:percent", config=CONFIGURATION)


def was_run_here(path: Path, content: NotebookNode) -> bool:
    """Whether an experiment's outputs are those of a run whose folder lies in this log."""
    run = content.metadata.get("labbook", {}).get("run")
    name = run.get("id") if isinstance(run, dict) else None
    if not isinstance(name, str) or Path(name).name != name:
        return False
    kept = Layout(path.parents[1]).runs(path.stem) / name / NOTEBOOK
    try:
        return outputs.shows(content, nbformat.read(kept, as_version=4))
    except (OSError, ValueError, AttributeError, KeyError):
        return False
