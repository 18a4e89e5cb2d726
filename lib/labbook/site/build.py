"""``labbook site``: render the log, quietly, and end by saying what to open or what is wrong."""

import io
import os
import re
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from labbook.log.records.files import in_words
from labbook.log.records.layout import Layout
from labbook.log.records.locks import POLL_S, TrialLock
from labbook.log.records.text import number_of
from labbook.site.unchanged import Stamp

DOCTREES = "doctrees"
_PROGRESS = re.compile(r"(reading sources|writing output|copying images)\.\.\. ?\[ *(\d+)%\]")
_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def build(root: Path) -> int:
    """Render the site of a log into ``_build/html``.

    Nothing is executed: pages show the last good run of each notebook. Where nothing has changed
    since the last build, nothing is done. After a build with warnings, or one that was killed,
    everything is read anew, so that a fault is told by every build until it is mended. A build
    waits for another one of the same site.

    Arguments:
        root: the root of the log, where ``conf.py`` is.

    Returns:
        0, or 1 where something is wrong with the site, a warning included.
    """
    root = Path(root).resolve()
    if not (root / "conf.py").is_file():
        print(f"There is no conf.py in {root}: a site is built at the root of a log.")
        return 1
    try:
        with _alone(Layout(root).built) as was_cut_short:
            if was_cut_short:
                _forget(Layout(root))
            return _build(root)
    except OSError as error:
        print(f"The site is not whole: {in_words(error)}", file=sys.stderr)
        return 1


@contextmanager
def _alone(place: Path) -> Iterator[bool]:
    """Wait until no other process builds here; tells whether the last one ended before its end."""
    place.mkdir(exist_ok=True)
    waits = False
    while (lock := TrialLock.take(place / "site.lock")) is None:
        if not waits:
            print("This site is being rendered by another process: waiting.", file=sys.stderr)
        waits = True
        time.sleep(POLL_S)
    try:
        was_cut_short = lock.unfinished is not None
        lock.write({"pid": os.getpid()})
        yield was_cut_short
    except BaseException:
        lock.abandon()
        raise
    lock.release()


def _forget(layout: Layout) -> None:
    """Take away what a build goes on from."""
    shutil.rmtree(layout.built / DOCTREES, ignore_errors=True)
    (layout.site / "searchindex.js").unlink(missing_ok=True)


def _build(root: Path) -> int:
    out, doctrees = Layout(root).site, Layout(root).built / DOCTREES
    began = time.monotonic()
    stamp = Stamp(root)
    if stamp.holds():
        took = f"{time.monotonic() - began:.1f} s"
        print(f"Nothing has changed since the site was rendered ({took}). Open {out}/index.html")
        return 0
    from sphinx.application import Sphinx
    from sphinx.errors import SphinxError
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    from labbook.site.log import log_of

    stamp.take_away()
    warnings = io.StringIO()
    progress = _Progress(sys.stderr)
    try:
        with patch_docutils(str(root)), docutils_namespace():
            app = Sphinx(
                srcdir=root,
                confdir=root,
                outdir=out,
                doctreedir=doctrees,
                buildername="html",
                confoverrides={"nitpicky": True},
                status=progress,
                warning=warnings,
                warningiserror=True,
            )
            app.build()
            status = app.statuscode
    except SphinxError as error:
        if isinstance(cause := getattr(error, "orig_exc", None), OSError):
            raise cause from None
        print(f"{error.category}: {error}", file=warnings)
        status = 1
    progress.end()
    lines = [line for line in _COLOUR.sub("", warnings.getvalue()).splitlines() if line.strip()]
    if lines:
        shutil.rmtree(doctrees, ignore_errors=True)
        print("\n".join(line.replace(f"{root}/", "") for line in lines), file=sys.stderr)
        print(f"{number_of(len(lines), 'warning')}.", file=sys.stderr)
    took = f"{time.monotonic() - began:.1f} s"
    if status or lines:
        print(f"The site has faults ({took}); what could be rendered is in {out}/index.html")
        return 1
    verdicts = [one.evidence.verdicts for one in log_of(app).experiments.values()]
    also = (*app.env.dependencies.values(), *(map(str, one.files) for one in verdicts))
    stamp.leave(set().union(*also))
    print(f"Site rendered in {took}. Open {out}/index.html")
    return 0


class _Progress(io.TextIOBase):
    """Sphinx's talk as one line that is written over: what is going on, and how far."""

    def __init__(self, stream):
        self._stream = stream
        self._wide = 0

    def write(self, text: str) -> int:
        found = _PROGRESS.search(_COLOUR.sub("", text))
        if found and self._stream.isatty():
            line = f"{found[1]} {found[2]} %"
            self._stream.write(f"\r{line:<{self._wide}}")
            self._stream.flush()
            self._wide = max(self._wide, len(line))
        return len(text)

    def end(self) -> None:
        """Take the line away."""
        if self._wide:
            self._stream.write(f"\r{'':<{self._wide}}\r")
            self._stream.flush()
