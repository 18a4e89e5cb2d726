"""Networks for the neighbor-location task: where the second view lies, seen from the first.

- :mod:`classifier`: two views through one encoder
- :mod:`resnet`, :mod:`widths`, :mod:`costs`: steerable ResNets, their widths, parameters and FLOPs
- :mod:`architectures`, :mod:`layouts`, :mod:`planning`: plain steerable networks with an
  equivariant classifier, their convolutions, and how these are chosen
- :mod:`layers`: what both are made of, of escnn's modules
- :mod:`counting`, :mod:`memory`, :mod:`plain`: weights of equivariant maps, and memory, counted
- :mod:`axes`: which way is up
"""

from labbook.models.neighbor.architectures import architecture
from labbook.models.neighbor.classifier import NeighborClassifier
from labbook.models.neighbor.costs import Costs, resnet_costs
from labbook.models.neighbor.resnet import resnet
from labbook.models.neighbor.widths import Widths, resnet_widths

__all__ = [
    "Costs",
    "NeighborClassifier",
    "Widths",
    "architecture",
    "resnet",
    "resnet_costs",
    "resnet_widths",
]
