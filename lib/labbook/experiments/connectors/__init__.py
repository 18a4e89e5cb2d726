"""Connectors from texts to image encoders, on a zoo of small encoders that is trained here.

A trial trains encoders (:mod:`.encoders`), writes captions and prompts as vectors (:mod:`.inputs`),
trains connectors one by one or by a hypernetwork (:mod:`.training`), connects an encoder that no
hypernetwork has seen (:mod:`.unseen`), or asks what a hypernetwork has learned
(:mod:`.similarity`). Later trials go on from the arrays of earlier ones.

Letters: M pairs, N test pictures, C classes of a task, d_t text and D image dimensions.
"""

from labbook.experiments.connectors.encoders import train_encoders, tune_encoders
from labbook.experiments.connectors.inputs import write_texts
from labbook.experiments.connectors.similarity import similarities
from labbook.experiments.connectors.training import train_hypernetwork, train_separate, usual
from labbook.experiments.connectors.unseen import align, align_as_original, align_otherwise
from labbook.experiments.connectors.zoo import Zoo, data_digest, drawn

__all__ = [
    "Zoo",
    "align",
    "align_as_original",
    "align_otherwise",
    "data_digest",
    "drawn",
    "similarities",
    "train_encoders",
    "train_hypernetwork",
    "train_separate",
    "tune_encoders",
    "usual",
    "write_texts",
]
