"""Every page a participant can come to, and how to bring each about.

A new address in ``participants/urls.py`` belongs into ``PAGES`` or, when it is no page, into
``NO_PAGES``; a test compares.
"""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.utils import timezone

from participants.capture.models import Photo
from participants.messaging.services.composing import off_address
from participants.people.services import invitations
from participants.privacy.models import DataRequest
from participants.privacy.services import data_requests
from participants.visits.models import Visit
from studies.consent_texts.models import ConsentDocument
from studies.consent_texts.services import draft_document, put_in_force
from studies.instruments.models import Instrument
from tests.browser.visiting import open_visit
from tests.conftest import Team
from tests.participants.answers.filled import itch_asked
from tests.participants.capture.factories import PhotoFactory

FRONT = "/my/visits/week-0/front/"
REASONS = [{"code": "blurred", "message": "The photo is blurred."}]
# Answers to scripts, files, and what is only ever posted to.
NO_PAGES = {
    "engine", "today", "worker", "manifest", "photo", "uploads", "upload", "consent",
    "consent_answer", "consent_progress", "data_copy", "data_take_back", "words",
    "reminders_test", "push", "calendar", "calendar_renew", "calendar_feed", "leave",
    "elsewhere", "phone_end", "form_engine", "answers",
}  # fmt: skip


@dataclass
class Someone:
    """A participant at a visit that is open today, with a personal link."""

    team: Team
    visit: Visit
    token: str

    def photo(self, view: str, state: str) -> None:
        """Have sent this view, with this outcome."""
        Photo.objects.filter(visit=self.visit, view=view).update(state="replaced")
        told = REASONS if state == "retake_wanted" else []
        PhotoFactory(
            visit=self.visit,
            view=view,
            state=state,
            retake_reasons=told,
            received_at=timezone.now(),
        )


def someone(team: Team) -> Someone:
    """The person whose pages are looked at."""
    visit = open_visit(team)
    issued = invitations.issue(participant=visit.participant, by=team.amina)
    return Someone(team, visit, issued.token)


def _nothing(who: Someone) -> None:
    """As it is."""


def _questionnaire(who: Someone) -> str:
    instrument = Instrument.objects.filter(study=who.team.study).first()
    if instrument is None:
        itch_asked(who.team.study)
    return "/my/questionnaires/itch/week-0/"


def _retake(who: Someone) -> None:
    who.photo("front", "retake_wanted")


def _sent(who: Someone) -> None:
    for view in ("front", "left", "right"):
        who.photo(view, "received")


def _accepted(who: Someone) -> None:
    for view in ("front", "left", "right"):
        who.photo(view, "accepted")


def _newer_text(who: Someone) -> None:
    before = ConsentDocument.objects.get(study=who.team.study, language="en", state="in_force")
    draft = draft_document(
        study=who.team.study,
        by=who.team.dewi,
        language="en",
        version="2.0",
        title=before.title,
        body=f"{before.body}\n\n## How long\n\nPhotos are kept for fifteen years.\n",
        choices=before.choices,
        key_points=["You can stop at any time.", "Software measures the skin on your photos."],
        questions=[
            {
                "text": "May you stop before the eight weeks are over?",
                "options": ["Only if my doctor agrees", "Yes, at any time"],
                "right": 2,
                "explanation": "You may stop at any time.",
            }
        ],
    )
    put_in_force(document=draft, by=who.team.dewi, reason="A newer text.")


def _asked(who: Someone) -> None:
    me = who.visit.participant
    if not me.data_requests.exists():
        data_requests.ask(participant=me, kind=DataRequest.Kind.COPY, by=me)


def _receipt(who: Someone) -> str:
    token = data_requests.receipt_token(who.visit.participant.data_requests.get())
    return f"/r/{token}/"


def _off(who: Someone) -> str:
    return urlsplit(off_address(who.visit.participant, "email")).path


@dataclass(frozen=True)
class MyPage:
    """One page in one state. Pages come in an order in which each state can follow the last."""

    name: str  # of the address
    title: str  # of this state, as file names have it
    at: str | Callable[[Someone], str]
    before: Callable[[Someone], None] = _nothing

    def address(self, who: Someone) -> str:
        self.before(who)
        return self.at if isinstance(self.at, str) else self.at(who)


PAGES = (
    MyPage("link", "link", lambda who: f"/p/{who.token}/"),
    MyPage("home", "home", "/my/"),
    MyPage("capture", "capture", FRONT),
    MyPage("questionnaire", "questionnaire", _questionnaire),
    MyPage("offline", "offline", "/my/offline/"),
    MyPage("language", "language", "/my/language/"),
    MyPage("reminders", "reminders", "/my/reminders/"),
    MyPage("later", "later", "/my/later/"),
    MyPage("off", "off", _off),
    MyPage("consent_done", "consent-done", "/my/consent/done/"),
    MyPage("choices", "choices", "/my/choices/"),
    MyPage("home", "home-retake", "/my/", _retake),
    MyPage("capture", "capture-retake", FRONT),
    MyPage("home", "home-sent", "/my/", _sent),
    MyPage("home", "home-thanks", "/my/", _accepted),
    MyPage("capture", "capture-done", FRONT),
    MyPage("home", "home-consent", "/my/", _newer_text),
    MyPage("consent_review", "consent", "/my/consent/review/"),
    MyPage("consent_declined", "consent-declined", "/my/consent/declined/"),
    MyPage("data", "data", "/my/data/"),
    MyPage("data_ask", "data-stop", "/my/data/ask/stop/"),
    MyPage("data_ask", "data-erase", "/my/data/ask/erase/"),
    MyPage("data", "data-asked", "/my/data/", _asked),
    MyPage("receipt", "receipt", _receipt),
    MyPage("left", "left", "/my/left/"),
)
