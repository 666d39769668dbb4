"""A study whose exported files are looked at, and the files as tables."""

import csv
import io
from collections.abc import Iterable
from datetime import UTC, datetime

import pytest

from inference.exports.services.exports import File, Filters, export_file
from participants.capture.models import Photo
from tests.conftest import Team
from tests.inference.packages.factories import ModelPackageFactory
from tests.inference.scoring.factories import RunFactory, ScoreFactory, StudyModelFactory
from tests.participants.allocation.given import allocate
from tests.participants.capture.factories import PhotoFactory
from tests.participants.people.factories import ParticipantFactory
from tests.participants.visits.factories import VisitFactory
from tests.studies.protocol.factories import ArmFactory, VisitDefinitionFactory

FIRST_DAY = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)  # 3 March in Singapore


def body(team: Team, file: File, *, delimiter: str = ",", **filters: object) -> str:
    export = export_file(study=team.study, file=file, filters=Filters(**filters), by=team.chandra)
    return b"".join(export.lines(delimiter=delimiter)).decode()


def table(
    team: Team, file: File, *, delimiter: str = ",", **filters: object
) -> list[dict[str, str]]:
    text = body(team, file, delimiter=delimiter, **filters)
    return whole_rows(
        csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    )


def whole_rows(rows: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    """The rows, each with as many cells as the header (AssertionError)."""
    kept = list(rows)
    for row in kept:
        assert None not in row, row
        assert None not in row.values(), row
    return kept


@pytest.fixture
def study(team: Team) -> Team:
    """Three participants at SG01 with a scored photo at baseline and one at week 8.

    The first photo of SG01-0002 was turned down after it had been scored.
    """
    package = ModelPackageFactory(name="gsh-test", version="1.0.0")
    StudyModelFactory(study=team.study, package=package)
    arm = ArmFactory(study=team.study, code="SUN", name="Daily | sunscreen\n50+")
    definitions = [
        VisitDefinitionFactory(study=team.study, code="baseline", day_offset=0),
        VisitDefinitionFactory(study=team.study, code="week-8", day_offset=56),
    ]
    for number in (1, 2, 3):
        code = f"SG01-{number:04d}"
        participant = ParticipantFactory(site=team.sg01, code=code)
        if number > 1:
            allocate(participant, arm)
        for definition in definitions:
            visit = VisitFactory(participant=participant, definition=definition)
            moment = FIRST_DAY.replace(month=3 if definition.code == "baseline" else 4, day=2)
            photo = PhotoFactory(visit=visit, received_at=moment)
            run = RunFactory(photo=photo, package=package, quality_flags=["blurred", "too_dark"])
            ScoreFactory(run=run, severity=14.3333, probabilities={"none": 0.125, "mild": 0.875})
            ScoreFactory(run=run, region="nose", severity=None, grade="", probabilities={})
    turned_down = Photo.objects.get(
        visit__participant__code="SG01-0002", visit__definition__code="baseline"
    )
    turned_down.move(Photo.State.RETAKE_WANTED, retake_reasons=[{"code": "other", "message": "x"}])
    return team
