"""A basis without its zeros as a module of escnn; its state_dict tells bases apart in few bytes."""

import torch
from escnn.kernels import KernelBasis
from escnn.nn.modules.basismanager import SingleBlockBasisExpansion
from torch import Tensor

from labbook.models.building.basis import SparseBasis

SAME = 1e-6  # rounding of single precision, relative to the largest number of a basis


class SparseBlock(SingleBlockBasisExpansion):
    """escnn's basis between two representations, of which the numbers other than zero are kept.

    A state_dict has its fingerprint, and all of its numbers where they came with a checkpoint.

    Arguments:
        found: the basis as it was found here.
    """

    __eq__, __hash__ = object.__eq__, object.__hash__  # escnn's compare all elements

    def __init__(self, found: SparseBasis):
        torch.nn.Module.__init__(self)
        self.found = self.used = found
        self.register_buffer("_like", torch.empty(0, dtype=torch.float32, device="cpu"), False)

    def dense(self) -> SingleBlockBasisExpansion:
        """The basis as a block of escnn."""
        block = object.__new__(SingleBlockBasisExpansion)
        torch.nn.Module.__init__(block)
        block.__dict__["basis"] = self.basis  # no submodule
        block._mask = self._mask
        block.register_buffer("sampled_basis", self.sampled_basis)
        return block

    @property
    def basis(self) -> KernelBasis:
        """That of escnn that was sampled."""
        return self.found.kernels

    @property
    def _mask(self) -> Tensor:
        return self.found.mask

    @property
    def sampled_basis(self) -> Tensor:
        """The elements (E, O, I, P), made anew at each call."""
        return self.used.dense(self._like)

    def dimension(self) -> int:
        """E."""
        return self.used.shape[0]

    def _save_to_state_dict(self, destination, prefix, keep_vars):
        destination[prefix + "fingerprint"] = self.used.fingerprint
        if self.used is not self.found:
            destination[prefix + "sampled_basis"] = self.sampled_basis

    def _load_from_state_dict(self, state_dict, prefix, metadata, strict, missing, _, errors):
        name, given = prefix + "fingerprint", state_dict.get(prefix + "sampled_basis")
        if given is not None:
            if given.shape != self.used.shape:
                errors.append(
                    f"{prefix}sampled_basis has the shape {tuple(given.shape)}, and this basis "
                    f"{self.used.shape}: the checkpoint is one of another network."
                )
            else:
                self.used = self._given(given.detach())
        elif name not in state_dict:
            missing.append(name)
        else:
            self.used = self.found
            own = self.found.fingerprint
            if not torch.allclose(state_dict[name].cpu().float(), own, rtol=1e-3, atol=1e-3):
                errors.append(
                    f"{name}: the weights belong to another basis than the one that escnn found "
                    "here, for instance with other signs; save the state_dict of plain(module), "
                    "which has the bases, where the network was trained."
                )

    def _given(self, elements: Tensor) -> SparseBasis:
        """The basis of a checkpoint, the own one where they agree."""
        own = self.found.dense(self._like)
        if (elements.to(own) - own).abs().max() <= SAME * own.abs().max():
            return self.found
        return SparseBasis.of(self.basis, self._mask, elements)
