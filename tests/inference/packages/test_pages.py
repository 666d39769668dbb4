"""The pages of packages: the list, the card and report of each, registering, retiring."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from inference.packages.models import ModelPackage
from studies.access.models import User
from tests.conftest import Team
from tests.inference.packages.factories import ModelPackageFactory
from tests.inference.pipeline.broken_packages import BROKEN
from tests.inference.pipeline.tiny_package import tiny_card, write_tiny_package
from tests.inference.report.constructed import constructed_report
from tests.inference.scoring.photos import tiny, use
from tests.typed import opened, typed, words

SignIn = Callable[[User], Client]
REGISTER = "/models/register/"


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
        "Facial dermatitis",
        "Clogged pores",
    ):
        assert said in page
    assert ">Pores<" not in page, "the studies' pages call it otherwise"


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


def test_the_list_shows_every_package_with_its_state(team: Team, as_person: SignIn) -> None:
    ModelPackageFactory(name="current")
    ModelPackageFactory(name="former", state="retired", demonstrator=False)
    page = as_person(team.ewa).get("/models/").content.decode()
    assert "current 1." in page
    assert "former 1." in page
    assert "Retired" in page
    newcomer = User.objects.create_user("new@example.org", name="Hana")
    assert "No package to show" in as_person(newcomer).get("/models/").content.decode()


# --- Reports -----------------------------------------------------------------------------------


def report_file(package: ModelPackage, title: str = "A network") -> SimpleUploadedFile:
    report = constructed_report()
    report["package"] = {**report["package"], "sha256": package.sha256, "title": title}
    return SimpleUploadedFile("report.json", json.dumps(report).encode())


def test_a_package_without_a_report_says_so(team: Team, as_person: SignIn) -> None:
    package = ModelPackageFactory(card=tiny_card())
    page = as_person(team.chandra).get(f"/models/{package.pk}/").content.decode()
    assert "No evaluation report is kept with this package" in page
    assert "Attach a report" not in page, "an investigator attaches none"


def test_a_manager_attaches_a_report_and_everybody_reads_it(team: Team, as_person: SignIn) -> None:
    package = ModelPackageFactory(card=tiny_card())
    address = reverse("inference:report", args=[package.pk])
    client = as_person(team.dewi)
    assert (
        as_person(team.chandra).post(address, {"report": report_file(package)}).status_code == 403
    )
    assert client.post(address, {"report": report_file(package)}).status_code == 302
    page = as_person(team.chandra).get(f"/models/{package.pk}/").content.decode()
    for heading in ("Skin tone", "Calibration", "Repeatability", "Refusal", "Step one"):
        assert heading in page


def test_another_report_meanwhile_is_not_put_out_of_its_place_unseen(
    team: Team, gita: User, as_person: SignIn
) -> None:
    package = ModelPackageFactory(card=tiny_card())
    page, address = f"/models/{package.pk}/", reverse("inference:report", args=[package.pk])
    client = as_person(team.dewi)
    mine = opened(client, page, f"{address}#evaluation")
    as_person(gita).post(address, {"report": report_file(package, "Theirs")})
    answer = client.post(address, {**mine, "report": report_file(package, "Mine")})
    assert answer.status_code == 409
    assert f"Nothing was saved: {gita.name} changed this" in words(answer)
    assert "A browser keeps no file it has sent: choose it again." in words(answer)
    package.refresh_from_db()
    assert (package.report or {})["package"]["title"] == "Theirs"
    again = typed(answer, f"{address}#evaluation")
    assert client.post(address, {**again, "report": report_file(package)}).status_code == 302


def test_a_report_of_an_older_form_is_shown_as_it_was_written(
    team: Team, as_person: SignIn
) -> None:
    kept = {"schema": "gsh-evaluation/0", "note": "<script>alert(1)</script> by test"}
    package = ModelPackageFactory(card=tiny_card(), report=kept)
    page = as_person(team.chandra).get(f"/models/{package.pk}/").content.decode()
    assert "shown as it was written" in page
    assert "by test" in page
    assert "<script>alert" not in page


def test_the_report_of_another_package_is_refused_beside_the_form(
    team: Team, as_person: SignIn
) -> None:
    package, other = ModelPackageFactory(card=tiny_card()), ModelPackageFactory()
    address = reverse("inference:report", args=[package.pk])
    response = as_person(team.dewi).post(address, {"report": report_file(other)})
    assert response.status_code == 422
    assert f"is of the package with SHA-256 {other.sha256[:12]}" in response.content.decode()
    package.refresh_from_db()
    assert package.report is None


def test_a_report_comes_with_the_package(team: Team, tmp_path: Path, as_person: SignIn) -> None:
    content = write_tiny_package(tmp_path).read_bytes()
    files = {"file": SimpleUploadedFile("tiny.onnx", content)}
    wrong = {**files, "report": SimpleUploadedFile("report.json", b"{}")}
    response = as_person(team.dewi).post(REGISTER, wrong)
    assert response.status_code == 422
    assert "names no SHA-256" in response.content.decode()
    assert not ModelPackage.objects.exists()


# --- Retiring ----------------------------------------------------------------------------------


@pytest.fixture
def gita(db: None) -> User:
    """A platform administrator."""
    user: User = User.objects.create_superuser("root@example.org", name="Gita")
    return user


def test_an_administrator_retires_with_a_reason_and_takes_back(
    team: Team, gita: User, as_person: SignIn
) -> None:
    package = ModelPackageFactory(card=tiny_card())
    client = as_person(gita)
    retire = reverse("inference:retire", args=[package.pk])
    assert client.post(retire, {"reason": ""}).status_code == 422
    stale = {**opened(client, f"/models/{package.pk}/", retire), "reason": "In another tab"}
    assert client.post(retire, {"reason": "Reads pores too high"}).status_code == 302
    page = as_person(team.chandra).get(f"/models/{package.pk}/").content.decode()
    assert "This package is retired" in page
    assert "Reads pores too high" in page
    assert 'id="try"' not in page
    refused = client.post(retire, stale)
    assert refused.status_code == 409
    assert f"Nothing was saved: {gita.name} changed this" in words(refused)
    assert "State is “retired” now." in words(refused)
    back = reverse("inference:take_back", args=[package.pk])
    assert client.post(back, {"reason": "It was the camera"}).status_code == 302
    package.refresh_from_db()
    assert not package.retired


def test_a_package_in_use_is_not_retired_from_its_page(
    team: Team, gita: User, as_person: SignIn
) -> None:
    package = ModelPackageFactory(card=tiny_card())
    use(team.study, package)
    response = as_person(gita).post(
        reverse("inference:retire", args=[package.pk]), {"reason": "Old"}
    )
    assert response.status_code == 409
    assert "in use in 1 study" in response.content.decode()


def test_others_see_no_button_and_are_refused(team: Team, as_person: SignIn) -> None:
    package = ModelPackageFactory(card=tiny_card())
    address = reverse("inference:retire", args=[package.pk])
    for person in (team.dewi, team.amina, team.chandra):
        client = as_person(person)
        assert address not in client.get(f"/models/{package.pk}/").content.decode()
        assert client.post(address, {"reason": "Old"}).status_code == 403
    package.refresh_from_db()
    assert not package.retired
