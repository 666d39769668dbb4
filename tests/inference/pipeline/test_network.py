import os

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from inference.pipeline.errors import PackageRefused
from inference.pipeline.network import MAX_BATCH, Network, shared_network
from tests.inference.pipeline.tiny_package import SIZE, tiny_card, write_tiny_package


def crops(count, seed=5):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (count, SIZE, SIZE, 3), dtype=np.uint8)


def by_hand(path, pixels):
    """The tiny network in plain NumPy: class maps (N, 32, 4, 4)."""
    weights = {t.name: numpy_helper.to_array(t) for t in onnx.load(path).graph.initializer}
    values = ((pixels / 255 - 0.5) / 0.25).transpose(0, 3, 1, 2)
    n, c, s = len(pixels), 3, SIZE // 4
    patches = values.reshape(n, c, s, 4, s, 4).transpose(0, 2, 4, 1, 3, 5).reshape(n, s, s, -1)
    h = np.maximum(patches @ weights["w1"].reshape(4, -1).T + weights["b1"], 0)
    h = h.reshape(n, s // 4, 4, s // 4, 4, 4).max(axis=(2, 4))
    maps = h @ weights["w2"].reshape(len(weights["b2"]), -1).T + weights["b2"]
    return maps.transpose(0, 3, 1, 2)


def softmax(values, axis):
    shifted = np.exp(values - values.max(axis=axis, keepdims=True))
    return shifted / shifted.sum(axis=axis, keepdims=True)


def test_probabilities_and_maps_agree_with_plain_numpy(tmp_path):
    path = write_tiny_package(tmp_path)
    pixels = crops(3)
    got = Network(path, expected_sha256=None).predict(pixels)
    maps = by_hand(path, pixels)
    for k, condition in enumerate(got.probabilities):
        local = maps[:, 4 * k : 4 * k + 4]
        wanted = softmax(local.mean(axis=(2, 3)), axis=1)
        assert got.probabilities[condition] == pytest.approx(wanted, abs=1e-5)
        severity = np.einsum("nkhw,k->nhw", softmax(local, axis=1), np.arange(4) / 3)
        assert got.maps[condition] == pytest.approx(severity, abs=1e-5)


def test_many_crops_go_through_in_small_batches_with_the_same_result(tmp_path, monkeypatch):
    network = Network(write_tiny_package(tmp_path), expected_sha256=None)
    pixels = crops(2 * MAX_BATCH + 3)
    seen = []
    prepare = network.prepare
    monkeypatch.setattr(
        network, "prepare", lambda batch: (seen.append(len(batch)), prepare(batch))[1]
    )
    whole = network.predict(pixels).probabilities["pores"]
    assert seen == [12, 12, 11]
    one = np.concatenate([network.predict(p[None]).probabilities["pores"] for p in pixels])
    assert whole == pytest.approx(one, abs=1e-6)


def test_no_crops_give_no_scores(tmp_path):
    got = Network(write_tiny_package(tmp_path), expected_sha256=None).predict(crops(0))
    assert got.probabilities["melasma"].shape == (0, 4)
    assert got.maps is None


def test_the_card_says_the_colour_order(tmp_path):
    card = tiny_card()
    rgb = Network(write_tiny_package(tmp_path, name="rgb.onnx"), expected_sha256=None)
    bgr = Network(
        write_tiny_package(
            tmp_path, name="bgr.onnx", input={**card["input"], "colour_order": "BGR"}
        ),
        expected_sha256=None,
    )
    pixels = crops(2)
    wanted = rgb.predict(np.ascontiguousarray(pixels[..., ::-1])).probabilities["pores"]
    assert np.array_equal(bgr.predict(pixels).probabilities["pores"], wanted)
    assert not np.allclose(rgb.predict(pixels).probabilities["pores"], wanted)


def test_another_file_than_the_registered_one_is_refused(tmp_path):
    path = write_tiny_package(tmp_path)
    with pytest.raises(PackageRefused) as refused:
        Network(path, expected_sha256="0" * 64)
    assert refused.value.code == "changed"


def test_a_file_changed_after_it_was_opened_is_refused_at_first_use(tmp_path):
    network = Network(write_tiny_package(tmp_path), expected_sha256=None)
    write_tiny_package(tmp_path, seed=8)
    with pytest.raises(PackageRefused) as refused:
        network.predict(crops(1))
    assert refused.value.code == "changed"


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((1, 32, 32, 3), np.uint8),
        np.zeros((SIZE, SIZE, 3), np.uint8),
        np.zeros((1, SIZE, SIZE, 3), np.float32),
    ],
)
def test_crops_of_another_shape_are_refused(tmp_path, wrong):
    with pytest.raises(ValueError, match="crops must be uint8"):
        Network(write_tiny_package(tmp_path), expected_sha256=None).predict(wrong)


def test_a_session_is_never_carried_over_a_fork(tmp_path):
    """onnxruntime crashes in a child that uses its parent's session."""
    network = Network(write_tiny_package(tmp_path), expected_sha256=None, threads=2)
    pixels = crops(4)
    here = network.predict(pixels).probabilities["wrinkles"]
    parents = network._session
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        there = network.predict(pixels).probabilities["wrinkles"]
        os.write(writer, there.tobytes())
        # So small a network may get through by luck, so the session itself is looked at.
        os._exit(3 if network._session is parents else 0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        content = pipe.read()
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert np.array_equal(np.frombuffer(content, np.float32).reshape(here.shape), here)


def test_a_process_opens_a_registered_package_once(tmp_path):
    path = write_tiny_package(tmp_path)
    sha256 = Network(path, expected_sha256=None).sha256
    assert shared_network(str(path), sha256) is shared_network(str(path), sha256)


def test_where_the_card_says_so_a_crop_and_its_mirror_image_are_told_the_same(tmp_path):
    plain = Network(write_tiny_package(tmp_path), expected_sha256=None)
    both = Network(
        write_tiny_package(tmp_path, name="both.onnx", mirror=True), expected_sha256=None
    )
    pixels = crops(3)
    flipped = np.ascontiguousarray(pixels[:, :, ::-1])
    one, other = both.predict(pixels), both.predict(flipped)
    apart = plain.predict(pixels).probabilities["pores"]
    mirrored = plain.predict(flipped).probabilities["pores"]
    assert not np.allclose(apart, mirrored, atol=1e-4)
    assert one.probabilities["pores"] == pytest.approx((apart + mirrored) / 2, abs=1e-6)
    assert one.probabilities["pores"] == pytest.approx(other.probabilities["pores"], abs=1e-6)
    # The mirror image's map is turned back before it is averaged.
    assert one.maps["pores"] == pytest.approx(other.maps["pores"][:, :, ::-1], abs=1e-6)
