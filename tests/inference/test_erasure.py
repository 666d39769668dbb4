"""What models made of a participant: locked with their data, removed with them, told to them."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from inference.dashboards.services import overview as dashboards
from inference.dashboards.services.activity import recent
from inference.dashboards.services.trajectories import trajectories
from inference.exports.services.exports import File, Filters, count_rows, export_file
from inference.scoring.models import ActivationMap, Rescore, Run, Score
from inference.scoring.services import runs, scores
from inference.trials.models import Trial
from inference.trials.services import trials
from participants.capture.models import Photo
from participants.people.models import Participant
from participants.privacy.services import data_requests
from participants.privacy.services.my_data import copy_of, counts
from participants.privacy.services.searching import search_stores
from participants.visits.models import Visit
from studies.access.models import User
from studies.access.permissions import Permission
from studies.platform import storage
from tests.conftest import Team
from tests.inference.packages.factories import ModelPackageFactory
from tests.inference.scoring.factories import RunFactory, ScoreFactory, StudyModelFactory
from tests.participants.privacy.erasing import Filled, ask_to_erase, canaries_of, carry_out, fill

pytestmark = pytest.mark.django_db
Sign = Callable[[User], Client]


@pytest.fixture
def filled(team: Team) -> Filled:
    """Siti's three photos, scored by two packages, one of them tried and rescored."""
    made = fill(team)
    first, second = ModelPackageFactory(), ModelPackageFactory()
    StudyModelFactory(study=team.study, package=first, primary=True)
    StudyModelFactory(study=team.study, package=second)
    for photo in made.photos:
        for package in (first, second):
            cleaned, _ = storage.store("cleaned", str(photo.pk), b"clean", suffix=".jpg")
            map_file, _ = storage.store("maps", str(photo.pk), b"map", suffix=".png")
            run = RunFactory(photo=photo, package=package, cleaned_file=cleaned)
            ScoreFactory(run=run)
            ActivationMap.objects.create(run=run, condition_id="melasma", file=map_file)
    _try(team, made.photos[0], first)
    Rescore.objects.create(
        study=team.study,
        package=second,
        reason="Again",
        state="done",
        cursor=made.photos[2].pk,
    )
    return made


def _try(team: Team, photo: Photo, package: Any, **fields: Any) -> Trial:
    trial = Trial(package=package, asked_by=team.dewi, view="front", photo=photo)
    body = json.dumps({"photo": str(photo.pk), "crop": "data:image/jpeg;base64,…"}).encode()
    trial.result_file, _ = storage.store("trials", str(trial.pk), body, suffix=".json")
    trial.expires_at, trial.answered_at = timezone.now() + timedelta(hours=1), timezone.now()
    for name, value in fields.items():
        setattr(trial, name, value)
    trial.save(force_insert=True)
    return trial


def stop(participant: Participant, kind: str = "stop") -> None:
    carry_out(data_requests.ask(participant=participant, kind=kind, by=participant))
    participant.refresh_from_db()


# --- Erasing -----------------------------------------------------------------------------------


def test_runs_scores_maps_and_trials_go_with_their_files(filled: Filled) -> None:
    siti, terms = filled.participant, canaries_of(filled.participant)
    assert {"inference", "trials", "maps", "cleaned"} <= {
        part for found in search_stores(siti, terms) for part in (found.place.split(".")[0],)
    }

    row = carry_out(ask_to_erase(siti))

    assert row.state == "done", row.last_error
    for model in (Run, Score, ActivationMap, Trial):
        assert not model.objects.exists(), model
    names = [name for name in storage.stored_names() if not name.startswith("erasures")]
    assert names == [name for name in names if "/" not in name], "empty folders of kinds at most"
    assert [one for one in search_stores(siti, terms) if one.store != "record"] == []


def test_a_rescore_forgets_where_it_was_without_losing_its_place(filled: Filled) -> None:
    last = filled.photos[2].pk
    carry_out(ask_to_erase(filled.participant))
    assert Rescore.objects.get().cursor == UUID(int=last.int - 1)


def test_it_waits_for_a_trial_that_is_under_way(team: Team, filled: Filled) -> None:
    request = ask_to_erase(filled.participant)
    lease = timezone.now() + timedelta(minutes=1)
    Trial.objects.update(state="running", lease_until=lease)
    row = carry_out(request)
    assert (row.state, request.state) == ("queued", "open")
    Trial.objects.update(state="queued", lease_until=None)
    assert carry_out(request).state == "done"


def test_the_models_work_on_others_stays(team: Team, filled: Filled) -> None:
    other = fill(team)
    run = RunFactory(photo=other.photos[0], package=ModelPackageFactory())
    ScoreFactory(run=run)
    carry_out(ask_to_erase(filled.participant))
    assert list(Run.objects.all()) == [run]
    assert Score.objects.count() == 1


def test_what_was_there_is_counted_for_the_receipt(filled: Filled) -> None:
    request = ask_to_erase(filled.participant)
    carry_out(request)
    assert request.counts["scores"] == 6
    assert request.counts["maps"] == 6


# --- Locking -----------------------------------------------------------------------------------


def test_what_is_locked_is_visible_to_nobody_through_any_door(team: Team, filled: Filled) -> None:
    for kind, left in (("stop_keep", 3), ("stop", 0)):
        stop(filled.participant, kind)
        for name in ("amina", "chandra", "dewi", "ewa"):
            person = getattr(team, name)
            assert Photo.objects.visible_to(person).count() == left, (kind, name)
            assert Run.objects.visible_to(person).count() == 2 * left, (kind, name)
            assert Score.objects.visible_to(person).count() == 2 * left, (kind, name)
    assert Photo.objects.count() == 3, "and it is still there"


def test_it_is_exported_no_more_and_still_counted_as_having_taken_part(
    team: Team, filled: Filled
) -> None:
    def rows() -> dict[str, int]:
        return count_rows(team.study, Filters(), team.dewi)

    def wide() -> list[Any]:
        made = export_file(study=team.study, file=File.WIDE, filters=Filters(), by=team.dewi)
        return list(made.rows)

    assert rows()["photos"] == 3
    assert len(wide()) == 3

    stop(filled.participant)

    assert rows() == {"long": 0, "wide": 0, "photos": 0}
    assert wide() == []
    seen = dashboards.overview(study=team.study, user=team.dewi)
    assert seen.enrolled == 1
    assert sum(line.gone for line in seen.sites) == 1


def test_no_page_figure_or_answer_of_the_api_uses_it(
    team: Team, filled: Filled, as_person: Sign
) -> None:
    siti, photo = filled.participant, filled.photos[0]
    stop(siti)
    client = as_person(team.chandra)
    for path in (
        f"/studies/MEL-8/photos/{photo.pk}/",
        f"/studies/MEL-8/photos/{photo.pk}/thumb/",
        f"/studies/MEL-8/photos/{photo.pk}/upright/",
    ):
        assert client.get(path).status_code == 404, path
    assert all(not spread.number for spread in dashboards.spreads(study=team.study, user=team.dewi))
    points = trajectories(participant=siti, user=team.dewi)
    assert all(cell is None for row in points.rows for cell in row.scores)
    shown = client.get(f"/studies/MEL-8/participants/{siti.code}/").content.decode()
    assert "What was collected is locked" in shown
    assert f"/photos/{photo.pk}/" not in shown
    assert str(siti.year_of_birth) not in shown, "not to researchers"
    assert not [event for event in recent(study=team.study, user=team.dewi) if event.photo]
    packages = scores.scored_packages(study=team.study, user=team.dewi)
    assert list(packages) == []


def test_it_is_not_scored_again_nor_tried(team: Team, filled: Filled) -> None:
    package = ModelPackageFactory()
    assert runs.unscored(study=team.study, package=package).count() == 3
    stop(filled.participant)
    assert runs.unscored(study=team.study, package=package).count() == 0
    assert trials.photos_to_try(team.dewi) == []


def test_what_waits_to_be_scored_is_taken_back_and_a_trial_shown_no_more(
    team: Team, filled: Filled
) -> None:
    Run.objects.update(state="queued", attempts=0)
    Score.objects.all().delete()
    trial = Trial.objects.get()
    stop(filled.participant)
    assert not Run.objects.exists()
    trial.refresh_from_db()
    assert trial.expires_at <= timezone.now()
    assert trials.shown(trial) is None


def test_nothing_of_anybody_else_is_locked(team: Team, filled: Filled) -> None:
    other = fill(team)
    stop(filled.participant)
    assert Photo.objects.visible_to(team.dewi).count() == 3
    visits = Visit.objects.visible_to(team.dewi, Permission.EXPORT)
    assert set(visits.values_list("participant", flat=True)) == {other.participant.pk}


# --- Telling -----------------------------------------------------------------------------------


def test_the_participants_copy_holds_every_score_of_theirs_and_no_others(
    team: Team, filled: Filled
) -> None:
    other = fill(team)
    ScoreFactory(run=RunFactory(photo=other.photos[0], package=ModelPackageFactory()))
    told = copy_of(filled.participant)
    assert len(told["scores"]) == 6
    assert {one["condition"] for one in told["scores"]} == {"melasma"}
    assert counts(filled.participant)["scores"] == 6
