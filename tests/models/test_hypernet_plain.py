"""Ours decodes only the rows it needs and has one matrix of logits: loss and gradients are those of
the plain form, ``tests/benchmarks/plain_hypernet.py``, with the same weights."""

import pytest
import torch
from tests.benchmarks.plain_hypernet import PlainHyperNetwork, plain_loss
from torch.nn.functional import normalize

from labbook.models.hypernet import AutoDecoded, Connector, HyperNetwork, contrastive_loss

SIZES = {
    "image_dims": (6, 10, 12),
    "text_dim": 8,
    "condition_dim": 4,
    "max_image_dim": 16,
    "hidden_factors": (2, 5),
}
FORMS = [
    {"decoders": decoders, "norm": norm}
    for decoders in ("joint", "separate")
    for norm in (True, False)
]
RELATIVE = {torch.float32: 1e-5, torch.float64: 1e-10}
DTYPES = list(RELATIVE)
ENCODERS, PAIRS = 9, 20


def pairs_of(image_dim, dtype, encoders=ENCODERS // 3):
    """Texts (B, d_t) and images (q, B, D), of length 1."""
    texts = torch.randn(PAIRS, SIZES["text_dim"], dtype=dtype)
    images = torch.randn(encoders, PAIRS, image_dim, dtype=dtype)
    return normalize(texts, dim=-1), normalize(images, dim=-1)


def as_plain(ours, read):
    """Parameters of ours, or what ``read`` makes of them, by their names in the plain form."""
    found = {"conditions.weight": read(ours.conditions), "shapes.weight": read(ours.shapes)}
    trunks = {"decoder": ours.hidden, "bias_decoder": ours.hidden_of_bias}
    rows = {"decoder": [ours.weight_rows], "bias_decoder": [ours.bias_rows]}
    if ours.decoders == "joint":
        del trunks["bias_decoder"]
        rows["decoder"].append(ours.bias_rows)
    for decoder, trunk in trunks.items():
        for name, parameter in trunk.named_parameters():
            found[f"{decoder}.{name}"] = read(parameter)
        for kind in ("weight", "bias"):
            parts = [part for both in rows[decoder] for part in (both.used, both.unused)]
            last = torch.cat([read(getattr(part, kind)) for part in parts])
            found[f"{decoder}.{len(trunk)}.{kind}"] = last
    return found


def with_plain_twin(form, dtype):
    """Ours, and the plain form with its weights."""
    ours = HyperNetwork(ENCODERS, **SIZES, **form).to(dtype)
    twin = PlainHyperNetwork(ENCODERS, **SIZES, **form, own_length=True).to(dtype)
    twin.load_state_dict(as_plain(ours, torch.Tensor.detach))
    return ours, twin


def gradient(parameter):
    return torch.zeros_like(parameter) if parameter.grad is None else parameter.grad


def relative_difference(found, expected):
    return ((found - expected).norm() / expected.norm()).item()


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("form", FORMS, ids=str)
@pytest.mark.parametrize("image_dim", SIZES["image_dims"])
def test_loss_is_that_of_the_plain_form(form, image_dim, dtype):
    ours, twin = with_plain_twin(form, dtype)
    texts, images = pairs_of(image_dim, dtype)
    loss = contrastive_loss(ours(texts, image_dim), images).mean()
    assert relative_difference(loss, twin(texts, images)) < RELATIVE[dtype]


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("form", FORMS, ids=str)
@pytest.mark.parametrize("image_dim", SIZES["image_dims"])
def test_gradients_are_those_of_the_plain_form(form, image_dim, dtype):
    ours, twin = with_plain_twin(form, dtype)
    texts, images = pairs_of(image_dim, dtype)
    contrastive_loss(ours(texts, image_dim), images).mean().backward()
    twin(texts, images).backward()
    found = as_plain(ours, gradient)
    worst = max(
        relative_difference(found[name], parameter.grad)
        for name, parameter in twin.named_parameters()
    )
    assert worst < RELATIVE[dtype]


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_weights_after_some_steps_are_those_of_the_plain_form(form):
    ours, twin = with_plain_twin(form, torch.float64)
    optimisers = [
        torch.optim.AdamW(ours.parameters(), lr=1e-2, weight_decay=0.0, fused=True),
        torch.optim.Adam(twin.parameters(), lr=1e-2),
    ]
    for image_dim in 2 * SIZES["image_dims"]:
        texts, images = pairs_of(image_dim, torch.float64)
        losses = contrastive_loss(ours(texts, image_dim), images).mean(), twin(texts, images)
        for loss, optimiser in zip(losses, optimisers, strict=True):
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    found = as_plain(ours, torch.Tensor.detach)
    for name, parameter in twin.named_parameters():
        assert relative_difference(found[name], parameter.detach()) < 1e-8


def test_rows_beyond_the_width_get_zero_gradient():
    ours = HyperNetwork(ENCODERS, **SIZES)
    texts, images = pairs_of(6, torch.float32)
    contrastive_loss(ours(texts, 6), images).mean().backward()
    beyond = (ours.weight_rows.used.weight.grad[6 * 8 :], ours.bias_rows.used.bias.grad[6:])
    assert [part.count_nonzero().item() for part in beyond] == [0, 0]


def test_the_cut_layer_has_the_gradients_of_a_slice():
    rows = HyperNetwork(ENCODERS, **SIZES).double().weight_rows
    hidden = torch.randn(3, 20, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x, *_: rows(x, 10), (hidden, *rows.used.parameters()))


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_an_unseen_encoder_has_the_loss_and_gradient_of_the_plain_form(dtype):
    ours, twin = with_plain_twin({"decoders": "joint"}, dtype)
    unseen = AutoDecoded(ours, ours.conditions.mean(0, keepdim=True), 10)
    texts, images = pairs_of(10, dtype, encoders=1)
    loss = contrastive_loss(unseen(texts), images).mean()
    loss.backward()

    condition = twin.conditions.weight.detach().mean(0, keepdim=True).requires_grad_()
    weights, biases = twin.decode(condition, 10)
    plain = plain_loss(normalize(texts @ weights[0].T + biases[0], dim=-1), images[0])
    plain.backward()
    assert relative_difference(loss, plain) < RELATIVE[dtype]
    assert relative_difference(unseen.conditions.grad, condition.grad) < RELATIVE[dtype]


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_a_connector_has_the_loss_and_gradients_of_two_logits_matrices(dtype):
    connector = Connector(8, 12).to(dtype)
    texts, images = pairs_of(12, dtype, encoders=1)
    found = contrastive_loss(connector(texts), images[0])
    plain = plain_loss(connector(texts), images[0])
    assert relative_difference(found, plain) < RELATIVE[dtype]
    parameters = tuple(connector.parameters())
    pairs = zip(
        torch.autograd.grad(found, parameters), torch.autograd.grad(plain, parameters), strict=True
    )
    assert max(relative_difference(*pair) for pair in pairs) < RELATIVE[dtype]


@pytest.mark.parametrize("shape", [(5, 3), (2, 5, 3)])
def test_the_loss_has_the_gradients_of_texts_and_of_images(shape):
    arguments = [0.2 * torch.randn(shape, dtype=torch.float64) for _ in range(2)]
    arguments = [argument.requires_grad_() for argument in arguments]
    assert torch.autograd.gradcheck(contrastive_loss, arguments)
