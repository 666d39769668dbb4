"""Runs: queued with the photo that needs them, done once, written once, or refused in words."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pytest_django.fixtures import Settings

from inference.packages.models import ModelPackage
from inference.pipeline import score as pipeline
from inference.pipeline.grades import GRADES
from inference.scoring.models import ActivationMap, Run, Score
from inference.scoring.services import networks, runs, scoring
from participants.capture.models import Photo
from participants.capture.signals import photo_accepted
from studies.platform import storage
from studies.platform.work import claim, perform
from tests.conftest import Team
from tests.inference.packages.factories import ModelPackageFactory
from tests.inference.pipeline.broken_packages import BROKEN
from tests.inference.scoring.factories import StudyModelFactory
from tests.inference.scoring.photos import astronaut, make_visit, real_photo, score_now, tiny, use


@pytest.fixture(autouse=True)
def no_network_of_an_earlier_test() -> Iterator[None]:
    yield
    networks._opened.cache_clear()
    networks._cached_copy.cache_clear()


@pytest.fixture
def photo(team: Team) -> Photo:
    return real_photo(make_visit(team.sg01))


@pytest.fixture
def package(team: Team, tmp_path: Path) -> ModelPackage:
    package = tiny(tmp_path)
    use(team.study, package)
    return package


def attempt(photo: Photo) -> Run:
    """Queue the photo's only run, let a worker try it, return how it stands."""
    (run,) = runs.queue_runs(photo)
    perform(Run, run.pk, scoring.score)
    return Run.objects.get(pk=run.pk)


def assert_nothing_written(run: Run) -> None:
    assert not run.scores.exists()
    assert not run.maps.exists()
    assert run.runtime == ""


# --- Queueing ----------------------------------------------------------------------------------


def test_an_accepted_photo_queues_a_run_per_model_in_use(team: Team, photo: Photo) -> None:
    first, second = ModelPackageFactory(), ModelPackageFactory()
    for package in (first, second):
        use(team.study, package)
    StudyModelFactory(study=team.study, deactivated_at="2026-03-01T00:00:00Z")
    use(team.other_study, ModelPackageFactory())
    photo_accepted.send(sender=Photo, photo=photo)
    assert set(Run.objects.values_list("package", "state")) == {
        (first.pk, "queued"),
        (second.pk, "queued"),
    }


def test_accepting_a_photo_again_queues_nothing_new(photo: Photo, package: ModelPackage) -> None:
    assert runs.queue_runs(photo) == runs.queue_runs(photo)
    assert Run.objects.count() == 1


def test_a_run_pins_photo_recipe_and_model(photo: Photo, package: ModelPackage) -> None:
    (run,) = runs.queue_runs(photo)
    assert run.photo_sha256 == photo.upright_sha256
    assert run.model_sha256 == package.sha256
    assert run.recipe == "standard@1"
    assert len(run.recipe_sha256) == 64


@pytest.mark.parametrize("choices", [{"ai_scoring": False}, {}])
def test_nothing_is_queued_without_consent_to_scoring(
    photo: Photo, package: ModelPackage, choices: dict[str, bool]
) -> None:
    photo.visit.participant.consents.update(choices=choices)
    assert runs.queue_runs(photo) == []
    assert not Run.objects.exists()


def test_nothing_is_queued_after_withdrawal(photo: Photo, package: ModelPackage) -> None:
    photo.visit.participant.consents.update(state="withdrawn")
    assert runs.queue_runs(photo) == []


# --- Done --------------------------------------------------------------------------------------


def test_a_run_writes_scores_maps_and_how_it_was_done(photo: Photo, package: ModelPackage) -> None:
    (run,) = score_now(photo)
    assert run.state == "done"
    assert run.runtime.startswith("onnxruntime")
    assert {"read", "network", "store"} <= run.timings.keys()
    assert "uneven_light" in run.quality_flags
    face = run.scores.filter(region="face")
    assert set(face.values_list("condition", flat=True)) == {"melasma", "wrinkles", "pores"}
    for score in run.scores.exclude(severity=None):
        assert score.severity is not None
        shares = [score.probabilities[grade] for grade in GRADES]
        expected = sum(100 * place * share / 3 for place, share in enumerate(shares))
        assert score.severity == pytest.approx(expected, abs=0.01)
        assert score.grade in score.probabilities


def test_conditions_the_study_does_not_assess_are_left_out(
    team: Team, photo: Photo, package: ModelPackage
) -> None:
    team.study.conditions.set(["melasma"])
    (run,) = score_now(photo)
    assert set(run.scores.values_list("condition", flat=True)) == {"melasma"}
    assert [found.condition_id for found in run.maps.all()] == ["melasma"]


def test_a_region_that_cannot_be_read_says_why(team: Team, package: ModelPackage) -> None:
    photo = real_photo(make_visit(team.sg01))
    points = BytesIO()
    moved = astronaut().landmarks - np.array([500, 0, 0], np.float32)  # half of it off
    np.save(points, moved, allow_pickle=False)
    photo.landmarks_file, _ = storage.store(
        "landmarks", str(photo.pk), points.getvalue(), suffix=".npy"
    )
    photo.save()
    (run,) = score_now(photo)
    refused = run.scores.filter(severity=None)
    assert refused.exists()
    assert all(score.grade == "" and score.not_assessable for score in refused)
    assert "outside the photo" in "".join(refused.values_list("not_assessable", flat=True))


def test_an_activation_map_is_a_palette_picture_that_hides_what_was_not_read(
    photo: Photo, package: ModelPackage
) -> None:
    (run,) = score_now(photo)
    stored = ActivationMap.objects.get(run=run, condition="wrinkles")
    with Image.open(BytesIO(storage.read(stored.file))) as picture:
        assert (picture.format, picture.mode) == ("PNG", "P")
        assert max(picture.size) == 256
        levels = np.asarray(picture)
        alpha = np.asarray(picture.convert("RGBA"))[..., 3]
    assert (levels == 0).any()
    assert (levels > 0).any()
    assert (alpha[levels == 0] == 0).all()
    assert (alpha[levels > 0] > 0).all()


def test_the_cleaned_picture_has_the_photos_shape(photo: Photo, package: ModelPackage) -> None:
    (run,) = score_now(photo)
    assert run.cleaned_file == ""  # made when somebody looks
    name = scoring.cleaned_file(run)
    assert scoring.cleaned_file(Run.objects.get(pk=run.pk)) == name
    with Image.open(BytesIO(storage.read(name))) as picture:
        assert picture.size == (720, 720)
        assert not picture.getexif()


def test_a_run_is_done_once_however_often_it_is_notified_of(
    photo: Photo, package: ModelPackage
) -> None:
    (run,) = score_now(photo)
    written = list(Score.objects.values_list("pk", flat=True))
    assert perform(Run, run.pk, scoring.score) is False
    assert list(Score.objects.values_list("pk", flat=True)) == written


def test_the_same_photo_scores_the_same_twice(team: Team, tmp_path: Path) -> None:
    use(team.study, tiny(tmp_path))
    one, two = (
        score_now(real_photo(make_visit(team.sg01, code=code)))[0]
        for code in ("SG01-0001", "SG01-0002")
    )
    fields = ("condition", "region", "grade", "severity")
    assert list(one.scores.values_list(*fields)) == list(two.scores.values_list(*fields))


def test_two_packages_over_a_photo_are_two_runs(
    team: Team, photo: Photo, package: ModelPackage, tmp_path: Path
) -> None:
    use(team.study, tiny(tmp_path, seed=8, version="1.1.0"))
    one, two = score_now(photo)
    assert one.package != two.package
    assert one.scores.count() == two.scores.count()


# --- Refused -----------------------------------------------------------------------------------


def test_consent_withdrawn_while_queued_stops_the_run_before_the_photo_is_opened(
    photo: Photo, package: ModelPackage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(scoring, "read_photo")
    (run,) = runs.queue_runs(photo)
    photo.visit.participant.consents.update(state="withdrawn")
    assert perform(Run, run.pk, scoring.score) is False
    run.refresh_from_db()
    assert run.state == "quarantined"
    assert run.attempts == 1
    assert "No consent to scoring is in force for SG01-0001" in run.last_error
    assert_nothing_written(run)


def test_consent_withdrawn_while_scoring_discards_the_result(
    photo: Photo, package: ModelPackage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def withdraw_meanwhile(*args: Any, **kwargs: Any) -> Any:
        photo.visit.participant.consents.update(state="withdrawn")
        return pipeline.score_face(*args, **kwargs)

    monkeypatch.setattr(scoring, "score_face", withdraw_meanwhile)
    run = attempt(photo)
    assert run.state == "quarantined"
    assert "No consent to scoring" in run.last_error
    assert_nothing_written(run)


def test_a_worker_that_lost_its_lease_writes_nothing(
    photo: Photo, package: ModelPackage, monkeypatch: pytest.MonkeyPatch
) -> None:
    (run,) = runs.queue_runs(photo)

    def be_overtaken(*args: Any, **kwargs: Any) -> Any:
        Run.objects.filter(pk=run.pk).update(lease_until="2026-01-01T00:00:00Z")
        assert claim(Run, run.pk) is not None
        return pipeline.score_face(*args, **kwargs)

    monkeypatch.setattr(scoring, "score_face", be_overtaken)
    assert perform(Run, run.pk, scoring.score) is False
    run.refresh_from_db()
    assert (run.state, run.token) == ("running", 2)
    assert_nothing_written(run)


def test_a_photo_whose_bytes_changed_is_not_scored(
    photo: Photo, package: ModelPackage, settings: Settings
) -> None:
    (settings.PRIVATE_ROOT / photo.upright_file).write_bytes(b"another picture")
    run = attempt(photo)
    assert run.state == "quarantined"
    assert "not the one that was accepted" in run.last_error
    assert "SHA-256 has changed" in run.last_error
    assert_nothing_written(run)


def test_face_points_that_changed_are_not_used(
    photo: Photo, package: ModelPackage, settings: Settings
) -> None:
    path = settings.PRIVATE_ROOT / photo.landmarks_file
    path.write_bytes(path.read_bytes()[:-4] + b"\0\0\0\0")
    run = attempt(photo)
    assert run.state == "quarantined"
    assert "face points" in run.last_error
    assert_nothing_written(run)


def test_a_model_whose_bytes_changed_is_not_run(
    photo: Photo, package: ModelPackage, settings: Settings, tmp_path: Path
) -> None:
    other = tiny(tmp_path, seed=8, version="1.1.0")
    path = settings.PRIVATE_ROOT / package.file
    path.write_bytes((settings.PRIVATE_ROOT / other.file).read_bytes())
    run = attempt(photo)
    assert run.state == "quarantined"
    assert "not the one that was registered" in run.last_error
    assert_nothing_written(run)


def test_a_network_that_answers_nan_is_quarantined_with_the_reason(
    team: Team, photo: Photo, tmp_path: Path
) -> None:
    # Registration refuses it; it is put there as a network that fails on real skin only would be.
    content = BROKEN["NaN output"][1](tmp_path).read_bytes()
    good = tiny(tmp_path)
    file, sha256 = storage.store("packages", "onnx", content, suffix=".onnx")
    package = ModelPackageFactory(
        name="nan", file=file, sha256=sha256, card=good.card, recipe="standard@1"
    )
    use(team.study, package)
    run = attempt(photo)
    assert run.state == "quarantined"
    assert run.attempts == 1
    assert "gave NaN or infinity for" in run.last_error
    assert_nothing_written(run)


def test_a_photo_without_face_points_is_not_scored(photo: Photo, package: ModelPackage) -> None:
    Photo.objects.filter(pk=photo.pk).update(landmarks_file="")
    run = attempt(photo)
    assert run.state == "quarantined"
    assert "no face to score" in run.last_error


def test_a_recipe_that_changed_since_is_not_used(photo: Photo, package: ModelPackage) -> None:
    (run,) = runs.queue_runs(photo)
    Run.objects.update(recipe_sha256="0" * 64)
    perform(Run, run.pk, scoring.score)
    run.refresh_from_db()
    assert run.state == "quarantined"
    assert "standard@1 is not what it was" in run.last_error


def test_a_file_that_is_away_is_tried_again(
    photo: Photo, package: ModelPackage, settings: Settings
) -> None:
    path = settings.PRIVATE_ROOT / photo.upright_file
    content = path.read_bytes()
    path.unlink()
    run = attempt(photo)
    assert (run.state, run.attempts) == ("queued", 1)
    path.write_bytes(content)
    Run.objects.update(due_at=run.created_at)
    assert perform(Run, run.pk, scoring.score)
    assert Run.objects.get(pk=run.pk).scores.exists()


def test_where_files_are_far_away_the_model_is_brought_here_once(
    photo: Photo, package: ModelPackage, settings: Settings, tmp_path: Path
) -> None:
    settings.PRIVATE_ROOT, settings.VAR_DIR = None, tmp_path / "host"
    cached = tmp_path / "host" / "packages" / f"{package.sha256}.onnx"
    cached.parent.mkdir(parents=True)
    cached.write_bytes(b"half of it, from a worker that was killed")
    assert attempt(photo).state == "done"
    assert cached.read_bytes() == storage.read(package.file)
    assert list(cached.parent.iterdir()) == [cached]
