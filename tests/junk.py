"""What nobody should send: any JSON, and good JSON with something else at one place."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

# NaN, infinities, numbers no float holds, half surrogate pairs, NUL.
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**300, -(10**300), 0, 1, 64.0, 1e308])
    | st.floats()
    | st.text(st.characters(), max_size=12)
    | st.sampled_from(["", "\0", "\ud800", "x" * 5000, "none", "dryness", "‮"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(), max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)


def places(value: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place in a JSON value but the whole."""
    if not isinstance(value, dict | list):
        return
    for step, below in value.items() if isinstance(value, dict) else enumerate(value):
        yield (*place, step)
        yield from places(below, (*place, step))


@st.composite
def spoilt(draw: st.DrawFn, good: dict[str, Any]) -> dict[str, Any]:
    """``good`` with one part dropped, added to, or put in place of another."""
    told = copy.deepcopy(good)
    place = draw(st.sampled_from(list(places(good))))
    holder: Any = told
    for step in place[:-1]:
        holder = holder[step]
    how = draw(st.sampled_from(["replace", "drop", "add"]))
    if how == "drop":
        del holder[place[-1]]
    elif how == "add" and isinstance(holder, dict):
        holder[draw(st.text(st.characters(), max_size=8))] = draw(VALUES)
    else:
        holder[place[-1]] = draw(VALUES)
    return told


def in_our_words(message: str) -> bool:
    """Whether a refusal says nothing as the library behind it would."""
    theirs = ("pydantic", "errors.py", "Input should", "Value error", "input_value", "input_type")
    return not any(word in message for word in theirs)
