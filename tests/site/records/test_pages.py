"""What lies in the folder of an experiment's records."""

import pytest

from labbook.site.records.addresses import list_name
from labbook.site.records.lists import index_html
from labbook.site.records.pages import _remove_others


@pytest.mark.parametrize(
    ("function", "name"),
    [
        ("waves.train", "records-train"),
        ("waves.Wide.train", "records-Wide-train"),
        ("waves.Deep.train", "records-Deep-train"),
        ('waves.x"><script>/', "records-x---script--"),
    ],
)
def test_each_function_has_a_list_whose_name_is_one_of_a_file(function, name):
    assert list_name(function) == name
    assert f'href="{name}.html"' in index_html("Waves", {function: []}, "")


def test_functions_of_two_classes_are_called_apart():
    page = index_html("Waves", {"waves.Wide.train": [], "waves.Deep.train": []}, "")
    assert ">Wide.train</a>" in page and ">Deep.train</a>" in page


def test_list_of_a_function_that_has_no_records_any_more_goes(tmp_path):
    folder = tmp_path / "records" / "waves"
    folder.mkdir(parents=True)
    of_today = {"index.html", "records-train.html", "records-train.csv", "0a.html", "0a.map.png"}
    for name in (*of_today, "records-fit.html", "records-fit.csv", "0b.json"):
        (folder / name).touch()
    _remove_others(tmp_path, {f"records/waves/{page}" for page in ("index", "records-train", "0a")})
    assert {path.name for path in folder.iterdir()} == of_today


def test_folder_of_an_experiment_without_records_goes(tmp_path):
    (tmp_path / "records" / "waves").mkdir(parents=True)
    (tmp_path / "records" / "waves" / "index.html").touch()
    _remove_others(tmp_path, set())
    assert not (tmp_path / "records" / "waves").exists()
