"""Consent on paper: the pages sealed, the day in the past, who signed for whom."""

import io
import uuid
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import cv2  # noqa: F401 - loading it changes the environment, which no test may
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from participants.consent.errors import ConsentOutdated
from participants.consent.models import Consent
from participants.consent.services import consents
from participants.consent.services.paper import Signed, record_paper_consent
from participants.people.models import Participant
from participants.people.services.identity import open_bytes
from studies.consent_texts.models import ConsentDocument
from studies.platform import storage
from studies.platform.errors import Invalid, NotAllowed, fields_of
from tests.conftest import Team
from tests.participants.staff import PAGE, Sign, enrol, publish

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 2)
CHOICES = {"ai_scoring": True, "future_research": False, "publication": True}
SIGNED = Signed(on=TODAY - timedelta(days=3), name="Siti Rahman")
MOTHER = Signed(
    on=TODAY - timedelta(days=3),
    name="Aminah Yusof",
    given_by="guardian",
    relationship="mother",
    assent="Siti",
    of_age_on=date(2026, 9, 14),
)


def page(format_: str = "JPEG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (310, 438), "white").save(out, format_, exif=b"Exif\x00\x00secret")
    return out.getvalue()


@pytest.fixture
def siti(team: Team) -> Participant:
    return enrol(team.sg01, team.amina)


@pytest.fixture
def text(team: Team) -> ConsentDocument:
    document = publish(team.study)
    document.in_force_at = timezone.now() - timedelta(days=30)
    document.save()
    return document


def record(siti: Participant, text: ConsentDocument, by: Any, **changed: Any) -> Consent:
    return record_paper_consent(
        **{  # type: ignore[arg-type]
            "participant": siti,
            "document": text,
            "choices": CHOICES,
            "signed": SIGNED,
            "pages": [page(), page("PNG")],
            "by": by,
            **changed,
        }
    )


def test_the_pages_are_sealed_and_open_as_one_copy(
    team: Team, siti: Participant, text: ConsentDocument
) -> None:
    request_id = uuid.uuid4()
    given = record(siti, text, team.amina, request_id=request_id)
    assert record(siti, text, team.amina, request_id=request_id).pk == given.pk
    assert (given.medium, given.given_by, given.state) == ("paper", "self", "given")
    assert given.given_at.date() == TODAY - timedelta(days=3)
    assert given.recorded_at is not None
    assert not storage.read(given.pdf_file).startswith(b"%PDF"), "sealed"
    pdf = consents.open_copy(consent=given, by=team.amina)
    assert pdf.startswith(b"%PDF")
    assert pdf.count(b"/Type /Page\n") == 2
    assert b"secret" not in pdf, "written anew, without its tags"


def test_a_minor_has_a_guardian_and_agrees_and_signs_anew_once_of_age(
    team: Team, siti: Participant, text: ConsentDocument
) -> None:
    Participant.objects.filter(pk=siti.pk).update(year_of_birth=2008)  # turns 18 this year
    siti.refresh_from_db()
    for missing, field in (("assent", "assent"), ("relationship", "relationship")):
        with pytest.raises(Invalid) as refused:
            record(siti, text, team.amina, signed=replace(MOTHER, **{missing: ""}))
        assert field in fields_of(refused.value)
    given = record(siti, text, team.amina, signed=MOTHER)
    assert given.assented is True
    assert given.of_age_on == date(2026, 10, 1), "the birth date itself is not kept"
    assert b"Siti" in open_bytes(bytes(given.sealed_others), owner=siti)
    assert not consents.needs_new_consent(siti)
    Consent.objects.update(of_age_on=timezone.now().date())
    with pytest.raises(ConsentOutdated, match="of age"):
        consents.require_current_consent(siti)
    assert consents.needs_new_consent(siti)
    assert Participant.objects.filter(consents_to_renew(team)).get() == siti


def consents_to_renew(team: Team) -> Any:
    return consents.to_renew(team.study)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"signed": replace(SIGNED, on=TODAY + timedelta(days=1))}, "on"),
        ({"signed": replace(SIGNED, on=TODAY - timedelta(days=60))}, "on"),
        ({"signed": replace(SIGNED, name=" ")}, "name"),
        ({"pages": []}, "pages"),
        ({"pages": [page()] * 21}, "pages"),
        ({"pages": [page(), b"%PDF-1.7 a scan"]}, "pages"),
        ({"choices": {**CHOICES, "ai_scoring": True, "other": True}}, "other"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_recorded(
    team: Team, siti: Participant, text: ConsentDocument, changed: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        record(siti, text, team.amina, **changed)
    assert field in fields_of(refused.value)
    assert not Consent.objects.exists()


def test_only_who_records_consent_at_the_site_may(
    team: Team, siti: Participant, text: ConsentDocument
) -> None:
    for person in (team.budi, team.dewi, team.ewa):
        with pytest.raises(NotAllowed):
            record(siti, text, person)


def test_the_page_takes_several_pages(
    team: Team, siti: Participant, text: ConsentDocument, as_person: Sign
) -> None:
    client = as_person(team.amina)
    address = f"{PAGE}{siti.code}/consent/paper/"
    assert "Consent of SG01-0001 on paper" in client.get(address).content.decode()
    sent = {
        "request_id": uuid.uuid4(),
        "document": text.pk,
        "on": SIGNED.on.isoformat(),
        "given_by": "self",
        "name": "Siti Rahman",
        "choice-ai_scoring": "on",
    }
    refused = client.post(address, sent)
    assert refused.status_code == 422
    files = [SimpleUploadedFile(f"{n}.jpg", page(), "image/jpeg") for n in (1, 2)]
    assert client.post(address, {**sent, "pages": files}).status_code == 302
    assert Consent.objects.get().medium == "paper"
    assert "on paper" in client.get(f"{PAGE}{siti.code}/").content.decode()
