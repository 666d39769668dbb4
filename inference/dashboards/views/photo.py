"""One photo: the picture, its activation maps, its scores and how they came about."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from inference.cells.live import is_fragment, next_beat
from inference.dashboards.services.outlines import outlines_of
from inference.dashboards.services.photo_scores import (
    neighbours,
    photo_noise,
    photo_scale,
    photo_scores,
    steps_of,
)
from inference.pipeline.assessed import REGION_CODES
from inference.scoring.models import ActivationMap, Run
from inference.scoring.models.run import RunQuerySet
from inference.scoring.quality import readable_quality
from participants.capture.models import Photo
from participants.capture.services.flags import FLAGS
from participants.capture.services.retakes import RETAKE_REASONS, can_be_retaken
from participants.people.services.record import record_about
from studies.access.permissions import Permission
from studies.platform.errors import NotFound
from studies.platform.private_files import private_response
from studies.platform.work import WorkState
from studies.protocol.models import Study
from studies.protocol.services.rights import may
from studies.protocol.views.access import StaffRequest, study_page


def _photo(request: StaffRequest, study: Study, photo: UUID) -> Photo:
    seen = Photo.objects.visible_to(request.user).filter(visit__participant__study=study)
    related = seen.select_related(
        "visit__participant__site", "visit__participant__study", "visit__definition", "reviewed_by"
    )
    return get_object_or_404(related, pk=photo)


def _number(request: HttpRequest, name: str) -> int | None:
    value = request.GET.get(name, "")
    return int(value) if value.isascii() and value.isdigit() else None


@require_safe
@study_page(Permission.PHOTO_VIEW)
def photo_page(request: StaffRequest, study: Study, photo: UUID) -> HttpResponse:
    """The photo with its scores; ``?run=`` shows another run than the one that counts.

    While a run is to come the page asks again and is told to reload once there is none.
    """
    shown = _photo(request, study, photo)
    scores = photo_scores(photo=shown, user=request.user, run=_number(request, "run"))
    if is_fragment(request):
        return HttpResponse(status=204, headers={} if scores.waiting else {"HX-Refresh": "true"})
    pictured = bool(shown.upright_file) and not shown.kept_out
    read = list(scores.shown.scores.all()) if scores.shown else None
    context = {
        "study": study,
        "section": "participants",
        "photo": shown,
        "outlines": outlines_of(shown, read) if pictured else None,
        "visit": shown.visit,
        "participant": shown.visit.participant,
        "scores": scores,
        "scale": photo_scale(shown),
        "noise": photo_noise(shown),
        "steps": steps_of(scores.shown) if scores.shown else [],
        "quality": readable_quality(shown.quality),
        "may_review": may(
            request.user, Permission.PHOTO_REVIEW, study=study, site=shown.visit.participant.site
        ),
        "reasons": RETAKE_REASONS,
        "flags": [FLAGS[code] for code in shown.flags if code in FLAGS],
        "retakable": can_be_retaken(shown.visit),
        "beside": neighbours(photo=shown, user=request.user),
        "beat": next_beat(request, busy=True) if scores.waiting else None,
    }
    return render(request, "inference/dashboards/photo.html", context)


@require_safe
@study_page(Permission.SCORE_VIEW)
def activation_map(
    request: StaffRequest, study: Study, photo: UUID, run: int, condition: str
) -> HttpResponseBase:
    """The activation map of one condition: an 8-bit PNG in the photo's frame."""
    seen = _runs(request, study, photo)
    shown = get_object_or_404(ActivationMap, run__in=seen, run=run, condition=condition)
    return private_response(request, shown.file, content_type="image/png")


@require_safe
@study_page(Permission.SCORE_VIEW)
def cleaned(request: StaffRequest, study: Study, photo: UUID, run: int) -> HttpResponseBase:
    """The photo after the run's recipe, small, to be compared with the photo itself.

    It shows the face, so handing it out is recorded as looking at the photo is.
    """
    seen = _runs(request, study, photo).filter(state=WorkState.DONE)
    related = seen.select_related("photo__visit__participant__site")
    shown = get_object_or_404(related, pk=run)
    if request.method == "GET":
        record_about(
            shown.photo.visit.participant,
            "photo.view",
            by=request.user,
            target=shown.photo,
            new={"variant": "cleaned", "run": shown.pk},
        )
    from inference.scoring.services.scoring import cleaned_file

    return private_response(request, cleaned_file(shown), content_type="image/jpeg")


@require_safe
@never_cache
@study_page(Permission.SCORE_VIEW)
def region(request: StaffRequest, study: Study, photo: UUID, run: int, region: str) -> HttpResponse:
    """One region as the run read it: raw, cleaned and filled crops, and what the recipe did.

    A fragment for htmx, else a page. It shows skin, so looking is recorded.
    """
    seen = _runs(request, study, photo).filter(state=WorkState.DONE)
    related = seen.select_related("package", "photo__visit__participant__site")
    shown = get_object_or_404(related, pk=run)
    if region not in REGION_CODES:
        raise NotFound("There is no such region of the face.")
    from inference.scoring.services.crops import CropsNotMade, crops_of_run

    problem, crops = "", None
    try:
        crops = crops_of_run(shown, region=region)
    except CropsNotMade as refusal:
        problem = refusal.message
    if crops is not None and crops.crops and request.method == "GET":
        record_about(
            shown.photo.visit.participant,
            "photo.view",
            by=request.user,
            target=shown.photo,
            new={"variant": "crops", "region": region, "run": shown.pk},
        )
    context = {
        "study": study,
        "section": "participants",
        "run": shown,
        "photo": shown.photo,
        "participant": shown.photo.visit.participant,
        "region": region,
        "crops": crops,
        "problem": problem,
    }
    page = "_region" if is_fragment(request) else "region"
    response = render(request, f"inference/dashboards/{page}.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _runs(request: StaffRequest, study: Study, photo: UUID) -> RunQuerySet:
    """The runs over a photo that may be seen, as its pixels may."""
    shown = _photo(request, study, photo)
    return Run.objects.visible_to(request.user).filter(photo=shown)
