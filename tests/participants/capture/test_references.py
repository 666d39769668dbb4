"""The outline of an earlier photo: whose, which, and never a pixel of it."""

import io
import json
from datetime import timedelta

import numpy as np
import pytest
import time_machine

from participants.capture.models import Photo
from participants.capture.services.references import outline_of, outlines_for
from participants.imaging.canonical import canonical_face
from participants.imaging.pose import rotation_of
from participants.visits.models import Visit
from studies.platform.storage import store
from tests.conftest import Team
from tests.factories import NOW
from tests.participants.capture.factories import PhotoFactory
from tests.participants.phone import make_phone
from tests.participants.visits.factories import VisitFactory
from tests.studies.protocol.factories import VisitDefinitionFactory

WIDTH, HEIGHT = 1080, 1440


def face(yaw: float = 0.0, *, at: tuple[float, float] = (540, 720), size: float = 4.0):
    """Landmarks of the canonical face, turned, in pixels of a photo."""
    points = canonical_face() @ rotation_of(yaw, 0, 0).T * size
    return (points + np.array([*at, 0])).astype(np.float32)


def with_landmarks(visit: Visit, points=None, **fields) -> Photo:
    photo = PhotoFactory(visit=visit, width=WIDTH, height=HEIGHT, **fields)
    body = io.BytesIO()
    np.save(body, face() if points is None else points, allow_pickle=False)
    photo.landmarks_file = store("landmarks", str(photo.pk), body.getvalue(), suffix=".npy")[0]
    photo.save()
    return photo


@pytest.fixture
def later(team: Team) -> Visit:
    """The second visit of a participant who has a first."""
    return after(make_phone(team.sg01).visit)


def after(first: Visit) -> Visit:
    study = first.participant.study
    definition = study.visit_definitions.filter(code="week-4").first()
    return VisitFactory(
        participant=first.participant,
        definition=definition
        or VisitDefinitionFactory(study=study, code="week-4", name="Week 4", day_offset=28),
        opens_on=first.opens_on + timedelta(days=28),
        scheduled_on=first.scheduled_on + timedelta(days=28),
        closes_on=first.closes_on + timedelta(days=28),
    )


def first_visit(visit: Visit) -> Visit:
    return Visit.objects.get(participant=visit.participant, definition__code="week-0")


def test_the_first_visit_has_none(later):
    first = first_visit(later)
    with_landmarks(first)
    assert outlines_for(first) == {}


def test_each_view_follows_its_own_first_accepted_photo(later):
    first = first_visit(later)
    with_landmarks(first, face(-38), view="left")
    with_landmarks(first, face(2))
    with_landmarks(later, face(9), view="left")
    found = outlines_for(later)
    assert set(found) == {"front", "left"}
    assert found["left"].pose["yaw"] == pytest.approx(-38, abs=0.1)
    assert found["front"].pose["yaw"] == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize("state", ["received", "retake_wanted", "replaced"])
def test_a_photo_that_was_not_accepted_frames_nothing(later, state):
    with_landmarks(first_visit(later), state=state)
    assert outlines_for(later) == {}


def test_nobody_is_framed_by_somebody_else(later, team):
    other = make_phone(team.kl01, code="KL01-0001").visit
    with_landmarks(other)
    assert outlines_for(later) == {}


@pytest.mark.parametrize("body", [b"", b"not numpy", b"\x93NUMPY\x01\x00"])
def test_spoilt_or_missing_landmarks_leave_a_face_for_anybody(later, body):
    photo = with_landmarks(first_visit(later))
    photo.landmarks_file = "landmarks/gone.npy"
    if body:
        photo.landmarks_file = store("landmarks", str(photo.pk), body, suffix=".npy")[0]
    photo.save()
    assert outlines_for(later) == {}


def test_landmarks_of_another_shape_are_not_drawn(later):
    with_landmarks(first_visit(later), np.zeros((5, 3), np.float32))
    assert outlines_for(later) == {}


def test_the_unit_is_the_longer_side_from_the_middle():
    upright = outline_of(face(at=(540, 720)), WIDTH, HEIGHT)
    assert upright.centre == pytest.approx([0, 0], abs=0.02)
    moved = outline_of(face(at=(540 + 144, 720)), WIDTH, HEIGHT)
    assert moved.centre[0] - upright.centre[0] == pytest.approx(0.1)
    assert outline_of(face(size=8), WIDTH, HEIGHT).height == pytest.approx(
        2 * upright.height, rel=1e-3
    )


def test_it_is_a_drawing_of_some_points_in_a_few_kilobytes(later):
    photo = with_landmarks(first_visit(later))
    found = outlines_for(later)["front"].as_dict()
    text = json.dumps(found)
    assert len(text) < 4000
    assert set(found) == {"lines", "centre", "height", "pose"}
    assert sum(len(line) for line in found["lines"]) < 100
    assert str(photo.pk) not in text
    assert photo.sha256 not in text


def test_the_page_holds_the_outline_and_nothing_of_the_photo(team):
    phone = make_phone(team.sg01)
    later = after(phone.visit)
    photo = with_landmarks(phone.visit)
    with time_machine.travel(NOW + timedelta(days=29), tick=False):
        phone.client.cookies.clear()  # the session of the first visit is long over
        phone.sign_in()
        page = phone.client.get(f"/my/visits/{later.definition.code}/front/").content.decode()
    steps = json.loads(page.split('id="camera-data" type="application/json">')[1].split("</")[0])
    assert steps["steps"][0]["outline"]["height"] > 0
    assert steps["steps"][1]["outline"] is None
    for secret in (str(photo.pk), photo.sha256, photo.original_file, photo.landmarks_file):
        assert secret not in page
