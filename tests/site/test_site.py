"""The rendered site: valid, whole, self-contained, and telling what lies behind each number."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import html5lib
import pytest

from labbook.log.records.folder import read_records
from labbook.site.overview.recent import address

PAGE_LIMIT_BYTES = 150_000
LOADING = {"img": "src", "script": "src", "link": "href", "iframe": "src", "source": "src"}


class Page(HTMLParser):
    """The ids and addresses in a page."""

    def __init__(self, path: Path):
        super().__init__()
        self.ids, self.links, self.loads, self.no_alt = set(), [], [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if "id" in found:
            self.ids.add(found["id"])
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        if tag in LOADING and found.get(LOADING[tag]):
            self.loads.append(found[LOADING[tag]])
        if tag == "img" and "alt" not in found:
            self.no_alt.append(found)


@pytest.fixture(scope="module")
def pages(site) -> dict[Path, Page]:
    return {path: Page(path) for path in site.rglob("*.html")}


@pytest.fixture(scope="module")
def text(site) -> str:
    """The page of the experiment that was run."""
    return (site / "notebooks" / "gratings.html").read_text(encoding="utf-8")


def test_html_is_valid(pages):
    faults = {}
    for path in pages:
        parser = html5lib.HTMLParser(namespaceHTMLElements=False)
        parser.parse(path.read_text(encoding="utf-8"))
        faults |= {path.name: parser.errors} if parser.errors else {}
    assert faults == {}


def test_no_link_is_dead(pages, site):
    dead = []
    for path, page in pages.items():
        for link in [*page.links, *page.loads]:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            anchors = pages[target].ids if target in pages else set()
            if not target.is_file():
                dead.append(f"{path.relative_to(site)}: {link}")
            elif parts.fragment and target.suffix == ".html" and parts.fragment not in anchors:
                dead.append(f"{path.relative_to(site)}: {link} (no such anchor)")
    assert dead == []


def test_nothing_is_loaded_from_elsewhere(pages):
    foreign = [url for page in pages.values() for url in page.loads if urlsplit(url).netloc]
    assert foreign == []


def test_styles_load_nothing_from_elsewhere(site):
    styles = "".join(path.read_text() for path in site.glob("_static/**/*.css"))
    assert re.findall(r"url\(['\"]?https?:", styles) == []


def test_pages_are_small(pages):
    assert max(path.stat().st_size for path in pages) <= PAGE_LIMIT_BYTES


def test_no_require_no_widgets_no_mathjax(text):
    assert not re.search(r"require\.|mathjax|jupyter-widgets|html-manager", text, re.IGNORECASE)


def test_images_have_alternatives(pages):
    assert [fault for page in pages.values() for fault in page.no_alt] == []


def test_formulas_are_mathml(text):
    assert "<math" in text and "\\frac" not in text


def test_head_tells_what_it_is(text):
    head = text[text.index("lb-head") : text.index("Question")]
    for words in ("Experiment 1", "complete", "20 November 2026", "Two numbers are enough"):
        assert words in head


def test_head_tells_where_it_comes_from(text):
    for words in ("01234567", "12.5 min", "demo: 10 of 12 trials", "fresh"):
        assert words in text


def test_head_gives_the_command_that_reruns(text):
    assert "labbook run gratings --profile demo -p seed 0" in text


def test_notebooks_can_be_downloaded(site, log):
    text = (site / "notebooks" / "gratings.py").read_bytes()
    assert text == (log / "notebooks" / "gratings.py").read_bytes()
    assert json.loads((site / "notebooks" / "gratings.ipynb").read_text())["cells"]


def test_newer_run_that_failed_is_told_and_the_good_one_shown(text):
    assert (
        "A newer run (demo profile), 21 November 2026, 09:00 UTC, ended as failed: all of it"
        in text
    )
    assert "3/3 trials" in text


def test_superseded_experiment_says_by_which(site):
    text = (site / "notebooks" / "older.html").read_text()
    assert 'Superseded by <a href="gratings.html">1 Gratings' in text


def test_page_that_cites_a_superseded_experiment_says_so(site):
    text = (site / "notebooks" / "second_look.html").read_text()
    assert 'This page cites <a href="older.html">3 An older one, α</a>, which is superseded' in text


def test_run_by_hand_is_told_as_such(site):
    assert (
        "By hand: no record tells which run made these outputs"
        in (site / "notebooks" / "older.html").read_text()
    )


def test_widget_leaves_a_word(site):
    text = (site / "notebooks" / "older.html").read_text()
    assert "open the notebook in JupyterLab" in text and "IntSlider(value=3)</pre>" not in text


def test_experiment_that_never_ran_says_so(site):
    assert "Never run here" in (site / "notebooks" / "second_look.html").read_text()


def test_progress_bar_shows_its_end(text):
    assert "3/3 trials" in text and "1/3 trials" not in text


def test_markup_in_a_cell_is_text(text):
    assert "<script>alert" not in text
    assert text.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 3  # frame, pandas, CSV


def test_same_sheet_twice_has_two_ids(pages, site):
    ids = pages[site / "notebooks" / "gratings.html"].ids
    assert {"table-gratings-kernels", "table-gratings-kernels-2"} <= ids


def test_range_of_cells_limits_the_table(text):
    second = text[text.index('id="table-gratings-kernels-2"') :]
    assert second[: second.index("</table>")].count("<tr>") == 3


def test_table_file_holds_unrounded_numbers(site):
    tables = sorted((site / "_assets" / "notebooks-gratings").glob("table-validation*.csv"))
    assert "0.0101," in tables[0].read_text()


def test_every_record_has_its_page(site, log):
    for record in read_records("gratings", root=log):
        assert (site / "records" / "gratings" / f"{record.key}.html").is_file()


def test_table_rows_link_to_record_pages(text, log):
    linked = set(re.findall(r'href="\.\./records/gratings/([0-9a-f]{16})\.html"', text))
    assert linked == {record.key for record in read_records("gratings", root=log)}


def record_page(site: Path, log: Path, outcome: str) -> str:
    record = next(r for r in read_records("gratings", root=log) if r.outcome == outcome)
    return (site / "records" / "gratings" / f"{record.key}.html").read_text(encoding="utf-8")


def test_record_tells_configuration_cost_curve_and_provenance(site, log):
    text = record_page(site, log, "ok")
    for words in ("kernel_size", "33,617", "191 MiB", "<polyline", "0123456789abcdef", "reported"):
        assert words in text


def test_record_stands_beside_what_its_table_says_was_reported(site, log):
    text = record_page(site, log, "ok")
    assert '<th scope="col" class="n">reported' in text and "0.0103" in text


def test_failed_record_tells_why(site, log):
    assert "This trial ended as failed: no such &lt;mixer&gt;" in record_page(site, log, "failed")


def test_front_page_lists_the_experiments(site):
    text = (site / "index.html").read_text()
    for words in (
        "Gratings through",
        "complete",
        "20 Nov 2026",
        "10/12",
        "fig-loss-small.svg",
        "never run",
    ):
        assert words in text


def test_dated_notes_are_listed_newest_first(site):
    text = (site / "index.html").read_text()
    assert text.index("22 November 2026") < text.index("21 November 2026")


@pytest.mark.parametrize(
    "told", ["3 An older one, α</a>", ": The kernel size changes less than σ²"]
)
def test_front_page_tells_formulas_of_titles_and_notes_in_plain_characters(site, told):
    text = (site / "index.html").read_text()
    assert told in text and "\\sigma" not in text and "$" not in text


def test_feed_tells_the_dated_notes(site):
    feed = ElementTree.parse(site / "atom.xml").getroot()
    space = "{http://www.w3.org/2005/Atom}"
    assert [entry.find(f"{space}updated").text[:10] for entry in feed.findall(f"{space}entry")] == [
        "2026-11-22",
        "2026-11-21",
        "2026-11-19",
    ]


@pytest.mark.parametrize("base", ["https://a.org/log", "https://a.org/log/"])
def test_links_of_the_feed_begin_with_the_address_of_the_site(base):
    assert address(base, "docs/notes") == "https://a.org/log/docs/notes.html"
    assert address("", "docs/notes") == "docs/notes.html"


def test_note_in_rest_is_listed_with_its_reference(site):
    text = (site / "index.html").read_text()
    assert (
        '<a href="docs/notes.html#update-2026-11-19">Notes</a>: Told in reST, of experiment 1'
        in text
    )


def test_role_shows_number_and_title(site):
    text = (site / "docs" / "notes.html").read_text()
    assert "experiment 1: Gratings through a narrow latent</a>" in text


def test_reference_shows_number_and_status(text):
    assert re.search(r"the second look</a>.*?\(expt 2, planned\)", text)
    assert re.search(r"expt 2</a>.*? \(planned\)", text)


def test_reference_without_text_shows_the_title(site):
    text = (site / "notebooks" / "second_look.html").read_text()
    assert "experiment 1: Gratings through a narrow latent</a>" in text


def test_cited_experiment_names_who_cites_it(text):
    assert re.search(
        r'Cited by [^\n]*<a href="\.\./notebooks/second_look\.html">2 A second look', text
    )


def test_citation_leads_to_the_bibliography(text):
    assert re.search(r'href="\.\./docs/references\.html#[^"]*"[^>]*>Tolstikhin', text)


def test_search_index_knows_the_words_of_a_notebook(site):
    assert "grating" in (site / "searchindex.js").read_text()


def test_cells_of_a_table_are_words_of_the_search_index(site):
    terms = set(re.findall(r'"(\w+)":', (site / "searchindex.js").read_text()))
    assert "mlp" in terms and not {term for term in terms if re.fullmatch(r"mlp\d+", term)}
