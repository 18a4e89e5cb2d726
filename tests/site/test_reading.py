"""Numbers, folds, twins for the dark, and records that say what they are."""

import json
import re
from types import SimpleNamespace

import pytest
from nbformat.v4 import new_code_cell, new_output
from tests.log.records.whole import a_record

from labbook.log.records.folder import read_records
from labbook.site.page.outputs import Outputs
from labbook.site.records.files import _curve, _thinned
from labbook.site.records.record import record_html
from labbook.site.records.titles import telling_names


@pytest.fixture(scope="module")
def text(site) -> str:
    return (site / "notebooks" / "gratings.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", ["Table", "Figure"])
def test_tables_and_figures_are_numbered_in_their_order(kind, text):
    numbers = re.findall(rf'class="lb-no"(?: href="#[^"]+")?>{kind} (\d+)<', text)
    assert numbers == [str(number) for number in range(1, len(numbers) + 1)] and numbers


def test_number_of_a_figure_leads_to_it(text):
    assert (
        'href="#fig-loss">Figure 1</a>' in text
        and '<figure class="lb-figure" id="fig-loss"' in text
    )


def test_drawing_has_a_twin_for_the_dark(text, site):
    drawn = re.findall(r'<img class="only-dark"[^>]+src="\.\./([^"]+)"', text)
    assert drawn and all((site / path).is_file() for path in drawn)


def test_long_output_is_folded(text):
    assert "<summary>all 250 lines</summary>" in text


def test_text_after_a_carriage_return_is_what_a_terminal_shows():
    cell = new_code_cell(outputs=[new_output("stream", text=text) for text in ("abcdef\r", "xy")])
    (shown,) = Outputs(None, None, pytest.fail).convert(cell, 1)
    assert shown.text == "xycdef" and cell.outputs[0].text == "abcdef\r"


def test_code_that_displays_is_folded(text):
    shown = text.index("Validation loss over steps, for three decays.")
    fold = text.rindex("<details", 0, shown)
    assert text[fold:].startswith('<details class="lb-code"><summary>code, ')


def test_interval_of_a_metric_stands_beside_it():
    metrics = {"accuracy": 0.7, "accuracy_low": 0.68, "accuracy_high": 0.72, "loss_low": 0.1}
    links = dict.fromkeys(("experiment", "list", "previous", "next", "file"), "")
    page = record_html(a_record(metrics=metrics), {}, [], links, {}, {}, [])
    assert re.findall(r'<td>([^<]+)</td><td class="n">(.*?)</td>', page) == [
        ("accuracy", "0.7 <small>[0.68, 0.72]</small>"),
        ("loss low", "0.1"),
    ]


def test_metric_of_bytes_is_told_in_the_unit_of_its_row_beside_what_was_reported_of_it():
    links = dict.fromkeys(("experiment", "list", "previous", "next", "file"), "")
    record = a_record(metrics={"buffer_bytes": 3 * 2**20})
    page = record_html(record, {}, [], links, {"buffer_bytes": 2.0}, {}, [])
    row = '<td>buffer (MiB)</td><td class="n">3</td><td class="n">2</td><td class="n">+50.0 %</td>'
    assert row in page


def test_metric_of_a_trial_that_diverged_is_no_number_with_an_exponent():
    links = dict.fromkeys(("experiment", "list", "previous", "next", "file"), "")
    metrics = {"loss": float("nan"), "peak": float("inf")}
    page = record_html(a_record(metrics=metrics), {}, [], links, {"loss": 2.0}, {}, [])
    assert re.findall(r'<td>(\w+)</td><td class="n">(.*?)</td>', page) == [
        ("loss", "–"),
        ("peak", "inf"),
    ]
    assert "nan %" not in page


def test_record_of_a_resumed_trial_tells_the_time_of_its_training():
    trained = a_record(history={"inputs": [600]}, throughput={"examples_per_cpu_s": 10.0})
    links = dict.fromkeys(("experiment", "list", "previous", "next", "file"), "")
    page = record_html(trained, {}, [], links, {}, {}, [])
    told = re.search(r"<dt>(CPU time.*?)</dt>\s*<dd>(.*?)</dd>", page)
    assert told.groups() == ("CPU time of the training, which was resumed", "60 s")


def test_title_of_a_record_says_what_was_trained(site, log):
    record = read_records("gratings", root=log)[0]
    page = (site / "records" / "gratings" / f"{record.key}.html").read_text(encoding="utf-8")
    title = re.search(r"<h1>(.*?)</h1>", page)[1]
    told = [f"{name} {record.configuration[name]}" for name in ("mixer", "seed")]
    assert title.startswith("Train: ") and all(part in title for part in told)


def test_settings_that_tell_records_apart_best_come_first():
    few = [{"dataset": "pdb", "seed": n % 2, "width": n} for n in range(5)]
    records = [
        SimpleNamespace(configuration=setting) for setting in [*few, few[0] | {"dataset": "toy"}]
    ]
    assert telling_names(records) == ["width", "seed", "dataset"]


def test_record_gives_the_command_that_makes_it_again(site, log):
    record = read_records("gratings", root=log)[0]
    page = (site / "records" / "gratings" / f"{record.key}.html").read_text(encoding="utf-8")
    assert f'<code class="lb-command">labbook rerun {record.key}</code>' in page


def test_records_of_a_function_have_a_list_of_their_own(site, log):
    folder = site / "records" / "gratings"
    assert 'href="records-train.html">Train</a>' in (folder / "index.html").read_text()
    listed = (folder / "records-train.html").read_text()
    assert all(record.key in listed for record in read_records("gratings", root=log))


def test_a_record_is_also_a_script(site, log):
    record = next(r for r in read_records("gratings", root=log) if r.ok)
    script = (site / "records" / "gratings" / f"{record.key}.js").read_text()
    assert script.startswith("labbookRecord(")
    assert json.loads(script[len("labbookRecord(") : -1])["configuration"] == record.configuration


def test_thinned_curve_keeps_its_ends():
    thin = _thinned([float(value) for value in range(1234)])
    assert len(thin) <= 401 and thin[0] == 0 and thin[-1] == 1233


def test_what_is_no_finite_number_is_no_point():
    assert _thinned([1.0, float("nan"), float("inf")]) == [1.0, None, None]


def test_panels_have_a_twin_for_a_narrow_screen(text, site):
    figure = text[text.index('id="fig-panels"') :]
    narrow = re.findall(r'<source media="screen and[^"]+" srcset="\.\./([^"]+)"', figure)
    assert len(narrow) == 2 and all((site / path).is_file() for path in narrow)


def test_comparison_knows_along_what_a_curve_lies():
    told = _curve("loss", {"epoch": [1, 2], "loss": [0.5, 0.4]})
    assert told == {"values": [0.5, 0.4], "label": "epoch", "over": [1, 2]}
