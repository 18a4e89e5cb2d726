"""The search of the site finds records, from the disk: by key and by setting."""

import time

import pytest

from labbook.log.records.folder import read_records

FOUND = ".lb-found li a"


@pytest.fixture
def search(page):
    """``search(words)``: titles and addresses of the records that are found."""

    def find(words: str) -> list[tuple[str, str]]:
        browser = page("search")
        browser.get(f"{browser.current_url.split('?')[0]}?q={words.replace(' ', '+')}")
        until = time.monotonic() + 20
        while time.monotonic() < until:
            if browser.find_elements("css selector", "#search-results li, .lb-found li"):
                break
            time.sleep(0.1)
        time.sleep(0.3)
        links = browser.find_elements("css selector", FOUND)
        return [(link.text, link.get_attribute("href")) for link in links]

    return find


@pytest.mark.parametrize("digits", [8, 16])
def test_a_record_is_found_by_its_key(digits, search, log):
    key = read_records("gratings", root=log)[0].key
    assert [href.rsplit("/", 1)[1] for _, href in search(key[:digits])] == [f"{key}.html"]


@pytest.mark.parametrize("words", ["kernel_size 3 mixer mlp", "mixer:mlp kernel_size=3"])
def test_records_are_found_by_their_settings(words, search, log):
    configurations = [r.configuration for r in read_records("gratings", root=log)]
    fitting = [c for c in configurations if (c["kernel_size"], c["mixer"]) == (3, "mlp")]
    found = search(words)
    assert len(found) >= len(fitting) > 0
    assert all("mixer mlp" in title for title, _ in found[: len(fitting)])


def test_found_record_leads_to_its_page(search, page, browser):
    (_, address), *_ = search("mixer mlp")
    browser.get(address)
    title = browser.find_element("css selector", "h1").text
    assert title.startswith("Train: ") and "mixer mlp" in title


@pytest.mark.parametrize("words", ["grating kangaroo", "="])
def test_what_is_in_no_record_finds_none(words, search):
    assert search(words) == []


@pytest.mark.parametrize("number", ["1024", "1,024", "-0.5"])
def test_number_is_found_as_a_keyboard_writes_it(number, page):
    browser = page("search")
    browser.get(f"{browser.current_url}?q={number}")
    browser.execute_script("labbookRecords([['waves/0a', 'Train', 'width 1,024 shift −0.5']])")
    assert len(browser.find_elements("css selector", FOUND)) == 1
