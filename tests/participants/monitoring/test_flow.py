"""The flow adds up, whatever happened to whom; and its drawing says the numbers."""

import re
from typing import Any

from defusedxml import ElementTree
from hypothesis import given
from hypothesis import strategies as st

from participants.monitoring.consort import draw_flow
from participants.monitoring.drawing import width_of, wrapped
from participants.monitoring.flow import (
    EXCLUDED,
    VISIT_STATES,
    Flow,
    Person,
    counts_of,
    flow_of,
    people_in,
)
from participants.people.models import Participant, ScreeningAttempt

ARMS = {"SUN": "Sunscreen", "SHADE": "Shade"}
VISITS = {"baseline": "Baseline", "week-4": "Week 4"}
STATES = st.sampled_from([state.value for state in Participant.State])
FAILURES = st.sampled_from(["", *(failure.value for failure in ScreeningAttempt.Failure)])


@st.composite
def persons(draw: st.DrawFn, key: int = 0) -> Person:
    allocated = draw(st.booleans())
    return Person(
        key=key,
        state=draw(STATES),
        enrolled=draw(st.booleans()),
        failure=draw(FAILURES),
        allocated=allocated,
        arm=draw(st.sampled_from([*ARMS, "FORMER"])) if allocated else "",
        visits=draw(
            st.dictionaries(st.sampled_from(list(VISITS)), st.sampled_from(list(VISIT_STATES)))
        ),
        waits=draw(st.booleans()),
        last_missed=draw(st.booleans()),
        scored=draw(st.booleans()),
    )


@st.composite
def crowds(draw: st.DrawFn) -> list[Person]:
    return [draw(persons(key)) for key in range(draw(st.integers(0, 12)))]


@given(crowds(), st.booleans(), st.booleans())
def test_numbers_add_up_whatever_happened(
    people: list[Person], by_arm: bool, allocating: bool
) -> None:
    flow = _flow(people, by_arm=by_arm, allocating=allocating)
    excluded = sum(count.number for count in flow.excluded)
    assert flow.screened.number == len(people)
    assert len(people) == excluded + flow.in_screening.number + flow.enrolled.number
    assert flow.not_enrolled == excluded + flow.in_screening.number
    followed = flow.enrolled.number
    if allocating:
        assert followed == flow.not_allocated.number + flow.allocated.number
        followed = flow.allocated.number
    assert sum(group.all.number for group in flow.groups) == followed
    for group in flow.groups:
        assert group.all.number == sum(count.number for count in group.followed)
        assert group.all.number == sum(count.number for count in group.analysed)
        for line in group.visits:
            assert group.all.number == sum(count.number for count in line.counts)


@given(crowds(), st.booleans())
def test_nobody_is_counted_twice_and_each_number_leads_to_its_people(
    people: list[Person], by_arm: bool
) -> None:
    flow = _flow(people, by_arm=by_arm)
    for _stage, _parent, group, count in counts_of(flow):
        assert len(set(count.people)) == count.number
        arm = group.arm if group and by_arm else None
        assert people_in(flow, count.key, arm) == count.people


@given(crowds(), st.permutations(list(range(12))))
def test_pooled_it_tells_nothing_of_the_arms(people: list[Person], order: list[int]) -> None:
    """The arms dealt out otherwise: not a letter of the drawing or of the numbers differs."""
    given_arms = [one.arm for one in people if one.allocated]
    dealt = iter([given_arms[i] for i in order if i < len(given_arms)])
    other = [
        Person(**{**vars(one), "arm": next(dealt)}) if one.allocated else one for one in people
    ]
    first, second = _flow(people, by_arm=False), _flow(other, by_arm=False)
    assert list(counts_of(first)) == list(counts_of(second))
    for phone in (False, True):
        assert draw_flow(first, title="Flow", phone=phone) == draw_flow(
            second, title="Flow", phone=phone
        )


@given(crowds(), st.booleans(), st.booleans(), st.booleans())
def test_the_drawing_is_whole_and_says_the_numbers(
    people: list[Person], by_arm: bool, allocating: bool, phone: bool
) -> None:
    flow = _flow(people, by_arm=by_arm, allocating=allocating)
    drawing = draw_flow(flow, title="Flow of <MEL-8>", phone=phone, link=lambda k, a: f"?{k}&{a}")
    root = ElementTree.fromstring(drawing)
    words = [element.text or "" for element in root.iter() if element.tag.endswith("text")]
    assert f"n = {flow.screened.number}" in words
    assert f"n = {flow.enrolled.number}" in words
    width, height = (float(root.get(side, "0")) for side in ("width", "height"))
    for box in root.iter("{http://www.w3.org/2000/svg}rect"):
        right = float(box.get("x", "0")) + float(box.get("width", "0"))
        bottom = float(box.get("y", "0")) + float(box.get("height", "0"))
        assert right <= width
        assert bottom <= height
    _apart(root)


def _apart(root: Any) -> None:
    """No box lies over another."""
    boxes = [
        tuple(float(box.get(side, "0")) for side in ("x", "y", "width", "height"))
        for box in root.iter("{http://www.w3.org/2000/svg}rect")
        if "flow__box" in (box.get("class") or "")
    ]
    for place, (x, y, width, height) in enumerate(boxes):
        for left, top, wide, high in boxes[place + 1 :]:
            beside = x + width <= left or left + wide <= x
            assert beside or y + height <= top or top + high <= y


def test_each_reason_has_its_box() -> None:
    people = [Person(n, "screen_failure", failure=key) for n, key in enumerate(EXCLUDED) if n < 4]
    people += [
        Person(4, "withdrawn"),
        Person(5, "erased"),
        Person(6, "eligible"),
        Person(7, "enrolled", enrolled=True, waits=True, last_missed=True),
        Person(8, "enrolled", enrolled=True, last_missed=True),
        Person(9, "erased", enrolled=True, scored=False),
    ]
    flow = _flow(people, by_arm=False, allocating=False)
    numbers = {count.key: count.number for count in flow.excluded}
    assert numbers == {"criteria": 1, "declined": 1, "unreachable": 1, "other": 1, "left": 2}
    [group] = flow.groups
    followed = {count.key: count.people for count in group.followed}
    assert followed == {"under_way": (7,), "completed": (), "withdrew": (9,), "lost": (8,)}


def test_words_are_wrapped_to_their_box() -> None:
    lines = wrapped("Moisturiser with ceramides, twice a day in the morning and at night", 200)
    assert len(lines) > 1
    assert all(width_of(line) <= 200 for line in lines)
    assert wrapped("W" * 80, 120)[0].endswith("…")


def test_a_name_cannot_break_out_of_the_drawing() -> None:
    one = Person(1, "enrolled", enrolled=True, allocated=True, arm="SUN")
    flow = flow_of([one], arms={"SUN": '<script>&"'}, visits={}, allocating=True, randomised=True)
    drawing = draw_flow(flow, title='"><script>')
    assert "<script" not in drawing
    assert re.search(r"&lt;script&gt;", drawing)
    ElementTree.fromstring(drawing)


def _flow(people: list[Person], *, by_arm: bool, allocating: bool = True) -> Flow:
    return flow_of(
        people,
        arms=ARMS if by_arm else None,
        visits=VISITS,
        allocating=allocating,
        randomised=True,
    )
