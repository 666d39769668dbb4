"""Raw beside cleaned, for any region of a scored photo, and versions side by side."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from inference.dashboards.services.photo_scores import photo_scores
from inference.pipeline.steps import STEPS
from inference.scoring.models import Run
from inference.scoring.services.crops import crops_of_run
from inference.scoring.step_names import STEP_NAMES
from studies.access.models import User
from studies.platform.storage import private_storage
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.inference.scoring.photos import make_visit, real_photo, score_now, tiny, use

SignIn = Callable[[User], Client]


@pytest.fixture
def run(team: Team, tmp_path: Path) -> Run:
    use(team.study, tiny(tmp_path))
    [found] = score_now(real_photo(make_visit(team.sg01)))
    return found


def address(run: Run, region: str = "cheek_left") -> str:
    return reverse("inference:region", args=["MEL-8", run.photo_id, run.pk, region])


def test_the_crops_are_those_of_the_region_at_the_networks_scale(run: Run) -> None:
    found = crops_of_run(run, region="cheek_left")
    assert {crop.region for crop in found.crops} == {"cheek_left"}
    assert (found.side, found.window_mm) == (64, 40.0)
    assert [step.name for step in found.crops[0].steps] == [
        "Noise reduction 1",
        "White balance 1",
        "Local contrast 1",
    ]
    assert found.px_per_mm == pytest.approx(run.measured["px_per_mm"], abs=0.01)


def test_the_run_keeps_what_was_measured(run: Run) -> None:
    assert run.measured["px_per_mm"] > 1
    assert "noise_sigma" in run.measured
    steps = run.measured["steps"]
    assert [step["step"] for step in steps] == ["denoise@1", "white_balance@1", "enhance@1"]
    assert (steps[0]["acted"], steps[2]["acted"]) == (False, True)
    assert steps[2]["luma"] > 0


def test_a_run_goes_by_the_noise_that_the_check_measured(team: Team, tmp_path: Path) -> None:
    use(team.study, tiny(tmp_path))
    photo = real_photo(make_visit(team.sg01))
    reading = {"luma": 9.0, "blue": 3.5, "red": 2.5}
    photo.quality = {**photo.quality, "noise_level": {"reading": reading}}
    photo.save()
    [run] = score_now(photo)
    assert run.measured["colour_noise"] == [3.5, 2.5]
    assert crops_of_run(run, region="cheek_left").colour_noise == [3.5, 2.5]


def test_the_crop_is_shown_after_each_step_that_changed_it(
    team: Team, run: Run, as_person: SignIn
) -> None:
    page = as_person(team.chandra).get(address(run)).content.decode()
    found = crops_of_run(run, region="cheek_left")
    for crop in found.crops:
        assert not crop.steps[0].picture  # too little noise for denoise@1
        assert crop.steps[2].picture in page
        assert crop.steps[2].luma > 0
    assert "as before" in page
    assert "contrast 0.25" in page


def test_a_region_the_view_does_not_show_says_why(team: Team, tmp_path: Path) -> None:
    use(team.study, tiny(tmp_path))
    photo = real_photo(make_visit(team.sg01))
    photo.view = "left"
    photo.save()
    [run] = score_now(photo)
    found = crops_of_run(run, region="cheek_right")
    assert found.crops == []


def test_looking_is_recorded_and_nothing_is_stored(team: Team, run: Run, as_person: SignIn) -> None:
    before = private_storage().listdir("")[0]
    answer = as_person(team.chandra).get(address(run), headers={"HX-Request": "true"})
    page = answer.content.decode()
    assert page.count("data:image/jpeg") >= 3
    assert "<html" not in page
    assert "no-store" in answer["Cache-Control"]
    event = AuditEvent.objects.get(action="photo.view")
    assert event.contents.new == {"variant": "crops", "region": "cheek_left", "run": run.pk}
    assert private_storage().listdir("")[0] == before


def test_without_javascript_it_is_a_page_with_its_mark(
    team: Team, run: Run, as_person: SignIn
) -> None:
    page = as_person(team.chandra).get(address(run)).content.decode()
    assert "<html" in page
    assert "Demonstrator: trained on generated skin; not for clinical use" in page


def test_those_of_another_site_are_not_told_that_it_exists(
    team: Team, run: Run, as_person: SignIn
) -> None:
    assert as_person(team.budi).get(address(run)).status_code == 404
    assert as_person(team.farid).get(address(run)).status_code == 404
    assert not AuditEvent.objects.filter(action="photo.view").exists()


def test_skin_that_was_not_read_is_not_shown_and_says_why(
    team: Team, run: Run, as_person: SignIn
) -> None:
    page = as_person(team.chandra).get(address(run, "forehead")).content.decode()
    assert "Hair or spectacles cover too much of it." in page
    assert "data:image" not in page
    assert not AuditEvent.objects.filter(action="photo.view").exists()


def test_an_unknown_region_is_not_found(team: Team, run: Run, as_person: SignIn) -> None:
    assert as_person(team.chandra).get(address(run, "elbow")).status_code == 404


def test_a_photo_that_changed_is_not_shown_as_what_was_scored(
    team: Team, run: Run, as_person: SignIn
) -> None:
    Path(private_storage().path(run.photo.upright_file)).write_bytes(b"another")
    page = as_person(team.chandra).get(address(run)).content.decode()
    assert "SHA-256 has changed" in page
    assert "data:image" not in page
    assert not AuditEvent.objects.filter(action="photo.view").exists()


def test_a_recipe_that_changed_is_not_shown_as_what_was_done(
    team: Team, run: Run, as_person: SignIn
) -> None:
    Run.objects.update(recipe_sha256="0" * 64)
    page = as_person(team.chandra).get(address(run)).content.decode()
    assert "is not what it was" in page
    assert "data:image" not in page


def test_each_steps_name_is_known() -> None:
    assert {name.partition("@")[0] for name in STEPS} <= set(STEP_NAMES)


# --- Side by side ------------------------------------------------------------------------------


@pytest.fixture
def twice(team: Team, tmp_path: Path) -> list[Run]:
    """A photo scored by two versions in use, the first of them the primary."""
    first = use(team.study, tiny(tmp_path))
    first.primary = True
    first.save()
    use(team.study, tiny(tmp_path, seed=8, version="2.0.0"))
    return score_now(real_photo(make_visit(team.sg01)))


def test_two_versions_stand_in_columns_the_primary_first(
    team: Team, twice: list[Run], as_person: SignIn
) -> None:
    found = photo_scores(photo=twice[0].photo, user=team.chandra)
    assert [str(version.run.package) for version in found.versions] == ["tiny 1.0.0", "tiny 2.0.0"]
    assert [version.primary for version in found.versions] == [True, False]
    assert found.shown == found.versions[0].run
    for condition, scores in found.side_by_side:
        own = [
            run.scores.get(condition=condition, region="face")
            for run in (version.run for version in found.versions)
        ]
        assert scores == own
    page = as_person(team.chandra).get(f"/studies/MEL-8/photos/{twice[0].photo_id}/")
    table = page.content.decode().split('versions">')[1]
    assert table.index("tiny 1.0.0") < table.index("tiny 2.0.0")


def test_one_version_needs_no_columns(team: Team, run: Run, as_person: SignIn) -> None:
    assert photo_scores(photo=run.photo, user=team.chandra).side_by_side == []


def test_a_retired_version_is_marked_where_its_scores_stand(
    team: Team, twice: list[Run], as_person: SignIn
) -> None:
    twice[1].package.studies.update(deactivated_at="2026-03-09T00:00:00Z")
    type(twice[1].package).objects.filter(pk=twice[1].package.pk).update(state="retired")
    page = as_person(team.chandra).get(f"/studies/MEL-8/photos/{twice[0].photo_id}/")
    assert "Retired" in page.content.decode()
    shown = as_person(team.chandra).get(
        f"/studies/MEL-8/photos/{twice[0].photo_id}/?run={twice[1].pk}"
    )
    assert "Retired model" in shown.content.decode()
