"""What is held about one participant, for their own page, their copy, and an erasure's counts."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone

from participants.allocation.services.reading import own_arm
from participants.answers.services.copies import alerts_about, answers_of
from participants.capture.models import Photo
from participants.messaging.models import Message
from participants.people.models import Identity, Participant
from participants.people.services import identity
from participants.people.services.record import record_about
from participants.people.signals import participant_described
from participants.queries.services.copies import queries_of
from participants.visits.models import Visit
from studies.record.models import AuditEvent

# The copy of a consent carries the name too.
LOOKS = ("identity.view", "consent.view_copy")


@dataclass(frozen=True)
class Made:
    """What a later app holds: noun → number, and rows of the participant's own copy by name."""

    counts: Mapping[str, int] = field(default_factory=dict)
    rows: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Contact:
    """That name and contact are held, and enough of them to recognise one's own."""

    name: str = ""
    email: str = ""
    phone: str = ""
    held: bool = False


@dataclass(frozen=True)
class VisitFacts:
    """The photos of one visit: how many, from when to when."""

    visit: Visit
    photos: int
    first: datetime | None
    last: datetime | None

    @property
    def one_day(self) -> bool:
        """Whether all of them came on one day, in the zone that is active."""
        if self.first is None or self.last is None:
            return True
        return timezone.localdate(self.first) == timezone.localdate(self.last)


@dataclass(frozen=True)
class Facts:
    """Everything the page says."""

    contact: Contact
    visits: list[VisitFacts]
    counts: Mapping[str, int]
    looked_at: datetime | None  # when staff last opened name and contact
    looks: int

    @property
    def photos(self) -> int:
        return sum(visit.photos for visit in self.visits)


def facts(participant: Participant) -> Facts:
    """What is held about ``participant``."""
    looks = AuditEvent.objects.filter(
        study_code=participant.study.code,
        participant_code=participant.code,
        action__in=LOOKS,
        actor_kind="staff",
    )
    last = looks.order_by("-at").first()
    return Facts(
        contact=_contact(participant),
        visits=_visits(participant),
        counts={**counts(participant), "messages": _messages(participant)},
        looked_at=last.at if last else None,
        looks=looks.count(),
    )


def counts(participant: Participant) -> dict[str, int]:
    """How many of each thing are held, this app's and later apps' together."""
    numbers: Counter[str] = Counter(
        photos=Photo.objects.filter(visit__participant=participant).count(),
        visits=participant.visits.exclude(photos=None).distinct().count(),
        consents=participant.consents.count(),
        messages=participant.messages.count(),
        identities=Identity.objects.filter(participant=participant).count(),
        questionnaires=participant.submissions.counted().count(),
    )
    for made in _described(participant):
        numbers.update(made.counts)
    return dict(numbers)


def _messages(participant: Participant) -> int:
    """Those that were sent, or may have been; and while they take part, those that are planned."""
    sent = [Message.Outcome.SENT, Message.Outcome.UNKNOWN]
    if participant.state == Participant.State.ENROLLED:
        sent.append(Message.Outcome.PLANNED)
    return participant.messages.filter(outcome__in=sent).count()


def _described(participant: Participant) -> list[Made]:
    answers: list[tuple[Any, Any]] = participant_described.send(
        sender=Participant, participant=participant
    )
    return [made for _, made in answers]


def _contact(participant: Participant) -> Contact:
    """Masked: whoever holds the phone must not learn an address from this page."""
    row = Identity.objects.filter(participant=participant).first()
    if row is None:
        return Contact()
    known = identity.unseal(participant=participant, sealed=bytes(row.sealed))
    return Contact(
        name=mask_name(known.name),
        email=mask_email(known.email),
        phone=mask_phone(known.phone),
        held=True,
    )


def mask_name(name: str) -> str:
    """“Siti Rahman” is “S… R…”."""
    return " ".join(f"{word[0]}…" for word in name.split())


def mask_email(address: str) -> str:
    """“budi@example.org” is “b…@example.org”."""
    local, at, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}" if at else ""


def mask_phone(number: str) -> str:
    """“+65 6123 4567” is “… 67”."""
    digits = "".join(filter(str.isdigit, number))
    return f"… {digits[-2:]}" if len(digits) > 4 else ("…" if digits else "")


def _visits(participant: Participant) -> list[VisitFacts]:
    rows = participant.visits.select_related("definition").prefetch_related("photos")
    visits = []
    for visit in rows:
        times = sorted(photo.received_at for photo in visit.photos.all())
        if times:
            visits.append(VisitFacts(visit, len(times), times[0], times[-1]))
    return visits


# --- The copy ----------------------------------------------------------------------------------


def copy_of(participant: Participant) -> dict[str, Any]:
    """The coded facts as a structure for JSON (GDPR 15 and 20); that it was taken is recorded.

    Without name and contact, which the participant knows and a shared phone should not give away,
    and without photos: a personal link never hands out a photo, so they are asked for.
    """
    rows: dict[str, list[dict[str, Any]]] = {}
    for made in _described(participant):
        rows.update(made.rows)
    record_about(participant, "participant.take_copy", by=participant)
    return {
        "format": "gsh-my-data@1",
        "made_at": _iso(timezone.now()),
        "study": {"code": participant.study.code, "title": participant.study.title},
        "site": {"code": participant.site.code, "name": participant.site.name},
        "participant": _about(participant),
        "consents": [
            _consent(consent)
            for consent in participant.consents.select_related("document__version")
        ],
        "visits": [_visit(visit) for visit in participant.visits.select_related("definition")],
        "photos": [
            _photo(photo)
            for photo in Photo.objects.filter(visit__participant=participant).select_related(
                "visit__definition"
            )
        ],
        "questionnaires": answers_of(participant),
        "alerts": alerts_about(participant),
        "queries": queries_of(participant),
        **rows,
        "messages": [
            {
                "kind": message.kind,
                "planned_for": _iso(message.planned_for),
                "sent_at": _iso(message.sent_at),
            }
            for message in participant.messages.order_by("planned_for")
        ],
        "requests": [
            {"number": r.number, "kind": r.kind, "state": r.state, "at": _iso(r.requested_at)}
            for r in participant.data_requests.all()
        ],
        "note": (
            "Scores are made by software for research and are no diagnosis. Photos are not in "
            "this file: ask your study team for a copy of them on the page “My data”."
        ),
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None


def _about(participant: Participant) -> dict[str, Any]:
    screening = getattr(participant, "screening", None)
    return {
        "code": participant.code,
        "state": participant.state,
        "use": participant.data_use,
        "arm": own_arm(participant),
        "year_of_birth": participant.year_of_birth,
        "sex": participant.sex,
        "ethnicity": participant.ethnicity,
        "fitzpatrick_type": participant.fitzpatrick,
        "monk_skin_tone": participant.monk_tone,
        "language": participant.language,
        "screened_at": _iso(participant.screened_at),
        "enrolled_on": participant.enrolled_on.isoformat() if participant.enrolled_on else None,
        "screening": screening.answers if screening else [],
        "corrections": [
            {"field": c.field, "old": c.old, "new": c.new, "reason": c.reason, "at": _iso(c.at)}
            for c in participant.corrections.all()
        ],
    }


def _consent(consent: Any) -> dict[str, Any]:
    return {
        "version": consent.document.version.number,
        "language": consent.document.language,
        "document_sha256": consent.document_sha256,
        "state": consent.state,
        "choices": consent.choices,
        "given_at": _iso(consent.given_at),
        "withdrawn_at": _iso(consent.withdrawn_at),
    }


def _visit(visit: Visit) -> dict[str, Any]:
    return {
        "visit": visit.definition.code,
        "name": visit.definition.name,
        "state": visit.state,
        "from": visit.opens_on.isoformat(),
        "to": visit.closes_on.isoformat(),
        "completed_at": _iso(visit.completed_at),
    }


def _photo(photo: Photo) -> dict[str, Any]:
    return {
        "id": str(photo.pk),
        "visit": photo.visit.definition.code,
        "view": photo.view,
        "state": photo.state,
        "received_at": _iso(photo.received_at),
        "taken_at": _iso(photo.taken_at),
        "taken_at_source": photo.taken_at_source,
        "exif_taken_at": _iso(photo.exif_taken_at),
        "exif_offset": photo.exif_offset,
        "flags": photo.flags,
        "sha256": photo.sha256,
        "bytes": photo.size,
        "width": photo.width,
        "height": photo.height,
        "camera": " ".join(filter(None, [photo.camera_make, photo.camera_model])),
        "retake_reasons": photo.retake_reasons,
        "quality": photo.quality,
    }
