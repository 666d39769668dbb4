"""The pages on which staff fills in, reads and corrects questionnaires."""

import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from participants.answers.models import Submission
from participants.answers.services.submitting import submit
from studies.access.models import User
from studies.assignments.models import Assignment
from tests.conftest import Team
from tests.participants.answers.filled import filled, itch_asked, xml
from tests.participants.phone import Phone

pytestmark = pytest.mark.django_db
Sign = Callable[[User], Client]
ALL = "/studies/MEL-8/participants/SG01-0007/questionnaires/"
PAGE = f"{ALL}itch/week-0/"


def words(response: HttpResponse) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def hidden(response: HttpResponse, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', response.content.decode())
    assert found is not None
    return found[1]


def form(response: HttpResponse, **answers: Any) -> dict[str, Any]:
    """What the page would send with these answers."""
    carried = {name: hidden(response, name) for name in ("seen", "request_id")}
    return {
        "answered": "1",
        **carried,
        **{name if name.startswith("_") else f"/data/{name}": v for name, v in answers.items()},
    }


@pytest.fixture
def desk(team: Team, phone: Phone, as_person: Sign) -> Client:
    itch_asked(phone.participant.study)
    return as_person(team.amina)


def test_a_form_is_filled_in_live_submitted_and_read(desk: Client) -> None:
    page = desk.get(PAGE)
    assert "How much does it itch?" in words(page)
    assert "For how many days?" not in words(page)
    live = desk.post(PAGE, form(page, itch="2"), headers={"HX-Request": "true"})
    assert "For how many days?" in words(live)
    assert "<html" not in live.content.decode()
    assert not Submission.objects.exists()
    sent = desk.post(PAGE, {**form(page, itch="2", days="5"), "check": "1"})
    assert sent.status_code == 302
    assert sent["Location"] == PAGE
    read = words(desk.get(PAGE))
    assert "Much" in read
    assert "Revision 1" in read
    assert "Amina" in read
    row = Submission.objects.get()
    assert (row.state, row.latest.by_kind) == ("submitted", "staff")


def test_errors_stand_beside_their_questions_and_above(desk: Client) -> None:
    page = desk.get(PAGE)
    wrong = desk.post(PAGE, {**form(page, itch="2", days="100"), "check": "1"})
    assert wrong.status_code == 422
    assert "1 answer needs a look. Nothing was submitted." in words(wrong)
    assert 'href="#q-data-days"' in wrong.content.decode()
    assert 'value="100"' in wrong.content.decode()
    word = desk.post(PAGE, {**form(page, itch="2", days="five"), "check": "1"})
    assert word.status_code == 422
    assert "not possible here" in words(word)
    empty = desk.post(PAGE, {**form(page), "check": "1"})
    assert "An answer is needed." in words(empty)
    assert not Submission.objects.exists()


def test_what_is_hidden_meanwhile_is_not_sent_along(desk: Client) -> None:
    page = desk.get(PAGE)
    sent = desk.post(PAGE, {**form(page, itch="0", days="5"), "check": "1"})
    assert sent.status_code == 302
    assert "For how many days?" not in words(desk.get(PAGE))


def test_a_draft_is_saved_taken_up_and_submitted(desk: Client) -> None:
    page = desk.get(PAGE)
    assert desk.post(PAGE, {**form(page, itch="1"), "save": "1"}).status_code == 302
    again = desk.get(PAGE)
    assert "draft of" in words(again)
    assert re.search(r'value="1"\s+checked', again.content.decode())
    assert "Draft" in words(desk.get(ALL))
    sent = desk.post(PAGE, {**form(again, itch="1", days="2"), "check": "1"})
    assert sent.status_code == 302
    assert Submission.objects.get().state == "submitted"


def test_a_correction_asks_why_and_shows_both(desk: Client) -> None:
    page = desk.get(PAGE)
    desk.post(PAGE, {**form(page, itch="2", days="5"), "check": "1"})
    page = desk.get(f"{PAGE}?correct=1")
    assert 'value="5"' in page.content.decode()
    mute = desk.post(PAGE, {**form(page, itch="2", days="7"), "check": "1", "reason": " "})
    assert mute.status_code == 422
    assert "Say why the answers change." in words(mute)
    done = desk.post(
        PAGE, {**form(page, itch="2", days="7"), "check": "1", "reason": "Counted again"}
    )
    assert done.status_code == 302
    read = words(desk.get(PAGE))
    assert "Corrected" in read
    assert "Counted again" in read
    assert "For how many days?: 5 7" in read


def test_of_two_people_the_second_sees_both_and_chooses(
    team: Team, phone: Phone, desk: Client
) -> None:
    page = desk.get(PAGE)
    who = phone.participant
    submit(
        participant=who,
        assignment=Assignment.objects.get(),
        place="week-0",
        filled=filled(xml("1", "3", "2")),
        by=who,
    )
    for act in ("save", "check"):
        second = desk.post(PAGE, {**form(page, itch="2", days="9"), act: "1"})
        assert second.status_code == 409
        told = words(second)
        assert "What is there now, and what you typed" in told
        assert "For how many days? 3 9" in told
        assert "Why do the answers change?" in told
    sent = desk.post(
        PAGE, {**form(second, itch="2", days="9"), "check": "1", "reason": "Asked again by phone"}
    )
    assert sent.status_code == 302
    assert Submission.objects.get().revisions.count() == 2


def test_a_form_sent_twice_counts_once(desk: Client) -> None:
    page = desk.get(PAGE)
    sending = {**form(page, itch="0"), "check": "1"}
    assert desk.post(PAGE, sending).status_code == 302
    assert desk.post(PAGE, sending)["Location"] == PAGE
    assert Submission.objects.get().revisions.count() == 1


def test_what_is_asked_as_needed_is_added_one_after_another(
    team: Team, phone: Phone, as_person: Sign
) -> None:
    itch_asked(phone.participant.study, timing="as_needed", visits=[], filled_by="staff")
    desk = as_person(team.amina)
    for number in (1, 2):
        page = desk.get(f"{ALL}itch/another/")
        sent = desk.post(f"{ALL}itch/another/", {**form(page, itch="0"), "check": "1"})
        assert sent["Location"] == f"{ALL}itch/{number}/"
    listed = words(desk.get(ALL))
    assert "Number 2" in listed
    assert "Add one" in listed
    assert "Questionnaires" in words(desk.get("/studies/MEL-8/participants/SG01-0007/"))


def test_who_may_only_read_reads_and_others_find_nothing(
    team: Team, desk: Client, as_person: Sign
) -> None:
    page = desk.get(PAGE)
    monitor = as_person(team.ewa)
    assert "Nobody has filled this in yet." in words(monitor.get(PAGE))
    assert "Add one" not in words(monitor.get(ALL))
    sending = {**form(page, itch="0"), "check": "1", "request_id": str(uuid.uuid4())}
    assert monitor.post(PAGE, sending).status_code == 403
    assert as_person(team.budi).get(PAGE).status_code == 404
    assert not Submission.objects.exists()
    assert desk.get(f"{ALL}itch/week-9/").status_code == 404
    assert desk.get(f"{ALL}other/week-0/").status_code == 404


def test_striking_through_asks_why(desk: Client) -> None:
    page = desk.get(PAGE)
    desk.post(PAGE, {**form(page, itch="0"), "check": "1"})
    asked = desk.get(f"{PAGE}strike/")
    done = desk.post(
        f"{PAGE}strike/", {"reason": "Of another person", "seen": hidden(asked, "seen")}
    )
    assert done.status_code == 302
    assert "Struck through" in words(desk.get(PAGE))


def test_a_draft_beside_submitted_answers_is_thrown_away(
    team: Team, phone: Phone, desk: Client
) -> None:
    page = desk.get(PAGE)
    desk.post(PAGE, {**form(page, itch="2"), "save": "1"})
    who = phone.participant
    submit(
        participant=who,
        assignment=Assignment.objects.get(),
        place="week-0",
        filled=filled(),
        by=who,
    )
    read = desk.get(PAGE)
    assert "A draft lies beside these answers" in words(read)
    gone = desk.post(f"{PAGE}discard/", {"seen": hidden(read, "seen")})
    assert gone.status_code == 302
    assert "A draft lies beside" not in words(desk.get(PAGE))
