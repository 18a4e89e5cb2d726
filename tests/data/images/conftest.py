"""Small CIFAR-10 files of both kinds."""

import numpy as np
import pytest
from tests.data.images.cifar_files import NAMES, write_archive


@pytest.fixture(scope="module")
def arrays():
    """25 training and 7 test images of noise around a mean of their own."""
    random = np.random.default_rng(0)

    def images(count):
        means = random.uniform(40, 215, (count, 1, 1, 3))
        return (means + random.uniform(-40, 40, (count, 32, 32, 3))).astype(np.uint8)

    x_train, x_test = images(25), images(7)
    y_train, y_test = (np.arange(count, dtype=np.uint8) % 10 for count in (25, 7))
    return dict(zip(NAMES, (x_train, y_train, x_test, y_test), strict=True))


@pytest.fixture(scope="module")
def archive(arrays, tmp_path_factory):
    return write_archive(tmp_path_factory.mktemp("archive"), arrays)
