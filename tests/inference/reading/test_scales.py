"""What scales take, and the scores made of parts."""

import pytest

from inference.reading.scales import Kind, areas_of, checked, most_of, parts_of, score_of


def full(kind: Kind) -> dict[str, dict[str, object]]:
    return {a.code: {p.code: p.most for p in parts_of(kind)} for a in areas_of(kind)}


@pytest.mark.parametrize(("kind", "most"), [("masi", 48), ("mmasi", 24), ("easi", 7.2)])
def test_the_ends_of_the_published_ranges(kind: str, most: float) -> None:
    given = full(Kind(kind))
    assert score_of(Kind(kind), given) == most == most_of(Kind(kind))
    nothing = {area: dict.fromkeys(parts, 0) for area, parts in given.items()}
    assert score_of(Kind(kind), nothing) == 0


def test_masi_by_hand() -> None:
    given = {
        "forehead": {"area": 2, "darkness": 2, "homogeneity": 1},
        "right_malar": {"area": 4, "darkness": 3, "homogeneity": 2},
        "left_malar": {"area": 3, "darkness": 3, "homogeneity": 3},
        "chin": {"area": 0, "darkness": 0, "homogeneity": 0},
    }
    assert score_of(Kind.MASI, given) == pytest.approx(0.3 * 2 * 3 + 0.3 * 4 * 5 + 0.3 * 3 * 6)


@pytest.mark.parametrize(
    "change",
    [
        {"area": 7},
        {"area": -1},
        {"area": True},
        {"area": 2.0},
        {"darkness": "2"},
        {"area": 0},
        {"darkness": 0, "homogeneity": 0},
        {"more": 1},
    ],
)
def test_parts_outside_their_range_are_refused(change: dict[str, object]) -> None:
    given = full(Kind.MASI)
    given["chin"] |= change
    with pytest.raises(ValueError, match="Chin"):
        score_of(Kind.MASI, given)


def test_every_area_is_wanted() -> None:
    given = full(Kind.MASI)
    del given["chin"]
    with pytest.raises(ValueError, match="every area"):
        score_of(Kind.MASI, given)
    with pytest.raises(ValueError, match="one number"):
        score_of(Kind.LINE, {})


@pytest.mark.parametrize(
    ("kind", "value"),
    [("grades", 4), ("grades", -1), ("grades", 1.5), ("grades", True), ("grades", "1"),
     ("line", 100.1), ("line", float("nan")), ("count", 2.5), ("count", 1000), ("line", None)],
)  # fmt: skip
def test_numbers_that_a_scale_does_not_have(kind: str, value: object) -> None:
    with pytest.raises(ValueError, match=r"number|possible"):
        checked(Kind(kind), value, grades=4)


def test_numbers_that_it_has() -> None:
    assert checked(Kind.GRADES, 3, grades=4) == 3
    assert checked(Kind.LINE, 12.5) == 12.5
    assert checked(Kind.COUNT, 999) == 999
