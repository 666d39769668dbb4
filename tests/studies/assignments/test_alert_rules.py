"""Alert rules: what is a rule, the page that sets and tries one, a new version that lacks it."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from studies.access.models import User
from studies.assignments.alerts import fits, problem_in, questions_for, try_on
from studies.assignments.errors import RuleEnded
from studies.assignments.models import AlertRule, Assignment
from studies.assignments.services import add_alert_rule, end_assignment, remove_alert_rule
from studies.instruments.services import publish_version
from studies.platform.confirming import Unconfirmed
from studies.platform.errors import Invalid, ReasonMissing
from tests.conftest import Team
from tests.participants.answers.filled import itch_asked
from tests.studies.instruments.factories import SMALL, InstrumentVersionFactory
from tests.typed import words

Sign = Callable[[User], Client]
ALERTS = "/studies/MEL-8/assignments/itch/alerts/"
SENT = {"expression": "${itch} = 2", "words": "Strong itch", "told": ["coordinator"], "reason": "x"}


@pytest.fixture
def asked(team: Team) -> Assignment:
    return itch_asked(team.study)


def ruled(asked: Assignment, team: Team, expression: str = "${days} > 7") -> AlertRule:
    return add_alert_rule(
        assignment=asked,
        code="long",
        expression=expression,
        words="Itch for long",
        told=["coordinator"],
        by=team.dewi,
        reason="Safety",
    )


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("${itch} = 2", ""),
        ("${itch} = '2' and (${days} >= 8 or ${score} > 3)", ""),
        ("selected(${itch}, '1')", ""),
        ("${itch} = 2 and", "The rule cannot be read at its end: it ends too early."),
        ("${itch} = 2 )", "The rule cannot be read at character 13: “)” is left over."),
        ("${itch} == 2", "The rule cannot be read at character 10: “=” is not expected there."),
        ("${itch} = (2", "The rule cannot be read at its end: a bracket is not closed."),
        ("${days} > 1 and ${itsh} = 2", "“itsh” at character 17 is no question of this form."),
        ("1 = 1", "The rule asks for no answer. A question is written ${name}."),
        ("${itch} = 9", "“9” at character 11 is none of the choices of “itch”, so"),
        (". > 3", "The rule has “.” or “..”"),
        ("random() > ${days}", "calls random(), which gives another value each time"),
        ("wobble(${days})", "calls wobble(), which is no function known here"),
        ("itch = 2 and ${days} > 1", "has the bare word “itch”; a question is written ${itch}"),
    ],
)
def test_what_is_no_rule_is_said_with_its_place(expression: str, problem: str) -> None:
    said = problem_in(expression, SMALL)
    assert said.startswith(problem) or problem in said
    assert bool(said) == bool(problem)


@pytest.mark.parametrize(
    ("expression", "answers", "raised"),
    [
        ("${itch} = 2", {"itch": "2"}, True),
        ("${itch} = 2", {}, False),
        ("${days} > 7", {"itch": "1", "days": "8"}, True),
        ("${days} > 7", {"itch": "0", "days": "8"}, False),
        ("${score} >= 4", {"itch": "2"}, True),
        ("not(${days} > 7)", {}, True),
    ],
)
def test_a_rule_means_what_it_would_in_the_form(
    expression: str, answers: dict[str, str], raised: bool
) -> None:
    at = timezone.now()
    tried = try_on(expression, SMALL, answers, at=at, zone="Asia/Singapore")
    assert tried.raised == raised
    hidden = ["days"] if answers.get("itch") == "0" else []
    assert tried.hidden == hidden


def test_a_trial_asks_for_what_decides_and_computes(team: Team) -> None:
    assert [one.name for one in questions_for("${score} > 3", SMALL)] == ["itch"]
    assert [one.name for one in questions_for("${days} > 3", SMALL)] == ["itch", "days"]


def test_rules_are_set_with_a_reason_and_on_what_is_asked(team: Team, asked: Assignment) -> None:
    with pytest.raises(ReasonMissing):
        add_alert_rule(
            assignment=asked, code="a", expression="${itch} = 2", words="x", told=["coordinator"],
            by=team.dewi,
        )  # fmt: skip
    for told in ([], ["sponsor"]):
        with pytest.raises(Invalid):
            add_alert_rule(
                assignment=asked, code="a", expression="${itch} = 2", words="x", told=told,
                by=team.dewi, reason="x",
            )  # fmt: skip
    rule = ruled(asked, team)
    remove_alert_rule(rule=rule, by=team.dewi, reason="Too many")
    with pytest.raises(RuleEnded):
        remove_alert_rule(rule=rule, by=team.dewi, reason="Too many")
    Assignment.objects.update(ended_at=timezone.now())
    asked.refresh_from_db()
    with pytest.raises(RuleEnded):
        ruled(asked, team)


def test_the_page_sets_tries_changes_and_ends(
    team: Team, asked: Assignment, as_person: Sign
) -> None:
    dewi = as_person(team.dewi)
    assert "No alert is set" in words(dewi.get(ALERTS))
    tried = dewi.post(f"{ALERTS}add/", {**SENT, "try": "1", "tried:itch": "2"})
    assert "These answers raise the alert" in words(tried)
    assert not AlertRule.objects.exists(), "trying keeps nothing"
    unread = dewi.post(f"{ALERTS}add/", {**SENT, "expression": "${itch} = ", "try": "1"})
    assert unread.status_code == 422
    assert "cannot be read at its end" in words(unread)
    refused = dewi.post(f"{ALERTS}add/", {**SENT, "expression": "${itsh} = 2"})
    assert "“itsh” at character 1 is no question" in words(refused)
    assert dewi.post(f"{ALERTS}add/", SENT).status_code == 302
    rule = AlertRule.objects.get()
    assert rule.code == "alert-1"
    assert "Strong itch" in words(as_person(team.amina).get(ALERTS))
    page = dewi.get(f"{ALERTS}alert-1/")
    seen = page.context["form"].initial["seen"]
    both = {**SENT, "code": "alert-1", "words": "Very strong", "seen": seen}
    assert dewi.post(f"{ALERTS}alert-1/", both).status_code == 302
    stale = dewi.post(f"{ALERTS}alert-1/", {**both, "words": "Much"})
    assert stale.status_code == 409
    ended = dewi.post(f"{ALERTS}alert-1/end/", {"reason": "Too many"})
    assert ended.status_code == 302
    assert not AlertRule.objects.in_force().exists()
    listed = words(dewi.get("/studies/MEL-8/assignments/"))
    assert "None" in listed


def test_a_new_version_without_the_question_has_to_be_meant_so(
    team: Team, asked: Assignment
) -> None:
    rule = ruled(asked, team)
    shorter = SMALL.model_copy(deep=True, update={"version": "2"})
    shorter.items = [item for item in shorter.items if item.name != "days"]
    draft = InstrumentVersionFactory(
        instrument=asked.instrument, number=2, definition=shorter.model_dump(mode="json")
    )
    assert not fits(rule, draft.form)
    with pytest.raises(Unconfirmed) as refusal:
        publish_version(version=draft, by=team.dewi, applies_to="all", confirmed=[])
    assert "Itch for long" in " ".join(refusal.value.doubts.values())
    end_assignment(assignment=asked, by=team.dewi, reason="No more")
    publish_version(version=draft, by=team.dewi, applies_to="all", confirmed=[])
