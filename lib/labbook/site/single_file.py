"""One page of the rendered site as one file that opens alone, from a disk and without a network.

Of the inliners, ``monolith`` is no Python package and ``htmlark`` is no longer kept; what is
inlined here are the files of our own site alone, so a parser of HTML is enough.
"""

import base64
import mimetypes
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup, Tag

# Around a page is what leads to other pages (the theme's script needs the header itself); a
# comparison loads the records that it compares.
_AROUND = ".sidebar-drawer, .related-pages, .nav-overlay-icon, .sidebar-overlay"
_LOADS_MORE = ("choices.js", "plots.js", "beside.js", "compare.js", "search.js")


def single_file(page: Path, *, unfolded: bool = False) -> str:
    """The HTML of a page with its styles, scripts, pictures and downloads inside.

    Links within the page and to the web stay, links to other pages of the site become text, and
    buttons that lead to other files of the site are left out. A picture that the site could not
    render has its description in its place, there as here.

    Arguments:
        page: a file of a rendered site.
        unfolded: whether all that is folded is open, as for printing.

    Raises:
        FileNotFoundError: a style or a script of the page is not there.
    """
    html = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
    for around in html.select(_AROUND):
        around.decompose()
    for link in html.find_all("link"):
        if "stylesheet" in link.get("rel", []):
            _put_inside(html, link, "style", _beside(page, link["href"]))
        else:
            link.decompose()
    for script in html.find_all("script", src=True):
        source = _beside(page, script["src"])
        if source.name in _LOADS_MORE:
            script.decompose()
        else:
            _put_inside(html, script, "script", source)
    for picture in html.find_all(src=True):
        if not urlsplit(picture["src"]).scheme:
            file = _beside(page, picture["src"])
            del picture["src"]
            if file.is_file():
                picture["src"] = _data_address(file)
        del picture["loading"]
    for source in html.find_all("source", srcset=True):
        source["srcset"] = _data_address(_beside(page, source["srcset"]))
    for link in html.find_all("a", href=True):
        _bring_along(page, link)
    if unfolded:
        for folded in html.find_all("details"):
            folded["open"] = ""
    return str(html)


def _beside(page: Path, address: str) -> Path:
    return page.parent / unquote(urlsplit(address).path)


def _put_inside(html: BeautifulSoup, old: Tag, name: str, source: Path) -> None:
    """Put the text of a file in place of the element that loads it."""
    new = html.new_tag(name)
    text = source.read_text(encoding="utf-8")
    new.string = text.replace("</script", "<\\/script") if name == "script" else text
    if name == "script" and old.has_attr("defer"):  # a script without a file can't be deferred
        html.body.append(new)
        old.decompose()
    else:
        old.replace_with(new)


def _bring_along(page: Path, link: Tag) -> None:
    """Keep a link that leads somewhere from a file that lies alone."""
    address = urlsplit(link["href"])
    if address.scheme or not address.path:
        return
    target = _beside(page, link["href"])
    if "_assets" in target.parts and target.is_file():
        link["href"] = _data_address(target)
        link["download"] = target.name
    elif "lb-button" in link.get("class", []):
        link.decompose()
    else:
        link.name = "span"
        del link["href"]


def _data_address(file: Path) -> str:
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return f"data:{kind};base64,{base64.b64encode(file.read_bytes()).decode('ascii')}"
