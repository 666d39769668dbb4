"""The second demonstration: three sites, two blinded arms, people at every stage, an amendment."""

import io
from collections import Counter
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django.fixtures import Settings

from inference.demo import actions, twelve_weeks
from inference.demo.twelve_week_acts import participant_of
from inference.demo.twelve_week_answers import DAYS, LEFT_OUT
from participants.allocation.models import Allocation, Unblinding, UnblindingNotice
from participants.allocation.services.reading import sees_arms
from participants.allocation.services.standing import standing
from participants.answers.models import Alert, SeriousEvent, Submission
from participants.capture.models import Photo
from participants.consent.models import Consent
from participants.deviations.models import Deviation
from participants.monitoring.flow import POOLED
from participants.monitoring.services.flow import participant_flow
from participants.people.models import Correction, Participant
from participants.verification.models import Tick
from participants.verification.services.standing import changed_people
from participants.visits.days_here import today
from participants.visits.models import Visit
from studies.access.models import User
from studies.amendments.models import SiteApproval
from studies.protocol.models import Study
from studies.record.models import AuditEvent
from studies.record.services.proof import find_breaks
from tests.inference.pipeline.tiny_package import write_tiny_package

pytestmark = pytest.mark.django_db
PEOPLE = {who.number: who for who in twelve_weeks.PEOPLE}


@pytest.fixture
def study(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Study:
    settings.SHIPPED_MODEL_PACKAGE = write_tiny_package(tmp_path)
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(actions, "WIDTH", 108)
    monkeypatch.setattr(actions, "HEIGHT", 144)
    load()
    return Study.objects.get()


def load() -> None:
    call_command("load_demo", "--study", twelve_weeks.STUDY, stdout=io.StringIO())


def counts() -> tuple[int, ...]:
    models = (Participant, Photo, Consent, Correction, SiteApproval, Deviation, AuditEvent)
    return tuple(model._default_manager.count() for model in models)


def test_people_are_at_every_stage_and_started_again_nothing_is_done_twice(study: Study) -> None:
    states = Counter(Participant.objects.values_list("state", flat=True))
    assert states == {
        "enrolled": 9,
        "withdrawn": 1,
        "pre_screened": 2,
        "consenting": 1,
        "screening": 1,
        "eligible": 1,
        "screen_failure": 2,
    }
    assert {site.time_zone for site in study.sites.all()} == {"", "Asia/Jakarta", "Asia/Kolkata"}

    visits = Visit.objects.filter(participant__study=study)
    rows = visits.select_related("definition", "participant__site__study")
    stand = {(row.definition.code, row.standing_on(today(row.participant))) for row in rows}
    open_now = {code for code, state in stand if state == "due"}
    assert {"baseline", "week-8", "week-12"} <= open_now, "due, and late within the window"
    assert ("week-4", "missed") in stand
    repeats = Photo.objects.filter(visit__definition__repeat=True)
    assert repeats.count() == 12, "four people, each view once more"

    corrected = participant_of(PEOPLE[twelve_weeks.CORRECTED])
    assert [row.field for row in corrected.corrections.all()] == ["year_of_birth"]
    minor = participant_of(PEOPLE[twelve_weeks.MINOR]).consents.get()
    assert (minor.given_by, minor.assented) == ("guardian", True)
    moved = participant_of(PEOPLE[twelve_weeks.TRANSFERRED])
    assert (moved.code[:4], moved.site.code) == ("SG01", "JK01"), "the code never changes"
    assert Deviation.objects.get(kind="visit_outside_window").visit.definition.code == "week-4"

    assert [row.site.code for row in SiteApproval.objects.all()] == ["SG01"], "the others wait"
    newest = {one.document.version.number for one in Consent.objects.filter(state="given")}
    assert newest == {"1.0", "2.0"}
    ewa = User.objects.get(email="ewa@demo.example")
    since = {participant_of(PEOPLE[number]).pk for number in (0, twelve_weeks.CORRECTED)}
    assert set(changed_people(study, ewa)) == since, "a consent renewed, a year corrected"
    assert Tick.objects.filter(part="visit.baseline").exists()
    assert list(find_breaks()) == []

    before = counts()
    load()
    assert counts() == before


def test_questionnaires_are_answered_with_two_events_one_serious_and_an_alert(
    study: Study,
) -> None:
    forms = Submission.objects.filter(assignment__code="skin")
    assert forms.count() == sum(
        code in DAYS for who in twelve_weeks.PEOPLE for code in who.made
    ) - len(LEFT_OUT)
    assert set(forms.values_list("state", flat=True)) == {"submitted"}
    assert Submission.objects.filter(assignment__code="adverse-events").count() == 2
    assert SeriousEvent.objects.running().get().submission.participant.site.code == "DL01"
    alert = Alert.objects.waiting().get()
    assert alert.submission.participant == participant_of(PEOPLE[twelve_weeks.CORRECTED])


def test_it_is_randomised_blinded_and_one_person_is_unblinded_in_an_emergency(study: Study) -> None:
    assert study.is_blinded
    rows = Allocation.objects.filter(participant__study=study)
    assert {row.opened().arm for row in rows} == {"CERAMIDE", "PLAIN"}
    given = {row.participant_id: row for row in rows}
    enrolled = [who for who in twelve_weeks.PEOPLE if who.stage == "enrolled"]
    waits = participant_of(PEOPLE[twelve_weeks.WAITING])
    assert set(given) == {participant_of(who).pk for who in enrolled} - {waits.pk}
    assert {row.method for row in rows} == {"list"}
    assert {row.stratum.count(";") for row in rows} == {1}, "stratified by site and age"
    irene, hana = (User.objects.get(email=f"{name}@demo.example") for name in ("irene", "hana"))
    assert standing(waits, user=hana).ready, "left for whoever opens the demonstration"

    knowing = {user.name for user in User.objects.all() if sees_arms(user, study)}
    assert knowing == {"Kenji Mori", "Lina Suryani"}
    assert standing(participant_of(PEOPLE[0]), user=irene).arm == ""

    one = Unblinding.objects.get()
    assert (one.participant, one.by.name) == (
        participant_of(PEOPLE[twelve_weeks.HARMED]),
        "Nikhil Bose",
    )
    notice = UnblindingNotice.objects.get(recipient=None)
    assert notice.unblinding == one, "the managers are told"


def test_the_blind_are_shown_one_flow_and_the_statistician_one_by_arm(study: Study) -> None:
    dewi, kenji = (User.objects.get(email=f"{name}@demo.example") for name in ("dewi", "kenji"))
    pooled = participant_flow(study=study, user=dewi)
    assert [group.arm for group in pooled.groups] == [POOLED]
    by_arm = participant_flow(study=study, user=kenji)
    assert [group.arm for group in by_arm.groups] == ["CERAMIDE", "PLAIN"]
    assert sum(group.all.number for group in by_arm.groups) == 9, "one waits, one withdrew later"
