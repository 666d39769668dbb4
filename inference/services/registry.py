"""Model packages: registered once, pinned by their hash, taken into use by studies."""

import hashlib
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from inference.errors import (
    AlreadyActive,
    NotActive,
    PackageInUse,
    PackageRefused,
    PackageRetired,
    PackageVersionTaken,
    ReasonMissing,
)
from inference.models import ModelPackage, StudyModel
from inference.pipeline import errors
from inference.pipeline.package import CheckResult, check_package
from inference.services import runs
from studies.actors import SYSTEM, Actor, System
from studies.errors import NotAllowed
from studies.models import Membership, Study, User
from studies.permissions import Permission
from studies.services import audit
from studies.services.rights import require
from studies.storage import store


def may_register(by: Actor) -> bool:
    """Platform administrators, study managers, and the system's own commands."""
    if isinstance(by, User):
        held = Membership.objects.granting(by, Permission.MODEL_ACTIVATE)
        return by.is_active and (by.is_superuser or held.exists())
    return isinstance(by, System)


def _require_registrar(by: Actor) -> None:
    if not may_register(by):
        raise NotAllowed(
            "Model packages are registered by platform administrators and study managers. "
            "Nothing was changed."
        )


# --- Registering -------------------------------------------------------------------------------


def register_package(*, path: Path, by: Actor) -> ModelPackage:
    """Check the ONNX file at ``path``, keep it under its SHA-256 and list it.

    The same bytes again are the same package.

    Raises:
        NotAllowed: ``by`` may not register packages.
        PackageRefused: the file breaks a rule; the message says which, and what to do.
        PackageVersionTaken: its name and version belong to other bytes.
    """
    _require_registrar(by)
    try:
        body = path.read_bytes()
    except OSError as error:
        raise PackageRefused(f"The file {path.name} cannot be read.") from error
    known = ModelPackage.objects.filter(sha256=hashlib.sha256(body).hexdigest()).first()
    if known is not None:
        return known
    checked = _check(path, body)
    _require_version_free(checked)
    file, _ = store("packages", "onnx", body, suffix=".onnx")
    return _list_package(checked, file=file, by=by)


def register_upload(*, upload: "UploadedFile[bytes]", by: Actor) -> ModelPackage:
    """``register_package`` for a file sent through a form."""
    _require_registrar(by)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "package.onnx"
        with path.open("wb") as out:
            for chunk in upload.chunks():
                out.write(chunk)
        return register_package(path=path, by=by)


def ensure_shipped_package() -> ModelPackage:
    """The demonstrator that ships with the product, registered when it is not yet.

    Raises:
        PackageRefused: it is missing or damaged.
    """
    return register_package(path=Path(settings.SHIPPED_MODEL_PACKAGE), by=SYSTEM)


def _check(path: Path, body: bytes) -> CheckResult:
    try:
        checked = check_package(path)
    except errors.PackageRefused as refusal:
        raise PackageRefused(refusal.message, detail={"reason": refusal.code}) from refusal
    if checked.info.sha256 != hashlib.sha256(body).hexdigest():
        raise PackageRefused("The file changed while it was checked. Please send it again.")
    return checked


def _require_version_free(checked: CheckResult) -> None:
    card = checked.info.card
    taken = ModelPackage.objects.filter(name=card.name, version=card.version).first()
    if taken is not None and taken.sha256 != checked.info.sha256:
        raise PackageVersionTaken(
            f"{card.name} {card.version} is registered with other bytes (SHA-256 "
            f"{taken.sha256[:12]}…). A version never changes: give the new file a new version."
        )


@transaction.atomic
def _list_package(checked: CheckResult, *, file: str, by: Actor) -> ModelPackage:
    info = checked.info
    package, created = ModelPackage.objects.get_or_create(
        sha256=info.sha256,
        defaults={
            "name": info.card.name,
            "version": info.card.version,
            "file": file,
            "size": info.size_bytes,
            "card": dict(info.card.raw),
            "check_report": checked.as_dict(),
            "recipe": info.card.recipe,
            "demonstrator": info.card.demonstrator,
            "milliseconds_per_crop": checked.ms_per_crop,
            "registered_at": timezone.now(),
            "registered_by": by if isinstance(by, User) else None,
        },
    )
    if created:
        new = {"package": str(package), "sha256": package.sha256, "recipe": package.recipe}
        audit.record(by=by, action="package.register", target=package, new=new)
    return package


# --- Use in a study ----------------------------------------------------------------------------


def available_packages(*, study: Study, user: User) -> QuerySet[ModelPackage]:
    """Registered packages that the study could take into use."""
    used = StudyModel.objects.filter(study=study, deactivated_at=None).values("package")
    registered = ModelPackage.objects.visible_to(user).filter(state=ModelPackage.State.REGISTERED)
    return registered.exclude(pk__in=used)


def _reason(reason: str) -> str:
    reason = " ".join(reason.split())
    if not reason:
        raise ReasonMissing(
            "Please say why: the record keeps the reason for every change of what a study "
            "measures with. Nothing was changed."
        )
    return reason


def _require_activator(by: Actor, study: Study) -> None:
    if not isinstance(by, System):
        require(by, Permission.MODEL_ACTIVATE, study=study)


@transaction.atomic
def activate(
    *, study: Study, package: ModelPackage, reason: str, by: Actor, score_accepted: bool = False
) -> StudyModel:
    """Score the photos accepted from now on with ``package``.

    With ``score_accepted`` those accepted before are queued as well.

    Raises:
        NotAllowed: ``by`` may not change the study's models.
        PackageRetired, AlreadyActive, ReasonMissing: nothing was changed.
    """
    _require_activator(by, study)
    reason = _reason(reason)
    package = ModelPackage.objects.select_for_update().get(pk=package.pk)
    if package.state != ModelPackage.State.REGISTERED:
        raise PackageRetired(f"{package} is retired: it starts no new work. Choose another.")
    in_use, created = StudyModel.objects.get_or_create(
        study=study,
        package=package,
        deactivated_at=None,
        defaults={
            "activated_at": timezone.now(),
            "activated_by": by if isinstance(by, User) else None,
        },
    )
    if not created:
        raise AlreadyActive(f"{package} is in use in {study.code} already. Nothing was changed.")
    queued = runs.queue_backlog(study=study, package=package) if score_accepted else 0
    _record_use("model.activate", in_use, by, reason, runs_queued=queued)
    return in_use


@transaction.atomic
def score_backlog(*, study: Study, package: ModelPackage, by: Actor) -> int:
    """Queue ``package`` over the accepted photos it has not seen; return how many.

    For photos whose participant consented to scoring later, or that came while it was not in use.

    Raises:
        NotAllowed: ``by`` may not change the study's models.
        NotActive: the study does not use ``package``.
    """
    _require_activator(by, study)
    in_use = StudyModel.objects.filter(study=study, package=package, deactivated_at=None).first()
    if in_use is None:
        raise NotActive(f"{package} is not in use in {study.code}. Nothing was queued.")
    number = runs.queue_backlog(study=study, package=package)
    _record_use("model.score_backlog", in_use, by, "", runs_queued=number)
    return number


@transaction.atomic
def deactivate(*, study: Study, package: ModelPackage, reason: str, by: Actor) -> StudyModel:
    """Score nothing more with ``package``; its runs and scores stay, and are no longer current.

    Runs no worker has begun are taken back.

    Raises:
        NotAllowed: ``by`` may not change the study's models.
        NotActive, ReasonMissing: nothing was changed.
    """
    _require_activator(by, study)
    reason = _reason(reason)
    rows = StudyModel.objects.filter(study=study, package=package, deactivated_at=None)
    in_use = rows.first()
    if in_use is None or not rows.update(deactivated_at=timezone.now()):
        raise NotActive(f"{package} is not in use in {study.code}. Nothing was changed.")
    in_use.refresh_from_db()
    dropped = runs.drop_queued(study=study, package=package)
    _record_use("model.deactivate", in_use, by, reason, runs_dropped=dropped)
    return in_use


@transaction.atomic
def retire(*, package: ModelPackage, reason: str, by: Actor) -> ModelPackage:
    """Let no study take ``package`` into use any more.

    Raises:
        NotAllowed: ``by`` is no platform administrator (or the system).
        PackageInUse: a study uses it.
    """
    if not (isinstance(by, System) or (isinstance(by, User) and by.is_superuser)):
        raise NotAllowed("Packages are retired by platform administrators. Nothing was changed.")
    reason = _reason(reason)
    using = StudyModel.objects.filter(package=package, deactivated_at=None).count()
    if using:
        raise PackageInUse(
            f"{package} is in use in {using} {'study' if using == 1 else 'studies'}. "
            "It can be retired once no study uses it. Nothing was changed."
        )
    package.move(ModelPackage.State.RETIRED)
    audit.record(
        by=by,
        action="package.retire",
        target=package,
        old={"state": ModelPackage.State.REGISTERED.value},
        new={"state": ModelPackage.State.RETIRED.value},
        reason=reason,
    )
    return package


def _record_use(action: str, in_use: StudyModel, by: Actor, reason: str, **counts: int) -> None:
    package = in_use.package
    audit.record(
        by=by,
        action=action,
        target=in_use,
        study=in_use.study.code,
        new={"package": str(package), "sha256": package.sha256, **counts},
        reason=reason,
    )
