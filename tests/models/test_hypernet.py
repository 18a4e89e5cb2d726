"""Connectors, the hypernetwork that makes them, and conditions of unseen encoders."""

import pytest
import torch
from tests.benchmarks.plain_hypernet import PlainHyperNetwork
from torch.nn.functional import normalize

from labbook.models.hypernet import AutoDecoded, Connector, HyperNetwork, contrastive_loss
from labbook.training.measure import count_parameters

SIZES = {
    "image_dims": (6, 10, 12),
    "text_dim": 8,
    "condition_dim": 4,
    "max_image_dim": 16,
    "hidden_factors": (2, 5),
}


@pytest.fixture
def hypernetwork():
    return HyperNetwork(9, **SIZES)


@pytest.fixture
def texts():
    return normalize(torch.randn(7, 8), dim=-1)


@pytest.mark.parametrize("image_dim, parameters", [(384, 295_296), (768, 590_592), (1024, 787_456)])
def test_a_connector_has_the_parameters_of_the_original(image_dim, parameters):
    assert count_parameters(Connector(768, image_dim)) == parameters


@pytest.mark.parametrize(
    "decoders, parameters", [("separate", 606_088_992), ("joint", 606_018_720)]
)
def test_a_hypernetwork_has_the_parameters_of_the_original(decoders, parameters):
    with torch.device("meta"):
        assert count_parameters(HyperNetwork(30, decoders=decoders)) == parameters


def test_the_loss_of_pairs_that_cannot_be_told_apart_is_the_logarithm_of_their_number():
    same = normalize(torch.ones(5, 3), dim=-1)
    torch.testing.assert_close(contrastive_loss(same, same), torch.tensor(5.0).log())


def test_the_loss_is_the_same_in_both_directions():
    texts, images = (normalize(torch.randn(7, 4), dim=-1) for _ in range(2))
    torch.testing.assert_close(contrastive_loss(texts, images), contrastive_loss(images, texts))


def test_several_encoders_have_the_losses_that_each_has_alone():
    mapped, images = (normalize(torch.randn(3, 7, 4), dim=-1) for _ in range(2))
    alone = [contrastive_loss(*one) for one in zip(mapped, images, strict=True)]
    torch.testing.assert_close(contrastive_loss(mapped, images), torch.stack(alone))


def test_the_loss_is_finite_where_exponentials_are_not():
    mapped = normalize(torch.ones(7, 4), dim=-1)  # e^100 is beyond float32
    assert contrastive_loss(mapped, mapped).isfinite()


def test_second_derivatives_of_the_loss_are_refused():
    mapped, images = (torch.randn(7, 4, requires_grad=True) for _ in range(2))
    loss = contrastive_loss(mapped, images)
    with pytest.raises(RuntimeError, match="contrastive_loss has no second derivatives"):
        torch.autograd.grad(loss, mapped, create_graph=True)


def test_second_derivatives_of_a_hypernetwork_are_refused(hypernetwork, texts):
    weight = hypernetwork.weight_rows.used.weight
    mapped = hypernetwork(texts, 10).square().sum()
    (slope,) = torch.autograd.grad(mapped, weight, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        slope.square().sum().backward()


def test_mapped_texts_have_length_one(hypernetwork, texts):
    lengths = hypernetwork(texts, 10).norm(dim=-1)
    torch.testing.assert_close(lengths, torch.ones(3, 7))


@pytest.mark.parametrize("decoders", ["separate", "joint"])
@pytest.mark.parametrize("norm", [True, False])
@pytest.mark.parametrize("image_dim", SIZES["image_dims"])
def test_stored_connectors_map_as_in_training(texts, decoders, norm, image_dim):
    hypernetwork = HyperNetwork(9, **SIZES, decoders=decoders, norm=norm)
    stored = [hypernetwork.connector(encoder) for encoder in hypernetwork.encoders(image_dim)]
    mapped = torch.stack([connector(texts) for connector in stored])
    torch.testing.assert_close(mapped, hypernetwork(texts, image_dim))


def test_the_encoders_of_a_width_are_numbered_one_after_the_other(hypernetwork):
    assert [*hypernetwork.encoders(10)] == [3, 4, 5]


def test_an_encoder_has_the_width_of_its_family(hypernetwork):
    assert [*map(hypernetwork.image_dim, range(9))] == [6, 6, 6, 10, 10, 10, 12, 12, 12]


def test_norm_changes_what_a_bias_counts_by_the_root_of_the_text_dimensions():
    biases = []
    for norm in (True, False):
        torch.manual_seed(0)
        hypernetwork = HyperNetwork(9, **SIZES, norm=norm)
        weights, bias = hypernetwork.decode(hypernetwork.family_conditions(6), 6)
        biases.append(bias / weights.flatten(1).norm(dim=1)[:, None])
    torch.testing.assert_close(biases[0], biases[1] * 8**0.5)


def test_init_divides_the_weights_of_the_last_layer_and_clears_its_biases():
    layers = []
    for init in (None, 10.0):
        torch.manual_seed(0)
        layers.append(HyperNetwork(9, **SIZES, init=init).weight_rows.used)
    torch.testing.assert_close(layers[1].weight, layers[0].weight / 10)
    assert layers[1].bias.count_nonzero() == 0


def test_separate_decoders_are_the_originals_where_every_row_is_used(texts):
    sizes = SIZES | {"image_dims": (16,)}
    ours = HyperNetwork(2, **sizes, decoders="separate")
    original = PlainHyperNetwork(2, **sizes, decoders="separate")
    for decoder, trunk, rows in (
        (original.decoder, ours.hidden, ours.weight_rows),
        (original.bias_decoder, ours.hidden_of_bias, ours.bias_rows),
    ):
        decoder[:-1].load_state_dict(trunk.state_dict())
        decoder[-1].load_state_dict(rows.used.state_dict())
    original.shapes.load_state_dict({"weight": ours.shapes})
    weights, biases = original.decode(ours.conditions, 16)
    mapped = normalize(texts @ weights.mT + biases[:, None], dim=-1)
    torch.testing.assert_close(ours(texts, 16), mapped)


def test_an_unseen_encoder_with_a_known_condition_has_the_known_connector(hypernetwork, texts):
    unseen = AutoDecoded(hypernetwork, hypernetwork.family_conditions(10), 10)
    torch.testing.assert_close(unseen(texts), hypernetwork(texts, 10))


def test_connectors_of_unseen_encoders_map_as_in_training(hypernetwork, texts):
    unseen = AutoDecoded(hypernetwork, torch.randn(2, 4), 12)
    mapped = torch.stack([connector(texts) for connector in unseen.connectors()])
    torch.testing.assert_close(mapped, unseen(texts))


def test_of_an_unseen_encoder_only_the_condition_trains(hypernetwork):
    unseen = AutoDecoded(hypernetwork, torch.randn(1, 4), 12)
    assert count_parameters(unseen) == 4


def test_a_hypernetwork_can_go_on_training_after_auto_decoding(hypernetwork):
    AutoDecoded(hypernetwork, torch.randn(1, 4), 12)
    assert all(parameter.requires_grad for parameter in hypernetwork.parameters())


def test_unseen_encoders_do_not_influence_each_other(hypernetwork, texts):
    images = normalize(torch.randn(2, 7, 12), dim=-1)
    conditions = torch.randn(2, 4)
    together = AutoDecoded(hypernetwork, conditions, 12)
    contrastive_loss(together(texts), images).sum().backward()
    alone = AutoDecoded(hypernetwork, conditions[:1], 12)
    contrastive_loss(alone(texts), images[:1]).sum().backward()
    torch.testing.assert_close(together.conditions.grad[:1], alone.conditions.grad)


def test_an_unknown_encoder_is_one_sentence(hypernetwork):
    with pytest.raises(ValueError, match=r"^there is no encoder 9; .* the numbers 0 to 8\.$"):
        hypernetwork.connector(9)


def test_an_unknown_width_is_one_sentence(hypernetwork, texts):
    with pytest.raises(ValueError, match=r"^no encoder has the image width 11; .*\(6, 10, 12\)\.$"):
        hypernetwork(texts, 11)


def test_a_width_over_the_maximum_is_one_sentence():
    with pytest.raises(ValueError, match=r"^an image width of 2048 exceeds max_image_dim, 1536; "):
        HyperNetwork(2, image_dims=(384, 2048))


def test_families_of_unequal_counts_are_one_sentence():
    with pytest.raises(ValueError, match=r"^num_encoders is 10; .* so it is a multiple of 3\.$"):
        HyperNetwork(10, **SIZES)


def test_a_width_named_twice_is_one_sentence():
    with pytest.raises(
        ValueError, match=r"^image_dims is \(6, 6\); each width names one family\.$"
    ):
        HyperNetwork(2, image_dims=(6, 6))


def test_unknown_decoders_are_one_sentence():
    with pytest.raises(ValueError, match=r'^decoders is \'outer\'; it is "separate" or "joint"\.$'):
        HyperNetwork(9, **SIZES, decoders="outer")


def test_unequal_counts_of_texts_and_images_are_one_sentence(hypernetwork, texts):
    images = normalize(torch.randn(3, 6, 10), dim=-1)
    with pytest.raises(ValueError, match=r"^each text has one image: texts mapped to \(3, 7, 10\)"):
        contrastive_loss(hypernetwork(texts, 10), images)


def test_conditions_of_another_width_are_one_sentence(hypernetwork):
    with pytest.raises(ValueError, match=r"^conditions have the shape \(1, 5\); .*, 4\)\.$"):
        AutoDecoded(hypernetwork, torch.randn(1, 5), 12)
