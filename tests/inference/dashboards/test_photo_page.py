"""The photo's page, its activation maps and its cleaned picture: rights, provenance, privacy."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from inference.scoring.models import Run
from inference.scoring.services import runs
from inference.scoring.tags import grade_kind
from participants.capture.models import Photo
from participants.imaging.profiles import SENTENCES
from studies.access.models import User
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.inference.packages.factories import ModelPackageFactory
from tests.inference.scoring.factories import RunFactory, ScoreFactory
from tests.inference.scoring.photos import make_visit, real_photo, score_now, tiny, use
from tests.participants.capture.factories import PhotoFactory
from tests.studies.access.factories import MembershipFactory

SignIn = Callable[[User], Client]


@pytest.fixture
def run(team: Team, tmp_path: Path) -> Run:
    """A real run over a photo of SG01."""
    use(team.study, tiny(tmp_path))
    (run,) = score_now(real_photo(make_visit(team.sg01)))
    return run


def page_url(photo: Photo) -> str:
    return reverse("inference:photo", args=["MEL-8", photo.pk])


def map_url(run: Run, condition: str = "melasma") -> str:
    return reverse("inference:map", args=["MEL-8", run.photo_id, run.pk, condition])


def cleaned_url(run: Run) -> str:
    return reverse("inference:cleaned", args=["MEL-8", run.photo_id, run.pk])


def status(client: Client, url: str) -> int:
    response = client.get(url)
    response.close()
    return response.status_code


def test_the_page_names_everything_a_score_came_from(
    team: Team, run: Run, as_person: SignIn
) -> None:
    page = as_person(team.chandra).get(page_url(run.photo)).content.decode()
    for said in (
        run.model_sha256,
        run.photo_sha256,
        run.recipe_sha256,
        "tiny 1.0.0",
        "standard@1",
        run.runtime,
        "uneven_light",
        "Demonstrator: trained on generated skin; not for clinical use",
        "higher is worse",
        "It is no outline of a lesion",
        "SG01-0001",
    ):
        assert said in page
    assert "lesion boundary" not in page


def test_the_page_says_what_each_step_did_and_how_noisy_the_photo_was(
    team: Team, run: Run, as_person: SignIn
) -> None:
    page = as_person(team.chandra).get(page_url(run.photo)).content.decode()
    assert "Noise of the photo" in page
    assert "at the scale skin is read at" in page
    assert "Noise reduction 1</dt><dd>left the photo alone" in page
    assert "Local contrast 1</dt><dd>acted: moved the skin by" in page


def test_what_was_checked_and_scored_before_is_still_shown(
    team: Team, run: Run, as_person: SignIn
) -> None:
    run.measured = {"px_per_mm": run.measured["px_per_mm"]}
    run.photo.quality = {**run.photo.quality, "noise_level": None}
    run.save()
    run.photo.save()
    page = as_person(team.chandra).get(page_url(run.photo)).content.decode()
    assert "Noise of the photo" not in page
    assert "Local contrast 1</dt>" not in page
    assert run.model_sha256 in page


def test_the_page_shows_the_photo_and_a_map_per_condition(
    team: Team, run: Run, as_person: SignIn
) -> None:
    page = as_person(team.chandra).get(page_url(run.photo)).content.decode()
    assert reverse("participants:photo_image", args=["MEL-8", run.photo_id, "upright"]) in page
    for condition in ("melasma", "wrinkles"):
        assert map_url(run, condition) in page
    assert map_url(run, "pores") not in page  # too coarse a photo to see pores
    assert map_url(run, "dryness") not in page  # the study does not assess it


def test_the_page_has_the_quality_report_in_words(team: Team, run: Run, as_person: SignIn) -> None:
    page = as_person(team.chandra).get(page_url(run.photo)).content.decode()
    assert "Distance between the eyes" in page
    assert "borderline below 250, refused below 120" in page
    assert "mm a pixel, give or take" in page


def test_doubts_about_the_photo_are_told_in_sentences(team: Team, as_person: SignIn) -> None:
    run = RunFactory(photo__visit=make_visit(team.sg01), quality_flags=["uneven_light"])
    page = as_person(team.chandra).get(page_url(run.photo)).content.decode()
    assert escape(SENTENCES["uneven_light"]) in page
    assert "<code>uneven_light" not in page


@pytest.mark.parametrize("address", [page_url, map_url, cleaned_url])
def test_photos_of_other_sites_and_studies_are_not_found(
    team: Team, run: Run, as_person: SignIn, address: Callable[..., str]
) -> None:
    url = address(run.photo if address is page_url else run)
    for person in (team.amina, team.chandra, team.dewi, team.ewa):
        assert status(as_person(person), url) == 200
    assert status(as_person(team.budi), url) == 404
    assert status(as_person(team.farid), url) == 404
    assert status(Client(), url) == 302


def test_a_photo_is_not_found_under_another_study(team: Team, run: Run, as_person: SignIn) -> None:
    # Dewi manages both studies: it is the address that is wrong, not her right.
    MembershipFactory(user=team.dewi, study=team.other_study, role="manager")
    client = as_person(team.dewi)
    for name, rest in (("photo", []), ("map", [run.pk, "melasma"]), ("cleaned", [run.pk])):
        assert (
            status(client, reverse(f"inference:{name}", args=["MEL-8", run.photo_id, *rest])) == 200
        )
        assert (
            status(client, reverse(f"inference:{name}", args=["FEAS-2", run.photo_id, *rest]))
            == 404
        )


def test_a_map_is_a_private_picture(team: Team, run: Run, as_person: SignIn) -> None:
    response = as_person(team.chandra).get(map_url(run))
    assert response["Content-Type"] == "image/png"
    assert response["Cache-Control"] == "private, no-store"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response.getvalue().startswith(b"\x89PNG")
    response.close()


def test_a_map_of_another_photos_run_is_not_found(team: Team, run: Run, as_person: SignIn) -> None:
    other = PhotoFactory(visit=run.photo.visit, view="left")
    address = reverse("inference:map", args=["MEL-8", other.pk, run.pk, "melasma"])
    assert as_person(team.dewi).get(address).status_code == 404
    assert as_person(team.dewi).get(map_url(run, "dryness")).status_code == 404


def test_looking_at_the_cleaned_face_is_recorded(team: Team, run: Run, as_person: SignIn) -> None:
    response = as_person(team.chandra).get(cleaned_url(run))
    response.close()
    assert response["Content-Type"] == "image/jpeg"
    assert response["Cache-Control"] == "private, no-store"
    event = AuditEvent.objects.get(action="photo.view")
    assert event.contents.new == {"variant": "cleaned", "run": run.pk}
    assert (event.participant_code, event.object_id) == ("SG01-0001", str(run.photo_id))


def test_another_run_can_be_shown(team: Team, as_person: SignIn) -> None:
    photo = PhotoFactory(visit=make_visit(team.sg01), upright_file="uprights/x.jpg")
    counting, other = ModelPackageFactory(name="new"), ModelPackageFactory(name="old")
    use(team.study, counting)
    for package, severity in ((counting, 11.0), (other, 77.0)):
        run = RunFactory(photo=photo, package=package, finished_at="2026-03-02T09:00:00Z")
        ScoreFactory(run=run, severity=severity)
    client = as_person(team.chandra)
    page = client.get(page_url(photo)).content.decode()
    assert '<span class="result__value">11</span>' in page
    page = client.get(page_url(photo), {"run": run.pk}).content.decode()
    assert '<span class="result__value">77</span>' in page
    assert client.get(page_url(photo), {"run": "x"}).status_code == 200


def test_what_cannot_be_assessed_says_why(team: Team, as_person: SignIn) -> None:
    run = RunFactory(photo__visit=make_visit(team.sg01))
    use(team.study, run.package)
    why = "Too few pixels for pores: 1.2 a millimetre, 1.9 needed."
    ScoreFactory(run=run, condition_id="pores", severity=None, grade="", not_assessable=why)
    page = as_person(team.chandra).get(page_url(run.photo)).content.decode()
    assert "Not assessable" in page
    assert why in page


def test_a_photo_being_scored_asks_again_until_it_is(
    team: Team, tmp_path: Path, as_person: SignIn
) -> None:
    use(team.study, tiny(tmp_path))
    photo = real_photo(make_visit(team.sg01))
    runs.queue_runs(photo)
    client = as_person(team.chandra)
    assert "Being scored" in client.get(page_url(photo)).content.decode()
    asked = {"HX-Request": "true"}
    waiting = client.get(page_url(photo), headers=asked)
    assert (waiting.status_code, waiting.get("HX-Refresh")) == (204, None)
    score_now(photo)
    assert client.get(page_url(photo), headers=asked)["HX-Refresh"] == "true"


def test_a_failed_run_says_why(team: Team, as_person: SignIn) -> None:
    run = RunFactory(
        photo__visit=make_visit(team.sg01), state="quarantined", last_error="NaN for pores"
    )
    page = as_person(team.chandra).get(page_url(run.photo)).content.decode()
    assert "NaN for pores" in page


def test_the_way_to_other_photos_stays_within_the_participant(
    team: Team, as_person: SignIn
) -> None:
    before, here, after = (
        PhotoFactory(visit=make_visit(team.sg01, visit=f"week-{week}", day=7 * week))
        for week in (0, 1, 2)
    )
    left = PhotoFactory(visit=here.visit, view="left")
    turned_down = PhotoFactory(visit=here.visit, view="right", state="retake_wanted")
    stranger = PhotoFactory(visit=make_visit(team.sg01, code="SG01-0002", visit="week-2"))
    page = as_person(team.chandra).get(page_url(here)).content.decode()
    assert f'rel="prev" href="{page_url(before)}"' in page
    assert f'rel="next" href="{page_url(after)}"' in page
    assert page_url(left) in page
    assert page_url(turned_down) not in page
    assert page_url(stranger) not in page


def test_only_those_who_review_the_site_may_ask_for_a_retake(team: Team, as_person: SignIn) -> None:
    photo = PhotoFactory(visit=make_visit(team.sg01))
    ask = reverse("participants:ask_retake", args=["MEL-8", photo.pk])
    assert ask in as_person(team.amina).get(page_url(photo)).content.decode()
    assert ask not in as_person(team.ewa).get(page_url(photo)).content.decode()


@pytest.mark.parametrize(
    ("grade", "kind"), [("none", "good"), ("mild", "info"), ("moderate", "warn"), ("severe", "bad")]
)
def test_a_badges_colour_follows_the_cards_order_of_grades(
    team: Team, grade: str, kind: str
) -> None:
    as_postgresql_keeps_them = {"mild": 0.1, "none": 0.2, "severe": 0.3, "moderate": 0.4}
    score = ScoreFactory(grade=grade, probabilities=as_postgresql_keeps_them)
    assert grade_kind(score) == kind
