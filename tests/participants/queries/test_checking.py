"""Edit checks at work: raised once, closed by themselves, reopened, and never over a person."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from participants.answers.services.correcting import correct, strike
from participants.answers.services.submitting import submit
from participants.people.models import Participant
from participants.queries.models import CheckRun, Query
from participants.queries.services.asking import answer_query, close_query
from participants.queries.services.checking import run_checks
from participants.visits.services import note_progress
from studies.assignments.models import Assignment
from studies.edit_checks.models import EditCheck
from studies.edit_checks.services import add_check, change_check, remove_check
from studies.platform import work
from studies.platform.errors import Invalid, NotAllowed, ReasonMissing
from studies.protocol.models import Study
from studies.protocol_file.schema import read_protocol
from studies.protocol_file.services import load_protocol, protocol_of
from studies.protocol_file.writing import write_protocol
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.factories import NOW
from tests.participants.answers.filled import filled, itch_asked, xml
from tests.participants.capture.factories import PhotoFactory
from tests.participants.phone import Phone, make_phone

pytestmark = pytest.mark.django_db
WORDS = "So much itching for so few days?"


@pytest.fixture(autouse=True)
def still() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def asked(phone: Phone) -> Assignment:
    return itch_asked(phone.participant.study)


def checked(team: Team, **over: Any) -> EditCheck:
    values = {"code": "much", "place": "itch/days", "when": "${itch} = 2 and ${days} < 5"}
    return add_check(
        study=team.study, by=team.dewi, reason="Plausible", words=WORDS, **{**values, **over}
    )


def entered(phone: Phone, asked: Assignment, team: Team, **answers: str) -> Any:
    return submit(
        participant=phone.participant, assignment=asked, place="week-0",
        filled=filled(xml(**answers)), by=team.amina,
    ).submission  # fmt: skip


def corrected(row: Any, team: Team, **answers: str) -> None:
    correct(submission=row, filled=filled(xml(**answers)), reason="Misheard", by=team.amina)


def run_all() -> int:
    rows = list(CheckRun.objects.filter(state="queued").order_by("pk"))
    assert all(work.perform(CheckRun, row.pk, run_checks) for row in rows)
    return len(rows)


def said(query: Query) -> list[tuple[str, str]]:
    return [(entry.act, entry.text) for entry in query.entries.all()]


def test_what_breaks_a_check_is_asked_about_once_and_closes_itself_when_put_right(
    team: Team, phone: Phone, asked: Assignment
) -> None:
    checked(team)
    row = entered(phone, asked, team, itch="2", days="3", score="4")
    assert not Query.objects.exists()  # judged by a worker
    assert run_all() == 1
    query = Query.objects.get()
    assert (query.about, query.field, query.check_code) == ("answer", "/data/days[1]", "much")
    assert (query.submission, query.raised_by, query.state) == (row, None, "open")
    assert said(query) == [("raised", WORDS)]
    corrected(row, team, itch="2", days="4", score="4")  # as wrong as before
    assert run_all() == 1
    assert Query.objects.get().entries.count() == 1
    corrected(row, team, itch="2", days="9", score="4")
    run_all()
    query.refresh_from_db()
    settled = ("closed", "The data no longer break the check.")
    assert (query.state, said(query)[-1]) == ("closed", settled)
    corrected(row, team, itch="2", days="2", score="4")
    run_all()
    query.refresh_from_db()
    assert (query.state, said(query)[-1]) == ("reopened", ("reopened", WORDS))
    strike(submission=row, reason="Another's", by=team.amina)
    run_all()
    query.refresh_from_db()
    assert query.state == "closed"
    assert Query.objects.count() == 1
    events = AuditEvent.objects.filter(action__startswith="query.").order_by("sequence")
    assert [(one.action, one.actor_kind) for one in events] == [
        ("query.raise", "system"), ("query.close", "system"), ("query.reopen", "system"),
        ("query.close", "system"),
    ]  # fmt: skip


def test_what_a_person_has_closed_is_not_asked_again(
    team: Team, phone: Phone, asked: Assignment
) -> None:
    checked(team)
    row = entered(phone, asked, team, itch="2", days="3", score="4")
    run_all()
    query = Query.objects.get()
    answer_query(query=query, text="It was so.", by=team.amina)
    close_query(query=query, by=team.ewa)
    corrected(row, team, itch="2", days="2", score="4")
    run_all()
    query.refresh_from_db()
    assert (query.state, query.entries.count()) == ("closed", 3)


def test_answers_that_fit_are_asked_nothing(team: Team, phone: Phone, asked: Assignment) -> None:
    checked(team)
    entered(phone, asked, team, itch="0", days="", score="0")
    assert run_all() == 1
    assert not Query.objects.exists()


def test_a_check_that_is_new_changed_or_removed_judges_what_is_there(
    team: Team, phone: Phone, asked: Assignment
) -> None:
    entered(phone, asked, team, itch="2", days="3", score="4")
    assert run_all() == 0
    check = checked(team)
    assert run_all() == 1
    query = Query.objects.get()
    change_check(check=check, when="${days} > 50", by=team.dewi, reason="Too strict")
    run_all()
    query.refresh_from_db()
    assert query.state == "closed"
    change_check(check=check, when="${days} = 3", by=team.dewi, reason="Stricter")
    run_all()
    query.refresh_from_db()
    assert query.state == "reopened"
    remove_check(check=check, by=team.dewi, reason="Not needed")
    run_all()
    query.refresh_from_db()
    assert said(query)[-1] == ("closed", "The check is no longer part of the protocol.")


def test_several_checks_at_one_question_are_told_apart(
    team: Team, phone: Phone, asked: Assignment
) -> None:
    checked(team)
    checked(team, code="any", when="${score} >= 4", place="itch/itch")
    checked(team, code="never", when="${itch} = 1", place="itch/itch")
    entered(phone, asked, team, itch="2", days="3", score="4")
    run_all()
    found = Query.objects.order_by("check_code").values_list("check_code", "field")
    assert list(found) == [("any", "/data/itch[1]"), ("much", "/data/days[1]")]


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"when": "${itch} ="}, "cannot be read"),
        ({"when": "${pain} > 1"}, "there is no such question"),
        ({"when": "random() > 0.5"}, "gives another value each time"),
        ({"when": ". > 1"}, "Name the question"),
        ({"place": "itch/pain"}, "has no question “pain”"),
        ({"place": "itch"}, "Name the form and the question"),
        ({"place": "", "when": "${itch} = 2"}, "there is no such question"),
    ],
)
def test_a_check_that_cannot_be_asked_is_refused(
    team: Team, asked: Assignment, values: dict[str, str], problem: str
) -> None:
    with pytest.raises(Invalid) as refused:
        checked(team, **values)
    assert problem in str(refused.value.detail)
    assert not EditCheck.objects.exists()


def test_only_who_edits_the_protocol_and_says_why_adds_one(team: Team, asked: Assignment) -> None:
    values = {"code": "much", "place": "itch/days", "when": "${days} > 5", "words": WORDS}
    for person in (team.amina, team.ewa, team.chandra):
        with pytest.raises(NotAllowed):
            add_check(study=team.study, by=person, reason="Plausible", **values)
    Study.objects.filter(pk=team.study.pk).update(state="active")
    team.study.refresh_from_db()
    with pytest.raises(ReasonMissing):
        add_check(study=team.study, by=team.dewi, **values)


def test_a_visit_is_judged_when_it_is_made(team: Team, phone: Phone) -> None:
    add_check(
        study=team.study, by=team.dewi, reason="Plausible", code="few", place="",
        when="${photos} < 3 and ${state} = 'complete'", words="Where are the other photos?",
    )  # fmt: skip
    for view in ("front", "left"):
        PhotoFactory(visit=phone.visit, view=view)
    note_progress(phone.visit, begun=True, complete=False)
    run_all()
    assert not Query.objects.exists()
    note_progress(phone.visit, begun=True, complete=True)
    run_all()
    query = Query.objects.get()
    assert (query.about, query.visit, query.state) == ("visit", phone.visit, "open")
    PhotoFactory(visit=phone.visit, view="right")
    note_progress(phone.visit, begun=True, complete=True)
    run_all()
    query.refresh_from_db()
    assert query.state == "closed"


def test_nobody_elses_queries_are_touched_and_locked_data_are_left_alone(
    team: Team, phone: Phone, asked: Assignment
) -> None:
    checked(team)
    other = make_phone(team.kl01, code="KL01-0008")
    entered(phone, asked, team, itch="2", days="3", score="4")
    submit(
        participant=other.participant, assignment=asked, place="week-0",
        filled=filled(xml()), by=team.budi,
    )  # fmt: skip
    Participant.objects.filter(pk=other.participant.pk).update(data_use="restricted")
    assert run_all() == 2
    assert Query.objects.get().participant == phone.participant


def test_a_protocol_file_carries_them_both_ways(team: Team, asked: Assignment) -> None:
    checked(team)
    written = write_protocol(protocol_of(Study.objects.get(pk=team.study.pk)))
    assert "edit_checks:" in written
    Study.objects.filter(pk=team.study.pk).update(state="draft")
    read = read_protocol(written)
    [part] = read["edit_checks"]
    assert part == {
        "code": "much", "place": "itch/days", "when": "${itch} = 2 and ${days} < 5",
        "words": WORDS,
    }  # fmt: skip
    read["edit_checks"] = [{**part, "words": "Really?"}, {**part, "code": "other"}]
    load_protocol(protocol=read, by=team.dewi)
    rows = EditCheck.objects.filter(study=team.study).values_list("code", "words")
    assert list(rows) == [("much", "Really?"), ("other", WORDS)]
    read["edit_checks"] = []
    load_protocol(protocol=read, by=team.dewi)
    assert "edit_checks" not in write_protocol(protocol_of(Study.objects.get(code="MEL-8")))
