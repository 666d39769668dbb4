"""The work page: what waits and what failed, and trying it again."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from inference.dashboards.errors import NotQuarantined
from inference.dashboards.services.work import open_work, retry_all, retry_work
from inference.scoring.models import Run
from participants.capture.models import PhotoCheck
from studies.access.models import User
from studies.platform.errors import NotAllowed
from studies.platform.models import WorkerHeartbeat
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.inference.scoring.factories import RunFactory
from tests.inference.scoring.photos import make_visit
from tests.participants.capture.factories import PhotoFactory
from tests.studies.access.factories import MembershipFactory

SignIn = Callable[[User], Client]
REASON = "The network tiny 1.0.0 gave NaN or infinity for melasma."


@pytest.fixture
def failed(team: Team) -> Run:
    visit = make_visit(team.sg01)
    run: Run = RunFactory(photo__visit=visit, state="quarantined", attempts=5, last_error=REASON)
    return run


@pytest.fixture
def failed_at_kl(team: Team) -> PhotoCheck:
    photo = PhotoFactory(visit=make_visit(team.kl01, code="KL01-0001"), state="received")
    return PhotoCheck.objects.create(photo=photo, state="quarantined", last_error="Bad disk")


def work_url() -> str:
    return reverse("inference:work", args=["MEL-8"])


def retry_url(row: Run | PhotoCheck) -> str:
    kind = "run" if isinstance(row, Run) else "check"
    return reverse("inference:retry", args=["MEL-8", kind, row.pk])


def test_the_page_shows_what_failed_and_why(team: Team, failed: Run, as_person: SignIn) -> None:
    page = as_person(team.ewa).get(work_url()).content.decode()
    assert REASON in page
    assert "SG01-0001" in page
    assert str(failed.package) in page


def test_the_list_has_failures_first_then_the_oldest(team: Team, failed: Run) -> None:
    visit = make_visit(team.sg01)
    later = RunFactory(photo=PhotoFactory(visit=visit, view="left"), state="queued")
    sooner = RunFactory(
        photo=PhotoFactory(visit=visit, view="right"),
        state="queued",
        created_at="2026-01-01T00:00:00Z",
    )
    RunFactory(photo=PhotoFactory(visit=visit, state="replaced"), state="done")
    items = open_work(study=team.study, user=team.dewi)
    assert [item.row for item in items] == [failed, sooner, later]


def test_a_coordinator_sees_the_work_of_her_site_only(
    team: Team, failed: Run, failed_at_kl: PhotoCheck, as_person: SignIn
) -> None:
    page = as_person(team.budi).get(work_url()).content.decode()
    assert "KL01-0001" in page
    assert "SG01-0001" not in page


def test_retrying_gives_five_fresh_attempts_and_is_recorded(team: Team, failed: Run) -> None:
    row = retry_work(row=failed, by=team.amina)
    assert (row.state, row.attempts, row.finished_at) == ("queued", 0, None)
    event = AuditEvent.objects.get(action="work.retry")
    assert (event.site_code, event.participant_code) == ("SG01", "SG01-0001")
    assert event.contents.old["last_error"] == REASON


@pytest.mark.parametrize("name", ["budi", "chandra", "ewa", "farid"])
def test_who_may_not_retry_changes_nothing(team: Team, failed: Run, name: str) -> None:
    with pytest.raises(NotAllowed):
        retry_work(row=failed, by=getattr(team, name))
    failed.refresh_from_db()
    assert failed.state == "quarantined"


@pytest.mark.parametrize("state", ["queued", "running", "done"])
def test_only_work_in_quarantine_is_retried(team: Team, failed: Run, state: str) -> None:
    Run.objects.update(state=state)
    with pytest.raises(NotQuarantined):
        retry_work(row=failed, by=team.dewi)
    assert Run.objects.get().state == state
    assert not AuditEvent.objects.filter(action="work.retry").exists()


def test_retrying_all_stays_within_ones_sites(
    team: Team, failed: Run, failed_at_kl: PhotoCheck
) -> None:
    assert retry_all(study=team.study, by=team.amina) == 1
    failed.refresh_from_db()
    failed_at_kl.refresh_from_db()
    assert (failed.state, failed_at_kl.state) == ("queued", "quarantined")


def test_who_sees_more_than_they_may_retry_retries_what_they_may(
    team: Team, failed: Run, failed_at_kl: PhotoCheck
) -> None:
    # Chandra investigates at all sites and coordinates at one.
    MembershipFactory(user=team.chandra, study=team.study, site=team.sg01, role="coordinator")
    assert retry_all(study=team.study, by=team.chandra) == 1
    failed.refresh_from_db()
    failed_at_kl.refresh_from_db()
    assert (failed.state, failed_at_kl.state) == ("queued", "quarantined")


def test_the_manager_retries_all(team: Team, failed: Run, failed_at_kl: PhotoCheck) -> None:
    assert retry_all(study=team.study, by=team.dewi) == 2


@pytest.mark.parametrize("name", ["chandra", "ewa", "farid"])
def test_who_may_retry_nothing_is_refused_all(team: Team, failed: Run, name: str) -> None:
    with pytest.raises(NotAllowed):
        retry_all(study=team.study, by=getattr(team, name))


def test_the_button_retries_and_returns_to_the_list(
    team: Team, failed: Run, as_person: SignIn
) -> None:
    response = as_person(team.amina).post(retry_url(failed), follow=True)
    assert response.redirect_chain == [(work_url(), 302)]
    failed.refresh_from_db()
    assert failed.state == "queued"


def test_the_button_is_refused_to_those_without_the_right(
    team: Team, failed: Run, as_person: SignIn
) -> None:
    assert as_person(team.ewa).post(retry_url(failed)).status_code == 403
    assert as_person(team.budi).post(retry_url(failed)).status_code == 404  # not his site
    assert as_person(team.farid).post(retry_url(failed)).status_code == 404
    assert as_person(team.amina).get(retry_url(failed)).status_code == 405
    failed.refresh_from_db()
    assert failed.state == "quarantined"


def test_buttons_are_shown_only_to_those_who_may(
    team: Team, failed: Run, as_person: SignIn
) -> None:
    assert retry_url(failed) in as_person(team.amina).get(work_url()).content.decode()
    assert retry_url(failed) not in as_person(team.ewa).get(work_url()).content.decode()


def test_work_of_an_unknown_kind_is_not_found(team: Team, as_person: SignIn) -> None:
    address = reverse("inference:retry", args=["MEL-8", "messages", 1])
    assert as_person(team.dewi).post(address).status_code == 404


def test_htmx_gets_the_fragment_alone(team: Team, failed: Run, as_person: SignIn) -> None:
    client = as_person(team.dewi)
    whole = client.get(work_url()).content.decode()
    part = client.get(work_url(), headers={"HX-Request": "true"}).content.decode()
    assert "<html" in whole
    assert "<html" not in part
    assert REASON in part


def test_reasons_are_shown_as_text(team: Team, failed: Run, as_person: SignIn) -> None:
    Run.objects.update(last_error="<script>alert(1)</script>")
    page = as_person(team.dewi).get(work_url()).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_the_page_says_when_no_worker_is_there_to_do_it(
    team: Team, failed: Run, as_person: SignIn
) -> None:
    words = "No worker is running"
    client = as_person(team.dewi)
    assert words not in client.get(work_url()).content.decode()  # nothing waits for one
    Run.objects.update(state="queued")
    assert words in client.get(work_url()).content.decode()
    WorkerHeartbeat.objects.create(name="celery@here", seen_at=timezone.now())
    assert words not in client.get(work_url()).content.decode()
