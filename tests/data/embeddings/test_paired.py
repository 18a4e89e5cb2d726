"""Paired embeddings on the disk, in batches, and the zero-shot test."""

import numpy as np
import pytest
import torch

from labbook.data import embeddings
from labbook.data.embeddings import PairBatches, PairedEmbeddings


def rows(count, width, seed=0):
    return np.random.default_rng(seed).normal(size=(count, width)).astype(np.float32)


def pairs(count=100):
    """Each number tells its row: texts hold i, images i + 0.25 and so on."""
    index = np.arange(count, dtype=np.float32)[:, None]
    images = {"a": index + 0.25, "b": index + 0.5, "wide": np.repeat(index + 0.75, 2, axis=1)}
    return PairedEmbeddings(index, images)


@pytest.fixture
def folder(tmp_path):
    """Texts and the images of two encoders, of 50 pairs."""
    for name, width in (("text", 4), ("narrow", 3), ("wide", 6)):
        embeddings.write_map(tmp_path, name, [rows(30, width), rows(20, width, 1)], 50)
    return tmp_path


def test_what_was_written_in_blocks_is_read_as_one_map(folder):
    read = embeddings.read(folder, "text", ["narrow", "wide"])
    written = np.concatenate([rows(30, 4), rows(20, 4, 1)]).astype(np.float16)
    assert np.array_equal(read.texts, written)
    assert {name: of.shape for name, of in read.images.items()} == {
        "narrow": (50, 3),
        "wide": (50, 6),
    }


def test_maps_are_memory_maps(folder):
    read = embeddings.read(folder, "text", ["narrow"])
    assert all(isinstance(of, np.memmap) for of in (read.texts, read.of("narrow")))


def test_half_precision_keeps_three_digits(tmp_path):
    embeddings.write_map(tmp_path, "text", [rows(50, 4)], 50)
    read = embeddings.read(tmp_path, "text", [])
    assert read.texts.dtype == np.float16
    np.testing.assert_allclose(read.texts, rows(50, 4), rtol=5e-4, atol=1e-6)


def test_digest_is_that_of_the_values(folder, tmp_path):
    read = embeddings.read(folder, "text", ["narrow"])
    again = embeddings.read(folder, "text", ["narrow"])
    assert read.digest == again.digest
    embeddings.write_map(folder, "narrow", [rows(50, 3, seed=9)], 50)
    assert embeddings.read(folder, "text", ["narrow"]).digest != read.digest


def test_digest_in_memory_tells_which_encoder_is_which():
    one = PairedEmbeddings(rows(5, 2), {"a": rows(5, 3), "b": rows(5, 3, 1)})
    other = PairedEmbeddings(rows(5, 2), {"b": rows(5, 3), "a": rows(5, 3, 1)})
    assert one.digest != other.digest


def test_unequal_counts_are_refused(folder):
    embeddings.write_map(folder, "short", [rows(49, 3)], 49)
    with pytest.raises(ValueError, match="50 texts and 49 images of short"):
        embeddings.read(folder, "text", ["narrow", "short"])


def test_a_row_that_is_not_finite_is_named(tmp_path):
    bad = rows(20, 3)
    bad[7, 1] = np.nan
    with pytest.raises(ValueError, match="text: row 37 holds a number that is not finite"):
        embeddings.write_map(tmp_path, "text", [rows(30, 3), bad], 50)


def test_a_number_too_large_for_half_precision_is_named(tmp_path):
    with pytest.raises(ValueError, match="row 0 holds a number that is not finite"):
        embeddings.write_map(tmp_path, "text", [np.full((2, 3), 1e6)], 2)


def test_a_map_that_failed_leaves_nothing(tmp_path):
    with pytest.raises(ValueError, match="the blocks hold 30 rows, not 50"):
        embeddings.write_map(tmp_path, "text", [rows(30, 3)], 50)
    assert not list(tmp_path.iterdir())


def test_a_map_that_nothing_can_tell_of_leaves_nothing(tmp_path):
    (tmp_path / "text.json").mkdir()
    with pytest.raises(OSError):
        embeddings.write_map(tmp_path, "text", [rows(50, 3)], 50)
    assert list(tmp_path.iterdir()) == [tmp_path / "text.json"]


def test_too_many_rows_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"block of shape \(30, 3\) does not fit after 30 of 50"):
        embeddings.write_map(tmp_path, "text", [rows(30, 3), rows(30, 3)], 50)


def test_a_truncated_map_is_told(folder):
    content = (folder / "narrow.npy").read_bytes()
    (folder / "narrow.npy").write_bytes(content[:-40])
    with pytest.raises(ValueError, match="cut short or damaged: it should hold 50 rows of 3"):
        embeddings.read(folder, "text", ["narrow"])


def test_a_map_of_another_shape_is_told(folder):
    np.save(folder / "narrow.npy", rows(50, 2).astype(np.float16))
    with pytest.raises(ValueError, match=r"holds \(50, 2\) float16, but was written as \[50, 3\]"):
        embeddings.read(folder, "text", ["narrow"])


def test_a_missing_map_is_told(folder):
    with pytest.raises(FileNotFoundError, match="no embeddings of other"):
        embeddings.read(folder, "text", ["other"])


def test_an_unknown_encoder_is_told():
    with pytest.raises(ValueError, match="image encoder 'c'; there are those of a, b, wide"):
        PairBatches(pairs(), [["c"]], 10)


def test_a_batch_pairs_texts_with_their_images():
    texts, images = PairBatches(pairs(), [["a", "b"]], 16, seed=3).batch(2)
    assert texts.shape == (16, 1) and images.shape == (2, 16, 1)
    assert torch.equal(images[0], texts + 0.25) and torch.equal(images[1], texts + 0.5)


def test_an_epoch_is_every_pair_once():
    batches = PairBatches(pairs(), [["a"]], 16)
    seen = torch.cat([batches.batch(step)[0] for step in range(len(batches))])
    assert sorted(seen.flatten().tolist()) == list(range(100))
    assert len(batches) == 7 and batches.seen(8) == 116


def test_families_take_turns():
    batches = PairBatches(pairs(), [["a", "b"], ["wide"]], 16)
    shapes = [tuple(batches.batch(step)[1].shape) for step in range(3)]
    assert shapes == [(2, 16, 1), (1, 16, 2), (2, 16, 1)]


def test_families_take_turns_across_the_end_of_an_epoch():
    batches = PairBatches(pairs(), [["a", "b"], ["wide"]], 16)  # 7 batches: an odd number
    encoders = [len(batches.batch(step)[1]) for step in range(14)]
    assert encoders == [2, 1] * 7


def test_the_next_epoch_has_another_order():
    batches = PairBatches(pairs(), [["a"]], 100)
    assert not torch.equal(batches.batch(0)[0], batches.batch(1)[0])


def test_the_order_of_pairs_is_the_same_on_every_machine():
    of_seeds = [PairBatches(pairs(), [["a"]], 6, seed).batch(0)[0] for seed in (0, 1)]
    assert [texts.flatten().tolist() for texts in of_seeds] == [
        [27, 37, 13, 83, 85, 56], [68, 20, 1, 32, 21, 63]
    ]  # fmt: skip


def test_any_step_can_be_asked_for_again():
    batches = PairBatches(pairs(), [["a"]], 16, seed=1)
    first = batches.batch(3)[0]
    batches.batch(20)
    assert torch.equal(batches.batch(3)[0], first)


def test_only_the_first_rows_are_used():
    batches = PairBatches(pairs(), [["a"]], 16, rows=30)
    seen = torch.cat([batches.batch(step)[0] for step in range(len(batches))])
    assert sorted(seen.flatten().tolist()) == list(range(30))


def test_more_rows_than_there_are_is_refused():
    with pytest.raises(ValueError, match="101 pairs are asked for; there are 100"):
        PairBatches(pairs(), [["a"]], 16, rows=101)


def test_a_family_of_two_widths_is_refused():
    with pytest.raises(ValueError, match="encoders of one width"):
        PairBatches(pairs(), [["a", "wide"]], 16)


def test_zero_shot_accuracy_counts_the_nearest_class():
    classes = torch.eye(3) * torch.tensor([[1.0], [5.0], [0.1]])
    images = torch.tensor([[1.0, 0.9, 0], [0, 1, 0], [0, 0.2, 0.3], [1, 0, 0]])
    assert embeddings.zero_shot_accuracy(classes, images, torch.tensor([0, 1, 2, 2])) == 0.75


def test_zero_shot_accuracy_needs_one_width():
    with pytest.raises(ValueError, match="classes of width 2 .* images of width 3"):
        embeddings.zero_shot_accuracy(torch.eye(2), torch.eye(3), torch.arange(3))
