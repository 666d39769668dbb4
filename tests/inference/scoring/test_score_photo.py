"""``score_photo``, as somebody at a terminal meets it."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from PIL import Image
from pytest_django.fixtures import Settings
from skimage import data

from inference.packages.models import ModelPackage
from inference.scoring.models import Run
from participants.capture.models import Photo
from tests.inference.pipeline.broken_packages import BROKEN
from tests.inference.pipeline.tiny_package import write_tiny_package
from tests.inference.scoring.photos import astronaut


def score_photo(*arguments: str | Path) -> dict[str, Any]:
    """Run the command and read what it printed; also when it refuses."""
    out = StringIO()
    try:
        call_command("score_photo", *map(str, arguments), stdout=out)
    finally:
        printed = out.getvalue()
        score_photo.printed = json.loads(printed) if printed else {}  # type: ignore[attr-defined]
    result: dict[str, Any] = json.loads(printed)
    return result


@pytest.fixture
def portrait(tmp_path: Path) -> Path:
    path = tmp_path / "astronaut.jpg"
    Image.fromarray(astronaut().pixels).save(path, quality=95)
    return path


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return write_tiny_package(tmp_path)


def test_a_real_face_is_judged_and_scored(portrait: Path, package: Path) -> None:
    told = score_photo(portrait, "--package", package)
    assert told["photo"] == {"format": "JPEG", "width": 1020, "height": 1020}
    assert told["quality"]["accepted"] is True
    assert told["demonstrator"] is True
    assert told["model_name"] == "tiny"
    assert len(told["model_sha256"]) == 64
    face = {s["condition"]: s["severity"] for s in told["scores"] if s["region"] == "face"}
    assert "wrinkles" in face
    assert all(0 <= severity <= 100 for severity in face.values())


@pytest.mark.django_db
def test_nothing_of_it_is_kept(portrait: Path, package: Path, settings: Settings) -> None:
    score_photo(portrait, "--package", package)
    assert not Photo.objects.exists()
    assert not Run.objects.exists()
    assert not ModelPackage.objects.exists()
    assert not settings.PRIVATE_ROOT.exists()


def test_a_sheet_shows_photo_recipe_and_maps(portrait: Path, package: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.png"
    score_photo(portrait, "--package", package, "--sheet", sheet)
    with Image.open(sheet) as picture:
        assert picture.format == "PNG"
        assert picture.width > 1000


def test_a_face_too_small_is_refused_with_its_report(package: Path, tmp_path: Path) -> None:
    path = tmp_path / "small.png"
    Image.fromarray(data.astronaut()).save(path)
    with pytest.raises(CommandError, match="Your face is a little far away") as refused:
        score_photo(path, "--package", package)
    assert refused.value.returncode == 1
    printed = score_photo.printed  # type: ignore[attr-defined]
    assert "too_far" in {reason["code"] for reason in printed["quality"]["reasons"]}


def test_quality_can_be_reported_without_refusing(package: Path, tmp_path: Path) -> None:
    path = tmp_path / "small.png"
    Image.fromarray(data.astronaut()).save(path)
    told = score_photo(path, "--package", package, "--profile", "off")
    assert told["not_assessable"]


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "is empty"), (b"<html>not a photo</html>", "is not a photo")],
)
def test_what_is_no_photo_is_refused_in_words(
    package: Path, tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(content)
    with pytest.raises(CommandError, match=words):
        score_photo(path, "--package", package)


def test_a_photo_without_a_face_is_refused(package: Path, tmp_path: Path) -> None:
    path = tmp_path / "coffee.jpg"
    Image.fromarray(data.coffee()).save(path)
    with pytest.raises(CommandError, match="could not find a face"):
        score_photo(path, "--package", package)


def test_a_file_that_is_not_there_is_refused(package: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        score_photo(tmp_path / "nowhere.jpg", "--package", package)


def test_a_broken_package_is_refused(portrait: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="carries no model card"):
        score_photo(portrait, "--package", BROKEN["missing card"][1](tmp_path))
