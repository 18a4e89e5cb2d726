"""Which arrays of a trial become pictures, and what these tell."""

import io

import numpy as np
import pytest
from matplotlib.image import imread

from labbook.log.records.folder import write_record
from labbook.log.records.key import record_key
from labbook.log.records.record import Record
from labbook.site.records.pictures import Picture, pictures_html, pictures_of


def kept(folder, **arrays) -> Record:
    """A record with arrays, as it is read from its folder."""
    record = Record(
        key=record_key("gratings.train", {}, None), function="gratings.train",
        experiment="gratings", configuration={}, data_digest=None, outcome="ok",
        start="2026-11-20T10:00:00+00:00", end="2026-11-20T10:00:40+00:00",
        artifacts=sorted(arrays), folder=folder,
    )  # fmt: skip
    write_record(record, folder, arrays)
    return record


def picture_of(folder, array) -> Picture | None:
    (picture,) = pictures_of(kept(folder, array=array)) or [None]
    return picture


def pixels_of(picture: Picture) -> np.ndarray:
    return (255 * imread(io.BytesIO(picture.png))).round().astype(int)


@pytest.mark.parametrize("shape", [(3, 8, 6), (3, 1, 8, 6), (3, 8, 6, 1), (3, 3, 8, 6)])
def test_images_of_bytes_are_a_strip(shape, tmp_path):
    picture = picture_of(tmp_path, np.full(shape, 200, np.uint8))
    pixels = pixels_of(picture)
    assert pixels.shape == (8, 3 * 6 + 2 * 2, 4)
    assert (pixels[:, :6] == [200, 200, 200, 255]).all()


def test_between_images_is_nothing(tmp_path):
    pixels = pixels_of(picture_of(tmp_path, np.ones((2, 8, 6), np.uint8)))
    assert (pixels[:, 6:8, 3] == 0).all()


def test_numbers_are_coloured_about_zero(tmp_path):
    picture = picture_of(tmp_path, np.array([[-1.0, 0.0], [0.5, 2.0]]))
    (low, zero), (_, high) = pixels_of(picture)[..., :3]
    assert low[2] > low[0] and high[0] > high[2]
    assert np.ptp(zero) <= 1
    assert picture.about == "2 × 2, blue −2, white 0, red 2"


def test_the_first_eight_of_many_are_drawn(tmp_path):
    picture = picture_of(tmp_path, np.ones((20, 4, 4)))
    assert picture.width == 8 * 4 + 7 * 2
    assert picture.about.endswith("; the first 8")


@pytest.mark.parametrize(
    "array",
    [
        np.arange(12),
        np.ones(12),
        np.ones((2, 5, 8, 8)),
        np.ones((300, 300)),
        np.full((4, 4), np.nan),
        np.zeros((0, 8, 8), np.uint8),
        np.zeros((0, 8, 8)),
    ],
    ids=["integers", "one axis", "channels", "large", "no numbers", "no images", "no maps"],
)
def test_other_arrays_are_no_pictures(array, tmp_path):
    assert picture_of(tmp_path, array) is None


def test_arrays_of_another_attempt_are_not_shown(tmp_path):
    record = kept(tmp_path, array=np.ones((4, 4)))
    (tmp_path / f"{record.key}.npz").write_bytes(b"")
    assert pictures_of(record) == []


def test_small_pictures_are_drawn_larger_by_a_whole_number(tmp_path):
    picture = picture_of(tmp_path, np.ones((7, 7)))
    assert picture.shown_width == 68 * 7


def test_a_name_that_looks_like_markup_is_text():
    html = pictures_html([Picture('<b>"', "1 × 1", b"", 1)], "0" * 16)
    assert "<b>" not in html


def test_any_name_of_an_array_is_a_file_of_its_own_beside_the_page(tmp_path):
    names = ("map", "../../map", "a b", "a%20b", "a#b", "layer/0")
    pictures = pictures_of(kept(tmp_path, **{name: np.ones((2, 2)) for name in names}))
    files = {picture.file("0a") for picture in pictures}
    assert len(files) == len(names) and "0a.map.png" in files
    assert not any(sign in file for file in files for sign in "/ %#")
