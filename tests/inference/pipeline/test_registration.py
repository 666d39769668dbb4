"""One face laid over itself: what was moved, turned and resized is found again."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.pipeline.registration import Similarity, by_box, fit_similarity

FACE = np.array([[300, 400], [360, 402], [440, 401], [505, 398], [400, 380], [401, 520]], float)


@given(
    st.floats(0.3, 3),
    st.floats(-1, 1),
    st.floats(-900, 900),
    st.floats(-900, 900),
)
def test_it_is_found_again(scale: float, angle: float, x: float, y: float) -> None:
    true = Similarity(scale, angle, x, y)
    found, missed = fit_similarity(FACE, true.carry(FACE))
    assert missed < 1e-6
    assert (found.scale, found.angle) == pytest.approx((scale, angle), abs=1e-6)
    np.testing.assert_allclose(found.carry(FACE), true.carry(FACE), atol=1e-5)


def test_what_does_not_fit_is_told() -> None:
    rng = np.random.default_rng(2)
    true = Similarity(1.1, 0.1, 5, 6)
    found, missed = fit_similarity(FACE, true.carry(FACE) + rng.normal(0, 2, FACE.shape))
    assert 0.5 < missed < 4
    assert found.scale == pytest.approx(1.1, abs=0.05)


@pytest.mark.parametrize("points", [FACE[:3], np.ones((6, 2))])
def test_too_little_is_refused(points: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"same four points|one place"):
        fit_similarity(points, points)


def test_a_box_gives_size_turn_and_place() -> None:
    first = {"box": [100, 100, 200, 300], "inter_eye_px": 60, "roll": 2}
    second = {"box": [50, 80, 400, 600], "inter_eye_px": 120, "roll": 2}
    found = by_box(first, second)
    assert (found.scale, found.angle) == (2, 0)
    np.testing.assert_allclose(found.carry([[200, 250]]), [[250, 380]])
