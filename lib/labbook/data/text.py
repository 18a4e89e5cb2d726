"""Sentences as vectors, without a network: weighted words and pairs of words, projected."""

from collections.abc import Sequence

import numpy as np


class TfidfText:
    """A text encoder fitted to sentences: TF-IDF of words and pairs of words, then an SVD.

    .. math:: e(s) = \\frac{V^T t(s)}{\\lVert V^T t(s) \\rVert}

    with :math:`t(s)` the TF-IDF vector of a sentence and V the leading right singular vectors of
    those of all fitted sentences.

    Arguments:
        sentences: what to fit to; repeated ones count once.
        width: of the vectors.

    Raises:
        ValueError: the sentences hold fewer different words and pairs than ``width``.
    """

    def __init__(self, sentences: Sequence[str], width: int):
        from sklearn.decomposition import TruncatedSVD
        from sklearn.feature_extraction.text import TfidfVectorizer

        # Single letters are words here: "a" stands in every prompt.
        self._words = TfidfVectorizer(ngram_range=(1, 2), token_pattern=r"\w+")
        weights = self._words.fit_transform(sorted(set(sentences)))
        if min(weights.shape) < width:
            raise ValueError(
                f"{weights.shape[0]} different sentences with {weights.shape[1]} different words "
                f"and pairs of words span no {width} dimensions."
            )
        self._projection = TruncatedSVD(width, random_state=0).fit(weights)
        self.width = width

    def __call__(self, sentences: Sequence[str]) -> np.ndarray:
        """The sentences as (N, width) float32 of length 1; zeros where no word is known."""
        unique, where = np.unique(np.asarray(sentences, dtype=str), return_inverse=True)
        vectors = self._projection.transform(self._words.transform(unique)).astype(np.float32)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return (vectors / np.where(lengths > 0, lengths, 1))[where]
