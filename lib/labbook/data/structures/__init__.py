"""Macromolecular structures: data sets by name, voxel views of them, and motifs."""

from labbook.data.structures.datasets import SPLITS, at_hand, digest, files, folder, load

__all__ = ["SPLITS", "at_hand", "digest", "files", "folder", "load"]
