"""Pools of workers: what is said where there are none any more."""

import time

import dask
import pytest
from distributed import LocalCluster

from labbook.log.processes.pool import NoScheduler, open_pool


@pytest.mark.parametrize("later_s", [0, 3])  # the client gives up meanwhile
def test_scheduler_that_is_gone_is_told(later_s: float) -> None:
    nobody = {"n_workers": 0, "processes": False, "dashboard_address": "127.0.0.1:0"}
    with (
        dask.config.set({"distributed.comm.timeouts.connect": "1s"}),
        LocalCluster(**nobody) as one,
        open_pool(one.scheduler_address) as pool,
    ):
        assert pool.slots(True)
        one.close()
        time.sleep(later_s)
        with pytest.raises(NoScheduler, match=r"scheduler at \S+ is gone: start one and run"):
            pool.slots(True)
