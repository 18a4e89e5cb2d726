"""Files of a page (figures, the numbers behind them, tables) on their way to the site."""

import re
import shutil
from pathlib import Path

from labbook.site.changes import put
from labbook.site.state import folder_for


class Assets:
    """The files of one page: written while it is read, copied when the site is written.

    Arguments:
        env: Sphinx's environment.
        docname: the page.
    """

    def __init__(self, env, docname: str):
        self.folder = folder_for(env, docname)
        self._up = "../" * docname.count("/")
        self._taken: set[str] = set()
        self._counted: dict[str, int] = {}

    @classmethod
    def of_current(cls, env) -> "Assets":
        """The files of the document that is being read."""
        if "labbook_assets" not in env.current_document:
            env.current_document["labbook_assets"] = cls(env, env.docname)
        return env.current_document["labbook_assets"]

    def unique(self, name: str) -> str:
        """A name for an address or a file that nothing else in this page has: ``name-2``."""
        plain = re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-.") or "unnamed"
        candidate, count = plain, 1
        while candidate in self._taken:
            count += 1
            candidate = f"{plain}-{count}"
        self._taken.add(candidate)
        return candidate

    def number(self, kind: str) -> str:
        """What the next table or figure of the page is called: ``Table 3``."""
        self._counted[kind] = self._counted.get(kind, 0) + 1
        return f"{kind} {self._counted[kind]}"

    def add(self, filename: str, data: str | bytes) -> str:
        """Keep a file for the page; returns its address as seen from there."""
        data = data.encode() if isinstance(data, str) else data
        (self.folder / filename).write_bytes(data)
        return f"{self._up}_assets/{self.folder.name}/{filename}"


def copy_assets(app) -> list:
    """Bring the files of all pages into the site, and take away those that no page has now."""
    source = Path(app.doctreedir) / "labbook"
    target = Path(app.outdir) / "_assets"
    wanted = set()
    for docname in app.env.found_docs:
        folder = source / docname.replace("/", "-")
        for path in sorted(folder.glob("*")) if folder.is_dir() else ():
            copy = target / folder.name / path.name
            wanted.add(copy)
            put(copy, path.read_bytes())
    for path in target.glob("*/*"):
        if path not in wanted:
            path.unlink()
    for folder in target.glob("*"):
        if not any(folder.iterdir()):
            shutil.rmtree(folder)
    return []
