"""The rows of many participants, read in a few queries, as parts to verify."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Prefetch
from django.utils import timezone
from django.utils.formats import date_format

from participants.answers.models import COUNTED, Revision, Submission
from participants.capture.models import Photo
from participants.consent.models import Consent
from participants.correcting.services.reading import value_in_words
from participants.people.models import Correction, Participant
from participants.verification.models import Tick
from participants.verification.parts import (
    ENROLMENT,
    Field,
    Part,
    form_key,
    version_of,
    visit_key,
)
from participants.verification.services.answered import fields_of_form
from participants.visits.models import Visit
from studies.protocol.models import View
from studies.protocol.models.verified import ANSWERS, CONSENT, DETAILS, PHOTOS, VISIT

# Column → what a page calls it.
LABELS = {
    "year_of_birth": "Year of birth",
    "sex": "Sex",
    "ethnicity": "Ethnicity",
    "fitzpatrick": "Fitzpatrick type",
    "monk_tone": "Monk skin tone",
    "enrolled_on": "Day 0",
}
MADE = (Visit.State.IN_PROGRESS, Visit.State.COMPLETE)


@dataclass
class Rows:
    """What is known of some participants, by participant."""

    visits: dict[int, list[Visit]] = field(default_factory=lambda: defaultdict(list))
    forms: dict[int, list[Submission]] = field(default_factory=lambda: defaultdict(list))
    consents: dict[int, Consent] = field(default_factory=dict)
    corrections: dict[int, list[Correction]] = field(default_factory=lambda: defaultdict(list))
    ticks: dict[int, list[Tick]] = field(default_factory=lambda: defaultdict(list))


def rows_of(people: Iterable[Participant]) -> Rows:
    """The rows of ``people``, who are not locked; seven queries for however many."""
    keys = [person.pk for person in people]
    rows = Rows()
    photos = Photo.objects.filter(state=Photo.State.ACCEPTED).order_by("view").defer("quality")
    visits = Visit.objects.filter(participant__in=keys, state__in=MADE)
    related = visits.select_related("definition").order_by("scheduled_on", "pk")
    for visit in related.prefetch_related(Prefetch("photos", photos, to_attr="counting")):
        rows.visits[visit.participant_id].append(visit)
    forms = Submission.objects.filter(participant__in=keys, state__in=COUNTED)
    revisions = Revision.objects.order_by("number")
    for form in forms.select_related(
        "version__instrument", "assignment__instrument", "visit"
    ).prefetch_related(Prefetch("revisions", revisions)):
        rows.forms[form.participant_id].append(form)
    for consent in (
        Consent.objects.filter(participant__in=keys)
        .select_related("document__version")
        .order_by("given_at", "pk")
    ):
        rows.consents[consent.participant_id] = consent
    for correction in Correction.objects.filter(participant__in=keys).order_by("at", "pk"):
        rows.corrections[correction.participant_id].append(correction)
    for tick in Tick.objects.standing().filter(participant__in=keys).select_related("by"):
        rows.ticks[tick.participant_id].append(tick)
    return rows


def parts_of(participant: Participant, rows: Rows) -> list[Part]:
    """What there is of ``participant``, in the order of their time in the study."""
    parts = [_enrolment(participant, rows)]
    forms = rows.forms[participant.pk]
    for visit in rows.visits[participant.pk]:
        own = [form for form in forms if form.visit_id == visit.pk]
        parts.append(_visit(participant, visit, own))
    parts += [_form(participant, form) for form in forms if form.visit_id is None]
    return [part for part in parts if part.asks]


# --- The enrolment -----------------------------------------------------------------------------


def _enrolment(participant: Participant, rows: Rows) -> Part:
    known = [name for name in LABELS if getattr(participant, name) not in (None, "")]
    consent = rows.consents.get(participant.pk)
    asks = ((DETAILS,) if known else ()) + ((CONSENT,) if consent else ())

    def read() -> list[Field]:
        corrected = rows.corrections[participant.pk]
        fields = [_detail(participant, name, corrected) for name in known]
        return [*fields, *([_consent(participant, consent)] if consent else [])]

    return Part(participant, ENROLMENT, "Enrolment", asks, read)


def _detail(participant: Participant, name: str, corrections: list[Correction]) -> Field:
    mine = [row for row in corrections if row.field == name]
    value = getattr(participant, name)
    text = value.isoformat() if name == "enrolled_on" else str(value)
    return Field(
        key=f"{DETAILS}/{name}",
        asked=DETAILS,
        label=LABELS[name],
        value=value_in_words(name, text),
        version=version_of(text, [row.pk for row in mine]),
        group="Details",
        changed_at=mine[-1].at if mine else None,
    )


def _consent(participant: Participant, consent: Consent) -> Field:
    signed = consent.given_at.astimezone(participant.zone)
    words = [
        f"version {consent.document.version.number} ({consent.document.language})",
        f"{consent.get_state_display()} {date_format(signed, 'j M Y')}",
        f"{consent.get_medium_display()}, by {consent.get_given_by_display()}",
        *(
            f"{code.replace('_', ' ')}: {'yes' if agreed else 'no'}"
            for code, agreed in consent.choices.items()
        ),
    ]
    values = (
        consent.pk,
        consent.document_sha256,
        consent.given_at.isoformat(),
        consent.state,
        consent.medium,
        consent.given_by,
        consent.assented,
        consent.choices,
    )
    return Field(
        CONSENT,
        CONSENT,
        "Consent",
        "; ".join(words),
        version_of(*values),
        "Consent",
        consent.recorded_at or consent.given_at,
    )


# --- Visits and forms --------------------------------------------------------------------------


def _visit(participant: Participant, visit: Visit, forms: list[Submission]) -> Part:
    photos: list[Photo] = visit.counting  # type: ignore[attr-defined]
    asks = (
        VISIT,
        *((PHOTOS,) if photos else ()),
        *(f"{ANSWERS}/{form.assignment.code}" for form in forms),
    )

    def read() -> list[Field]:
        fields = [_day(participant, visit)]
        fields += [_photo(participant, photo) for photo in photos]
        for form in forms:
            fields += fields_of_form(participant, form)
        return fields

    return Part(participant, visit_key(visit.definition.code), visit.definition.name, asks, read)


def _day(participant: Participant, visit: Visit) -> Field:
    """When the visit was made, and how it stands."""
    zone = participant.zone
    days = [
        moment.astimezone(zone).date() if moment else None
        for moment in (visit.started_at, visit.completed_at)
    ]
    told = [date_format(day, "j M Y") for day in dict.fromkeys(days) if day]
    words = " to ".join(told) or "no day kept"
    return Field(
        VISIT,
        VISIT,
        "Day it was made",
        f"{words}; {visit.get_state_display()}",
        version_of(visit.state, *days),
        "Visit",
        visit.completed_at or visit.started_at,
    )


def _photo(participant: Participant, photo: Photo) -> Field:
    taken = photo.taken_at or photo.exif_taken_at
    at = timezone.localtime(taken, participant.zone) if taken else None
    words = [
        f"taken {date_format(at, 'j M Y, H:i')}" if at else "no time of taking kept",
        f"{photo.camera_make} {photo.camera_model}".strip() or "camera not known",
        "taken at the clinic" if photo.added_by_id else "sent by the participant",
        f"SHA-256 {photo.sha256[:12]}…",
    ]
    return Field(
        f"{PHOTOS}/{photo.view}",
        PHOTOS,
        f"Photo, {View(photo.view).label.lower()}",
        "; ".join(words),
        version_of(photo.pk.hex, photo.sha256, photo.taken_at, photo.taken_at_source),
        "Photos",
        photo.received_at,
    )


def _form(participant: Participant, form: Submission) -> Part:
    """A form on a day of its own, or entered as needed: an adverse event, a diary."""
    title = f"{form.assignment.instrument.title}, "
    title += date_format(form.day, "j M Y") if form.day else f"number {form.number}"
    return Part(
        participant,
        form_key(form.assignment.code, form.day, form.number),
        title,
        (f"{ANSWERS}/{form.assignment.code}",),
        lambda: fields_of_form(participant, form),
    )
