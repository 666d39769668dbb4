"""One view at all visits: which photos, how they lie on each other, and who sees it."""

from collections.abc import Callable

import pytest
from django.test import Client

from inference.dashboards.services.beside import chosen_of, lay, photos_of_view
from participants.capture.models import Photo
from studies.access.models import User
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.inference.scoring.photos import make_visit, real_photo

FRONT = "/studies/MEL-8/participants/SG01-0001/views/front/"
POINTS = [[100.0, 100.0], [150.0, 101.0], [200.0, 99.0], [150.0, 190.0], [149.0, 60.0]]


@pytest.fixture
def photos(team: Team) -> list[Photo]:
    return [
        real_photo(make_visit(team.sg01, visit=f"week-{week}", day=7 * week)) for week in range(3)
    ]


def test_accepted_photos_of_the_view_by_day(team: Team, photos: list[Photo]) -> None:
    Photo.objects.filter(pk=photos[1].pk).update(state="retake_wanted")
    found = photos_of_view(participant=photos[0].visit.participant, view="front", user=team.chandra)
    assert found == [photos[0], photos[2]]
    assert (
        photos_of_view(participant=photos[0].visit.participant, view="left", user=team.chandra)
        == []
    )


def test_the_first_and_the_last_are_shown_unless_others_are_chosen(photos: list[Photo]) -> None:
    assert chosen_of(photos, []) == [photos[0], photos[2]]
    assert chosen_of(photos, [str(photos[1].pk), "nonsense"]) == [photos[1]]
    assert chosen_of(photos[:1], []) == photos[:1]
    assert len(chosen_of(photos * 3, [str(photo.pk) for photo in photos])) == 4


def test_they_are_laid_by_points_by_box_or_not_at_all(photos: list[Photo]) -> None:
    face = {"points": POINTS, "box": [0, 0, 9, 9], "inter_eye_px": 50, "roll": 0}
    scale = {"mm_per_pixel": 0.5, "error": 0.05, "source": "iris"}
    moved = [[2 * x + 7, 2 * y] for x, y in POINTS]
    older = {key: value for key, value in face.items() if key != "points"}
    for photo, kept in zip(
        photos,
        ({**face, "scale": scale}, {**face, "points": moved, "scale": scale}, older),
        strict=True,
    ):
        photo.quality = {"face": kept}
    first, second, third = lay(photos)
    assert first.misses_mm == pytest.approx(0, abs=1e-6)
    assert second.transform == pytest.approx({"scale": 2, "angle": 0, "x": 7, "y": 0}, abs=1e-6)
    assert third.by is not None
    assert third.misses_mm is None
    photos[2].quality = {"face": None}
    assert lay(photos)[2].by is None


def test_the_page_and_its_record(
    team: Team, photos: list[Photo], as_person: Callable[[User], Client]
) -> None:
    page = as_person(team.chandra).get(FRONT).content.decode()
    assert page.count("data-stage ") == 2
    assert page.count('name="photo"') == 3
    event = AuditEvent.objects.get(action="photo.list")
    assert event.participant_code == "SG01-0001"
    assert set(event.contents.new["photos"]) == {str(photo.pk) for photo in photos}
    other = as_person(team.chandra).get(f"{FRONT}?photo={photos[1].pk}").content.decode()
    assert other.count("data-stage ") == 1


def test_who_may_not_see_photos_is_refused_and_other_views_are_none(
    team: Team, photos: list[Photo], as_person: Callable[[User], Client]
) -> None:
    assert as_person(team.budi).get(FRONT).status_code == 404
    chandra = as_person(team.chandra)
    assert chandra.get(FRONT.replace("front", "back")).status_code == 404
    empty = chandra.get(FRONT.replace("front", "left"))
    assert "No photos of this view" in empty.content.decode()
