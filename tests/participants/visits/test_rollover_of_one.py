"""One person's data that cannot be worked on hold up nobody else's day."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
import time_machine

from participants.people.models import Participant
from participants.visits.models import DailyRollover, Visit
from participants.visits.signals import plans_changed
from participants.visits.tasks import roll_over
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.participants.staff import enrol, plan_week_visits

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(team: Team) -> tuple[Participant, Participant]:
    """Two people whose visits are those of the first day, four and eight weeks."""
    plan_week_visits(team.study)
    with time_machine.travel("2026-03-02T09:00:00Z", tick=False):
        return enrol(team.sg01, team.amina), enrol(team.sg01, team.amina)


def breaking_messages(whose: Participant) -> Callable[[], None]:
    def receiver(participant: Participant, **extra: Any) -> None:
        if participant == whose:
            raise ValueError("a time zone that nobody knows")

    plans_changed.connect(receiver, weak=False)
    return lambda: plans_changed.disconnect(receiver)


def breaking_visits(whose: Participant) -> Callable[[], None]:
    before = Visit.standing_on

    def standing_on(self: Visit, day: date) -> str:
        if self.participant == whose:
            raise ValueError("a day that is none")
        return before(self, day)

    Visit.standing_on = standing_on  # type: ignore[method-assign]

    def mend() -> None:
        Visit.standing_on = before  # type: ignore[method-assign]

    return mend


@pytest.fixture(params=[breaking_messages, breaking_visits])
def broken(
    request: pytest.FixtureRequest, people: tuple[Participant, Participant]
) -> Iterator[Callable[[], None]]:
    """The first one's data are broken; call it to mend them."""
    mend = request.param(people[0])
    yield mend
    mend()


def states(person: Participant) -> dict[str, str]:
    return dict(person.visits.values_list("definition__code", "state"))


TURNED = {"baseline": "missed", "week-4": "due", "week-8": "scheduled"}


def test_the_others_day_is_turned_and_the_one_is_tried_again_alone(
    team: Team, people: tuple[Participant, Participant], broken: Callable[[], None]
) -> None:
    first, second = people
    with time_machine.travel("2026-03-28T02:00:00Z", tick=False) as clock:
        roll_over(str(DailyRollover.objects.get(participant=None, state="queued").pk))
        assert states(second) == TURNED
        assert DailyRollover.objects.get(participant=None, state="done").attempts == 1
        assert DailyRollover.objects.get(participant=None, state="queued").day == date(2026, 3, 29)
        theirs = DailyRollover.objects.get(participant=first)
        for _ in range(5):
            roll_over(str(theirs.pk))
            clock.shift(3600)
        theirs.refresh_from_db()
        assert (theirs.state, "ValueError" in theirs.last_error) == ("quarantined", True)

        broken()
        DailyRollover.objects.filter(pk=theirs.pk).update(state="queued", attempts=0)
        roll_over(str(theirs.pk))
        theirs.refresh_from_db()
        assert theirs.state == "done"
    assert states(first) == TURNED
    moved = AuditEvent.objects.filter(action__in=["visit.open", "visit.miss"])
    assert moved.count() == 4, "each visit once"


def test_the_day_of_one_is_made_a_row_once(
    team: Team, people: tuple[Participant, Participant], broken: Callable[[], None]
) -> None:
    with time_machine.travel("2026-03-28T02:00:00Z", tick=False):
        clock = DailyRollover.objects.get(participant=None, state="queued")
        roll_over(str(clock.pk))
        DailyRollover.objects.filter(pk=clock.pk).update(state="queued", attempts=0)
        roll_over(str(clock.pk))
    assert DailyRollover.objects.filter(participant=people[0]).count() == 1
