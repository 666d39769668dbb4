"""The consent text that tests read and sign on a phone, and newer versions of it."""

import uuid
from base64 import b64encode
from typing import Any

import pytest
from django.http import HttpResponse

from participants.consent.models import Consent
from participants.consent.services import consents
from participants.people.models import Participant
from studies.consent_texts.models import ConsentDocument
from studies.consent_texts.services import draft_document, put_in_force
from studies.platform.actors import Actor
from tests.conftest import Team
from tests.participants.phone import Phone, make_phone
from tests.participants.staff import publish, signature

QUESTION = {
    "text": "May you stop before the end?",
    "options": ["Yes, at any time", "No"],
    "right": 1,
    "explanation": "You may stop at any time.",
}
SCORING = {"code": "ai_scoring", "text": "Software may score my photos.", "required": True}
CHOICES = [
    SCORING,
    {"code": "publication", "text": "Publications may show them.", "required": False},
]


def first_text(team: Team) -> ConsentDocument:
    """A text in force, with a key point, a question and two choices."""
    return publish(
        team.study,
        body="Welcome.\n\n## What you do\n\nFive photos.\n\n## Your data\n\nKept safe.",
        key_points=["You can stop at any time."],
        questions=[QUESTION],
        choices=CHOICES,
    )


def newer(
    team: Team,
    version: str = "2.0",
    *,
    editorial: bool = False,
    editorial_reason: str = "",
    **fields: Any,
) -> ConsentDocument:
    """A version that the manager has drafted and put in force."""
    values = {
        "language": "en",
        "title": "Taking part in the melasma study",
        "body": "Welcome.\n\n## What you do\n\nSix photos.\n\n## Your data\n\nKept safe.",
        "choices": CHOICES,
        **fields,
    }
    draft = draft_document(study=team.study, by=team.dewi, version=version, **values)
    return put_in_force(
        document=draft,
        by=team.dewi,
        reason="Amendment",
        editorial=editorial,
        editorial_reason=editorial_reason,
    )


@pytest.fixture
def phone_before_consent(team: Team, document: ConsentDocument) -> Phone:
    """The phone of one who is asked for consent and has given none."""
    return make_phone(team.sg01, consented=False)


def filled(document: ConsentDocument, **over: str) -> dict[str, str]:
    """The form of the phone with every field filled in; "" leaves one out."""
    picture = b64encode(signature()).decode()
    values = {
        "request_id": str(uuid.uuid4()),
        "document_sha256": document.sha256,
        "question-1": "1",
        "choice-ai_scoring": "on",
        "typed_name": "Siti Rahman",
        "signature": f"data:image/png;base64,{picture}",
        **over,
    }
    return {name: value for name, value in values.items() if value != ""}


def sign(phone: Phone, document: ConsentDocument, **over: str) -> HttpResponse:
    return phone.client.post("/my/consent/review/", filled(document, **over))


def agree(
    participant: Participant,
    by: Actor,
    document: ConsentDocument | None = None,
    *,
    typed_name: str = "Siti Rahman",
) -> Consent:
    """Consent given without the phone, to ``document`` or else to the text that comes next."""
    document = document or consents.next_for(participant).document
    return consents.give_consent(
        participant=participant,
        document=document,
        document_sha256=document.sha256,
        choices={"ai_scoring": True},
        typed_name=typed_name,
        signature_png=b"",
        by=by,
    )
