"""The zoo: which image encoders there are, and the pictures on which they and connectors train.

In each width there are the same ten kinds of encoders; the first four make the zoo of twelve, all
ten that of thirty. The zoo ``digits`` sees scenes of scikit-learn's digits
(:mod:`labbook.data.embeddings.scenes`), the zoo ``photographs`` sees CIFAR-10
(:mod:`labbook.data.images.cifar10`); both names stand in published configurations.
"""

import torch

from labbook.data.embeddings import captions, scenes
from labbook.data.embeddings.text import MiniLmText, TfidfText
from labbook.data.images import cifar10, datasets
from labbook.data.order import generator


class Zoo:
    """The sizes of the experiment, an eighth of the document's; and what each zoo is made of.

    Attributes:
        widths: D, dimensions of the image embeddings.
        text_dim: d_t, dimensions of the text embeddings.
        max_image_dim: R, rows that a hypernetwork can decode.
        shared: how many encoders of a width the zoos of twelve and of thirty have in common.
        kinds: kind and channels of each encoder of a width, see
            :class:`labbook.models.hypernet.encoders.ImageEncoder`.
        unseen: how an encoder that no hypernetwork sees is related to those of the zoo.
        wordings: captions and tasks of each zoo.
        text_encoders: what makes vectors of sentences.
    """

    widths = (48, 96, 128)
    text_dim = 96
    max_image_dim = 192
    shared = 4
    kinds = (
        ("patches", 24), ("cnn", 12), ("plain", 12), ("mlp", 24), ("patches", 16),
        ("plain", 8), ("mlp", 32), ("patches", 32), ("mlp", 16), ("cnn", 8),
    )  # fmt: skip
    unseen = ("near", "drifted", "far")
    wordings = {"digits": captions.SCENES, "photographs": captions.PHOTOGRAPHS}
    text_encoders = {"tfidf": TfidfText, "minilm": MiniLmText}


def seeded(*numbers):
    """Seed torch's generator with several whole numbers, mixed."""
    torch.manual_seed(generator(*numbers).initial_seed())


def drawn(what, pairs, seed, zoo):
    """The pictures of a seed.

    Arguments:
        what: ``pairs`` (to train connectors), ``encoders`` (to train encoders) or ``test`` (both).
        pairs: how many, of the former two.
        seed: decides which.
        zoo: ``digits`` or ``photographs``, which are those of CIFAR-10.

    Returns:
        :class:`labbook.data.embeddings.scenes.Scenes`: pixels (N, 3, H, W) and attributes (N, A).
    """
    if zoo == "photographs":
        all_of_them = cifar10.draw(what, seed)
        kept_rows = slice(None if what == "test" else pairs)
        return scenes.Scenes(all_of_them.pixels[kept_rows], all_of_them.attributes[kept_rows])
    split, count, number = {
        "pairs": ("train", pairs, 0), "encoders": ("train", pairs, 1), "test": ("test", 3000, 2)
    }[what]  # fmt: skip
    return scenes.make(split, count, 10 * seed + number)


def data_digest(configuration):
    """What identifies the pictures that a trial reads; None where they are not at hand.

    Arguments:
        configuration: of the trial; ``zoo`` tells the data set.
    """
    photographed = configuration.get("zoo") == "photographs"
    return cifar10.digest() if photographed else datasets.digest("digits")
