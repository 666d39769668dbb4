import numpy as np
import pytest
import torch

from inference.pipeline.anatomy import CONDITIONS
from inference.pipeline.network import Network
from inference.training.calibrate import Calibration, calibrate, fit
from inference.training.vgg16 import folded
from tests.inference.pipeline.tiny_package import write_tiny_package
from tests.inference.training.test_evaluate import crops_for
from tests.inference.training.test_vgg16 import shaken


class Leaning:
    """A network whose probabilities lean to the worst grade, whatever the photo shows."""

    def __init__(self, network):
        self._network = network
        self.card = network.card

    def predict(self, pixels):
        found = self._network.predict(pixels)
        for values in found.probabilities.values():
            values[:] = [0.1, 0.1, 0.2, 0.6]
        return found


def test_a_network_that_leans_to_the_worst_grade_is_brought_back(tmp_path):
    network = Leaning(Network(write_tiny_package(tmp_path), expected_sha256=None, threads=1))
    crops = crops_for(photos=200)
    crops.severity[:] = 0.0  # nobody has anything
    shift = fit(crops, network).shift[CONDITIONS.index("pores")]
    moved = np.exp(np.log([0.1, 0.1, 0.2, 0.6]) + shift)
    assert shift.argmax() == 0
    assert (moved / moved.sum())[0] > 0.8


def test_few_photos_move_little(tmp_path):
    network = Leaning(Network(write_tiny_package(tmp_path), expected_sha256=None, threads=1))
    one, many = crops_for(photos=1), crops_for(photos=200)
    one.severity[:] = many.severity[:] = 0.0
    column = CONDITIONS.index("pores")
    assert fit(one, network).shift[column, 0] < 0.5 * fit(many, network).shift[column, 0]


def test_what_no_photo_shows_is_left_alone(tmp_path):
    network = Network(write_tiny_package(tmp_path), expected_sha256=None, threads=1)
    got = fit(crops_for(), network)  # cheek, nose, chin and glabella: no region of no condition
    crops = crops_for()
    crops.region[:] = crops.region[2]  # the chin alone, where pores are not read
    alone = fit(crops, network)
    column = CONDITIONS.index("pores")
    assert not np.array_equal(got.shift[column], np.zeros(4))
    assert np.array_equal(alone.shift[column], np.zeros(4))
    assert alone.temperature[column] == 1


def test_the_fold_is_temperature_times_logits_plus_shift():
    network, crops = folded(shaken()), torch.randn(2, 3, 64, 64)
    rng = np.random.default_rng(5)
    found = Calibration(
        rng.uniform(0.5, 2, 8).astype(np.float32), rng.normal(0, 1, (8, 4)).astype(np.float32)
    )
    with torch.no_grad():
        before = network(crops).numpy()
        calibrate(network, found)
        after = network(crops).numpy()
    wanted = before * found.temperature[None, :, None, None, None]
    assert after == pytest.approx(wanted + found.shift[None, :, :, None, None], abs=1e-4)
