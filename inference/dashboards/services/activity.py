"""What happened lately at the sites a person may see: read from the rows themselves."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from inference.scoring.models import Run
from participants.capture.models import Photo
from participants.consent.models import Consent
from participants.people.models import Participant
from participants.visits.models import Visit
from studies.access.models import User
from studies.platform.work import WorkState
from studies.protocol.models import Study

SHOWN = 8


@dataclass(frozen=True)
class Event:
    """One line: when, whose, what and with which outcome; ``kind`` is the badge's colour."""

    at: datetime
    participant: Participant
    text: str
    outcome: str
    kind: str = "muted"
    photo: Photo | None = None


def recent(*, study: Study, user: User) -> list[Event]:
    """The newest events of consents, photos, visits and runs; four queries."""
    events = [
        *_consents(study, user),
        *_photos(study, user),
        *_visits(study, user),
        *_runs(study, user),
    ]
    return sorted(events, key=lambda event: event.at, reverse=True)[:SHOWN]


def _consents(study: Study, user: User) -> Iterator[Event]:
    consents = Consent.objects.visible_to(user).filter(participant__study=study)
    for consent in consents.select_related("participant").order_by("-given_at")[:SHOWN]:
        yield Event(consent.given_at, consent.participant, "Consent", "given", "info")
        if consent.withdrawn_at:
            yield Event(consent.withdrawn_at, consent.participant, "Consent", "withdrawn", "warn")


def _photos(study: Study, user: User) -> Iterator[Event]:
    badges: dict[str, str] = {Photo.State.ACCEPTED: "good", Photo.State.RETAKE_WANTED: "warn"}
    photos = Photo.objects.visible_to(user).filter(visit__participant__study=study)
    rows = photos.select_related("visit__participant", "visit__definition").order_by("-received_at")
    for photo in rows[:SHOWN]:
        yield Event(
            photo.received_at,
            photo.visit.participant,
            _photo_words(photo),
            photo.get_state_display(),
            badges.get(photo.state, "muted"),
            photo,
        )


def _photo_words(photo: Photo) -> str:
    return f"{photo.get_view_display()}, {photo.visit.definition.name}"


def _visits(study: Study, user: User) -> Iterator[Event]:
    visits = Visit.objects.visible_to(user).filter(
        participant__study=study, participant__data_use="full", completed_at__isnull=False
    )
    rows = visits.select_related("participant", "definition").order_by("-completed_at")
    for visit in rows[:SHOWN]:
        if visit.completed_at:
            name = visit.definition.name
            yield Event(visit.completed_at, visit.participant, name, "complete", "good")


def _runs(study: Study, user: User) -> Iterator[Event]:
    runs = Run.objects.visible_to(user).filter(
        photo__visit__participant__study=study, finished_at__isnull=False
    )
    related = ("photo__visit__participant", "photo__visit__definition")
    for run in runs.select_related(*related).order_by("-finished_at")[:SHOWN]:
        failed = run.state == WorkState.QUARANTINED
        outcome, badge = ("scoring failed", "bad") if failed else ("scored", "good")
        photo = run.photo
        if run.finished_at:
            participant = photo.visit.participant
            yield Event(run.finished_at, participant, _photo_words(photo), outcome, badge, photo)
