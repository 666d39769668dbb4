"""A participant's phone, as a test drives it: the session of a personal link, and tus."""

import base64
import hashlib
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.test import Client

from participants.capture.models import Photo
from participants.people.models import Invitation, Participant
from participants.people.views.my import KEY
from participants.visits.models import Visit
from studies.platform.storage import read
from studies.protocol.models import Site
from tests.factories import NOW
from tests.participants.consent.factories import ConsentFactory
from tests.participants.people.factories import InvitationFactory, ParticipantFactory
from tests.participants.visits.factories import VisitFactory
from tests.studies.protocol.factories import VisitDefinitionFactory

TOKEN = "a-token-of-enough-length-for-a-test-0123456789"
JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 12


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def metadata(**values: str) -> str:
    pairs = (f"{key} {base64.b64encode(text.encode()).decode()}" for key, text in values.items())
    return ",".join(pairs)


@dataclass
class Phone:
    """One participant's browser. Methods answer the server's response."""

    participant: Participant
    visit: Visit
    invitation: Invitation
    client: Client = field(default_factory=Client)

    def sign_in(self) -> "Phone":
        session = self.client.session
        session[KEY] = self.invitation.pk
        session.save()
        return self

    def tus(self, method: str, url: str, body: bytes = b"", **headers: str) -> HttpResponse:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        names.setdefault("Tus-Resumable", "1.0.0")
        kind = names.pop("Content-Type", "application/offset+octet-stream")
        # Of an empty body the test client would send neither type nor length.
        always = {"CONTENT_TYPE": kind, "CONTENT_LENGTH": str(len(body))}
        return self.client.generic(method, url, body, headers=names, **always)

    def create(
        self, content: bytes, photo: uuid.UUID, *, view: str = "front", **over: str
    ) -> HttpResponse:
        told = {
            "photo": str(photo),
            "visit": self.visit.definition.code,
            "view": view,
            "sha256": sha256(content),
            **over,
        }
        length = told.pop("length", str(len(content)))
        return self.tus(
            "POST", "/my/uploads/", Upload_Length=length, Upload_Metadata=metadata(**told)
        )

    def patch(self, photo: uuid.UUID, offset: int, body: bytes, **headers: str) -> HttpResponse:
        return self.tus("PATCH", at(photo), body, Upload_Offset=str(offset), **headers)

    def head(self, photo: uuid.UUID) -> HttpResponse:
        return self.tus("HEAD", at(photo))

    def offset(self, photo: uuid.UUID) -> int:
        response = self.head(photo)
        assert response.status_code == 200, response.content
        return int(response["Upload-Offset"])

    def upload(self, content: bytes = JPEG, **create: Any) -> uuid.UUID:
        """Send one photo whole; return its id."""
        photo = uuid.uuid4()
        assert self.create(content, photo, **create).status_code == 201
        assert self.patch(photo, 0, content).status_code == 204
        return photo


def at(photo: uuid.UUID) -> str:
    return f"/my/uploads/{photo}/"


def stored(photo: uuid.UUID) -> bytes:
    """What is kept of a photo that has arrived."""
    return read(Photo.objects.get(pk=photo).original_file)


def make_phone(site: Site, *, code: str = "SG01-0007", consented: bool = True) -> Phone:
    """An enrolled participant whose visit of three views is open at ``NOW``, signed in."""
    participant = ParticipantFactory(site=site, code=code)
    definition = site.study.visit_definitions.filter(code="week-0").first()
    definition = definition or VisitDefinitionFactory(
        study=site.study, code="week-0", name="Baseline", day_offset=0
    )
    visit = VisitFactory(participant=participant, definition=definition)
    if consented:
        document = site.study.consent_documents.first()
        ConsentFactory(participant=participant, **({"document": document} if document else {}))
    invitation = InvitationFactory(
        participant=participant,
        token_sha256=sha256(f"{TOKEN}{code}".encode()),
        created_at=NOW,
        expires_at=NOW + timedelta(days=120),
    )
    return Phone(participant, visit, invitation).sign_in()
