"""What JupyterLab goes back to with *Revert Notebook to Checkpoint*: of an experiment, its text."""

import os
import re

from jupyter_server.services.contents.filecheckpoints import FileCheckpoints

_EXECUTED = re.compile(r"(/?notebooks/[^/]+)\.ipynb")


class TextCheckpoints(FileCheckpoints):
    """Checkpoints of files; that of an experiment is one of its text, by whichever file it is open.

    The text decides, so that a former ``.ipynb`` alone would bring nothing back.
    """

    def create_checkpoint(self, contents_mgr, path):
        """As for any file."""
        return super().create_checkpoint(contents_mgr, self._text(path))

    def restore_checkpoint(self, contents_mgr, checkpoint_id, path):
        """As for any file."""
        super().restore_checkpoint(contents_mgr, checkpoint_id, self._text(path))

    def checkpoint_path(self, checkpoint_id, path):
        """As for any file."""
        return super().checkpoint_path(checkpoint_id, self._text(path))

    def _text(self, path):
        """The text of an experiment, where the path is that of its outputs."""
        found = _EXECUTED.fullmatch(path)
        text = f"{found[1]}.py" if found else path
        return text if os.path.isfile(self._get_os_path(text)) else path
