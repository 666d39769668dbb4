"""One view of a participant at several visits, in step."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from inference.dashboards.services.beside import MOST, chosen_of, lay, photos_of_view
from participants.capture.models import Photo
from participants.people.models import Participant
from participants.people.services.record import record_about
from studies.access.permissions import Permission
from studies.platform.errors import NotFound
from studies.protocol.models import Study, View
from studies.protocol.views.access import StaffRequest, study_page


@require_safe
@study_page(Permission.PHOTO_VIEW)
def beside(request: StaffRequest, study: Study, code: str, view: str) -> HttpResponse:
    """The strip of all visits, and those chosen (``?photo=``, up to four) in step."""
    seen = Participant.objects.visible_to(request.user, Permission.PHOTO_VIEW)
    participant = get_object_or_404(seen.select_related("study", "site"), study=study, code=code)
    if view not in View.values:
        raise NotFound("There is no such view.")
    photos = photos_of_view(participant=participant, view=view, user=request.user)
    chosen = chosen_of(photos, request.GET.getlist("photo"))
    _record_strip(request, participant, photos)
    context = {
        "study": study,
        "section": "participants",
        "participant": participant,
        "view": View(view),
        "views": [View(each) for each in _views_with_photos(request, participant)],
        "photos": photos,
        "chosen": {photo.pk for photo in chosen},
        "laid": lay(chosen) if chosen else [],
        "most": MOST,
    }
    return render(request, "inference/dashboards/beside.html", context)


def _record_strip(request: StaffRequest, participant: Participant, photos: list[Photo]) -> None:
    """As a list of thumbnails is recorded; each large picture records itself."""
    if photos and request.method == "GET":
        shown = [str(photo.pk) for photo in photos]
        record_about(participant, "photo.list", by=request.user, new={"photos": shown})


def _views_with_photos(request: StaffRequest, participant: Participant) -> list[str]:
    seen = Photo.objects.visible_to(request.user).filter(
        visit__participant=participant, state=Photo.State.ACCEPTED
    )
    found = set(seen.order_by().values_list("view", flat=True).distinct())
    return [view for view in View.values if view in found]
