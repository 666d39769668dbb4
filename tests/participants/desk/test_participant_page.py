"""A participant's page and a visit's, personal links and withdrawal."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from participants.people.models import Invitation, Participant
from participants.people.services import invitations
from studies.access.models import User
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.participants.capture.factories import PhotoFactory
from tests.participants.staff import (
    CONTACT,
    PAGE,
    Sign,
    enrol,
    plan_week_visits,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def siti(team: Team) -> Participant:
    plan_week_visits(team.study)
    return enrol(team.sg01, team.amina)


def test_the_page_shows_visits_photos_and_reasons(
    team: Team, as_person: Sign, siti: Participant
) -> None:
    baseline = siti.visits.get(definition__code="baseline")
    photo = PhotoFactory(visit=baseline, view="front", thumbnail_file="thumbs/x.jpg")
    reason = {"code": "blurred", "message": "The photo is blurred."}
    PhotoFactory(visit=baseline, view="left", state="retake_wanted", retake_reasons=[reason])

    page = as_person(team.chandra).get(f"{PAGE}SG01-0001/").content.decode()

    assert f"/studies/MEL-8/photos/{photo.pk}/thumb/" in page
    assert "The photo is blurred." in page
    event = AuditEvent.objects.get(action="photo.list")
    assert event.contents.new == {"photos": [str(photo.pk)]}
    assert event.actor_id == str(team.chandra.pk)


def test_the_page_never_holds_the_identity(team: Team, as_person: Sign, siti: Participant) -> None:
    for person in (team.amina, team.chandra, team.dewi, team.ewa):
        page = as_person(person).get(f"{PAGE}SG01-0001/").content.decode()
        for part in ("Siti", "siti@example.org", "6123"):
            assert part not in page


def test_the_identity_is_shown_on_demand_and_that_is_recorded(
    team: Team, as_person: Sign, siti: Participant
) -> None:
    client = as_person(team.amina)
    assert client.get(f"{PAGE}SG01-0001/identity/").status_code == 405
    for headers in ({}, {"HX-Request": "true"}):
        answer = client.post(f"{PAGE}SG01-0001/identity/", headers=headers)
        assert "Siti Rahman" in answer.content.decode()
        assert "no-store" in answer["Cache-Control"]
    assert AuditEvent.objects.filter(action="identity.view").count() == 2


def test_the_buttons_follow_the_rights_at_this_site(
    team: Team, as_person: Sign, siti: Participant
) -> None:
    def offered(person: User) -> bool:
        page = as_person(person).get(f"{PAGE}SG01-0001/").content.decode()
        acts = (
            "Next: record consent",
            "Make a link",
            "Withdraw from the study",
            "Name and contact",
        )
        found = {act for act in acts if act in page}
        assert found in (set(), set(acts))
        return bool(found)

    assert offered(team.amina)
    for person in (team.chandra, team.dewi, team.ewa):
        assert not offered(person)


def test_a_visit_page_lists_every_photo_of_every_view(
    team: Team, as_person: Sign, siti: Participant
) -> None:
    baseline = siti.visits.get(definition__code="baseline")
    PhotoFactory(visit=baseline, view="front")
    reason = {"code": "too_dark", "message": "The photo is too dark."}
    PhotoFactory(visit=baseline, view="front", state="replaced", retake_reasons=[reason])

    page = as_person(team.ewa).get(f"{PAGE}SG01-0001/visits/baseline/").content.decode()

    assert "1 earlier photo" in page
    assert "The photo is too dark." in page
    assert "2 views have no accepted photo yet" in page
    onward = page.split("Where to go next")[1]
    assert 'visits/week-4/" rel="next"' in onward
    assert "All visits of SG01-0001" in onward
    assert 'rel="prev"' not in onward
    last = as_person(team.ewa).get(f"{PAGE}SG01-0001/visits/week-8/").content.decode()
    assert 'visits/week-4/" rel="prev"' in last.split("Where to go next")[1]
    assert as_person(team.ewa).get(f"{PAGE}SG01-0001/visits/week-99/").status_code == 404


def test_the_contact_is_corrected_with_a_reason(
    team: Team, as_person: Sign, siti: Participant
) -> None:
    client = as_person(team.amina)
    assert 'value="Siti Rahman"' in client.get(f"{PAGE}SG01-0001/contact/").content.decode()
    form = {**CONTACT, "email": "new@example.org", "reason": "New address"}
    assert client.post(f"{PAGE}SG01-0001/contact/", form).status_code == 302
    shown = client.post(f"{PAGE}SG01-0001/identity/").content.decode()
    assert "new@example.org" in shown


def test_a_new_link_is_shown_with_its_code_and_stops_when_told(
    team: Team, as_person: Sign, siti: Participant
) -> None:
    client = as_person(team.amina)
    made = client.post(f"{PAGE}SG01-0001/link/")
    assert made.status_code == 302
    sheet = client.get(made["Location"])
    found = re.search(r"http://testserver/p/([\w-]{43})/", sheet.content.decode())
    assert found is not None
    assert "<svg" in sheet.content.decode()
    assert "no-store" in sheet["Cache-Control"]
    assert invitations.redeem(token=found[1]).participant == siti
    assert found[1] not in client.get(f"{PAGE}SG01-0001/").content.decode()

    again = client.get(made["Location"])
    assert found[1] in again.content.decode(), "loading the page again shows the same link"
    link = Invitation.objects.get()
    assert found[1] not in str(dict(client.session)), "sealed in the session"
    other = as_person(team.amina).get(made["Location"], follow=True).content.decode()
    assert "not shown any more" in other
    assert found[1] not in other
    client.post(f"{PAGE}SG01-0001/link/{link.pk}/revoke/")
    assert client.get(made["Location"]).status_code == 302

    link.refresh_from_db()
    assert link.revoked_at is not None


def test_a_link_of_another_participant_is_not_stopped_from_here(
    team: Team, as_person: Sign, siti: Participant
) -> None:
    other = invitations.issue(participant=enrol(team.kl01, team.budi), by=team.budi).invitation
    answer = as_person(team.amina).post(f"{PAGE}SG01-0001/link/{other.pk}/revoke/")
    assert answer.status_code == 404
    other.refresh_from_db()
    assert other.revoked_at is None


def test_withdrawal_asks_for_a_reason_and_a_tick(
    team: Team, as_person: Sign, siti: Participant
) -> None:
    client, address = as_person(team.amina), f"{PAGE}SG01-0001/withdraw/"
    assert client.post(address, {"why": "Moved away"}).status_code == 422
    said = {"kind": "stop_keep", "why": "Moved away", "sure": "on"}
    assert client.post(address, {**said, "kind": ""}).status_code == 422
    named = client.post(address, {**said, "note": "Siti Rahman left"})
    assert named.status_code == 422
    assert "Write SG01-0001 instead" in named.content.decode()
    assert "Siti Rahman left" in named.content.decode(), "what was typed is kept"

    client.post(address, {**said, "note": "to Penang"})

    siti.refresh_from_db()
    assert siti.state == "withdrawn"
    event = AuditEvent.objects.get(action="participant.withdraw")
    assert event.contents.reason == "Moved away: to Penang"


def test_more_photos_ask_the_database_no_more_questions(
    team: Team, as_person: Sign, siti: Participant
) -> None:
    client = as_person(team.chandra)

    def questions() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get(f"{PAGE}SG01-0001/").status_code == 200
        return len(asked)

    PhotoFactory(visit=siti.visits.first(), view="front", thumbnail_file="thumbs/x.jpg")
    questions()  # the first look of a session also writes the session
    few = questions()
    for visit in siti.visits.all():
        for view in ("left", "right"):
            PhotoFactory(visit=visit, view=view, thumbnail_file="thumbs/x.jpg")
    assert questions() == few


def test_completing_asks_first(team: Team, as_person: Sign, siti: Participant) -> None:
    browser = as_person(team.amina)
    path = f"{PAGE}SG01-0001/complete/"
    page = browser.get(path).content.decode()
    siti.refresh_from_db()
    assert siti.state == Participant.State.ENROLLED
    if "Not yet" in page:
        siti.visits.update(state="missed")
        page = browser.get(path).content.decode()
    assert "If it was a mistake, it can be undone with a reason" in page
    assert browser.post(path).status_code == 302
    siti.refresh_from_db()
    assert siti.state == Participant.State.COMPLETED
    assert browser.get(path).status_code == 302


def test_a_link_is_shown_for_a_quarter_of_an_hour(
    team: Team, as_person: Sign, siti: Participant
) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        browser = as_person(team.amina)
        sheet = browser.post(f"{PAGE}SG01-0001/link/")["Location"]
        clock.shift(timedelta(minutes=14))
        assert browser.get(sheet).status_code == 200
        clock.shift(timedelta(minutes=2))
        assert browser.get(sheet).status_code == 302
