"""Two tabs: whoever saves second is told what the first has saved, and loses nothing typed."""

from typing import Any

import pytest

from studies.consent_texts.models import ConsentDocument
from studies.platform.seen import ChangedMeanwhile, Seen
from studies.protocol.models import Condition, Study
from studies.protocol.services.arms import edit_arm
from studies.protocol.services.reminders import edit_reminders
from studies.protocol.services.sites import edit_site
from studies.protocol.services.studies import edit_study, set_conditions
from studies.protocol.services.translations import translate_protocol
from tests.conftest import Team
from tests.studies.consent_texts.factories import ConsentDocumentFactory
from tests.studies.protocol.factories import (
    ArmFactory,
    EligibilityCriterionFactory,
    VisitDefinitionFactory,
)
from tests.studies.staff import SignIn
from tests.typed import opened, typed, words

pytestmark = pytest.mark.django_db
PROTOCOL = "/studies/MEL-8/protocol/"


class TestAnArm:
    """The whole way, once."""

    path = f"{PROTOCOL}arms/SUN/"

    def test_the_second_is_told_and_keeps_what_was_typed(
        self, team: Team, as_person: SignIn
    ) -> None:
        arm = ArmFactory(study=team.study, code="SUN", name="Sunscreen")
        browser = as_person(team.dewi)
        mine = {**opened(browser, self.path), "name": "Sunscreen 50", "reason": "Clearer"}
        edit_arm(arm=arm, by=team.dewi, name="Sun cream", reason="Words")
        answer = browser.post(self.path, mine)
        assert answer.status_code == 409
        told = words(answer.content)
        assert f"Nothing was saved: {team.dewi.name} changed this on 2 March 2026" in told
        assert "Name is “Sun cream” now." in told
        again = typed(answer.content)
        assert (again["name"], again["reason"]) == ("Sunscreen 50", "Clearer")
        arm.refresh_from_db()
        assert arm.name == "Sun cream"
        assert browser.post(self.path, again).status_code == 302
        arm.refresh_from_db()
        assert arm.name == "Sunscreen 50"

    def test_what_was_not_typed_is_taken_in_and_not_undone(
        self, team: Team, as_person: SignIn
    ) -> None:
        browser = as_person(team.dewi)
        path = f"{PROTOCOL}sites/SG01/"
        mine = {**opened(browser, path), "contact_phone": "+65 6000 0000", "reason": "New line"}
        edit_site(site=team.sg01, by=team.dewi, name="Skin Clinic", reason="Renamed")
        answer = browser.post(path, mine)
        assert "Name is “Skin Clinic” now. It is taken into the form." in words(answer.content)
        browser.post(path, typed(answer.content))
        team.sg01.refresh_from_db()
        assert (team.sg01.name, team.sg01.contact_phone) == ("Skin Clinic", "+65 6000 0000")

    def test_a_token_that_is_not_ours_is_stale(self, team: Team, as_person: SignIn) -> None:
        ArmFactory(study=team.study, code="SUN")
        browser = as_person(team.dewi)
        mine = {**opened(browser, self.path), "seen": "made-up", "name": "X", "reason": "Y"}
        assert browser.post(self.path, mine).status_code == 409


def _study(team: Team) -> None:
    edit_study(study=team.study, by=team.dewi, title="Another title", reason="Words")


def _conditions(team: Team) -> None:
    codes = [*Condition.objects.values_list("code", flat=True)]
    set_conditions(study=team.study, conditions=codes, by=team.dewi, reason="More")


def _reminders(team: Team) -> None:
    edit_reminders(study=team.study, by=team.dewi, sender_name="A study", reason="Words")


def _words(team: Team) -> None:
    study = Study.objects.get(pk=team.study.pk)
    translate_protocol(
        study=study, language="ms", title="Kajian", visits={}, by=team.dewi, reason="Words"
    )


def _part(rows: str, /, **values: Any) -> Any:
    def change(team: Team) -> None:
        getattr(team.study, rows).update(**values)

    return change


FORMS = {
    "edit/": _study,
    "conditions/": _conditions,
    "reminders/": _reminders,
    "words/ms/": _words,
    "sites/SG01/": _part("sites", name="Another"),
    "arms/SUN/": _part("arms", name="Another"),
    "visits/day-7/": _part("visit_definitions", name="Another"),
    "screening/adult/": _part("criteria", text="Another"),
}


@pytest.fixture
def protocol(team: Team) -> Study:
    Study.objects.filter(pk=team.study.pk).update(languages=["en", "ms"])
    ArmFactory(study=team.study, code="SUN")
    EligibilityCriterionFactory(study=team.study, code="adult")
    VisitDefinitionFactory(study=team.study, code="day-7", day_offset=7)
    set_conditions(
        study=team.study,
        conditions=[Condition.objects.values_list("code", flat=True)[0]],
        by=team.dewi,
        reason="The first",
    )
    team.study.refresh_from_db()
    return team.study


@pytest.mark.parametrize("path", FORMS)
def test_every_form_of_the_protocol_is_refused_when_stale(
    team: Team, protocol: Study, as_person: SignIn, path: str
) -> None:
    browser = as_person(team.dewi)
    mine = {**opened(browser, PROTOCOL + path), "reason": "Mine"}
    assert "seen" in mine
    FORMS[path](team)
    answer = browser.post(PROTOCOL + path, mine)
    assert answer.status_code == 409
    assert "Nothing was saved" in words(answer.content)
    assert typed(answer.content)["reason"] == "Mine"
    assert browser.post(PROTOCOL + path, typed(answer.content)).status_code == 302


@pytest.mark.parametrize("path", FORMS)
def test_every_form_of_the_protocol_is_saved_when_nothing_changed(
    team: Team, protocol: Study, as_person: SignIn, path: str
) -> None:
    browser = as_person(team.dewi)
    mine = {**opened(browser, PROTOCOL + path), "reason": "Mine"}
    assert browser.post(PROTOCOL + path, mine).status_code == 302


def test_a_service_without_its_page_refuses_too(team: Team) -> None:
    arm = ArmFactory(study=team.study, name="Sunscreen")
    seen = Seen.of({"name": "Sunscreen"})
    edit_arm(arm=arm, by=team.dewi, name="Sun cream", reason="Words")
    with pytest.raises(ChangedMeanwhile) as refused:
        edit_arm(arm=arm, by=team.dewi, name="Lotion", reason="Words", seen=seen)
    assert (refused.value.names, refused.value.who) == (["name"], team.dewi.actor_label)


def test_nobody_puts_words_in_force_that_they_have_not_read(team: Team, as_person: SignIn) -> None:
    draft = ConsentDocumentFactory(study=team.study, state="draft", body="Five photos.")
    browser = as_person(team.dewi)
    path = f"{PROTOCOL}consent/{draft.pk}/in-force/"
    mine = opened(browser, f"{PROTOCOL}consent/{draft.pk}/", path)
    ConsentDocument.objects.filter(pk=draft.pk).update(body="Six photos.")
    answer = browser.post(path, {**mine, "reason": "Amendment"})
    assert answer.status_code == 409
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_a_draft_of_a_consent_text_is_refused_when_stale(team: Team, as_person: SignIn) -> None:
    draft = ConsentDocumentFactory(study=team.study, state="draft", key_points=["One."])
    browser = as_person(team.dewi)
    path = f"{PROTOCOL}consent/{draft.pk}/edit/"
    mine = {**opened(browser, path), "body": "## Mine"}
    ConsentDocument.objects.filter(pk=draft.pk).update(body="## Theirs", key_points=["A.", "B."])
    answer = browser.post(path, mine)
    assert answer.status_code == 409
    again = typed(answer.content)
    assert (again["body"], again["key_points"].split()) == ("## Mine", ["A.", "B."])
    assert browser.post(path, again).status_code == 302
