"""The pages of queries, and what other pages show of them."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client

from participants.people.models import Participant
from participants.queries.models import Query
from participants.queries.places import find_place
from participants.queries.services.asking import answer_query, raise_query
from studies.access.models import User
from studies.protocol.models import Study
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.factories import NOW
from tests.participants.answers.test_pages import hidden, words
from tests.participants.capture.factories import PhotoFactory
from tests.participants.phone import Phone, make_phone
from tests.participants.queries.factories import QueryFactory
from tests.participants.queries.test_asking import answered_form

pytestmark = pytest.mark.django_db
Sign = Callable[[User], Client]
WHO = "/studies/MEL-8/participants/SG01-0007/"
LIST = "/studies/MEL-8/queries/"
RAISE = f"{WHO}queries/raise/"


@pytest.fixture(autouse=True)
def still() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def asked(phone: Phone, by: User, text: str = "Right?", **place: str) -> Query:
    named = place or {"about": "detail", "field": "year_of_birth"}
    return raise_query(place=find_place(phone.participant, **named, by=by), text=text, by=by)


def said(page: HttpResponse, text: str) -> dict[str, str]:
    return {"text": text, **{name: hidden(page, name) for name in ("seen", "request_id")}}


def links(page: HttpResponse) -> list[str]:
    found = re.findall(r'href="([^"]*/queries/[^"]*)"', page.content.decode())
    return [link.replace("&amp;", "&") for link in found if link != LIST]


def test_the_way_of_a_query_on_pages(team: Team, phone: Phone, as_person: Sign) -> None:
    monitor, desk = as_person(team.ewa), as_person(team.amina)
    ask = f"{RAISE}?about=detail&field=year_of_birth"
    page = monitor.get(ask)
    assert "About: year of birth" in words(page)
    sent = {"text": "In the file?", "request_id": hidden(page, "request_id")}
    one = monitor.post(ask, sent)
    assert one["Location"] == f"{WHO}queries/1/"
    assert "Something is asked here already" in words(monitor.get(ask))
    shown = desk.get(one["Location"])
    assert "In the file?" in words(shown)
    assert "Send the answer" in words(shown)
    assert "Is it settled?" not in words(shown)
    answered = desk.post(f"{WHO}queries/1/answer/", said(shown, "It says 1986."))
    assert answered["Location"] == f"{WHO}queries/1/"
    after = monitor.get(f"{WHO}queries/1/")
    assert "Is it settled?" in words(after)
    monitor.post(f"{WHO}queries/1/close/", said(after, ""))
    assert Query.objects.get().state == "closed"
    assert "Reopen" in words(monitor.get(f"{WHO}queries/1/"))
    monitor.post(f"{WHO}queries/1/reopen/", said(monitor.get(f"{WHO}queries/1/"), "Again?"))
    assert Query.objects.get().state == "reopened"


def test_a_stale_form_is_refused_with_what_was_typed(
    team: Team, phone: Phone, as_person: Sign
) -> None:
    query, desk = asked(phone, team.ewa), as_person(team.amina)
    shown = desk.get(f"{WHO}queries/1/")
    answer_query(query=query, text="Yes", by=team.amina)
    late = desk.post(f"{WHO}queries/1/answer/", said(shown, "No, it is not"))
    assert late.status_code == 409
    assert "Nothing was saved: Amina was faster." in words(late)
    assert "It takes no more answers" in words(late)
    assert "No, it is not" in late.content.decode()
    again = desk.post(f"{WHO}queries/1/answer/", said(late, "No, it is not"))
    assert again.status_code == 409
    assert "only one that is open or reopened is answered" in words(again)
    assert query.entries.count() == 2


def test_words_that_are_missing_are_asked_for(team: Team, phone: Phone, as_person: Sign) -> None:
    monitor = as_person(team.ewa)
    asked(phone, team.ewa)
    empty = monitor.post(f"{RAISE}?about=detail&field=sex", {"text": " "})
    assert (empty.status_code, Query.objects.count()) == (422, 1)
    page = monitor.get(f"{WHO}queries/1/")
    refused = monitor.post(f"{WHO}queries/1/close/", said(page, ""))
    assert refused.status_code == 422
    assert "say why it is closed all the same" in words(refused)
    assert "This field is required" in words(refused)
    answer_query(query=Query.objects.get(), text="Yes", by=team.amina)
    page = monitor.get(f"{WHO}queries/1/")
    again = monitor.post(f"{WHO}queries/1/reopen/", said(page, ""))
    assert again.status_code == 422
    assert "This field is required" in words(again)
    assert Query.objects.get().state == "answered"


@pytest.mark.parametrize(
    ("asks", "status"),
    [
        ("about=detail&field=code", 404),
        ("about=weather", 404),
        ("about=photo&at=7c0e9d3e-1f3b-4c59-8f4e-000000000000", 409),
    ],
)
def test_an_address_that_names_nothing_is_refused(
    team: Team, phone: Phone, as_person: Sign, asks: str, status: int
) -> None:
    answer = as_person(team.ewa).get(f"{RAISE}?{asks}")
    assert answer.status_code == status
    if status == 409:
        assert "it was erased, or never arrived" in words(answer)


def test_each_piece_of_data_has_its_mark_and_shows_what_stands(
    team: Team, phone: Phone, as_person: Sign
) -> None:
    answered_form(phone, team.amina)
    photo = PhotoFactory(visit=phone.visit)
    monitor = as_person(team.ewa)
    consent = phone.participant.consents.get()
    detail = links(monitor.get(WHO))
    assert f"{RAISE}?about=detail&at=&field=sex" in detail
    assert f"{RAISE}?about=consent&at={consent.pk}&field=" in detail
    visit = links(monitor.get(f"{WHO}visits/week-0/"))
    assert f"{RAISE}?about=visit&at=week-0&field=" in visit
    assert f"{RAISE}?about=photo&at={photo.pk}&field=" in visit
    assert f"{RAISE}?about=photo&at={photo.pk}&field=" in links(
        monitor.get(f"/studies/MEL-8/photos/{photo.pk}/")
    )
    form = links(monitor.get(f"{WHO}questionnaires/itch/week-0/"))
    ask = f"{RAISE}?about=answer&at=itch/week-0&field=/data/itch%5B1%5D"
    assert ask in [link.replace("%2F", "/") for link in form]
    query = asked(phone, team.ewa, about="answer", at="itch/week-0", field="/data/itch[1]")
    asked(phone, team.ewa, about="photo", at=str(photo.pk))
    page = monitor.get(f"{WHO}questionnaires/itch/week-0/")
    assert "Query 1, open" in words(page)
    assert 'id="answer-data-itch-1"' in page.content.decode()
    assert "#answer-data-itch-1" in monitor.get(f"{WHO}queries/{query.number}/").content.decode()
    assert "Query 2, open" in words(monitor.get(f"{WHO}visits/week-0/"))
    assert "2 open queries" in words(monitor.get(f"{WHO}visits/week-0/"))
    assert "2 open queries" in words(monitor.get(WHO))
    assert "2 queries" in words(monitor.get("/studies/MEL-8/schedule/"))


def test_the_list_says_what_waits_by_site_and_state(
    team: Team, phone: Phone, as_person: Sign
) -> None:
    monitor = as_person(team.ewa)
    assert "No query yet" in words(monitor.get(LIST))
    asked(phone, team.ewa)
    other = make_phone(team.kl01, code="KL01-0008")
    asked(other, team.ewa)
    page = words(monitor.get(LIST))
    assert "SG01-0007 · 1" in page
    assert "KL01-0008 · 1" in page
    assert "Median age" in page
    narrowed = words(monitor.get(f"{LIST}?state=waiting&site=KL01"))
    assert "SG01-0007 · 1" not in narrowed
    assert "KL01-0008 · 1" in narrowed
    assert "No query like this" in words(monitor.get(f"{LIST}?state=answered"))
    assert "KL01" not in words(as_person(team.amina).get(LIST))


def test_queries_wait_on_today_for_those_who_do_them(
    team: Team, phone: Phone, as_person: Sign
) -> None:
    Study.objects.filter(pk=team.study.pk).update(query_days=3)
    query = asked(phone, team.ewa)
    desk, monitor = as_person(team.amina), as_person(team.ewa)
    today = "/studies/MEL-8/today/"
    assert "1 query to answer" in words(desk.get(today))
    assert "query to answer" not in words(monitor.get(today))
    with time_machine.travel(NOW + timedelta(days=4), tick=False):
        late = words(as_person(team.amina).get(today))
        assert "1 query overdue for an answer" in late
        assert "query to answer" not in late
        assert "1 query overdue for an answer" in words(as_person(team.ewa).get(today))
        assert "1 query overdue" not in words(as_person(team.budi).get(today))
    answer_query(query=query, text="Yes", by=team.amina)
    assert "1 query answered, to close or reopen" in words(monitor.get(today))
    assert "query answered, to close" not in words(desk.get(today))


def test_locked_data_have_no_query_and_no_mark(team: Team, phone: Phone, as_person: Sign) -> None:
    asked(phone, team.ewa)
    Participant.objects.filter(pk=phone.participant.pk).update(data_use="restricted")
    monitor = as_person(team.ewa)
    assert monitor.get(f"{WHO}queries/1/").status_code == 404
    assert links(monitor.get(WHO)) == []
    assert monitor.get(f"{RAISE}?about=visit&at=week-0").status_code in (200, 409)
    refused = monitor.post(f"{RAISE}?about=visit&at=week-0", {"text": "Right?"})
    assert Query.objects.count() == 1
    assert refused.status_code in (409, 422)


def test_an_auditor_reads_and_does_nothing(team: Team, phone: Phone, as_person: Sign) -> None:
    asked(phone, team.ewa)
    team.ewa.memberships.update(role="guest_auditor")
    auditor = as_person(team.ewa)
    page = words(auditor.get(f"{WHO}queries/1/"))
    assert "Right?" in page
    for word in ("Send the answer", "Is it settled?", "Close it"):
        assert word not in page
    assert set(links(auditor.get(WHO))) == {f"{WHO}queries/1/"}
    assert auditor.get(f"{RAISE}?about=visit&at=week-0").status_code == 403
    assert auditor.post(f"{WHO}queries/1/close/", {}).status_code == 403


def test_the_file_holds_what_may_be_taken_out_and_is_recorded(
    team: Team, phone: Phone, as_person: Sign
) -> None:
    Study.objects.filter(pk=team.study.pk).update(query_days=3)
    answer_query(query=asked(phone, team.ewa, "=1+1 right?"), text="Yes", by=team.amina)
    chandra = as_person(team.chandra)
    text = b"".join(chandra.get("/studies/MEL-8/export/queries.csv")).decode()
    header, line = text.strip().split("\r\n")
    row = dict(zip(header.split(","), line.split(","), strict=True))
    assert row == {
        "participant": "SG01-0007", "site": "SG01", "number": "1", "state": "answered",
        "about": "detail", "questionnaire": "", "visit": "", "field": "year_of_birth",
        "edit_check": "", "raised_at": NOW.isoformat(), "answered_at": NOW.isoformat(),
        "closed_at": "", "due_on": "2026-03-05", "age_days": "0", "entries": "2",
        "question": "'=1+1 right?", "last": "Yes",
    }  # fmt: skip
    book = b"".join(chandra.get("/studies/MEL-8/export/queries-codebook.csv")).decode()
    named = [one.partition(",")[0] for one in book.strip().split("\r\n")[1:]]
    assert named == header.split(",")
    assert AuditEvent.objects.filter(action="export.create").count() == 2
    assert "export/queries.csv" in chandra.get("/studies/MEL-8/export/").content.decode()
    assert as_person(team.amina).get("/studies/MEL-8/export/queries.csv").status_code == 403


def test_a_page_of_many_queries_asks_the_database_as_often_as_one_of_few(
    team: Team,
    phone: Phone,
    as_person: Sign,
    django_assert_max_num_queries: Callable[[int], object],
) -> None:
    for number in range(1, 41):
        QueryFactory(participant=phone.participant, number=number, raised_by=team.ewa)
    monitor = as_person(team.ewa)
    monitor.get(LIST)
    with django_assert_max_num_queries(40):  # type: ignore[attr-defined]
        assert "SG01-0007 · 40" in words(monitor.get(LIST))
