"""A participant with something in every store, and what must be found there before and not after.

``Siti Rahman`` has photos with their derivatives, consents, messages, a phone signed in, an upload
half sent; ``fill`` puts all of it where the product would.
"""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.utils import timezone

from participants.capture.models import Photo, Upload
from participants.capture.upload_files import path_of
from participants.messaging.models import (
    Message,
    MessageAttempt,
    PushSubscription,
    ReminderChoice,
    RetakeSeen,
)
from participants.people.models import Invitation, Participant
from participants.people.services import identity, invitations
from participants.people.views.my import KEY
from participants.privacy.models import DataRequest, RequestWork
from participants.privacy.search_terms import SearchTerms
from participants.privacy.services import data_requests, erasure
from studies.platform import storage, work
from tests.conftest import Team
from tests.participants.capture.factories import PhotoFactory
from tests.participants.phone import sha256
from tests.participants.staff import SITI, consent, enrol, plan_week_visits, publish

KINDS = ("uprights", "thumbnails", "landmarks")


@dataclass(frozen=True)
class Filled:
    """The participant, their photos and their link's token."""

    participant: Participant
    photos: list[Photo]
    invitation: Invitation
    upload: Upload


def fill(team: Team, *, who: identity.IdentityData = SITI) -> Filled:
    """Enrol, consent, send photos; put something of them wherever anything is kept."""
    if not team.study.visit_definitions.exists():
        plan_week_visits(team.study)
    participant = enrol(team.sg01, team.amina, identity=who)
    document = team.study.consent_documents.first() or publish(team.study)
    consent(participant, document, team.amina)
    visit = participant.visits.get(definition__code="baseline")
    photos = [_photo(visit, view) for view in ("front", "left", "right")]
    issued = invitations.issue(participant=participant, by=team.amina).invitation
    session = SessionStore()
    session[KEY] = issued.pk
    session.create()
    upload = _half_sent(visit)
    _told(participant, photos[0])
    return Filled(participant, photos, issued, upload)


def _photo(visit: Any, view: str) -> Photo:
    """A photo whose files lie where the product puts them, named by its id and their hash."""
    body = f"a face, {view}, {uuid.uuid4()}".encode()
    photo = PhotoFactory(visit=visit, view=view, sha256=sha256(body))
    files = {"original_file": storage.store("originals", str(photo.pk), body, suffix=".jpg")[0]}
    for kind in KINDS:
        name, digest = storage.store(kind, str(photo.pk), kind.encode() + body, suffix=".jpg")
        files[f"{kind.removesuffix('s') if kind != 'landmarks' else kind}_file"] = name
        if kind == "uprights":
            files["upright_sha256"] = digest
    for column, value in files.items():
        setattr(photo, column, value)
    photo.save()
    return photo


def _half_sent(visit: Any) -> Upload:
    now = timezone.now()
    upload = Upload.objects.create(
        id=uuid.uuid4(),
        visit=visit,
        view="front",
        length=10,
        sha256=sha256(uuid.uuid4().bytes),
        created_at=now,
        expires_at=now + timedelta(days=1),
    )
    path = path_of(upload.pk)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"half")
    return upload


def _told(participant: Participant, photo: Photo) -> None:
    now = timezone.now()
    message = Message.objects.create(
        participant=participant,
        kind="retake",
        about="visit:1",
        covers=[str(photo.pk)],
        planned_for=now,
        state="done",
    )
    MessageAttempt.objects.create(message=message, channel="email", token=1, begun_at=now)
    sealed = identity.seal_bytes(b'{"endpoint": "https://push.example.org/x"}', owner=participant)
    PushSubscription.objects.create(
        participant=participant, endpoint_sha256=sha256(sealed), sealed=sealed, created_at=now
    )
    ReminderChoice.objects.create(participant=participant)
    RetakeSeen.objects.create(photo=photo, at=now)


# --- Acts --------------------------------------------------------------------------------------


def ask(participant: Participant, kind: str) -> DataRequest:
    return data_requests.ask(participant=participant, kind=kind, by=participant)


def ask_to_erase(participant: Participant) -> DataRequest:
    return ask(participant, "erase")


def carry_out(request: DataRequest) -> RequestWork:
    """Its day has come, the receipt's message has left, and a worker takes it up."""
    row = RequestWork.objects.get(request=request)
    for _ in range(3):
        RequestWork.objects.filter(pk=row.pk).exclude(state="quarantined").update(
            due_at=timezone.now()
        )
        work.perform(RequestWork, row.pk, erasure.carry_out)
        Message.objects.filter(kind="erasure_receipt").update(state="done")
        row.refresh_from_db()
        if row.state != "queued" or row.last_error:
            break
    request.refresh_from_db()
    request.participant.refresh_from_db()
    return row


def erase(participant: Participant) -> DataRequest:
    """Ask for it and carry it out; it must end."""
    request = ask_to_erase(participant)
    row = carry_out(request)
    assert row.state == "done", row.last_error
    return request


def canaries_of(participant: Participant) -> SearchTerms:
    return erasure.gather(participant)


def sessions_of(invitation: Invitation) -> int:
    return sum(s.get_decoded().get(KEY) == invitation.pk for s in Session.objects.all())
