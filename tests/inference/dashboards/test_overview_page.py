"""The study's front page: counts by scope, live while work goes on, few queries."""

import html
import re
from collections.abc import Callable
from datetime import date

import pytest
import time_machine
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from inference.cells.live import next_beat
from inference.dashboards.services import overview as dashboards
from inference.dashboards.services import waiting
from inference.packages.models import StudyModel
from participants.capture.models import PhotoCheck
from participants.messaging.models import Message
from participants.people.models import Participant
from participants.privacy.services import data_requests
from participants.visits.models import DailyRollover
from studies.access.models import User
from studies.platform import kept
from tests.conftest import Team
from tests.factories import NOW
from tests.inference.packages.factories import ModelPackageFactory
from tests.inference.scoring.factories import RunFactory, ScoreFactory
from tests.inference.scoring.photos import make_visit, use
from tests.participants.capture.factories import PhotoFactory
from tests.participants.people.factories import ParticipantFactory
from tests.participants.visits.factories import VisitFactory
from tests.studies.access.factories import MembershipFactory
from tests.studies.consent_texts.factories import ConsentDocumentFactory
from tests.typed import words

SignIn = Callable[[User], Client]


def url(name: str = "overview") -> str:
    return reverse(f"inference:{name}", args=["MEL-8"])


@pytest.fixture
def at_work(team: Team) -> Team:
    """Two participants at SG01 and one at KL01, each with visits, photos and runs."""
    package = ModelPackageFactory()
    use(team.study, package)
    week = {"scheduled_on": date(2026, 3, 2), "opens_on": date(2026, 3, 1)}
    done = make_visit(team.sg01, code="SG01-0001", **week, closes_on=date(2026, 3, 5))
    done.move("complete", completed_at=NOW)
    make_visit(team.sg01, code="SG01-0002", **week, closes_on=date(2026, 3, 5))
    make_visit(team.kl01, code="KL01-0001", **week, closes_on=date(2026, 3, 3))
    ParticipantFactory(site=team.sg01, code="SG01-0003", state="eligible", enrolled_on=None)
    gone = ParticipantFactory(site=team.sg01, code="SG01-0004", state="withdrawn")
    VisitFactory(participant=gone, definition=done.definition, **week, closes_on=date(2026, 3, 3))
    PhotoFactory(visit=done, view="left", state="retake_wanted")
    RunFactory(
        photo__visit=done,
        photo__view="right",
        package=package,
        state="quarantined",
        last_error="NaN",
    )
    for code, severity in (("SG01-0001", 20.0), ("KL01-0001", 80.0)):
        visit = Participant.objects.get(code=code).visits.get()
        run = RunFactory(photo__visit=visit, package=package, finished_at=NOW)
        ScoreFactory(run=run, severity=severity)
    return team


@time_machine.travel("2026-03-04T12:00:00Z", tick=False)
def test_a_manager_sees_every_sites_numbers(at_work: Team) -> None:
    now = dashboards.overview(study=at_work.study, user=at_work.dewi)
    assert now.all_sites
    numbers = {
        line.site.code: (line.enrolled, line.screened, line.gone, line.due, line.missed, line.done)
        for line in now.sites
    }
    assert numbers == {"SG01": (3, 1, 1, 1, 0, 1), "KL01": (1, 0, 0, 0, 1, 0)}
    assert (now.enrolled, now.target) == (4, 20)
    assert now.late == 1, "SG01-0002 was planned two days ago and can still come"
    assert now.retakes == 1
    assert now.runs == {"queued": 0, "running": 0, "done": 2, "quarantined": 1}


@time_machine.travel("2026-03-04T12:00:00Z", tick=False)
def test_a_coordinator_sees_the_numbers_of_her_site_only(at_work: Team) -> None:
    now = dashboards.overview(study=at_work.study, user=at_work.budi)
    assert [line.site.code for line in now.sites] == ["KL01"]
    assert not now.all_sites
    assert (now.enrolled, now.due, now.missed, now.done, now.retakes) == (1, 0, 1, 0, 0)
    assert now.runs == {"queued": 0, "running": 0, "done": 1, "quarantined": 0}


def test_the_page_says_whose_numbers_they_are(at_work: Team, as_person: SignIn) -> None:
    words = "All numbers here are those of KL01 only"
    assert words in as_person(at_work.budi).get(url()).content.decode()
    assert words not in as_person(at_work.dewi).get(url()).content.decode()


def test_what_happened_lately_stays_within_the_site(at_work: Team, as_person: SignIn) -> None:
    page = as_person(at_work.budi).get(url()).content.decode()
    assert "KL01-0001" in page
    assert "SG01-" not in page


def test_what_is_kept_is_shared_by_those_who_may_see_the_same(
    at_work: Team, as_person: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a study of a million scores: drawn once for many, and never for one who may see less."""
    monkeypatch.setattr(kept, "QUICK", 0.0)
    monkeypatch.setattr(kept, "TIMES", 1e6)
    for name in ("overview", "live"):
        whole = as_person(at_work.dewi).get(url(name)).content.decode()
        assert "SG01-0001" in whole
        for person in (at_work.budi, at_work.amina):
            page = as_person(person).get(url(name)).content.decode()
            other = "KL01-0001" if person == at_work.amina else "SG01-0001"
            assert other not in page
    assert dashboards.overview(study=at_work.study, user=at_work.budi).enrolled == 1
    assert dashboards.overview(study=at_work.study, user=at_work.dewi).enrolled == 4
    seen = dashboards.spreads(study=at_work.study, user=at_work.budi)
    assert sum(one.number for one in seen) == 1
    client = as_person(at_work.dewi)
    client.get(url("live"))
    with CaptureQueriesContext(connection) as captured:
        client.get(url("live"))
    assert not any("inference_run" in query["sql"] for query in captured)


def test_severities_are_those_of_the_visible_sites(at_work: Team) -> None:
    def melasma(user: User) -> tuple[int, float | None]:
        found = dashboards.spreads(study=at_work.study, user=user)
        return next((s.number, s.median) for s in found if s.condition.code == "melasma")

    assert melasma(at_work.dewi) == (2, 50.0)
    assert melasma(at_work.budi) == (1, 80.0)


def test_a_participant_counts_once_with_their_latest_visit(team: Team) -> None:
    package = ModelPackageFactory()
    use(team.study, package)
    for day, severity in ((0, 70.0), (14, 30.0)):
        visit = make_visit(team.sg01, visit=f"week-{day}", day=day)
        run = RunFactory(photo__visit=visit, package=package, finished_at=NOW)
        ScoreFactory(run=run, severity=severity)
        ScoreFactory(run=run, region="chin", severity=99.0)
    spread = dashboards.spreads(study=team.study, user=team.dewi)
    assert [(s.number, s.median) for s in spread if s.number] == [(1, 30.0)]


def test_a_histogram_counts_in_steps_of_ten(team: Team) -> None:
    condition = team.study.conditions.get(code="melasma")
    spread = dashboards.Spread.of(condition, [0.0, 9.9, 10.0, 55.0, 100.0])
    assert spread.bins == [2, 1, 0, 0, 0, 1, 0, 0, 0, 1]
    assert spread.median == 10.0
    assert spread.words == (
        "Melasma, participants by severity. 0 to 10: 2; 10 to 20: 1; 50 to 60: 1; 90 to 100: 1."
    )


def test_a_demonstrators_numbers_say_so(at_work: Team, as_person: SignIn) -> None:
    words = "Demonstrator: trained on generated skin"
    assert words in as_person(at_work.dewi).get(url()).content.decode()
    StudyModel.objects.get().package.__class__.objects.update(demonstrator=False)
    assert words not in as_person(at_work.dewi).get(url()).content.decode()


def test_the_page_looks_again_soon_while_work_goes_on(at_work: Team, as_person: SignIn) -> None:
    RunFactory(photo__visit__participant__site=at_work.sg01, state="queued")
    page = as_person(at_work.dewi).get(url("live")).content.decode()
    assert 'hx-trigger="every 2s"' in page
    assert '"X-Background": "1"' in page


@pytest.mark.parametrize(
    ("idle", "trigger"), [("0", "every 5s"), ("1", "every 10s"), ("4", "every 60s")]
)
def test_the_page_looks_again_ever_later_when_idle(
    team: Team, as_person: SignIn, idle: str, trigger: str
) -> None:
    page = as_person(team.dewi).get(url("live"), {"idle": idle}).content.decode()
    assert f'hx-trigger="{trigger}"' in page
    assert f"idle={int(idle) + 1}" in page


def test_the_page_stops_looking_after_some_minutes(team: Team, as_person: SignIn) -> None:
    page = as_person(team.dewi).get(url("live"), {"idle": "10"}).content.decode()
    assert "hx-trigger" not in page
    assert "has stopped updating itself" in page


@pytest.mark.parametrize("idle", ["x", "-3", ""])
def test_a_mistyped_beat_does_no_harm(team: Team, as_person: SignIn, idle: str) -> None:
    assert as_person(team.dewi).get(url("live"), {"idle": idle}).status_code == 200


def test_severities_are_sent_again_only_when_a_run_ended(at_work: Team, as_person: SignIn) -> None:
    client = as_person(at_work.dewi)
    assert 'id="spreads"' not in client.get(url("live"), {"seen": "2"}).content.decode()
    changed = client.get(url("live"), {"seen": "1"}).content.decode()
    assert 'id="spreads"' in changed
    assert 'hx-swap-oob="true"' in changed


@pytest.mark.parametrize("name", ["overview", "live"])
def test_the_page_is_for_people_of_the_study(team: Team, as_person: SignIn, name: str) -> None:
    for person in (team.amina, team.chandra, team.dewi, team.ewa):
        assert as_person(person).get(url(name)).status_code == 200
    assert as_person(team.farid).get(url(name)).status_code == 404
    signed_out = Client().get(url(name))
    assert signed_out.status_code == 302
    assert signed_out["Location"].startswith("/accounts/login/")


def test_the_number_of_queries_does_not_grow(
    team: Team, as_person: SignIn, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    package = ModelPackageFactory()
    use(team.study, package)
    for number in range(12):
        visit = make_visit(team.sg01 if number % 2 else team.kl01, code=f"SG01-{number:04d}")
        run = RunFactory(photo__visit=visit, package=package, finished_at=NOW)
        for condition in ("melasma", "pores", "wrinkles"):
            ScoreFactory(run=run, condition_id=condition)
    client = as_person(team.dewi)
    with django_assert_max_num_queries(72):  # the twelve are counted at once
        assert client.get(url()).status_code == 200
    with django_assert_max_num_queries(54):
        assert client.get(url()).status_code == 200


def test_nobody_is_shown_numbers_older_than_those_of_their_page(
    at_work: Team, as_person: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was drawn for another before I acted would undo on my screen what I did."""
    monkeypatch.setattr(kept, "QUICK", 0.0)
    monkeypatch.setattr(kept, "TIMES", 1e6)
    client = as_person(at_work.dewi)
    client.get(url("live"), {"seen": "2"})
    ParticipantFactory(site=at_work.sg01, code="SG01-0009")
    page = client.get(url()).content.decode()
    five = '?state=was_enrolled">5</a>'
    assert five in page
    [asked] = re.findall(r'hx-get="([^"]*live/[^"]*)"', page)
    at = re.findall(r"at=([0-9.]+)", asked)[0]
    assert five in client.get(url("live"), {"seen": "2", "at": at}).content.decode()
    with CaptureQueriesContext(connection) as captured:
        again = client.get(url("live"), {"seen": "2", "at": at}).content.decode()
    assert five in again
    assert not any("inference_run" in query["sql"] for query in captured), "drawn once, still"


@pytest.mark.parametrize("at", ["x", "nan", "9e99", "-1", ""])
def test_a_mistyped_time_does_no_harm(team: Team, as_person: SignIn, at: str) -> None:
    assert as_person(team.dewi).get(url("live"), {"at": at}).status_code == 200


def test_a_busy_page_looks_again_when_there_is_something_new() -> None:
    request = RequestFactory().get("/")
    beats = [next_beat(request, busy=True, fresh_in=seconds).delay for seconds in (0, 1, 4.2, 60)]
    assert beats == [2, 2, 5, 15]


# --- What waits for a person -------------------------------------------------------------------

EVERYTHING = {
    "1 photo to look at",
    "1 request about data to answer",
    "1 participant enrolled without a consent",
    "1 consent to renew: a newer text is in force",
    "1 message that could not be sent",
    "2 things that failed and need attention",
}


@pytest.fixture
def waits(team: Team) -> Team:
    """One of everything that waits at SG01; KL01 has the same once more."""
    first = ConsentDocumentFactory(study=team.study, version="0.9")
    for site in (team.sg01, team.kl01):
        visit = make_visit(site, code=f"{site.code}-0001")  # with a consent to the first text
        ParticipantFactory(site=site, code=f"{site.code}-0002")
        held = PhotoFactory(visit=visit, view="right", state="held", review="waiting")
        PhotoCheck.objects.create(photo=held, state="quarantined")
        DailyRollover.objects.create(
            study=team.study, participant=visit.participant, day=NOW.date(), state="quarantined"
        )
        data_requests.ask(participant=visit.participant, kind="copy", by=visit.participant)
        Message.objects.create(
            participant=visit.participant,
            kind="test",
            planned_for=NOW,
            state="quarantined",
            outcome="failed",
        )
    first.move("superseded", superseded_at=NOW)
    ConsentDocumentFactory(study=team.study)
    return team


def test_what_waits_for_a_coordinator_is_counted_and_led_to(waits: Team, as_person: SignIn) -> None:
    page = words(as_person(waits.amina).get(url()))
    assert [line for line in EVERYTHING if line not in page] == []
    assert "Nothing waits" not in page
    for line in waiting.waiting(study=waits.study, user=waits.amina, failed=1):
        assert as_person(waits.amina).get(line.url).status_code == 200, line
    seen = waiting.waiting(study=waits.study, user=waits.chandra, failed=2)
    assert {line.text for line in seen} == {
        "photos to look at",
        "participants enrolled without a consent",
        "consents to renew: a newer text is in force",
        "things that failed and need attention",
        "visits due",
    }, "an investigator answers no requests and reads no messages"


def test_nothing_waits_says_so(team: Team, as_person: SignIn) -> None:
    assert waiting.waiting(study=team.study, user=team.amina, failed=0) == []
    assert "Nothing waits" in words(as_person(team.amina).get(url()))


LINKED = re.compile(r'href="(/studies/MEL-8/(?:participants|schedule|photos)/[^"]*)">(\d+)')


@time_machine.travel("2026-03-04T12:00:00Z", tick=False)
@pytest.mark.parametrize("name", ["dewi", "amina"])
def test_a_count_leads_to_exactly_its_rows(at_work: Team, as_person: SignIn, name: str) -> None:
    """Every number of people, visits and photos, for all sites and for one."""
    browser = as_person(getattr(at_work, name))
    page = browser.get(url()).content.decode()
    found = {(html.unescape(to), int(number)) for to, number in LINKED.findall(page)}
    asked = {to.split("?")[-1].split("&")[0] for to, _number in found}
    assert asked >= {"state=was_enrolled", "state=in_screening", "state=left", "state=complete"}
    for to, number in found:
        rows = browser.get(to).content.decode()
        if "/schedule/" in to:
            assert f"{number} such visit" in rows, to
        elif "/photos/" in to:
            assert len(re.findall(r'class="card photo-card"', rows)) == number, to
        else:
            assert f"{number} participant" in rows, to


def test_who_may_not_see_participants_is_led_nowhere(at_work: Team, as_person: SignIn) -> None:
    reader = MembershipFactory(study=at_work.study, role="reader", site=None).user
    page = as_person(reader).get(url())
    assert page.status_code == 200
    assert "?state=" not in page.content.decode()
