"""The monitor's visit in the study of twelve weeks: a plan, ticks, and what changed since."""

import time
from collections.abc import Iterator
from datetime import timedelta
from functools import partial

from django.utils import timezone

from inference.demo import twelve_weeks as story
from inference.demo.actions import Act, named
from participants.capture.models import PhotoCheck
from participants.people.models import Participant
from participants.verification.models import Tick
from participants.verification.services.ticking import verify_fields
from studies.access.models import Membership, User
from studies.access.permissions import Role
from studies.platform.work import WorkState, worker_missing
from studies.protocol.models import Study
from studies.protocol.models.verified import ALL
from studies.protocol.services.verification import set_verification_plan

FIRST = 3  # participants of each site in the plan
VISIT = 9  # days ago: after it, a year of birth is corrected and a consent renewed
# Person and part; what was there nine days ago.
TICKED = (
    (0, "enrolment"),
    (0, "visit.baseline"),
    (0, "visit.week-2"),
    (0, "visit.week-4"),
    (1, "enrolment"),
    (1, "visit.baseline"),
    (2, "enrolment"),
    (6, "enrolment"),
)
PATIENCE = 120  # seconds for the checks of one person's photos


def _holder(study: Study, role: Role) -> User:
    return Membership.objects.current().filter(study=study, role=role)[0].user


def plan(study: Study) -> str:
    study.refresh_from_db()
    if study.verify_fields:
        return ""
    set_verification_plan(
        study=study,
        fields=[ALL],
        first=FIRST,
        reason="Agreed with the monitor: risk-based",
        by=_holder(study, Role.MANAGER),
    )
    return "the plan of source verification"


def verify(study: Study, number: int, part: str) -> str:
    """Everything of one part, as the monitor would on the spot."""
    ask = named(story.STUDY, "person", number)
    participant = Participant.objects.select_related("study", "site").get(request_id=ask)
    if Tick.objects.filter(participant=participant, part=part).exists():
        return ""
    _wait_for_checks(participant)
    verify_fields(participant=participant, part=part, by=_holder(study, Role.MONITOR))
    return f"{participant.code}: {part} verified"


def _wait_for_checks(participant: Participant) -> None:
    """A photo counts once a worker has checked it; without a worker nothing comes by waiting."""
    waiting = PhotoCheck.objects.filter(
        photo__visit__participant=participant, state__in=(WorkState.QUEUED, WorkState.RUNNING)
    )
    for _second in range(PATIENCE):
        if worker_missing() or not waiting.exists():
            return
        time.sleep(1)


def monitor_acts(study: Study) -> Iterator[Act]:
    """The plan when the study began, and the visit."""
    now = timezone.now()
    yield Act(now - timedelta(days=100), partial(plan, study))
    begun = now - timedelta(days=VISIT)
    for minute, (number, part) in enumerate(TICKED):
        yield Act(begun + timedelta(minutes=minute), partial(verify, study, number, part))
