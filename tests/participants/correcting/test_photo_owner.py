"""A photo is moved to the participant whose it is, or excluded; a withdrawal is taken back."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from inference.scoring.models import Score, Tally
from inference.scoring.services import tallies
from participants.capture.models import Photo, PhotoCheck
from participants.capture.services import before_consent
from participants.consent.errors import ConsentMissing
from participants.correcting.services.photo_owner import exclude_photo, move_photo
from participants.correcting.services.withdrawal import _state_before, undo_withdrawal
from participants.deviations.models import Deviation
from participants.deviations.services import note_deviation
from participants.people.models import Participant, Screening
from participants.people.services.identity import IdentityData
from participants.privacy.models import DataRequest, RequestWork
from participants.privacy.services import data_requests
from participants.privacy.services.withdrawal import withdraw
from participants.visits.models import Visit
from studies.access.models import User
from studies.platform.confirming import Unconfirmed
from studies.platform.errors import Invalid, NotAllowed, ReasonMissing, StateRefused
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.inference.scoring.factories import RunFactory, ScoreFactory
from tests.participants.capture.factories import PhotoFactory
from tests.participants.staff import consent, enrol, plan_week_visits, publish
from tests.typed import opened, words

pytestmark = pytest.mark.django_db
Sign = Callable[[User], Client]
WHY = "It is the photo of the next person"


@pytest.fixture
def siti(team: Team) -> Participant:
    plan_week_visits(team.study)
    return enrol(team.sg01, team.amina)


@pytest.fixture
def wei(team: Team, siti: Participant) -> Participant:
    """Another of the same site, who agreed to scoring."""
    one = enrol(team.sg01, team.amina, identity=IdentityData(name="Tan Wei", phone="+6561110000"))
    consent(one, publish(team.study), team.amina)
    return one


def baseline(one: Participant) -> Visit:
    rows = Visit.objects.select_related("definition", "participant__study", "participant__site")
    return rows.get(participant=one, definition__code="baseline")


@pytest.fixture
def photo(siti: Participant) -> Photo:
    made: Photo = PhotoFactory(visit=baseline(siti), view="front")
    ScoreFactory(run=RunFactory(photo=made, state="done"))
    return made


def counted() -> dict[str, int]:
    tallies.count_anew()
    return dict(Tally.objects.values_list("participant__code", "accepted"))


def test_a_photo_goes_to_its_participant_with_scores_and_both_histories_say_so(
    team: Team, siti: Participant, wei: Participant, photo: Photo
) -> None:
    assert counted() == {siti.code: 1}
    moved = move_photo(photo=photo, to=baseline(wei), reason=WHY, by=team.amina)
    assert (moved.visit, moved.sha256, moved.state) == (baseline(wei), photo.sha256, "accepted")
    assert Score.objects.get().run.photo.visit.participant == wei
    assert counted() == {wei.code: 1}
    for code, action in ((siti.code, "photo.move_away"), (wei.code, "photo.move_here")):
        event = AuditEvent.objects.get(action=action, participant_code=code)
        assert event.contents.reason == WHY
        assert event.contents.old == {"participant": siti.code}
        assert event.contents.new is not None
        assert event.contents.new["participant"] == wei.code
    assert baseline(wei).state == "in_progress"


def test_who_did_not_agree_to_scoring_gets_it_without_scores(
    team: Team, siti: Participant, wei: Participant, photo: Photo
) -> None:
    wei.consents.update(choices={"ai_scoring": False})
    move_photo(photo=photo, to=baseline(wei), reason=WHY, by=team.amina)
    assert not Score.objects.exists()
    assert Photo.objects.get().visit.participant == wei


def test_what_does_not_fit_is_refused(
    team: Team, siti: Participant, wei: Participant, photo: Photo
) -> None:
    there = baseline(wei)

    def move(to: Visit = there, by: User = team.amina, reason: str = WHY) -> Photo:
        return move_photo(photo=photo, to=to, reason=reason, by=by, confirmed=[])

    with pytest.raises(Invalid, match="Nothing was changed"):
        move(baseline(siti))
    with pytest.raises(ReasonMissing):
        move(reason=" ")
    with pytest.raises(Invalid, match="names the participant"):
        move(reason="It is Tan Wei")
    for person in (team.budi, team.chandra, team.dewi):
        with pytest.raises(NotAllowed):
            move(by=person)
    other = PhotoFactory(visit=there, view="front")
    with pytest.raises(StateRefused, match="Exclude that one"):
        move()
    other.delete()
    check = PhotoCheck.objects.create(photo=photo, state="running")
    with pytest.raises(StateRefused, match="worked on at this moment"):
        move()
    check.delete()
    Photo.objects.filter(pk=photo.pk).update(taken_at=timezone.now() + timedelta(days=30))
    with pytest.raises(Unconfirmed):
        move()
    Photo.objects.filter(pk=photo.pk).update(taken_at=timezone.now() - timedelta(days=1))
    with pytest.raises(StateRefused, match="before SG01-0002 had agreed"):
        move()
    Participant.objects.filter(pk=wei.pk).update(state="withdrawn")
    with pytest.raises(StateRefused, match="withdrawn"):
        move(baseline(wei))
    assert Photo.objects.get().visit.participant == siti
    assert not AuditEvent.objects.filter(action__startswith="photo.move").exists()


def test_nobody_without_consent_gets_a_photo(team: Team, siti: Participant, photo: Photo) -> None:
    other = enrol(team.sg01, team.amina, identity=IdentityData(name="X Y", phone="+6561110001"))
    with pytest.raises(ConsentMissing):
        move_photo(photo=photo, to=baseline(other), reason=WHY, by=team.amina)


def test_the_page_asks_whose_it_is_and_tells_nothing_of_other_sites(
    team: Team, siti: Participant, wei: Participant, photo: Photo, as_person: Sign
) -> None:
    browser = as_person(team.amina)
    enrol(team.kl01, team.budi, identity=IdentityData(name="X Y", phone="+60361110001"))
    page = f"/studies/MEL-8/participants/{siti.code}/correct/photos/{photo.pk}/move/"
    form = {**opened(browser, page), "reason": WHY}
    hidden = browser.post(page, {**form, "participant": "KL01-0001"})
    nobody = browser.post(page, {**form, "participant": "SG01-0999"})
    for answer in (hidden, nobody):
        assert answer.status_code == 422
        assert "You see nobody of this study with this code." in words(answer)
    assert browser.post(page, {**form, "participant": "sg01-0002"}).status_code == 302
    assert Photo.objects.get().visit.participant == wei


def test_a_photo_is_excluded_with_its_scores(team: Team, siti: Participant, photo: Photo) -> None:
    assert counted() == {siti.code: 1}
    out = exclude_photo(photo=photo, reason="Shows somebody else", by=team.amina)
    assert (out.state, out.turned_down_by_a_person) == ("excluded", True)
    assert counted().get(siti.code, 0) == 0
    event = AuditEvent.objects.get(action="photo.exclude")
    assert event.contents.reason == "Shows somebody else"
    with pytest.raises(StateRefused):
        exclude_photo(photo=photo, reason=WHY, by=team.amina)


# --- Before the consent ------------------------------------------------------------------------


def test_a_photo_from_before_the_consent_is_not_used_and_is_noted(
    team: Team, siti: Participant, wei: Participant
) -> None:
    given = wei.consents.get().given_at
    early = PhotoFactory(visit=baseline(wei), state="received", taken_at=given - timedelta(days=1))
    reasons = before_consent.refuse(early)
    assert [reason["code"] for reason in reasons] == ["before_consent"]
    one = Deviation.objects.get()
    assert (one.kind, one.participant, one.about) == (
        "photo_before_consent",
        wei,
        str(early.pk),
    )
    same_day = PhotoFactory(
        visit=baseline(wei), view="left", taken_at=given - timedelta(minutes=30)
    )
    undated = PhotoFactory(visit=baseline(wei), view="right")
    assert before_consent.refuse(same_day) == before_consent.refuse(undated) == []


def test_deviations_are_a_list_for_who_reads_histories(
    team: Team, siti: Participant, as_person: Sign
) -> None:
    kind = Deviation.Kind.VISIT_OUTSIDE_WINDOW
    note_deviation(visit=baseline(siti), kind=kind, detail="Baseline moved")
    note_deviation(visit=baseline(siti), kind=kind, detail="Baseline moved again")
    page = "/studies/MEL-8/deviations/"
    assert "Baseline moved again" in words(as_person(team.ewa).get(page))
    assert Deviation.objects.count() == 1
    assert "No deviation is noted" in words(as_person(team.budi).get(page))
    assert as_person(team.chandra).get(page).status_code == 403


# --- A withdrawal taken back -------------------------------------------------------------------


def test_a_clerical_error_is_taken_back_with_consent_visits_and_checks(
    team: Team, wei: Participant
) -> None:
    waiting = PhotoFactory(visit=baseline(wei), state="received")
    PhotoCheck.objects.create(photo=waiting)
    data_requests.ask(participant=wei, kind="stop", reason="A call", by=team.amina)
    wei.refresh_from_db()
    assert (wei.state, wei.data_use) == ("withdrawn", "restricted")
    undo_withdrawal(participant=wei, reason="The wrong row", by=team.amina)
    wei.refresh_from_db()
    assert (wei.state, wei.data_use, wei.ended_at) == ("enrolled", "full", None)
    assert wei.consents.in_force().count() == 1
    assert dict(wei.visits.values_list("definition__code", "state")) == {
        "baseline": "due", "week-4": "scheduled", "week-8": "scheduled",
    }  # fmt: skip
    assert PhotoCheck.objects.get().state == "queued"
    assert DataRequest.objects.get().state == "carried_out"
    assert not RequestWork.objects.exists()
    event = AuditEvent.objects.get(action="participant.undo_withdrawal")
    assert event.contents.reason == "The wrong row"
    with pytest.raises(StateRefused, match="no withdrawal"):
        undo_withdrawal(participant=wei, reason="Again", by=team.amina)


@pytest.mark.parametrize(
    "state", ["pre_screened", "consenting", "screening", "eligible", "screen_failure", "completed"]
)
def test_they_stand_where_they_stood(team: Team, siti: Participant, state: str) -> None:
    Participant.objects.filter(pk=siti.pk).update(state=state)
    siti.refresh_from_db()
    withdraw(participant=siti, reason="The wrong row", by=team.amina)
    undo_withdrawal(participant=siti, reason="The wrong row", by=team.amina)
    siti.refresh_from_db()
    assert siti.state == state


@pytest.mark.parametrize(
    ("answer", "enrolled", "state"),
    [
        (True, False, "eligible"),
        (False, False, "screen_failure"),
        (None, False, "screening"),
        (True, True, "enrolled"),
    ],
)
def test_who_was_screened_by_a_former_version_stands_by_their_answers(
    team: Team, siti: Participant, answer: bool | None, enrolled: bool, state: str
) -> None:
    if not enrolled:
        siti.enrolled_on = None
    Screening.objects.filter(participant=siti).delete()
    if answer is not None:
        Screening.objects.create(
            participant=siti, eligible=answer, answers=[], at=timezone.now(), by=team.amina
        )
    assert _state_before(siti, "screened") == state


def test_who_really_withdrew_gives_consent_anew(team: Team, wei: Participant) -> None:
    data_requests.ask(participant=wei, kind="stop", by=wei)
    with pytest.raises(StateRefused, match="withdrew in person"):
        undo_withdrawal(participant=wei, reason="Misheard", by=team.amina)


def test_it_is_refused_while_an_erasure_waits_and_once_it_began(
    team: Team, wei: Participant
) -> None:
    request = data_requests.ask(participant=wei, kind="erase", reason="A call", by=team.amina)
    with pytest.raises(StateRefused, match="take that back first"):
        undo_withdrawal(participant=wei, reason="Misheard", by=team.amina)
    RequestWork.objects.filter(request=request).update(step="begun")
    with pytest.raises(StateRefused, match="has begun"):
        undo_withdrawal(participant=wei, reason="Misheard", by=team.amina)
    wei.refresh_from_db()
    assert wei.state == "withdrawn"


def test_only_the_coordinator_of_the_site_takes_it_back(team: Team, wei: Participant) -> None:
    data_requests.ask(participant=wei, kind="stop", reason="A call", by=team.amina)
    for person in (team.budi, team.chandra, team.dewi, team.ewa):
        with pytest.raises(NotAllowed):
            undo_withdrawal(participant=wei, reason="Misheard", by=person)
