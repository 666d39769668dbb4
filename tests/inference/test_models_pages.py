"""The models pages: what a study uses, the card of a package, registering one by upload."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from inference.models import ModelPackage, Run, StudyModel
from studies.models import AuditEvent, User
from tests.conftest import Team
from tests.factories import ModelPackageFactory, RunFactory
from tests.inference.broken_packages import BROKEN
from tests.inference.photos import make_visit, real_photo, tiny, use
from tests.inference.tiny_package import tiny_card, write_tiny_package

SignIn = Callable[[User], Client]
REGISTER = "/models/register/"


def models_url() -> str:
    return reverse("inference:models", args=["MEL-8"])


def activate_url() -> str:
    return reverse("inference:activate", args=["MEL-8"])


def deactivate_url(package: ModelPackage) -> str:
    return reverse("inference:deactivate", args=["MEL-8", package.pk])


def test_the_page_shows_what_is_in_use_available_and_past(team: Team, as_person: SignIn) -> None:
    active, past, free = (ModelPackageFactory(name=n) for n in ("active", "past", "free"))
    use(team.study, active)
    StudyModel.objects.create(
        study=team.study,
        package=past,
        activated_at="2026-01-01T00:00:00Z",
        deactivated_at="2026-02-01T00:00:00Z",
    )
    page = as_person(team.chandra).get(models_url()).content.decode()
    in_use, others = page.split("Registered, not in use here")
    assert active.sha256 in in_use
    assert free.sha256 not in in_use
    assert str(free) in others
    assert str(past) in others.split("Used before")[1]
    assert "Demonstrator: trained on generated skin; not for clinical use" in in_use


def test_the_manager_takes_a_model_into_use_with_a_reason(team: Team, as_person: SignIn) -> None:
    package = ModelPackageFactory()
    sent = {"package": package.pk, "reason": "Protocol amendment 2"}
    response = as_person(team.dewi).post(activate_url(), sent)
    assert response["Location"] == models_url()
    assert StudyModel.objects.get().package == package
    event = AuditEvent.objects.get(action="model.activate")
    assert (event.reason, event.source) == ("Protocol amendment 2", "web")


def test_without_a_reason_the_form_comes_back(team: Team, as_person: SignIn) -> None:
    package = ModelPackageFactory()
    response = as_person(team.dewi).post(activate_url(), {"package": package.pk, "reason": " "})
    assert response.status_code == 422
    assert "This field is required" in response.content.decode()
    assert not StudyModel.objects.exists()


def test_a_model_is_taken_out_of_use_and_its_runs_stay(team: Team, as_person: SignIn) -> None:
    package = ModelPackageFactory()
    use(team.study, package)
    run = RunFactory(photo__visit=make_visit(team.sg01), package=package)
    client = as_person(team.dewi)
    assert client.post(deactivate_url(package), {"reason": ""}).status_code == 422
    assert StudyModel.objects.get().deactivated_at is None
    assert client.post(deactivate_url(package), {"reason": "Faulty"}).status_code == 302
    assert StudyModel.objects.get().deactivated_at is not None
    run.refresh_from_db()
    assert run.state == "done"


def test_only_the_manager_sees_and_uses_the_buttons(team: Team, as_person: SignIn) -> None:
    package = ModelPackageFactory()
    for person in (team.amina, team.chandra, team.ewa):
        client = as_person(person)
        page = client.get(models_url())
        assert page.status_code == 200
        assert activate_url() not in page.content.decode()
        sent = {"package": package.pk, "reason": "I want it"}
        assert client.post(activate_url(), sent).status_code == 403
    farid = as_person(team.farid)
    assert farid.get(models_url()).status_code == 404
    assert farid.post(activate_url(), {"package": package.pk, "reason": "x"}).status_code == 404
    assert not StudyModel.objects.exists()


def test_a_package_never_used_in_the_study_cannot_be_taken_out_of_it(
    team: Team, as_person: SignIn
) -> None:
    package = ModelPackageFactory()
    use(team.other_study, package)
    client = as_person(team.dewi)
    assert client.post(deactivate_url(package), {"reason": "Faulty"}).status_code == 404
    assert StudyModel.objects.get().deactivated_at is None


def test_the_card_is_readable(team: Team, tmp_path: Path, as_person: SignIn) -> None:
    package = tiny(tmp_path, limitations="Not tried on darker skin than Monk 7.")
    address = reverse("inference:package", args=[package.pk])
    page = as_person(team.chandra).get(address).content.decode()
    for said in (
        "Made for tests. Not for any use with people.",
        "Not tried on darker skin than Monk 7.",
        "None: the weights are random.",
        "0.50 (0.40 to 0.60)",
        "Apache-2.0",
        package.sha256,
        "Demonstrator: trained on generated skin; not for clinical use",
    ):
        assert said in page


def test_what_a_card_measured_beyond_the_schema_is_shown(
    team: Team, tmp_path: Path, as_person: SignIn
) -> None:
    performance = tiny_card()["performance"]
    performance["conditions"]["pores"]["grade_accuracy"] = {"value": 0.31, "low": 0.2, "high": 0.4}
    performance["by_skin_tone"] = {"V-VI": {"mean_weighted_kappa": 0.4321, "photos": 12}}
    performance["mean_absolute_severity_error"] = {"pores": 12.34}
    performance |= {"identities": 40, "photos": 80}
    package = tiny(tmp_path, performance=performance)
    address = reverse("inference:package", args=[package.pk])
    page = as_person(team.chandra).get(address).content.decode()
    for said in ("Grade accuracy", "0.31 (0.20 to 0.40)", "V-VI", "0.43", "12.3"):
        assert said in page
    assert "80 photos of 40 generated people" in page


def test_a_card_cannot_carry_markup_into_the_page(
    team: Team, tmp_path: Path, as_person: SignIn
) -> None:
    package = tiny(tmp_path, intended_use="<script>alert(1)</script>")
    address = reverse("inference:package", args=[package.pk])
    page = as_person(team.chandra).get(address).content.decode()
    assert "<script>alert" not in page


def test_a_package_shows_only_ones_own_studies(team: Team, as_person: SignIn) -> None:
    package = ModelPackageFactory(card=tiny_card())
    use(team.study, package)
    address = reverse("inference:package", args=[package.pk])
    assert "MEL-8" in as_person(team.dewi).get(address).content.decode()
    assert "MEL-8" not in as_person(team.farid).get(address).content.decode()


def test_packages_are_for_people_of_some_study(db: None, as_person: SignIn) -> None:
    package = ModelPackageFactory(card=tiny_card())
    address = reverse("inference:package", args=[package.pk])
    newcomer = User.objects.create_user("new@example.org", name="Hana")
    admin = User.objects.create_superuser("root@example.org", name="Gita")
    assert as_person(newcomer).get(address).status_code == 404
    assert as_person(admin).get(address).status_code == 200
    assert Client().get(address).status_code == 302


def test_a_manager_registers_by_upload(team: Team, tmp_path: Path, as_person: SignIn) -> None:
    content = write_tiny_package(tmp_path).read_bytes()
    upload = SimpleUploadedFile("tiny.onnx", content)
    response = as_person(team.dewi).post(REGISTER, {"file": upload})
    package = ModelPackage.objects.get()
    assert response["Location"] == reverse("inference:package", args=[package.pk])


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("missing card", "carries no model card"),
        ("incomplete card", "&#x27;licence&#x27; is a required property"),
        ("broken card", "card"),
        ("external data", "weights in another file"),
        ("card of other grades", "should be"),
        ("NaN output", "not numbers (NaN or infinite)"),
        ("not ONNX", "not a readable ONNX model"),
    ],
)
def test_a_refused_upload_says_why_beside_the_form(
    team: Team, tmp_path: Path, as_person: SignIn, fault: str, words: str
) -> None:
    content = BROKEN[fault][1](tmp_path).read_bytes()
    upload = SimpleUploadedFile("model.onnx", content)
    response = as_person(team.dewi).post(REGISTER, {"file": upload})
    assert response.status_code == 422
    assert words in response.content.decode()
    assert not ModelPackage.objects.exists()


def test_a_file_of_another_kind_is_refused_before_it_is_opened(
    team: Team, as_person: SignIn
) -> None:
    upload = SimpleUploadedFile("model.pkl", b"cos\nsystem")
    response = as_person(team.dewi).post(REGISTER, {"file": upload})
    assert response.status_code == 422
    assert "Choose an ONNX file" in response.content.decode()


def test_registering_is_refused_to_others(team: Team, tmp_path: Path, as_person: SignIn) -> None:
    content = write_tiny_package(tmp_path).read_bytes()
    for person in (team.amina, team.chandra, team.ewa):
        client = as_person(person)
        assert client.get(REGISTER).status_code == 403
        upload = SimpleUploadedFile("tiny.onnx", content)
        assert client.post(REGISTER, {"file": upload}).status_code == 403
    assert Client().get(REGISTER).status_code == 302
    assert not ModelPackage.objects.exists()


def test_the_manager_has_earlier_photos_scored(team: Team, as_person: SignIn) -> None:
    package = ModelPackageFactory()
    use(team.study, package)
    real_photo(make_visit(team.sg01))
    address = reverse("inference:backlog", args=["MEL-8", package.pk])
    assert "1 accepted photo has no run" in as_person(team.dewi).get(models_url()).content.decode()
    assert as_person(team.chandra).post(address).status_code == 403
    assert as_person(team.farid).post(address).status_code == 404
    assert not Run.objects.exists()
    assert as_person(team.dewi).post(address)["Location"] == models_url()
    assert Run.objects.get().package == package
    assert address not in as_person(team.dewi).get(models_url()).content.decode()
