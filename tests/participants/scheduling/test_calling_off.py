"""An unscheduled visit cancelled, the day of a complete one corrected, notes in one's own copy."""

import json
import uuid
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.test import Client

from participants.correcting.errors import NothingDiffers
from participants.correcting.services.visit_day import correct_visit_day
from participants.correcting.services.withdrawal import undo_withdrawal
from participants.deviations.models import Deviation
from participants.people.models import Correction, Participant
from participants.privacy.services.my_data import copy_of
from participants.privacy.services.withdrawal import withdraw
from participants.scheduling.services.calling_off import cancel_unscheduled
from participants.scheduling.services.notes import add_note
from participants.scheduling.services.unscheduled import add_unscheduled_visit
from participants.visits.models import Visit
from studies.platform.confirming import Unconfirmed
from studies.platform.errors import Invalid, ReasonMissing, StateRefused
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.participants.capture.factories import PhotoFactory
from tests.participants.scheduling.visits import PAGE, WHY, Sign, at

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 9)


def arrange(team: Team, siti: Participant) -> Visit:
    return add_unscheduled_visit(
        participant=siti, day=DAY, last_day=DAY, views=["front"], reason="A rash", by=team.amina
    )


# --- Cancelling --------------------------------------------------------------------------------


def test_an_unscheduled_visit_is_cancelled_and_arranged_again(
    team: Team, agreed: Participant, as_person: Sign
) -> None:
    visit = arrange(team, agreed)
    page = f"{PAGE}visits/{visit.definition.code}/cancel/"
    amina = as_person(team.amina)
    assert "Cancel Unscheduled visit" in amina.get(page).content.decode()
    done = amina.post(page, {"reason": WHY, "seen": _seen(amina, page)}, follow=True)
    assert "is cancelled" in done.content.decode()
    visit.refresh_from_db()
    assert (visit.state, visit.called_off) == ("cancelled", True)
    assert AuditEvent.objects.get(action="visit.cancel").contents.reason == WHY
    assert not agreed.messages.waiting().filter(about=f"visit:{visit.pk}").exists()
    again = arrange(team, agreed)
    assert (again.pk, again.state, again.called_off) == (visit.pk, "scheduled", False)


def _seen(client: Client, page: str) -> str:
    form = client.get(page).context["form"]
    return str(form["seen"].value())


def test_what_the_protocol_plans_or_has_photos_is_not_cancelled(
    team: Team, agreed: Participant
) -> None:
    with pytest.raises(StateRefused, match="protocol plans"):
        cancel_unscheduled(visit=at(agreed, "week-4"), reason=WHY, by=team.amina)
    visit = arrange(team, agreed)
    with pytest.raises(ReasonMissing):
        cancel_unscheduled(visit=visit, reason=" ", by=team.amina)
    PhotoFactory(visit=visit)
    with pytest.raises(StateRefused, match="took place"):
        cancel_unscheduled(visit=visit, reason=WHY, by=team.amina)
    visit.refresh_from_db()
    assert visit.state == "scheduled"


def test_a_withdrawal_taken_back_leaves_it_cancelled(team: Team, agreed: Participant) -> None:
    visit = arrange(team, agreed)
    cancel_unscheduled(visit=visit, reason=WHY, by=team.amina)
    withdraw(participant=agreed, reason="Moved", by=team.amina)
    agreed.refresh_from_db()
    undo_withdrawal(participant=agreed, reason="Another person", by=team.amina)
    visit.refresh_from_db()
    assert visit.state == "cancelled"
    assert at(agreed, "week-4").state == "scheduled"


# --- The day it was made -----------------------------------------------------------------------


@pytest.fixture
def made(siti: Participant) -> Visit:
    """Week 4, complete on 30 March at 18:00 in Singapore; possible from 28 March to 2 April."""
    moment = datetime(2026, 3, 30, 10, 0, tzinfo=UTC)
    siti.visits.filter(definition__code="week-4").update(
        state="complete", started_at=moment, completed_at=moment
    )
    return at(siti, "week-4")


@time_machine.travel("2026-04-10T04:00:00Z", tick=False)
def test_the_day_of_a_complete_visit_is_corrected_with_old_and_new(
    team: Team, made: Visit, as_person: Sign
) -> None:
    page = f"{PAGE}correct/visits/week-4/"
    amina = as_person(team.amina)
    assert 'value="2026-03-30"' in amina.get(page).content.decode()
    sent = {"made_on": "2026-03-29", "reason": WHY, "seen": _seen(amina, page)}
    assert amina.post(page, sent).status_code == 302
    made.refresh_from_db()
    assert made.completed_at == datetime(2026, 3, 29, 10, 0, tzinfo=UTC)
    assert made.started_at == made.completed_at
    row = Correction.objects.get(field="week-4.made_on")
    assert (row.old, row.new, row.reason) == ("2026-03-30", "2026-03-29", WHY)
    assert AuditEvent.objects.filter(action="visit.correct_day").count() == 1
    assert not Deviation.objects.exists()
    stale = amina.post(page, {**sent, "made_on": "2026-03-28"})
    assert stale.status_code == 409, "somebody has corrected it meanwhile"


@time_machine.travel("2026-04-10T04:00:00Z", tick=False)
def test_outside_the_window_it_is_asked_about_and_noted(team: Team, made: Visit) -> None:
    late = {"visit": made, "made_on": date(2026, 4, 5), "reason": WHY, "by": team.amina}
    with pytest.raises(Unconfirmed) as asked:
        correct_visit_day(**late, confirmed=[])  # type: ignore[arg-type]
    assert list(asked.value.doubts) == ["outside:2026-04-05"]
    correct_visit_day(**late, confirmed=["outside:2026-04-05"])  # type: ignore[arg-type]
    found = Deviation.objects.get()
    assert (found.kind, found.over_at) == ("visit_made_outside", None)
    correct_visit_day(visit=made, made_on=date(2026, 4, 1), reason=WHY, by=team.amina)
    found.refresh_from_db()
    assert found.over_at is not None


@time_machine.travel("2026-04-10T04:00:00Z", tick=False)
def test_a_day_that_cannot_be_is_refused(team: Team, made: Visit, siti: Participant) -> None:
    for day, why in ((date(2026, 4, 11), "still to come"), (date(2026, 3, 1), "from day 0 on")):
        with pytest.raises(Invalid) as refused:
            correct_visit_day(visit=made, made_on=day, reason=WHY, by=team.amina)
        assert why in json.dumps(refused.value.detail)
    with pytest.raises(NothingDiffers):
        correct_visit_day(visit=made, made_on=date(2026, 3, 30), reason=WHY, by=team.amina)
    with pytest.raises(StateRefused, match="complete"):
        correct_visit_day(visit=at(siti, "week-8"), made_on=DAY, reason=WHY, by=team.amina)


# --- Read elsewhere ----------------------------------------------------------------------------


def test_deviations_are_read_by_api(team: Team, made: Visit, as_person: Sign) -> None:
    Deviation.objects.create(
        participant=made.participant,
        visit=made,
        kind="visit_made_outside",
        detail="Week 4: made 5 Apr 2026",
        at=datetime(2026, 4, 6, tzinfo=UTC),
    )
    found = as_person(team.ewa).get("/api/v1/studies/MEL-8/deviations/?standing=true").json()
    [row] = found["results"]
    assert (row["participant"], row["visit"], row["kind"]) == (
        "SG01-0001", "week-4", "visit_made_outside",
    )  # fmt: skip
    none = as_person(team.budi).get("/api/v1/studies/MEL-8/deviations/").json()
    assert none["results"] == [], "those of another site"


def test_notes_are_in_ones_own_copy(team: Team, agreed: Participant) -> None:
    add_note(participant=agreed, text="Sunburnt", request_id=uuid.uuid4(), by=team.amina)
    told = json.dumps(copy_of(agreed), default=str)
    assert "Sunburnt" in told
    assert "Amina" not in told
