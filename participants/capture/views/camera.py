"""Taking and sending the photo of one view, and what became of it."""

import hashlib
import uuid
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import Http404, HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from participants.capture.errors import PhotoEmpty, PhotoTooLarge
from participants.capture.models import Photo
from participants.capture.services import photos
from participants.capture.services.uploads import too_large
from participants.capture.signals import photos_shown
from participants.capture.steps import HELD, NAMES, Step, coming_visits, next_wanted, steps_of
from participants.capture.views.guided import WORDS, camera_data, pictures_for
from participants.imaging.telling import main_reason
from participants.people.views.my import MyRequest, my_photos_endpoint, my_photos_page
from participants.visits import services as visits
from participants.visits.models import Visit
from studies.platform.errors import Refusal


class SizeLimit(FileUploadHandler):
    """Stop reading a form as soon as its file is larger than a photo may be."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.exceeded = False
        self._seen = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        self._seen += len(raw_data)
        if self._seen > settings.UPLOAD_MAX_BYTES:
            self.exceeded = True
            raise StopUpload(connection_reset=False)  # drained, so that the answer can be read
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Leave keeping the file to the handlers after this one."""


@csrf_exempt  # checked in _capture: the limit has to be in place before the form is read
@require_http_methods(["GET", "HEAD", "POST"])
def capture(request: HttpRequest, visit: str, view: str) -> HttpResponseBase:
    """The page of one view: take, look, send; a plain form when there is no JavaScript."""
    limit = SizeLimit(request)
    request.upload_handlers.insert(0, limit)
    return _capture(request, visit, view, limit)


@csrf_protect
@my_photos_page
def _capture(request: MyRequest, visit_code: str, view: str, limit: SizeLimit) -> HttpResponseBase:
    visit = _own_visit(request, visit_code)
    if view not in visit.definition.views:
        raise Http404
    refusal: Refusal | None = None
    if request.method == "POST":
        try:
            _receive_form(request, visit, view, limit)
            return redirect(request.path)
        except Refusal as error:
            refusal = error
    steps = steps_of(visit)
    step = next(step for step in steps if step.view == view)
    photos_shown.send(sender=Photo, photos=[step.photo])
    context = {
        "study": visit.participant.study,
        "site": visit.participant.site,
        "visit": visit,
        "view": view,
        "view_name": NAMES[view],
        "words": WORDS[view],
        "camera": camera_data(visit, steps),
        "better": pictures_for([reason["code"] for reason in step.reasons]),
        "all_better": pictures_for([r["code"] for each in steps for r in each.reasons]),
        "step": step,
        "number": steps.index(step) + 1,
        "steps": steps,
        "next_step": next_wanted(steps, after=view),
        "coming": next(
            iter(coming_visits(visit.participant, visits.today(visit.participant))), None
        ),
        "refusal": refusal,
        "closed": _why_closed(visit, step),
        "form_id": uuid.uuid4(),
        "max_bytes": settings.UPLOAD_MAX_BYTES,
        "max_megabytes": settings.UPLOAD_MAX_BYTES // 1024**2,
    }
    status = refusal.status if refusal else 200
    return render(request, "participants/capture/my/capture.html", context, status=status)


def _own_visit(request: MyRequest, code: str) -> Visit:
    mine = Visit.objects.filter(participant=request.participant).select_related("definition")
    visit = get_object_or_404(mine, definition__code=code)
    visit.participant = request.participant
    return visit


def _why_closed(visit: Visit, step: Step) -> Refusal | None:
    """Why no photo of this view can be sent now, if so; being done already is no such reason."""
    if not step.wanted:
        return None
    try:
        photos.require_wanted(visit=visit, view=step.view)
    except Refusal as refusal:
        return refusal
    return None


def _receive_form(request: MyRequest, visit: Visit, view: str, limit: SizeLimit) -> None:
    """Take the file of the plain form. The same form sent twice is the same photo."""
    file = request.FILES.get("photo")
    if limit.exceeded:
        raise PhotoTooLarge(too_large())
    if not isinstance(file, UploadedFile) or not file.size:
        raise PhotoEmpty(_("No photo was chosen, or the file is empty. Please take a photo."))
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    sha256 = digest.hexdigest()
    try:
        form = uuid.UUID(request.POST.get("form_id", ""))
    except ValueError:
        form = uuid.uuid4()
    # Another file sent from the same form (after the browser's “back”) is another photo.
    photos.receive_photo(
        photo_id=uuid.uuid5(form, f"{visit.pk}/{view}/{sha256}"),
        visit=visit,
        view=view,
        content=_content(file),
        sha256=sha256,
        by=request.participant,
        capture={"method": "file", "trigger": "file"},
    )


def _content(file: "UploadedFile[Any]") -> Path | bytes:
    """The file where it lies; small ones are in memory."""
    if isinstance(file, TemporaryUploadedFile):
        return Path(file.temporary_file_path())
    file.seek(0)
    return bytes(file.read())


@require_safe
@my_photos_endpoint
def photo(request: MyRequest, photo: uuid.UUID) -> HttpResponseBase:
    """What became of a photo: its state, why that is so, and where to go next.

    The state is ``held`` while it waits for a person: its check has stopped, or has flagged it.
    """
    mine = Photo.objects.filter(visit__participant=request.participant)
    related = mine.select_related("visit__definition", "check_work")
    shown = get_object_or_404(related, pk=photo)
    photos_shown.send(sender=Photo, photos=[shown])
    steps = steps_of(shown.visit)
    step = next_wanted(steps, after=shown.view)
    reasons = [_(reason["message"]) for reason in main_reason(shown.retake_reasons)]
    held = shown.check_stopped or shown.state == Photo.State.HELD
    done = shown.state == Photo.State.EXCLUDED  # nothing more is asked: the visit is over
    body: dict[str, Any] = {
        "state": "held" if held else "accepted" if done else shown.state,
        "reasons": [str(HELD)] if held else [] if done else reasons,
        "next": {"url": step.url, "name": str(step.name)} if step else None,
    }
    return JsonResponse(body)
