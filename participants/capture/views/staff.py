"""Photos as staff see them: the images themselves, and the list of those that want a look."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from participants.capture.models import Photo
from participants.capture.services import retakes as service
from participants.capture.services.damage import require_whole
from participants.people.services.record import record_about
from participants.visits import services as visits
from studies.access.permissions import Permission
from studies.platform.addresses import file_name
from studies.platform.private_files import private_response
from studies.platform.views import back
from studies.protocol.models import Site, Study
from studies.protocol.services import rights
from studies.protocol.views.access import StaffRequest, study_page
from studies.record import services as audit

PER_PAGE = 24
VARIANTS = ("thumb", "upright", "original")
TABS = {
    "retake": (gettext_lazy("Retake wanted"), Photo.State.RETAKE_WANTED),
    "checking": (gettext_lazy("Being checked"), Photo.State.RECEIVED),
    "held": (gettext_lazy("Held for review"), Photo.State.HELD),
    "accepted": (gettext_lazy("Accepted"), Photo.State.ACCEPTED),
    "excluded": (gettext_lazy("Excluded"), Photo.State.EXCLUDED),
}


def _seen(request: StaffRequest, study: Study) -> QuerySet[Photo]:
    rows = Photo.objects.visible_to(request.user).filter(visit__participant__study=study)
    return rows.select_related(
        "visit__definition",
        "visit__participant__study",
        "visit__participant__site",
        "reviewed_by",
        "check_work",
    )


@require_safe
@study_page(Permission.PHOTO_VIEW)
def photo_image(request: StaffRequest, study: Study, photo: UUID, variant: str) -> HttpResponseBase:
    """One image: ``thumb``, ``upright`` or ``original``.

    Looking at a face is an act: each upright image and each original handed out is recorded
    (``photo.view``). Thumbnails are not, one by one: a list of sixty would write sixty rows of the
    study's one chain for a single look, and bury the looks that matter. The page that shows them
    records itself instead, with the photos it showed (``photo.list``).

    The original goes out as a download of no known type, to those who review photos only: it is
    the one file that still carries the camera's tags, a place among them.
    """
    if variant not in VARIANTS:
        raise Http404
    shown = get_object_or_404(_seen(request, study), pk=photo)
    if variant == "thumb":
        require_whole(shown, shown.thumbnail_file)
        return _image(request, shown.thumbnail_file)
    participant = shown.visit.participant
    if variant == "original":
        site = participant.site
        rights.require(request.user, Permission.PHOTO_REVIEW, study=study, site=site)
    name = shown.original_file if variant == "original" else shown.upright_file
    if not name:
        raise Http404
    require_whole(shown, name)
    suffix = name.rsplit(".", 1)[-1]
    filename = file_name(f"{participant.code}-{shown.visit.definition.code}-{shown.view}.{suffix}")
    response = (
        _image(request, name)
        if variant == "upright"
        else private_response(
            request, name, content_type="application/octet-stream", filename=filename
        )
    )
    if request.method == "GET":  # after the file was found: what is lost was not seen
        record_about(
            participant, "photo.view", by=request.user, target=shown, new={"variant": variant}
        )
    return response


def _image(request: StaffRequest, name: str) -> HttpResponseBase:
    if not name:
        raise Http404
    return private_response(request, name, content_type="image/jpeg")


@require_safe
@study_page(Permission.PHOTO_VIEW)
def photos(request: StaffRequest, study: Study) -> HttpResponse:
    """Photos that want a retake (or are being checked, or accepted), newest first, by site."""
    seen = _seen(request, study)
    sites = Site.objects.visible_to(request.user, Permission.PHOTO_VIEW).filter(study=study)
    site = sites.filter(code=request.GET.get("site", "")).first()
    if site is not None:
        seen = seen.filter(visit__participant__site=site)
    tab = request.GET.get("state", "")
    tab = tab if tab in TABS else "retake"
    rows = seen.filter(state=TABS[tab][1]).order_by("-received_at")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    _record_list(request, study, site, page)
    days = visits.days_here(study)
    context: dict[str, Any] = {
        "study": study,
        "section": "photos",
        "page": page,
        "tab": tab,
        "tabs": [
            (code, label, seen.filter(state=state).count()) for code, (label, state) in TABS.items()
        ],
        "sites": sites if sites.count() > 1 else [],
        "site": site,
        "over": {one.pk for one in page if _is_over(one, days)},
        "reasons": service.RETAKE_REASONS,
        "reviewable": _reviewable(request, study),
        "retakable_photos": {photo.pk for photo in page if service.can_be_retaken(photo.visit)},
    }
    return render(request, "participants/capture/photo_list.html", context)


def _is_over(photo: Photo, days: visits.Days) -> bool:
    """Whether its visit's window has closed."""
    return photo.visit.closes_on < days.at(photo.visit.participant.site_id)


def _reviewable(request: StaffRequest, study: Study) -> set[int]:
    """The sites whose photos the person may turn down."""
    held = Site.objects.visible_to(request.user, Permission.PHOTO_REVIEW).filter(study=study)
    return set(held.values_list("pk", flat=True))


def _record_list(request: StaffRequest, study: Study, site: Site | None, page: Page[Photo]) -> None:
    shown = [str(photo.pk) for photo in page if photo.thumbnail_file]
    if shown and request.method == "GET":
        audit.record(
            by=request.user,
            action="photo.list",
            study=study.code,
            site=site.code if site else "",
            new={"photos": shown},
        )


@require_POST
@study_page(Permission.PHOTO_VIEW)
def ask_retake(request: StaffRequest, study: Study, photo: UUID) -> HttpResponseBase:
    """Turn an accepted photo down, and come back to where the button was pressed."""
    asked = get_object_or_404(_seen(request, study), pk=photo)
    service.ask_retake(
        photo=asked,
        reason_code=request.POST.get("reason", ""),
        by=request.user,
        expected=request.POST.get("expected", ""),
    )
    said = _("%(code)s will be asked for another photo (%(view)s).")
    if asked.state == Photo.State.EXCLUDED:
        said = _("%(code)s: the photo (%(view)s) is excluded. The visit stays as it is.")
    what = {"code": asked.visit.participant.code, "view": asked.get_view_display()}
    messages.success(request, said % what)
    return back(request, "participants:photos", study.code)
