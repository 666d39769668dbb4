"""The regions of the face drawn on a photo: which, whether they were read, why there are none."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from django.test import Client

from inference.dashboards.services.outlines import UNREAD, outlines_of
from inference.pipeline.assessed import REGION_CODES
from inference.scoring.models import Run
from participants.capture.models import Photo
from studies.access.models import User
from studies.platform.storage import store
from tests.conftest import Team
from tests.inference.scoring.photos import make_visit, real_photo, score_now, tiny, use
from tests.studies.access.factories import MembershipFactory, UserFactory


@pytest.fixture
def run(team: Team, tmp_path: Path) -> Run:
    use(team.study, tiny(tmp_path))
    (run,) = score_now(real_photo(make_visit(team.sg01)))
    return run


def test_every_region_of_the_view_lies_on_the_photo_and_says_whether_it_was_read(run: Run) -> None:
    scores = list(run.scores.all())
    found = outlines_of(run.photo, scores)
    assert [outline.region for outline in found.regions] == list(REGION_CODES)
    assert not found.problem
    read = {score.region for score in scores if score.severity is not None} - {"face"}
    assert read
    assert {outline.region for outline in found.drawn if outline.read} == read
    for outline in found.drawn:
        points = np.array([pair.split(",") for pair in outline.points.split()], float)
        assert (points >= 0).all()
        assert (points < [run.photo.width, run.photo.height]).all()
        assert bool(outline.why) is not outline.read


def test_a_region_the_model_has_no_score_for_says_so(run: Run) -> None:
    others = list(run.scores.exclude(region="chin"))
    chin = next(each for each in outlines_of(run.photo, others).regions if each.region == "chin")
    assert (chin.read, chin.why) == (False, UNREAD)


def test_without_a_run_nothing_is_said_of_reading(run: Run) -> None:
    assert {outline.read for outline in outlines_of(run.photo).drawn} == {None}


def test_a_photo_without_points_or_with_spoilt_ones_says_so(run: Run) -> None:
    photo = run.photo
    body = io.BytesIO()
    np.save(body, np.full((468, 3), np.nan, np.float32))
    photo.landmarks_file, _ = store("landmarks", "spoilt", body.getvalue(), suffix=".npy")
    assert "spoilt" in outlines_of(photo).problem
    photo.landmarks_file = "landmarks/there/is/none.npy"
    assert "spoilt" in outlines_of(photo).problem
    photo.landmarks_file = ""
    assert "kept no points" in outlines_of(photo).problem


def test_a_face_too_small_to_read_has_no_outlines(run: Run) -> None:
    photo, body = run.photo, io.BytesIO()
    np.save(body, np.full((468, 3), 500, np.float32))
    photo.landmarks_file, _ = store("landmarks", "small", body.getvalue(), suffix=".npy")
    found = outlines_of(photo)
    assert (found.regions, "too small" in found.problem) == ([], True)


def test_the_pages_draw_them_and_say_what_they_are_not(
    team: Team, run: Run, as_person: Callable[[User], Client]
) -> None:
    chandra = as_person(team.chandra)
    page = chandra.get(f"/studies/MEL-8/photos/{run.photo_id}/").content.decode()
    assert page.count("data-points=") == len(outlines_of(run.photo).drawn)
    assert "no outline of a lesion" in page
    beside = chandra.get("/studies/MEL-8/participants/SG01-0001/views/front/").content.decode()
    assert beside.count("data-points=") == len(outlines_of(run.photo).drawn)
    assert 'data-read="no"' not in beside
    Photo.objects.filter(pk=run.photo_id).update(landmarks_file="")
    bare = chandra.get(f"/studies/MEL-8/photos/{run.photo_id}/").content.decode()
    assert "No outlines of regions." in bare
    assert "data-points=" not in bare


def test_who_judges_blind_learns_nothing_of_what_was_read(
    team: Team, run: Run, as_person: Callable[[User], Client]
) -> None:
    irene = UserFactory()
    MembershipFactory(user=irene, study=team.study, site=team.sg01, role="site_investigator")
    page = as_person(irene).get(f"/studies/MEL-8/photos/{run.photo_id}/").content.decode()
    assert "data-points=" in page
    assert 'data-read="no"' not in page
    assert UNREAD not in page
