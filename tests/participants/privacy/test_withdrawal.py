"""Withdrawal stops collection at once and keeps what was collected."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from participants.capture.models import Photo, PhotoCheck, Upload
from participants.capture.services import progress
from participants.consent.errors import ConsentMissing
from participants.consent.services import consents
from participants.people.errors import LinkRevoked
from participants.people.models import Participant
from participants.people.services import invitations
from participants.privacy.services import data_requests, withdrawal
from participants.visits import services as visits
from studies.access.models import User
from studies.platform import work
from studies.platform.errors import Invalid, StateRefused, fields_of
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.participants.capture.factories import PhotoFactory
from tests.participants.staff import consent, enrol, plan_week_visits, publish, screen
from tests.typed import opened, typed, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def siti(team: Team) -> Participant:
    """Enrolled with three visits and a consent."""
    plan_week_visits(team.study)
    participant = enrol(team.sg01, team.amina)
    consent(participant, publish(team.study), team.amina)
    return participant


def withdraw(participant: Participant, team: Team, reason: str = "Moved away") -> Participant:
    return withdrawal.withdraw(participant=participant, reason=reason, by=team.amina)


def test_participant_and_consent_are_withdrawn_with_the_reason(
    team: Team, siti: Participant
) -> None:
    done = withdraw(siti, team)

    assert done.state == "withdrawn"
    assert done.ended_at is not None
    given = siti.consents.get()
    assert given.state == "withdrawn"
    assert given.withdrawal_reason == "Moved away"
    assert consents.consent_in_force(siti) is None
    assert not consents.allows_scoring(siti)
    with pytest.raises(ConsentMissing):
        consents.require_consent(siti)
    event = AuditEvent.objects.get(action="participant.withdraw")
    assert event.contents.old == {"state": "enrolled"}
    assert event.contents.new["visits_cancelled"] == 3
    assert event.contents.reason == "Moved away"


def test_visits_not_yet_made_are_cancelled_and_the_others_stay(
    team: Team, siti: Participant
) -> None:
    baseline = siti.visits.get(definition__code="baseline")
    for view in ("front", "left", "right"):
        PhotoFactory(visit=baseline, view=view)
    progress.note_photo(baseline)

    done = withdraw(siti, team)

    states = {v.definition.code: v.state for v in siti.visits.all()}
    assert states == {"baseline": "complete", "week-4": "cancelled", "week-8": "cancelled"}
    assert visits.open_visit(done, visits.today(team.study)) is None
    assert Photo.objects.count() == 3, "what was collected is kept"


def test_the_personal_link_stops(team: Team, siti: Participant) -> None:
    token = invitations.issue(participant=siti, by=team.amina).token
    withdraw(siti, team)
    with pytest.raises(LinkRevoked):
        invitations.redeem(token=token)
    with pytest.raises(StateRefused):
        invitations.issue(participant=siti, by=team.amina)


def test_unfinished_uploads_are_removed_with_their_bytes(
    team: Team,
    siti: Participant,
    settings: Settings,
    django_capture_on_commit_callbacks: pytest.FixtureRequest,
) -> None:
    settings.UPLOAD_ROOT.mkdir(parents=True)
    upload = Upload.objects.create(
        id=uuid.uuid4(),
        visit=siti.visits.first(),
        view="front",
        length=10,
        sha256="0" * 64,
        created_at=timezone.now(),
        expires_at=timezone.now() + timedelta(days=1),
    )
    part = settings.UPLOAD_ROOT / str(upload.pk)
    part.write_bytes(b"half")

    with django_capture_on_commit_callbacks(execute=True):
        withdraw(siti, team)

    assert not Upload.objects.exists()
    assert not part.exists()


def test_a_waiting_check_is_taken_out_of_the_queue(team: Team, siti: Participant) -> None:
    photo = PhotoFactory(visit=siti.visits.first(), state="received")
    check = PhotoCheck.objects.create(photo=photo)

    withdraw(siti, team)

    assert work.claim(PhotoCheck, check.pk) is None
    check.refresh_from_db()
    assert check.state == "quarantined"
    assert "withdrew" in check.last_error


def test_a_check_under_way_can_no_longer_write_its_result(team: Team, siti: Participant) -> None:
    photo = PhotoFactory(visit=siti.visits.first(), state="received")
    check = PhotoCheck.objects.create(photo=photo)
    claim = work.claim(PhotoCheck, check.pk)
    assert claim is not None

    withdraw(siti, team)

    with pytest.raises(work.LeaseLost), claim.completing():
        photo.move(Photo.State.ACCEPTED)
    photo.refresh_from_db()
    assert photo.state == "received"


def test_the_work_of_others_goes_on(team: Team, siti: Participant) -> None:
    other = enrol(team.sg01, team.amina)
    check = PhotoCheck.objects.create(
        photo=PhotoFactory(visit=other.visits.first(), state="received")
    )
    withdraw(siti, team)
    assert work.claim(PhotoCheck, check.pk) is not None
    assert other.visits.filter(state="cancelled").count() == 0


def test_a_participant_may_withdraw_in_person(siti: Participant) -> None:
    withdrawal.withdraw(participant=siti, reason="I would like to stop", by=siti)
    assert AuditEvent.objects.get(action="participant.withdraw").actor_kind == "participant"


def test_withdrawing_twice_is_refused(team: Team, siti: Participant) -> None:
    withdraw(siti, team)
    with pytest.raises(StateRefused):
        withdraw(siti, team)
    assert AuditEvent.objects.filter(action="participant.withdraw").count() == 1


@pytest.mark.parametrize("reason", ["", "   ", "Siti Rahman moved away", "see siti@example.org"])
def test_a_reason_is_given_and_names_nobody(team: Team, siti: Participant, reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        withdraw(siti, team, reason)
    assert list(fields_of(refused.value)) == ["reason"]
    siti.refresh_from_db()
    assert siti.state == "enrolled"


def test_who_was_only_screened_can_withdraw_too(team: Team) -> None:
    done = withdraw(screen(team.sg01, team.amina), team)
    assert done.state == "withdrawn"


def test_a_stale_tab_does_not_turn_keep_into_erase(
    team: Team, as_person: Callable[[User], Client]
) -> None:
    participant = enrol(team.sg01, team.amina)
    path = f"/studies/MEL-8/participants/{participant.code}/withdraw/"
    browser = as_person(team.amina)
    erase = {"kind": "erase", "why": "Participant's wish", "note": "Said so", "sure": "on"}
    mine = {**opened(browser, path), **erase}
    data_requests.ask(
        participant=participant, kind="stop_keep", reason="Participant's wish", by=team.amina
    )
    answer = browser.post(path, mine)
    assert answer.status_code == 409
    told = words(answer)
    assert f"{team.amina.name} changed this on" in told
    assert "Taking part is “withdrawn” now." in told
    assert not participant.data_requests.filter(kind="erase").exists()
    again = typed(answer)
    assert (again["kind"], again["note"]) == ("erase", "Said so")
    assert "sure" not in again
    assert browser.post(path, again).status_code == 422
    assert browser.post(path, {**again, "sure": "on"}).status_code == 302
    assert participant.data_requests.filter(kind="erase").exists()
