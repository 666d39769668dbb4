"""Today: every kind that waits, its words, its act, whose it is, and how many queries it takes."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inference.dashboards.services import waiting
from inference.dashboards.services.waiting import Asked
from participants.capture.models import PhotoCheck
from participants.messaging.models import Message, ReminderChoice
from participants.people.models import Screening
from participants.people.services.identity import IdentityData, keep_identity
from participants.privacy.services import data_requests
from participants.visits.models import Visit
from studies.access.models import User
from studies.protocol.models import Site
from tests.conftest import Team
from tests.factories import NOW
from tests.inference.scoring.photos import make_visit
from tests.participants.capture.factories import PhotoFactory
from tests.participants.people.factories import InvitationFactory, ParticipantFactory
from tests.studies.consent_texts.factories import ConsentDocumentFactory
from tests.studies.protocol.factories import VisitDefinitionFactory
from tests.typed import words

SignIn = Callable[[User], Client]
DAY = NOW.date()
TODAY = "/studies/MEL-8/today/"


def window(planned: int, closes: int) -> dict[str, date]:
    """A window around today: planned and closing so many days from it, open since a week."""
    return {
        "scheduled_on": DAY + timedelta(days=planned),
        "opens_on": DAY - timedelta(days=7),
        "closes_on": DAY + timedelta(days=closes),
    }


def person(site: Site, number: int, planned: int = 1, closes: int = 9) -> Visit:
    """A participant who lacks nothing, with one visit, by default to come tomorrow."""
    visit = make_visit(site, code=f"{site.code}-{number:04d}", **window(planned, closes))
    if not visit.participant.invitations.exists():
        InvitationFactory(participant=visit.participant)
        contact = IdentityData(name="Siti", phone="+65 6123 4567", email="siti@example.org")
        coordinator = User.objects.get(memberships__site=site)
        keep_identity(participant=visit.participant, identity=contact, by=coordinator)
    return visit


def turned_down(visit: Visit, *, days_ago: int, view: str = "left") -> None:
    at = NOW - timedelta(days=days_ago)
    PhotoFactory(visit=visit, view=view, state="retake_wanted", received_at=at)


def everything(site: Site, coordinator: User, at: int = 0) -> None:
    """One of every kind at ``site``; participants from number ``at`` on."""
    person(site, at + 1, closes=1)  # closing
    person(site, at + 2, planned=-1)  # late
    due = person(site, at + 3)
    turned_down(person(site, at + 4), days_ago=4)
    turned_down(person(site, at + 5), days_ago=1)
    PhotoFactory(visit=due, view="front", state="held", review="waiting")
    data_requests.ask(participant=due.participant, kind="copy", by=due.participant)
    Message.objects.create(
        participant=due.participant,
        kind="test",
        planned_for=NOW,
        state="quarantined",
        outcome="failed",
        finished_at=NOW,
    )
    checked = PhotoFactory(visit=due, view="right")
    PhotoCheck.objects.create(photo=checked, state="quarantined")
    no_consent = person(site, at + 6).participant
    no_consent.consents.all().delete()
    person(site, at + 7).participant.invitations.all().delete()
    unreached = person(site, at + 8).participant
    unreached.identity.digests.exclude(kind__in=["name", "word"]).delete()
    found = ParticipantFactory(
        site=site, code=f"{site.code}-{at + 9:04d}", state="eligible", enrolled_on=None
    )
    Screening.objects.create(participant=found, answers=[], eligible=True, at=NOW, by=coordinator)


def shown(team: Team, user: User, site: Site | None = None) -> dict[str, int]:
    groups = waiting.groups(Asked.today(team.study, user, site))
    return {group.code: group.number for group in groups}


@pytest.fixture
def full(team: Team) -> Team:
    everything(team.sg01, team.amina)
    everything(team.kl01, team.budi)
    return team


ONE_OF_EACH = {
    "requests": 1, "missing": 1, "closing": 1, "unanswered": 1, "late": 1, "no_link": 1,
    "unreachable": 1, "messages": 1, "failed": 1, "photos": 1, "retake": 1, "due": 6, "to_enrol": 1,
}  # fmt: skip


def test_every_kind_is_listed_by_harm_for_a_coordinators_own_site(full: Team) -> None:
    for coordinator in (full.amina, full.budi):
        found = shown(full, coordinator)
        assert found == ONE_OF_EACH
        assert list(found) == list(ONE_OF_EACH), "in the order of harm"


def test_a_site_can_be_chosen_among_ones_own(full: Team, as_person: SignIn) -> None:
    everywhere, here = shown(full, full.dewi), shown(full, full.dewi, full.kl01)
    assert (everywhere["closing"], here["closing"]) == (2, 1)
    assert (everywhere["failed"], here["failed"]) == (2, 1)
    page = words(as_person(full.dewi).get(TODAY, {"site": "KL01"}))
    assert "KL01-0001" in page
    assert "SG01-0001" not in page
    assert "SG01-" not in words(as_person(full.budi).get(TODAY, {"site": "SG01"}))


def test_a_kind_is_shown_to_who_may_see_it_and_its_act_to_who_may_do_it(
    full: Team, as_person: SignIn
) -> None:
    investigator, monitor = shown(full, full.chandra), shown(full, full.ewa)
    assert {"requests", "messages", "no_link", "unreachable"}.isdisjoint(investigator)
    assert {"requests", "messages"} < set(monitor)
    assert "photos" not in monitor, "a monitor reviews no photos"
    link = reverse("participants:issue_link", args=["MEL-8", "SG01-0007"])
    own = as_person(full.amina).get(TODAY).content.decode()
    assert f'action="{link}"' in own
    consent = reverse("participants:consent", args=["MEL-8", "SG01-0006"])
    assert consent in own
    assert consent not in as_person(full.ewa).get(TODAY).content.decode()
    assert shown(full, full.farid) == {}


def test_every_address_on_the_page_leads_somewhere(full: Team, as_person: SignIn) -> None:
    client = as_person(full.amina)
    page = client.get(TODAY).content.decode()
    main = page[page.index('id="main"') :]
    for address in set(re.findall(r'href="(/studies/[^"]*)"', main)):
        assert client.get(address.replace("&amp;", "&")).status_code == 200, address
    for address in set(re.findall(r'action="(/studies/[^"]*)"', main)):
        assert client.post(address).status_code == 302, address


def test_a_count_leads_to_exactly_its_rows(team: Team, as_person: SignIn) -> None:
    for number in range(1, 8):
        person(team.sg01, number, closes=number % 2)
    person(team.sg01, 8)
    client = as_person(team.amina)
    [closing, due] = waiting.groups(Asked.today(team.study, team.amina))
    assert (closing.number, len(closing.rows), due.number) == (7, 5, 1)
    assert f'href="{closing.url}">All 7' in client.get(TODAY).content.decode()
    every = client.get(closing.url).content.decode()
    listed = re.findall(r'waits__code" href="[^"]*">([^<]*)', every)
    assert sorted(listed) == [f"SG01-{number:04d}" for number in range(1, 8)]
    assert listed[0] == "SG01-0002", "what closes first comes first"


def test_a_kind_of_another_right_is_refused_and_an_unknown_one_not_found(
    full: Team, as_person: SignIn
) -> None:
    assert as_person(full.chandra).get(f"{TODAY}messages/").status_code == 403
    assert as_person(full.ewa).get(f"{TODAY}photos/").status_code == 403
    assert as_person(full.amina).get(f"{TODAY}wishes/").status_code == 404
    assert "KL01-" not in words(as_person(full.amina).get(f"{TODAY}closing/"))
    assert "Nothing of this kind waits" in words(as_person(full.amina).get(f"{TODAY}renew/"))


def test_nothing_waits_says_what_comes_next(team: Team, as_person: SignIn) -> None:
    assert "No visit is planned" in words(as_person(team.amina).get(TODAY))
    for number, site in enumerate((team.sg01, team.sg01, team.kl01)):
        visit = person(site, number)
        visit.opens_on = visit.scheduled_on = DAY + timedelta(days=3)
        visit.save()
    page = words(as_person(team.amina).get(TODAY))
    assert "Nothing waits" in page
    assert f"Next: 2 visits on {DAY + timedelta(days=3):%A}" in page


def test_the_number_of_queries_does_not_grow(team: Team, as_person: SignIn) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert as_person(team.dewi).get(TODAY).status_code == 200
        return len(captured)

    everything(team.sg01, team.amina)
    few = queries()
    everything(team.kl01, team.budi)
    everything(team.sg01, team.amina, at=20)
    assert queries() == few


# --- What waits, and what does not -------------------------------------------------------------


@pytest.mark.parametrize("state", ["received", "held", "accepted"])
def test_a_photo_answered_is_not_asked_for_any_more(team: Team, state: str) -> None:
    visit = person(team.sg01, 1)
    turned_down(visit, days_ago=4)
    assert shown(team, team.amina)["unanswered"] == 1
    PhotoFactory(visit=visit, view="left", state=state)
    assert "unanswered" not in shown(team, team.amina)


def test_a_photo_that_cannot_be_taken_again_is_not_asked_for(team: Team) -> None:
    turned_down(person(team.sg01, 1, planned=-5, closes=-1), days_ago=4)
    assert shown(team, team.amina) == {}


def test_whoever_left_and_a_study_that_is_closed_have_nothing_due(team: Team) -> None:
    visit = person(team.sg01, 1)
    assert shown(team, team.amina) == {"due": 1}
    visit.participant.move("withdrawn")
    assert shown(team, team.amina) == {}
    person(team.sg01, 2)
    team.study.state = "closed"
    team.study.save()
    assert shown(team, team.amina) == {}


def test_a_link_that_is_over_does_not_work(team: Team) -> None:
    link = person(team.sg01, 1).participant.invitations.get()
    link.expires_at = NOW - timedelta(hours=1)
    link.save()
    assert shown(team, team.amina)["no_link"] == 1


def test_whoever_switched_off_the_only_way_is_unreachable_but_not_who_wants_none(
    team: Team,
) -> None:
    participant = person(team.sg01, 1).participant
    participant.identity.digests.filter(kind="phone").delete()
    choice = ReminderChoice.objects.create(participant=participant, email=False)
    assert shown(team, team.amina)["unreachable"] == 1
    choice.sms = choice.push = False
    choice.save()
    assert "unreachable" not in shown(team, team.amina)


def test_a_newer_text_asks_for_consents(team: Team) -> None:
    first = ConsentDocumentFactory(study=team.study, version="0.9")
    person(team.sg01, 1)
    first.move("superseded", superseded_at=datetime.now(tz=NOW.tzinfo))
    ConsentDocumentFactory(study=team.study)
    assert shown(team, team.amina)["renew"] == 1


def test_the_days_are_those_of_the_study(team: Team, as_person: SignIn) -> None:
    VisitDefinitionFactory(study=team.study, code="week-0", name="Week 0", day_offset=0)
    person(team.sg01, 1, planned=-2, closes=1)
    page = words(as_person(team.amina).get(TODAY))
    assert "2 days late, closes tomorrow" in page
    assert "Asia/Singapore" in page
