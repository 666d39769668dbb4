"""Photo review: each new photo beside the same person's first one, and what is said of it."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from participants.capture.models import Photo
from participants.capture.services import retakes
from participants.people.services.record import record_about
from participants.review import services
from studies.access.permissions import Permission
from studies.platform.errors import Invalid, StateRefused
from studies.platform.views import back
from studies.protocol.models import Study
from studies.protocol.services import rights
from studies.protocol.views.access import StaffRequest, study_page

# As many as one sitting turns over; the rest come up as these are done.
AHEAD = 200


@require_safe
@study_page(Permission.PHOTO_REVIEW)
def photo_review(request: StaffRequest, study: Study) -> HttpResponse:
    """The photo to look at now, beside the first one; ``?photo=`` begins at another."""
    queue = services.queue(study=study, user=request.user)
    waiting = list(queue.values_list("pk", flat=True)[:AHEAD])
    place = _place(request.GET.get("photo", ""), waiting)
    shown, after = None, None
    if waiting:
        photo = queue.select_related(*services.RELATED).get(pk=waiting[place])
        shown = services.compare(photo=photo, user=request.user)
        after = waiting[(place + 1) % len(waiting)] if len(waiting) > 1 else None
        _record_shown(request, shown)
    context: dict[str, Any] = {
        "study": study,
        "section": "photos",
        "shown": shown,
        "zone": (shown.photo.visit.participant if shown else study).zone,
        "after": after,
        "all_waiting": services.count(study=study, user=request.user),
        "reasons": retakes.RETAKE_REASONS,
    }
    return render(request, "participants/review/photo_review.html", context)


def _place(asked: str, waiting: list[UUID]) -> int:
    return next((n for n, pk in enumerate(waiting) if str(pk) == asked), 0)


def _record_shown(request: StaffRequest, shown: services.Comparison) -> None:
    """Looking at faces is an act: one event for the page, with the photos it showed."""
    photos = [
        str(photo.pk) for photo in (shown.photo, shown.first) if photo and photo.thumbnail_file
    ]
    if photos and request.method == "GET":
        participant = shown.photo.visit.participant
        record_about(participant, "photo.list", by=request.user, new={"photos": photos})


@require_POST
@study_page(Permission.PHOTO_VIEW)
def review_photo(request: StaffRequest, study: Study, photo: UUID) -> HttpResponseBase:
    """Accept a photo or ask for another, and go on to the next."""
    shown = _seen(request, study, photo)
    site = shown.visit.participant.site
    rights.require(request.user, Permission.PHOTO_REVIEW, study=study, site=site)
    try:
        said = _decide(request, shown)
    except StateRefused as refusal:
        messages.warning(request, refusal.message)
    else:
        messages.success(request, said)
    query = urlencode({"photo": after}) if (after := request.POST.get("after")) else ""
    return redirect(reverse("participants:photo_review", args=[study.code]) + f"?{query}")


def _decide(request: StaffRequest, photo: Photo) -> str:
    """Do what was said of ``photo``; return what became of it, in a sentence."""
    what = {"code": photo.visit.participant.code, "view": photo.get_view_display()}
    decision = request.POST.get("decision")
    if decision == "accept":
        services.accept_photo(photo=photo, by=request.user)
        return _("%(code)s: the photo (%(view)s) is accepted.") % what
    if decision != "ask":
        raise Invalid(_("Choose to accept the photo or to ask for another. Nothing was changed."))
    services.turn_down(
        photo=photo,
        reason_code=request.POST.get("reason", ""),
        expected=request.POST.get("expected", ""),
        by=request.user,
    )
    if photo.state == Photo.State.EXCLUDED:
        return _("%(code)s: the photo (%(view)s) is excluded.") % what
    return _("%(code)s will be asked for another photo (%(view)s).") % what


@require_POST
@study_page(Permission.PHOTO_VIEW)
def take_back(request: StaffRequest, study: Study, photo: UUID) -> HttpResponseBase:
    """Accept again what was turned down by mistake, and come back to where that was pressed."""
    shown = _seen(request, study, photo)
    retakes.take_back(photo=shown, reason=request.POST.get("reason", ""), by=request.user)
    said = _("%(code)s: the photo (%(view)s) counts again.")
    what = {"code": shown.visit.participant.code, "view": shown.get_view_display()}
    messages.success(request, said % what)
    return back(request, "participants:photos", study.code)


def _seen(request: StaffRequest, study: Study, photo: UUID) -> Photo:
    rows = Photo.objects.visible_to(request.user).filter(visit__participant__study=study)
    return get_object_or_404(rows.select_related(*services.RELATED), pk=photo)
