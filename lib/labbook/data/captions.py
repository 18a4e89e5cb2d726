"""Captions of scenes, and the prompts by which encoders are tested on words alone."""

import itertools

import torch
from torch import Tensor

from labbook.data.order import generator
from labbook.data.scenes import BACKGROUNDS, COLOURS, TILTS_DEGREES

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
TEMPLATES = (
    "a photo of a {colour} {digit} on a {background} background, {tilt}",
    "the digit {digit} painted in {colour} on {background}, {tilt}",
    "{tilt}, a {colour} {digit} in front of a {background} wall",
    "someone wrote a {digit} with {colour} ink on {background} paper",
    "this is a {digit}, {tilt}, and its colour is {colour}",
    "a {background} picture with a {colour} {digit}",
)
# What each zero-shot task tells apart, as columns of the attributes, and how it asks.
TASKS = {
    10: ((0,), "a photo of a {digit}"),
    80: ((0, 1), "a photo of a {colour} {digit}"),
    320: ((0, 1, 2), "a photo of a {colour} {digit} on a {background} background"),
}
_CHOICES = (len(DIGITS), len(COLOURS), len(BACKGROUNDS), len(TILTS_DEGREES))


def captions(attributes: Tensor, seed: int) -> list[str]:
    """One caption for each scene, from a template drawn at random.

    Arguments:
        attributes: (N, 4) int64: digit, colour, background, tilt, as of
            :class:`~labbook.data.scenes.Scenes`.
        seed: of the templates.
    """
    drawn = torch.randint(len(TEMPLATES), (len(attributes),), generator=generator(seed, 17))
    return [
        _worded(TEMPLATES[template], row)
        for template, row in zip(drawn.tolist(), attributes.tolist(), strict=True)
    ]


def prompts(classes: int) -> list[str]:
    """The sentences of a zero-shot task, one for each class in the order of its labels.

    Arguments:
        classes: 10 (digits), 80 (digits by colour) or 320 (and by background).

    Raises:
        ValueError: no task has so many classes.
    """
    columns, template = _task(classes)
    of_column = [range(_CHOICES[column]) for column in columns]
    return [_worded(template, (*row, 0, 0, 0)[:4]) for row in itertools.product(*of_column)]


def labels(attributes: Tensor, classes: int) -> Tensor:
    """The class of each scene in a zero-shot task: (N,) int64.

    Arguments:
        attributes: (N, 4), as of :class:`~labbook.data.scenes.Scenes`.
        classes: as of :func:`prompts`.
    """
    label = torch.zeros(len(attributes), dtype=torch.int64)
    for column in _task(classes)[0]:
        label = label * _CHOICES[column] + attributes[:, column]
    return label


def _task(classes: int) -> tuple[tuple[int, ...], str]:
    if classes not in TASKS:
        raise ValueError(f"no task has {classes} classes; there are {', '.join(map(str, TASKS))}.")
    return TASKS[classes]


def _worded(template: str, row: tuple[int, ...] | list[int]) -> str:
    digit, colour, background, tilt = row
    return template.format(
        digit=DIGITS[digit],
        colour=list(COLOURS)[colour],
        background=list(BACKGROUNDS)[background],
        tilt=list(TILTS_DEGREES)[tilt],
    )
