"""What looks like a mistake at enrolment is asked about, and a person decides."""

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import date
from functools import partial

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from participants.enrolment.services.enrolment import enrol_participant
from participants.people.models import Identity, IdentityDigest, Participant
from participants.people.services import duplicates
from participants.people.services.identity import IdentityData, keep_identity, open_identity
from participants.privacy.services.key_rotation import rotate_identity_keys
from studies.access.models import Membership, User
from studies.access.permissions import Role
from studies.platform.actors import SYSTEM
from studies.platform.confirming import Unconfirmed
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.participants.staff import SITI, enrol, plan_week_visits, screen
from tests.typed import opened, typed, words

pytestmark = pytest.mark.django_db
Sign = Callable[[User], Client]
TODAY = date(2026, 3, 2)


def path_of(participant: Participant) -> str:
    return f"/studies/MEL-8/participants/{participant.code}/enrol/"


def test_a_far_day_0_is_asked_about(team: Team, as_person: Sign) -> None:
    plan_week_visits(team.study)
    participant = screen(team.sg01, team.amina)
    browser, path = as_person(team.amina), path_of(participant)
    assert "confirmed" not in browser.get(path).content.decode()
    new = {"name": "Noor Aziz", "email": "noor@example.org", "enrolled_on": "2025-03-02"}
    asked = browser.post(path, {**opened(browser, path), **new})
    assert asked.status_code == 422
    told = words(asked)
    assert "Day 0 is Sunday, 2 March 2025, 365 days ago (1 year)." in told
    assert "which will count as missed" in told
    again = typed(asked)
    assert (again["name"], again["enrolled_on"]) == ("Noor Aziz", "2025-03-02")
    assert browser.post(path, again).status_code == 422, "not ticked"
    other = {**again, "confirmed": "day-0:2025-03-02", "enrolled_on": "2025-02-02"}
    assert browser.post(path, other).status_code == 422, "ticked for another day"
    answer = browser.post(path, {**again, "confirmed": "day-0:2025-03-02"})
    assert answer.status_code == 302
    new_state = AuditEvent.objects.get(action="participant.enrol").contents.new
    assert new_state is not None
    assert new_state["confirmed"] == ["day-0:2025-03-02"]


@pytest.mark.parametrize(
    ("day_0", "said"),
    [
        ("2026-03-03", "Day 0 is Tuesday, 3 March 2026, 1 day ahead."),
        ("2027-03-02", "Day 0 is Tuesday, 2 March 2027, 365 days ahead (1 year)."),
        ("2036-02-28", "Day 0 is Thursday, 28 February 2036, 3,650 days ahead (10 years)."),
    ],
)
def test_a_day_0_to_come_is_asked_about_and_can_be_meant(
    team: Team, as_person: Sign, day_0: str, said: str
) -> None:
    plan_week_visits(team.study)
    participant = screen(team.sg01, team.amina)
    browser, path = as_person(team.amina), path_of(participant)
    new = {"name": "Noor Aziz", "email": "noor@example.org", "enrolled_on": day_0}
    asked = browser.post(path, {**opened(browser, path), **new})
    assert asked.status_code == 422
    assert f"{said} SG01-0001 can take no photos before then." in words(asked)
    participant.refresh_from_db()
    assert participant.state == Participant.State.ELIGIBLE
    answer = browser.post(path, {**typed(asked), "confirmed": f"day-0:{day_0}"}, follow=True)
    participant.refresh_from_db()
    assert participant.state == Participant.State.ENROLLED
    page = words(answer)
    assert f"day 0 is {date.fromisoformat(day_0):%-d %b %Y}" in page
    assert "day -" not in page
    states = set(participant.visits.values_list("state", flat=True))
    assert states == {"scheduled"}, "nothing is due before"


@pytest.mark.parametrize("day_0", ["2026-03-02", "2026-02-27"])
def test_a_near_day_0_is_not(team: Team, as_person: Sign, day_0: str) -> None:
    plan_week_visits(team.study)
    participant = screen(team.sg01, team.amina)
    browser, path = as_person(team.amina), path_of(participant)
    new = {"name": "Noor Aziz", "email": "noor@example.org", "enrolled_on": day_0}
    assert browser.post(path, {**opened(browser, path), **new}).status_code == 302


SAME = {
    "phone": IdentityData("Another Name", "", "6123-4567"),
    "e-mail": IdentityData("Another Name", "SITI@example.org", ""),
    "name": IdentityData("rahman, SITI", "other@example.org", ""),
    "phone and e-mail and name": SITI,
}


@pytest.mark.parametrize("what", SAME)
def test_somebody_enrolled_already_is_noticed(team: Team, as_person: Sign, what: str) -> None:
    enrol(team.sg01, team.amina)
    second = screen(team.sg01, team.amina)
    browser, path = as_person(team.amina), path_of(second)
    new = {"name": SAME[what].name, "email": SAME[what].email, "phone": SAME[what].phone}
    asked = browser.post(path, {**opened(browser, path), **new})
    assert asked.status_code == 422
    assert f"SG01-0001 was enrolled with the same {what}. This is another person." in words(asked)
    second.refresh_from_db()
    assert second.state == Participant.State.ELIGIBLE
    confirmed = {**typed(asked), "confirmed": "another-person:SG01-0001"}
    assert browser.post(path, confirmed).status_code == 302


def test_of_other_sites_it_is_told_that_there_is_somebody_and_not_who(
    team: Team, as_person: Sign
) -> None:
    enrol(team.kl01, team.budi)
    second = screen(team.sg01, team.amina)
    browser, path = as_person(team.amina), path_of(second)
    new = {"name": SITI.name, "email": SITI.email, "phone": SITI.phone}
    asked = browser.post(path, {**opened(browser, path), **new})
    assert asked.status_code == 422
    told = words(asked)
    assert "was enrolled with the same phone and e-mail and name and year of birth" in told
    assert "KL01" not in told
    assert "Kuala" not in told
    key = "another-person:elsewhere:phone+e-mail+name and year of birth"
    assert browser.post(path, {**typed(asked), "confirmed": key}).status_code == 302


def test_a_name_alone_is_no_sign_at_another_site(team: Team) -> None:
    first = enrol(team.kl01, team.budi)
    second = screen(team.sg01, team.amina)
    name = IdentityData("Siti Rahman", "other@example.org")

    def told() -> list[str]:
        return duplicates.find_elsewhere(participant=second, identity=name, by=team.amina)

    assert told() == ["name and year of birth"]
    Participant.objects.filter(pk=first.pk).update(year_of_birth=1950)
    assert told() == []


def test_codes_of_other_sites_and_studies_are_not_told(team: Team) -> None:
    enrol(team.kl01, team.budi)
    second = screen(team.sg01, team.amina)
    found = duplicates.find(participant=second, identity=SITI, by=team.amina)
    assert found == {}
    Membership.objects.create(
        user=team.amina, study=team.study, site=team.kl01, role=Role.COORDINATOR
    )
    assert set(duplicates.find(participant=second, identity=SITI, by=team.amina)) == {"KL01-0001"}
    assert duplicates.find(participant=second, identity=SITI, by=team.chandra) == {}


MOVED = {
    "phone": replace(SITI, name="Noor Aziz", email="noor@example.org"),
    "e-mail": replace(SITI, name="Noor Aziz", phone="+65 8000 0000"),
    "name": IdentityData("Siti Rahman", "noor@example.org"),
}


@pytest.mark.parametrize("what", MOVED)
def test_a_corrected_contact_is_compared_with_others_too(
    team: Team, as_person: Sign, what: str
) -> None:
    enrol(team.sg01, team.amina)
    noor = IdentityData("Noor Aziz", "noor@example.org")
    second = enrol(team.sg01, team.amina, identity=noor)
    browser = as_person(team.amina)
    path = f"/studies/MEL-8/participants/{second.code}/contact/"
    new = {**asdict(MOVED[what]), "reason": "A slip", "links": "keep"}
    asked = browser.post(path, {**opened(browser, path), **new})
    assert asked.status_code == 422
    assert f"SG01-0001 was enrolled with the same {what}. This is another person." in words(asked)
    assert open_identity(participant=second, by=team.amina) == noor
    confirmed = {**typed(asked), "confirmed": "another-person:SG01-0001"}
    assert browser.post(path, confirmed).status_code == 302
    assert open_identity(participant=second, by=team.amina) == MOVED[what]
    event = AuditEvent.objects.get(action="identity.correct").contents
    assert (event.new or {})["confirmed"] == ["another-person:SG01-0001"]


def test_what_a_correction_leaves_as_it_was_is_not_asked_about_again(team: Team) -> None:
    enrol(team.sg01, team.amina)
    second = enrol(team.sg01, team.amina)  # the same phone, e-mail and name, and meant
    married = replace(SITI, name="Siti Lim")
    keep_identity(
        participant=second, identity=married, by=team.amina, reason="Married", confirmed=[]
    )
    assert open_identity(participant=second, by=team.amina) == married
    back = partial(keep_identity, participant=second, identity=SITI, by=team.amina)
    with pytest.raises(Unconfirmed):
        back(reason="A slip", confirmed=[])


def test_the_service_asks_by_itself(team: Team) -> None:
    enrol(team.sg01, team.amina)
    second = screen(team.sg01, team.amina)
    with pytest.raises(Unconfirmed):
        enrol_participant(participant=second, identity=SITI, arm=None, by=team.amina, confirmed=[])


def test_digests_tell_nothing_without_the_keys_and_go_with_the_identity(
    team: Team, settings: Settings
) -> None:
    first = enrol(team.sg01, team.amina)
    second = screen(team.sg01, team.amina)
    assert duplicates.find(participant=second, identity=SITI, by=team.amina)
    before = set(IdentityDigest.objects.values_list("digest", flat=True))
    assert len(before) == 5, "phone, e-mail, name and its two words"

    settings.IDENTITY_KEYS = [
        "another key, long enough to be a passphrase",
        *settings.IDENTITY_KEYS,
    ]
    assert duplicates.find(participant=second, identity=SITI, by=team.amina), "both keys are tried"
    rotate_identity_keys(by=SYSTEM)
    assert duplicates.find(participant=second, identity=SITI, by=team.amina)
    assert before.isdisjoint(IdentityDigest.objects.values_list("digest", flat=True))

    moved = IdentityData("Noor R.", "new@example.org")
    keep_identity(participant=first, identity=moved, by=team.amina, reason="Moved")
    assert not duplicates.find(participant=second, identity=SITI, by=team.amina)
    Identity.objects.get(participant=first).delete()
    assert not IdentityDigest.objects.exists()
