"""How far mirror images are apart on real faces, and what their average is."""

import cv2  # noqa: F401 - changes the environment when it is loaded, which no test may
import numpy as np
import pytest

from inference.pipeline.assessed import CONDITIONS
from inference.pipeline.network import Network
from inference.training.evaluate import crop_probabilities
from inference.training.real_faces import mirror
from tests.inference.pipeline.tiny_package import write_tiny_package
from tests.inference.training.test_evaluate import crops_for


@pytest.fixture(name="network")
def tiny(tmp_path):
    return Network(
        write_tiny_package(tmp_path), expected_sha256=None, threads=1,
        providers=["CPUExecutionProvider"], precision="float32",
    )  # fmt: skip


def test_mirror_images_of_the_pictures_asked_for_alone_are_read(network):
    crops = crops_for(6)
    wanted = np.arange(6) < 4
    found = mirror.mirrored_probabilities(crops, network, wanted)
    for p in found.values():
        assert np.isfinite(p).all(axis=1).tolist() == wanted[crops.photo].tolist()


def test_a_mirror_image_that_says_the_same_is_no_distance_away(network):
    crops = crops_for(6)
    plain = crop_probabilities(crops, network)
    for one in mirror.apart(crops, plain, plain, network).values():
        assert one == {"crop": 0, "region": 0, "face": 0}
    assert mirror.averaged(plain, plain).keys() == plain.keys()


def test_the_average_lies_between_a_crop_and_its_mirror_image(network):
    crops = crops_for(6)
    plain = crop_probabilities(crops, network)
    far = {c: np.roll(p, 1, axis=1) for c, p in plain.items()}
    apart = mirror.apart(crops, plain, far, network)
    assert all(one["crop"] > 0 for one in apart.values())
    both = mirror.averaged(plain, far)
    for condition, p in both.items():
        low, high = (f(plain[condition], far[condition]) for f in (np.minimum, np.maximum))
        assert ((low - 1e-6 <= p) & (p <= high + 1e-6)).all()
    _, points = mirror.compared(crops, plain, network, np.arange(6) < 4)
    read = [CONDITIONS.index(output.condition) for output in network.card.outputs]
    assert np.isfinite(points[:4, read]).all()
    assert np.isnan(points[4:]).all()
