"""The records that a row is the mean of: links to them, and which are compared."""

import pandas as pd

from labbook.show import tables
from labbook.show.table import markup


def mean_of(trials: int, without_a_record: int | None = None) -> tuple[list[str], str]:
    """Keys, and a table whose only row is the mean of their trials."""
    keys = [f"{number:08x}{number:08x}" for number in range(trials)]
    spec = tables.describe(pd.DataFrame({"loss": [0.5], "key": [keys]}), "Their mean.")
    known = {key: f"records/{key}.html" for key in keys}
    if without_a_record is not None:
        del known[keys[without_a_record]]

    def link(key, listed=False):
        return "records/all.html" if listed else known.get(key)

    return keys, markup.for_site(spec, "t", [], link)


def test_row_of_many_records_links_to_the_first_and_to_the_list_of_these():
    keys, told = mean_of(9)
    short = ".".join(key[:8] for key in keys)
    more = f'<a href="records/all.html#keys={short}">+3</a>'
    assert f'<a href="records/{keys[5]}.html">6</a> {more}' in told


def test_row_of_many_records_names_all_of_them_for_comparisons():
    keys, told = mean_of(9)
    assert f'data-keys="{" ".join(keys)}"' in told


def test_trial_without_a_record_is_not_compared():
    keys, told = mean_of(9, without_a_record=8)
    assert f'data-keys="{" ".join(keys[:8])}"' in told


def test_row_of_more_trials_than_are_compared_says_so_and_leads_to_all_of_them():
    keys, told = mean_of(markup.COMPARED_AT_MOST + 1)
    assert 'data-keys=""' in told
    assert f"#keys={'.'.join(key[:8] for key in keys)}" in told


def test_row_without_any_trial_has_no_record():
    frame = pd.DataFrame({"loss": [0.5, None], "key": [["0" * 16], []]})
    shown = markup.for_site(tables.describe(frame), "t", [], lambda key: f"records/{key}.html")
    assert shown.count('<td class="lb-record">–') == 1
