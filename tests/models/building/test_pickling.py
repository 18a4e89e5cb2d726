"""Networks are pickled and copied, with their groups, spaces and representations."""

import copy
import io
import pickle

import pytest
import torch
from escnn import group, gspaces
from tests.models.steerable.networks import CASES, batch, network, regular

from labbook.models.steerable.acceleration import accelerate, plain

COPIES = {
    "pickle": lambda model: pickle.loads(pickle.dumps(model)),
    "deepcopy": copy.deepcopy,
}


@pytest.mark.parametrize("way", COPIES)
@pytest.mark.parametrize("name", CASES)
def test_a_copy_computes_the_same(name, way):
    model, x = accelerate(network(name)), batch(name)
    model(x).sum().backward()
    expected = model.eval()(x)
    found = COPIES[way](model)(x)
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-6)


def test_a_copy_is_accelerated_and_can_be_plain():
    model = copy.deepcopy(accelerate(network("Fourier ELU")))
    x = batch("Fourier ELU")
    expected = model(x)
    plain(model)
    assert type(model.layers[0]).__mro__[0].__module__.startswith("escnn")
    torch.testing.assert_close(model(x), expected, rtol=1e-4, atol=1e-5)


def test_torch_saves_and_loads_a_network():
    model, x, file = accelerate(network("gates")), batch("gates"), io.BytesIO()
    torch.save(model, file)
    file.seek(0)
    torch.testing.assert_close(torch.load(file, weights_only=False)(x), model(x))


@pytest.mark.parametrize(
    "made",
    [
        gspaces.rot3dOnR3(),
        gspaces.flipRot2dOnR2(4),
        gspaces.no_base_space(group.so2_group(2)),
        group.octa_group(),
        group.o3_group(2).irrep(1, 1),
        group.dihedral_group(3).regular_representation,
        group.so3_group(1).irrep(1).tensor(group.so3_group(1).irrep(1)),
        regular(2, 2),
    ],
    ids=str,
)
def test_what_a_pickle_gives_is_equal(made):
    assert pickle.loads(pickle.dumps(made)) == made


def test_a_group_stays_the_only_one():
    assert copy.deepcopy(regular(1, 1)).fibergroup is group.so3_group(1)
