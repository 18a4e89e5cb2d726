"""Along what curves lie: whatever a training loop calls its steps."""

import pytest

from labbook.show import places

LOSS = [0.9, 0.4, 0.1]


@pytest.mark.parametrize(
    ("history", "over"),
    [
        ({"inputs": [0, 64, 128], "step": [0, 1, 2]}, ("inputs", [0, 64, 128])),
        ({"step": [10, 20, 30]}, ("step", [10, 20, 30])),
        ({"epoch": [0, 1, 2]}, ("epoch", [0, 1, 2])),
        ({"epoch": [0, 1, 2], "loss_step": [5, 6, 7]}, ("step", [5, 6, 7])),
    ],
)
def test_curve_lies_over_what_its_history_tells(history, over):
    assert places.along("loss", history | {"loss": LOSS}) == over


@pytest.mark.parametrize("epoch", [[0, 1], [2, 1, 0]])
def test_curve_lies_over_its_points_where_the_places_do_not_fit(epoch):
    name, over = places.along("loss", {"epoch": epoch, "loss": LOSS})
    assert (name, list(over)) == ("point", [1, 2, 3])


def test_validation_curve_lies_over_its_own_places_or_over_those_of_training():
    history = {"epoch": [1, 2, 3], "validation_epoch": [2, 4, 6], "validation_loss": LOSS}
    assert places.along("validation_loss", history) == ("validation_epoch", [2, 4, 6])
    del history["validation_epoch"]
    assert places.along("validation_loss", history) == ("epoch", [1, 2, 3])


def test_places_are_no_curves():
    assert all(map(places.is_place, ("epoch", "validation_inputs", "time_s")))
    assert not places.is_place("validation_loss")
