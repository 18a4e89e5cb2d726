"""Networks of escnn, faster and in less memory: same modules, parameters, field types and results.

>>> from labbook.models.steerable import accelerate, sparse_bases
>>> with sparse_bases():  # optional: built in a fraction of the time
...     network = Network()  # of escnn's modules
>>> accelerate(network)
"""

from labbook.models.building.networks import sparse_bases
from labbook.models.fieldwise.pointwise import PointwiseFunction
from labbook.models.steerable.acceleration import accelerate, plain
from labbook.models.steerable.precision import convolve_in

__all__ = ["PointwiseFunction", "accelerate", "convolve_in", "plain", "sparse_bases"]
