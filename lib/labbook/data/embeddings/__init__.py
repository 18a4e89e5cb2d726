"""Paired embeddings of texts and images, and the small worlds that they are measured on."""

from labbook.data.embeddings.paired import (
    PairBatches,
    PairedEmbeddings,
    read,
    write_map,
    zero_shot_accuracy,
)

__all__ = [
    "PairBatches",
    "PairedEmbeddings",
    "read",
    "write_map",
    "zero_shot_accuracy",
]
