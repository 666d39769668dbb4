"""Whatever durable work is set aside is on the study's Work page, with its reason."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from inference.dashboards.errors import NotQuarantined
from inference.dashboards.services.stuck import STUCK_KINDS, retry_stuck, stuck_work
from inference.dashboards.services.work import KINDS
from inference.learning.models import TrainingJob
from inference.results.models import ReadingResults
from inference.scoring.models import Rescore, Run
from inference.trials.models import Trial
from participants.allocation.models import Unblinding, UnblindingNotice
from participants.amending.models import CarryOver
from participants.answers.models import AlertNotice, SafetyNotice, SeriousEvent
from participants.capture.models import PhotoCheck
from participants.messaging.models import Message
from participants.people.models import Participant
from participants.privacy.models import DataRequest, RequestNotice, RequestWork
from participants.queries.models import CheckRun, QueryDigest
from participants.visits.models import DailyRollover
from studies.access.models import User
from studies.amendments.models import SiteApproval
from studies.backup.models import BackupRun, FileCheck
from studies.platform import work
from studies.platform.errors import NotAllowed, NotFound
from studies.platform.work import DurableWork
from studies.record.models import AuditEvent, RecordAnchor
from tests.conftest import Team
from tests.inference.packages.factories import ModelPackageFactory
from tests.inference.reading.making import make_draft
from tests.inference.scoring.factories import RunFactory
from tests.inference.scoring.photos import make_visit
from tests.participants.capture.factories import PhotoFactory
from tests.rights.world import begun_form, raised_alert

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
SET_ASIDE = {"state": "quarantined", "attempts": 5, "last_error": "OSError: the disk is bad"}


def request_of(person: Participant) -> DataRequest:
    return DataRequest.objects.create(
        participant=person,
        kind="erase",
        number=f"D{person.pk}",
        requested_at=timezone.now(),
        due_at=timezone.now(),
    )


def make(kind: type[DurableWork], team: Team, person: Participant) -> DurableWork:
    """A piece of work of this kind, set aside; about ``person`` where it is about one."""
    now = timezone.now()
    if kind is PhotoCheck:
        photo = PhotoFactory(visit=person.visits.get(), state="received")
        return PhotoCheck.objects.create(photo=photo, **SET_ASIDE)
    if kind is Run:
        run: Run = RunFactory(photo__visit=person.visits.get(), **SET_ASIDE)
        return run
    if kind is Message:
        return Message.objects.create(
            participant=person, kind="visit_due", planned_for=now, due_at=now, **SET_ASIDE
        )
    if kind in (RequestWork, RequestNotice):
        return kind._default_manager.create(request=request_of(person), **SET_ASIDE)
    if kind is UnblindingNotice:
        told = Unblinding.objects.create(participant=person, by=team.dewi, at=now, reason="x")
        return UnblindingNotice.objects.create(unblinding=told, **SET_ASIDE)
    if kind is SafetyNotice:
        event = SeriousEvent.objects.create(
            submission=begun_form(person, person.visits.get(), by=team.amina),
            known_at=now,
            due_at=now,
        )
        return SafetyNotice.objects.create(event=event, **SET_ASIDE)
    if kind is AlertNotice:
        alert = raised_alert(begun_form(person, person.visits.get(), by=team.amina))
        return AlertNotice.objects.create(alert=alert, revision=1, **SET_ASIDE)
    if kind is QueryDigest:
        return QueryDigest.objects.create(
            study=team.study, recipient=team.dewi, day=date(2026, 3, 2), **SET_ASIDE
        )
    if kind is CheckRun:
        return CheckRun.objects.create(participant=person, **SET_ASIDE)
    if kind is DailyRollover:
        return DailyRollover.objects.create(
            study=team.study, participant=person, day=date(2026, 3, 2), **SET_ASIDE
        )
    if kind is Rescore:
        return Rescore.objects.create(
            study=team.study, package=ModelPackageFactory(), reason="x", **SET_ASIDE
        )
    if kind is ReadingResults:
        reading = make_draft(team, state="closed")
        return ReadingResults.objects.create(study=team.study, reading_study=reading, **SET_ASIDE)
    if kind is TrainingJob:
        reading = make_draft(team, state="closed")
        return TrainingJob.objects.create(study=team.study, reading_study=reading, **SET_ASIDE)
    if kind is CarryOver:
        amendment = team.study.amendments.create(number=2, title="x", summary="x", state="adopted")
        today = date(2026, 3, 2)
        approval = SiteApproval.objects.create(
            amendment=amendment, site=team.sg01, approved_on=today, effective_on=today
        )
        return CarryOver.objects.create(study=team.study, approval=approval, **SET_ASIDE)
    if kind in (BackupRun, FileCheck):
        return kind._default_manager.create(**SET_ASIDE)
    if kind is RecordAnchor:
        return RecordAnchor.objects.create(day=date(2026, 3, 2), **SET_ASIDE)
    assert kind is Trial, f"say here how a {kind.__name__} is made, and in stuck.py who sees it"
    return Trial.objects.create(
        package=ModelPackageFactory(), asked_by=team.dewi, view="front", profile="normal",
        photo=PhotoFactory(visit=person.visits.get()), expires_at=now + timedelta(days=1),
        **SET_ASIDE,
    )  # fmt: skip


@pytest.fixture
def person(team: Team) -> Participant:
    return make_visit(team.sg01).participant


def test_every_kind_of_work_has_a_place(team: Team) -> None:
    placed = {*KINDS.values(), *(kind.model for kind in STUCK_KINDS.values())}
    assert placed == set(work.kinds())


@pytest.mark.parametrize("kind", work.kinds(), ids=lambda kind: kind.__name__)
def test_what_is_set_aside_is_on_the_page_with_its_reason(
    team: Team, person: Participant, as_person: SignIn, kind: type[DurableWork]
) -> None:
    address = reverse("inference:work", args=["MEL-8"])
    assert "the disk is bad" not in as_person(team.dewi).get(address).content.decode()
    make(kind, team, person)
    page = as_person(team.dewi).get(address).content.decode()
    assert "the disk is bad" in page
    studys = (
        Rescore, ReadingResults, TrainingJob, CarryOver, QueryDigest, RecordAnchor, BackupRun,
        FileCheck,
    )  # fmt: skip
    assert kind in studys or person.code in page


@pytest.mark.parametrize("kind", [kind.model for kind in STUCK_KINDS.values() if kind.participant])
def test_another_sites_people_see_nothing_of_it(
    team: Team, person: Participant, kind: type[DurableWork]
) -> None:
    make(kind, team, person)
    assert [item.participant for item in stuck_work(study=team.study, user=team.amina)] == [person]
    assert stuck_work(study=team.study, user=team.budi) == []


def test_a_stuck_day_of_the_study_is_seen_by_everybody_in_it(team: Team) -> None:
    DailyRollover.objects.create(study=team.study, day=date(2026, 3, 2), **SET_ASIDE)
    for user in (team.dewi, team.amina, team.budi):
        assert [item.code for item in stuck_work(study=team.study, user=user)] == ["day"]


@pytest.mark.parametrize("code", [code for code, kind in STUCK_KINDS.items() if not kind.page])
def test_it_is_tried_again_from_the_list_by_who_may(
    team: Team, person: Participant, as_person: SignIn, code: str
) -> None:
    row = make(STUCK_KINDS[code].model, team, person)
    with pytest.raises(NotFound if STUCK_KINDS[code].participant else NotAllowed):
        retry_stuck(study=team.study, code=code, pk=row.pk, by=team.budi)
    as_person(team.dewi).post(reverse("inference:retry", args=["MEL-8", code, row.pk]))
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("queued", 0)
    event = AuditEvent.objects.get(action="work.retry")
    assert event.contents.old["last_error"] == "OSError: the disk is bad"


@pytest.mark.parametrize("code", [code for code, kind in STUCK_KINDS.items() if kind.page])
def test_what_is_acted_on_elsewhere_leads_there(
    team: Team, person: Participant, as_person: SignIn, code: str
) -> None:
    row = make(STUCK_KINDS[code].model, team, person)
    with pytest.raises(NotFound):
        retry_stuck(study=team.study, code=code, pk=row.pk, by=team.dewi)
    [item] = stuck_work(study=team.study, user=team.dewi)
    assert as_person(team.dewi).get(item.url).status_code == 200


def test_two_people_trying_again_do_it_once(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    row = DailyRollover.objects.create(study=team.study, day=date(2026, 3, 2), **SET_ASIDE)
    monkeypatch.setattr("inference.dashboards.services.work.requeue", lambda row: False)
    with pytest.raises(NotQuarantined):
        retry_stuck(study=team.study, code="day", pk=row.pk, by=team.dewi)
    assert not AuditEvent.objects.filter(action="work.retry").exists()
