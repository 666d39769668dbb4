"""Alerts about answers: raised by rules, told without the answer, acknowledged with words."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from inference.dashboards.services import waiting
from participants.answers.errors import AnswersFixed
from participants.answers.models import Alert, AlertNotice, Revision
from participants.answers.services import alerts
from participants.answers.services.correcting import correct, strike
from participants.answers.services.erasing import erase_answers
from participants.answers.services.submitting import submit
from participants.people.models import Participant
from studies.access.models import User
from studies.assignments.models import AlertRule
from studies.assignments.services import add_alert_rule, change_alert_rule, remove_alert_rule
from studies.instruments.errors import FormUnreadable
from studies.platform import work
from studies.platform.errors import Invalid, NotAllowed
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.participants.answers.filled import filled, itch_asked, xml
from tests.participants.phone import Phone
from tests.studies.access.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db
Sign = Callable[[User], Client]
PERSON = "/studies/MEL-8/participants/SG01-0007/"
FORM = f"{PERSON}questionnaires/itch/1/"


@pytest.fixture
def reader(team: Team) -> User:
    person: User = UserFactory(name="Gita", email="gita@example.org")
    MembershipFactory(user=person, study=team.study, site=team.sg01, role="safety_reader")
    return person


@pytest.fixture
def rule(team: Team, phone: Phone) -> AlertRule:
    """Much itch for more than two days is told to coordinators and safety readers."""
    asked = itch_asked(team.study, timing="as_needed", visits=[])
    return add_alert_rule(
        assignment=asked,
        code="strong",
        expression="${itch} = 2 and ${days} > 2",
        words="Strong itch: call today",
        told=["coordinator", "safety_reader"],
        by=team.dewi,
        reason="Safety",
    )


def sent(rule: AlertRule, who: Participant, by: User, itch: str = "2", days: str = "3") -> Revision:
    answers = xml(itch, days, str(int(itch) * 2))
    return submit(
        participant=who, assignment=rule.assignment, place="", filled=filled(answers), by=by
    )


def corrected(revision: Revision, by: User, itch: str, days: str) -> Revision:
    answers = filled(xml(itch, days, str(int(itch) * 2)))
    return correct(submission=revision.submission, filled=answers, reason="Misheard", by=by)


def perform() -> None:
    for _round in range(2):  # one row makes the others
        for row in list(AlertNotice.objects.filter(work.due(timezone.now()))):
            work.perform(AlertNotice, row.pk, alerts.send_notice)


def test_an_answer_that_fulfils_a_rule_is_told_to_those_it_names_without_the_answer(
    team: Team, rule: AlertRule, phone: Phone, reader: User
) -> None:
    sent(rule, phone.participant, team.amina, days="2")
    assert not Alert.objects.exists()
    sent(rule, phone.participant, team.amina)
    perform()
    perform()
    assert sorted(one for message in mail.outbox for one in message.to) == sorted(
        [team.amina.email, "gita@example.org"]
    ), "each once; nobody of another site"
    for message in mail.outbox:
        said = f"{message.subject} {message.body}"
        assert "SG01-0007" in said
        assert f"{PERSON}questionnaires/itch/2/" in said
        for told in ("Strong", "call", "Much", "itch:", "Itch"):
            assert told not in said, told


def test_where_nobody_holds_the_role_the_managers_are_told(
    team: Team, rule: AlertRule, phone: Phone
) -> None:
    AlertRule.objects.update(told=["safety_reader"])
    sent(rule, phone.participant, team.amina)
    perform()
    assert [message.to for message in mail.outbox] == [[team.dewi.email]]


def test_it_stands_on_today_and_the_participants_page_until_somebody_says_what_was_done(
    team: Team, rule: AlertRule, phone: Phone, reader: User, as_person: Sign
) -> None:
    sent(rule, phone.participant, team.amina)
    for path in ("/studies/MEL-8/today/", PERSON, FORM):
        assert "Strong itch: call today" in as_person(team.amina).get(path).content.decode(), path
    alert = Alert.objects.get()
    here = f"{FORM}alerts/{alert.pk}/"
    page = as_person(reader).get(here)
    seen = page.context["form"].initial["seen"]
    assert as_person(reader).post(here, {"note": " ", "seen": seen}).status_code == 422
    done = as_person(reader).post(here, {"note": "Called, better by now", "seen": seen})
    assert done.status_code == 302
    assert "Strong itch" not in as_person(team.amina).get("/studies/MEL-8/today/").content.decode()
    assert "Strong itch" not in as_person(team.amina).get(PERSON).content.decode()
    assert "Called, better by now" in as_person(team.amina).get(FORM).content.decode()
    late = as_person(team.amina).post(here, {"note": "Me too", "seen": seen})
    assert late.status_code == 409
    assert Alert.objects.get().acknowledged_by == reader
    raised, settled = AuditEvent.objects.filter(action__startswith="alert.").order_by("pk")
    assert (raised.contents.new or {})["rule"] == "strong"
    assert settled.contents.reason == "Called, better by now"


def test_a_correction_raises_it_anew_and_one_that_takes_it_back_settles_nothing(
    team: Team, rule: AlertRule, phone: Phone
) -> None:
    revision = sent(rule, phone.participant, team.amina, days="1")
    corrected(revision, team.amina, "2", "9")
    alert = Alert.objects.get()
    assert alert.revision == 2
    corrected(revision, team.amina, "2", "8")
    assert Alert.objects.get().revision == 2, "told once"
    corrected(revision, team.amina, "1", "9")
    alert.refresh_from_db()
    assert alert.corrected_at is not None
    assert Alert.objects.waiting().get() == alert
    alerts.acknowledge_alert(alert=alert, note="A slip of the pen", by=team.amina)
    assert not Alert.objects.waiting().exists()
    corrected(revision, team.amina, "2", "7")
    again = Alert.objects.waiting().get()
    assert (again.revision, again.note) == (5, "")
    perform()
    assert len(mail.outbox) == 2, "once for each time it was raised"


def test_whoever_acknowledges_has_to_have_seen_the_correction(
    team: Team, rule: AlertRule, phone: Phone, as_person: Sign
) -> None:
    revision = sent(rule, phone.participant, team.amina)
    here = f"{FORM}alerts/{Alert.objects.get().pk}/"
    seen = as_person(team.amina).get(here).context["form"].initial["seen"]
    corrected(revision, team.amina, "1", "9")
    page = as_person(team.amina).post(here, {"note": "Called", "seen": seen})
    assert page.status_code == 409
    assert Alert.objects.waiting().exists()


def test_struck_through_answers_wait_for_nobody(team: Team, rule: AlertRule, phone: Phone) -> None:
    revision = sent(rule, phone.participant, team.amina)
    alert = Alert.objects.get()
    strike(submission=revision.submission, reason="Another person's", by=team.amina)
    assert not Alert.objects.waiting().exists()
    with pytest.raises(AnswersFixed):
        alerts.acknowledge_alert(alert=alert, note="Called", by=team.amina)


def test_an_ended_or_changed_rule_leaves_what_it_raised(
    team: Team, rule: AlertRule, phone: Phone
) -> None:
    sent(rule, phone.participant, team.amina)
    change_alert_rule(rule=rule, words="Otherwise", by=team.dewi, reason="Clearer")
    assert Alert.objects.get().words == "Strong itch: call today"
    remove_alert_rule(rule=rule, by=team.dewi, reason="Too many")
    sent(rule, phone.participant, team.amina)
    assert Alert.objects.waiting().count() == 1


def test_a_rule_the_engine_refuses_asks_for_somebody_to_read(
    team: Team, rule: AlertRule, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_given: object) -> None:
        raise FormUnreadable("No.")

    monkeypatch.setattr("studies.assignments.alerts._worked_out", broken)
    sent(rule, phone.participant, team.amina, itch="0", days="")
    assert Alert.objects.get().sure is False, "and the answers are kept"


def test_a_name_in_the_words_is_refused_and_an_erasure_takes_the_alert(
    team: Team, rule: AlertRule, phone: Phone
) -> None:
    sent(rule, phone.participant, team.amina)
    alert = Alert.objects.get()
    with pytest.raises(Invalid):
        alerts.acknowledge_alert(alert=alert, note="x" * 501, by=team.amina)
    with pytest.raises(NotAllowed):
        alerts.acknowledge_alert(alert=alert, note="Called", by=team.budi)
    erase_answers(phone.participant)
    assert not Alert.objects.exists()


def test_locked_answers_show_no_alert(
    team: Team, rule: AlertRule, phone: Phone, as_person: Sign
) -> None:
    sent(rule, phone.participant, team.amina)
    Participant.objects.filter(pk=phone.participant.pk).update(data_use="restricted")
    assert "Strong itch" not in as_person(team.amina).get(PERSON).content.decode()
    asked = waiting.Asked.today(team.study, team.amina)
    assert "alerts" not in {group.code for group in waiting.groups(asked)}


def test_a_worker_that_dies_is_followed_by_another(
    team: Team, rule: AlertRule, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent(rule, phone.participant, team.amina)

    def down(*_given: object) -> None:
        raise OSError("mail server gone")

    with monkeypatch.context() as patch:
        patch.setattr("participants.answers.services.alerts.send_mail", down)
        perform()
    assert mail.outbox == []
    AlertNotice.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    perform()
    assert len(mail.outbox) == 1
