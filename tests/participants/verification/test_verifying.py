"""Ticks: given in a version, told when the value changes, taken back with a reason."""

from typing import Any

import pytest

from participants.answers.models import Submission
from participants.answers.services.correcting import correct, strike
from participants.answers.services.submitting import submit
from participants.correcting.services.details import correct_details, details_of
from participants.enrolment.services.enrolment import Details
from participants.people.models import Participant
from participants.people.services.identity import IdentityData, keep_identity
from participants.people.signals import participant_erasing
from participants.verification.errors import NotToVerify, PartUnknown
from participants.verification.models import Tick
from participants.verification.services.counting import by_site, standings_of
from participants.verification.services.reading import rows_of
from participants.verification.services.standing import (
    Standing,
    changed_people,
    plan_of,
    verifiables,
)
from participants.verification.services.ticking import (
    take_back,
    verifiable,
    verify_fields,
    versions_of,
)
from studies.access.permissions import ROLE_PERMISSIONS, Permission
from studies.assignments.models import Assignment
from studies.platform.errors import Invalid, NotAllowed, ReasonMissing
from studies.platform.seen import ChangedMeanwhile, Seen
from studies.protocol.services.verification import set_verification_plan
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.participants.answers.filled import filled, itch_asked, xml
from tests.participants.capture.factories import PhotoFactory
from tests.participants.people.factories import ParticipantFactory
from tests.participants.phone import Phone

pytestmark = pytest.mark.django_db
VISIT = "visit.week-0"
NOBODY: dict[str, Any] = {
    "year_of_birth": None, "ethnicity": "", "fitzpatrick": None, "monk_tone": None,
}  # fmt: skip
ITCH = "answers/{code}/itch"


@pytest.fixture
def who(team: Team, phone: Phone) -> Participant:
    """SG01-0007, with a questionnaire answered at week 0."""
    itch_asked(team.study)
    answer(phone)
    return phone.participant


def answer(phone: Phone) -> Submission:
    who = phone.participant
    return submit(
        participant=who,
        assignment=Assignment.objects.get(),
        place="week-0",
        filled=filled(),
        by=who,
    ).submission


def plan(team: Team, *fields: str, first: int | None = None) -> None:
    set_verification_plan(study=team.study, fields=fields, first=first, by=team.dewi, reason="Plan")
    team.study.refresh_from_db()


def stands(who: Participant, part: str = VISIT) -> Standing:
    return verifiable(Participant.objects.get(pk=who.pk), part).standing


def field_stands(who: Participant, part: str = VISIT) -> dict[str, Standing]:
    fresh = Participant.objects.get(pk=who.pk)
    return {one.key: one.standing for one in verifiable(fresh, part).fields}


def itch() -> str:
    return ITCH.format(code=Assignment.objects.get().code)


def days() -> str:
    return itch().removesuffix("itch") + "days"


# --- Ticks -------------------------------------------------------------------------------------


def test_a_whole_visit_is_verified_at_once_and_recorded(team: Team, who: Participant) -> None:
    made = verify_fields(participant=who, part=VISIT, by=team.ewa)
    assert {tick.field for tick in made} == {"visit", itch(), days()}
    assert stands(who) == Standing.VERIFIED
    event = AuditEvent.objects.get(action="source.verify")
    assert event.actor_label.startswith("Ewa")
    assert event.contents.new["part"] == VISIT
    assert verify_fields(participant=who, part=VISIT, by=team.ewa) == []
    assert AuditEvent.objects.filter(action="source.verify").count() == 1


def test_what_is_computed_has_no_source(team: Team, who: Participant) -> None:
    assert not any("score" in key for key in field_stands(who))


def test_a_tick_keeps_nothing_that_tells_an_answer(team: Team, who: Participant) -> None:
    verify_fields(participant=who, part=VISIT, by=team.ewa)
    [tick] = Tick.objects.filter(field=itch())
    assert tick.version == "revision 1"


def test_an_answer_corrected_afterwards_is_told_alone_and_verified_again(
    team: Team, who: Participant
) -> None:
    verify_fields(participant=who, part=VISIT, by=team.ewa)
    row = Submission.objects.get()
    correct(submission=row, filled=filled(xml("1", "3", "2")), reason="Misread", by=team.amina)
    stand = field_stands(who)
    assert stand[itch()] == Standing.CHANGED
    assert [key for key, one in stand.items() if one == Standing.CHANGED] == [itch()]
    assert changed_people(team.study, team.ewa) == [who.pk]
    verify_fields(participant=who, part=VISIT, by=team.ewa)
    assert stands(who) == Standing.VERIFIED
    assert changed_people(team.study, team.ewa) == []
    [former] = Tick.objects.exclude(ended_at=None)
    assert (former.field, former.ended_reason, former.ended_by) == (itch(), "", team.ewa)


def test_changed_and_changed_back_is_told_all_the_same(team: Team, who: Participant) -> None:
    verify_fields(participant=who, part=VISIT, by=team.ewa)
    row = Submission.objects.get()
    for answers in (xml("1", "3", "2"), xml("2", "3", "4")):
        correct(submission=row, filled=filled(answers), reason="Why", by=team.amina)
    assert field_stands(who)[itch()] == Standing.CHANGED


def test_what_is_struck_through_is_told_as_gone(team: Team, who: Participant) -> None:
    verify_fields(participant=who, part=VISIT, by=team.ewa)
    strike(submission=Submission.objects.get(), reason="Another person's", by=team.amina)
    gone = [one for one in verifiable(who, VISIT).fields if one.field is None]
    assert {one.key for one in gone} == {itch(), days()}
    assert stands(who) == Standing.CHANGED


def test_a_photo_that_comes_after_the_others_were_verified_is_told(
    team: Team, who: Participant, phone: Phone
) -> None:
    PhotoFactory(visit=phone.visit, view="front")
    verify_fields(participant=who, part=VISIT, by=team.ewa)
    Tick.objects.update(at="2026-03-01T00:00Z")
    PhotoFactory(visit=phone.visit, view="left")
    assert field_stands(who)["photos/left"] == Standing.CHANGED
    assert stands(who) == Standing.CHANGED


def test_a_detail_corrected_to_and_fro_is_told(team: Team, who: Participant) -> None:
    verify_fields(participant=who, part="enrolment", by=team.ewa)
    for year in (1987, 1986):
        now = Participant.objects.get(pk=who.pk)
        values = {**details_of(now), "year_of_birth": year}
        correct_details(participant=now, details=Details(**values), reason="Why", by=team.amina)
    changed = [
        key for key, one in field_stands(who, "enrolment").items() if one == Standing.CHANGED
    ]
    assert changed == ["details/year_of_birth"]


def test_a_consent_that_is_given_anew_is_told(team: Team, who: Participant) -> None:
    verify_fields(participant=who, part="enrolment", by=team.ewa, fields=["consent"])
    assert stands(who, "enrolment") == Standing.PARTLY
    who.consents.update(state="withdrawn")
    assert field_stands(who, "enrolment")["consent"] == Standing.CHANGED


# --- Refusals ----------------------------------------------------------------------------------


def test_a_value_changed_while_the_page_was_open_is_not_verified_unseen(
    team: Team, who: Participant
) -> None:
    page = Seen.of(versions_of(verifiable(who, VISIT).fields))
    row = Submission.objects.get()
    correct(submission=row, filled=filled(xml("1", "3", "2")), reason="Misread", by=team.amina)
    with pytest.raises(ChangedMeanwhile):
        verify_fields(participant=who, part=VISIT, by=team.ewa, seen=page)
    assert not Tick.objects.exists()
    # What did not change is verified by that page.
    verify_fields(participant=who, part=VISIT, by=team.ewa, fields=["visit"], seen=page)
    assert Tick.objects.get().field == "visit"


@pytest.mark.parametrize("fields", [[], ["answers/itch/gone"]])
def test_nothing_or_what_is_not_there_is_refused(
    team: Team, who: Participant, fields: list[str]
) -> None:
    with pytest.raises(Invalid):
        verify_fields(participant=who, part=VISIT, by=team.ewa, fields=fields)


def test_what_has_not_begun_or_is_locked_is_not_verified(team: Team, who: Participant) -> None:
    with pytest.raises(PartUnknown):
        verify_fields(participant=who, part="visit.week-4", by=team.ewa)
    Participant.objects.filter(pk=who.pk).update(data_use="restricted")
    with pytest.raises(NotToVerify):
        verify_fields(participant=who, part=VISIT, by=team.ewa)


@pytest.mark.parametrize("name", ["amina", "chandra", "dewi"])
def test_only_monitors_tick(team: Team, who: Participant, name: str) -> None:
    with pytest.raises(NotAllowed):
        verify_fields(participant=who, part=VISIT, by=getattr(team, name))


def test_a_tick_is_taken_back_with_a_reason_and_stays_on_record(
    team: Team, who: Participant
) -> None:
    verify_fields(participant=who, part=VISIT, by=team.ewa)
    with pytest.raises(ReasonMissing):
        take_back(participant=who, part=VISIT, fields=["visit"], reason=" ", by=team.ewa)
    take_back(participant=who, part=VISIT, fields=["visit"], reason="Wrong page", by=team.ewa)
    assert field_stands(who)["visit"] == Standing.OUTSIDE
    tick = Tick.objects.get(field="visit")
    assert (tick.ended_reason, tick.ended_by) == ("Wrong page", team.ewa)
    assert AuditEvent.objects.get(action="source.take_back").contents.reason == "Wrong page"
    with pytest.raises(Invalid):
        take_back(participant=who, part=VISIT, fields=["visit"], reason="Again", by=team.ewa)


def test_of_two_who_take_one_back_the_second_is_told(team: Team, who: Participant) -> None:
    verify_fields(participant=who, part=VISIT, by=team.ewa)
    page = Seen.of({f"tick:{tick.field}": tick.pk for tick in Tick.objects.all()})
    given: dict[str, Any] = {
        "participant": who, "part": VISIT, "fields": ["visit"], "by": team.ewa, "seen": page,
    }  # fmt: skip
    take_back(reason="Wrong page", **given)
    with pytest.raises(ChangedMeanwhile, match="Ewa"):
        take_back(reason="Wrong page", **given)


def test_no_name_gets_into_a_reason(team: Team, who: Participant) -> None:
    keep_identity(
        participant=who,
        identity=IdentityData(name="Siti Rahman", phone="+65 8123 4567"),
        by=team.amina,
    )
    verify_fields(participant=who, part=VISIT, by=team.ewa)
    with pytest.raises(Invalid, match="name"):
        take_back(
            participant=who,
            part=VISIT,
            fields=["visit"],
            reason="Siti Rahman was away",
            by=team.ewa,
        )


def test_ticks_go_with_an_erasure(team: Team, who: Participant) -> None:
    verify_fields(participant=who, part=VISIT, by=team.ewa)
    participant_erasing.send(sender=Participant, participant=who, photos=[])
    assert not Tick.objects.exists()


# --- The plan ----------------------------------------------------------------------------------


def test_some_fields_are_enough_where_the_plan_asks_for_these(team: Team, who: Participant) -> None:
    plan(team, itch())
    fresh = Participant.objects.get(pk=who.pk)
    assert verifiable(fresh, VISIT).standing == Standing.LEFT
    assert verifiable(fresh, "enrolment").standing == Standing.OUTSIDE
    verify_fields(participant=who, part=VISIT, by=team.ewa, fields=["visit"])
    assert stands(who) == Standing.PARTLY
    verify_fields(participant=who, part=VISIT, by=team.ewa, fields=[itch()])
    assert stands(who) == Standing.VERIFIED


def test_the_first_enrolled_of_each_site_are_asked_for(team: Team, who: Participant) -> None:
    Participant.objects.filter(pk=who.pk).update(enrolled_on="2026-03-01")
    later = ParticipantFactory(site=team.sg01, code="SG01-0900")
    other = ParticipantFactory(site=team.kl01, code="KL01-0900")
    plan(team, "all", first=1)
    assert plan_of(team.study).people == {who.pk, other.pk}
    assert stands(later, "enrolment") == Standing.OUTSIDE
    numbers = by_site(team.study, team.ewa)
    assert numbers[team.kl01.pk][Standing.LEFT] == 1
    assert numbers[team.sg01.pk][Standing.LEFT] == 2
    assert by_site(team.study, team.budi).keys() == {team.kl01.pk}


@pytest.mark.parametrize(
    "fields",
    [(), ("all",), ("consent",), ("details",), ("photos",), ("visit",), ("answers/itch/itch",)],
)
def test_counts_are_those_of_the_pages(
    team: Team, who: Participant, phone: Phone, fields: tuple[str, ...]
) -> None:
    """What is counted without opening anything is what the parts say one by one."""
    Assignment.objects.update(code="itch")
    PhotoFactory(visit=phone.visit)
    others = [
        ParticipantFactory(site=team.sg01, code="SG01-0902"),
        ParticipantFactory(site=team.sg01, code="SG01-0903", enrolled_on=None, sex="", **NOBODY),
    ]
    plan(team, *fields)
    people = [who, *others]
    for ticked in (False, True):
        if ticked:
            verify_fields(participant=who, part=VISIT, by=team.ewa, fields=["visit"])
        planned = plan_of(team.study)
        counts = standings_of(people, planned)
        rows = rows_of(people)
        one_by_one = {
            one.pk: sorted(part.standing for part in verifiables(one, rows, planned))
            for one in people
        }
        assert {key: sorted(stand) for key, stand in counts.items()} == one_by_one


def test_who_was_never_enrolled_is_in_no_plan(team: Team, who: Participant) -> None:
    plan(team, "all")
    failed = ParticipantFactory(
        site=team.sg01, code="SG01-0901", state="screen_failure", enrolled_on=None
    )
    assert stands(failed, "enrolment") == Standing.OUTSIDE


@pytest.mark.parametrize(
    ("values", "said"),
    [({"fields": ["everything"]}, "Use all, details"), ({"fields": ["all"], "first": 0}, "1 or")],
)
def test_a_plan_that_is_none_is_refused(team: Team, values: dict[str, Any], said: str) -> None:
    with pytest.raises(Invalid) as refused:
        set_verification_plan(study=team.study, by=team.dewi, reason="Plan", **values)
    assert said in str(refused.value.detail)


def test_the_plan_of_a_study_under_way_is_changed_with_a_reason(team: Team) -> None:
    with pytest.raises(ReasonMissing):
        set_verification_plan(study=team.study, fields=["all"], by=team.dewi)
    plan(team, "consent", "all")
    assert team.study.verify_fields == ["all"]
    assert AuditEvent.objects.get(action="study.plan_verification").contents.reason == "Plan"


def test_who_sees_what_was_verified_sees_the_values(team: Team) -> None:
    """Pages of verification show answers, and when photos were taken."""
    for role, held in ROLE_PERMISSIONS.items():
        if Permission.VERIFICATION_VIEW in held:
            assert {Permission.ANSWER_VIEW, Permission.PHOTO_VIEW} <= held, role
        assert (Permission.SOURCE_VERIFY in held) is (role == "monitor")
