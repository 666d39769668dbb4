"""A photo whose stored file is damaged counts nowhere until the file is whole again."""

import csv
import io
from collections.abc import Callable
from contextlib import closing

import pytest
from django.test import Client

from inference.dashboards.services.trajectories import trajectories
from inference.exports.services.exports import File, Filters, export_file
from inference.scoring.models import Run, Score
from inference.scoring.services import tallies
from inference.scoring.services.runs import unscored
from inference.scoring.services.scores import current_scores
from participants.capture.models import Photo
from studies.access.models import User
from studies.access.permissions import Permission
from studies.backup.services.damage import settle
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.inference.packages.factories import ModelPackageFactory
from tests.inference.scoring.factories import RunFactory, ScoreFactory, StudyModelFactory
from tests.inference.scoring.photos import make_visit, real_photo
from tests.participants.capture.factories import PhotoFactory

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


@pytest.fixture
def photos(team: Team) -> list[Photo]:
    """Two accepted photos at two visits, each with a melasma score that counts."""
    package = ModelPackageFactory()
    StudyModelFactory(study=team.study, package=package, primary=True)
    found = []
    for week in (0, 4):
        visit = make_visit(team.sg01, visit=f"week-{week}", day=7 * week)
        photo = PhotoFactory(visit=visit, view="front")
        names = {"original_file": f"originals/{photo.pk}/{'1' * 64}.jpg"}
        names["upright_file"] = f"uprights/{photo.pk}/{'2' * 64}.jpg"
        Photo.objects.filter(pk=photo.pk).update(**names)
        ScoreFactory(run=RunFactory(photo=photo, package=package), severity=10.0 + week)
        photo.refresh_from_db()
        found.append(photo)
    return found


def numbers(team: Team, photo: Photo) -> dict[str, object]:
    """How much each reader sees of both photos."""
    export = export_file(study=team.study, file=File.LONG, filters=Filters(), by=team.chandra)
    text = b"".join(export.lines()).decode("utf-8-sig")
    seen = trajectories(participant=photo.visit.participant, user=team.chandra)
    totals = tallies.totals(study=team.study, user=team.chandra, permission=Permission.SCORE_VIEW)
    return {
        "exported": len(list(csv.DictReader(io.StringIO(text, newline="")))),
        "scores": Score.objects.visible_to(team.chandra).count(),
        "runs": Run.objects.visible_to(team.chandra).count(),
        "current": current_scores(Score.objects.all(), team.study.pk).count(),
        "counted": (totals.scores, totals.scored_photos),
        "latest": tallies.latest_severities(study=team.study, user=team.chandra)["melasma"],
        "drawn": sum(any(row.scores) for row in seen.rows),
    }


WHOLE = {
    "exported": 2, "scores": 2, "runs": 2, "current": 2, "counted": (2, 2), "latest": [14.0],
    "drawn": 2,
}  # fmt: skip
LESS = {
    "exported": 1, "scores": 1, "runs": 1, "current": 1, "counted": (1, 1), "latest": [10.0],
    "drawn": 1,
}  # fmt: skip


def test_it_is_left_out_everywhere_and_let_in_again(team: Team, photos: list[Photo]) -> None:
    _, damaged = photos
    assert numbers(team, damaged) == WHOLE
    settle({damaged.upright_file: "altered", photos[0].upright_file: ""})
    assert numbers(team, damaged) == LESS
    [row] = [
        row
        for row in trajectories(participant=damaged.visit.participant, user=team.chandra).rows
        if row.photo == damaged
    ]
    assert row.missing == "Left out: its stored file is damaged."
    assert Run.objects.visible_to(team.dewi, Permission.WORK_VIEW).count() == 2
    settle({damaged.upright_file: ""})
    assert numbers(team, damaged) == WHOLE


def test_it_is_left_out_while_any_of_its_files_is_damaged(team: Team, photos: list[Photo]) -> None:
    damaged = photos[1]
    settle({damaged.upright_file: "altered", damaged.original_file: "missing"})
    settle({damaged.original_file: ""})
    damaged.refresh_from_db()
    assert damaged.kept_out
    settle({damaged.upright_file: ""})
    damaged.refresh_from_db()
    assert not damaged.kept_out
    told = AuditEvent.objects.filter(object_id=str(damaged.pk)).order_by("sequence")
    assert [event.action for event in told] == ["photo.keep_out", "photo.let_in"]
    assert [len(event.contents.new["damaged"]) for event in told if event.contents.new] == [2, 0]


def test_no_package_is_said_to_miss_it(team: Team, photos: list[Photo]) -> None:
    other = ModelPackageFactory()
    assert unscored(study=team.study, package=other).count() == 2
    settle({photos[0].original_file: "missing"})
    assert list(unscored(study=team.study, package=other)) == [photos[1]]
    assert tallies.unscored(study=team.study, package=other.pk) == 1


def test_its_page_says_so_and_shows_neither_picture_nor_scores(
    team: Team, photos: list[Photo], as_person: SignIn
) -> None:
    address = f"/studies/MEL-8/photos/{photos[0].pk}/"
    client = as_person(team.chandra)
    before = client.get(address).content.decode()
    assert "data-stage" in before
    assert "kept-out" not in before
    settle({photos[0].upright_file: "altered"})
    after = client.get(address).content.decode()
    assert "Damaged, and left out" in after
    assert "data-stage" not in after
    assert "They are left out while" in after
    assert "gsh-test" not in after


def test_a_damaged_picture_is_not_handed_out_and_a_whole_one_is(
    team: Team, as_person: SignIn
) -> None:
    photo = real_photo(make_visit(team.sg01))
    address = f"/studies/MEL-8/photos/{photo.pk}/upright/"
    client = as_person(team.chandra)

    def answered() -> tuple[int, str]:
        with closing(client.get(address)) as answer:
            whole = answer.streaming
            return answer.status_code, "" if whole else answer.content.decode()

    assert answered()[0] == 200
    settle({photo.upright_file: "altered"})
    status, words = answered()
    assert status == 404
    assert "not what it was when it was stored" in words
    settle({photo.upright_file: "", photo.landmarks_file: "missing"})
    assert answered()[0] == 200
