"""Registering packages, and taking them into use and out of it."""

import hashlib
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from inference.errors import (
    AlreadyActive,
    NotActive,
    PackageInUse,
    PackageRefused,
    PackageRetired,
    PackageVersionTaken,
    ReasonMissing,
)
from inference.models import ModelPackage, Run, StudyModel
from inference.services import registry, runs
from studies import storage
from studies.actors import SYSTEM
from studies.errors import NotAllowed
from studies.models import AuditEvent, User
from tests.conftest import Team
from tests.factories import ModelPackageFactory, RunFactory, UserFactory
from tests.inference.photos import make_visit, real_photo, tiny, use
from tests.inference.tiny_package import BROKEN, write_tiny_package

WHY = "The demonstrator runs alongside the readers."


def test_a_package_is_stored_under_its_hash_with_its_card(team: Team, tmp_path: Path) -> None:
    path = write_tiny_package(tmp_path)
    package = registry.register_package(path=path, by=team.dewi)
    assert package.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert package.sha256 in package.file
    assert storage.read(package.file) == path.read_bytes()
    assert (package.name, package.version, package.recipe) == ("tiny", "1.0.0", "standard@1")
    assert package.card["licence"] == "Apache-2.0"
    assert package.check_report["runtime"].startswith("onnxruntime")
    assert package.demonstrator
    assert package.registered_by == team.dewi


def test_registering_is_recorded(team: Team, tmp_path: Path) -> None:
    package = registry.register_package(path=write_tiny_package(tmp_path), by=team.dewi)
    event = AuditEvent.objects.get(action="package.register")
    assert event.actor_label.startswith("Dewi")
    assert event.new == {
        "package": "tiny 1.0.0",
        "sha256": package.sha256,
        "recipe": "standard@1",
    }


def test_the_same_bytes_again_are_the_same_package(db: None, tmp_path: Path) -> None:
    first = tiny(tmp_path)
    second = registry.register_package(path=write_tiny_package(tmp_path), by=SYSTEM)
    assert second == first
    assert AuditEvent.objects.filter(action="package.register").count() == 1


def test_other_bytes_under_a_version_that_is_taken_are_refused(db: None, tmp_path: Path) -> None:
    first = tiny(tmp_path)
    with pytest.raises(PackageVersionTaken) as refused:
        tiny(tmp_path, seed=8)
    assert "tiny 1.0.0" in refused.value.message
    assert "new version" in refused.value.message
    assert list(ModelPackage.objects.all()) == [first]


@pytest.mark.parametrize(
    "fault", ["missing card", "incomplete card", "external data", "NaN output", "not ONNX"]
)
def test_a_broken_package_is_refused_in_words_and_nothing_is_kept(
    db: None, tmp_path: Path, fault: str
) -> None:
    code, write = BROKEN[fault]
    with pytest.raises(PackageRefused) as refused:
        registry.register_package(path=write(tmp_path), by=SYSTEM)
    assert refused.value.detail["reason"] == code
    assert len(refused.value.message) > 20
    assert not ModelPackage.objects.exists()
    assert not storage.private_storage().exists("packages")


def test_a_file_that_is_not_there_is_refused(db: None, tmp_path: Path) -> None:
    with pytest.raises(PackageRefused, match="cannot be read"):
        registry.register_package(path=tmp_path / "nowhere.onnx", by=SYSTEM)


@pytest.mark.parametrize("name", ["amina", "chandra", "ewa"])
def test_only_managers_and_administrators_register(team: Team, tmp_path: Path, name: str) -> None:
    with pytest.raises(NotAllowed):
        registry.register_package(path=write_tiny_package(tmp_path), by=getattr(team, name))
    assert not ModelPackage.objects.exists()


def test_a_platform_administrator_registers(db: None, tmp_path: Path) -> None:
    admin = User.objects.create_superuser("root@example.org", name="Gita")
    assert registry.register_package(path=write_tiny_package(tmp_path), by=admin).pk


def test_an_administrator_who_left_does_not(db: None, tmp_path: Path) -> None:
    admin = UserFactory(is_superuser=True, is_active=False)
    with pytest.raises(NotAllowed):
        registry.register_package(path=write_tiny_package(tmp_path), by=admin)


def test_activating_is_recorded_with_its_reason(team: Team) -> None:
    package = ModelPackageFactory()
    in_use = registry.activate(study=team.study, package=package, reason=WHY, by=team.dewi)
    assert in_use.deactivated_at is None
    event = AuditEvent.objects.get(action="model.activate", study_code="MEL-8")
    assert (event.reason, event.new["sha256"]) == (WHY, package.sha256)


@pytest.mark.parametrize("name", ["amina", "chandra", "ewa", "farid"])
def test_only_the_studys_manager_changes_its_models(team: Team, name: str) -> None:
    package = ModelPackageFactory()
    person = getattr(team, name)
    with pytest.raises(NotAllowed):
        registry.activate(study=team.study, package=package, reason=WHY, by=person)
    in_use = use(team.study, package)
    with pytest.raises(NotAllowed):
        registry.deactivate(study=team.study, package=package, reason=WHY, by=person)
    in_use.refresh_from_db()
    assert in_use.deactivated_at is None


@pytest.mark.parametrize("reason", ["", "  \n "])
def test_a_change_without_a_reason_is_refused(team: Team, reason: str) -> None:
    package = ModelPackageFactory()
    with pytest.raises(ReasonMissing):
        registry.activate(study=team.study, package=package, reason=reason, by=team.dewi)
    assert not StudyModel.objects.exists()


def test_a_package_in_use_is_not_taken_into_use_twice(team: Team) -> None:
    package = ModelPackageFactory()
    registry.activate(study=team.study, package=package, reason=WHY, by=team.dewi)
    with pytest.raises(AlreadyActive):
        registry.activate(study=team.study, package=package, reason=WHY, by=team.dewi)
    assert StudyModel.objects.count() == 1


def test_a_package_taken_out_of_use_can_come_back(team: Team) -> None:
    package = ModelPackageFactory()
    registry.activate(study=team.study, package=package, reason=WHY, by=team.dewi)
    registry.deactivate(study=team.study, package=package, reason="A newer one", by=team.dewi)
    with pytest.raises(NotActive):
        registry.deactivate(study=team.study, package=package, reason="Again", by=team.dewi)
    registry.activate(study=team.study, package=package, reason="Back", by=team.dewi)
    assert StudyModel.objects.filter(deactivated_at=None).count() == 1
    assert StudyModel.objects.count() == 2


def test_taking_a_model_out_of_use_takes_back_what_nobody_began(team: Team) -> None:
    package = ModelPackageFactory()
    use(team.study, package)
    visit = make_visit(team.sg01)
    waiting = RunFactory(photo__visit=visit, package=package, state="queued")
    begun = RunFactory(photo__visit=visit, photo__view="left", package=package, state="running")
    tried = RunFactory(
        photo__visit=visit, photo__view="right", package=package, state="queued", attempts=1
    )
    elsewhere = RunFactory(package=package, state="queued")
    registry.deactivate(study=team.study, package=package, reason="Faulty", by=team.dewi)
    assert set(Run.objects.all()) == {begun, tried, elsewhere}
    assert waiting.pk
    assert AuditEvent.objects.get(action="model.deactivate").new["runs_dropped"] == 1


def test_activating_scores_earlier_photos_only_when_asked(team: Team) -> None:
    visit = make_visit(team.sg01)
    photo = real_photo(visit)
    real_photo(make_visit(team.kl01, code="KL01-0001")).visit.participant.consents.update(
        state="withdrawn"
    )
    first, second = ModelPackageFactory(), ModelPackageFactory()
    registry.activate(study=team.study, package=first, reason=WHY, by=team.dewi)
    assert not Run.objects.exists()
    registry.activate(
        study=team.study, package=second, reason=WHY, by=team.dewi, score_accepted=True
    )
    run = Run.objects.get()
    assert (run.photo, run.package, run.state) == (photo, second, "queued")
    assert runs.queue_backlog(study=team.study, package=second) == 0


def test_a_retired_package_starts_no_new_work(team: Team) -> None:
    package = ModelPackageFactory()
    registry.retire(package=package, reason="Superseded", by=SYSTEM)
    with pytest.raises(PackageRetired):
        registry.activate(study=team.study, package=package, reason=WHY, by=team.dewi)


def test_a_package_in_use_is_not_retired(team: Team) -> None:
    package = ModelPackageFactory()
    use(team.study, package)
    with pytest.raises(PackageInUse, match="in use in 1 study"):
        registry.retire(package=package, reason="Superseded", by=SYSTEM)
    package.refresh_from_db()
    assert package.state == "registered"


def test_a_study_manager_does_not_retire(team: Team) -> None:
    with pytest.raises(NotAllowed):
        registry.retire(package=ModelPackageFactory(), reason="Superseded", by=team.dewi)


def test_an_upload_is_registered_like_a_file(team: Team, tmp_path: Path) -> None:
    content = write_tiny_package(tmp_path).read_bytes()
    upload = SimpleUploadedFile("any name.onnx", content)
    package = registry.register_upload(upload=upload, by=team.dewi)
    assert package.sha256 == hashlib.sha256(content).hexdigest()


def test_photos_a_model_missed_are_scored_when_asked(team: Team) -> None:
    package = ModelPackageFactory()
    use(team.study, package)
    photo = real_photo(make_visit(team.sg01))
    with pytest.raises(NotAllowed):
        registry.score_backlog(study=team.study, package=package, by=team.amina)
    assert registry.score_backlog(study=team.study, package=package, by=team.dewi) == 1
    assert registry.score_backlog(study=team.study, package=package, by=team.dewi) == 0
    assert Run.objects.get().photo == photo
    event = AuditEvent.objects.filter(action="model.score_backlog").earliest("sequence")
    assert event.new["runs_queued"] == 1


def test_a_model_out_of_use_scores_no_backlog(team: Team) -> None:
    real_photo(make_visit(team.sg01))
    with pytest.raises(NotActive):
        registry.score_backlog(study=team.study, package=ModelPackageFactory(), by=team.dewi)
    assert not Run.objects.exists()
