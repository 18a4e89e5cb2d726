r"""Bases of steerable filters without their zeros.

A basis between two representations has E elements, each a filter (O, I, P): O output and I input
components, P points. Where the representations are sums of irreps, an element joins one irrep with
one other, so that less than a hundredth of its numbers are not zero. An element reaches few of the
output components; outputs that the same elements reach form a group.
"""

import warnings
from collections import defaultdict

import torch
from escnn.nn.modules.basismanager import SingleBlockBasisExpansion
from torch import Tensor

SPARSE_BELOW = 0.1  # the share of numbers that are not zero, above which a dense product is faster
SAME = 1e-6  # rounding of single precision, relative to the largest number of a basis


class SparseBlock(SingleBlockBasisExpansion):
    """escnn's basis between two representations, of which the numbers other than zero are kept.

    Arguments:
        basis: the kernel basis that was sampled. mask: which of its elements are used.
        shape: (E, O, I, P).
        elements: the numbers, flattened to (E O I P,): a sparse tensor, or a dense one where few
            are zero.
        standard: the block that this one replaces, where the elements came with a checkpoint.
    """

    __eq__, __hash__ = object.__eq__, object.__hash__  # escnn's compare all elements

    def __init__(self, basis, mask: Tensor, shape, elements: Tensor, standard=None):
        torch.nn.Module.__init__(self)
        self.__dict__.update(basis=basis, standard=standard)  # no submodules
        self._mask, self.shape, self.elements = mask, tuple(shape), elements
        self.register_buffer("_like", elements.new_empty(0, layout=torch.strided), False)
        self._moved = {}

    def twin(self) -> "SparseBlock":
        """The same basis for another module: its numbers are shared, type and device are not."""
        twin = SparseBlock(self.basis, self._mask, self.shape, self.elements)
        twin._moved = self._moved
        twin.__dict__["origin"] = self  # no submodule; it lives as long as its twins
        return twin

    @classmethod
    def of(cls, block: SingleBlockBasisExpansion) -> "SparseBlock":
        """The basis of a block of escnn."""
        basis = block.sampled_basis.detach()
        return cls(block.basis, block._mask, basis.shape, without_zeros(basis.flatten()))

    def dense(self) -> SingleBlockBasisExpansion:
        """The basis as a block of escnn."""
        block = object.__new__(SingleBlockBasisExpansion)
        torch.nn.Module.__init__(block)
        block.__dict__.update(basis=self.basis)
        block._mask = self._mask
        block.register_buffer("sampled_basis", self.sampled_basis)
        return block

    @property
    def sampled_basis(self) -> Tensor:
        """The elements (E, O, I, P), made anew at each call."""
        dense = self.elements.to_dense() if self.elements.is_sparse else self.elements
        return dense.view(self.shape).to(self._like)

    def dimension(self) -> int:
        """E."""
        return self.shape[0]

    def product(self, rows: str, columns: str, dense: Tensor) -> Tensor:
        """The elements as a matrix (rows, columns), times a dense one (columns, N).

        Arguments:
            rows, columns: the axes that run there, letters of "eoip", for instance "opi" and "e";
                or "r", the elements and outputs of each of :meth:`groups`, one after the other.
        """
        if dense.is_meta:
            return dense.new_empty(self.height(rows), dense.shape[1])
        key = (rows, columns, dense.dtype, dense.device)
        if key not in self._moved:
            with torch.inference_mode(False), torch.no_grad():
                self._moved[key] = self._matrix(rows, columns).to(dense)
        return self._moved[key] @ dense

    def support(self) -> Tensor:
        """Where any element is not zero: (O, I P), on the CPU."""
        entries = self.elements if self.elements.is_sparse else self.elements.to_sparse()
        support = torch.zeros(self.height("oip"), dtype=torch.bool)
        support[entries.indices()[0].cpu() % len(support)] = True
        return support.view(self.shape[1], -1)

    @property
    def groups(self) -> list[tuple[Tensor, Tensor]]:
        """The elements (E_g,) that reach the outputs (O_g,) of each group."""
        if "groups" not in self._moved:
            self._moved["groups"] = self._grouped()
        return self._moved["groups"]

    def _grouped(self) -> list[tuple[Tensor, Tensor]]:
        entries = self.elements if self.elements.is_sparse else self.elements.to_sparse()
        reached = torch.zeros(self.height("eo"), dtype=torch.bool)
        reached[entries.indices()[0].cpu() // self.height("ip")] = True
        reached, alike = reached.view(self.shape[:2]), defaultdict(list)
        for output, elements in enumerate(reached.t().numpy()):
            alike[elements.tobytes()].append(output)
        groups = [torch.tensor(outputs) for outputs in alike.values()]
        found = [(reached[:, outputs[0]].nonzero()[:, 0], outputs) for outputs in groups]
        return [(elements, outputs) for elements, outputs in found if len(elements)]

    def _reached(self) -> Tensor:
        """The places among (E O,) of the elements and outputs of all groups."""
        width = self.shape[1]
        places = [(elements[:, None] * width + outputs) for elements, outputs in self.groups]
        return torch.cat([place.flatten() for place in places])

    def groups_on(self, device: torch.device) -> list[tuple[Tensor, Tensor]]:
        """The groups, on a device."""
        key = "groups", device
        if key not in self._moved:
            self._moved[key] = [(e.to(device), o.to(device)) for e, o in self.groups]
        return self._moved[key]

    def height(self, letters: str) -> int:
        """How many values some axes have together."""
        if letters == "r":
            return sum(len(elements) * len(outputs) for elements, outputs in self.groups)
        return torch.Size(self.shape["eoip".index(letter)] for letter in letters).numel()

    def _matrix(self, rows: str, columns: str) -> Tensor:
        of_rows, of_columns = rows.replace("r", "eo"), columns.replace("r", "eo")
        axes = ["eoip".index(letter) for letter in of_rows + of_columns]
        whole = (self.height(of_rows), self.height(of_columns))
        if not self.elements.is_sparse:
            matrix = self.elements.view(self.shape).permute(axes).reshape(whole)
            matrix = matrix[self._reached()] if rows == "r" else matrix
            return matrix[:, self._reached()] if columns == "r" else matrix
        places = torch.unravel_index(self.elements.indices()[0], self.shape)
        place = torch.zeros_like(places[0])
        for axis in axes:
            place = place * self.shape[axis] + places[axis]
        place = torch.stack((place // whole[1], place % whole[1]))
        for side, letters in enumerate((rows, columns)):
            if letters == "r":
                order = self._reached().to(place)
                found = torch.zeros(whole[side], dtype=place.dtype, device=place.device)
                found[order] = torch.arange(len(order), device=place.device)
                place[side] = found[place[side]]
        size = (self.height(rows), self.height(columns))
        values = self.elements.values()
        matrix = torch.sparse_coo_tensor(place, values, size, check_invariants=False).coalesce()
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Sparse CSR tensor support is in beta")
            return matrix.to_sparse_csr()

    @property
    def fingerprint(self) -> Tensor:
        """The product of each element with one fixed filter (E,): a basis of other signs, or
        otherwise turned, has another."""
        if "fingerprint" not in self._moved:
            self._moved["fingerprint"] = self._multiplied()
        return self._moved["fingerprint"]

    def _multiplied(self) -> Tensor:
        entries = self.elements if self.elements.is_sparse else self.elements.to_sparse()
        element, place = entries.indices()[0].cpu(), self.height("oip")
        fixed = torch.cos(1.0 + element % place)
        terms = entries.values().cpu().double() * fixed
        return torch.zeros(self.shape[0]).index_add(0, element // place, terms.float())

    def _save_to_state_dict(self, destination, prefix, keep_vars):
        destination[prefix + "fingerprint"] = self.fingerprint
        if self.standard is not None:
            destination[prefix + "sampled_basis"] = self.sampled_basis

    def for_checkpoint(self, state_dict: dict, prefix: str) -> "SparseBlock":
        """The block that the weights of a checkpoint belong to: this one, or one with its basis."""
        standard = self.standard or self
        given = state_dict.get(prefix + "sampled_basis")
        if given is None:
            return standard if prefix + "fingerprint" in state_dict else self
        own, given = standard.sampled_basis, given.detach().to(self._like)
        if given.shape != own.shape or (given - own).abs().max() <= SAME * own.abs().max():
            return standard
        flat = without_zeros(given.flatten())
        return SparseBlock(self.basis, self._mask, self.shape, flat, standard)

    def _load_from_state_dict(self, state_dict, prefix, metadata, strict, missing, _, errors):
        name, given = prefix + "fingerprint", state_dict.get(prefix + "sampled_basis")
        if given is None and name not in state_dict:
            missing.append(name)
        elif given is not None and given.shape != self.shape:
            errors.append(
                f"{prefix}sampled_basis has the shape {tuple(given.shape)}, and this basis "
                f"{self.shape}: the checkpoint is one of another network."
            )
        elif given is None and not torch.allclose(
            state_dict[name].cpu().float(), self.fingerprint, rtol=1e-3, atol=1e-3
        ):
            errors.append(
                f"{name}: the weights belong to another basis than the one that escnn found here, "
                "for instance with other signs; save the state_dict of plain(module), which has "
                "the bases, where the network was trained."
            )

    def __getstate__(self) -> dict:
        return {**super().__getstate__(), "_moved": {}, "origin": None}


def without_zeros(flat: Tensor) -> Tensor:
    """A tensor (N,) as a sparse one where less than a tenth of it is not zero."""
    few = flat.count_nonzero() < SPARSE_BELOW * flat.numel()
    return flat.to_sparse().coalesce() if few else flat.clone()
