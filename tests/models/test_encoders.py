"""The small image encoders of the zoo."""

import math

import pytest
import torch

from labbook.models.hypernet.encoders import KINDS, AttributeClassifier, ImageEncoder


@pytest.mark.parametrize("kind", KINDS)
def test_an_image_becomes_a_feature(kind):
    assert ImageEncoder(kind, 4, 48)(torch.randn(2, 3, 16, 16)).shape == (2, 48)


def parameters(kind):
    return sum(p.numel() for p in ImageEncoder(kind, 16, 96).parameters())


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("cnn", 3 * 16 * 9 + 2 * 16 + 16 * 32 * 9 + 2 * 32 + 512 * 96 + 96),
        ("plain", 3 * 16 * 9 + 16 + 16 * 32 * 9 + 32 + 512 * 96 + 96),
        ("patches", 3 * 16 * 16 + 2 * 16 + 16 * 32 + 2 * 32 + 512 * 96 + 96),
        ("mlp", 768 * 128 + 128 + 128 * 96 + 96),
    ],
)
def test_parameters_are_those_of_the_layers(kind, expected):
    assert parameters(kind) == expected


def test_patches_see_nothing_of_each_other_before_they_are_joined():
    layers = ImageEncoder("patches", 4, 8).eval().layers[:-2]
    images = torch.randn(1, 3, 16, 16)
    changed = images.clone()
    changed[:, :, :4, :4] += 1
    moved = (layers(images) - layers(changed)).abs().sum(1)[0] > 0
    assert moved[0, 0] and moved.sum() == 1


def test_an_unknown_kind_is_told():
    with pytest.raises(ValueError, match="no kind of encoder 'vit'; there are cnn, plain"):
        ImageEncoder("vit", 4, 48)


def test_an_edge_that_strides_do_not_divide_is_refused():
    with pytest.raises(ValueError, match="edge_px is 18"):
        ImageEncoder("cnn", 4, 48, edge_px=18)


def test_a_guess_costs_one_for_each_attribute():
    classifier = AttributeClassifier(ImageEncoder("mlp", 2, 8), [10, 3], [2.0, 0.5])
    with torch.no_grad():
        classifier.head.weight.zero_()
        classifier.head.bias.zero_()
    loss = classifier.loss(torch.randn(4, 3, 16, 16), torch.zeros(4, 2, dtype=torch.int64))
    assert math.isclose(loss.item(), 2.5, rel_tol=1e-6)


def test_the_loss_of_attributes_is_that_of_the_formula():
    classifier = AttributeClassifier(ImageEncoder("mlp", 2, 8), [10, 3], [2.0, 0.5])
    images, attributes = torch.randn(4, 3, 16, 16), torch.tensor([[7, 0], [2, 2], [0, 1], [9, 1]])
    logits = classifier.head(classifier.encoder(images).clamp(min=0))
    of_first, of_second = (part.log_softmax(1) for part in (logits[:, :10], logits[:, 10:]))
    rows = torch.arange(4)
    expected = -2.0 * of_first[rows, attributes[:, 0]].mean() / math.log(10)
    expected -= 0.5 * of_second[rows, attributes[:, 1]].mean() / math.log(3)
    torch.testing.assert_close(classifier.loss(images, attributes), expected)


def test_each_attribute_has_its_logits():
    classifier = AttributeClassifier(ImageEncoder("mlp", 2, 8), [10, 3])
    assert [logits.shape for logits in classifier(torch.randn(4, 3, 16, 16))] == [(4, 10), (4, 3)]


def test_weights_are_one_for_each_attribute():
    with pytest.raises(ValueError, match="2 attributes need as many weights, not 3"):
        AttributeClassifier(ImageEncoder("mlp", 2, 8), [10, 3], [1, 1, 1])
