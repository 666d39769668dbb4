"""The consent that goes with an amendment is asked for where the amendment is in force."""

from datetime import date

import pytest
from time_machine import TimeMachineFixture

from participants.consent.services.consents import next_for, require_current_consent, to_renew
from participants.consent.services.texts import document_for
from participants.correcting.services.transfer import transfer_participant
from participants.people.models import Participant
from studies.amendments.effects import effects
from studies.amendments.models import Amendment
from studies.amendments.services.correcting import remove_approval
from studies.amendments.services.drafting import (
    discard_amendment,
    edit_amendment,
    hold_consent,
    reopen_amendment,
    submit_amendment,
)
from studies.consent_texts.models import ConsentDocument
from studies.consent_texts.services import put_in_force
from studies.platform.confirming import Unconfirmed
from studies.platform.errors import Invalid
from tests.conftest import Team
from tests.participants.amending.test_carrying import carry
from tests.participants.staff import Sign, consent, enrol, plan_week_visits, publish
from tests.studies.amendments.factories import approved, submitted
from tests.studies.consent_texts.factories import ConsentDocumentFactory

pytestmark = pytest.mark.django_db
TODAY, NEXT_WEEK = date(2026, 3, 2), date(2026, 3, 9)


@pytest.fixture
def first(team: Team) -> ConsentDocument:
    plan_week_visits(team.study)
    return publish(team.study, version="1.0")


@pytest.fixture
def siti(team: Team, first: ConsentDocument) -> Participant:
    siti = enrol(team.sg01, team.amina)
    consent(siti, first, team.amina)
    return siti


@pytest.fixture
def budis(team: Team, first: ConsentDocument) -> Participant:
    budis = enrol(team.kl01, team.budi)
    consent(budis, first, team.budi)
    return budis


def second(team: Team, number: str = "2.0") -> ConsentDocument:
    made: ConsentDocument = ConsentDocumentFactory(
        study=team.study, version=number, state="draft", sha256="", in_force_at=None
    )
    return made


def amended(team: Team, document: ConsentDocument, **values: object) -> Amendment:
    row = submitted(team.study, team.dewi, consent_version=document.version, **values)
    put_in_force(document=document, by=team.dewi, reason="Goes with version 2")
    return row


def asked(team: Team) -> set[Participant]:
    return set(Participant.objects.filter(to_renew(team.study), study=team.study))


def test_only_the_site_that_follows_it_is_asked(
    team: Team,
    first: ConsentDocument,
    siti: Participant,
    budis: Participant,
    time_machine: TimeMachineFixture,
) -> None:
    time_machine.move_to("2026-03-02T05:00:00+00:00", tick=False)  # after the first text
    newer = second(team)
    row = amended(team, newer)
    assert asked(team) == set(), "it is in force nowhere yet"
    assert next_for(siti).document == first
    assert document_for(site=team.kl01, language="en") == first
    approved(row, team.sg01, TODAY, team.dewi)
    carry()
    assert asked(team) == {siti}
    assert next_for(siti).document == newer
    assert next_for(budis).document == first
    assert document_for(site=team.kl01, language="en") == first
    assert require_current_consent(budis)


def test_it_waits_for_the_first_day(
    team: Team, siti: Participant, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to("2026-03-02T05:00:00+00:00", tick=False)
    row = amended(team, second(team))
    approved(row, team.sg01, NEXT_WEEK, team.dewi, approved_on=TODAY)
    assert asked(team) == set()
    time_machine.move_to("2026-03-09T05:00:00+00:00", tick=False)
    assert asked(team) == {siti}


def test_where_nobody_is_asked_who_joins_signs_the_new_one(
    team: Team, siti: Participant, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to("2026-03-02T05:00:00+00:00", tick=False)
    newer = second(team)
    row = amended(team, newer, asks="nobody")
    approved(row, team.sg01, TODAY, team.dewi)
    assert asked(team) == set()
    assert require_current_consent(siti)
    assert document_for(site=team.sg01, language="en") == newer


def test_a_site_may_have_words_of_its_own(
    team: Team,
    first: ConsentDocument,
    siti: Participant,
    budis: Participant,
    time_machine: TimeMachineFixture,
) -> None:
    time_machine.move_to("2026-03-02T05:00:00+00:00", tick=False)
    newer, own = second(team), second(team, "2.0-KL")
    row = amended(team, newer)
    approved(row, team.sg01, TODAY, team.dewi)
    time_machine.move_to("2026-03-02T06:00:00+00:00", tick=False)
    put_in_force(document=own, by=team.dewi, reason="For Kuala Lumpur")
    approved(row, team.kl01, TODAY, team.dewi, consent_version=own.version)
    assert next_for(siti).document == newer
    assert next_for(budis).document == own
    assert asked(team) == {siti, budis}


def test_the_preview_counts_who_is_asked(team: Team, siti: Participant, budis: Participant) -> None:
    row = submitted(team.study, team.dewi, consent_version=second(team).version)
    told = [one.sentence for one in effects(row, [team.sg01, team.kl01], TODAY)]
    assert told[-1] == "2 participants are asked to read and sign consent 2.0."


def test_the_words_of_a_removed_approval_are_shown_nowhere_until_a_site_has_approved_them(
    team: Team, first: ConsentDocument, time_machine: TimeMachineFixture
) -> None:
    enrol(team.sg01, team.amina)
    time_machine.move_to("2026-03-02T05:00:00+00:00", tick=False)
    newer, own = second(team), second(team, "2.0-KL")
    row = amended(team, newer)
    time_machine.move_to("2026-03-02T06:00:00+00:00", tick=False)
    approved(row, team.kl01, NEXT_WEEK, team.dewi, approved_on=TODAY)
    put_in_force(document=own, by=team.dewi, reason="For Kuala Lumpur")
    remove_approval(amendment=row, site=team.kl01, reason="Other words", by=team.dewi)
    said = {"approved_on": TODAY, "consent_version": own.version}
    approved(row, team.sg01, NEXT_WEEK, team.dewi, **said)
    remove_approval(amendment=row, site=team.sg01, reason="KL01's letter", by=team.dewi)
    assert document_for(site=team.sg01, language="en") == first
    assert document_for(site=team.kl01, language="en") == first
    approved(row, team.kl01, TODAY, team.dewi, consent_version=own.version)
    assert document_for(site=team.kl01, language="en") == own
    assert document_for(site=team.sg01, language="en") == first


@pytest.mark.parametrize("way", ["discarded", "named no more"])
def test_so_are_those_of_a_draft_and_the_next_draft_may_name_them(
    team: Team, first: ConsentDocument, time_machine: TimeMachineFixture, way: str
) -> None:
    enrol(team.sg01, team.amina)
    time_machine.move_to("2026-03-02T05:00:00+00:00", tick=False)
    newer = second(team)
    row = amended(team, newer)
    row = reopen_amendment(amendment=row, by=team.dewi)
    edit_amendment(amendment=row, by=team.dewi, consent_version=None)
    if way == "discarded":
        edit_amendment(amendment=row, by=team.dewi, consent_version=newer.version)
        discard_amendment(amendment=row, by=team.dewi)
    assert document_for(site=team.sg01, language="en") == first
    if way == "discarded":
        row = submitted(team.study, team.dewi, consent_version=newer.version)
    else:
        row = edit_amendment(amendment=row, by=team.dewi, consent_version=newer.version)
        row = submit_amendment(amendment=row, by=team.dewi)
    approved(row, team.sg01, TODAY, team.dewi)
    assert document_for(site=team.sg01, language="en") == newer
    assert document_for(site=team.kl01, language="en") == first


def test_a_transfer_to_a_site_with_a_newer_consent_says_that_it_asks_again(
    team: Team, siti: Participant, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to("2026-03-02T05:00:00+00:00", tick=False)
    row = amended(team, second(team))
    approved(row, team.kl01, TODAY, team.dewi)
    said = {"participant": siti, "site": team.kl01, "reason": "Moved", "by": team.amina}
    with pytest.raises(Unconfirmed) as refused:
        transfer_participant(**said, confirmed=["out-of-sight:KL01"])
    assert "asked to read and sign consent 2.0" in refused.value.doubts["consent:2.0"]
    transfer_participant(**said, confirmed=["out-of-sight:KL01", "consent:2.0"])
    assert asked(team) == {siti}


def test_words_of_a_sites_own_are_kept_for_it_before_they_are_put_in_force(
    team: Team, first: ConsentDocument, as_person: Sign, time_machine: TimeMachineFixture
) -> None:
    enrol(team.sg01, team.amina)
    time_machine.move_to("2026-03-02T05:00:00+00:00", tick=False)
    row, own = amended(team, second(team)), second(team, "2.0-KL")
    dewi, page = as_person(team.dewi), "/studies/MEL-8/protocol/amendments/2/"
    assert "Keep it for single sites" in dewi.get(page).content.decode()
    held = dewi.post(f"{page}hold-consent/", {"version": own.version_id}, follow=True)
    assert "consent 2.0-KL" in held.content.decode()
    assert "Keep it for single sites" not in held.content.decode()
    put_in_force(document=own, by=team.dewi, reason="For Kuala Lumpur")
    assert document_for(site=team.kl01, language="en") == first
    assert document_for(site=team.sg01, language="en") == first
    approved(row, team.kl01, TODAY, team.dewi, consent_version=own.version)
    assert document_for(site=team.kl01, language="en") == own
    assert document_for(site=team.sg01, language="en") == first
    with pytest.raises(Invalid):
        hold_consent(amendment=row, version=own.version, by=team.dewi)
