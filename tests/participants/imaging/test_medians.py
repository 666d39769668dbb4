"""Medians by one partition are NumPy's own, to the last bit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from participants.imaging.medians import median, medians

FLOATS = st.sampled_from([np.float32, np.float64])
SHAPES = array_shapes(min_dims=1, max_dims=2, max_side=40)


def finite(kind: type[np.floating]) -> st.SearchStrategy[float]:
    return st.floats(-1e6, 1e6, width=np.finfo(kind).bits, allow_nan=False)


@given(FLOATS.flatmap(lambda kind: arrays(kind, SHAPES, elements=finite(kind))))
def test_a_median_of_floats_is_numpys(values: NDArray[np.number]) -> None:
    assert median(values) == float(np.median(values))


@given(st.sampled_from([np.uint8, np.int16]).flatmap(lambda kind: arrays(kind, SHAPES)))
def test_whole_numbers_do_not_overflow(values: NDArray[np.number]) -> None:
    assert median(values) == float(np.median(values))


COLUMNS = array_shapes(min_dims=2, max_dims=2, max_side=30)


@given(FLOATS.flatmap(lambda kind: arrays(kind, COLUMNS, elements=finite(kind))))
def test_medians_of_columns_are_numpys(rows: NDArray[np.floating]) -> None:
    found = medians(rows)
    assert found.dtype == rows.dtype
    assert (found == np.median(rows, axis=0)).all()


@pytest.mark.parametrize("kind", [np.float32, np.uint8])
def test_of_nothing_it_is_no_number(kind: type[np.generic]) -> None:
    assert np.isnan(median(np.zeros(0, kind)))
