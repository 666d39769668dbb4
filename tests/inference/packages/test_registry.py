"""Registering packages, and taking them into use and out of it."""

import hashlib
import json
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from inference.packages.errors import (
    PackageInUse,
    PackageRefused,
    PackageRetired,
    PackageVersionTaken,
    ReportRefused,
)
from inference.packages.models import ModelPackage
from inference.packages.services import registry, reports
from inference.scoring.services import rescores, study_models
from studies.access.models import User
from studies.platform import storage
from studies.platform.actors import SYSTEM
from studies.platform.errors import NotAllowed, ReasonMissing, StateRefused
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.inference.packages.factories import ModelPackageFactory
from tests.inference.pipeline.broken_packages import BROKEN
from tests.inference.pipeline.tiny_package import write_tiny_package
from tests.inference.report.constructed import constructed_report
from tests.inference.scoring.photos import tiny, use
from tests.studies.access.factories import UserFactory

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
    assert package.conditions.count() == 8
    assert package.registered_by == team.dewi


def test_registering_is_recorded(team: Team, tmp_path: Path) -> None:
    package = registry.register_package(path=write_tiny_package(tmp_path), by=team.dewi)
    event = AuditEvent.objects.get(action="package.register")
    assert event.actor_label.startswith("Dewi")
    assert event.contents.new == {
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


def test_a_retired_package_starts_no_new_work(team: Team) -> None:
    package = ModelPackageFactory()
    registry.retire(package=package, reason="Superseded", by=SYSTEM)
    with pytest.raises(PackageRetired):
        study_models.activate(study=team.study, package=package, reason=WHY, by=team.dewi)


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


def test_a_package_that_scores_photos_again_is_not_retired(team: Team) -> None:
    package = ModelPackageFactory()
    job = rescores.start_rescore(study=team.study, package=package, reason=WHY, by=team.dewi)
    with pytest.raises(PackageInUse, match="scoring a study's photos again"):
        registry.retire(package=package, reason="Superseded", by=SYSTEM)
    rescores.stop_rescore(rescore=job, by=team.dewi)
    assert registry.retire(package=package, reason="Superseded", by=SYSTEM).retired


def test_retiring_keeps_its_reason_and_can_be_undone(team: Team) -> None:
    package = ModelPackageFactory()
    with pytest.raises(ReasonMissing):
        registry.retire(package=package, reason=" ", by=SYSTEM)
    registry.retire(package=package, reason="Reads pores too high", by=SYSTEM)
    package.refresh_from_db()
    assert (package.state, package.retired_because) == ("retired", "Reads pores too high")
    with pytest.raises(StateRefused):
        registry.retire(package=package, reason="Again", by=SYSTEM)
    registry.take_back(package=package, reason="It was the camera", by=SYSTEM)
    package.refresh_from_db()
    assert (package.state, package.retired_because) == ("registered", "")
    assert study_models.activate(study=team.study, package=package, reason=WHY, by=team.dewi)
    acts = AuditEvent.objects.filter(action__startswith="package.").order_by("sequence")
    assert [(act.action, act.contents.reason) for act in acts] == [
        ("package.retire", "Reads pores too high"),
        ("package.take_back", "It was the camera"),
    ]


def test_a_study_manager_does_not_take_back(team: Team) -> None:
    package = ModelPackageFactory(state="retired")
    with pytest.raises(NotAllowed):
        registry.take_back(package=package, reason="I want it", by=team.dewi)


# --- Evaluation reports -------------------------------------------------------------------------


def report_about(package: ModelPackage | str, title: str = "A network") -> bytes:
    sha256 = package if isinstance(package, str) else package.sha256
    report = constructed_report()
    report["package"] = {**report["package"], "sha256": sha256, "title": title}
    return json.dumps(report).encode()


def without_a_section(sha256: str) -> bytes:
    report = json.loads(report_about(sha256))
    del report["aims"]
    return json.dumps(report).encode()


def test_a_report_is_kept_with_its_package(team: Team, tmp_path: Path) -> None:
    path = write_tiny_package(tmp_path)
    report = report_about(hashlib.sha256(path.read_bytes()).hexdigest())
    package = registry.register_package(path=path, by=team.dewi, report=report)
    assert reports.report_of(package) == json.loads(report)


def test_a_report_can_come_later_and_be_replaced(team: Team, tmp_path: Path) -> None:
    path = write_tiny_package(tmp_path)
    package = registry.register_package(path=path, by=team.dewi)
    for title in ("first", "second"):
        report = report_about(package, title)
        registry.register_package(path=path, by=team.dewi, report=report)
        package.refresh_from_db()
        assert package.report is not None
        assert package.report["package"]["title"] == title
    assert AuditEvent.objects.filter(action="package.attach_report").count() == 2


@pytest.mark.parametrize(
    ("report", "words"),
    [
        (b"{", "not valid JSON"),
        (b'{"package": {"sha256": NaN}}', "not a number JSON knows"),
        (b"[]", "must be a JSON object"),
        (b'{"package": {}}', "names no SHA-256"),
        (report_about("a" * 64), "is of the package with SHA-256 aaaaaaaaaaaa"),
        (b" " * (reports.MAX_REPORT_BYTES + 1), "larger than"),
    ],
)
def test_another_packages_report_is_refused_and_nothing_registered(
    team: Team, tmp_path: Path, report: bytes, words: str
) -> None:
    path = write_tiny_package(tmp_path)
    with pytest.raises(ReportRefused, match=words):
        registry.register_package(path=path, by=team.dewi, report=report)
    assert not ModelPackage.objects.exists()


def test_a_report_that_lacks_a_part_is_refused(team: Team) -> None:
    package = ModelPackageFactory()
    with pytest.raises(ReportRefused, match="'aims' is a required property"):
        reports.read_report(without_a_section(package.sha256), sha256=package.sha256)


def test_only_registrars_attach_reports(team: Team) -> None:
    package = ModelPackageFactory()
    report = json.loads(report_about(package))
    with pytest.raises(NotAllowed):
        registry.attach_report(package=package, report=report, by=team.chandra)
    package.refresh_from_db()
    assert package.report is None


def test_the_report_that_ships_is_found_by_its_packages_hash(
    db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = ModelPackageFactory()
    (tmp_path / "a.json").write_bytes(report_about("b" * 64))
    (tmp_path / "b.json").write_bytes(report_about(package, "found"))
    monkeypatch.setattr(reports, "SHIPPED_REPORTS", tmp_path)
    found = reports.report_of(package)
    assert found is not None
    assert found["package"]["title"] == "found"
    assert reports.report_of(ModelPackageFactory()) is None
