"""A trial that keeps a journal."""

import os


def train(width: int, depth: int = 1, activation: str = "relu", seed: int = 0) -> dict:
    with open(os.environ["JOURNAL"], "a") as file:
        file.write(f"{width}\n")
    return {
        "metrics": {"loss": 1 / width, "depth": depth + 0.5},
        "parameters": width * 10,
        "throughput": {"examples_per_s": 100.0},
        "fingerprint": {"model": f"Linear({width})", "first_losses": [1 / width]},
    }
