"""Queries without their pages: who may, what is refused, what is kept."""

import uuid
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client

from participants.answers.services.correcting import strike
from participants.answers.services.submitting import submit
from participants.correcting.services.photos import erase_photo
from participants.people.models import Participant, Screening
from participants.queries.errors import PlaceGone, PlaceUnknown, QueryFixed, WordsMissing
from participants.queries.models import Query
from participants.queries.places import Place, find_place, named, place_of, told
from participants.queries.services.asking import (
    answer_query,
    close_query,
    raise_query,
    reopen_query,
    standing_of,
)
from participants.queries.services.listing import Wanted, queries_in, query_ages
from studies.access.models import User
from studies.platform.errors import Invalid, NotAllowed, StateRefused
from studies.platform.seen import ChangedMeanwhile, Seen
from studies.protocol.errors import StudyClosed
from studies.protocol.models import Study
from studies.record.models import AuditEvent, open_all
from tests.conftest import Team
from tests.factories import NOW
from tests.participants.answers.filled import filled, itch_asked
from tests.participants.capture.factories import PhotoFactory
from tests.participants.phone import Phone, make_phone
from tests.studies.access.factories import MembershipFactory, UserFactory
from tests.studies.protocol.factories import ArmFactory

pytestmark = pytest.mark.django_db
ITCH = "/data/itch[1]"


@pytest.fixture(autouse=True)
def still() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def birth(phone: Phone, by: User) -> Place:
    return find_place(phone.participant, about="detail", field="year_of_birth", by=by)


def asked(phone: Phone, by: User, text: str = "Is this the year in the file?") -> Query:
    return raise_query(place=birth(phone, by), text=text, by=by)


def answered_form(phone: Phone, by: User) -> None:
    assignment = itch_asked(phone.participant.study)
    submit(
        participant=phone.participant, assignment=assignment, place="week-0", filled=filled(),
        by=by,
    )  # fmt: skip


# --- The way of a query ------------------------------------------------------------------------


def test_a_monitor_asks_the_site_answers_and_the_monitor_closes(team: Team, phone: Phone) -> None:
    query = asked(phone, team.ewa)
    assert (query.number, query.state, query.raised_by) == (1, "open", team.ewa)
    answer_query(query=query, text="Yes, seen in the file.", by=team.amina)
    closed = close_query(query=query, by=team.ewa)
    assert (closed.state, closed.closed_at) == ("closed", NOW)
    said = [(one.act, one.text, one.by) for one in closed.entries.all()]
    assert said == [
        ("raised", "Is this the year in the file?", team.ewa),
        ("answered", "Yes, seen in the file.", team.amina),
        ("closed", "", team.ewa),
    ]
    events = AuditEvent.objects.filter(action__startswith="query.").order_by("sequence")
    assert [event.action for event in events] == ["query.raise", "query.answer", "query.close"]
    told_of = [event.contents.new or {} for event in open_all(events)]
    assert told_of[0] == {
        "query": 1, "about": "detail", "state": "open", "field": "year_of_birth",
        "text": "Is this the year in the file?",
    }  # fmt: skip


def test_what_does_not_satisfy_is_asked_again_and_what_was_closed_is_reopened(
    team: Team, phone: Phone
) -> None:
    query = asked(phone, team.ewa)
    answer_query(query=query, text="I think so.", by=team.amina)
    again = reopen_query(query=query, text="Please look into the file.", by=team.ewa)
    assert (again.state, again.closed_at) == ("reopened", None)
    answer_query(query=query, text="It says 1986.", by=team.amina)
    close_query(query=query, by=team.ewa)
    reopened = reopen_query(query=query, text="The file was changed.", by=team.dewi)
    assert (reopened.state, reopened.entries.count()) == ("reopened", 6)


def test_who_answers_does_not_close_and_who_raised_closes_their_own(
    team: Team, phone: Phone
) -> None:
    query = asked(phone, team.ewa)
    with pytest.raises(NotAllowed, match="answer queries"):
        answer_query(query=query, text="Yes", by=team.ewa)
    with pytest.raises(NotAllowed, match="close or reopen"):
        close_query(query=query, text="Done", by=team.amina)
    own = asked(phone, team.amina)
    assert close_query(query=own, text="Found it", by=team.amina).state == "closed"
    with pytest.raises(NotAllowed, match="close or reopen"):
        close_query(query=query, text="Done", by=team.chandra)


def test_the_site_of_another_city_neither_sees_nor_answers(team: Team, phone: Phone) -> None:
    query = asked(phone, team.ewa)
    with pytest.raises(NotAllowed):
        answer_query(query=query, text="Yes", by=team.budi)
    with pytest.raises(PlaceUnknown):
        birth(phone, team.budi)
    with pytest.raises(NotAllowed):
        raise_query(place=birth(phone, team.ewa), text="Why?", by=team.budi)
    assert list(Query.objects.visible_to(team.budi)) == []
    assert list(Query.objects.visible_to(team.farid)) == []
    assert list(Query.objects.visible_to(team.amina)) == [query]


def test_whoever_sees_no_answers_sees_no_query_about_one(team: Team, phone: Phone) -> None:
    answered_form(phone, team.amina)
    place = find_place(phone.participant, about="answer", at="itch/week-0", field=ITCH, by=team.ewa)
    query = raise_query(place=place, text="So much?", by=team.ewa)
    reader = UserFactory(name="Gita")
    MembershipFactory(user=reader, study=team.study, site=team.sg01, role="pharmacist")
    assert list(Query.objects.visible_to(reader)) == []
    with pytest.raises(PlaceUnknown):
        find_place(phone.participant, about="answer", at="itch/week-0", by=reader)
    with pytest.raises(NotAllowed, match="raise queries"):
        raise_query(place=place, text="So much?", by=reader)
    assert list(Query.objects.visible_to(team.amina)) == [query]


# --- What is refused ---------------------------------------------------------------------------


def test_answering_what_is_closed_or_answered_is_refused(team: Team, phone: Phone) -> None:
    query = asked(phone, team.ewa)
    answer_query(query=query, text="Yes", by=team.amina)
    with pytest.raises(QueryFixed, match="answered: only one that is open or reopened"):
        answer_query(query=query, text="Yes again", by=team.amina)
    close_query(query=query, by=team.ewa)
    with pytest.raises(QueryFixed, match="closed: only one"):
        answer_query(query=query, text="Yes again", by=team.amina)
    with pytest.raises(QueryFixed, match="closed already"):
        close_query(query=query, by=team.ewa)
    assert query.entries.count() == 3


def test_an_open_one_is_not_reopened_and_not_closed_without_a_word(
    team: Team, phone: Phone
) -> None:
    query = asked(phone, team.ewa)
    with pytest.raises(QueryFixed, match="waits for an answer"):
        reopen_query(query=query, text="Again", by=team.ewa)
    with pytest.raises(WordsMissing, match="Nobody has answered it"):
        close_query(query=query, text="  ", by=team.ewa)
    assert close_query(query=query, text="My mistake", by=team.ewa).state == "closed"


def test_the_second_of_two_who_answer_at_once_is_told(team: Team, phone: Phone) -> None:
    query = asked(phone, team.ewa)
    shown = Seen.of(standing_of(query))
    answer_query(query=query, text="Yes", by=team.amina, seen=shown)
    with pytest.raises(ChangedMeanwhile) as refused:
        answer_query(query=query, text="No", by=team.amina, seen=shown)
    assert refused.value.who.startswith("Amina")
    assert [entry.text for entry in query.entries.all()][1:] == ["Yes"]


def test_the_same_form_sent_twice_counts_once(team: Team, phone: Phone) -> None:
    place, number = birth(phone, team.ewa), uuid.uuid4()
    first = raise_query(place=place, text="Right?", by=team.ewa, request_id=number)
    assert raise_query(place=place, text="Right?", by=team.ewa, request_id=number) == first
    again = uuid.uuid4()
    for _ in range(2):
        answer_query(query=first, text="Yes", by=team.amina, request_id=again)
    assert (Query.objects.count(), first.entries.count()) == (1, 2)
    other = make_phone(team.sg01, code="SG01-0008")
    with pytest.raises(StateRefused, match="sent already"):
        raise_query(place=birth(other, team.ewa), text="Right?", by=team.ewa, request_id=number)


@pytest.mark.parametrize("text", ["", "   ", "x" * 1001])
def test_words_are_needed_and_not_too_many(team: Team, phone: Phone, text: str) -> None:
    with pytest.raises(WordsMissing):
        asked(phone, team.ewa, text)
    assert not Query.objects.exists()


@pytest.mark.parametrize("text", ["Is she in SUN?", "Given the daily Sunscreen twice?"])
def test_an_arm_is_not_named(team: Team, phone: Phone, text: str) -> None:
    """Site investigators and safety readers, who judge blind, read queries."""
    ArmFactory(study=team.study, code="SUN", name="Daily sunscreen")
    with pytest.raises(Invalid, match="names an arm"):
        asked(phone, team.ewa, text)
    assert asked(phone, team.ewa, "Was it a sunny day?").state == "open"


def test_nothing_is_asked_about_what_is_erased_or_locked(team: Team, phone: Phone) -> None:
    place, query = birth(phone, team.ewa), asked(phone, team.ewa)
    Participant.objects.filter(pk=phone.participant.pk).update(data_use="restricted")
    with pytest.raises(PlaceGone, match="are locked"):
        raise_query(place=place, text="Right?", by=team.ewa)
    assert list(Query.objects.visible_to(team.ewa)) == []
    Participant.objects.filter(pk=phone.participant.pk).update(state="erased")
    with pytest.raises(PlaceGone, match="is erased: there is nothing to ask about"):
        raise_query(place=place, text="Right?", by=team.ewa)
    with pytest.raises(PlaceGone, match="is erased"):
        answer_query(query=query, text="Yes", by=team.amina)


def test_a_closed_study_is_asked_nothing_more_and_finishes_what_stands(
    team: Team, phone: Phone
) -> None:
    place, query = birth(phone, team.ewa), asked(phone, team.ewa)
    Study.objects.filter(pk=team.study.pk).update(state="closed")
    with pytest.raises(StudyClosed):
        raise_query(place=place, text="Right?", by=team.ewa)
    answer_query(query=query, text="Yes", by=team.amina)
    close_query(query=query, by=team.ewa)
    with pytest.raises(StudyClosed):
        reopen_query(query=query, text="Really?", by=team.ewa)


# --- Places ------------------------------------------------------------------------------------


def test_every_place_is_found_again_by_its_names_and_said_in_words(
    team: Team, phone: Phone
) -> None:
    answered_form(phone, team.amina)
    who = phone.participant
    Screening.objects.create(
        participant=who, eligible=True, at=NOW, by=team.amina,
        answers=[{"code": "adult", "text": "Is an adult", "met": True, "answer": True}],
    )  # fmt: skip
    photo, consent = PhotoFactory(visit=phone.visit, view="left"), who.consents.get()
    Participant.objects.filter(pk=who.pk).update(year_of_birth=1986)
    who.refresh_from_db()
    page = "/studies/MEL-8/participants/SG01-0007/"
    form = f"{page}questionnaires/itch/week-0/"
    expected = {
        ("answer", "itch/week-0", ITCH): (
            "Itch, Baseline: How much does it itch?", "Much", f"{form}#answer-data-itch-1",
        ),
        ("answer", "itch/week-0", ""): ("Itch, Baseline", "", form),
        ("detail", "", "year_of_birth"): ("About: year of birth", "1986", f"{page}#about-heading"),
        ("screening", "", "adult"): ("Screening: Is an adult", "yes", f"{page}#about-heading"),
        ("visit", "week-0", ""): (
            "Baseline", "in progress, 2 Mar 2026", f"{page}visits/week-0/",
        ),
        ("consent", str(consent.pk), ""): (
            f"Consent of 2 Mar 2026, version {consent.document.version.number}", "given",
            f"{page}#consent-heading",
        ),
        ("photo", str(photo.pk), ""): (
            "Baseline: photo, left side", "accepted", f"{page}visits/week-0/#view-left",
        ),
    }  # fmt: skip
    for (about, at, field), wanted in expected.items():
        place = find_place(who, about=about, at=at, field=field, by=team.ewa)
        query = raise_query(place=place, text="Right?", by=team.ewa)
        again = Query.objects.get(pk=query.pk)
        assert named(place_of(again)) == {"about": about, "at": at, "field": field}
        shown = told(place_of(again), values=True)
        assert (shown.words, shown.now, shown.url, shown.gone) == (*wanted, "")


@pytest.mark.parametrize(
    ("about", "at", "field"),
    [
        ("answer", "itch/week-0", "/data/nothing[1]"),
        ("answer", "itch/week-9", ""),
        ("answer", "other/week-0", ""),
        ("detail", "", "code"),
        ("screening", "", "adult"),
        ("visit", "week-9", ""),
        ("consent", "99999999", ""),
        ("consent", "x", ""),
        ("photo", "x", ""),
        ("weather", "", ""),
    ],
)
def test_what_is_not_there_is_not_asked_about(
    team: Team, phone: Phone, about: str, at: str, field: str
) -> None:
    answered_form(phone, team.amina)
    with pytest.raises(PlaceUnknown):
        find_place(phone.participant, about=about, at=at, field=field, by=team.ewa)


def test_a_form_that_nobody_submitted_has_no_answers_to_ask_about(team: Team, phone: Phone) -> None:
    itch_asked(phone.participant.study)
    with pytest.raises(PlaceGone, match="Nothing was submitted here"):
        find_place(phone.participant, about="answer", at="itch/week-0", by=team.ewa)


def test_another_persons_photo_is_not_asked_about_here(team: Team, phone: Phone) -> None:
    other = make_phone(team.kl01, code="KL01-0008")
    photo = PhotoFactory(visit=other.visit)
    with pytest.raises(PlaceUnknown):
        find_place(phone.participant, about="photo", at=str(photo.pk), by=team.ewa)


def test_a_photo_that_is_erased_closes_its_queries_and_is_asked_about_no_more(
    team: Team, phone: Phone
) -> None:
    photo = PhotoFactory(visit=phone.visit)
    place = find_place(phone.participant, about="photo", at=str(photo.pk), by=team.ewa)
    query = raise_query(place=place, text="Is this her?", by=team.ewa)
    key = str(photo.pk)
    erase_photo(photo=photo, reason="Another person", by=team.amina)
    query.refresh_from_db()
    assert (query.state, query.photo, query.field) == ("closed", None, "front")
    last = query.entries.last()
    assert last is not None
    assert (last.text, last.by) == ("The photo is erased.", None)
    assert told(place_of(query)).gone == "This photo is erased."
    with pytest.raises(PlaceGone, match="erased, or never arrived"):
        find_place(phone.participant, about="photo", at=key, by=team.ewa)
    with pytest.raises(PlaceGone, match="nobody could answer it"):
        reopen_query(query=query, text="But whose?", by=team.ewa)
    client = Client()
    client.force_login(team.ewa)
    page = client.get(f"/studies/MEL-8/participants/SG01-0007/queries/{query.number}/")
    assert "This photo is erased." in page.content.decode()
    assert "Ask again" not in page.content.decode()
    assert (page.context["may"]["reopen"], page.context["acts"]["settle"]) == (False, None)


def test_of_a_photo_that_was_moved_nothing_of_the_other_is_shown(team: Team, phone: Phone) -> None:
    photo = PhotoFactory(visit=phone.visit)
    place = find_place(phone.participant, about="photo", at=str(photo.pk), by=team.ewa)
    query = raise_query(place=place, text="Is this her?", by=team.ewa)
    photo.visit = make_phone(team.kl01, code="KL01-0008").visit
    photo.save()
    shown = told(place_of(Query.objects.get(pk=query.pk)), values=True)
    assert (shown.url, shown.now) == ("", "")
    assert "another participant’s" in shown.gone


def test_struck_answers_say_so_and_the_query_stays(team: Team, phone: Phone) -> None:
    answered_form(phone, team.amina)
    place = find_place(phone.participant, about="answer", at="itch/week-0", field=ITCH, by=team.ewa)
    query = raise_query(place=place, text="So much?", by=team.ewa)
    strike(submission=phone.participant.submissions.get(), reason="Another's", by=team.amina)
    query = Query.objects.get(pk=query.pk)
    assert query.state == "open"
    assert told(place_of(query)).gone.startswith("These answers are struck through")


# --- Days and numbers --------------------------------------------------------------------------


def test_an_answer_is_due_after_the_studys_days_and_anew_when_reopened(
    team: Team, phone: Phone
) -> None:
    assert asked(phone, team.ewa).due_on is None
    Study.objects.filter(pk=team.study.pk).update(query_days=10)
    query = asked(phone, team.ewa)
    assert query.due_on == date(2026, 3, 12)
    with time_machine.travel(NOW + timedelta(days=10), tick=False):
        assert not query.overdue
    with time_machine.travel(NOW + timedelta(days=11), tick=False):
        assert query.overdue
        assert query.age == 11
        assert list(queries_in(team.study, team.ewa, Wanted(state="overdue"))) == [query]
        answer_query(query=query, text="Yes", by=team.amina)
        again = reopen_query(query=query, text="Really?", by=team.ewa)
        assert again.due_on == date(2026, 3, 23)
        assert not again.overdue


def test_a_list_is_narrowed_by_state_site_participant_kind_and_age(
    team: Team, phone: Phone
) -> None:
    other = make_phone(team.kl01, code="KL01-0008")
    old = asked(phone, team.ewa)
    with time_machine.travel(NOW + timedelta(days=8), tick=False):
        place = find_place(other.participant, about="visit", at="week-0", by=team.ewa)
        new = raise_query(place=place, text="On that day?", by=team.ewa)
        answer_query(query=new, text="Yes", by=team.budi)

        def found(user: User = team.ewa, **wanted: str) -> list[Query]:
            return list(queries_in(team.study, user, Wanted(**wanted)))

        assert found() == [new, old]
        assert found(state="waiting") == [old]
        assert found(state="answered") == [new]
        assert found(state="closed") == []
        assert found(state="standing") == [new, old]
        assert found(site="KL01") == [new]
        assert found(participant="sg01-0007") == [old]
        assert found(about="visit") == [new]
        assert found(age="7") == [old]
        assert found(age="14") == []
        assert found(team.amina) == [old]


def test_ages_by_site_are_those_one_may_see(team: Team, phone: Phone) -> None:
    other = make_phone(team.kl01, code="KL01-0008")
    asked(phone, team.ewa)
    close_query(query=asked(phone, team.ewa), text="My mistake", by=team.ewa)
    answer_query(query=asked(other, team.ewa), text="Yes", by=team.budi)
    with time_machine.travel(NOW + timedelta(days=3), tick=False):
        asked(phone, team.ewa)
        [kl01, sg01] = query_ages(team.study, team.ewa)
        assert (kl01.site, kl01.open, kl01.answered, kl01.answered_ages) == (team.kl01, 0, 1, [3])
        assert (sg01.site, sg01.open, sg01.closed, sg01.open_ages) == (team.sg01, 2, 1, [3, 0])
        assert (sg01.oldest, sg01.median) == (3, 1.5)
        [mine] = query_ages(team.study, team.amina)
        assert mine == sg01
