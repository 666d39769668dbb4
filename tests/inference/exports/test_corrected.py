"""What was corrected of somebody is told beside the values that use it, in both files."""

import pytest
from django.utils import timezone

from inference.exports.services.exports import File
from participants.people.models import Correction, Participant
from tests.conftest import Team
from tests.inference.exports.filled import study as study
from tests.inference.exports.filled import table

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("file", [File.LONG, File.WIDE])
def test_each_row_names_what_was_corrected(study: Team, file: File) -> None:
    who = Participant.objects.get(code="SG01-0001")
    for field in ("year_of_birth", "enrolled_on", "year_of_birth"):
        Correction.objects.create(
            participant=who, field=field, old="1", new="2", reason="A slip",
            at=timezone.now(), by=study.amina,
        )  # fmt: skip
    told = {row["participant_id"]: row["corrected"] for row in table(study, file)}
    assert told.pop("SG01-0001") == "enrolled_on;year_of_birth"
    assert set(told.values()) == {""}
