"""The pose fit gives back the pose a face was drawn with, in the participant's own signs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from participants.imaging.canonical import LEFT_EYE_OUTER, RIGHT_EYE_OUTER, canonical_face
from participants.imaging.pose import angles, fit_pose, rotation_of

NOSE, MOUTH_AND_CHIN = 4, slice(140, 200)
degrees = st.floats(-80, 80)


def drawn(yaw: float, pitch: float, roll: float, scale: float = 3.0) -> np.ndarray:
    points = scale * canonical_face() @ rotation_of(yaw, pitch, roll).T + [900, 700, 0]
    return points.astype(np.float32)


@settings(max_examples=50, deadline=None)
@given(degrees, degrees, st.floats(-179, 179), st.floats(0.2, 20))
def test_the_drawn_pose_comes_back(yaw, pitch, roll, scale):
    pose = fit_pose(drawn(yaw, pitch, roll, scale))
    assert (pose.yaw, pose.pitch) == pytest.approx((yaw, pitch), abs=0.05)
    assert (pose.roll - roll + 180) % 360 - 180 == pytest.approx(0, abs=0.05)
    assert pose.pixels_per_mm == pytest.approx(scale, rel=1e-3)


@given(degrees, degrees, st.floats(-179, 179))
def test_angles_and_rotation_are_each_others_reverse(yaw, pitch, roll):
    assert angles(rotation_of(yaw, pitch, roll)) == pytest.approx((yaw, pitch, roll), abs=1e-6)


def test_turning_to_ones_own_left_moves_the_nose_right_in_the_photo():
    assert drawn(20, 0, 0)[NOSE, 0] > drawn(0, 0, 0)[NOSE, 0]


def test_looking_up_lifts_the_nose():
    assert drawn(0, 20, 0)[NOSE, 1] < drawn(0, 0, 0)[NOSE, 1]


def test_leaning_to_ones_own_left_lowers_the_left_eye():
    leaning = drawn(0, 0, 20)
    assert leaning[LEFT_EYE_OUTER, 1] > leaning[RIGHT_EYE_OUTER, 1]


def test_a_mirrored_face_has_yaw_and_roll_of_the_other_sign():
    mirrored = rotation_of(25, -10, 8) * [[1, -1, -1], [-1, 1, 1], [-1, 1, 1]]
    assert angles(mirrored) == pytest.approx((-25, -10, -8))


def test_an_open_mouth_does_not_tip_the_head():
    yawning = drawn(0, 0, 0)
    jaw = canonical_face()[:, 1] > 45
    yawning[jaw, 1] += 3.0 * 25
    assert 10 < jaw.sum() < 120
    pose = fit_pose(yawning)
    assert abs(pose.pitch) < 0.1  # 0.3 when every point counts alike
    assert abs(pose.yaw) < 0.1


def test_noise_on_the_points_averages_out():
    points = drawn(15, -8, 5)
    points += np.random.default_rng(3).normal(0, 6, points.shape).astype(np.float32)
    pose = fit_pose(points)
    assert (pose.yaw, pose.pitch, pose.roll) == pytest.approx((15, -8, 5), abs=1)
