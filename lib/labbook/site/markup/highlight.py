"""Code in colour, in a quarter of the markup: only what has a colour of its own is marked.

Pygments wraps every name, dot and space in an element; a page of an experiment would be mostly
these.
"""

import io
import re

from pygments.formatters import HtmlFormatter
from pygments.token import Comment, Generic, Keyword, Name, Number, String, Text
from sphinx.highlighting import PygmentsBridge

_COLOUR = re.compile(r'<span class="([a-z0-9]{1,2})">([^<]*)</span>')
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
    """As Pygments' own, with neighbours of one colour in one element, the shortest there is."""

    def format(self, tokensource, outfile):
        drawn = io.StringIO()
        super().format(((_kind(kind), text) for kind, text in tokensource), drawn)
        outfile.write(_COLOUR.sub(r"<i class=\1>\2</i>", drawn.getvalue()))


def _kind(kind):
    if kind in Generic:
        return kind
    return next((coloured for coloured in COLOURED if kind in coloured), Text)


def setup(app) -> None:
    PygmentsBridge.html_formatter = SlimFormatter
