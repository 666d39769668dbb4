"""Writing a note on a photo, and striking one through; the photo's page shows them."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from participants.capture.models import Photo
from participants.photo_notes.forms import PhotoNoteForm, StrikeForm
from participants.photo_notes.models import PhotoNote
from participants.photo_notes.services import noting
from studies.access.permissions import Permission
from studies.protocol.models import Study
from studies.protocol.views.access import StaffRequest, study_page
from studies.protocol.views.pages import form_page

TEMPLATE = "participants/photo_notes/act.html"


@require_POST
@study_page(Permission.PHOTO_VIEW)
def add(request: StaffRequest, study: Study, photo: UUID) -> HttpResponse:
    """Note something at a place of the photo; what is refused is shown with what was typed."""
    seen = Photo.objects.visible_to(request.user).filter(visit__participant__study=study)
    related = seen.select_related("visit__definition", "visit__participant__site")
    shown = get_object_or_404(related, pk=photo)
    noting.require_note(request.user, shown.visit.participant)

    def save(values: dict[str, Any]) -> None:
        noting.add_photo_note(photo=shown, by=request.user, **values)

    return form_page(
        request,
        form=PhotoNoteForm(request.POST),
        save=save,
        done=_("Noted on the photo."),
        to=_page(shown),
        template=TEMPLATE,
        heading=_("A note on a photo"),
        button=_("Keep the note"),
        **_context(study, shown),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@study_page(Permission.PHOTO_VIEW)
def strike(request: StaffRequest, study: Study, photo: UUID, pk: int) -> HttpResponse:
    """Strike a note through."""
    seen = PhotoNote.objects.visible_to(request.user).filter(
        photo=photo, photo__visit__participant__study=study
    )
    related = seen.select_related(
        "photo__visit__definition", "photo__visit__participant__site", "by"
    )
    note = get_object_or_404(related, pk=pk)
    noting.require_note(request.user, note.photo.visit.participant)

    def save(values: dict[str, Any]) -> None:
        noting.strike_photo_note(note=note, by=request.user, **values)

    return form_page(
        request,
        form=StrikeForm(request.POST or None),
        save=save,
        done=_("The note is struck through."),
        to=_page(note.photo),
        template=TEMPLATE,
        heading=_("Strike note %(number)d through") % {"number": note.number},
        button=_("Strike it through"),
        note=note,
        **_context(study, note.photo),
    )


def _page(photo: Photo) -> str:
    study = photo.visit.participant.study.code
    return reverse("inference:photo", args=[study, photo.pk]) + "#notes-heading"


def _context(study: Study, photo: Photo) -> dict[str, Any]:
    return {
        "study": study,
        "section": "participants",
        "photo": photo,
        "visit": photo.visit,
        "participant": photo.visit.participant,
    }
