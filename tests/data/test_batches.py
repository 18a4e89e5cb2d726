"""The order of batches, and that a resumed run sees what an uninterrupted one sees."""

import pytest
import torch

from labbook.data import images
from labbook.data.batches import Batches
from labbook.data.images import Images
from labbook.data.order import generator


def counted(count: int) -> Images:
    """Images of one pixel, whose value is their index (below 256) and label their index."""
    index = torch.arange(count)
    return Images(index.to(torch.uint8)[:, None, None, None], index, "counted", "train", "")


def test_the_order_of_an_epoch_is_the_same_on_every_machine():
    batches = Batches(counted(60_000), 64, seed=0)
    assert batches.indices(0)[:6].tolist() == [41676, 23406, 51989, 39254, 53524, 16512]
    assert batches.indices(938)[:6].tolist() == [1164, 24142, 43287, 44230, 39707, 43901]


def test_every_epoch_holds_every_image_once():
    batches = Batches(counted(200), 64)
    for epoch in range(2):
        steps = range(epoch * len(batches), (epoch + 1) * len(batches))
        seen = torch.cat([batches.indices(step) for step in steps])
        assert seen.sort().values.tolist() == list(range(200))


def test_the_smaller_last_batch_of_an_epoch_is_kept():
    batches = Batches(counted(60_000), 64)
    assert len(batches) == 938
    assert [len(batches.batch(step)) for step in (936, 937, 938)] == [64, 32, 64]


def test_images_seen_are_counted_over_epochs():
    batches = Batches(counted(60_000), 64)
    assert [batches.seen(steps) for steps in (0, 1, 937, 938, 939)] == [
        0, 64, 59_968, 60_000, 60_064
    ]  # fmt: skip
    assert batches.seen(15_633) == 1_000_000


def test_any_batch_can_be_asked_for_in_any_order():
    straight, jumping = Batches(counted(200), 64, seed=3), Batches(counted(200), 64, seed=3)
    order = [9, 0, 5, 9, 2, 7]
    assert all(torch.equal(jumping.batch(s), straight.batch(s)) for s in order)


def test_epochs_and_seeds_have_unrelated_orders():
    firsts = {
        tuple(Batches(counted(1000), 50, seed=seed).indices(20 * epoch).tolist())
        for seed in range(5)
        for epoch in range(5)
    }
    assert len(firsts) == 25


def test_zeros_at_the_end_of_a_seed_do_not_count_and_all_else_does():
    numbers = [(1,), (1, 0), (1, 0, 0), (0, 1), (1, 1), (2,)]
    drawn = [generator(*each).initial_seed() for each in numbers]
    assert drawn[0] == drawn[1] == drawn[2] and len(set(drawn)) == 4


def test_a_batch_is_the_pixels_over_255():
    batches = Batches(counted(200), 64)
    batch = batches.batch(1)
    assert batch.dtype == torch.float32
    assert torch.equal(batch.flatten(), batches.indices(1) / 255)


def test_batches_do_not_share_memory():
    batches = Batches(counted(200), 64)
    first = batches.batch(0)
    kept = first.clone()
    batches.batch(1)
    assert torch.equal(first, kept)


def test_a_batch_size_above_the_number_of_images_gives_them_all():
    batches = Batches(images.load("digits", "train"), 5000)
    assert (len(batches), len(batches.batch(0))) == (1, 1500)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU on this machine")
def test_a_batch_on_the_gpu_is_the_same():
    on_gpu = Batches(counted(200), 64, device="cuda").batch(2)
    assert on_gpu.is_cuda
    assert torch.equal(on_gpu.cpu(), Batches(counted(200), 64).batch(2))


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        ({"batch_size": 0}, "batch_size is 0; a batch needs at least 1 image"),
        ({"batch_size": 8, "seed": -1}, "the seed is -1; it must not be negative"),
    ],
)
def test_impossible_arguments_are_told(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        Batches(counted(10), **arguments)


def test_a_split_without_images_is_told():
    with pytest.raises(ValueError, match="counted has no images in its split 'train'"):
        Batches(counted(0), 8)
