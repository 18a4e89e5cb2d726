"""Whether anything that a site is made of has changed since it was rendered without a fault."""

import hashlib
import json
import os
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path

import labbook
from labbook.log.code.library import stamp_of
from labbook.log.records.layout import Layout

# What a site is made of, in the root of a log.
MADE_OF = ("conf.py", "index.rst", "docs", "lib", "src", "notebooks", "runs")
_PASSING = ("__pycache__", ".ipynb_checkpoints")


class Stamp:
    """Left beside a site that was rendered without a fault: what it was made of.

    A file counts as unchanged while its size and the time of its last change are the same, as for
    Sphinx; what is fresh and what is stale never hangs on such times.

    Arguments:
        root: the root of the log.
    """

    def __init__(self, root: Path):
        self.root = root
        self.path = Layout(root).built / "rendered.json"
        # Taken before the site is rendered: what changes meanwhile is rendered the next time.
        packages = os.stat(sysconfig.get_paths()["purelib"]).st_mtime_ns
        parts = [root / name for name in MADE_OF]
        self._made_of = _digest([*parts, Path(labbook.__file__).parent], f"{sys.version}{packages}")

    def holds(self) -> bool:
        """Whether the site is there, and all that it was made of is as it was."""
        if not (Layout(self.root).site / "index.html").is_file():
            return False
        try:
            stamp = json.loads(self.path.read_text())
            also = _digest([self.root / name for name in stamp["also"]])
            return (stamp["made_of"], stamp["also_made_of"]) == (self._made_of, also)
        except (OSError, ValueError, KeyError, TypeError):
            return False  # there is no whole stamp

    def leave(self, also: Iterable[str]) -> None:
        """Write it.

        Arguments:
            also: further files that pages are made of, from the root: what they include, and own
                packages wherever they lie.
        """
        also = sorted(map(str, also))
        stamp = {
            "made_of": self._made_of,
            "also": also,
            "also_made_of": _digest([self.root / name for name in also]),
        }
        self.path.write_text(json.dumps(stamp))

    def take_away(self) -> None:
        """The site is being rendered, or has faults."""
        self.path.unlink(missing_ok=True)


def _digest(paths: Iterable[Path], begin: str = "") -> str:
    digest = hashlib.sha256(begin.encode())
    for path in paths:
        for file in sorted(_files(path)):
            digest.update(repr(file).encode())
    return digest.hexdigest()


def _files(path: Path) -> Iterator[tuple[str, int, int]]:
    """Path, time of change and size of each file at or below a path."""
    if path.is_dir():
        for entry in os.scandir(path):
            if entry.name not in _PASSING:
                yield from _files(Path(entry.path))
    elif path.is_file():
        yield str(path), *stamp_of(path)
