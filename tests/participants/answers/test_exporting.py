"""Answers taken out: whose, which, and how a column is called."""

import csv
from collections.abc import Callable

import pytest
from django.test import Client

from participants.answers.models import Submission
from participants.answers.services.correcting import correct, strike
from participants.answers.services.exporting import (
    answers_file,
    by_question,
    codebook_file,
    columns_of,
)
from participants.answers.services.submitting import submit
from participants.people.models import Participant
from studies.access.models import User
from studies.assignments.models import Assignment
from studies.instruments.definition import Definition, Item
from studies.members.services.tokens import issue_token
from studies.platform.errors import NotAllowed
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.participants.answers.filled import filled, itch_asked, xml
from tests.participants.phone import Phone, make_phone

pytestmark = pytest.mark.django_db
Sign = Callable[[User], Client]


@pytest.fixture
def sent(team: Team, phone: Phone) -> Submission:
    """Of SG01-0007, submitted and corrected once."""
    itch_asked(team.study)
    row = answer(phone)
    correct(submission=row, filled=filled(xml("1", "9", "2")), reason="Misread", by=team.amina)
    return row


def answer(phone: Phone) -> Submission:
    who = phone.participant
    assignment = Assignment.objects.get()
    form = filled()
    return submit(
        participant=who, assignment=assignment, place="week-0", filled=form, by=who
    ).submission


def table(by: User, **over: bool) -> list[dict[str, str]]:
    assignment = Assignment.objects.get()
    sheet = answers_file(study=assignment.study, assignment=assignment, by=by, **over)
    return list(csv.DictReader(b"".join(sheet.lines()).decode().splitlines()))


def test_the_newest_revision_is_a_line_and_each_question_a_column(
    team: Team, sent: Submission
) -> None:
    (line,) = table(team.chandra)
    assert (line["participant"], line["site"], line["visit"]) == ("SG01-0007", "SG01", "week-0")
    assert (line["revision"], line["newest"], line["filled_by"]) == ("2", "true", "staff")
    assert (line["itch"], line["days"], line["score"]) == ("1", "9", "2")
    first, second = table(team.chandra, every=True)
    assert (first["itch"], first["newest"], second["itch"]) == ("2", "false", "1")
    event = AuditEvent.objects.filter(action="export.create").first()
    assert event is not None
    assert event.new == {"file": "answers", "questionnaire": "itch"}


def test_the_codebook_has_the_words_and_choices(team: Team, sent: Submission) -> None:
    assignment = sent.assignment
    sheet = codebook_file(study=team.study, assignment=assignment, by=team.dewi)
    rows = {row[0]: row for row in sheet.rows}
    assert rows["itch"][1:4] == (
        "How much does it itch?",
        "one choice",
        "0 = None; 1 = Some; 2 = Much",
    )
    assert rows["itch"][4] == "required"
    assert rows["days"][4] == "asked if ${itch} > 0; possible if . >= 1 and . <= 99"
    assert rows["score"][4] == "computed as number(${itch}) * 2"
    assert set(table(team.dewi)[0]) == set(rows)


def test_only_who_may_export_and_only_what_counts_and_is_not_locked(
    team: Team, sent: Submission
) -> None:
    for person in (team.amina, team.ewa, team.farid):
        with pytest.raises(NotAllowed):
            table(person)
    Participant.objects.update(data_use="restricted")
    assert table(team.dewi) == []
    Participant.objects.update(data_use="full")
    strike(submission=sent, reason="Of another person", by=team.amina)
    assert table(team.dewi) == []


def test_a_question_in_a_repeat_has_a_column_for_each() -> None:
    form = Definition(
        form_id="m",
        title="M",
        items=[
            Item(kind="repeat", name="med", items=[Item(name="name", type="text")]),
            Item(name="done", type="date"),
        ],
    )
    paths = {"/data/med[2]/name[1]", "/data/med[1]/name[1]", "/data/med[10]/name[1]"}
    assert list(columns_of({1: form}, paths)) == ["name_1", "name_2", "name_10", "done"]
    answers = dict.fromkeys(paths, "x")
    assert by_question(form, answers) == {"name_1": "x", "name_2": "x", "name_10": "x"}


def test_the_api_reads_what_one_may_see(team: Team, sent: Submission, as_person: Sign) -> None:
    answer(make_phone(team.kl01, code="KL01-0007"))
    path = "/api/v1/studies/MEL-8/answers/"

    def rows(user: User) -> list[dict[str, object]]:
        key = issue_token(by=user).key
        found = Client().get(path, headers={"Authorization": f"Bearer {key}"}).json()
        return list(found["results"])

    (mine,) = rows(team.amina)
    assert mine["answers"] == {"itch": "1", "days": "9", "score": "2"}
    assert (mine["revision"], mine["state"]) == (2, "corrected")
    assert len(rows(team.dewi)) == 2
    page = as_person(team.dewi).get("/studies/MEL-8/export/")
    assert "/studies/MEL-8/export/answers/itch.csv" in page.content.decode()
    file = as_person(team.dewi).get("/studies/MEL-8/export/answers/itch.csv")
    assert file.status_code == 200
    assert b"KL01-0007" in file.getvalue()
