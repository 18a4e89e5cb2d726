"""The website: a Sphinx extension, named in ``conf.py`` among the extensions.

This file loads none of its parts until Sphinx asks for them.
"""

import hashlib
from pathlib import Path

STATIC = Path(__file__).parent / "static"
PARTS = (
    *("settings", "late"),
    *("markup.bibliography", "markup.inside", "markup.pandoc", "markup.highlight"),
    *("markup.mathml", "markup.references", "markup.terms", "markup.updates", "markup.datatable"),
    *("page.head", "page.pages", "page.folds", "page.outdated", "page.tolerant"),
    *("overview.front", "overview.recent", "records.pages"),
)
STYLES = ("labbook", "tables", "print")
SCRIPTS = (
    *("elements", "folding", "filters", "tables", "page"),
    *("choices", "plots", "beside", "compare", "search"),
)
# The rooms whose code a page is drawn with: tables and figures, and the words for how things stand.
DRAWING = ("site", "show", "log")


def setup(app) -> dict:
    """Sphinx calls this when the extension is loaded."""
    import labbook.log.notebook.notebooks  # noqa: F401  before nbformat, whose import it makes short

    for part in PARTS:
        app.setup_extension(f"labbook.site.{part}")
    app.connect("builder-inited", _add_static)
    app.labbook_code = code_version()
    for place, style in enumerate(STYLES):
        app.add_css_file(f"{style}.css", priority=900 + place)
    for script in SCRIPTS:
        app.add_js_file(f"{script}.js", loading_method="defer")
    return {
        "env_version": int(app.labbook_code, 16),
        "parallel_read_safe": False,
        "parallel_write_safe": False,
    }


def code_version() -> str:
    """Digest (hex digits) of the code that draws the site: when it changes, so do all pages."""
    rooms = (Path(__file__).parents[1] / room for room in DRAWING)
    files = sorted(path for room in rooms for path in room.rglob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:8]


def _add_static(app) -> None:
    app.config.html_static_path.append(str(STATIC))
