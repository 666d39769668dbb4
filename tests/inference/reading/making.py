"""Reading studies for the tests: a draft with a scale and readers, opened, read."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from django.utils import timezone

from inference.reading.models import Reading, ReadingStudy, Scale, Seat
from inference.reading.services.opening import open_reading_study
from inference.reading.services.seats import add_reader
from inference.reading.services.taking import Answer, next_turns, save_reading, show
from participants.capture.models import Photo
from studies.access.models import User
from tests.conftest import Team
from tests.inference.scoring.photos import make_visit
from tests.participants.capture.factories import PhotoFactory
from tests.studies.access.factories import MembershipFactory, UserFactory

GRADES = [
    {"label": "None", "descriptor": "No lines, even when the face moves."},
    {"label": "Mild", "descriptor": "Fine lines."},
    {"label": "Moderate", "descriptor": "Lines that are seen from afar."},
    {"label": "Severe", "descriptor": "Deep folds."},
]


def make_photos(team: Team, people: int, *, visits: int = 1) -> list[Photo]:
    """Accepted front photos without files, of ``people`` at ``visits`` each."""
    return [
        PhotoFactory(
            visit=make_visit(
                team.sg01, code=f"SG01-{n:04}", visit=f"week-{4 * week}", day=28 * week
            ),
            state=Photo.State.ACCEPTED,
            upright_file=f"uprights/{n}-{week}.jpg",
            upright_sha256="a" * 64,
        )
        for n in range(1, people + 1)
        for week in range(visits)
    ]


def make_reader(team: Team, name: str, *, role: str = "reader") -> User:
    """A person who may read blind in the team's study."""
    user = UserFactory(name=name, email=f"{name.lower()}@example.org")
    MembershipFactory(user=user, study=team.study, site=None, role=role)
    return user


def make_draft(team: Team, **fields: Any) -> ReadingStudy:
    """A draft without repeats, with one scale of four grades for wrinkles."""
    study = ReadingStudy.objects.create(
        **{
            "study": team.study,
            "code": "READ-1",
            "title": "Wrinkles at week 0",
            "repeats_percent": 0,
            "created_by": team.dewi,
            "created_at": timezone.now(),
        }
        | fields
    )
    add_scale(study)
    return study


def add_scale(study: ReadingStudy, **fields: Any) -> Scale:
    """One more scale."""
    return Scale.objects.create(
        **{
            "reading_study": study,
            "number": study.scales.count() + 1,
            "code": "wrinkles",
            "title": "Wrinkles",
            "condition_id": "wrinkles",
            "kind": "grades",
            "grades": GRADES,
            "primary": "kappa_quadratic",
        }
        | fields
    )


def make_open(team: Team, *readers: User, adjudicator: User | None = None, **fields: Any) -> Any:
    """An open reading study over the photos there are."""
    study = make_draft(team, **fields)
    for reader in readers:
        add_reader(study=study, user=reader, by=team.dewi)
    if adjudicator is not None:
        study.scales.update(adjudicate_beyond=1)
        add_reader(study=study, user=adjudicator, by=team.dewi, role=Seat.Role.ADJUDICATOR)
    return open_reading_study(study=study, by=team.dewi)


def seat(study: ReadingStudy, user: User) -> Seat:
    """Their seat, as the database has it now."""
    return Seat.objects.select_related("reading_study").get(
        reading_study=study, user=user, removed_at=None
    )


def read_next(study: ReadingStudy, user: User, *values: float, **more: Any) -> Reading:
    """Grade the reader's next case, one value for each scale."""
    theirs = seat(study, user)
    turn = show(next_turns(theirs)[0])
    codes = study.scales.order_by("number").values_list("code", flat=True)
    given: Mapping[str, float] = dict(zip(codes, values, strict=False))
    answer = Answer(values=given, **more)
    return save_reading(seat=theirs, key=turn.key, answer=answer, request_id=uuid4())
