"""A trial begins and leaves its process as it was, whatever the trials before it have done."""

import os
import random
import time
import warnings
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
import torch
from distributed import LocalCluster

from labbook.log import trials

CHANGES = {
    "dtype": lambda: torch.set_default_dtype(torch.float64),
    "device": lambda: torch.set_default_device("meta"),
    "gradients": lambda: torch.set_grad_enabled(False),
    "deterministic": lambda: torch.use_deterministic_algorithms(True),
    "cudnn": lambda: setattr(torch.backends.cudnn, "benchmark", True),
    "products": lambda: torch.set_float32_matmul_precision("medium"),
    "products on GPUs": lambda: setattr(torch.backends.cuda.matmul, "allow_tf32", True),
    "all products": lambda: setattr(torch.backends, "fp32_precision", "tf32"),
    "one product": lambda: setattr(torch.backends.mkldnn.matmul, "fp32_precision", "bf16"),
    "threads": lambda: torch.set_num_threads(torch.get_num_threads() + 1),
    "numbers": lambda: (random.random(), np.random.rand(), torch.rand(1)),
    "errors": lambda: np.seterr(divide="raise"),
    "warnings": lambda: warnings.simplefilter("error"),
    "environment": lambda: os.environ.update(LABBOOK_TEST_LEFT="1"),
    "unset": lambda: os.environ.pop("HOME"),
    "folder": lambda: os.chdir("/"),
}


def disturbing(first: str, seed: int = 0) -> dict:
    """Tell what it finds, then change something for good."""
    found = {
        "bits": torch.get_default_dtype().itemsize,
        "on_cpu": int(torch.get_default_device().type == "cpu"),
        "gradients": int(torch.is_grad_enabled()),
        "deterministic": torch.get_deterministic_debug_mode(),
        "benchmark": int(torch.backends.cudnn.benchmark),
        "highest": int(torch.get_float32_matmul_precision() == "highest"),
        "on_gpus": len(torch.backends.cuda.matmul.fp32_precision),
        "threads": torch.get_num_threads(),
        "random": random.random(),
        "numpy": np.random.rand(),
        "torch": torch.rand(1).item(),
        "raises": int(np.geterr()["divide"] == "raise"),
        "filters": len(warnings.filters),
        "variables": len(os.environ),
        "folder": len(os.getcwd()),
    }
    CHANGES[first]()
    return {"metrics": found, "fingerprint": {"model": "none", "first_losses": [found["torch"]]}}


def measured(table) -> list[dict]:
    return table[[name for name in table if name in METRICS]].to_dict("records")


METRICS = [
    *("bits", "on_cpu", "gradients", "deterministic", "benchmark", "threads", "random", "numpy"),
    *("torch", "raises", "filters", "variables", "folder", "highest", "on_gpus"),
]


@pytest.mark.parametrize("executor", [None, 1])
def test_no_trial_finds_what_one_before_it_has_left(log, executor) -> None:
    grid = trials.grid(first=list(CHANGES))
    first, *others = measured(trials.run(disturbing, grid, executor, experiment="t"))
    assert len(first) == len(METRICS) and all(other == first for other in others)


def test_what_draws_unseeded_gives_the_same_here_and_in_workers(log) -> None:
    drawn = ["random", "numpy", "torch"]
    here = trials.run(disturbing, [{"first": "numbers"}], experiment="here")
    there = trials.run(disturbing, [{"first": "numbers"}], 1, experiment="there")
    assert here[drawn].to_dict("records") == there[drawn].to_dict("records")


def draws(seed: int) -> dict:
    """Random numbers, so slowly that another thread would draw some of them."""
    torch.manual_seed(seed)
    drawn = []
    for _ in range(40):
        drawn.append(torch.rand(1).item())
        time.sleep(0.002)
    return {"metrics": {f"draw_{i}": number for i, number in enumerate(drawn)}}


def drawn_by(executor, root) -> list[list]:
    table = trials.run(draws, trials.grid(seed=[0, 1, 2]), executor, experiment="t", root=root)
    assert list(table["outcome"]) == ["ok"] * 3
    return table[[f"draw_{i}" for i in range(40)]].to_numpy().tolist()


def test_trials_in_threads_of_one_process_do_not_mix(tmp_path, capfd) -> None:
    expected = drawn_by(None, tmp_path / "here")
    with ThreadPoolExecutor(3) as pool:
        assert drawn_by(pool, tmp_path / "threads") == expected
    local = {"n_workers": 1, "threads_per_worker": 3, "dashboard_address": None}
    with LocalCluster(**local) as cluster:
        assert drawn_by(cluster.scheduler_address, tmp_path / "dask") == expected
    assert "the workers have 3 threads, but a process runs one trial" in capfd.readouterr()[1]


def waits(width: int, until: str) -> dict:
    (Path(until).parent / "begun").touch()
    while not Path(until).exists():
        time.sleep(0.01)
    return {"metrics": {}}


def where(width: int) -> dict:
    return {"metrics": {"pid": os.getpid()}}


def runs_others(executor: str, root: str) -> dict:
    pool = ThreadPoolExecutor(2) if executor == "threads" else None
    table = trials.run(where, [{"width": 1}], pool, experiment="inner", root=Path(root))
    return {"metrics": {"pid": table["pid"][0]}}


def test_a_trial_may_run_trials_but_not_in_threads_that_would_wait_for_it(log) -> None:
    grid = trials.grid(executor=["none", "threads"], root=str(log.root))
    table = trials.run(runs_others, grid, experiment="outer")
    assert list(table["outcome"]) == ["ok", "failed"]
    (attempt,) = (log.root / "runs" / "records" / "outer").glob("*.attempt.json")
    assert "would wait for it, and it for them" in attempt.read_text()


def test_a_pool_that_is_forked_amid_a_trial_waits_for_nobody(log, tmp_path) -> None:
    amid = {"width": 1, "until": str(tmp_path / "over")}
    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(trials.run, waits, [amid], experiment="amid", root=log.root)
        while not (tmp_path / "begun").exists():
            time.sleep(0.01)
        with ProcessPoolExecutor(1, mp_context=get_context("fork")) as pool:
            table = trials.run(where, [{"width": 1}], pool, experiment="forked")
        (tmp_path / "over").touch()
        assert waiting.result()["outcome"][0] == "ok"
    assert table["outcome"][0] == "ok" and table["pid"][0] != os.getpid()


def test_a_seed_that_does_nothing_is_flagged(log) -> None:
    table = trials.run(disturbing, trials.grid(first="numbers", seed=[0, 1]), experiment="t")
    assert all("seed" in told for told in table["inert"])


def test_the_notebooks_own_random_numbers_go_on(log) -> None:
    def drawn() -> list[float]:
        return [random.random(), np.random.rand(), torch.rand(1).item()]

    def seed() -> None:
        random.seed(1)
        np.random.seed(1)
        torch.manual_seed(1)

    seed()
    expected = [drawn(), drawn()]
    seed()
    before = drawn()
    trials.run(disturbing, [{"first": "numbers"}], experiment="t")
    assert [before, drawn()] == expected


def test_defaults_that_a_worker_does_not_have_fail_the_trial(log) -> None:
    torch.set_default_dtype(torch.float64)
    try:
        table = trials.run(disturbing, [{"first": "folder"}], 1, experiment="t")
    finally:
        torch.set_default_dtype(torch.float32)
    assert table["outcome"][0] == "failed"
    (attempt,) = (log.root / "runs" / "records" / "t").glob("*.attempt.json")
    assert "set to torch.float64, cpu, the worker has torch.float32, cpu" in attempt.read_text()
