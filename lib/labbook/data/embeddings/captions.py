"""Captions of pictures, and the prompts by which encoders are tested on words alone."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from labbook.data.embeddings.scenes import BACKGROUNDS, COLOURS, TILTS_DEGREES
from labbook.data.order import generator


@dataclass(frozen=True)
class Wording:
    """How the attributes of pictures are put into words.

    The article before a word is always *a*, as in the prompts of CLIP.

    Attributes:
        words: of each attribute, the word of each of its values; the attributes in the order of
            the columns of :attr:`~labbook.data.embeddings.scenes.Scenes.attributes`.
        templates: sentences for captions, with the names of attributes in braces.
        tasks: of each zero-shot task, by its number of classes: what it tells apart, as columns
            of the attributes, and how it asks.
    """

    words: Mapping[str, tuple[str, ...]]
    templates: tuple[str, ...]
    tasks: Mapping[int, tuple[tuple[int, ...], str]]

    @property
    def attributes(self) -> dict[str, int]:
        """The number of values of each attribute."""
        return {name: len(words) for name, words in self.words.items()}

    def captions(self, attributes: Tensor, seed: int) -> list[str]:
        """One caption for each picture, from a template drawn at random.

        Arguments:
            attributes: (N, A) int64, one column for each of the A attributes.
            seed: of the templates.
        """
        count = len(self.templates)
        drawn = torch.randint(count, (len(attributes),), generator=generator(seed, 17))
        return [
            self._worded(self.templates[template], range(len(self.words)), row)
            for template, row in zip(drawn.tolist(), attributes.tolist(), strict=True)
        ]

    def prompts(self, classes: int) -> list[str]:
        """The sentences of a zero-shot task, one for each class in the order of its labels.

        Arguments:
            classes: one of the keys of ``tasks``.

        Raises:
            ValueError: no task has so many classes.
        """
        columns, template = self._task(classes)
        choices = list(self.attributes.values())
        rows = itertools.product(*(range(choices[column]) for column in columns))
        return [self._worded(template, columns, row) for row in rows]

    def labels(self, attributes: Tensor, classes: int) -> Tensor:
        """The class of each picture in a zero-shot task: (N,) int64.

        Arguments:
            attributes: as of :meth:`captions`.
            classes: as of :meth:`prompts`.

        Raises:
            ValueError: no task has so many classes.
        """
        choices = list(self.attributes.values())
        label = torch.zeros(len(attributes), dtype=torch.int64)
        for column in self._task(classes)[0]:
            label = label * choices[column] + attributes[:, column]
        return label

    def _task(self, classes: int) -> tuple[tuple[int, ...], str]:
        if classes not in self.tasks:
            known = ", ".join(map(str, self.tasks))
            raise ValueError(f"no task has {classes} classes; there are {known}.")
        return self.tasks[classes]

    def _worded(self, template: str, columns: Sequence[int], row: Sequence[int]) -> str:
        """The template with the words of the values ``row`` of the attributes in ``columns``."""
        named = list(self.words.items())
        chosen = [(*named[column], value) for column, value in zip(columns, row, strict=True)]
        return template.format(**{name: words[value] for name, words, value in chosen})


#: Of the digits of :mod:`labbook.data.embeddings.scenes`.
SCENES = Wording(
    words={
        "digit": (
            *("zero", "one", "two", "three", "four"),
            *("five", "six", "seven", "eight", "nine"),
        ),
        "colour": tuple(COLOURS),
        "background": tuple(BACKGROUNDS),
        "tilt": tuple(TILTS_DEGREES),
    },
    templates=(
        "a photo of a {colour} {digit} on a {background} background, {tilt}",
        "the digit {digit} painted in {colour} on {background}, {tilt}",
        "{tilt}, a {colour} {digit} in front of a {background} wall",
        "someone wrote a {digit} with {colour} ink on {background} paper",
        "this is a {digit}, {tilt}, and its colour is {colour}",
        "a {background} picture with a {colour} {digit}",
    ),
    tasks={
        10: ((0,), "a photo of a {digit}"),
        80: ((0, 1), "a photo of a {colour} {digit}"),
        320: ((0, 1, 2), "a photo of a {colour} {digit} on a {background} background"),
    },
)

#: Of CIFAR-10, :mod:`labbook.data.images.cifar10`.
PHOTOGRAPHS = Wording(
    words={
        "object": (
            *("airplane", "automobile", "bird", "cat", "deer"),
            *("dog", "frog", "horse", "ship", "truck"),
        ),
        "light": ("dark", "ordinary", "bright"),
        "tone": ("cold", "neutral", "warm"),
    },
    templates=(
        "a {light} picture in {tone} colours, showing a {object}",
        "one can see a {object} here; the light is {light} and the tone {tone}",
        "this {object} was taken in {tone} colours",
        "a {object} in a {light} snapshot",
        "{tone} and {light}: a small photograph with a {object} in it",
        "somebody photographed a {object}",
    ),
    tasks={
        10: ((0,), "a photo of a {object}"),
        30: ((0, 1), "a {light} photo of a {object}"),
        90: ((0, 1, 2), "a {light} photo of a {object} in {tone} colours"),
    },
)
