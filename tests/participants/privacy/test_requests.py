"""What participants ask about their data: asked, taken back, answered."""

from datetime import timedelta
from smtplib import SMTPServerDisconnected
from unittest.mock import Mock

import pytest
import time_machine
from django.core import mail
from django.utils import timezone
from pytest_django.fixtures import Settings

from participants.capture.models import Photo, Upload
from participants.consent.models import Consent
from participants.people.models import Participant
from participants.privacy.models import DataRequest, RequestNotice, RequestWork
from participants.privacy.services import data_requests, erasure
from participants.privacy.services.notices import send_notice
from studies.platform import work
from studies.platform.errors import Invalid, NotAllowed, StateRefused
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.participants.privacy.erasing import ask, ask_to_erase, carry_out, fill
from tests.studies.access.factories import MembershipFactory
from tests.studies.record.told import told_by_the_record

pytestmark = pytest.mark.django_db


# --- Asking ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "use"), [("stop", "restricted"), ("stop_keep", "full"), ("erase", "restricted")]
)
def test_collection_ends_with_the_request_itself(siti: Participant, kind: str, use: str) -> None:
    ask(siti, kind)
    siti.refresh_from_db()
    assert (siti.state, siti.data_use) == ("withdrawn", use)
    assert not siti.visits.filter(state__in=["scheduled", "due", "in_progress"]).exists()
    assert not Consent.objects.in_force().exists()
    assert not Upload.objects.exists()
    assert Photo.objects.count() == 3, "nothing is removed yet"


def test_a_copy_changes_nothing_about_taking_part(siti: Participant) -> None:
    request = ask(siti, "copy")
    siti.refresh_from_db()
    assert (siti.state, siti.data_use) == ("enrolled", "full")
    assert not RequestWork.objects.filter(request=request).exists(), "a person answers it"


def test_the_same_wish_twice_is_one_request(siti: Participant) -> None:
    assert ask(siti, "erase") == ask(siti, "erase")
    assert DataRequest.objects.count() == 1


def test_who_stopped_and_kept_may_still_lock_and_erase_but_not_unlock(siti: Participant) -> None:
    carry_out(ask(siti, "stop_keep"))
    carry_out(ask(siti, "stop"))
    siti.refresh_from_db()
    assert siti.data_use == "restricted"
    for less in ("stop_keep", "stop"):
        with pytest.raises(StateRefused):
            ask(siti, less)
    assert ask(siti, "erase").state == "open"


def test_nobody_asks_for_somebody_else(team: Team, siti: Participant) -> None:
    other = fill(team).participant
    ask(siti, "stop_keep")
    for person in (team.budi, team.chandra, team.dewi, team.ewa, team.farid, other):
        for kind in ("copy", "stop", "erase"):
            with pytest.raises(NotAllowed):
                data_requests.ask(participant=siti, kind=kind, by=person, reason="A call")
    siti.refresh_from_db()
    assert siti.data_use == "full"
    assert DataRequest.objects.count() == 1


def test_a_coordinator_takes_it_down_with_a_reason_that_names_nobody(
    team: Team, siti: Participant
) -> None:
    for reason in ("", "Siti Rahman called", "from +65 6123 4567"):
        with pytest.raises(Invalid):
            data_requests.ask(participant=siti, kind="erase", by=team.amina, reason=reason)
    request = data_requests.ask(participant=siti, kind="erase", by=team.amina, reason="A call")
    assert request.requested_by == team.amina
    assert not siti.invitations.filter(revoked_at=None).exists(), "the link stops, as it says"


def test_a_participants_own_words_are_sealed_and_for_their_coordinators_only(
    team: Team, siti: Participant
) -> None:
    words = "I am Siti Rahman and I do not like it"
    request = data_requests.ask(participant=siti, kind="erase", by=siti, reason=words)
    assert words.encode() not in bytes(request.sealed_reason)
    assert data_requests.reason_of(request=request, by=team.amina) == words
    for person in (team.budi, team.chandra, team.dewi, team.ewa):
        assert data_requests.reason_of(request=request, by=person) == ""
    assert "do not like" not in told_by_the_record()


# --- Taking back -------------------------------------------------------------------------------


def test_an_erasure_waits_seven_days_and_may_be_taken_back_meanwhile(
    siti: Participant, settings: Settings
) -> None:
    request = ask_to_erase(siti)
    assert request.due_at - request.requested_at == timedelta(days=7) == settings.ERASURE_GRACE
    row = request.work
    assert not work.perform(type(row), row.pk, erasure.carry_out), "its day has not come"

    data_requests.take_back(request=request, by=siti)

    assert request.state == "taken_back"
    assert not RequestWork.objects.exists()
    siti.refresh_from_db()
    assert (siti.state, siti.data_use) == ("withdrawn", "restricted")
    assert Photo.objects.count() == 3


def test_a_coordinator_takes_it_back_for_them_and_nobody_else_does(
    team: Team, siti: Participant
) -> None:
    request = ask_to_erase(siti)
    for person in (team.budi, team.dewi, team.ewa, team.chandra):
        with pytest.raises(NotAllowed):
            data_requests.take_back(request=request, by=person, reason="A call")
    data_requests.take_back(request=request, by=team.amina, reason="A call")
    assert AuditEvent.objects.get(action="data_request.take_back").contents.reason == "A call"


def test_what_has_begun_is_not_taken_back(siti: Participant) -> None:
    request = ask_to_erase(siti)
    RequestWork.objects.update(due_at=timezone.now())
    assert work.claim(RequestWork, request.work.pk)
    with pytest.raises(StateRefused):
        data_requests.take_back(request=request, by=siti)
    request.refresh_from_db()
    assert request.state == "open"


def test_only_an_erasure_is_taken_back(siti: Participant) -> None:
    for kind in ("copy", "stop"):
        with pytest.raises(StateRefused):
            data_requests.take_back(request=ask(siti, kind), by=siti)


def test_a_coordinator_may_have_it_done_at_once(team: Team, siti: Participant) -> None:
    request = ask_to_erase(siti)
    with pytest.raises(NotAllowed):
        data_requests.carry_out_now(request=request, by=team.dewi)
    data_requests.carry_out_now(request=request, by=team.amina)
    assert RequestWork.objects.get().due_at <= timezone.now()


# --- A copy ------------------------------------------------------------------------------------


def test_a_copy_is_handed_over_or_refused_with_a_reason_the_participant_reads(
    team: Team, siti: Participant
) -> None:
    first = ask(siti, "copy")
    with pytest.raises(Invalid):
        data_requests.answer_copy(request=first, given=False, by=team.amina)
    with pytest.raises(NotAllowed):
        data_requests.answer_copy(request=first, given=True, by=team.dewi)
    data_requests.answer_copy(request=first, given=False, reason="You have it", by=team.amina)
    assert (first.state, first.refusal) == ("refused", "You have it")
    second = ask(siti, "copy")
    data_requests.answer_copy(request=second, given=True, by=team.amina)
    assert second.state == "carried_out"


# --- Stop, carried out -------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["stop", "stop_keep"])
def test_stopping_is_carried_out_by_a_worker_and_proved(siti: Participant, kind: str) -> None:
    request = ask(siti, kind)
    assert carry_out(request).state == "done"
    assert request.state == "carried_out"
    assert request.verified_at is not None
    assert request.counts["photos"] == 3


def test_it_is_not_carried_out_while_something_is_still_waiting(siti: Participant) -> None:
    request = ask(siti, "stop")
    siti.visits.filter(state="cancelled").update(state="due")
    row = carry_out(request)
    assert (row.state, request.state) == ("queued", "open")
    assert "visits" in row.last_error


# --- The mail ----------------------------------------------------------------------------------


def test_the_sites_coordinators_are_told_by_code_only(team: Team, siti: Participant) -> None:
    ask_to_erase(siti)
    send_notices()

    [sent] = mail.outbox
    assert sent.to == [team.amina.email]
    text = f"{sent.subject} {sent.body}"
    assert siti.code in text
    for secret in ("Siti", "Rahman", "siti@example.org", "6123"):
        assert secret not in text


def send_notices() -> None:
    """Do what is due of notices, and of those that it makes."""
    for _ in range(2):
        for row in list(RequestNotice.objects.filter(work.due(timezone.now()))):
            work.perform(RequestNotice, row.pk, send_notice)


def test_one_address_that_fails_keeps_no_other_waiting_and_nobody_reads_it_twice(
    team: Team, siti: Participant, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = MembershipFactory(study=team.study, site=team.sg01, role="coordinator").user
    MembershipFactory(study=team.study, site=team.sg01, role="coordinator")
    asked: list[str] = []

    def send(subject: str, body: str, sender: str, to: list[str]) -> None:
        asked.extend(to)
        if to == [bad.email]:
            raise SMTPServerDisconnected("Connection unexpectedly closed")

    monkeypatch.setattr("participants.privacy.services.notices.send_mail", send)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        ask_to_erase(siti)
        send_notices()
        assert len(asked) == len(set(asked)) == 3
        for _ in range(10):
            clock.shift(timedelta(hours=13))
            send_notices()
    assert asked.count(bad.email) == 8
    assert len(asked) - asked.count(bad.email) == 2, "the others once"
    stuck = RequestNotice.objects.get(state="quarantined")
    assert (stuck.recipient, "SMTPServerDisconnected" in stuck.last_error) == (bad, True)


def test_a_mail_server_that_is_away_for_hours_loses_no_notice(
    team: Team, siti: Participant, monkeypatch: pytest.MonkeyPatch
) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        ask_to_erase(siti)
        with monkeypatch.context() as away:
            away.setattr(
                "participants.privacy.services.notices.send_mail",
                Mock(side_effect=ConnectionRefusedError),
            )
            for _ in range(12 * 6):
                send_notices()
                clock.shift(timedelta(minutes=10))
        assert mail.outbox == []
        clock.shift(timedelta(hours=12))
        send_notices()
    assert [sent.to for sent in mail.outbox] == [[team.amina.email]]


def test_who_is_no_coordinator_there_any_more_gets_no_mail(team: Team, siti: Participant) -> None:
    request = ask_to_erase(siti)
    [first] = RequestNotice.objects.filter(request=request)
    work.perform(RequestNotice, first.pk, send_notice)
    team.amina.memberships.update(ended_at=timezone.now())
    send_notices()
    assert mail.outbox == []


def test_what_a_coordinator_takes_down_needs_no_mail(team: Team, siti: Participant) -> None:
    data_requests.ask(participant=siti, kind="erase", by=team.amina, reason="A call")
    assert not RequestNotice.objects.exists()
