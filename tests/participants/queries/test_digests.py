"""The mail about queries: to whom, when, how often, and what it does not say."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client

from participants.queries.models import Query, QueryDigest
from participants.queries.places import find_place
from participants.queries.services.asking import answer_query, close_query, raise_query
from participants.queries.services.digests import send_digest
from studies.access.models import User
from studies.members.services.mails import choose_mails
from studies.platform import work
from studies.protocol.models import Study
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.factories import NOW
from tests.participants.phone import Phone

pytestmark = pytest.mark.django_db
# NOW is the afternoon of 2 March in Singapore.
MORNING = datetime(2026, 3, 2, 23, 5, tzinfo=UTC)


@pytest.fixture(autouse=True)
def still() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def asked(phone: Phone, by: User) -> Query:
    place = find_place(phone.participant, about="detail", field="year_of_birth", by=by)
    return raise_query(place=place, text="Is 1986 right?", by=by)


def mails() -> list[tuple[str, str]]:
    """To whom and what is sent of what is due now."""
    before = len(mail.outbox)
    for row in QueryDigest.objects.filter(work.due(datetime.now(UTC))).order_by("pk"):
        assert work.perform(QueryDigest, row.pk, send_digest)
    return [(one.to[0], str(one.body)) for one in mail.outbox[before:]]


def at(moment: datetime) -> time_machine.travel:
    return time_machine.travel(moment, tick=False)


def test_the_site_is_told_the_next_morning_and_nothing_of_the_data(
    team: Team, phone: Phone
) -> None:
    asked(phone, team.ewa)
    asked(phone, team.ewa)
    rows = QueryDigest.objects.all()
    assert [(row.recipient, row.day) for row in rows] == [(team.amina, date(2026, 3, 3))]
    assert mails() == []
    with at(MORNING):
        [(to, body)] = mails()
    assert to == "amina@example.org"
    assert "to answer: 2" in body
    assert "/studies/MEL-8/queries/" in body
    for word in ("1986", "SG01-0007", "year of birth", "Siti"):
        assert word not in body + mail.outbox[-1].subject
    assert "overdue" not in body


def test_whoever_closes_is_told_of_answers_and_whoever_acts_is_not(
    team: Team, phone: Phone
) -> None:
    query = asked(phone, team.ewa)
    answer_query(query=query, text="Yes", by=team.amina)
    with at(MORNING):
        told = dict(mails())
    # Ewa asked and Dewi manages; Amina has done hers, and nothing waits for her.
    assert set(told) == {"ewa@example.org", "dewi@example.org"}
    assert "answered, to close or reopen: 1" in told["ewa@example.org"]
    assert "to answer" not in told["ewa@example.org"]


def test_an_overdue_one_is_said_to_be(team: Team, phone: Phone) -> None:
    Study.objects.filter(pk=team.study.pk).update(query_days=2)
    asked(phone, team.ewa)
    QueryDigest.objects.update(due_at=MORNING + timedelta(days=4))
    with at(MORNING + timedelta(days=4)):
        [(_to, body)] = mails()
    assert "to answer: 1 (overdue: 1)" in body


def test_nothing_is_sent_when_nothing_waits_any_more(team: Team, phone: Phone) -> None:
    close_query(query=asked(phone, team.ewa), text="My mistake", by=team.ewa)
    with at(MORNING):
        assert mails() == []
    assert QueryDigest.objects.filter(state="done", sent_at=None).count() == 1


def test_one_mail_a_day_and_a_week_later_while_nothing_is_new(team: Team, phone: Phone) -> None:
    asked(phone, team.ewa)
    with at(MORNING):
        assert len(mails()) == 1
        assert mails() == []
    for days in range(1, 7):
        with at(MORNING + timedelta(days=days)):
            assert mails() == []
    with at(MORNING + timedelta(days=7)):
        assert len(mails()) == 1
    with at(MORNING + timedelta(days=8)):  # something new, the day after
        asked(phone, team.ewa)
    with at(MORNING + timedelta(days=9)):
        assert len(mails()) == 1
    with at(MORNING + timedelta(days=14)):  # the weekly one, five days after a mail
        assert mails() == []
    with at(MORNING + timedelta(days=16)):
        assert len(mails()) == 1


@pytest.mark.parametrize("left", ["account", "role"])
def test_who_has_left_is_told_nothing(team: Team, phone: Phone, left: str) -> None:
    asked(phone, team.ewa)
    if left == "account":
        User.objects.filter(pk=team.amina.pk).update(is_active=False)
    else:
        team.amina.memberships.update(ended_at=NOW)
    with at(MORNING):
        assert mails() == []


def test_who_switched_the_mails_off_gets_none_until_they_are_on_again(
    team: Team, phone: Phone, as_person: Callable[[User], Client]
) -> None:
    page = "/account/mails/"
    asked(phone, team.ewa)
    client = as_person(team.amina)
    seen = client.get(page).context["form"].initial["seen"]
    assert client.post(page, {"seen": seen}).status_code == 302  # an empty box
    [event] = AuditEvent.objects.filter(action="person.choose_mails")
    assert event.contents.new == {"query_digests": False}
    assert "off" in client.get("/account/").content.decode()
    stale = client.post(page, {"seen": seen, "query_digests": "on"})
    assert (stale.status_code, User.objects.get(pk=team.amina.pk).query_digests) == (409, False)
    with at(MORNING):
        assert mails() == []
        asked(phone, team.ewa)
    with at(MORNING + timedelta(days=1)):
        assert mails() == []
        choose_mails(query_digests=True, by=team.amina)
    with at(MORNING + timedelta(days=7)):
        [(to, body)] = mails()
    assert to == "amina@example.org"
    assert "to answer: 2" in body, "nothing was lost"
    assert "/account/mails/" in body, "the mail says where they are switched off"


def test_a_digest_done_twice_is_one_row_and_a_failure_is_tried_again(
    team: Team, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked(phone, team.ewa)
    row = QueryDigest.objects.get()

    def broken(*args: object, **kwargs: object) -> int:
        raise ConnectionRefusedError

    send: Callable[..., int] = broken
    with at(MORNING):
        monkeypatch.setattr("participants.queries.services.digests.send_mail", send)
        assert not work.perform(QueryDigest, row.pk, send_digest)
        row.refresh_from_db()
        assert (row.state, row.sent_at) == ("queued", None)
        monkeypatch.undo()
    with at(MORNING + timedelta(minutes=6)):
        assert len(mails()) == 1
        assert not work.perform(QueryDigest, row.pk, send_digest)
