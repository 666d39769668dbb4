"""A measured number beside its limit never reads as if the limit had been met, or missed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.pipeline.score import _too_coarse
from inference.scoring.quality import readable_quality
from participants.imaging.figures import with_enough_digits
from participants.imaging.profiles import PROFILES
from participants.imaging.quality import _judge

numbers = st.floats(min_value=-1e6, max_value=1e6, allow_nan=False)


@given(value=numbers, limits=st.lists(numbers, max_size=2), form=st.sampled_from("fg"))
def test_a_value_stays_on_its_side_of_every_limit(
    value: float, limits: list[float], form: str
) -> None:
    told = float(with_enough_digits(value, limits, digits=1, form=form))  # type: ignore[arg-type]
    for limit in limits:
        assert (told > limit, told < limit) == (value > limit, value < limit)


@pytest.mark.parametrize(
    ("value", "limits", "told"),
    [(2.46, [2.5], "2.46"), (2.44, [2.5], "2.4"), (2.4996, [2.5], "2.4996"), (3.1, [2.5], "3.1")],
)
def test_it_gets_no_more_digits_than_that_takes(
    value: float, limits: list[float], told: str
) -> None:
    assert with_enough_digits(value, limits, digits=1) == told


class Coarse:
    resolution = {"nose": 2.46}
    px_per_mm = 3.0


def test_too_few_pixels_reads_as_fewer_than_are_needed() -> None:
    assert _too_coarse(Coarse(), "nose", 2.5) == (  # type: ignore[arg-type]
        "Too few pixels: 2.46 a millimetre of this skin, 2.5 needed."
    )


@pytest.mark.parametrize("profile", ["normal", "strict"])
def test_a_refused_measure_is_shown_beyond_the_limit_that_refused_it(profile: str) -> None:
    """By every gate: a value just beyond the limit, as it is kept and as pages show it."""
    for code, gate in PROFILES[profile].gates.items():
        beyond = gate.reject + (0.0001 if gate.worse == "above" else -0.0001)
        measure = _judge(code, beyond, PROFILES[profile])
        assert measure.outcome == "reject", code
        report = {"measures": [vars(measure)], "accepted": False, "profile": profile}
        readable = readable_quality(report)
        assert readable is not None
        told = float(readable.lines[0].value.split()[0].rstrip("%"))
        assert (told > gate.reject) == (gate.worse == "above"), (code, told, gate)
        assert told != gate.reject, code
