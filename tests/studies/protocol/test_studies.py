"""A study's life: created, edited, started, closed; by whom, and with which reasons."""

import pytest

from studies.access.models import User
from studies.platform.errors import Invalid, NotAllowed, ReasonMissing, StateRefused
from studies.protocol.errors import ActivationRefused, ScheduleFixed, StudyClosed
from studies.protocol.models import Study
from studies.protocol.services.studies import (
    activate_study,
    close_study,
    create_study,
    edit_study,
    missing_for_activation,
    set_conditions,
)
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.studies.consent_texts.factories import ConsentDocumentFactory
from tests.studies.protocol.factories import SiteFactory, StudyFactory, VisitDefinitionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_superuser("root@example.org", name="Root")


def last_event() -> AuditEvent:
    return AuditEvent.objects.order_by("-pk")[0]


def ready_study(team: Team) -> Study:
    study = team.study
    Study.objects.filter(pk=study.pk).update(state=Study.State.DRAFT)
    study.refresh_from_db()
    VisitDefinitionFactory(study=study)
    ConsentDocumentFactory(study=study)
    return study


def test_an_administrator_creates_a_draft_and_manages_it(root: User) -> None:
    study = create_study(code="ACNE-1", title="Acne", by=root)
    assert study.state == Study.State.DRAFT
    assert list(study.memberships.values_list("user", "role", "site")) == [
        (root.pk, "manager", None)
    ]
    actions = AuditEvent.objects.filter(study_code="ACNE-1").values_list("action", flat=True)
    assert sorted(actions) == ["membership.add", "study.create"]


def test_a_manager_of_a_study_creates_no_other(team: Team) -> None:
    with pytest.raises(NotAllowed):
        create_study(code="ACNE-1", title="Acne", by=team.dewi)
    assert not Study.objects.filter(code="ACNE-1").exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("code", "acne 1"),
        ("title", ""),
        ("time_zone", "Asia/Atlantis"),
        ("languages", []),
        ("languages", ["en", "en"]),
        ("languages", ["tlh"]),
        ("max_age", 12),
        ("quality_profile", "lax"),
    ],
)
def test_a_value_that_breaks_a_rule_is_named(root: User, field: str, value: object) -> None:
    values = {"code": "ACNE-1", "title": "Acne", field: value}
    with pytest.raises(Invalid) as refused:
        create_study(by=root, **values)
    assert field in refused.value.detail["fields"]
    assert not Study.objects.exists()


def test_a_code_is_used_once(root: User, team: Team) -> None:
    with pytest.raises(Invalid) as refused:
        create_study(code="MEL-8", title="Again", by=root)
    assert "code" in refused.value.detail["fields"]


def test_the_manager_edits_and_old_and_new_are_recorded(team: Team) -> None:
    edit_study(study=team.study, by=team.dewi, title="Melasma", reason="Shorter")
    event = last_event()
    assert (event.contents.old, event.contents.new) == (
        {"title": "Melasma over eight weeks"},
        {"title": "Melasma"},
    )
    assert event.contents.reason == "Shorter"
    assert event.actor_id == str(team.dewi.pk)


def test_nothing_is_written_when_nothing_differs(team: Team) -> None:
    edit_study(study=team.study, by=team.dewi, title=team.study.title)
    assert not AuditEvent.objects.exists()


def test_a_study_under_way_changes_for_a_reason_only(team: Team) -> None:
    with pytest.raises(ReasonMissing):
        edit_study(study=team.study, by=team.dewi, title="Melasma", reason="  ")
    team.study.refresh_from_db()
    assert team.study.title == "Melasma over eight weeks"


def test_a_draft_changes_without_a_reason(team: Team) -> None:
    study = ready_study(team)
    edit_study(study=study, by=team.dewi, title="Melasma")
    study.refresh_from_db()
    assert study.title == "Melasma"


@pytest.mark.parametrize("name", ["amina", "chandra", "ewa", "farid"])
def test_nobody_but_the_manager_edits(team: Team, name: str) -> None:
    with pytest.raises(NotAllowed):
        edit_study(study=team.study, by=getattr(team, name), title="Mine", reason="I can")
    team.study.refresh_from_db()
    assert team.study.title == "Melasma over eight weeks"


def test_the_time_zone_is_fixed_once_a_participant_has_a_code(team: Team) -> None:
    edit_study(study=team.study, by=team.dewi, time_zone="Asia/Jakarta", reason="Sponsor")
    SiteFactory(study=team.study, last_participant_number=1)
    with pytest.raises(ScheduleFixed):
        edit_study(study=team.study, by=team.dewi, time_zone="Asia/Tokyo", reason="Again")


def test_conditions_keep_their_order(team: Team) -> None:
    wanted = ["pores", "melasma", "wrinkles"]
    set_conditions(study=team.study, conditions=wanted, by=team.dewi, reason="Pores first")
    assert [c.code for c in team.study.ordered_conditions()] == wanted
    assert last_event().new == {"conditions": wanted}


def test_a_condition_is_added_but_not_taken_away_once_someone_takes_part(team: Team) -> None:
    SiteFactory(study=team.study, last_participant_number=1)
    more = ["melasma", "wrinkles", "pores", "dryness"]
    set_conditions(study=team.study, conditions=more, by=team.dewi, reason="Amendment 1")
    with pytest.raises(ScheduleFixed):
        set_conditions(study=team.study, conditions=more[:3], by=team.dewi, reason="No")
    assert team.study.conditions.count() == 4


@pytest.mark.parametrize("codes", [[], ["beauty"]])
def test_a_study_grades_something_that_exists(team: Team, codes: list[str]) -> None:
    with pytest.raises(Invalid):
        set_conditions(study=team.study, conditions=codes, by=team.dewi, reason="x")
    assert team.study.conditions.count() == 3


def test_a_draft_that_has_everything_starts(team: Team) -> None:
    study = ready_study(team)
    assert missing_for_activation(study) == []
    activate_study(study=study, by=team.dewi)
    study.refresh_from_db()
    assert study.state == Study.State.ACTIVE
    assert last_event().action == "study.activate"


def test_what_is_missing_is_said_in_words(root: User) -> None:
    study = create_study(code="ACNE-1", title="Acne", by=root, languages=["en", "ms"])
    with pytest.raises(ActivationRefused) as refused:
        activate_study(study=study, by=root)
    for part in ("a site", "a visit", "a condition", "English", "Bahasa Melayu"):
        assert part in refused.value.message
    study.refresh_from_db()
    assert study.state == Study.State.DRAFT


def test_a_draft_of_a_consent_document_is_not_enough_to_start(team: Team) -> None:
    study = ready_study(team)
    study.consent_documents.update(state="draft")
    with pytest.raises(ActivationRefused, match="consent document in force in English"):
        activate_study(study=study, by=team.dewi)


def test_a_closed_study_stays_as_it_is_until_it_is_opened_again(team: Team) -> None:
    study = ready_study(team)
    activate_study(study=study, by=team.dewi)
    with pytest.raises(ReasonMissing):
        close_study(study=study, by=team.dewi, reason="")
    close_study(study=study, by=team.dewi, reason="Last visit done")
    with pytest.raises(StudyClosed):
        edit_study(study=study, by=team.dewi, title="Later", reason="Typo")
    with pytest.raises(ReasonMissing):
        activate_study(study=study, by=team.dewi)
    activate_study(study=study, by=team.dewi, reason="One visit was missed")
    study.refresh_from_db()
    assert study.state == Study.State.ACTIVE


def test_of_two_people_closing_at_once_one_is_refused(team: Team) -> None:
    first, second = (Study.objects.get(pk=team.study.pk) for _ in range(2))
    close_study(study=first, by=team.dewi, reason="Done")
    with pytest.raises(StateRefused):
        close_study(study=second, by=team.dewi, reason="Done")


def test_a_monitor_neither_starts_nor_closes(team: Team) -> None:
    with pytest.raises(NotAllowed):
        close_study(study=team.study, by=team.ewa, reason="I wish")
    draft = StudyFactory(state="draft")
    with pytest.raises(NotAllowed):
        activate_study(study=draft, by=team.dewi)
