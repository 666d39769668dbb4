"""Training and calibration come first; who falls short gets no case that counts."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from inference.reading.errors import ReadingFixed
from inference.reading.models import Case, Reading, ReadingStudy
from inference.reading.scales import Kind, within_step
from inference.reading.services.calibrating import (
    admit_reader,
    awaits_manager,
    calibration_of,
    repeat_calibration,
)
from inference.reading.services.feedback import feedback_of
from inference.reading.services.opening import open_reading_study
from inference.reading.services.seats import add_reader
from inference.reading.services.taking import (
    last_reading,
    may_undo,
    next_turns,
    undo_reading,
)
from participants.capture.models import Photo
from studies.access.models import User
from studies.platform.errors import NotAllowed, ReasonMissing
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.inference.reading.making import make_draft, make_photos, make_reader, read_next, seat

SignIn = Callable[[User], Client]


@pytest.fixture
def una(team: Team) -> User:
    return make_reader(team, "Una")


def add_case(study: ReadingStudy, photo: Photo, use: str, expected: Any) -> Case:
    return Case.objects.create(
        reading_study=study,
        number=study.cases.count() + 1,
        use=use,
        participant=photo.visit.participant,
        photo=photo,
        visit=photo.visit.definition.code,
        view=photo.view,
        photo_sha256=photo.upright_sha256,
        expected={"wrinkles": expected},
        feedback="Look at the corners of the eyes." if use == "training" else "",
    )


def make_calibrated(team: Team, una: User, needs: int | None) -> ReadingStudy:
    """One training case, four of calibration that expect 0, 1, 2 and 3, and two that count."""
    photos = make_photos(team, 7)
    study = make_draft(team, calibration_needs=needs)
    add_case(study, photos[0], "training", 2)
    for expected in range(4):
        add_case(study, photos[1 + expected], "calibration", expected)
    add_reader(study=study, user=una, by=team.dewi)
    return open_reading_study(study=study, by=team.dewi)


def calibrate(study: ReadingStudy, una: User, *grades: int) -> None:
    for grade in grades:
        read_next(study, una, grade)


def test_training_comes_first_and_tells_what_was_expected(team: Team, una: User) -> None:
    study = make_calibrated(team, una, 75)
    assert next_turns(seat(study, una))[0].case.use == "training"
    told = feedback_of(read_next(study, una, 0))
    assert told == {
        "scales": [
            {
                "title": "Wrinkles",
                "given": "0 None",
                "expected": "2 Moderate",
                "same": False,
                "within": False,
            }
        ],
        "words": "Look at the corners of the eyes.",
    }
    assert feedback_of(read_next(study, una, 0)) is None


def test_who_reaches_the_bar_goes_on(team: Team, una: User) -> None:
    study = make_calibrated(team, una, 75)
    calibrate(study, una, 2, 1, 1, 0)
    assert {turn.case.use for turn in next_turns(seat(study, una))} == {"calibration"}
    calibrate(study, una, 3)
    theirs = seat(study, una)
    assert theirs.calibrated_at is not None
    assert {turn.case.use for turn in next_turns(theirs)} == {"main"}
    event = AuditEvent.objects.get(action="reading.calibrate")
    assert event.contents.new["percent"] == 75


def test_below_the_bar_no_case_that_counts_is_given(team: Team, una: User) -> None:
    study = make_calibrated(team, una, 76)
    calibrate(study, una, 2, 1, 1, 0, 3)
    theirs = seat(study, una)
    found = calibration_of(theirs)
    assert (found.graded, found.within, found.percent, found.passed) == (4, 3, 75, False)
    assert awaits_manager(theirs)
    assert next_turns(theirs) == []


def test_a_photo_that_was_not_read_is_not_within(team: Team, una: User) -> None:
    study = make_calibrated(team, una, 100)
    calibrate(study, una, 2, 0, 1, 2)
    read_next(study, una, unreadable="blurred")
    assert calibration_of(seat(study, una)).percent == 75


def test_once_judged_it_is_not_taken_back(team: Team, una: User) -> None:
    study = make_calibrated(team, una, 76)
    calibrate(study, una, 2, 1, 1, 0)
    assert may_undo(seat(study, una)) is not None
    calibrate(study, una, 3)
    theirs = seat(study, una)
    assert may_undo(theirs) is None
    with pytest.raises(ReadingFixed, match="judged"):
        undo_reading(seat=theirs, reading=last_reading(theirs))


def test_without_a_bar_it_is_graded_and_holds_up_nobody(team: Team, una: User) -> None:
    study = make_calibrated(team, una, None)
    calibrate(study, una, 2, 3, 3, 0, 0)
    assert next_turns(seat(study, una))[0].case.use == "main"


def test_the_manager_lets_repeat_or_admits(team: Team, una: User) -> None:
    study = make_calibrated(team, una, 76)
    calibrate(study, una, 2)
    with pytest.raises(ReadingFixed, match="did not fall short"):
        repeat_calibration(seat=seat(study, una), reason="Again.", by=team.dewi)
    calibrate(study, una, 1, 1, 0, 3)
    theirs = seat(study, una)
    for act in (repeat_calibration, admit_reader):
        with pytest.raises(NotAllowed):
            act(seat=theirs, reason="Again.", by=una)
        with pytest.raises(ReasonMissing):
            act(seat=theirs, reason=" ", by=team.dewi)
    repeat_calibration(seat=theirs, reason="Grades were talked over.", by=team.dewi)
    assert Reading.objects.exclude(undone_at=None).count() == 4
    assert len(next_turns(seat(study, una))) == 3
    calibrate(study, una, 3, 3, 3, 3)
    assert next_turns(seat(study, una)) == []
    admit_reader(seat=theirs, reason="The only reader there is.", by=team.dewi)
    assert next_turns(seat(study, una))[0].case.use == "main"
    assert AuditEvent.objects.get(action="reading.admit_reader").contents.reason


def test_the_managers_button_does_it(team: Team, una: User, as_person: SignIn) -> None:
    study = make_calibrated(team, una, 76)
    calibrate(study, una, 2, 1, 1, 0, 3)
    theirs = seat(study, una)
    path = f"/studies/MEL-8/readings/READ-1/seats/{theirs.number}/calibration/"
    client = as_person(team.dewi)
    assert client.post(path, {"act": "admit"}).status_code == 422
    assert client.post(path, {"act": "other", "reason": "x"}).status_code == 422
    assert as_person(una).post(path, {"act": "admit", "reason": "x"}).status_code == 403
    assert awaits_manager(theirs)
    assert client.post(path, {"act": "admit", "reason": "Well enough."}).status_code == 302
    assert not awaits_manager(seat(study, una))


@pytest.mark.parametrize(
    ("kind", "given", "expected", "within"),
    [
        ("grades", 1, 2, True),
        ("grades", 0, 2, False),
        ("line", 40, 50, True),
        ("line", 39, 50, False),
        ("count", 1, 0, True),
        ("count", 44, 40, True),
        ("count", 45, 40, False),
        ("masi", 10, 14.8, True),
        ("masi", 10, 14.9, False),
    ],
)
def test_one_step_of_each_scale(kind: str, given: float, expected: float, within: bool) -> None:
    assert within_step(Kind(kind), given, expected) is within
