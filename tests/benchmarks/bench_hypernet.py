"""Our step of the hypernetwork against the original's: same sizes, data, machine and run.

``python tests/benchmarks/bench_hypernet.py`` prints two ratios: of the CPU time of a step, its
optimiser included, at the sizes of the small zoo, in rounds that take turns with one thread each,
the first of which does not count (the goal is 2); and of the FLOPs of an epoch and of an
auto-decoding step, at the sizes of the document. The loss of the last step stands beside: weights
begin with other random numbers, but each side sees the same batches.

The plain step (``plain_hypernet.py``) decodes all rows, maps and weighs the encoders one after the
other with two matrices of logits each, and trains with ``torch.optim.Adam`` as it comes. How much
of the ratio is the optimiser, the next line tells: the plain step with the fused one.
"""

import statistics
import time
from collections.abc import Callable

import torch
from plain_hypernet import PlainHyperNetwork
from torch import Tensor
from torch.nn.functional import normalize

from labbook.models.hypernet import HyperNetwork, contrastive_loss
from labbook.models.hypernet.flops import autodecode_step, hypernet_epoch
from labbook.models.hypernet.ledger import BATCH, PAIRS, SMALL_BATCH

GOAL = 2.0
SIZES = {
    "image_dims": (48, 96, 128),
    "text_dim": 96,
    "condition_dim": 16,
    "max_image_dim": 192,
    "hidden_factors": (4, 16),
}
ENCODERS, BATCH_SIZE, LEARNING_RATE = 12, 128, 1e-2
STEPS, ROUNDS = 15, 5

Step = Callable[[Tensor, Tensor], Tensor]  # texts and images to the loss


def batches() -> list[tuple[Tensor, Tensor]]:
    """Texts and images of each family, of length 1."""
    shapes = [(ENCODERS // 3, BATCH_SIZE, width) for width in SIZES["image_dims"]]
    return [
        tuple(
            normalize(torch.randn(shape), dim=-1)
            for shape in ((BATCH_SIZE, SIZES["text_dim"]), images)
        )
        for images in shapes
    ]


def our_step() -> Step:
    """A step of ours, as the training loop makes it."""
    model = HyperNetwork(ENCODERS, **SIZES)
    optimiser = torch.optim.AdamW(
        model.parameters(), lr=LEARNING_RATE, weight_decay=0.0, fused=True
    )

    def step(texts: Tensor, images: Tensor) -> Tensor:
        loss = contrastive_loss(model(texts, images.shape[-1]), images).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        return loss.detach()

    return step


def plain_step(**optimiser_options) -> Step:
    """A step of the original."""
    model = PlainHyperNetwork(ENCODERS, **SIZES)
    optimiser = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE, **optimiser_options)

    def step(texts: Tensor, images: Tensor) -> Tensor:
        loss = model(texts, images)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        return loss.detach()

    return step


def round_of(step: Step, data: list[tuple[Tensor, Tensor]]) -> tuple[float, float]:
    """The mean CPU time of a step in milliseconds, and the last loss; the families take turns."""
    began = time.process_time()
    for number in range(STEPS):
        loss = step(*data[number % len(data)])
    return (time.process_time() - began) / STEPS * 1e3, loss.item()


def main() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    data = batches()
    steps = {"ours": our_step(), "plain": plain_step(), "fused": plain_step(fused=True)}
    times: dict[str, list[float]] = {name: [] for name in steps}
    losses: dict[str, float] = {}
    for _ in range(ROUNDS + 1):
        for name, step in steps.items():
            milliseconds, losses[name] = round_of(step, data)
            times[name].append(milliseconds)
    ours, plain, fused = (statistics.median(times[name][1:]) for name in steps)
    print(
        f"step of a hypernetwork for {ENCODERS} encoders, batch of {BATCH_SIZE}: "
        f"plain {plain:.1f} ms, ours {ours:.1f} ms of CPU, {plain / ours:.1f} times faster (goal: "
        f"{GOAL}); loss: plain {losses['plain']:.4f}, ours {losses['ours']:.4f}"
    )
    print(f"the plain step with the fused optimiser: {fused:.1f} ms, {fused / ours:.1f} times ours")
    epoch = {"pairs": PAIRS, "batch_size": BATCH, "num_encoders": 30}
    unseen = {"batch_size": SMALL_BATCH, "image_dim": 384}
    for what, formula, sizes, goal in (
        ("an epoch of 30 encoders", hypernet_epoch, epoch, 58),
        ("an auto-decoding step", autodecode_step, unseen, 26),
    ):
        reported, executed = (formula(**sizes, counting=way) for way in ("reported", "executed"))
        print(
            f"FLOPs of {what}: reported {reported / 1e9:,.2f} x 10^9, executed "
            f"{executed / 1e9:,.2f} x 10^9, {executed / reported:.1%} (goal: at most {goal} %)"
        )


if __name__ == "__main__":
    main()
