"""The reviewed networks, by name."""

from labbook.models.survey.layers import Network
from labbook.models.survey.networks.equivariant import EQUIVARIANT
from labbook.models.survey.networks.images import IMAGES
from labbook.models.survey.networks.proteins import PROTEINS
from labbook.models.survey.networks.videos import VIDEOS

NETWORKS: dict[str, Network] = IMAGES | VIDEOS | PROTEINS | EQUIVARIANT
