"""Queries by API: the same rights, refusals and numbers as on the pages."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from participants.queries.models import Query
from studies.access.models import User
from studies.members.services.tokens import issue_token
from tests.conftest import Team
from tests.factories import NOW
from tests.participants.phone import Phone, make_phone

pytestmark = pytest.mark.django_db
LIST = "/api/v1/studies/MEL-8/queries/"
ONE = "/api/v1/studies/MEL-8/participants/SG01-0007/queries/1/"
BIRTH = {"participant": "SG01-0007", "about": "detail", "field": "year_of_birth", "text": "Right?"}


@pytest.fixture(autouse=True)
def still() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


class Program:
    """A program with somebody's key."""

    def __init__(self, user: User) -> None:
        self.headers = {"Authorization": f"Bearer {issue_token(by=user).key}"}

    def get(self, path: str) -> Any:
        return Client().get(path, headers=self.headers)

    def post(self, path: str, **said: Any) -> Any:
        return Client().post(path, said, content_type="application/json", headers=self.headers)


def test_raised_answered_closed_and_reopened(team: Team, phone: Phone) -> None:
    ewa, amina = Program(team.ewa), Program(team.amina)
    raised = ewa.post(LIST, **BIRTH)
    assert raised.status_code == 201
    assert raised.json() == {
        "participant": "SG01-0007", "site": "SG01", "number": 1, "state": "open",
        "about": "detail", "place": "About: year of birth", "questionnaire": "", "visit": None,
        "photo": None, "region": None, "field": "year_of_birth", "edit_check": "",
        "raised_at": "2026-03-02T09:00:00Z", "answered_at": None, "closed_at": None,
        "due_on": None, "age_days": 0, "overdue": False,
        "entries": [{
            "number": 1, "act": "raised", "text": "Right?", "at": "2026-03-02T09:00:00Z",
            "by": "Ewa",
        }],
    }  # fmt: skip
    answered = amina.post(f"{ONE}answer/", text="Yes", entries=1)
    assert (answered.status_code, answered.json()["state"]) == (200, "answered")
    assert ewa.post(f"{ONE}close/").json()["state"] == "closed"
    again = ewa.post(f"{ONE}reopen/", text="Really?").json()
    assert [entry["act"] for entry in again["entries"]] == [
        "raised", "answered", "closed", "reopened",
    ]  # fmt: skip
    assert ewa.get(ONE).json() == again
    assert ewa.get(f"{LIST}?state=reopened").json()["results"] == [again]
    assert ewa.get(f"{LIST}?state=closed").json()["results"] == []
    assert ewa.get(f"{LIST}?participant=SG01-0008").json()["results"] == []


def test_whoever_read_less_than_there_is_is_refused(team: Team, phone: Phone) -> None:
    amina = Program(team.amina)
    Program(team.ewa).post(LIST, **BIRTH)
    amina.post(f"{ONE}answer/", text="Yes", entries=1)
    late = amina.post(f"{ONE}answer/", text="No", entries=1)
    assert (late.status_code, late.json()["type"].rpartition(":")[2]) == (409, "changed_meanwhile")
    late = amina.post(f"{ONE}answer/", text="No")
    assert (late.status_code, late.json()["type"].rpartition(":")[2]) == (409, "query_fixed")


def test_sent_twice_it_counts_once(team: Team, phone: Phone) -> None:
    ewa, number = Program(team.ewa), str(uuid.uuid4())
    one, two = (ewa.post(LIST, **BIRTH, request_id=number) for _ in range(2))
    assert one.json() == two.json()
    assert Query.objects.count() == 1


def test_what_is_refused_and_to_whom(team: Team, phone: Phone) -> None:
    ewa, amina, budi = Program(team.ewa), Program(team.amina), Program(team.budi)
    make_phone(team.kl01, code="KL01-0008")
    assert ewa.post(LIST, **BIRTH).status_code == 201
    assert budi.get(LIST).json()["results"] == []
    assert budi.get(ONE).status_code == 404
    assert budi.post(f"{ONE}answer/", text="Yes").status_code == 404
    assert budi.post(LIST, **BIRTH).status_code == 404
    assert ewa.post(f"{ONE}answer/", text="Yes").status_code == 403
    assert amina.post(f"{ONE}close/", text="Done").status_code == 403
    assert Program(team.chandra).post(f"{ONE}close/", text="Done").status_code == 403
    assert amina.post(f"{ONE}answer/", text="").status_code == 422
    assert ewa.post(LIST, **{**BIRTH, "field": "code"}).status_code == 404
    assert ewa.post(LIST, **{**BIRTH, "about": "weather"}).status_code == 400
    assert ewa.post(LIST, **{**BIRTH, "text": "x" * 1001}).status_code == 400
    assert ewa.post(f"{ONE}close/").json()["detail"].startswith("Nobody has answered it yet")
    team.ewa.memberships.update(role="statistician")
    assert ewa.get(LIST).status_code == 200
    assert ewa.post(LIST, **BIRTH).status_code == 403
    assert Query.objects.get().entries.count() == 1
