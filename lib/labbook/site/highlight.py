"""Code in colour, in a third of the markup: only what has a colour of its own is marked.

Pygments wraps every name, dot and space in an element; a page of an experiment would be mostly
these.
"""

from pygments.formatters import HtmlFormatter
from pygments.token import Comment, Generic, Keyword, Name, Number, String, Text
from sphinx.highlighting import PygmentsBridge

COLOURED = (
    Comment,
    Keyword,
    Number,
    String,
    Name.Builtin,
    Name.Class,
    Name.Decorator,
    Name.Exception,
    Name.Function,
)


class SlimFormatter(HtmlFormatter):
    """As Pygments' own, with neighbours of one colour in one element."""

    def format(self, tokensource, outfile):
        return super().format(((_kind(kind), text) for kind, text in tokensource), outfile)


def _kind(kind):
    if kind in Generic:
        return kind
    return next((coloured for coloured in COLOURED if kind in coloured), Text)


def setup(app) -> None:
    PygmentsBridge.html_formatter = SlimFormatter
