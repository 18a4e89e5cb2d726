"""Groups, spaces and representations of escnn, pickled and copied by what they are.

They hold functions made on the way, which no pickle takes. But each can be made again: a group by
its class and order, a space by its group, a representation by its irreps and the change of basis.
With them whole networks are pickled and copied. Importing this file tells
python's ``copyreg``.
"""

import copyreg

import numpy as np
from escnn.group import Group, IrreducibleRepresentation, Representation, groups_dict
from escnn.gspaces import GSpace0D, GSpace2D, GSpace3D
from scipy import sparse

SPARSE_BELOW = 0.1  # the share of numbers that are not zero in a change of basis


def _register() -> None:
    for kind in groups_dict.values():
        copyreg.pickle(kind, _reduce_group)
    for kind in (GSpace2D, GSpace3D):
        copyreg.pickle(kind, lambda space: (_space, (type(space), space._sg_id, space.name)))
    copyreg.pickle(GSpace0D, lambda space: (GSpace0D, (space.fibergroup,)))
    copyreg.pickle(IrreducibleRepresentation, lambda irrep: (_irrep, (irrep.group, irrep.id)))
    copyreg.pickle(Representation, _reduce_representation)


def _reduce_group(group: Group):
    return _group, (type(group), group._keys)


def _group(kind: type, keys: dict) -> Group:
    return kind._generator(**keys)


def _space(kind: type, subgroup: tuple, name: str):
    space = kind(subgroup)
    space.name = name
    return space


def _irrep(group: Group, number: tuple) -> Representation:
    return group.irrep(*number)


def _reduce_representation(made: Representation):
    if made.group.representations.get(made.name) is made:
        return _named, (made.group, made.name)
    bases = tuple(map(_smaller, (made.change_of_basis, made.change_of_basis_inv)))
    rest = sorted(made.supported_nonlinearities), made.attributes
    return _representation, (made.group, made.name, made.irreps, bases, *rest)


def _named(group: Group, name: str) -> Representation:
    return group.representations[name]


def _representation(group, name, irreps, bases, nonlinearities, attributes) -> Representation:
    there, back = (basis.toarray() if sparse.issparse(basis) else basis for basis in bases)
    return Representation(
        group, name, irreps, there, nonlinearities, change_of_basis_inv=back, **attributes
    )


def _smaller(matrix: np.ndarray):
    few = np.count_nonzero(matrix) < SPARSE_BELOW * matrix.size
    return sparse.csr_array(matrix) if few else matrix


_register()
