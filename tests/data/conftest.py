import os
from pathlib import Path

import pytest


@pytest.fixture
def mnist_folder() -> Path:
    """The folder of the four real MNIST files, from $LABBOOK_DATA."""
    data = os.environ.get("LABBOOK_DATA")
    if not data or not Path(data, "mnist").is_dir():
        pytest.skip("the real MNIST is not at hand: set LABBOOK_DATA to the folder above mnist/")
    return Path(data, "mnist")
