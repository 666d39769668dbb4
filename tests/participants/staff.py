"""What the tests of enrolment, consent, visits and links start from."""

import io
import uuid
from base64 import b64encode
from collections.abc import Callable
from datetime import date

from django.test import Client
from PIL import Image, ImageDraw

from participants.consent.models import Consent
from participants.consent.services.consents import give_consent
from participants.enrolment.services.enrolment import (
    Details,
    checklist,
    enrol_participant,
    screen_participant,
)
from participants.people.models import Participant
from participants.people.services.identity import IdentityData
from studies.access.models import User
from studies.consent_texts.models import ConsentDocument
from studies.protocol.models import Arm, Site, Study
from tests.studies.consent_texts.factories import ConsentDocumentFactory
from tests.studies.protocol.factories import VisitDefinitionFactory

SITI = IdentityData(name="Siti Rahman", email="siti@example.org", phone="+65 6123 4567")
DETAILS = Details(
    year_of_birth=1986, sex="female", ethnicity="malay", fitzpatrick=4, monk_tone=6, language="en"
)


def eligible_answers(study: Study) -> dict[str, bool]:
    """The answers of someone who is eligible."""
    return {line.code: line.wanted for line in checklist(study)}


def screen(site: Site, by: User) -> Participant:
    return screen_participant(
        site=site, answers=eligible_answers(site.study), details=DETAILS, by=by
    )


def enrol(
    site: Site,
    by: User,
    *,
    identity: IdentityData = SITI,
    arm: Arm | None = None,
    enrolled_on: date | None = None,
) -> Participant:
    return enrol_participant(
        participant=screen(site, by), identity=identity, arm=arm, by=by, enrolled_on=enrolled_on
    )


def publish(study: Study, **fields: object) -> ConsentDocument:
    """A consent text in force, its hash that of its content."""
    document: ConsentDocument = ConsentDocumentFactory(study=study, **fields)
    document.sha256 = document.content_sha256()
    document.save()
    return document


def signature() -> bytes:
    """A drawn signature as the field sends it: dark strokes on a transparent PNG."""
    image = Image.new("RGBA", (600, 200), (0, 0, 0, 0))
    points = [(40, 150), (90, 40), (130, 160), (190, 70), (260, 150), (400, 90), (520, 120)]
    ImageDraw.Draw(image).line(points, fill=(20, 20, 60, 255), width=4)
    out = io.BytesIO()
    image.save(out, format="PNG")
    return out.getvalue()


def consent(participant: Participant, document: ConsentDocument, by: User) -> Consent:
    return give_consent(
        participant=participant,
        document=document,
        document_sha256=document.sha256,
        choices={"ai_scoring": True, "future_research": False, "publication": True},
        typed_name="Siti Rahman",
        signature_png=signature(),
        by=by,
    )


def plan_week_visits(study: Study) -> None:
    """Baseline, week 4 and week 8, each open from 2 days before to 3 days after."""
    for code, day in (("baseline", 0), ("week-4", 28), ("week-8", 56)):
        VisitDefinitionFactory(study=study, code=code, day_offset=day)


# --- Pages -------------------------------------------------------------------------------------

Sign = Callable[[User], Client]
PAGE = "/studies/MEL-8/participants/"
CONTACT = {"name": "Siti Rahman", "phone": "+65 6123 4567", "email": "siti@example.org"}


def screening_form(site: Site, **changed: object) -> dict[str, object]:
    return {
        "request_id": uuid.uuid4(),
        "site": site.pk,
        "year_of_birth": 1986,
        "sex": "female",
        "ethnicity": "malay",
        "language": "en",
        "fitzpatrick": "4",
        "monk_tone": "6",
        "answer-age-in-range": "yes",
        **changed,
    }


def consent_form(text: object, **changed: object) -> dict[str, object]:
    return {
        "request_id": uuid.uuid4(),
        "document_sha256": getattr(text, "sha256", ""),
        "choice-ai_scoring": "on",
        "typed_name": "Siti Rahman",
        "signature": "data:image/png;base64," + b64encode(signature()).decode(),
        **changed,
    }
