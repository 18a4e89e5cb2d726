"""The website's settings. The source directory is the root of the repository."""

import os

import pypandoc

os.environ["PATH"] = os.path.dirname(pypandoc.get_pandoc_path()) + os.pathsep + os.environ["PATH"]

project = "labbook"
html_title = "labbook"

extensions = ["labbook.site", "sphinxcontrib.bibtex"]

# Only pages are read; everything else in the repository is left alone.
include_patterns = ["index.rst", "docs/*.rst", "notebooks/*.py"]
exclude_patterns = ["_build", ".venv", "runs", "data", "lib", "tests"]
# An experiment is one document, its text; the run beside it is joined to it while it is read.
source_suffix = {".rst": "restructuredtext", ".py": "jupyter_notebook"}
nbsphinx_custom_formats = {".py": "labbook.site.page.pages.as_notebook"}
nbsphinx_execute = "never"
nbsphinx_codecell_lexer = "ipython3"

# Nothing is loaded from anywhere: no require.js, no widgets, formulas as MathML.
nbsphinx_requirejs_path = ""
nbsphinx_widgets_path = ""
nbsphinx_assume_equations = False
html_math_renderer = "mathml"

bibtex_bibfiles = ["docs/references.bib"]
bibtex_reference_style = "author_year"

html_theme = "furo"
html_baseurl = ""
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
html_show_search_summary = False  # would fetch pages, which a browser refuses from a disk
html_last_updated_fmt = None
html_theme_options = {
    "light_css_variables": {
        "color-background-primary": "#fdfdfb",
        "color-background-secondary": "#f6f5f1",
        "color-foreground-primary": "#22211f",
        "color-foreground-secondary": "#55534d",
        "color-foreground-muted": "#67645d",
        "color-brand-primary": "#1d5a78",
        "color-brand-content": "#1d5a78",
        "color-brand-visited": "#5b4a80",
        "color-background-border": "#e4e2db",
    },
    "dark_css_variables": {
        "color-background-primary": "#17181a",
        "color-background-secondary": "#1d1f21",
        "color-foreground-primary": "#dcdad4",
        "color-foreground-secondary": "#adaaa2",
        "color-foreground-muted": "#9b9890",
        "color-brand-primary": "#8cc3dd",
        "color-brand-content": "#8cc3dd",
        "color-brand-visited": "#bba7e0",
        "color-background-border": "#33363a",
    },
}
pygments_style = "a11y-light"
pygments_dark_style = "a11y-dark"
