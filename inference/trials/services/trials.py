"""A package tried on one photo: scored by a worker, shown to who asked, forgotten within the hour.

The worker does it, not the web process: it has the limits for decoding, the open networks and the
time. Nothing enters a study: no run, no score. What is shown is one private file that goes with the
photo when the trial expires.
"""

import json
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from inference.packages.errors import PackageRetired
from inference.packages.models import ModelPackage
from inference.trials.errors import TrialRefused
from inference.trials.models import Trial
from participants.capture.models import Photo
from participants.consent.services import consents
from participants.people.services.record import record_about
from studies.access.models import User
from studies.access.permissions import Permission
from studies.platform.errors import Invalid
from studies.platform.storage import private_storage, read, store
from studies.platform.work import Claim, WorkState, notify_on_commit
from studies.record import services as audit

if TYPE_CHECKING:
    from inference.trials.services.results import Result

logger = logging.getLogger(__name__)

KEPT = timedelta(hours=1)
AT_ONCE = 3


def photos_to_try(user: User) -> list[Photo]:
    """The newest accepted photos ``user`` may see with their scores, at most fifty."""
    seen = Photo.objects.visible_to(user).filter(
        pk__in=Photo.objects.visible_to(user, Permission.SCORE_VIEW).values("pk"),
        state=Photo.State.ACCEPTED,
    )
    related = seen.select_related("visit__definition", "visit__participant__study")
    return list(related.order_by("-received_at")[:50])


def try_upload(
    *, package: ModelPackage, upload: "UploadedFile[bytes]", view: str, profile: str, by: User
) -> Trial:
    """Try ``package`` on a file sent for this alone.

    Raises:
        PackageRetired, TrialRefused, Invalid: nothing was kept.
    """
    _require_possible(package, by)
    if not upload.size or upload.size > settings.UPLOAD_MAX_BYTES:
        most = settings.UPLOAD_MAX_BYTES // 2**20
        raise Invalid(f"A photo has at most {most} MiB, and is not empty. Nothing was kept.")
    trial = _new(package, by, view=view, profile=profile)
    trial.upload_file, digest = store("trials", str(trial.pk), upload.read(), suffix=".bin")
    with transaction.atomic():
        trial.save(force_insert=True)
        new = {"package": str(package), "photo_sha256": digest}
        audit.record(by=by, action="package.try", target=package, new=new)
        notify_on_commit(trial)
    return trial


@transaction.atomic
def try_photo(*, package: ModelPackage, photo: Photo, by: User) -> Trial:
    """Try ``package`` on a study's accepted photo that ``by`` may see; looking at it is recorded.

    Raises:
        PackageRetired, TrialRefused: nothing was kept.
    """
    _require_possible(package, by)
    participant = photo.visit.participant
    if photo not in photos_to_try(by) or not consents.allows_scoring(participant):
        raise TrialRefused(
            "This photo is not tried: it is not accepted, is not among those you may see, or its "
            "participant did not consent to scoring."
        )
    trial = _new(package, by, view=photo.view, profile="off")
    trial.photo = photo
    trial.save(force_insert=True)
    new = {"variant": "trial", "package": str(package)}
    record_about(participant, "photo.view", by=by, target=photo, new=new)
    notify_on_commit(trial)
    return trial


def _new(package: ModelPackage, by: User, *, view: str, profile: str) -> Trial:
    expires = timezone.now() + KEPT
    return Trial(package=package, asked_by=by, view=view, profile=profile, expires_at=expires)


def _require_possible(package: ModelPackage, by: User) -> None:
    if package.retired:
        raise PackageRetired(f"{package} is retired: it scores no more photos. Choose another.")
    _forget_abandoned()
    waiting = Trial.objects.filter(
        asked_by=by, answered_at=None, state__in=[WorkState.QUEUED, WorkState.RUNNING]
    )
    if waiting.count() >= AT_ONCE:
        raise TrialRefused(
            f"{AT_ONCE} photos of yours are being tried now. Wait until one is done; this one was "
            "not kept."
        )


def attend(claim: Claim[Trial]) -> None:
    """The worker's part: answer, and when the time is over forget.

    Raises:
        LeaseLost: another worker has the row; nothing is written.
    """
    trial = Trial.objects.select_related("package", "photo__visit__participant").get(
        pk=claim.row.pk
    )
    if trial.answered_at is not None or trial.expires_at <= timezone.now():
        _delete_files(trial)
        with claim.completing():
            Trial.objects.filter(pk=trial.pk).update(
                upload_file="", result_file="", refused="", photo=None
            )
        return
    from inference.trials.services.answering import answer_to

    answer = answer_to(trial)
    name = ""
    if answer.result is not None:
        body = json.dumps(answer.result).encode()
        name, _ = store("trials", str(trial.pk), body, suffix=".json")
    if trial.upload_file:
        private_storage().delete(trial.upload_file)
    with claim.pausing(until=trial.expires_at):
        Trial.objects.filter(pk=trial.pk).update(
            upload_file="", result_file=name, refused=answer.refused, answered_at=timezone.now()
        )


def shown(trial: Trial) -> "Result | None":
    """What there is to show of ``trial``; None before it is answered, and once it is forgotten."""
    if not trial.result_file or trial.expires_at <= timezone.now():
        return None
    if trial.photo and not consents.allows_scoring(trial.photo.visit.participant):
        return None  # withdrawn since
    from inference.trials.services import results

    try:
        return results.from_dict(json.loads(read(trial.result_file)))
    except FileNotFoundError:
        return None


def waiting(trial: Trial) -> bool:
    """Whether an answer is still to come."""
    open_ = trial.state in {WorkState.QUEUED, WorkState.RUNNING}
    return open_ and trial.answered_at is None and trial.expires_at > timezone.now()


@transaction.atomic
def forget(*, trial: Trial) -> None:
    """Forget a trial at once; a worker that has it now forgets it when it is done."""
    now = timezone.now()
    Trial.objects.filter(pk=trial.pk, state=WorkState.QUEUED).update(due_at=now, notified_at=None)
    Trial.objects.filter(pk=trial.pk).update(expires_at=now)
    trial.refresh_from_db()
    notify_on_commit(trial)


def _delete_files(trial: Trial) -> None:
    for name in filter(None, [trial.upload_file, trial.result_file]):
        private_storage().delete(name)


def _forget_abandoned() -> None:
    """Remove the files of trials whose workers died each time, once they have expired."""
    left = ~Q(upload_file="") | ~Q(result_file="")
    stuck = Trial.objects.filter(left, state=WorkState.QUARANTINED, expires_at__lt=timezone.now())
    for trial in stuck:
        _delete_files(trial)
        Trial.objects.filter(pk=trial.pk).update(upload_file="", result_file="", photo=None)
