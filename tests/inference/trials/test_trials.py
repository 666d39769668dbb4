"""Trying a package on one photo: scored by a worker, shown to one person, forgotten."""

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image
from pytest_django.fixtures import Settings

from inference.packages.errors import PackageRetired
from inference.packages.models import ModelPackage
from inference.packages.services import registry
from inference.scoring.models import Run, Score
from inference.trials.errors import TrialRefused
from inference.trials.models import Trial
from inference.trials.services import trials
from participants.imaging.decode import encode_clean
from studies.access.models import User
from studies.platform.actors import SYSTEM
from studies.platform.errors import Invalid
from studies.platform.storage import private_storage
from studies.platform.work import WorkState, perform
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.inference.packages.factories import ModelPackageFactory
from tests.inference.scoring.photos import astronaut, make_visit, real_photo, tiny

SignIn = Callable[[User], Client]


def face_file() -> SimpleUploadedFile:
    return SimpleUploadedFile("me.jpg", encode_clean(astronaut().pixels))


def wood_file() -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (900, 900), (150, 100, 60)).save(out, "JPEG")
    return SimpleUploadedFile("wood.jpg", out.getvalue())


def upload(package: ModelPackage, by: User, file: SimpleUploadedFile | None = None) -> Trial:
    return trials.try_upload(
        package=package, upload=file or face_file(), view="front", profile="normal", by=by
    )


def work(trial: Trial) -> Trial:
    """What a worker does when the row is due."""
    assert perform(Trial, trial.pk, trials.attend)
    trial.refresh_from_db()
    return trial


def stored() -> list[str]:
    root = Path(private_storage().path("trials"))
    return [path.name for path in root.rglob("*") if path.is_file()] if root.exists() else []


@pytest.fixture
def package(db: None, tmp_path: Path) -> ModelPackage:
    return tiny(tmp_path)


def test_a_file_is_scored_shown_and_enters_no_study(team: Team, package: ModelPackage) -> None:
    trial = work(upload(package, team.dewi))
    result = trials.shown(trial)
    assert result is not None
    assert {line.condition for line in result.scores} >= {"melasma", "wrinkles", "pores"}
    assert any(line.severity is not None for line in result.scores)
    assert any(line.map.startswith("data:image/png") for line in result.scores)
    cheek = next(crop for crop in result.crops.crops if crop.region == "cheek_left")
    assert cheek.raw != cheek.cleaned != cheek.filled
    assert result.quality["accepted"] is True
    assert not Run.objects.exists()
    assert not Score.objects.exists()
    [kept] = stored()
    assert kept.endswith(".json"), "the file itself is gone as soon as it is scored"


def test_it_is_forgotten_when_it_expires(team: Team, package: ModelPackage) -> None:
    trial = work(upload(package, team.dewi))
    assert (trial.state, trial.due_at) == (WorkState.QUEUED, trial.expires_at)
    assert trial.expires_at <= timezone.now() + timedelta(hours=1)
    past = timezone.now() - timedelta(seconds=1)
    Trial.objects.update(due_at=past, expires_at=past)
    trial.refresh_from_db()
    assert trials.shown(trial) is None, "not shown any more, even before a worker comes"
    trial = work(trial)
    assert trial.state == WorkState.DONE
    assert (trial.result_file, trial.upload_file) == ("", "")
    assert stored() == []


def test_a_file_nobody_scored_in_time_is_forgotten_unscored(
    team: Team, package: ModelPackage
) -> None:
    trial = upload(package, team.dewi)
    Trial.objects.update(expires_at=timezone.now())
    work(trial)
    assert stored() == []


def test_it_is_forgotten_at_once_when_asked(team: Team, package: ModelPackage) -> None:
    trial = work(upload(package, team.dewi))
    trials.forget(trial=trial)
    work(trial)
    assert stored() == []


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"no picture at all", ""), (wood_file().read(), "face")],
)
def test_what_cannot_be_scored_is_refused_in_words(
    team: Team, package: ModelPackage, content: bytes, words: str
) -> None:
    file = SimpleUploadedFile("x.jpg", content)
    trial = work(upload(package, team.dewi, file))
    assert len(trial.refused) > 20
    assert words in trial.refused
    assert trials.shown(trial) is None
    assert stored() == []


def test_a_package_damaged_on_disk_is_refused_in_words(team: Team, package: ModelPackage) -> None:
    Path(private_storage().path(package.file)).write_bytes(b"not the network")
    trial = work(upload(package, team.dewi))
    assert trial.refused
    assert trial.state == WorkState.QUEUED, "still to be forgotten"


def test_an_empty_or_huge_file_is_not_kept(
    team: Team, package: ModelPackage, settings: Settings
) -> None:
    settings.UPLOAD_MAX_BYTES = 1000
    for content in (b"", b"x" * 1001):
        with pytest.raises(Invalid):
            upload(package, team.dewi, SimpleUploadedFile("x.jpg", content))
    assert not Trial.objects.exists()
    assert stored() == []


def test_nobody_fills_the_queue(team: Team, package: ModelPackage) -> None:
    for _ in range(trials.AT_ONCE):
        upload(package, team.dewi)
    with pytest.raises(TrialRefused):
        upload(package, team.dewi)
    assert upload(package, team.chandra), "others are not held up by it"


def test_a_retired_package_is_not_tried(team: Team) -> None:
    package = registry.retire(package=ModelPackageFactory(), reason="Old", by=SYSTEM)
    with pytest.raises(PackageRetired):
        upload(package, team.dewi)


# --- A study's photo ---------------------------------------------------------------------------


def test_a_studys_photo_is_tried_and_looking_at_it_is_recorded(
    team: Team, package: ModelPackage
) -> None:
    photo = real_photo(make_visit(team.sg01))
    trial = work(trials.try_photo(package=package, photo=photo, by=team.amina))
    assert trials.shown(trial) is not None
    assert not Run.objects.exists()
    event = AuditEvent.objects.get(action="photo.view", study_code="MEL-8")
    assert (event.participant_code, event.contents.new["variant"]) == ("SG01-0001", "trial")


def test_a_photo_of_another_site_or_without_consent_is_not_tried(
    team: Team, package: ModelPackage
) -> None:
    photo = real_photo(make_visit(team.sg01))
    assert trials.photos_to_try(team.budi) == []
    with pytest.raises(TrialRefused):
        trials.try_photo(package=package, photo=photo, by=team.budi)
    photo.visit.participant.consents.update(state="withdrawn")
    with pytest.raises(TrialRefused):
        trials.try_photo(package=package, photo=photo, by=team.amina)
    assert not Trial.objects.exists()
    assert not AuditEvent.objects.filter(action="photo.view").exists()


def test_a_consent_withdrawn_meanwhile_stops_it(team: Team, package: ModelPackage) -> None:
    photo = real_photo(make_visit(team.sg01))
    trial = trials.try_photo(package=package, photo=photo, by=team.amina)
    photo.visit.participant.consents.update(state="withdrawn")
    assert "consent" in work(trial).refused


def test_what_was_tried_is_not_shown_once_consent_is_withdrawn(
    team: Team, package: ModelPackage
) -> None:
    photo = real_photo(make_visit(team.sg01))
    trial = work(trials.try_photo(package=package, photo=photo, by=team.amina))
    assert trials.shown(trial) is not None
    photo.visit.participant.consents.update(state="withdrawn")
    trial.refresh_from_db()
    assert trials.shown(trial) is None


def test_a_photo_that_is_erased_leaves_nothing_of_its_trial(
    team: Team, package: ModelPackage
) -> None:
    photo = real_photo(make_visit(team.sg01))
    tried = work(trials.try_photo(package=package, photo=photo, by=team.amina))
    untried = trials.try_photo(package=package, photo=photo, by=team.amina)
    photo.delete()
    assert "removed" in work(untried).refused
    trials.forget(trial=tried)
    work(tried)
    assert stored() == []


# --- The pages ---------------------------------------------------------------------------------


def test_the_way_through_the_pages(team: Team, package: ModelPackage, as_person: SignIn) -> None:
    client = as_person(team.chandra)
    sent = {"file": face_file(), "view": "front", "profile": "normal"}
    address = client.post(f"/models/{package.pk}/try/", sent)["Location"]
    assert "Being scored" in client.get(address).content.decode()
    headers = {"HX-Request": "true"}
    assert "HX-Refresh" not in client.get(address, headers=headers).headers
    trial = work(Trial.objects.get())
    assert client.get(address, headers=headers)["HX-Refresh"] == "true"
    answer = client.get(address)
    page = answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert "As the network reads it" in page
    assert "Facial dermatitis" in page
    assert "Demonstrator: trained on generated skin; not for clinical use" in page
    client.post(f"{address}forget/")
    assert "No longer kept" in client.get(address).content.decode()
    assert trial.asked_by == team.chandra


def test_nobody_else_sees_it_not_even_an_administrator(
    team: Team, package: ModelPackage, as_person: SignIn
) -> None:
    trial = work(upload(package, team.dewi))
    gita = User.objects.create_superuser("root@example.org", name="Gita")
    for person in (team.chandra, team.amina, gita):
        assert as_person(person).get(f"/models/tries/{trial.pk}/").status_code == 404
        assert as_person(person).post(f"/models/tries/{trial.pk}/forget/").status_code == 404


@pytest.mark.parametrize("both", [True, False])
def test_one_photo_is_asked_for_not_two_and_not_none(
    team: Team, package: ModelPackage, as_person: SignIn, both: bool
) -> None:
    photo = real_photo(make_visit(team.sg01))
    sent: dict[str, object] = {"view": "front", "profile": "normal"}
    if both:
        sent |= {"photo": str(photo.pk), "file": face_file()}
    answer = as_person(team.chandra).post(f"/models/{package.pk}/try/", sent)
    assert answer.status_code == 422
    assert "one of the two" in answer.content.decode()
    assert not Trial.objects.exists()


def test_a_photo_one_may_not_see_cannot_be_named(
    team: Team, package: ModelPackage, as_person: SignIn
) -> None:
    photo = real_photo(make_visit(team.sg01))
    sent = {"photo": str(photo.pk), "view": "front", "profile": "normal"}
    page = as_person(team.budi).get(f"/models/{package.pk}/").content.decode()
    assert str(photo.pk) not in page
    assert as_person(team.budi).post(f"/models/{package.pk}/try/", sent).status_code == 422
    assert not Trial.objects.exists()
