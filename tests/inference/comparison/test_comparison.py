"""Two models over the same photos: the page, its file, and whose photos they show."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client

from inference.comparison.services import compare, comparison_csv, figures
from inference.packages.models import ModelPackage
from inference.scoring.services.scores import scored_packages
from participants.capture.models import Photo
from studies.access.models import User
from studies.platform import kept
from studies.platform.errors import NotAllowed
from studies.protocol.models import Site
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.factories import NOW
from tests.inference.packages.factories import ModelPackageFactory
from tests.inference.scoring.factories import RunFactory, ScoreFactory
from tests.inference.scoring.photos import make_visit
from tests.participants.capture.factories import PhotoFactory

SignIn = Callable[[User], Client]
PAGE = "/studies/MEL-8/models/compare/"
FILE = "/studies/MEL-8/models/compare.csv"


def photo_of(site: Site, number: int = 1, week: int = 0) -> Photo:
    visit = make_visit(site, code=f"{site.code}-{number:04d}", visit=f"week-{week}", day=7 * week)
    photo: Photo = PhotoFactory(visit=visit)
    return photo


def say(
    photo: Photo, package: ModelPackage, severity: float | None, grade: str, **score: str
) -> None:
    run = photo.runs.filter(package=package).first() or RunFactory(photo=photo, package=package)
    reason = {} if grade else {"not_assessable": "Too small."}
    ScoreFactory(run=run, severity=severity, grade=grade, **reason, **score)


@pytest.fixture
def two(team: Team) -> tuple[ModelPackage, ModelPackage]:
    """Old and new over two photos at SG01 and one at KL01."""
    old = ModelPackageFactory(name="old", demonstrator=False)
    new = ModelPackageFactory(name="new", demonstrator=False)
    for photo, before, after, worse in (
        (photo_of(team.sg01), 20.0, 24.0, "mild"),
        (photo_of(team.sg01, week=1), 30.0, 28.0, "mild"),
        (photo_of(team.kl01), 40.0, 70.0, "moderate"),
    ):
        say(photo, old, before, "mild")
        say(photo, new, after, worse)
        say(photo, old, 99.0, "severe", region="chin")
        say(photo, new, 1.0, "none", region="chin")
    return old, new


def query(two: tuple[ModelPackage, ModelPackage]) -> str:
    return f"?first={two[0].pk}&second={two[1].pk}"


def test_only_whole_face_scores_of_photos_both_scored_are_compared(
    team: Team, two: tuple[ModelPackage, ModelPackage]
) -> None:
    alone = photo_of(team.sg01, number=2)
    say(alone, two[0], 50.0, "moderate")
    say(photo_of(team.sg01, number=3), two[1], 50.0, "moderate")
    turned_down = photo_of(team.sg01, number=4)
    for package in two:
        say(turned_down, package, 50.0, "moderate")
    Photo.objects.filter(pk=turned_down.pk).update(state="retake_wanted")
    unread = photo_of(team.sg01, number=5)
    say(unread, two[0], None, "")
    say(unread, two[1], 10.0, "none")
    found = compare(study=team.study, first=two[0], second=two[1], user=team.dewi)
    [melasma] = found.conditions
    assert [(pair.first, pair.second) for pair in melasma.pairs] == [
        (40.0, 70.0),
        (20.0, 24.0),
        (30.0, 28.0),
    ]
    assert (found.photos, found.only_first, found.only_second) == (3, 1, 2)
    assert melasma.agreement is not None
    assert melasma.agreement.mean.value == pytest.approx((4 - 2 + 30) / 3)
    assert (melasma.grades.changed, melasma.grades.up) == (1, 1)
    assert [pair.code for pair in melasma.largest] == ["KL01-0001", "SG01-0001", "SG01-0001"]


def test_what_is_kept_of_it_can_be_searched_for_a_photo(
    team: Team, two: tuple[ModelPackage, ModelPackage], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "QUICK", 0.0)
    figures(study=team.study, first=two[0], second=two[1], user=team.dewi)
    photo = Photo.objects.filter(visit__participant__site=team.kl01).get()
    local = cache._cache  # type: ignore[attr-defined]
    assert any(str(photo.pk).encode() in value for value in local.values())


@pytest.mark.parametrize("package", [0, 1])
def test_of_runs_with_other_recipes_the_latest_counts(
    team: Team, two: tuple[ModelPackage, ModelPackage], package: int
) -> None:
    photo = Photo.objects.filter(visit__participant__site=team.kl01).get()
    photo.runs.update(finished_at=NOW)
    for hours, severity in ((2, 50.0), (1, 10.0)):
        again = RunFactory(
            photo=photo,
            package=two[package],
            recipe_sha256=str(hours) * 64,
            finished_at=NOW + timedelta(hours=hours),
        )
        ScoreFactory(run=again, severity=severity, grade="moderate")
    [melasma] = compare(study=team.study, first=two[0], second=two[1], user=team.budi).conditions
    [pair] = melasma.pairs
    assert (pair.first, pair.second)[package] == 50.0


@pytest.mark.parametrize(("name", "photos"), [("dewi", 3), ("amina", 2), ("budi", 1)])
def test_a_person_compares_the_photos_of_their_sites(
    team: Team, two: tuple[ModelPackage, ModelPackage], name: str, photos: int
) -> None:
    user = getattr(team, name)
    found = compare(study=team.study, first=two[0], second=two[1], user=user)
    assert found.photos == photos
    assert sum(len(one.pairs) for one in found.conditions) == photos
    assert scored_packages(study=team.study, user=user).count() == 2
    assert not scored_packages(study=team.study, user=team.farid).exists()


def test_the_page_shows_figures_plot_grades_and_links_to_the_photos(
    team: Team, two: tuple[ModelPackage, ModelPackage], as_person: SignIn
) -> None:
    page = as_person(team.chandra).get(PAGE + query(two)).content.decode()
    assert "3 photos were scored by both" in page
    assert "+10.7" in page
    assert page.count("<circle") == 3
    assert "1 of 3 changed (33%): 1 to a worse grade, 0 to a better one." in page
    for photo in Photo.objects.all():
        assert f"/studies/MEL-8/photos/{photo.pk}/" in page
    assert "Demonstrator" not in page


def test_the_page_of_one_site_names_no_participant_of_another(
    team: Team, two: tuple[ModelPackage, ModelPackage], as_person: SignIn
) -> None:
    page = as_person(team.budi).get(PAGE + query(two)).content.decode()
    assert "KL01-0001" in page
    assert "SG01-0001" not in page


def test_without_two_models_the_page_says_what_to_do(team: Team, as_person: SignIn) -> None:
    page = as_person(team.dewi).get(PAGE).content.decode()
    assert "There is only one to compare" in page


def test_the_same_model_twice_is_no_comparison(
    team: Team, two: tuple[ModelPackage, ModelPackage], as_person: SignIn
) -> None:
    page = as_person(team.dewi).get(f"{PAGE}?first={two[0].pk}&second={two[0].pk}")
    assert "Choose two different models" in page.content.decode()


@pytest.mark.parametrize("address", [PAGE, FILE])
def test_a_model_that_scored_nothing_one_may_see_is_refused_in_words(
    team: Team, two: tuple[ModelPackage, ModelPackage], as_person: SignIn, address: str
) -> None:
    other = ModelPackageFactory()
    answer = as_person(team.dewi).get(f"{address}?first={two[0].pk}&second={other.pk}")
    assert answer.status_code == 422


def rows(lines: object) -> list[dict[str, str]]:
    body = b"".join(lines)  # type: ignore[call-overload]
    return list(csv.DictReader(io.StringIO(body.decode(), newline="")))


def test_the_file_holds_every_pair_one_may_export_and_is_recorded(
    team: Team, two: tuple[ModelPackage, ModelPackage], as_person: SignIn
) -> None:
    answer = as_person(team.chandra).get(FILE + query(two))
    assert 'filename="MEL-8-comparison.csv"' in answer["Content-Disposition"]
    found = rows(answer)
    assert [(row["participant_id"], row["difference"]) for row in found] == [
        ("KL01-0001", "30"),
        ("SG01-0001", "4"),
        ("SG01-0001", "-2"),
    ]
    assert {row["first_model_sha256"] for row in found} == {two[0].sha256}
    assert [row["grade_changed"] for row in found] == ["true", "false", "false"]
    event = AuditEvent.objects.get(action="export.create")
    assert event.contents.new == {"file": "comparison", "first": str(two[0]), "second": str(two[1])}


def test_the_file_is_for_those_who_may_export_where_they_may(
    team: Team, two: tuple[ModelPackage, ModelPackage]
) -> None:
    for name in ("amina", "ewa", "farid"):
        with pytest.raises(NotAllowed):
            comparison_csv(study=team.study, first=two[0], second=two[1], by=getattr(team, name))
    assert not AuditEvent.objects.filter(action="export.create").exists()
    team.chandra.memberships.update(site=team.kl01)
    lines = comparison_csv(study=team.study, first=two[0], second=two[1], by=team.chandra)
    assert [row["site_id"] for row in rows(lines)] == ["KL01"]
