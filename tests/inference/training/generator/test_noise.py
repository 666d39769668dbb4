"""Seeded randomness: named streams, waves of a given length, points that stay inside."""

import numpy as np
import pytest

from inference.training.generator.noise import scattered_points, smoothstep, stream, waves


class AlmostOne:
    """A source whose every number is the largest below 1: the worst case of rounding."""

    def uniform(self, low, high, shape):
        return np.full(shape, low + (high - low) * (1 - 2**-53))

    def permutation(self, count):
        return np.arange(count)


def test_a_stream_depends_on_its_seed_and_its_name():
    assert stream(1, "a").random() == stream(1, "a").random()
    assert len({stream(seed, name).random() for seed in (1, 2) for name in "ab"}) == 4


def test_points_never_lie_on_the_far_edge():
    points = scattered_points(AlmostOne(), 26000)
    assert points.max() < 1
    assert (points * np.float32(1159)).astype(int).max() <= 1158


def test_points_are_spread_over_the_whole_square():
    points = scattered_points(stream(3, "points"), 1000)
    counts, _, _ = np.histogram2d(*points.T, bins=4, range=[[0, 1], [0, 1]])
    assert points.shape == (1000, 2)
    assert counts.min() > 40


def test_waves_have_their_length_and_deviation_at_any_size():
    fields = {scale: waves(stream(5, "w"), (round(80 * scale),) * 2, scale, 8) for scale in (1, 4)}
    for scale, field in fields.items():
        assert field.std() == pytest.approx(1, abs=0.3)
        crossings = (np.diff(np.signbit(field), axis=1)).sum(axis=1).mean()
        assert crossings == pytest.approx(2 * 80 / 8, rel=0.5), scale
    small = fields[4].reshape(80, 4, 80, 4).mean(axis=(1, 3))
    assert np.corrcoef(small.ravel(), fields[1].ravel())[0, 1] > 0.9


def test_a_smooth_step_rises_from_low_to_high_either_way():
    values = np.array([-1, 0, 0.5, 1, 2], np.float32)
    assert smoothstep(values, 0, 1).tolist() == [0, 0, 0.5, 1, 1]
    assert smoothstep(values, 1, 0).tolist() == [1, 1, 0.5, 0, 0]
