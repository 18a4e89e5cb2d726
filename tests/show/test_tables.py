"""Tables: what is said of a frame, and how its cells read."""

import json
import math

import numpy as np
import pandas as pd
import pytest

from labbook.show import evidence, tables
from labbook.show.table import cell_text, csv_text, markup


def trials() -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "mixer": ["cnn", "cnn", "mlp", "mlp"],
            "batch_size": [64] * 4,
            "seed": [0, 1, 0, 1],
            "outcome": ["ok", "ok", "ok", "planned"],
            "loss": [0.0102, 0.0106, 0.0066, np.nan],
            "reported_loss": [0.0104, 0.0104, 0.0060, 0.0060],
            "key": ["a" * 16, "b" * 16, "c" * 16, "d" * 16],
        }
    )
    frame.attrs["trials"] = {"planned": 4, "found": 3, "missing": ["d" * 16], "failed": []}
    return frame


def column(spec: dict, name: str) -> dict:
    return next(column for column in spec["columns"] if column["name"] == name)


def html(frame: pd.DataFrame, **options) -> str:
    spec = tables.describe(frame, **options)
    return markup.for_site(spec, "t", [], lambda key: f"records/{key}.html")


def test_nan_and_missing_become_nothing():
    values = [np.nan, None, pd.NA, pd.NaT, np.float64("nan")]
    assert [cell_text.plain(value) for value in values] == [None] * 5


def test_infinity_is_told():
    assert cell_text.plain(float("inf")) == "inf"


def test_loss_that_diverged_is_a_number_among_the_others():
    frame = pd.DataFrame({"loss": [0.01, np.inf, -np.inf, None]})
    shown = html(frame)
    assert column(tables.describe(frame), "loss")["kind"] == "number"
    assert "<td class=n data-v=Infinity>inf" in shown
    assert "<td class=n data-v=-Infinity>−inf" in shown


def test_description_is_json():
    frame = trials().assign(at=[[1, 2], (3,), np.array([4]), None], when=pd.Timestamp("2026-11-22"))
    json.dumps(tables.describe(frame), allow_nan=False)


def test_reported_stands_right_of_ours_with_the_difference():
    spec = tables.describe(trials(), compare={"loss": "reported_loss"})
    names = [column["name"] for column in spec["columns"]]
    at = names.index("loss")
    assert names[at : at + 3] == ["loss", "reported_loss", "loss_difference_percent"]
    assert spec["rows"][2][at + 2] == pytest.approx(10.0)


def test_reported_numbers_show_though_ours_are_missing():
    frame = trials().assign(loss=np.nan)
    assert ">0.01040" in html(frame, compare={"loss": "reported_loss"})


def test_difference_shows_its_sign():
    assert ">+10.0" in html(trials(), compare={"loss": "reported_loss"})


def test_missing_number_is_a_quiet_dash():
    assert '<td class="n x">–' in html(trials())


def test_cells_are_escaped():
    frame = pd.DataFrame({"<b>": ["<script>alert(1)</script>"]})
    assert "<script>" not in html(frame, caption="<i>")


def test_what_all_rows_share_is_told_once():
    spec = tables.describe(trials())
    assert spec["same"] == {"batch size": "64"}
    assert not column(spec, "batch_size")["shown"]


def test_what_all_rows_share_has_its_unit():
    frame = trials().rename(columns={"batch_size": "radius_A"})
    assert tables.describe(frame)["same"] == {"radius": "64 Å"}
    spec = tables.describe(trials(), units={"batch_size": "images"})
    assert spec["same"] == {"batch size": "64 images"}


def test_what_was_given_reads_as_it_was_written():
    frame = trials().assign(learning_rate=[0.003, 0.001, 0.003, 0.001])
    frame = frame[["learning_rate", *[c for c in frame if c != "learning_rate"]]]
    assert ">0.003\n" in html(frame) and "0.00300" not in html(frame)


def test_long_table_scrolls_in_its_own_box():
    assert "lb-tall" in html(pd.DataFrame({"a": range(60)}))


def test_a_plain_table_shows_all_its_columns():
    spec = tables.describe(pd.DataFrame({"a": [1, 1], "b": [2, 3]}))
    assert [column["shown"] for column in spec["columns"]] == [True, True]


def test_a_column_of_nothing_is_there_but_not_shown():
    frame = pd.DataFrame({"unit": ["", " "], "verdict": ["", "holds"], "loss": [math.nan] * 2})
    spec = tables.describe(frame.assign(reported=[None, None]))
    assert [column["shown"] for column in spec["columns"]] == [False, True, True, False]
    assert spec["rows"][0] == ["", "", None, None]


def test_chosen_columns_come_first_with_their_headers():
    spec = tables.describe(trials(), columns={"loss": "final loss", "mixer": "mixer"})
    assert [c["label"] for c in spec["columns"] if c["shown"]] == ["final loss", "mixer", "record"]


def test_index_with_words_becomes_a_column():
    spec = tables.describe(pd.DataFrame({"a": [1, 2]}, index=["first", "second"]))
    assert [row[0] for row in spec["rows"]] == ["first", "second"]


def test_numbers_of_rows_are_no_column():
    spec = tables.describe(pd.DataFrame({"a": [1, 2, 3]}).iloc[[2, 0]])
    assert [column["name"] for column in spec["columns"]] == ["a"]


def test_columns_of_several_levels_have_all_of_these_in_their_names():
    trials = pd.DataFrame({"width": [2, 2], "loss": [1.0, 2.0]})
    frame = trials.groupby("width")[["loss"]].agg(["mean", "max"])
    described = tables.describe(frame.reset_index())
    assert [c["label"] for c in described["columns"]] == ["width", "loss mean", "loss max"]
    assert described["rows"] == [[2, 1.5, 2.0]]


def test_two_columns_of_one_name_are_refused():
    with pytest.raises(ValueError, match="two columns 'a'"):
        tables.describe(pd.DataFrame([[1, 2]], columns=["a", "a"]))


def test_unknown_column_is_named():
    with pytest.raises(KeyError, match="'lozz'"):
        tables.describe(trials(), columns=["lozz"])


def test_sorting_puts_nothing_last():
    spec = tables.describe(trials(), sort="-loss")
    place = [column["name"] for column in spec["columns"]].index("loss")
    assert [row[place] for row in spec["rows"]] == [0.0106, 0.0102, 0.0066, None]


def test_rows_that_are_equal_stay_in_their_order():
    frame = pd.DataFrame({"width": [1, 0] * 20, "seed": range(40)})
    for sort, first in (("width", 1), ("-width", 0)):
        seeds = [seed for _, seed in tables.describe(frame, sort=sort)["rows"]]
        assert seeds == [*range(first, 40, 2), *range(1 - first, 40, 2)]


def test_column_without_an_order_is_named():
    frame = pd.DataFrame({"mixer": ["cnn", 3, "cnn"]})
    with pytest.raises(TypeError, match="'mixer', whose values have no order .*: 'cnn', 3"):
        tables.describe(frame, sort="mixer")


def test_column_that_never_changes_is_in_the_file_only():
    frame = trials()
    assert ">batch size" not in html(frame)
    assert "batch size" in csv_text.as_csv(tables.describe(frame)).splitlines()[0]


def test_record_without_a_page_is_no_link():
    spec = tables.describe(trials())
    assert '<td class="lb-record">–' in markup.for_site(spec, "t", [], lambda key: None)


@pytest.mark.parametrize("text", ["=1+1", "+a", "-b", "@SUM(A1)", "\tx"])
def test_text_that_a_spreadsheet_would_run_is_text_in_the_file(text):
    spec = tables.describe(pd.DataFrame({"note": [text]}))
    assert csv_text.as_csv(spec) in (f"note\n'{text}\n", f'note\n"\'{text}"\n')


@pytest.mark.parametrize("text", ["-0.5", "+3", "a=b", "1e-3"])
def test_text_that_is_a_number_or_no_formula_stays_in_the_file(text):
    assert csv_text.as_csv(tables.describe(pd.DataFrame({"note": [text]}))) == f"note\n{text}\n"


def test_number_of_a_table_leads_to_it():
    told = markup.for_site(tables.describe(trials(), "All."), "t", [], number="Table 3")
    assert '<a class="lb-no" href="#t">Table 3</a> All.</figcaption>' in told


def test_row_links_to_its_record():
    assert f'<a href="records/{"a" * 16}.html">aaaaaa</a>' in html(trials())


def test_trials_are_accounted_for_by_name():
    assert "Trials: 4 planned, 3 found. 1 missing: mixer mlp, seed 1." in html(trials())


def test_trials_stay_accounted_for_over_seeds():
    frame = tables.over_seeds(trials(), "mixer", "loss")
    assert "1 missing: mixer mlp, seed 1." in html(frame)


def test_over_seeds_gives_mean_spread_and_count():
    row = tables.over_seeds(trials(), "mixer", "loss").iloc[0]
    assert row["loss"] == pytest.approx(0.0104)
    assert row["loss_std"] == pytest.approx(np.std([0.0102, 0.0106], ddof=1))
    assert row["loss_n"] == 2


def test_over_seeds_counts_only_what_was_measured():
    row = tables.over_seeds(trials(), "mixer", "loss").iloc[1]
    assert (row["loss_n"], row["n"]) == (1, 2)


@pytest.mark.parametrize("summary", [tables.over_seeds, evidence.summarise])
def test_setting_that_is_called_as_a_count_is_refused(summary):
    frame = pd.DataFrame({"n": [10, 10, 20], "loss": [3.0, 1.0, 2.0]})
    with pytest.raises(ValueError, match="'n' is a setting"):
        summary(frame, "n", "loss")


def test_over_seeds_takes_lists_as_settings():
    frame = pd.DataFrame({"at": [[1], [1], [2]], "loss": [1.0, 3.0, 5.0]})
    assert tables.over_seeds(frame, "at", "loss")["loss"].tolist() == [2.0, 5.0]


def test_mean_spread_and_count_are_one_cell():
    shown = html(tables.over_seeds(trials(), "mixer", "loss"))
    assert "0.01040" in shown and "± 0.00028" in shown and "(2)" in shown
    assert "loss std" not in shown


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ([28.8, 28.8, 28.8], "28.80 <small>± 0 (3)"),
        ([28.8, 28.8001, 28.8], "28.80 <small>± 6e-05 (3)"),
        ([28.8, 28.9, 28.8], "28.83 <small>± 0.06 (3)"),
    ],
)
def test_spread_is_never_rounded_away(values, shown):
    frame = pd.DataFrame({"net": ["a"] * 3, "gflop": values})
    assert shown in html(tables.over_seeds(frame, "net", "gflop"))


def test_inert_parameter_is_flagged():
    frame = trials().assign(inert=["", "", "activation", ""])
    assert '<span class="lb-label lb-warn">no effect: activation</span>' in html(frame)


def test_stale_trials_show_their_freshness():
    frame = trials().assign(freshness=["fresh", "stale: mylib.net changed", "fresh", ""])
    assert column(tables.describe(frame), "freshness")["shown"]


def test_csv_holds_every_column_unrounded():
    frame = pd.DataFrame({"loss": [0.123456789], "wall_time_s": [np.nan]})
    assert csv_text.as_csv(tables.describe(frame)) == "loss,wall time (s)\n0.123456789,\n"


def test_jupyter_gets_plain_html_without_script():
    assert "<script" not in markup.for_notebook(tables.describe(trials()))


def test_empty_table_has_its_headers():
    assert "<th" in html(pd.DataFrame(columns=["a", "b"]))


def test_settings_are_written_with_no_more_places_than_they_have():
    frame = pd.DataFrame({"rate": [0.003, 0.0001], "width": [64.0, 128.0]})
    shown = html(frame)
    assert ">0.0001\n" in shown and ">64 <" in shown


def test_no_trials_give_no_rows_and_all_columns():
    summary = tables.over_seeds(trials().iloc[:0], "mixer", "loss")
    assert list(summary) == ["mixer", "loss", "loss_std", "loss_n", "n", "key"] and not len(summary)


def test_a_table_of_trials_that_have_not_run_has_empty_metrics(capsys):
    frame = pd.DataFrame({"width": [1, 2], "outcome": ["planned", "planned"], "key": ["a", "b"]})
    tables.show(frame, "Nothing has run.", columns=["width", "loss"])
    assert "loss" in capsys.readouterr().out


def test_over_seeds_of_trials_of_which_none_has_ended_well_is_empty():
    frame = pd.DataFrame({"width": [1, 1], "outcome": ["planned", "planned"], "key": ["a", "b"]})
    row = tables.over_seeds(frame, "width", "loss").iloc[0]
    assert (row["n"], row["loss_n"]) == (2, 0) and np.isnan(row["loss"])
