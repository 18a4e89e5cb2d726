"""``labbook site``: render the log, quietly, and end by saying what to open or what is wrong."""

import io
import re
import shutil
import sys
import time
from pathlib import Path

from labbook.site.unchanged import Stamp

_PROGRESS = re.compile(r"(reading sources|writing output|copying images)\.\.\. ?\[ *(\d+)%\]")
_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def build(root: Path, strict: bool = True) -> int:
    """Render the site of a log into ``_build/html``.

    Nothing is executed: pages show the last good run of each notebook. Where nothing has changed
    since the last build, nothing is done. After a build with warnings
    everything is read anew, so that a fault is told by every build until it is mended.

    Arguments:
        root: the root of the log, where ``conf.py`` is.
        strict: whether a warning makes the build fail.

    Returns:
        0, or 1 where something is wrong with the site.
    """
    root = Path(root).resolve()
    out, doctrees = root / "_build" / "html", root / "_build" / "doctrees"
    if not (root / "conf.py").is_file():
        print(f"There is no conf.py in {root}: a site is built at the root of a log.")
        return 1
    began = time.monotonic()
    stamp = Stamp(root)
    if stamp.holds():
        took = f"{time.monotonic() - began:.1f} s"
        print(f"Nothing has changed since the site was rendered ({took}). Open {out}/index.html")
        return 0
    from sphinx.application import Sphinx
    from sphinx.errors import SphinxError
    from sphinx.util.docutils import docutils_namespace, patch_docutils

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
                warningiserror=strict,
            )
            app.build()
            status = app.statuscode
    except SphinxError as error:
        print(f"{error.category}: {error}", file=warnings)
        status = 1
    progress.end()
    told = [line for line in _COLOUR.sub("", warnings.getvalue()).splitlines() if line.strip()]
    if told:
        shutil.rmtree(doctrees, ignore_errors=True)
        print("\n".join(line.replace(f"{root}/", "") for line in told), file=sys.stderr)
        print(f"{len(told)} warnings." if len(told) > 1 else "1 warning.", file=sys.stderr)
    took = f"{time.monotonic() - began:.1f} s"
    if status or (strict and told):
        print(f"The site has faults ({took}); what could be rendered is in {out}/index.html")
        return 1
    if not told:
        stamp.leave(set().union(*app.env.dependencies.values()))
    print(f"Site rendered in {took}. Open {out}/index.html")
    return 0


class _Progress(io.TextIOBase):
    """Sphinx's talk as one line that is written over: what is going on, and how far."""

    def __init__(self, stream):
        self._stream = stream
        self._wide = 0
        self._last = ""

    def write(self, text: str) -> int:
        if found := _PROGRESS.search(_COLOUR.sub("", text)):
            self._show(f"{found.group(1)} {found.group(2)} %")
        return len(text)

    def _show(self, line: str) -> None:
        if self._stream.isatty() and line != self._last:
            self._stream.write(f"\r{line:<{self._wide}}")
            self._stream.flush()
            self._wide, self._last = max(self._wide, len(line)), line

    def end(self) -> None:
        """Take the line away."""
        if self._wide:
            self._stream.write(f"\r{'':<{self._wide}}\r")
            self._stream.flush()
