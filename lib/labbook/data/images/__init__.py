"""Images: data sets by name, and the files that they come from."""

from labbook.data.images.datasets import Images, digest, load

__all__ = ["Images", "digest", "load"]
