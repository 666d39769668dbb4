from pathlib import Path

import numpy as np
import pytest
import torch

from inference.pipeline.assessed import CONDITIONS
from inference.pipeline.network import Network
from inference.training.begin import network_of, read_calibration
from inference.training.vgg16 import folded, logits_of

SHIPPED = Path(__file__).parents[3] / "inference" / "packages" / "gsh-demonstrator.onnx"


def pixels(count=3):
    rng = np.random.default_rng(5)
    coarse = rng.uniform(60, 220, (count, 16, 16, 3))
    return np.kron(coarse, np.ones((1, 8, 8, 1))).astype(np.uint8)


def shown(crops):
    mean, std = np.array([0.55, 0.42, 0.36]), np.array([0.22, 0.19, 0.18])
    values = ((crops / 255 - mean) / std).astype(np.float32)
    return torch.from_numpy(np.ascontiguousarray(values.transpose(0, 3, 1, 2)))


def calibrated(logits):
    """As the package gives them: its last layer holds a temperature and shifts besides."""
    told = read_calibration(SHIPPED)
    for place, condition in enumerate(CONDITIONS):
        if condition in told:
            by = told[condition]
            logits[:, place] = logits[:, place] * by["temperature"] + torch.tensor(by["shift"])
    return torch.softmax(logits, -1)


@pytest.mark.parametrize("plain", [False, True], ids=["trainable", "folded again"])
def test_a_package_made_trainable_says_what_it_said(plain):
    crops = pixels()
    network = network_of(SHIPPED, 0.25, shown(pixels(8))).eval()
    network = folded(network) if plain else network
    with torch.no_grad():
        ours = calibrated(logits_of(network(shown(crops))))
    package = Network(SHIPPED, expected_sha256=None, threads=1, precision="float32")
    theirs = package.predict(crops).probabilities
    for place, condition in enumerate(CONDITIONS):
        assert ours[:, place].numpy() == pytest.approx(theirs[condition], abs=2e-3)


def test_while_training_it_begins_at_what_the_package_said():
    """Batch norm takes its numbers from the batch then: with those it was measured on, the same."""
    sample = shown(pixels(8))
    network = network_of(SHIPPED, 0.25, sample)
    with torch.no_grad():
        fixed = network.features.eval()(sample)
        trained = network.features.train()(sample)
    assert torch.allclose(fixed, trained, atol=1e-3 * float(fixed.abs().max()))


def test_a_package_of_another_width_is_refused():
    with pytest.raises(ValueError, match="width"):
        network_of(SHIPPED, 0.5, shown(pixels(2)))
