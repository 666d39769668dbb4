"""What is done in the demonstration, in the order of their days, through the real services."""

import hashlib
import io
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from django.utils import timezone
from PIL import Image, ImageDraw

from inference.demo.story import SINCE, Character, character
from inference.training.generator.bad_photos import draw_bad_photo
from inference.training.generator.camera import sample_camera
from inference.training.generator.face import draw_photo
from inference.training.generator.identity import Identity
from participants.capture.models import Photo
from participants.capture.services import photos
from participants.consent.services import consents
from participants.enrolment.services import enrolment
from participants.imaging.decode import encode_clean
from participants.people.models import Participant
from participants.people.services import invitations
from participants.people.services.identity import IdentityData
from participants.privacy.services import withdrawal
from participants.visits.models import Visit
from studies.access.models import Membership, User
from studies.protocol.models import Site, Study

WIDTH, HEIGHT = 810, 1080
NAMESPACE = uuid.UUID("5b7cf2f6-6d3c-4f0f-8f3c-6a2f4a1f8b10")


@dataclass(frozen=True)
class Act:
    """Something somebody did at a moment; ``do`` says in a line what it was."""

    at: datetime
    do: Callable[[], str]


def named(*parts: object) -> uuid.UUID:
    """An id that is the same at every start, so that the demo never does an act twice."""
    return uuid.uuid5(NAMESPACE, "/".join(map(str, parts)))


def coordinator(site: Site) -> User:
    """Who coordinates the site."""
    return Membership.objects.current().get(site=site, role="coordinator").user


def signature(name: str) -> bytes:
    """A drawn line, as a pad would send it: PNG bytes."""
    picture = Image.new("RGB", (360, 120), "white")
    pen = ImageDraw.Draw(picture)
    points = [
        (20 + 9 * i, 60 + (hash_of(name, i) % 50) - 25) for i in range(min(34, 3 * len(name)))
    ]
    pen.line(points, fill="black", width=4, joint="curve")
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def hash_of(*parts: object) -> int:
    """A number that depends on the parts alone, in every process."""
    return int.from_bytes(hashlib.sha256(repr(parts).encode()).digest()[:4], "big")


def enrol(study: Study, who: Character) -> str:
    """Screen, record consent, enrol, and hand over the personal link."""
    site = study.sites.get(code=who.site)
    by = coordinator(site)
    answers = {line.code: line.wanted for line in enrolment.checklist(study)}
    participant = enrolment.screen_participant(
        site=site,
        answers=answers,
        details=enrolment.Details(
            year_of_birth=timezone.now().year - min(max(who.identity.age, study.min_age + 1), 64),
            sex=who.identity.sex,
            ethnicity=who.ethnicity,
            fitzpatrick=who.identity.fitzpatrick,
            monk_tone=who.identity.monk,
            language=who.language,
        ),
        by=by,
        request_id=named("screen", who.number),
    )
    if participant.state != Participant.State.ELIGIBLE:
        return ""  # at an earlier start
    document = consents.document_for(site=participant.site, language=who.language)
    consents.give_consent(
        participant=participant,
        document=document,
        document_sha256=document.sha256,
        choices={
            choice["code"]: choice["required"] or hash_of(who.number, choice["code"]) % 3 > 0
            for choice in document.choices
        },
        typed_name=who.name,
        signature_png=signature(who.name),
        by=by,
        request_id=named("consent", who.number),
    )
    arms = list(study.arms.all())
    enrolment.enrol_participant(
        participant=participant,
        identity=IdentityData(
            name=who.name,
            email=f"{who.name.split()[0].lower()}@participant.example",
            phone=f"+65 8{hash_of(who.name) % 10_000_000:07d}",
        ),
        arm=arms[who.arm % len(arms)] if arms else None,
        by=by,
    )
    invitations.issue(participant=participant, by=by)
    return f"{participant.code} enrolled"


def participant_of(who: Character) -> Participant:
    """The participant of the story, once enrolled."""
    return Participant.objects.get(request_id=named("screen", who.number))


def send(visit: Visit, view: str, photo_id: uuid.UUID, jpeg: bytes) -> str:
    """Send a photo as the participant's phone does, which says when it took it."""
    photos.receive_photo(
        photo_id=photo_id,
        visit=visit,
        view=view,
        content=jpeg,
        sha256=hashlib.sha256(jpeg).hexdigest(),
        by=visit.participant,
        capture={"method": "image_capture", "taken_at": timezone.now().isoformat()},
    )
    return f"{visit.participant.code} sent {view} of {visit.definition.code}"


def take_photo(who: Character, visit_code: str, day_offset: int, view: str) -> str:
    """Draw the person as they are that day and send the photo, unless it was sent before."""
    photo_id = named("photo", who.number, visit_code, view)
    visit = (
        participant_of(who)
        .visits.select_related("participant", "definition")
        .get(definition__code=visit_code)
    )
    if Photo.objects.filter(pk=photo_id).exists():
        return ""
    seed = hash_of(who.number, visit_code, view)
    return send(visit, view, photo_id, drawn(who.identity, who.severities(day_offset), view, seed))


def drawn(identity: Identity, severities: dict[str, float], view: str, seed: int) -> bytes:
    """A photo of somebody as JPEG, taken well."""
    photo = draw_photo(
        identity,
        severities,
        view=view,  # type: ignore[arg-type]
        seed=seed,
        camera=sample_camera(seed, difficulty="good"),
        width=WIDTH,
        height=HEIGHT,
    )
    return encode_clean(photo.pixels, quality=90)


def take_dark_photo(who: Character, visit_code: str) -> str:
    """A photo taken without light, to be turned down by the check."""
    photo_id = named("dark", who.number, visit_code)
    visit = (
        participant_of(who)
        .visits.select_related("participant", "definition")
        .get(definition__code=visit_code)
    )
    if Photo.objects.filter(pk=photo_id).exists():
        return ""
    pixels = draw_bad_photo("dark", who.identity, seed=who.number, width=WIDTH, height=HEIGHT)
    return send(visit, "front", photo_id, encode_clean(pixels, quality=90))


def withdraw(who: Character) -> str:
    """Somebody moves away and stops."""
    participant = participant_of(who)
    if participant.state == Participant.State.WITHDRAWN:
        return ""
    by = coordinator(participant.site)
    withdrawal.withdraw(participant=participant, reason="Moved to another country.", by=by)
    return f"{participant.code} withdrew"


def story_actions(study: Study, *, participants: int = len(SINCE)) -> Iterator[Act]:
    """Everything that has happened until now, by day."""
    now = timezone.now()
    zone = ZoneInfo(study.time_zone)
    today = now.astimezone(zone).date()
    schedule = list(study.visit_definitions.order_by("day_offset"))
    planned: list[Act] = []
    for number in range(participants):
        who = character(number)
        enrolled = today - timedelta(days=who.enrolled_days_ago)
        morning = datetime.combine(enrolled, time(9, number * 2), zone)
        planned.append(Act(morning, partial(enrol, study, who)))
        for definition in schedule:
            day = enrolled + timedelta(days=definition.day_offset)
            if day > today or who.skips(definition.day_offset):
                continue
            if who.due_today and definition.day_offset == 14:
                if who.number % 2:  # the other one is left for whoever opens the link
                    at = datetime.combine(day, time(10), zone)
                    planned.append(Act(at, partial(take_dark_photo, who, definition.code)))
                continue
            for place, view in enumerate(definition.views):
                at = datetime.combine(day, time(10 + number % 9, 5 + place), zone)
                take = partial(take_photo, who, definition.code, definition.day_offset, view)
                planned.append(Act(at, take))
        if number == 5:
            planned.append(Act(now - timedelta(days=3), partial(withdraw, who)))
    for act in sorted(planned, key=lambda act: act.at):
        yield Act(min(act.at, now), act.do)


def fresh_link(study: Study, who: Character) -> str:
    """A new personal link for a participant, to open at a visit that is due."""
    participant = participant_of(who)
    issued = invitations.issue(participant=participant, by=coordinator(participant.site))
    return issued.token
