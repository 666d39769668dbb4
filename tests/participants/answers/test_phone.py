"""A questionnaire on the phone: who gets the page, and what becomes of what is sent."""

import hashlib
import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from participants.answers.models import Revision, Submission
from participants.consent.models import Consent
from participants.people.models import Participant
from studies.assignments.models import Assignment
from studies.instruments.models import InstrumentVersion
from tests.conftest import Team
from tests.participants.answers.filled import itch_asked, xml
from tests.participants.phone import Phone, make_phone

pytestmark = pytest.mark.usefixtures("on_the_day")

PAGE = "/my/questionnaires/itch/week-0/"


@pytest.fixture
def asked(phone: Phone) -> Assignment:
    return itch_asked(phone.participant.study)


def body(phone: Phone, text: str = "", **over: Any) -> dict[str, Any]:
    """What a phone sends, of a form finished now by a clock that is right."""
    text = text or xml()
    now = timezone.now().isoformat()
    return {
        "request_id": str(uuid.uuid4()),
        "participant": str(phone.participant.outbox_owner),
        "version": 1,
        "xml": text,
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
        "begun_at": now,
        "finished_at": now,
        "sent_at": now,
        "zone": "Asia/Singapore",
        **over,
    }


def send(phone: Phone, sent: Any, *, page: str = PAGE) -> HttpResponse:
    raw = sent if isinstance(sent, (str, bytes)) else json.dumps(sent)
    answer: HttpResponse = phone.client.post(
        f"{page}answers/", raw, content_type="application/json"
    )
    return answer


def code(answer: HttpResponse) -> str:
    """Which refusal it is."""
    return str(json.loads(answer.content)["type"]).removeprefix("urn:gsh:problem:")


# --- Arriving ----------------------------------------------------------------------------------


def test_answers_arrive_and_the_phone_reads_that_they_did(phone: Phone, asked: Assignment) -> None:
    sent = body(phone)
    answer = send(phone, sent)
    assert answer.status_code == 200, answer.content
    told = json.loads(answer.content)
    assert (told["request_id"], told["sha256"]) == (sent["request_id"], sent["sha256"])
    row = Submission.objects.get()
    assert (row.participant, row.visit, row.state) == (phone.participant, phone.visit, "submitted")
    assert row.latest.by_kind == "participant"


def test_sent_twice_is_one(phone: Phone, asked: Assignment) -> None:
    sent = body(phone)
    first, second = send(phone, sent), send(phone, sent)
    assert (first.status_code, second.content) == (200, first.content)
    assert Revision.objects.count() == 1
    other = body(phone, xml("1", "3", "2"), request_id=sent["request_id"])
    assert code(send(phone, other)) == "answers_conflict"


def test_edited_in_transit_is_refused_and_says_where(phone: Phone, asked: Assignment) -> None:
    forged = body(phone) | {"xml": xml(score="9")}
    assert code(send(phone, forged)) == "answers_damaged"
    text = xml(score="9")
    answer = send(phone, body(phone, text))
    assert code(answer) == "answers_refused"
    assert json.loads(answer.content)["answers"][0]["ref"] == "/data/score[1]"
    assert not Submission.objects.exists()


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "[]",
        b"\xff\xfe",
        '{"xml": 3}',
        {"request_id": "seven"},
        {"version": "first"},
        {"version": None},
        {"begun_at": "yesterday"},
        {"finished_at": "2026-03-02T09:00:00"},
        {"sent_at": None},
        {"xml": "a\ud800b"},
        {"xml": "a\0b"},
    ],
)
def test_what_is_no_form_is_refused_as_such(phone: Phone, asked: Assignment, broken: Any) -> None:
    sent = body(phone) | broken if isinstance(broken, dict) else broken
    if isinstance(sent, dict):
        text = sent["xml"].encode(errors="surrogatepass")
        sent["sha256"] = hashlib.sha256(text).hexdigest()
    answer = send(phone, sent)
    assert (answer.status_code, code(answer)) == (422, "answers_unreadable")


def test_answers_too_long_for_any_form_are_refused(phone: Phone, asked: Assignment) -> None:
    for size in (3, 8):  # MiB: more than a form allows, and more than a request
        answer = send(phone, body(phone, "x" * size * 2**20))
        assert code(answer) == "answers_unreadable"


def test_a_zone_that_no_site_is_in_is_not_asked_of_the_engine(
    phone: Phone, asked: Assignment
) -> None:
    assert send(phone, body(phone, zone="../../etc/passwd")).status_code == 200
    assert Revision.objects.get().zone == phone.participant.zone.key


def test_a_clock_that_is_off_is_put_right(phone: Phone, asked: Assignment) -> None:
    wrong = timezone.now() - timedelta(days=400)
    moments = dict.fromkeys(("begun_at", "finished_at", "sent_at"), wrong.isoformat())
    assert send(phone, body(phone, **moments)).status_code == 200
    revision = Revision.objects.get()
    assert abs(revision.filled_at - timezone.now()) < timedelta(minutes=1)
    assert revision.clock_wrong


# --- Whose -------------------------------------------------------------------------------------


def test_another_persons_questionnaire_is_refused(
    team: Team, phone: Phone, asked: Assignment
) -> None:
    other = make_phone(team.sg01, code="SG01-0099")
    theirs = body(other)
    assert code(send(phone, theirs)) == "other_participant"
    sent = body(other)
    assert send(other, sent).status_code == 200
    stolen = sent | {"participant": str(phone.participant.outbox_owner)}
    assert code(send(phone, stolen)) == "answers_conflict"
    assert not phone.participant.submissions.exists()


def test_nobody_elses_study_and_nothing_of_staffs(team: Team, phone: Phone) -> None:
    asked = itch_asked(phone.participant.study, filled_by=Assignment.FilledBy.STAFF)
    assert phone.client.get(PAGE).status_code == 404
    assert send(phone, body(phone)).status_code == 404
    asked.delete()
    assert phone.client.get(PAGE).status_code == 404


def test_without_a_link_nothing_opens_and_nothing_is_taken(phone: Phone, asked: Assignment) -> None:
    phone.client = Client()
    assert phone.client.get(PAGE).status_code == 403
    assert code(send(phone, body(phone))) == "link_needed"


def test_who_stopped_sends_nothing_more(phone: Phone, asked: Assignment) -> None:
    Participant.objects.update(state=Participant.State.WITHDRAWN)
    assert phone.client.get(PAGE).status_code == 403
    assert code(send(phone, body(phone))) == "taking_part_ended"
    assert not Submission.objects.exists()


def test_without_consent_nothing_is_asked_or_taken(phone: Phone, asked: Assignment) -> None:
    Consent.objects.update(state=Consent.State.WITHDRAWN)
    page = phone.client.get(PAGE).content.decode()
    assert "questionnaire-data" not in page
    assert "xforms" not in page
    assert code(send(phone, body(phone))) == "consent_missing"
    assert not Submission.objects.exists()


# --- The page ----------------------------------------------------------------------------------


def test_the_page_brings_the_form_and_nothing_of_what_was_answered(
    phone: Phone, asked: Assignment
) -> None:
    page = phone.client.get(PAGE)
    data = page.context["data"]
    assert data["xform"] == InstrumentVersion.objects.get().xform
    assert (data["assignment"], data["place"], data["version"]) == ("itch", "week-0", 1)
    assert (data["answered"], data["zone"]) == (False, "Asia/Singapore")
    send(phone, body(phone, xml("1", "42", "2")))
    again = phone.client.get(PAGE)
    assert again.context["data"]["answered"]
    assert "42" not in str(again.context["data"])


def test_only_the_frame_may_compile_code(phone: Phone, asked: Assignment) -> None:
    assert "wasm" not in phone.client.get(PAGE)["Content-Security-Policy"]
    frame = Client().get("/my/form-engine/")
    policy = frame["Content-Security-Policy"]
    assert "script-src 'self' 'wasm-unsafe-eval'" in policy
    assert "unsafe-inline" not in policy
    assert "'unsafe-eval'" not in policy
    assert frame["X-Frame-Options"] == "SAMEORIGIN"


# --- Home --------------------------------------------------------------------------------------


def home(phone: Phone) -> dict[str, Any]:
    context: dict[str, Any] = phone.client.get("/my/").context
    return context


def asked_now(phone: Phone) -> list[dict[str, str]]:
    forms: list[dict[str, str]] = phone.client.get("/my/today.json").json()["forms"]
    return forms


def test_home_asks_before_or_after_the_photos_as_the_protocol_says(
    phone: Phone, asked: Assignment
) -> None:
    shown = home(phone)
    assert [one.place for one in shown["asked_after"]] == ["week-0"]
    assert (shown["asked_before"], shown["first_asked"]) == ([], None)
    Assignment.objects.update(order=Assignment.Order.BEFORE)
    shown = home(phone)
    assert [one.place for one in shown["asked_before"]] == ["week-0"]
    assert shown["first_asked"].url == PAGE
    assert PAGE in json.loads(shown["addresses"])["visit"]
    assert json.loads(shown["addresses"])["forms"]
    send(phone, body(phone))
    shown = home(phone)
    assert [one.state for one in shown["asked_before"]] == ["sent"]
    assert shown["first_asked"] is None
    assert asked_now(phone) == [{"assignment": "itch", "place": "week-0", "state": "sent"}]


def test_a_diary_is_asked_on_its_day_and_the_next_days_are_known(phone: Phone) -> None:
    days = {"timing": Assignment.Timing.DAYS, "visits": [], "first_day": 0, "open_days": 1}
    itch_asked(phone.participant.study, **days)
    today = timezone.localdate(timezone=phone.participant.zone)
    Participant.objects.update(enrolled_on=today - timedelta(days=1))
    assert [(one["place"], one["state"]) for one in asked_now(phone)] == [
        (str(today - timedelta(days=1)), "todo"),
        (str(today), "todo"),
        *((str(today + timedelta(days=n)), "early") for n in (1, 2, 3)),
    ]
    place = f"/my/questionnaires/itch/{today}/"
    assert send(phone, body(phone), page=place).status_code == 200
    tomorrow = f"/my/questionnaires/itch/{today + timedelta(days=1)}/"
    assert code(send(phone, body(phone), page=tomorrow)) == "form_not_open"


def test_what_is_asked_as_needed_can_be_sent_again_and_again(phone: Phone) -> None:
    itch_asked(phone.participant.study, timing=Assignment.Timing.AS_NEEDED, visits=[])
    page = "/my/questionnaires/itch/another/"
    assert [one.url for one in home(phone)["asked_any"]] == [page]
    for _ in range(2):
        assert send(phone, body(phone), page=page).status_code == 200
    numbers = phone.participant.submissions.values_list("number", flat=True)
    assert list(numbers) == [1, 2]
    assert phone.client.get(page).status_code == 200


def test_who_may_not_answer_is_not_asked(phone: Phone, asked: Assignment) -> None:
    Participant.objects.update(state=Participant.State.COMPLETED)
    assert asked_now(phone) == []
    assert home(phone)["asked_after"] == []
