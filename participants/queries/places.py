"""What a query is about: found by what a page or a program names, and said in words."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from participants.answers.errors import FormNotAsked
from participants.answers.models import COUNTED, Submission
from participants.answers.services.contents import content_of
from participants.answers.services.reading import in_words, question_of
from participants.answers.services.slots import find_slot, slot_of
from participants.capture.models import Photo
from participants.capture.picture_regions import is_point, region_of
from participants.consent.models import Consent
from participants.people.models import Participant, Screening
from participants.queries.errors import PlaceGone, PlaceUnknown
from participants.queries.models import RIGHT, Query
from participants.visits.models import Visit
from participants.words.languages import LANGUAGE_NAMES
from studies.access.models import User
from studies.assignments.models import Assignment
from studies.instruments.definition import Definition, Item
from studies.protocol.services.rights import may

About = Query.About
# The details that a query may be about, as pages call them.
DETAILS: Final = {
    "year_of_birth": "year of birth",
    "sex": "sex",
    "ethnicity": "ethnicity",
    "fitzpatrick": "Fitzpatrick type",
    "monk_tone": "Monk tone",
    "language": "language",
    "enrolled_on": "day 0",
}
RELATED: Final = (
    "participant__site",
    "participant__study",
    "submission__version",
    "submission__assignment__instrument",
    "submission__visit__definition",
    "visit__definition",
    "consent__document__version",
    "photo__visit",
    "raised_by",
)


@dataclass(frozen=True)
class Place:
    """One piece of a participant's data, as a ``Query`` points at it."""

    participant: Participant
    about: str
    field: str = ""
    form: str = ""
    submission: Submission | None = None
    visit: Visit | None = None
    consent: Consent | None = None
    photo: Photo | None = None
    region: dict[str, float] | None = None

    def columns(self) -> dict[str, Any]:
        """The fields of a ``Query`` about it."""
        return {
            "about": self.about,
            "field": self.field,
            "form": self.form,
            "submission": self.submission,
            "visit": self.visit,
            "consent": self.consent,
            "photo": self.photo,
            "region": self.region,
        }


def find_place(
    participant: Participant,
    *,
    about: str,
    at: str = "",
    field: str = "",
    region: str = "",
    by: User,
) -> Place:
    """The piece of data that ``about``, ``at`` and ``field`` name.

    ``at`` is, of an answer, the assignment's code and the place of the form
    (``Slot.place``), ``skin/week-4``; the visit's code; the number of a consent; the id of a photo.
    ``field`` is the question's path (empty: the form as a whole), the detail's name, or the
    criterion's code. ``region`` is a part of a photo (``capture.picture_regions``).

    Raises:
        Invalid: the region does not lie on the photo.
        PlaceUnknown: there is no such thing, or ``by`` may not see it.
        PlaceGone: it was erased, or is not submitted yet.
    """
    finder = _FINDERS.get(about)
    site = participant.site
    if finder is None or not may(by, RIGHT[about], study=participant.study, site=site):
        raise _unknown(participant)
    place = finder(participant, at, field)
    if not region:
        return place
    if place.photo is None:
        raise _unknown(participant)
    return replace(place, region=region_of(region))


def _unknown(participant: Participant) -> PlaceUnknown:
    return PlaceUnknown(
        f"There is no such piece of data of {participant.code}, or you may not see it. Open it on "
        "the participant's page and raise the query there."
    )


def _answer(participant: Participant, at: str, field: str) -> Place:
    code, _slash, place = at.partition("/")
    assignment = Assignment.objects.filter(study=participant.study_id, code=code).first()
    if assignment is None:
        raise _unknown(participant)
    try:
        row = find_slot(participant, assignment, place).submission
    except FormNotAsked as refusal:
        raise _unknown(participant) from refusal
    if row is None or row.state not in COUNTED:
        raise PlaceGone(
            "Nothing was submitted here that counts, so there is no answer to ask about. Ask about "
            "the visit, if the form is missing."
        )
    if field and item_at(row.version.form, field) is None:
        raise _unknown(participant)
    return Place(participant, About.ANSWER, field, code, submission=row, visit=row.visit)


def _detail(participant: Participant, at: str, field: str) -> Place:
    if field not in DETAILS:
        raise _unknown(participant)
    return Place(participant, About.DETAIL, field)


def _screening(participant: Participant, at: str, field: str) -> Place:
    row = Screening.objects.filter(participant=participant).first()
    if row is None or field not in {line["code"] for line in row.answers}:
        raise _unknown(participant)
    return Place(participant, About.SCREENING, field)


def _visit(participant: Participant, at: str, field: str) -> Place:
    row = participant.visits.select_related("definition").filter(definition__code=at).first()
    if row is None:
        raise _unknown(participant)
    return Place(participant, About.VISIT, visit=row)


def _consent(participant: Participant, at: str, field: str) -> Place:
    row = participant.consents.filter(pk=int(at)).first() if at.isdecimal() else None
    if row is None:
        raise _unknown(participant)
    return Place(participant, About.CONSENT, consent=row)


def _photo(participant: Participant, at: str, field: str) -> Place:
    try:
        key = UUID(at)
    except ValueError:
        raise _unknown(participant) from None
    row = Photo.objects.filter(pk=key).select_related("visit__definition").first()
    if row is None:
        raise PlaceGone(
            "There is no photo with this id any more: it was erased, or never arrived. Nothing can "
            "be asked about it; ask about the visit instead."
        )
    if row.visit.participant_id != participant.pk:
        raise _unknown(participant)
    return Place(participant, About.PHOTO, row.view, visit=row.visit, photo=row)


Finder = Callable[[Participant, str, str], Place]
_FINDERS: Final[dict[str, Finder]] = {
    About.ANSWER: _answer,
    About.DETAIL: _detail,
    About.SCREENING: _screening,
    About.VISIT: _visit,
    About.CONSENT: _consent,
    About.PHOTO: _photo,
}


def named(place: Place) -> dict[str, str]:
    """What ``find_place`` takes to find ``place``, for addresses."""
    at = ""
    if place.submission is not None:
        at = f"{place.form}/{slot_of(place.submission).place}"
    elif place.photo is not None:
        at = str(place.photo.pk)
    elif place.consent is not None:
        at = str(place.consent.pk)
    elif place.visit is not None:
        at = place.visit.definition.code
    field = "" if place.about == About.PHOTO else place.field
    return {"about": place.about, "at": at, "field": field}


def item_at(form: Definition, path: str) -> Item | None:
    """The question at ``path``, with or without places (``/data/med[2]/name[1]``)."""
    name = path.rpartition("/")[2].partition("[")[0]
    known = {item.name: item for item in form.questions if item.type != "note"}
    return known.get(name) if path.startswith("/data/") else None


# --- In words ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Told:
    """A query's place for a page: in words, where it is, and what stands there now.

    ``gone`` says, in a sentence, why there is nothing to look at any more; then ``url`` is empty,
    but for answers that were struck through, which stay to be read.
    """

    words: str
    url: str = ""
    now: str = ""
    gone: str = ""

    @property
    def nothing_left(self) -> bool:
        """Whether what was asked about is not there any more, or not theirs."""
        return bool(self.gone) and not self.url


def place_of(query: Query) -> Place:
    """What ``query`` is about, as far as it is there."""
    return Place(
        query.participant,
        query.about,
        query.field,
        query.form,
        query.submission,
        query.visit,
        query.consent,
        query.photo,
        query.region,
    )


def told(place: Place, *, values: bool = False) -> Told:
    """``place`` in words; with ``values``, what stands there now as well."""
    return _TOLD[place.about](place, values)


def _page(place: Place, anchor: str = "") -> str:
    who = place.participant
    return reverse("participants:detail", args=[who.study.code, who.code]) + anchor


def anchor_of(path: str) -> str:
    """The id of an answer on the page of its form."""
    return "answer-" + re.sub(r"[^A-Za-z0-9_]+", "-", path).strip("-")


def _told_answer(place: Place, values: bool) -> Told:
    row = place.submission
    if row is None:
        what = place.field.rpartition("/")[2].partition("[")[0]
        where = f", {place.visit.definition.name}" if place.visit else ""
        words = f"{place.form}{where}" + (f": {what}" if what else "")
        return Told(words, gone=_("These answers are erased."))
    who, slot, form = place.participant, slot_of(row), row.version.form
    where = (
        slot.visit.definition.name
        if slot.visit
        else (date_format(slot.day, "j M Y") if slot.day else _("number %d") % slot.number)
    )
    words = f"{form.title}, {where}"
    item = item_at(form, place.field) if place.field else None
    if item is not None:
        words = f"{words}: {question_of(form, item)}"
    parts = [who.study.code, who.code, row.assignment.code, slot.place]
    url = reverse("participants:questionnaire", args=parts)
    url += f"#{anchor_of(place.field)}" if item is not None else ""
    now = ""
    if values and item is not None:
        answers = content_of(row.latest, who).answers
        now = in_words(form, item, answers.get(place.field, "")) or _("no answer")
    struck = row.state not in COUNTED
    gone = _("These answers are struck through and count no more.") if struck else ""
    return Told(words, url, now, gone)


def _told_detail(place: Place, values: bool) -> Told:
    words = _("About: %s") % DETAILS.get(place.field, place.field)
    who, now = place.participant, ""
    if values:
        raw = getattr(who, place.field, None)
        display = getattr(who, f"get_{place.field}_display", None)
        if place.field == "language":
            now = str(LANGUAGE_NAMES.get(who.language, who.language))
        elif place.field == "enrolled_on":
            now = date_format(raw, "j M Y") if raw else ""
        else:
            now = str(display() if display else raw or "")
        now = now or _("not known")
    return Told(words, _page(place, "#about-heading"), now)


def _told_screening(place: Place, values: bool) -> Told:
    row = Screening.objects.filter(participant=place.participant).first()
    line = next((one for one in row.answers if one["code"] == place.field), None) if row else None
    if line is None:
        gone = _("This answer to the screening is not there any more.")
        return Told(_("Screening: %s") % place.field, gone=gone)
    now = ""
    if values and line.get("answer") is not None:
        now = _("yes") if line["answer"] else _("no")
    return Told(_("Screening: %s") % line["text"], _page(place, "#about-heading"), now)


def _told_visit(place: Place, values: bool) -> Told:
    row = place.visit
    if row is None:
        return Told(_("A visit"), gone=_("This visit is not there any more."))
    now = ""
    if values:
        day = date_format(row.scheduled_on, "j M Y")
        now = f"{row.get_state_display()}, {day}"
    return Told(row.definition.name, _visit_url(place, row), now)


def _visit_url(place: Place, row: Visit, anchor: str = "") -> str:
    who = place.participant
    return (
        reverse("participants:visit", args=[who.study.code, who.code, row.definition.code]) + anchor
    )


def _told_consent(place: Place, values: bool) -> Told:
    row = place.consent
    if row is None:
        return Told(_("A consent"), gone=_("This consent is not there any more."))
    day = date_format(row.given_at.astimezone(place.participant.zone), "j M Y")
    words = _("Consent of %(day)s, version %(number)s") % {
        "day": day,
        "number": row.document.version.number,
    }
    now = row.get_state_display() if values else ""
    return Told(words, _page(place, "#consent-heading"), now)


def _told_photo(place: Place, values: bool) -> Told:
    visit, row = place.visit, place.photo
    view = dict(Photo._meta.get_field("view").flatchoices).get(place.field, place.field)
    words = _("Photo, %s") % str(view).lower()
    if visit is not None:
        words = f"{visit.definition.name}: {words[0].lower()}{words[1:]}"
    if place.region is not None:
        words += _(", a point of it") if is_point(place.region) else _(", a part of it")
    if row is None:
        return Told(words, gone=_("This photo is erased."))
    if row.visit.participant_id != place.participant.pk:
        return Told(words, gone=_("This photo was another participant’s, and was moved there."))
    now = row.get_state_display() if values else ""
    url = _visit_url(place, visit, f"#view-{place.field}") if visit is not None else ""
    return Told(words, url, now)


_TOLD: Final[dict[str, Callable[[Place, bool], Told]]] = {
    About.ANSWER: _told_answer,
    About.DETAIL: _told_detail,
    About.SCREENING: _told_screening,
    About.VISIT: _told_visit,
    About.CONSENT: _told_consent,
    About.PHOTO: _told_photo,
}
