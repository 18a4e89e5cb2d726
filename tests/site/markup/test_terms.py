"""Terms of the glossary are linked where a page uses them first."""

import re

import pytest

from labbook.site.markup.terms import first_uses


@pytest.fixture(scope="module")
def text(site) -> str:
    return (site / "notebooks" / "gratings.html").read_text(encoding="utf-8")


def test_first_use_leads_to_the_glossary(text):
    assert re.search(
        r'class="lb-term[^"]*" href="\.\./docs/glossary\.html#term-mixer">mixer</a>', text
    )


def test_a_term_is_linked_once(text):
    assert text.count("glossary.html#term-mixer") == 1


def test_a_word_in_code_or_in_a_heading_is_no_link(text):
    assert not re.search(r"<(h\d|pre|code)[^>]*>[^<]*<a class=\"lb-term", text)


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("It stands Holm’s correction.", "holm's correction"),
        ("larger by one kernel\nsize than before", "kernel size"),
        ("Mixers help.", "mixer"),
    ],
)
def test_a_term_is_found_as_a_page_writes_it(text, term):
    terms = {"holm's correction", "kernel size", "mixer", "mix"}
    assert [found for found, _ in first_uses(text, terms)] == [term]


def test_a_longer_term_goes_before_one_that_it_begins_with():
    found = [term for term, _ in first_uses("batch norm, batch", {"batch", "batch norm"})]
    assert found == ["batch norm", "batch"]
