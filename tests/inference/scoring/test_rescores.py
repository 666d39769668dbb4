"""Scoring a study's photos again: a few at a time, watched, stopped, never twice."""

import pytest
from django.db import IntegrityError, transaction

from inference.packages.errors import PackageRetired
from inference.scoring.errors import RescoreEnded
from inference.scoring.models import Rescore, Run
from inference.scoring.services import rescores
from studies.platform.errors import NotAllowed, ReasonMissing
from studies.platform.work import LeaseLost, WorkState, claim, perform
from studies.protocol.models import Study
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.inference.packages.factories import ModelPackageFactory
from tests.inference.scoring.factories import RunFactory
from tests.inference.scoring.photos import make_visit
from tests.participants.capture.factories import PhotoFactory

WHY = "Protocol amendment 2: compare with the new version."


def photos(team: Team, number: int, *, site: str = "sg01") -> None:
    """Accepted photos of a consenting participant."""
    for week in range(number):
        where = getattr(team, site)
        visit = make_visit(where, code=f"{where.code}-0001", visit=f"week-{week}", day=7 * week)
        PhotoFactory(visit=visit)


def start(team: Team) -> Rescore:
    return rescores.start_rescore(
        study=team.study, package=ModelPackageFactory(), reason=WHY, by=team.dewi
    )


def hand_out(job: Rescore) -> Rescore:
    """What a worker does at each turn, its pause left out."""
    Rescore.objects.update(due_at=job.created_at)
    assert perform(Rescore, job.pk, rescores.feed)
    job.refresh_from_db()
    return job


def finish_runs(job: Rescore, state: str = "done") -> None:
    job.runs.filter(state="queued").update(state=state)


def test_asking_is_recorded_with_how_many_photos_it_concerns(team: Team) -> None:
    photos(team, 3)
    job = start(team)
    event = AuditEvent.objects.get(action="model.rescore", study_code="MEL-8")
    assert (event.contents.reason, event.contents.new["photos"]) == (WHY, 3)
    assert job.asked_by == team.dewi


@pytest.mark.parametrize("name", ["amina", "chandra", "ewa", "farid"])
def test_only_the_studys_manager_starts_and_stops(team: Team, name: str) -> None:
    person = getattr(team, name)
    with pytest.raises(NotAllowed):
        rescores.start_rescore(
            study=team.study, package=ModelPackageFactory(), reason=WHY, by=person
        )
    job = start(team)
    with pytest.raises(NotAllowed):
        rescores.stop_rescore(rescore=job, by=person)
    assert Rescore.objects.get().open


def test_a_reason_is_asked_for_and_a_retired_package_refused(team: Team) -> None:
    with pytest.raises(ReasonMissing):
        rescores.start_rescore(
            study=team.study, package=ModelPackageFactory(), reason=" ", by=team.dewi
        )
    retired = ModelPackageFactory(state="retired")
    with pytest.raises(PackageRetired):
        rescores.start_rescore(study=team.study, package=retired, reason=WHY, by=team.dewi)
    assert not Rescore.objects.exists()


def test_asking_twice_is_one_job(team: Team) -> None:
    job = start(team)
    again = rescores.start_rescore(study=team.study, package=job.package, reason=WHY, by=team.dewi)
    assert again == job
    with pytest.raises(IntegrityError), transaction.atomic():
        Rescore.objects.create(study=team.study, package=job.package, reason=WHY)


def test_runs_are_handed_out_a_few_at_a_time(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rescores, "WINDOW", 2)
    photos(team, 3)
    job = hand_out(start(team))
    assert job.runs.filter(state="queued").count() == 2
    job = hand_out(job)
    assert job.runs.count() == 2, "none has ended yet"
    finish_runs(job)
    job = hand_out(job)
    assert job.runs.count() == 3
    finish_runs(job, "quarantined")
    job = hand_out(job)
    assert job.state == WorkState.DONE
    event = AuditEvent.objects.get(action="model.rescore_end")
    assert (event.contents.new["scored"], event.contents.new["failed"]) == (2, 1)
    assert event.actor_kind == "system"


def test_photos_it_has_scored_are_left_alone_and_photos_turned_down_too(team: Team) -> None:
    photos(team, 3)
    job = start(team)
    scored, turned_down, _ = team.study.participants.get().visits.order_by("pk")
    RunFactory(photo=scored.photos.get(), package=job.package)
    turned_down.photos.update(state="retake_wanted")
    job = hand_out(job)
    assert job.runs.count() == 1


def test_photos_without_consent_to_scoring_are_skipped_and_counted(team: Team) -> None:
    photos(team, 2)
    team.study.participants.get().consents.update(state="withdrawn")
    job = hand_out(start(team))
    assert (job.skipped, Run.objects.count()) == (2, 0)


def test_photos_of_another_study_are_not_touched(team: Team) -> None:
    PhotoFactory()
    assert Study.objects.count() > 1
    hand_out(start(team))
    assert not Run.objects.exists()


def test_stopping_takes_back_what_nobody_began(team: Team) -> None:
    photos(team, 3)
    job = hand_out(start(team))
    first, second, third = job.runs.order_by("pk")
    Run.objects.filter(pk=first.pk).update(state="done")
    Run.objects.filter(pk=second.pk).update(state="running", attempts=1)
    rescores.stop_rescore(rescore=job, by=team.dewi)
    assert set(Run.objects.all()) == {first, second}
    assert (job.state, job.stopped_by) == (WorkState.DONE, team.dewi)
    assert AuditEvent.objects.get(action="model.rescore_stop").contents.new["runs_dropped"] == 1
    with pytest.raises(RescoreEnded):
        rescores.stop_rescore(rescore=job, by=team.dewi)
    assert third.pk


def test_a_worker_that_hands_out_while_it_is_stopped_writes_nothing(team: Team) -> None:
    photos(team, 2)
    job = start(team)
    taken = claim(Rescore, job.pk)
    assert taken is not None
    rescores.stop_rescore(rescore=job, by=team.dewi)
    with pytest.raises(LeaseLost):
        rescores.feed(taken)
    assert not Run.objects.exists()


def test_what_was_stopped_goes_on_where_it_was(team: Team) -> None:
    photos(team, 2)
    job = hand_out(start(team))
    Run.objects.filter(pk=job.runs.earliest("pk").pk).update(state="done")
    rescores.stop_rescore(rescore=job, by=team.dewi)
    again = rescores.start_rescore(
        study=team.study, package=job.package, reason="Go on", by=team.dewi
    )
    assert hand_out(again).runs.count() == 1


def test_progress_counts_only_photos_one_may_see(team: Team) -> None:
    photos(team, 2)
    photos(team, 3, site="kl01")
    job = hand_out(start(team))
    of_sg01 = Run.objects.filter(photo__visit__participant__site=team.sg01)
    of_sg01.update(state="done")
    assert _seen(job, team, "dewi") == (2, 5)
    assert _seen(job, team, "amina") == (2, 2)
    assert _seen(job, team, "budi") == (0, 3)
    assert not Rescore.objects.visible_to(team.farid).exists()


def _seen(job: Rescore, team: Team, name: str) -> tuple[int, int]:
    found = rescores.progress(rescore=job, user=getattr(team, name))
    return found.scored, found.total
