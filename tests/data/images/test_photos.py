"""Folders of photographs: scaling, division, crops, and files that are no images."""

import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from labbook.data import images
from labbook.data.batches import Batches
from labbook.data.images import photos
from labbook.data.images.photos import Crops


def write_picture(path: Path, width: int = 200, height: int = 150, seed: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture
def divided(tmp_path) -> Path:
    """Three photographs to train with, two for validation."""
    for number in range(3):
        write_picture(tmp_path / "train" / f"{number}.png", seed=number)
    for number in range(2):
        write_picture(tmp_path / "val" / f"{number}.png", seed=10 + number)
    return tmp_path


@pytest.mark.parametrize(
    "width, height, scaled",
    [
        (256, 171, (107, 160)),  # longest edge to 160 px
        (171, 256, (160, 107)),
        (800, 200, (96, 384)),  # the shorter edge would be 40 px: no less than a crop
        (50, 40, (128, 160)),  # small ones are enlarged
        (96, 96, (160, 160)),
    ],
)
def test_the_longest_edge_is_160_px_and_no_edge_below_96(tmp_path, width, height, scaled):
    path = write_picture(tmp_path / "x.png", width, height)
    assert photos.read_picture(path).shape == (3, *scaled)


def test_a_grey_picture_has_three_equal_channels(tmp_path):
    Image.fromarray(np.full((120, 160), 77, np.uint8)).save(tmp_path / "grey.png")
    assert photos.read_picture(tmp_path / "grey.png").unique().tolist() == [77]


def test_a_picture_taken_sideways_is_turned_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # the orientation tag: turn by 90 degrees
    Image.new("RGB", (160, 120)).save(tmp_path / "x.jpg", exif=exif)
    assert photos.read_picture(tmp_path / "x.jpg").shape == (3, 160, 120)


def test_sixteen_bits_per_channel_are_refused_rather_than_clipped(tmp_path):
    Image.fromarray(np.full((120, 160), 40_000, np.uint16)).save(tmp_path / "deep.png")
    with pytest.raises(ValueError, match="its pixels are I;16, not 8 bits per channel"):
        photos.read_picture(tmp_path / "deep.png")


def test_validation_images_are_the_centres(divided):
    validation = images.load("photos", "validation", divided)
    picture = photos.read_picture(divided / "val" / "1.png")  # 120 x 160 px
    assert validation.pixels.shape == (2, 3, 96, 96)
    assert torch.equal(validation.pixels[1], picture[:, 12:108, 32:128])


def test_a_folder_without_subfolders_validates_with_the_first_hundred(tmp_path):
    for number in range(103):
        write_picture(tmp_path / f"{number:03}.png", 160, 96, seed=number)
    train = images.load("photos", "train", tmp_path)
    validation = images.load("photos", "validation", tmp_path)
    assert (len(train.pictures), len(validation)) == (3, 100)
    assert torch.equal(train.pictures[0], photos.read_picture(tmp_path / "100.png"))


def test_every_photograph_gives_three_crops_an_epoch(divided):
    crops = images.load("photos", "train", divided)
    assert (len(crops), crops.image_shape) == (9, (3, 96, 96))


def ramp(height: int, width: int) -> torch.Tensor:
    """A picture whose channels are the row and the column of each pixel."""
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return torch.stack([rows, columns]).to(torch.uint8)


def test_crops_are_the_same_on_every_machine():
    crops = Crops((ramp(120, 160), ramp(160, 120)), crops_per_picture=2)
    corners = crops.gather(torch.arange(4), seed=0, epoch=0)[:, :, 0, 0]
    assert corners.tolist() == [[13, 46], [4, 27], [47, 10], [35, 1]]


def test_a_crop_does_not_depend_on_its_batch():
    crops = Crops((ramp(120, 160), ramp(160, 120)), crops_per_picture=2)
    alone = crops.gather(torch.tensor([2]), seed=5, epoch=7)
    together = crops.gather(torch.tensor([0, 3, 2]), seed=5, epoch=7)
    assert torch.equal(alone[0], together[2])


def test_a_crop_moves_with_seed_and_epoch():
    crops = Crops((ramp(160, 160),), crops_per_picture=1)
    places = {(seed, epoch): crops.gather(torch.tensor([0]), seed, epoch)[0, :, 0, 0].tolist()
              for seed in range(3) for epoch in range(3)}  # fmt: skip
    assert len({tuple(place) for place in places.values()}) == 9


def test_crops_reach_every_place_and_no_further():
    crops = Crops((ramp(100, 98),), crops_per_picture=2000)
    corners = crops.gather(torch.arange(2000))[:, :, 0, 0]
    assert {tuple(corner) for corner in corners.tolist()} == {
        (top, left) for top in range(5) for left in range(3)
    }


def test_batches_of_crops_resume_like_others(divided):
    crops = images.load("photos", "train", divided)
    straight, resumed = Batches(crops, 4, seed=1), Batches(crops, 4, seed=1)
    assert [len(straight.batch(step)) for step in range(3)] == [4, 4, 1]
    assert torch.equal(resumed.batch(5), straight.batch(5))


def test_bad_files_among_good_ones_are_skipped_by_name(divided):
    (divided / "train" / "note.png").write_text("this is no picture")
    whole = write_picture(divided / "train" / "whole.jpg")
    (divided / "train" / "cut.jpg").write_bytes(whole.read_bytes()[:2000])
    with pytest.warns(UserWarning) as caught:
        crops = images.load("photos", "train", divided)
    messages = sorted(str(warning.message) for warning in caught)
    assert "cut.jpg: not a readable image" in messages[0] and "truncated" in messages[0]
    assert "note.png: not a readable image" in messages[1]
    assert (len(messages), len(crops.pictures)) == (2, 4)


def test_good_files_give_no_warning(divided):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        images.load("photos", "train", divided)


def test_only_bad_files_is_an_error(tmp_path):
    for folder in ("train", "val"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "note.png").write_text("this is no picture")
    with pytest.raises(ValueError, match=r"none of its 1 images can be read; .*note\.png: not a"):
        images.load("photos", "train", tmp_path)


def test_an_empty_folder_is_told(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"holds no images \(files named \.bmp, "):
        images.load("photos", "train", tmp_path)


def test_too_few_images_to_train_with_are_counted(tmp_path):
    write_picture(tmp_path / "x.png")
    with pytest.raises(FileNotFoundError, match="has 1 images; the first 100 are for validation"):
        images.load("photos", "train", tmp_path)


def test_a_missing_folder_is_told(tmp_path):
    with pytest.raises(FileNotFoundError, match="no such folder of photographs"):
        images.load("photos", "train", tmp_path / "nowhere")


def test_without_a_folder_the_variable_is_named(monkeypatch):
    monkeypatch.delenv("LABBOOK_DATA", raising=False)
    with pytest.raises(FileNotFoundError, match="LABBOOK_DATA"):
        images.load("photos", "train")


def test_the_digest_of_a_missing_folder_is_none(tmp_path, monkeypatch):
    monkeypatch.delenv("LABBOOK_DATA", raising=False)
    assert images.digest("photos", tmp_path / "nowhere") is None
    assert images.digest("photos") is None


def test_the_digest_does_not_depend_on_where_the_folder_lies(divided, tmp_path):
    before = images.digest("photos", divided)
    moved = divided.rename(divided.with_name("moved"))
    assert images.digest("photos", moved) == before == images.load("photos", "train", moved).digest


@pytest.mark.parametrize("change", ["content", "name", "removal"])
def test_the_digest_changes_with_the_images(divided, change):
    before = images.digest("photos", divided)
    path = divided / "train" / "1.png"
    if change == "content":
        write_picture(path, seed=99)
    elif change == "name":
        path.rename(path.with_name("4.png"))
    else:
        path.unlink()
    assert images.digest("photos", divided) != before


def test_the_sample_photographs_share_no_pixel_between_splits():
    train = images.load("sample_photos", "train")
    validation = images.load("sample_photos", "validation")
    assert [tuple(p.shape) for p in train.pictures] == [(3, 427, 448)] * 2
    assert validation.pixels.shape == (16, 3, 96, 96)
    whole = photos.read_picture(photos._sample_files()[0], longest_edge_px=640)
    assert torch.equal(train.pictures[0], whole[:, :, :448])
    assert torch.equal(validation.pixels[0], whole[:, :96, 448:544])


def test_the_digest_of_the_sample_photographs_is_known():
    assert images.digest("sample_photos") == (
        "sha256:0245443ca53b580c5dcebbdaffc9dc471a7786a1055632c9e3d8f2fdc9a92ef0"
    )
