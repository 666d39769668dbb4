"""The audit trail: read by managers and monitors, searched, never longer than a page."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from html import unescape

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from studies.access.models import User
from studies.access.permissions import Permission
from studies.platform.actors import SYSTEM, acting_from
from studies.protocol.services.studies import edit_study
from studies.record.models import AuditEvent
from studies.record.services import record
from studies.record.wording import READS, action_in_words, differences
from tests.conftest import Team
from tests.participants.people.factories import ParticipantFactory
from tests.studies.access.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
PAGE = "/studies/MEL-8/record/"


def act(action: str = "photo.receive", participant: str = "SG01-0007", **values: object) -> None:
    record(
        by=values.pop("by", SYSTEM),
        action=action,
        study="MEL-8",
        site=values.pop("site", "SG01"),
        participant=participant,
        **values,
    )


def rows(client: Client, query: str = "") -> list[dict[str, object]]:
    response = client.get(PAGE + query)
    assert response.status_code == 200
    found = response.context["rows"]
    assert isinstance(found, list)
    return found


def test_an_act_is_shown_with_who_when_what_why_and_from_where(
    team: Team, as_person: SignIn
) -> None:
    moment = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
    with time_machine.travel(moment, tick=False), acting_from("web", "203.0.113.7"):
        edit_study(study=team.study, by=team.dewi, title="Melasma", reason="Shorter")
    with time_machine.travel(moment, tick=False):
        page = as_person(team.ewa).get(PAGE).content.decode()
    for words in (
        "Dewi &lt;dewi@example.org&gt;",
        "Study: edit",
        "<del>Melasma over eight weeks</del>",
        "<ins>Melasma</ins>",
        "Shorter",
        "web page, 203.0.113.7",
        "3 Mar 2026<br>07:30:00",  # in Singapore it is the next morning
    ):
        assert words in page


@pytest.mark.parametrize("name", ["amina", "chandra"])
def test_coordinators_and_investigators_do_not_read_it(
    team: Team, as_person: SignIn, name: str
) -> None:
    assert as_person(getattr(team, name)).get(PAGE).status_code == 403


def test_another_studys_record_does_not_exist(team: Team, as_person: SignIn) -> None:
    assert as_person(team.farid).get(PAGE).status_code == 404
    record(by=SYSTEM, action="study.edit", study="FEAS-2")
    assert rows(as_person(team.dewi)) == []


def test_a_monitor_of_one_site_reads_the_acts_of_that_site(team: Team, as_person: SignIn) -> None:
    gita = UserFactory(name="Gita")
    MembershipFactory(user=gita, study=team.study, site=team.kl01, role="monitor")
    act(participant="SG01-0001")
    act(participant="KL01-0001", site="KL01")
    act("study.edit", "", site="")
    codes = [row["event"].participant_code for row in rows(as_person(gita))]
    assert codes == ["KL01-0001"]


def test_it_is_searched_by_participant_act_person_and_day(team: Team, as_person: SignIn) -> None:
    with time_machine.travel(datetime(2026, 3, 1, 20, tzinfo=UTC)):  # 2 March in Singapore
        act("photo.receive", "SG01-0007")
    with time_machine.travel(datetime(2026, 3, 5, 2, tzinfo=UTC)):
        act("photo.receive", "SG01-0008", by=team.amina)
        act("consent.give", "SG01-0007")
    browser = as_person(team.dewi)
    for query, count in (
        ("", 3),
        ("?participant=sg01-0007", 2),
        ("?action=consent.give", 1),
        ("?person=Amina+%3Camina%40example.org%3E", 1),
        ("?until=2026-03-01", 0),
        ("?until=2026-03-02", 1),
        ("?since=2026-03-03", 2),
        ("?since=2026-03-03&participant=SG01-0007", 1),
    ):
        assert len(rows(browser, query)) == count, query
    assert "No entry matches" in browser.get(f"{PAGE}?until=2026-03-01").content.decode()


def test_who_looked_and_signed_in_is_shown_when_it_is_asked_for(
    team: Team, as_person: SignIn
) -> None:
    act("consent.give")
    for read in READS:
        act(read)
    browser = as_person(team.dewi)
    shown = {row["event"].action for row in rows(browser)}
    assert shown == {"consent.give"}
    assert len(rows(browser, "?reads=on")) == 1 + len(READS)
    assert [row["event"].action for row in rows(browser, "?action=photo.view")] == ["photo.view"]
    nothing = browser.get(f"{PAGE}?participant=SG01-0009").content.decode()
    assert "ask for views and sign-ins too" in nothing


def test_every_look_in_the_code_is_known_as_one() -> None:
    looks = re.compile(r"""["'](\w+\.(?:view\w*|list|sign_in|sign_out))["']""")
    known = set(READS) | {permission.value for permission in Permission}
    for app in ("studies", "participants", "inference"):
        for path in (settings.BASE_DIR / app).rglob("*.py"):
            assert set(looks.findall(path.read_text())) <= known, path


def test_pages_and_a_participants_link_keep_what_was_asked_for(
    team: Team, as_person: SignIn
) -> None:
    for _n in range(60):
        act("photo.view")
    query = "?reads=on&participant=&person=&since=2026-03-01"
    page = as_person(team.dewi).get(f"{PAGE}{query}").content.decode()
    links = {unescape(link) for link in re.findall(r'href="(\?[^"]+)"', page)}
    following = next(link for link in links if "before=" in link)
    for kept in (following, next(link for link in links if "participant=SG01-0007" in link)):
        assert "reads=on" in kept
        assert "since=2026-03-01" in kept
    second = rows(as_person(team.dewi), following)
    assert {row["event"].action for row in second} == {"photo.view"}
    assert len(second) == 10


def test_it_comes_in_pages_newest_first(team: Team, as_person: SignIn) -> None:
    for n in range(60):
        act(participant=f"SG01-{n:04d}")
    browser = as_person(team.dewi)
    first = rows(browser)
    older = first[-1]["event"].sequence
    assert f'rel="next" href="?before={older}"' in browser.get(PAGE).content.decode()
    second = rows(browser, f"?before={older}")
    assert (len(first), len(second)) == (50, 10)
    assert first[0]["event"].participant_code == "SG01-0059"
    assert second[-1]["event"].participant_code == "SG01-0000"
    newer = second[0]["event"].sequence
    page = browser.get(f"{PAGE}?before={older}").content.decode()
    assert f'rel="prev" href="?after={newer}"' in page
    assert 'rel="next"' not in page
    assert rows(browser, f"?after={newer}") == first
    assert 'rel="prev"' not in browser.get(f"{PAGE}?after={newer}").content.decode()
    assert rows(browser, "?before=x&page=2") == first


def test_a_page_neither_counts_nor_skips(team: Team, as_person: SignIn) -> None:
    """Whatever the length of the record, a page is found by the number it goes on from."""
    for n in range(60):
        act(participant=f"SG01-{n:04d}")
    browser = as_person(team.dewi)
    with CaptureQueriesContext(connection) as captured:
        rows(browser, "?before=30")
    asked = [query["sql"] for query in captured if "studies_auditevent" in query["sql"]]
    assert asked
    assert not any("COUNT(" in sql or "OFFSET" in sql for sql in asked)


def test_participants_are_not_among_the_people_to_choose(team: Team, as_person: SignIn) -> None:
    act(by=ParticipantFactory(site=team.sg01, code="SG01-0009"))
    act(by=team.amina)
    form = as_person(team.dewi).get(PAGE).context["filter"].form
    names = [name for name, _label in form.fields["person"].choices]
    assert team.amina.actor_label in names
    assert "SG01-0009" not in names


def test_names_given_by_people_cannot_break_the_page(team: Team, as_person: SignIn) -> None:
    act(new={"title": "<script>alert(1)</script>"}, reason="<img src=x onerror=alert(1)>")
    page = as_person(team.dewi).get(PAGE).content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("consent_document.put_in_force", "Consent document: put in force"),
        ("participant.enrol", "Participant: enrol"),
        ("sweep", "Sweep"),
    ],
)
def test_acts_are_named_in_words(action: str, words: str) -> None:
    assert action_in_words(action) == words


def test_values_are_shown_in_words_side_by_side() -> None:
    event = AuditEvent(
        old={"max_age": None, "views": ["front"], "active": True},
        new={
            "views": ["front", "left"],
            "choices": [{"code": "a", "required": False}],
            "t": "x" * 999,
        },
    )
    found = {d.name: (d.old, d.new) for d in differences(event)}
    assert found["max age"] == ("nothing", None)
    assert found["views"] == ("front", "front, left")
    assert found["active"] == ("yes", None)
    assert found["choices"] == (None, "code: a; required: no")
    assert len(found["t"][1] or "") == 240
