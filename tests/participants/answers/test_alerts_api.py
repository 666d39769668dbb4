"""Alerts by API and in the participant's own copy: how they stand, and what was done about them."""

from typing import Any

import pytest
from django.test import Client

from participants.answers.models import Alert
from participants.answers.services import alerts
from participants.answers.services.correcting import strike
from participants.privacy.services.my_data import copy_of
from studies.access.models import User
from studies.assignments.models import AlertRule
from studies.members.services.tokens import issue_token
from tests.conftest import Team
from tests.participants.answers.test_alerts import corrected, rule, sent
from tests.participants.phone import Phone

__all__ = ["rule"]  # a fixture
pytestmark = pytest.mark.django_db
ALERTS = "/api/v1/studies/MEL-8/alerts/"


def call(user: User, path: str, said: dict[str, Any] | None = None) -> Any:
    headers = {"Authorization": f"Bearer {issue_token(by=user).key}"}
    if said is None:
        return Client().get(path, headers=headers)
    return Client().post(path, said, content_type="application/json", headers=headers)


def test_an_alert_is_read_narrowed_and_acknowledged_once(
    team: Team, rule: AlertRule, phone: Phone
) -> None:
    revision = sent(rule, phone.participant, team.amina)
    [row] = call(team.ewa, f"{ALERTS}?waiting=true&rule=strong").json()["results"]
    assert (row["participant"], row["questionnaire"], row["place"]) == ("SG01-0007", "itch", "1")
    assert (row["state"], row["words"], row["sure"]) == ("waiting", "Strong itch: call today", True)
    here = f"{ALERTS}{row['id']}/"
    assert call(team.ewa, f"{here}acknowledge/", {"note": "Called"}).status_code == 403
    assert call(team.budi, f"{here}acknowledge/", {"note": "Called"}).status_code == 404
    assert call(team.amina, f"{here}acknowledge/", {"note": " "}).status_code == 400

    corrected(revision, team.amina, "2", "4")
    corrected(revision, team.amina, "1", "4")
    corrected(revision, team.amina, "2", "5")  # raises it anew, from these answers
    late = call(team.amina, f"{here}acknowledge/", {"note": "Called", "revision": 1})
    assert late.status_code == 409, "who read the first answers is told that there are others"
    newest = call(team.amina, here).json()["revision"]
    assert newest == 4
    done = call(team.amina, f"{here}acknowledge/", {"note": "Called", "revision": newest})
    assert (done.status_code, done.json()["state"]) == (200, "acknowledged")
    assert (done.json()["acknowledged_by"], done.json()["note"]) == ("Amina", "Called")
    again = call(team.amina, f"{here}acknowledge/", {"note": "Called"})
    assert again.status_code == 409
    assert call(team.ewa, f"{ALERTS}?waiting=true").json()["results"] == []
    assert len(call(team.ewa, f"{ALERTS}?waiting=false").json()["results"]) == 1


def test_what_was_struck_through_says_so(team: Team, rule: AlertRule, phone: Phone) -> None:
    revision = sent(rule, phone.participant, team.amina)
    strike(submission=revision.submission, reason="Another person's", by=team.amina)
    [row] = call(team.amina, ALERTS).json()["results"]
    assert row["state"] == "struck_through"


def test_the_rules_are_read_with_those_that_ended(
    team: Team, rule: AlertRule, phone: Phone
) -> None:
    [row] = call(team.chandra, "/api/v1/studies/MEL-8/alert-rules/").json()["results"]
    assert row == {
        "questionnaire": "itch",
        "code": "strong",
        "expression": "${itch} = 2 and ${days} > 2",
        "words": "Strong itch: call today",
        "told": ["coordinator", "safety_reader"],
        "ended_at": None,
    }


def test_the_participants_own_copy_says_what_was_done_and_not_by_whom(
    team: Team, rule: AlertRule, phone: Phone
) -> None:
    sent(rule, phone.participant, team.amina)
    alerts.acknowledge_alert(alert=Alert.objects.get(), note="Called, is better", by=team.amina)
    [held] = copy_of(phone.participant)["alerts"]
    assert (held["questionnaire"], held["place"], held["state"]) == ("itch", "1", "acknowledged")
    assert (held["rule"], held["done"]) == ("Strong itch: call today", "Called, is better")
    assert "Amina" not in str(held)
