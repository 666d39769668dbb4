"""Model packages: checked, registered once, pinned by their hash."""

import hashlib
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from inference.packages.errors import PackageInUse, PackageRefused, PackageVersionTaken
from inference.packages.models import ModelPackage, StudyModel
from inference.packages.reasons import required_reason
from inference.packages.services.reports import check_report, read_report
from inference.packages.signals import package_retiring
from inference.pipeline import errors
from inference.pipeline.package import CheckResult, check_package
from studies.access.models import Membership, User
from studies.access.permissions import Permission
from studies.platform.actors import SYSTEM, Actor, System
from studies.platform.errors import NotAllowed
from studies.platform.seen import Seen
from studies.platform.storage import store
from studies.protocol.models import Condition
from studies.record import services as audit
from studies.record.unchanged import require_unchanged


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


def register_package(*, path: Path, by: Actor, report: bytes | None = None) -> ModelPackage:
    """Check the ONNX file at ``path``, keep it under its SHA-256 and list it.

    The same bytes again are the same package. ``report`` is the JSON of its evaluation.

    Raises:
        NotAllowed: ``by`` may not register packages.
        PackageRefused: the file breaks a rule; the message says which, and what to do.
        PackageVersionTaken: its name and version belong to other bytes.
        ReportRefused: the report is none, or of another package; nothing was registered.
    """
    _require_registrar(by)
    try:
        body = path.read_bytes()
    except OSError as error:
        raise PackageRefused(f"The file {path.name} cannot be read.") from error
    sha256 = hashlib.sha256(body).hexdigest()
    read = read_report(report, sha256=sha256) if report is not None else None
    known = ModelPackage.objects.filter(sha256=sha256).first()
    if known is None:
        checked = _check(path, body)
        _require_version_free(checked)
        file, _ = store("packages", "onnx", body, suffix=".onnx")
        return _list_package(checked, file=file, report=read, by=by)
    return known if read is None else attach_report(package=known, report=read, by=by)


def register_upload(
    *, upload: "UploadedFile[bytes]", by: Actor, report: bytes | None = None
) -> ModelPackage:
    """``register_package`` for a file sent through a form."""
    _require_registrar(by)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "package.onnx"
        with path.open("wb") as out:
            for chunk in upload.chunks():
                out.write(chunk)
        return register_package(path=path, by=by, report=report)


def shown_report(package: ModelPackage) -> dict[str, str]:
    """Which report a page shows, for the form that puts another in its place."""
    digest = f"SHA-256 {_digest(package.report)[:12]}…" if package.report else ""
    return {"evaluation_report": digest}


def shown_state(package: ModelPackage) -> dict[str, str]:
    """What a page says of the state, for the form that retires it or takes it back."""
    return {"state": package.get_state_display(), "reason_for_it": package.retired_because}


@transaction.atomic
def attach_report(
    *, package: ModelPackage, report: dict[str, Any], by: Actor, seen: Seen | None = None
) -> ModelPackage:
    """Keep the evaluation report of a package; a newer one takes the place of the older.

    Raises:
        NotAllowed: ``by`` may not register packages.
        ReportRefused: it is the report of another package; nothing was changed.
        ChangedMeanwhile: there is another report than was ``seen``.
    """
    _require_registrar(by)
    package = ModelPackage.objects.select_for_update().get(pk=package.pk)
    check_report(report, sha256=package.sha256)
    _require_unchanged(seen, package, shown_report(package), "package.attach_report")
    if package.report == report:
        return package
    package.report = report
    package.save(update_fields=["report"])
    new = {"package": str(package), "report_sha256": _digest(report)}
    audit.record(by=by, action="package.attach_report", target=package, new=new)
    return package


def _digest(report: dict[str, Any]) -> str:
    """SHA-256 (hex) of a report's canonical JSON: sorted keys, no spaces."""
    text = json.dumps(report, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


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
def _list_package(
    checked: CheckResult, *, file: str, report: dict[str, Any] | None, by: Actor
) -> ModelPackage:
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
            "report": report,
            "recipe": info.card.recipe,
            "demonstrator": info.card.demonstrator,
            "milliseconds_per_crop": checked.ms_per_crop,
            "registered_at": timezone.now(),
            "registered_by": by if isinstance(by, User) else None,
        },
    )
    if created:
        package.conditions.set(Condition.objects.filter(pk__in=info.card.conditions))
        new = {"package": str(package), "sha256": package.sha256, "recipe": package.recipe}
        audit.record(by=by, action="package.register", target=package, new=new)
    return package


def may_retire(by: Actor) -> bool:
    """Platform administrators and the system's own commands: it concerns every study."""
    return isinstance(by, System) or (isinstance(by, User) and by.is_active and by.is_superuser)


def _require_retirer(by: Actor) -> None:
    if not may_retire(by):
        raise NotAllowed(
            "Packages are retired, and taken back, by platform administrators. Nothing was changed."
        )


@transaction.atomic
def retire(
    *, package: ModelPackage, reason: str, by: Actor, seen: Seen | None = None
) -> ModelPackage:
    """Let no study take ``package`` into use any more; its scores stay, and are marked.

    Raises:
        NotAllowed: ``by`` is no platform administrator (or the system).
        PackageInUse: a study uses it, or has photos scored with it now.
        ReasonMissing, ChangedMeanwhile, IllegalTransition: nothing was changed.
    """
    _require_retirer(by)
    reason = required_reason(reason)
    package = ModelPackage.objects.select_for_update().get(pk=package.pk)
    _require_unchanged(seen, package, shown_state(package), "package.retire", "package.take_back")
    using = StudyModel.objects.filter(package=package, deactivated_at=None).count()
    if using:
        raise PackageInUse(
            f"{package} is in use in {using} {'study' if using == 1 else 'studies'}. "
            "It can be retired once no study uses it. Nothing was changed."
        )
    package_retiring.send(sender=ModelPackage, package=package)
    package.move(
        ModelPackage.State.RETIRED, retired_at=timezone.now(), retired_because=reason[:500]
    )
    _record_state(package, "package.retire", ModelPackage.State.REGISTERED, reason, by)
    return package


@transaction.atomic
def take_back(
    *, package: ModelPackage, reason: str, by: Actor, seen: Seen | None = None
) -> ModelPackage:
    """Undo ``retire``: studies may take the package into use again.

    Raises:
        NotAllowed: ``by`` is no platform administrator (or the system).
        ReasonMissing, ChangedMeanwhile, IllegalTransition: nothing was changed.
    """
    _require_retirer(by)
    reason = required_reason(reason)
    package = ModelPackage.objects.select_for_update().get(pk=package.pk)
    _require_unchanged(seen, package, shown_state(package), "package.retire", "package.take_back")
    package.move(ModelPackage.State.REGISTERED, retired_at=None, retired_because="")
    _record_state(package, "package.take_back", ModelPackage.State.RETIRED, reason, by)
    return package


def _require_unchanged(
    seen: Seen | None, package: ModelPackage, now: dict[str, str], *actions: str
) -> None:
    require_unchanged(seen, now, study=audit.PLATFORM, actions=actions, target=package)


def _record_state(package: ModelPackage, action: str, old: str, reason: str, by: Actor) -> None:
    audit.record(
        by=by,
        action=action,
        target=package,
        old={"package": str(package), "state": str(old)},
        new={"package": str(package), "state": package.state},
        reason=reason,
    )
