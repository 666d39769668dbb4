"""What an erasure takes and what stays: row by row, in the docs, and on the participant's page."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

from inference.reading.models import Case, Reading
from participants.allocation.models import Allocation, AllocationNote, Unblinding
from participants.answers.models import Alert, Submission
from participants.answers.services.contents import Content, content_of
from participants.capture.models import Photo
from participants.consent.models import Consent
from participants.messaging.models import Message
from participants.people.models import Identity, Invitation, Participant, Screening
from participants.people.views.my import KEY
from participants.photo_notes.models import PhotoNote
from participants.privacy.services.stays import ROWS, Fate, told
from participants.queries.models import Query
from participants.scheduling.models import Note
from participants.verification.models import Tick
from studies.assignments.models import Assignment
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.factories import NOW
from tests.inference.reading.making import make_open, make_reader, read_next
from tests.participants.allocation.given import allocate
from tests.participants.answers.factories import SubmissionFactory
from tests.participants.answers.filled import itch_asked
from tests.participants.people.factories import ParticipantFactory
from tests.participants.photo_notes.factories import PhotoNoteFactory
from tests.participants.privacy.erasing import Filled, erase
from tests.participants.queries.factories import QueryFactory
from tests.participants.scheduling.factories import NoteFactory
from tests.rights.world import raised_alert, ticked
from tests.studies.assignments.factories import AssignmentFactory
from tests.studies.protocol.factories import ArmFactory
from tests.typed import words

pytestmark = pytest.mark.django_db
DOCS = Path(settings.BASE_DIR) / "docs/phone/data-requests.md"
ROLES = {
    "questionnaires": "questionnaire",
    "medication": "medication",
    "deviations": "deviation",
    "adverse_events": "adverse_event",
}


@dataclass(frozen=True)
class Everything:
    """Somebody of whom there is something of every row; ``answered``: form by role."""

    participant: Participant
    answered: dict[str, Submission]


@pytest.fixture
def opened(filled: Filled) -> Client:
    """A phone with their page open."""
    client = Client()
    session = client.session
    session[KEY] = filled.invitation.pk
    session.save()
    return client


@pytest.fixture
def everything(team: Team, filled: Filled) -> Everything:
    siti = filled.participant
    allocation = allocate(siti, ArmFactory(study=team.study, code="SUN"))
    AllocationNote.objects.create(allocation=allocation, text="Siti's sister", by=team.dewi, at=NOW)
    Unblinding.objects.create(participant=siti, by=team.dewi, at=NOW, reason="She fell ill")
    NoteFactory(participant=siti, by=team.amina)
    PhotoNoteFactory(photo=filled.photos[0], by=team.amina)
    first = itch_asked(team.study, code="questionnaire", timing="as_needed", visits=[])
    answered = {}
    for role in ROLES.values():
        asked = Assignment.objects.filter(code=role).first() or AssignmentFactory(
            instrument=first.instrument, code=role, timing="as_needed", visits=[]
        )
        Assignment.objects.filter(pk=asked.pk).update(role=role)
        asked.refresh_from_db()
        row = SubmissionFactory(participant=siti, assignment=asked, state="submitted")
        content = Content("<data/>", {"/data/itch[1]": "2", "/data/said[1]": "My eye"}, "Siti said")
        row.revisions.create(
            number=1, request_id=uuid.uuid4(), sealed=content.sealed(siti),
            sha256="0" * 64, engine="x", finished_at=NOW, filled_at=NOW, received_at=NOW,
            zone="UTC", by_kind="participant",
        )  # fmt: skip
        answered[role] = row
    raised_alert(answered["adverse_event"])
    QueryFactory(participant=siti, raised_by=team.ewa)
    ticked(siti, by=team.ewa)
    readers = [make_reader(team, name) for name in ("Una", "Vito")]
    study = make_open(team, *readers)
    study.cases.exclude(pk=study.cases.first().pk).delete()
    read_next(study, readers[0], 2)
    study.cases.update(feedback="Siti's left cheek")
    return Everything(siti, answered)


def gone(role: str) -> Callable[[Everything], None]:
    def check(there: Everything) -> None:
        assert not Submission.objects.filter(pk=there.answered[role].pk).exists()

    return check


def none_of(*models: type) -> Callable[[Everything], None]:
    def check(_there: Everything) -> None:
        for model in models:
            assert not model.objects.exists(), model  # type: ignore[attr-defined]

    return check


def adverse_events(there: Everything) -> None:
    row = Submission.objects.get(pk=there.answered["adverse_event"].pk)
    left = content_of(row.latest, there.participant)
    assert (left.answers, left.xml, left.reason) == ({"/data/itch[1]": "2"}, "", "")


def the_row(there: Everything) -> None:
    there.participant.refresh_from_db()
    assert there.participant.state == "erased"
    assert there.participant.enrolled_on is not None


def no_demographics(there: Everything) -> None:
    there.participant.refresh_from_db()
    assert there.participant.year_of_birth is None
    assert not Screening.objects.exists()


def allocation(there: Everything) -> None:
    left = Allocation.objects.get(participant=there.participant)
    assert left.opened().arm == "SUN"
    assert AllocationNote.objects.get().text == "Erased."


def unblinding(_there: Everything) -> None:
    assert Unblinding.objects.get().reason == "Erased."


def consents(_there: Everything) -> None:
    left = Consent.objects.get()
    assert left.choices
    assert bytes(left.sealed_name) == b""


def visits(there: Everything) -> None:
    assert there.participant.visits.count() == 3


def queries(there: Everything) -> None:
    left = Query.objects.get(participant=there.participant)
    assert (left.state, left.field) == ("closed", "year_of_birth")
    assert {entry.text for entry in left.entries.all()} == {""}


def readings(there: Everything) -> None:
    case = Case.objects.get(participant=there.participant)
    assert (case.photo, case.photo_sha256, case.feedback) == (None, "", "")
    assert case.gone_at is not None
    assert [reading.values for reading in Reading.objects.all()] == [{"wrinkles": 2}]


def requests(there: Everything) -> None:
    assert bytes(there.participant.data_requests.get().sealed_reason) == b""


def record(there: Everything) -> None:
    assert AuditEvent.objects.filter(participant_code=there.participant.code).count() > 3


CHECKS: dict[str, Callable[[Everything], None]] = {
    "participant": the_row,
    "visits": visits,
    "consents": consents,
    "allocation": allocation,
    "unblinding": unblinding,
    "adverse_events": adverse_events,
    "queries": queries,
    "readings": readings,
    "requests": requests,
    "record": record,
    "identity": none_of(Identity),
    "answers_at_screening": no_demographics,
    "photos": none_of(Photo),
    "photo_notes": none_of(PhotoNote),
    "questionnaires": gone("questionnaire"),
    "medication": gone("medication"),
    "deviations": gone("deviation"),
    "alerts": none_of(Alert),
    "ticks": none_of(Tick),
    "notes": none_of(Note),
    "messages": none_of(Message, Invitation),
}


def test_each_row_is_true_of_somebody_of_whom_there_was_everything(everything: Everything) -> None:
    assert list(CHECKS) == list(ROWS), "a row without a check, or a check without a row"
    erase(everything.participant)
    for name, check in CHECKS.items():
        print(name)  # which row it was, where one fails
        check(everything)


def test_the_docs_have_the_same_rows_in_the_same_order() -> None:
    lines = DOCS.read_text().splitlines()
    begins = lines.index("| of a participant | an erasure | what is left |") + 2
    told_there = []
    for line in lines[begins:]:
        if not line.startswith("|"):
            break
        told_there.append(tuple(cell.strip() for cell in line.strip("|").split("|")))
    assert told_there == [(row.what, str(row.fate), row.left or "–") for row in ROWS.values()]


def test_only_what_stays_is_told_and_all_of_it_that_is_of_a_person() -> None:
    assert all(row.fate != Fate.GONE for row in ROWS.values() if row.told)
    assert {"allocation", "adverse_events", "consents"} <= {
        n for n, row in ROWS.items() if row.told
    }


def test_the_group_and_health_problems_are_told_where_there_are_any(team: Team) -> None:
    participant = ParticipantFactory(site=team.sg01)
    few = told(participant)
    assert ROWS["allocation"].told not in few
    assert ROWS["adverse_events"].told not in few
    ArmFactory(study=team.study, code="SUN")
    itch_asked(team.study, timing="as_needed", visits=[], role="adverse_event")
    assert len(told(participant)) == len(few) + 2


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_they_read_it_in_their_language_before_they_choose(
    language: str, everything: Everything, opened: Client
) -> None:
    Participant.objects.filter(pk=everything.participant.pk).update(language=language)
    everything.participant.study.languages = [language]
    everything.participant.study.save(update_fields=["languages"])
    page = words(opened.get("/my/data/ask/erase/"))
    for name in ("allocation", "adverse_events"):
        with translation.override(language):
            sentence = str(ROWS[name].told)
        assert sentence in page
        with translation.override("en"):
            assert language == "en" or sentence != str(ROWS[name].told)
