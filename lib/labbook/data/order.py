"""Random numbers that are the same on every machine: orders of epochs, corners of crops."""

import numpy as np
import torch


def generator(*numbers: int) -> torch.Generator:
    """A CPU generator seeded with several numbers (0 or more each) mixed.

    Neighbouring numbers give unrelated streams; but of up to four numbers zeros at the end do not
    count: (1,), (1, 0) and (1, 0, 0) give one stream. A generator of torch uses only 32 bits of its
    seed, so adding or shifting the numbers would let them collide; numpy's SeedSequence mixes
    them in a way it promises to keep.
    """
    return torch.Generator().manual_seed(int(np.random.SeedSequence(numbers).generate_state(1)[0]))
