"""What Sphinx is told of a log's site wherever ``conf.py`` says nothing else.

So ``conf.py`` is a title and ``extensions = ["labbook.site"]``; whatever it sets beside these is
taken as it stands.
"""

import os
from pathlib import Path

LIGHT = {
    "color-background-primary": "#fdfdfb",
    "color-background-secondary": "#f6f5f1",
    "color-foreground-primary": "#22211f",
    "color-foreground-secondary": "#55534d",
    "color-foreground-muted": "#67645d",
    "color-brand-primary": "#1d5a78",
    "color-brand-content": "#1d5a78",
    "color-brand-visited": "#5b4a80",
    "color-background-border": "#e4e2db",
}
DARK = {
    "color-background-primary": "#17181a",
    "color-background-secondary": "#1d1f21",
    "color-foreground-primary": "#dcdad4",
    "color-foreground-secondary": "#adaaa2",
    "color-foreground-muted": "#9b9890",
    "color-brand-primary": "#8cc3dd",
    "color-brand-content": "#8cc3dd",
    "color-brand-visited": "#bba7e0",
    "color-background-border": "#33363a",
}
BIBLIOGRAPHY = "docs/references.bib"
SETTINGS = {
    # Only pages are read; everything else in the log is left alone.
    "include_patterns": ["index.rst", "docs/*.rst", "notebooks/*.py"],
    "exclude_patterns": ["_build", ".venv", "runs", "data", "lib", "tests"],
    # An experiment is one document, its text; the run beside it is joined to it while it is read.
    "source_suffix": {".rst": "restructuredtext", ".py": "jupyter_notebook"},
    "nbsphinx_custom_formats": {".py": "labbook.site.page.pages.as_notebook"},
    "nbsphinx_execute": "never",
    "nbsphinx_codecell_lexer": "ipython3",
    # Nothing is loaded from anywhere: no require.js, no widgets, formulas as MathML.
    "nbsphinx_requirejs_path": "",
    "nbsphinx_widgets_path": "",
    "nbsphinx_assume_equations": False,
    "html_math_renderer": "mathml",
    "bibtex_reference_style": "author_year",
    "bibtex_default_style": "plain",
    "html_theme": "furo",
    "html_theme_options": {"light_css_variables": LIGHT, "dark_css_variables": DARK},
    "html_baseurl": "",
    "html_copy_source": False,
    "html_show_sphinx": False,
    "html_show_copyright": False,
    "html_show_search_summary": False,  # would fetch pages, which a browser refuses from a disk
    "html_last_updated_fmt": None,
    "pygments_style": "a11y-light",
    "pygments_dark_style": "a11y-dark",
}


def setup(app) -> None:
    """Load the extensions that a site is made with, and set what ``conf.py`` leaves open."""
    import pypandoc

    folder = os.path.dirname(pypandoc.get_pandoc_path())
    if folder not in os.environ["PATH"].split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([folder, os.environ["PATH"]])
    app.setup_extension("nbsphinx")
    app.setup_extension("sphinxcontrib.bibtex")
    app.setup_extension("furo")  # the theme's own settings are known only once it is loaded
    app.connect("config-inited", _complete, priority=100)  # before others look


def _complete(app, config) -> None:
    bibliography = [BIBLIOGRAPHY] if (Path(app.srcdir) / BIBLIOGRAPHY).is_file() else []
    settings = SETTINGS | {"bibtex_bibfiles": bibliography, "html_title": config.project}
    for name, value in settings.items():
        default = config.values[name].default
        if config[name] == (default(config) if callable(default) else default):
            config[name] = value
