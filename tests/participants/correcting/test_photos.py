"""One photo is erased alone, with all that was made from it."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from inference.scoring.models import Run, Score
from participants.capture.models import Photo, PhotoCheck
from participants.correcting.services.photos import (
    REASON,
    erase_photo,
    erase_photos_again,
    erased_photos,
)
from participants.people.models import Participant
from studies.access.models import User
from studies.backup.signals import ErasedPhoto
from studies.platform.errors import NotAllowed, ReasonMissing, StateRefused
from studies.platform.storage import private_storage, store
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.inference.scoring.factories import RunFactory, ScoreFactory
from tests.participants.capture.factories import PhotoFactory
from tests.participants.staff import enrol, plan_week_visits

pytestmark = pytest.mark.django_db
Sign = Callable[[User], Client]
WHY = "It shows somebody else"


@pytest.fixture
def siti(team: Team) -> Participant:
    plan_week_visits(team.study)
    return enrol(team.sg01, team.amina)


@pytest.fixture
def photo(siti: Participant) -> Photo:
    """Accepted, scored, its file stored, beside another of the same visit."""
    visit = siti.visits.get(definition__code="baseline")
    PhotoFactory(visit=visit, view="left")
    made: Photo = PhotoFactory(visit=visit, view="front")
    made.original_file = store("photos", str(made.pk), b"a face", suffix=".jpg")[0]
    made.save()
    ScoreFactory(run=RunFactory(photo=made))
    return made


def test_the_photo_goes_with_files_runs_and_scores(
    team: Team, siti: Participant, photo: Photo
) -> None:
    visit = photo.visit
    visit.move("in_progress")
    erase_photo(photo=photo, reason=WHY, by=team.amina)
    assert list(Photo.objects.values_list("view", flat=True)) == ["left"]
    assert not Run.objects.exists()
    assert not Score.objects.exists()
    assert not private_storage().exists(photo.original_file)
    event = AuditEvent.objects.get(action="photo.erase")
    assert event.contents.reason == WHY
    assert event.contents.new == {"visit": "baseline", "view": "front", "sha256": photo.sha256}


def test_a_visit_that_can_be_made_asks_for_the_view_again(
    team: Team, siti: Participant, photo: Photo
) -> None:
    PhotoFactory(visit=photo.visit, view="right")
    type(photo.visit).objects.filter(pk=photo.visit_id).update(
        state="complete", completed_at=timezone.now()
    )
    assert erase_photo(photo=photo, reason=WHY, by=team.amina).state == "in_progress"


def test_a_visit_that_cannot_be_made_any_more_stays(
    team: Team, siti: Participant, photo: Photo
) -> None:
    Participant.objects.filter(pk=siti.pk).update(state="completed")
    type(photo.visit).objects.filter(pk=photo.visit_id).update(state="complete")
    photo = Photo.objects.get(pk=photo.pk)
    assert erase_photo(photo=photo, reason=WHY, by=team.amina).state == "complete"
    assert not Photo.objects.filter(pk=photo.pk).exists()


def test_only_the_coordinator_of_the_site_with_a_reason(
    team: Team, siti: Participant, photo: Photo
) -> None:
    for person in (team.budi, team.chandra, team.dewi, team.ewa, team.farid):
        with pytest.raises(NotAllowed):
            erase_photo(photo=photo, reason=WHY, by=person)
    with pytest.raises(ReasonMissing):
        erase_photo(photo=photo, reason=" ", by=team.amina)
    assert private_storage().exists(photo.original_file)


@pytest.mark.parametrize("what", ["check", "run"])
def test_what_a_worker_is_at_is_not_erased(
    team: Team, siti: Participant, photo: Photo, what: str
) -> None:
    if what == "check":
        PhotoCheck.objects.create(photo=photo, state="running", due_at=timezone.now())
    else:
        Run.objects.update(state="running")
    with pytest.raises(StateRefused, match="worked on"):
        erase_photo(photo=photo, reason=WHY, by=team.amina)
    assert private_storage().exists(photo.original_file)
    assert Score.objects.exists()


def test_the_page_asks_whether_it_is_meant(
    team: Team, siti: Participant, photo: Photo, as_person: Sign
) -> None:
    browser = as_person(team.amina)
    path = f"/studies/MEL-8/participants/SG01-0001/correct/photos/{photo.pk}/"
    visit = browser.get("/studies/MEL-8/participants/SG01-0001/visits/baseline/")
    assert path in visit.content.decode()
    assert browser.post(path, {"reason": WHY}).status_code == 422
    assert Photo.objects.filter(pk=photo.pk).exists()
    assert browser.post(path, {"reason": WHY, "sure": "on"}).status_code == 302
    assert not Photo.objects.filter(pk=photo.pk).exists()
    other = enrol(team.sg01, team.amina)
    wrong = path.replace("SG01-0001", other.code)
    assert browser.get(wrong).status_code == 404


def test_one_that_a_restore_brings_back_is_erased_again_and_told_in_the_history(
    team: Team, siti: Participant, photo: Photo
) -> None:
    lost = {**vars(photo)}
    erase_photo(photo=photo, reason=WHY, by=team.amina)
    entry = ErasedPhoto("MEL-8", str(photo.pk))
    assert erased_photos() == [entry]
    assert erase_photos_again([entry]) == 0, "nothing came back"

    back = Photo.objects.create(**{name: lost[name] for name in lost if not name.startswith("_")})
    name = store("photos", str(back.pk), b"a face", suffix=".jpg")[0]
    store("maps", str(back.pk), b"a map", suffix=".png")
    assert erase_photos_again([ErasedPhoto("FEAS-2", str(back.pk))]) == 0
    assert erase_photos_again([entry]) == 1
    assert not Photo.objects.filter(pk=back.pk).exists()
    assert not private_storage().exists(name)
    told = AuditEvent.objects.filter(action="photo.erase").latest("sequence")
    assert (told.actor_kind, told.contents.reason) == ("system", REASON)
    assert erase_photos_again([entry]) == 0
