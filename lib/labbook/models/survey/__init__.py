"""Convolutional networks that others built, as modules whose tables are computed.

``NETWORKS`` holds their layers with the source and what had to be assumed; ``build`` makes a torch
module; ``layer_table`` traces it. Nothing in a table is typed in.
"""

from labbook.models.survey.networks import NETWORKS
from labbook.models.survey.tables import (
    build,
    caption,
    condensed,
    layer_table,
    sizes_by_depth,
    summary,
)

__all__ = ["NETWORKS", "build", "caption", "condensed", "layer_table", "sizes_by_depth", "summary"]
