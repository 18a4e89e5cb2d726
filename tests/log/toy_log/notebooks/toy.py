# ---
# jupyter:
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # A toy

# %%
import math

from labbook.log import layout
from labbook.models import Toy

# %% tags=["parameters"]
seed: int = 0


# %%
def scale(x):
    return math.sqrt(x)


def unused(x):
    return layout


class Loss:
    def __call__(self, seed):
        return scale(seed)


def train(seed, power=2):
    """Train a toy."""
    loss = Loss()
    return {"metrics": {"loss": loss(seed) ** power, "width": Toy.width}}
