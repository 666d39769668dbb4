"""The flow of participants through a trial, counted from what is known of each.

The boxes are those of the CONSORT 2025 flow diagram (Hopewell et al., BMJ 2025;389:e081124): each
person stands in exactly one box of each stage, so that numbers add up whatever happened to them.
Plain Python: no rows, no rights.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

POOLED: Final = ""

SCREENED: Final = "screened"
IN_SCREENING: Final = "in_screening"
ENROLLED: Final = "enrolled"
NOT_ALLOCATED: Final = "not_allocated"
ALLOCATED: Final = "allocated"
# Why somebody was not enrolled.
EXCLUDED: Final = {
    "criteria": "Did not meet the criteria",
    "declined": "Declined to take part",
    "unreachable": "Could not be reached",
    "other": "Other reasons",
    "left": "Withdrew before enrolment",
}
FOLLOWED: Final = {
    "under_way": "Taking part",
    "completed": "Completed",
    "withdrew": "Withdrew",
    "lost": "Lost to follow-up",
}
ANALYSED: Final = {"analysed": "Analysed (photos scored)", "not_analysed": "Not scored"}
VISIT_STATES: Final = {
    "made": "made",
    "missed": "missed",
    "to_come": "to come",
    "cancelled": "cancelled",
    "not_planned": "not planned",
}


@dataclass(frozen=True)
class Person:
    """What the flow needs to know of one person.

    ``arm`` is empty where whoever looks may not know it; ``allocated`` says that there is one.
    ``visits``: code → one of ``VISIT_STATES``. ``waits``: a visit can still be made.
    """

    key: int
    state: str
    enrolled: bool = False
    failure: str = ""
    allocated: bool = False
    arm: str = POOLED
    visits: Mapping[str, str] = field(default_factory=dict)
    waits: bool = False
    last_missed: bool = False
    scored: bool = False


@dataclass(frozen=True)
class Count:
    """One number of the diagram, with the keys of those it counts."""

    key: str
    label: str
    people: tuple[int, ...]

    @property
    def number(self) -> int:
        return len(self.people)


@dataclass(frozen=True)
class VisitLine:
    """One planned visit: how many of a group stand how."""

    code: str
    name: str
    counts: list[Count]

    @property
    def made(self) -> Count:
        return self.counts[0]


@dataclass(frozen=True)
class Group:
    """Those who are followed together: an arm, or everybody where arms are not to be known."""

    arm: str
    name: str
    all: Count
    followed: list[Count]
    visits: list[VisitLine]
    analysed: list[Count]


@dataclass(frozen=True)
class Flow:
    """The whole diagram. ``allocating``: there are arms, so that a stage of its own is shown."""

    screened: Count
    in_screening: Count
    excluded: list[Count]
    enrolled: Count
    allocating: bool
    randomised: bool
    not_allocated: Count
    allocated: Count
    groups: list[Group]
    by_arm: bool

    @property
    def not_enrolled(self) -> int:
        return self.in_screening.number + sum(count.number for count in self.excluded)

    @property
    def allocated_word(self) -> str:
        return "Randomised" if self.randomised else "Allocated to an arm"


def before(person: Person) -> str:
    """Where somebody stands until enrolment: a key of ``EXCLUDED``, ``in_screening``, ``enrolled``.

    Who was ever enrolled, or was given an arm, stays counted as enrolled whatever came later.
    """
    if person.enrolled or person.allocated:
        return ENROLLED
    if person.state == "screen_failure":
        return person.failure if person.failure in EXCLUDED else "other"
    return "left" if person.state in {"withdrawn", "erased"} else IN_SCREENING


def followed(person: Person) -> str:
    """How the follow-up of somebody enrolled stands: a key of ``FOLLOWED``.

    Lost: nobody ended it, nothing is to come, and the last visit planned was missed.
    """
    if person.state in {"withdrawn", "erased"}:
        return "withdrew"
    if person.state == "completed":
        return "completed"
    return "lost" if person.last_missed and not person.waits else "under_way"


def flow_of(
    people: Iterable[Person],
    *,
    arms: Mapping[str, str] | None,
    visits: Mapping[str, str],
    allocating: bool,
    randomised: bool,
) -> Flow:
    """The flow of ``people``.

    ``arms``: code → name, in their order, or ``None`` for who may not know them: then everybody is
    one group. ``visits``: code → name of the planned visits, in their order.
    """
    everybody = list(people)
    enrolled = [one for one in everybody if before(one) == ENROLLED]
    given = [one for one in enrolled if one.allocated]
    subjects = given if allocating else enrolled
    if arms is None or not allocating:
        name = "All arms together" if allocating else "Everybody enrolled"
        groups = [_group(POOLED, name, subjects, visits)]
    else:
        # An arm that the protocol has no more is shown while somebody is in it.
        named = dict(arms) | {one.arm: one.arm for one in given if one.arm not in arms}
        groups = [
            _group(code, title, [one for one in given if one.arm == code], visits)
            for code, title in named.items()
        ]
    return Flow(
        screened=_count(SCREENED, "Assessed for eligibility", everybody),
        in_screening=_where(IN_SCREENING, "Still in screening", everybody, before),
        excluded=[_where(key, label, everybody, before) for key, label in EXCLUDED.items()],
        enrolled=_count(ENROLLED, "Enrolled", enrolled),
        allocating=allocating,
        randomised=randomised,
        not_allocated=_count(
            NOT_ALLOCATED,
            "Not randomised" if randomised else "Without an arm",
            [one for one in enrolled if not one.allocated] if allocating else [],
        ),
        allocated=_count(ALLOCATED, "Randomised" if randomised else "Allocated", given),
        groups=groups,
        by_arm=arms is not None and allocating,
    )


def _group(arm: str, name: str, people: list[Person], visits: Mapping[str, str]) -> Group:
    return Group(
        arm=arm,
        name=name,
        all=_count("group", name, people),
        followed=[_where(key, label, people, followed) for key, label in FOLLOWED.items()],
        visits=[
            VisitLine(
                code,
                title,
                [
                    _where(f"visit.{code}.{state}", label, people, _visit_state(code), state)
                    for state, label in VISIT_STATES.items()
                ],
            )
            for code, title in visits.items()
        ],
        analysed=[
            _where(key, label, people, lambda one: "analysed" if one.scored else "not_analysed")
            for key, label in ANALYSED.items()
        ],
    )


def _visit_state(code: str) -> Callable[[Person], str]:
    return lambda person: person.visits.get(code, "not_planned")


def _count(key: str, label: str, people: Iterable[Person]) -> Count:
    return Count(key, label, tuple(person.key for person in people))


def _where(
    key: str,
    label: str,
    people: Iterable[Person],
    box: Callable[[Person], str],
    wanted: str | None = None,
) -> Count:
    return _count(key, label, [one for one in people if box(one) == (wanted or key)])


def counts_of(flow: Flow) -> "Iterable[tuple[str, str, Group | None, Count]]":
    """Every number: stage, parent's key, the group it is of, and the count; in their order."""
    yield "enrolment", "", None, flow.screened
    yield "enrolment", SCREENED, None, flow.in_screening
    for count in flow.excluded:
        yield "enrolment", SCREENED, None, count
    yield "enrolment", SCREENED, None, flow.enrolled
    if flow.allocating:
        yield "allocation", ENROLLED, None, flow.not_allocated
        yield "allocation", ENROLLED, None, flow.allocated
    for group in flow.groups:
        parent = ALLOCATED if flow.allocating else ENROLLED
        yield "allocation", parent, group, group.all
        for count in group.followed:
            yield "follow-up", "group", group, count
        for line in group.visits:
            for count in line.counts:
                yield "follow-up", f"visit.{line.code}", group, count
        for count in group.analysed:
            yield "analysis", "group", group, count


def people_in(flow: Flow, key: str, arm: str | None = None) -> tuple[int, ...] | None:
    """Those whom the number ``key`` counts, of one arm or of all; ``None``: no such number."""
    found = [
        count
        for _stage, _parent, group, count in counts_of(flow)
        if count.key == key and (arm is None or (group is not None and group.arm == arm))
    ]
    if not found:
        return None
    return tuple(dict.fromkeys(one for count in found for one in count.people))


def label_of(flow: Flow, key: str) -> str:
    """What the number ``key`` counts, in words."""
    for group in flow.groups:
        for line in group.visits:
            for count in line.counts:
                if count.key == key:
                    return f"{line.name}: {count.label}"
    labels = {count.key: count.label for _s, _p, _g, count in counts_of(flow)}
    return labels.get(key, key) if key != "group" else "Followed"
