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
from pathlib import Path, PurePosixPath

import nbformat
from ipykernel.ipkernel import IPythonKernel
from jupyter_client.kernelspec import NoSuchKernel, get_kernel_spec
from jupytext.sync_contentsmanager import TextFileContentsManager
from nbformat import NotebookNode
from tornado.web import HTTPError
from traitlets import default

from labbook.lab import outputs, saving, texts, verbs
from labbook.lab.checkpoints import TextCheckpoints
from labbook.lab.texts import Text
from labbook.log.notebook import notebooks
from labbook.log.notebook.notebooks import NotebookError
from labbook.log.records.files import in_words
from labbook.log.records.json_file import Misfit
from labbook.log.records.layout import Layout
from labbook.log.records.run_record import NOTEBOOK

_EXPERIMENT = re.compile(r"/?notebooks/[^/]+\.(py|ipynb)")


class LogFiles(TextFileContentsManager):
    """The contents manager of ``labbook lab``; paths are relative to the log's root."""

    _pair: "_Pair | None" = None

    @default("checkpoints_class")
    def _of_texts(self):
        return TextCheckpoints

    def get(self, path, content=True, type=None, format=None, **options):
        """As Jupytext's; but a ``.py`` elsewhere than in ``notebooks/`` is a text file.

        Raises:
            HTTPError: the text of an experiment does not read as a notebook.
        """
        experiment = _EXPERIMENT.fullmatch(path)
        if type is None and path.endswith(".py") and not experiment:
            type = "file"
        text = None
        if experiment and content and type in (None, "notebook"):
            text = self._text(path)
        model = super().get(path, content=content, type=type, format=format, **options)
        if model["type"] == "notebook" and model["content"]:
            metadata = model["content"].metadata
            notebooks.dates_as_text(metadata)
            if text is not None:
                text.put_header(metadata)
            if experiment:  # or JupyterLab asks which kernel it shall be
                metadata.setdefault("kernelspec", NotebookNode(notebooks.KERNELSPEC))
                name_kernel(metadata)
                executed = Path(self._get_os_path(path)).with_suffix(".ipynb")
                outputs.mark_loaded(model["content"], executed)
        if experiment:
            self._as_old_as_text(model)
        return model

    def _text(self, path):
        """The text of the experiment at ``path``; None where there is none."""
        text = Path(self._get_os_path(path)).with_suffix(".py")
        if not text.exists():
            return None
        try:
            return Text.at(text)
        except NotebookError as error:
            told = str(error).replace(f"{self.root_dir}/", "")
            if not isinstance(error.__cause__, Misfit):  # which no editor opens
                told += f" Right click on {text.name}, Open With, Editor opens it as text."
            raise HTTPError(400, told) from None

    def _read_file(self, os_path, *arguments, **options):
        content, *more = super()._read_file(os_path, *arguments, **options)
        if isinstance(content, str) and self._is_text(os_path):
            content = content.removeprefix(texts.BYTE_ORDER_MARK)
        return content, *more

    def _is_text(self, os_path):
        path = Path(os_path)
        return path.parent == Layout(Path(self.root_dir)).notebooks and path.suffix == ".py"

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
            return texts.CONFIGURATION
        return super().get_config(path, use_cache)

    def save(self, model, path=""):
        """Save as Jupytext does; but an unedited experiment leaves its text as it is on disk.

        JupyterLab puts the kernel's display name of this machine into the notebook, and Jupytext
        its version and its own layout of the text: none of these is an edit. Outputs that are
        still those of the last recorded run keep its record, whatever was edited; those of cells
        that were run by hand must not claim it. A run that ended meanwhile leaves its outputs. A
        new experiment whose number is another's, as that of a copy, gets the next one.

        Raises:
            HTTPError: the text that was opened is no longer there: under its former name it would
                be a second experiment of one number. Or a file cannot be written.
        """
        try:
            if model["type"] != "notebook":
                return super().save(model, path)
            if _EXPERIMENT.fullmatch(path):
                return self._save_experiment(model, path)
            model["content"].get("metadata", {}).pop(outputs.LOADED, None)
            return super().save(model, path)
        except HTTPError as error:
            if (cause := saving.os_error_of(error)) is None:
                raise
            told = f"{path.strip('/')} was not saved: {in_words(cause)}"
            raise HTTPError(error.status_code, told) from error

    def _save_experiment(self, model, path):
        executed = Path(self._get_os_path(path)).with_suffix(".ipynb")
        content = model["content"] = saving.of_today(model["content"], path)
        saving.refuse_gone(executed, content)
        outputs.forget_run(content)
        run = outputs.keep_run(executed, content)
        text, before = executed.with_suffix(".py"), None
        if not text.exists():
            saving.give_free_number(content.metadata, Layout(Path(self.root_dir)))
        with suppress(NotebookError):  # there is none yet, or one that does not read
            before = Text.at(text)
            before.keep_kernel(content.metadata)
        self._pair = _Pair(text, before, run)
        try:
            return super().save(model, path)
        finally:
            self._pair = None

    def _save_file(self, os_path, content, format):
        if self._pair and self._pair.before and Path(os_path) == self._pair.path:
            content = self._pair.before.keep_unedited(content)
        return super()._save_file(os_path, content, format)

    def _save_notebook(self, os_path, nb, *arguments, **options):
        if self._pair and self._pair.run is not None:
            nb.metadata.setdefault("labbook", NotebookNode())["run"] = self._pair.run
        return super()._save_notebook(os_path, nb, *arguments, **options)

    def _read_notebook(self, os_path, *arguments, raw=False, **options):
        """Read it; damaged outputs beside a text are none: the text opens all the same."""
        try:
            return super()._read_notebook(os_path, *arguments, raw=raw, **options)
        except HTTPError:
            if not self._is_text(text := Path(os_path).with_suffix(".py")) or not text.is_file():
                raise
            empty = nbformat.v4.new_notebook()
            return (empty, b"") if raw else empty

    def delete_file(self, path):
        """Delete; with an experiment's text go its outputs: the next one of that name had them."""
        super().delete_file(path)
        executed = str(PurePosixPath(path).with_suffix(".ipynb"))
        if _EXPERIMENT.fullmatch(path) and path.endswith(".py") and self.file_exists(executed):
            super().delete_file(executed)

    def rename_file(self, old_path, new_path):
        """Rename; an experiment as ``labbook mv`` does: its records and runs go with it.

        Raises:
            HTTPError: it would be no experiment any more, and leave its records and runs behind.
        """
        if not (_EXPERIMENT.fullmatch(old_path) and _EXPERIMENT.fullmatch(new_path)):
            if _EXPERIMENT.fullmatch(old_path):
                saving.refuse_orphans(Layout(Path(self.root_dir)), Path(old_path).stem)
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
    """An experiment that is being saved.

    Attributes:
        path: of its text.
        before: the text that the save finds; None where there is none that reads.
        run: the record that its outputs may keep.
    """

    path: Path
    before: Text | None
    run: dict | None


def name_kernel(metadata: NotebookNode) -> None:
    """Tell of a kernel what this machine does: JupyterLab would, and have an edit to save."""
    with suppress(NoSuchKernel):
        kernel = get_kernel_spec(metadata.kernelspec.get("name", ""))
        metadata.kernelspec.display_name = kernel.display_name
        if kernel.language == "python":
            metadata.language_info = nbformat.from_dict(IPythonKernel.language_info)


def was_run_here(path: Path, content: NotebookNode) -> bool:
    """Whether an experiment's outputs are those of a run whose folder lies in this log."""
    name = (outputs.run_of(content) or {}).get("id")
    if not isinstance(name, str) or Path(name).name != name:
        return False
    kept = Layout(path.parents[1]).runs(path.stem) / name / NOTEBOOK
    try:
        return outputs.shows(content, nbformat.read(kept, as_version=4))
    except (OSError, ValueError, nbformat.ValidationError, *outputs.OTHER_TYPES):
        return False
