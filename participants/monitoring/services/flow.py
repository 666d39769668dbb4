"""The flow of a study's participants, from their rows, as whoever looks may see it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, cast

from django.utils import timezone

from participants.allocation.models import Allocation
from participants.allocation.services.reading import arm_refusal, given_to, knows_arms_at
from participants.monitoring.errors import NoSuchNumber
from participants.monitoring.flow import Flow, Person, counts_of, flow_of, people_in
from participants.monitoring.signals import scored_asked
from participants.people.models import Participant, ScreeningAttempt
from participants.visits import services as visits
from participants.visits.models import WAITING, Visit
from studies.access.models import User
from studies.access.permissions import Permission
from studies.platform.csv_files import csv_lines
from studies.protocol.models import Arm, Site, Study, VisitDefinition
from studies.protocol.services.rights import may_anywhere, require
from studies.randomisation.models import Scheme
from studies.record import services as audit

HEADER = ("study_id", "site_id", "stage", "arm", "of", "box", "words", "n")
_MISSED = Visit.State.MISSED


def participant_flow(*, study: Study, user: User, site: Site | None = None) -> Flow:
    """The flow at the sites that ``user`` may see, or at ``site``, one of them.

    By arm where the arms at all of these sites may be known to ``user``, else all together: who is
    blind is given the same numbers whatever the allocation.
    """
    people = Participant.objects.visible_to(user, Permission.MONITORING_VIEW).filter(study=study)
    if site is not None:
        people = people.filter(site=site)
    everybody = list(people.order_by("code").select_related("site"))
    by_arm = _knows_arms(study, user, everybody, site)
    arms = dict(Arm.objects.filter(study=study).values_list("code", "name"))
    allocated = set(
        Allocation.objects.filter(participant__study=study).values_list("participant", flat=True)
    )
    scheme = Scheme.objects.filter(study=study).exclude(state=Scheme.State.DRAFT)
    return flow_of(
        _persons(study, everybody, allocated, user if by_arm else None),
        arms=arms if by_arm else None,
        visits=_planned(study),
        allocating=bool(arms),
        randomised=scheme.exists(),
    )


def flow_people(
    *, study: Study, user: User, box: str, arm: str | None = None, site: Site | None = None
) -> list[Participant]:
    """Those whom one number of the flow counts, by code.

    Raises:
        NotAllowed: ``arm`` is asked for by somebody who may not know it: the same for every arm.
        NoSuchNumber: the flow has no such box.
    """
    flow = participant_flow(study=study, user=user, site=site)
    if arm is not None and not flow.by_arm:
        raise arm_refusal(study)
    keys = people_in(flow, box, arm)
    if keys is None:
        raise NoSuchNumber("The flow has no such box. Go back to it and choose a number there.")
    rows = Participant.objects.visible_to(user, Permission.MONITORING_VIEW).filter(pk__in=keys)
    return list(rows.select_related("site").order_by("code"))


def flow_file(*, study: Study, by: User, site: Site | None = None) -> Iterator[bytes]:
    """The numbers of the flow as CSV; that they were taken is recorded.

    Raises:
        NotAllowed: ``by`` may not see how the study is conducted.
    """
    if not may_anywhere(by, Permission.MONITORING_VIEW, study=study):
        require(by, Permission.MONITORING_VIEW, study=study)
    flow = participant_flow(study=study, user=by, site=site)
    where = site.code if site else ""
    audit.record(
        by=by,
        action="flow.export",
        target=study,
        study=study.code,
        site=where,
        new={"at": timezone.now().isoformat()},
    )
    return csv_lines(HEADER, flow_rows(study, flow, where), byte_order_mark=True)


def flow_rows(study: Study, flow: Flow, site: str = "") -> Iterator[tuple[Any, ...]]:
    """Each number of the flow as a row, in the order of ``HEADER``."""
    for stage, parent, group, count in counts_of(flow):
        arm = group.arm if group else ""
        yield study.code, site, stage, arm, parent, count.key, count.label, count.number


def _knows_arms(study: Study, user: User, people: Iterable[Participant], site: Site | None) -> bool:
    shown = {person.site_id for person in people} | ({site.pk} if site else set())
    return knows_arms_at(user, study, shown)


def _planned(study: Study) -> dict[str, str]:
    """Code → name of every visit that any version of the protocol plans, by day."""
    rows = VisitDefinition.every.filter(study=study, unscheduled=False)
    return dict(rows.order_by("day_offset", "code", "pk").values_list("code", "name"))


def _persons(
    study: Study, people: list[Participant], allocated: set[int], user: User | None
) -> Iterator[Person]:
    """What the flow needs of each; ``user`` is told arms, and nobody where there is none."""
    given = given_to(people, user=user) if user is not None else {}
    failures = dict(
        ScreeningAttempt.objects.filter(participant__study=study, outcome="failure")
        .order_by("number")
        .values_list("participant", "failure")
    )
    scored = _scored(study)
    seen = _visits(study)
    days = visits.days_here(study)
    for person in people:
        mine = seen[person.pk]
        today = days.at(person.site_id)
        stand = [(code, state if state not in WAITING else _now(state, closes, today), unplanned)
                 for code, state, closes, unplanned in mine]  # fmt: skip
        planned = [(code, state) for code, state, unplanned in stand if not unplanned]
        kept = [state for _code, state in planned if state != Visit.State.CANCELLED]
        arm = given.get(person.pk)
        yield Person(
            key=person.pk,
            state=person.state,
            enrolled=person.enrolled_on is not None,
            failure=failures.get(person.pk, ""),
            allocated=person.pk in allocated,
            arm=arm.arm if arm else "",
            visits={code: _STATES[state] for code, state in planned},
            waits=any(state in WAITING for _code, state, _unplanned in stand),
            last_missed=bool(kept) and kept[-1] == _MISSED,
            scored=person.pk in scored,
        )


_STATES = {
    "complete": "made",
    "missed": "missed",
    "scheduled": "to_come",
    "due": "to_come",
    "in_progress": "to_come",
    "cancelled": "cancelled",
}


def _now(state: str, closes: date, today: date) -> str:
    """As ``Visit.standing_on``: a window that is over leaves a visit missed."""
    return _MISSED if closes < today else state


def _visits(study: Study) -> dict[int, list[tuple[str, str, date, bool]]]:
    """Participant → code, state, last day, and whether no protocol plans it; by day."""
    rows = Visit.objects.filter(participant__study=study).counted()
    columns = ("participant", "definition__code", "state", "closes_on", "definition__unscheduled")
    found: dict[int, list[tuple[str, str, date, bool]]] = defaultdict(list)
    for key, *told in rows.order_by("scheduled_on", "pk").values_list(*columns):
        found[key].append((told[0], told[1], told[2], told[3]))
    return found


def _scored(study: Study) -> set[int]:
    """Keys of those of whom a photo has a score that counts, as later rooms tell."""
    heard = scored_asked.send(sender=Study, study=study)
    return {key for _receiver, keys in heard for key in cast("set[int]", keys)}
