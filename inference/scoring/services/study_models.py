"""The packages a study scores with: taken into use, the primary among them, taken out of use."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from inference.packages.errors import PackageRetired
from inference.packages.models import ModelPackage, StudyModel
from inference.packages.reasons import required_reason
from inference.packages.services.trained_on import require_not_trained_here, trained_here
from inference.scoring.errors import AlreadyActive, AlreadyPrimary, NotActive
from inference.scoring.services import rescores, runs
from studies.access.models import User
from studies.access.permissions import Permission
from studies.platform.actors import Actor, System
from studies.platform.seen import Seen
from studies.protocol.models import Study
from studies.protocol.services.rights import require
from studies.record import services as audit
from studies.record.unchanged import require_unchanged


def available_packages(*, study: Study, user: User) -> QuerySet[ModelPackage]:
    """Registered packages that the study could take into use."""
    used = StudyModel.objects.filter(study=study, deactivated_at=None).values("package")
    registered = ModelPackage.objects.visible_to(user).filter(state=ModelPackage.State.REGISTERED)
    return registered.exclude(pk__in=used)


def _require_activator(by: Actor, study: Study) -> None:
    if not isinstance(by, System):
        require(by, Permission.MODEL_ACTIVATE, study=study)


def _in_use(study: Study) -> QuerySet[StudyModel]:
    """The study's packages in use, the one taken into use last first, locked for a change."""
    rows = StudyModel.objects.select_for_update().filter(study=study, deactivated_at=None)
    return rows.order_by("-activated_at", "-pk")


def shown(study: Study) -> dict[str, Any]:
    """What a page says of the models in use, for the forms that change it."""
    rows = StudyModel.objects.filter(study=study, deactivated_at=None).select_related("package")
    primary = next((str(row.package) for row in rows if row.primary), "")
    return {
        "primary_model": primary,
        "models_in_use": [str(row.package) for row in rows.order_by("pk")],
    }


def _require_unchanged(seen: Seen | None, study: Study) -> None:
    """Call with the study's row locked: it stands for the models in use, none among them."""
    Study.objects.select_for_update().get(pk=study.pk)
    actions = ["model.activate", "model.make_primary", "model.deactivate"]
    require_unchanged(seen, shown(study), study=study.code, actions=actions)


@transaction.atomic
def activate(
    *,
    study: Study,
    package: ModelPackage,
    reason: str,
    by: Actor,
    score_accepted: bool = False,
    seen: Seen | None = None,
) -> StudyModel:
    """Score the photos accepted from now on with ``package``.

    The first package of a study is its primary; a later one runs beside it until it is made the
    primary. With ``score_accepted`` the photos accepted before are scored as well.

    Raises:
        NotAllowed: ``by`` may not change the study's models.
        PackageRetired, AlreadyActive, ReasonMissing: nothing was changed.
        TrainedOnParticipants: it would be the primary of participants it was trained on.
        ChangedMeanwhile: other models are in use than were ``seen``.
    """
    _require_activator(by, study)
    reason = required_reason(reason)
    _require_unchanged(seen, study)
    package = ModelPackage.objects.select_for_update().get(pk=package.pk)
    if package.retired:
        raise PackageRetired(f"{package} is retired: it scores no more photos. Choose another.")
    beside = list(_in_use(study))
    if any(row.package_id == package.pk for row in beside):
        raise AlreadyActive(f"{package} is in use in {study.code} already. Nothing was changed.")
    primary = not any(row.primary for row in beside)
    if primary:
        require_not_trained_here(package, study)
    in_use = StudyModel.objects.create(
        study=study,
        package=package,
        activated_at=timezone.now(),
        activated_by=by if isinstance(by, User) else None,
        primary=primary,
    )
    _record(
        "model.activate", in_use, by, reason, primary=in_use.primary, score_accepted=score_accepted
    )
    if score_accepted:
        rescores.start_rescore(study=study, package=package, reason=reason, by=by)
    return in_use


@transaction.atomic
def make_primary(
    *, study: Study, package: ModelPackage, reason: str, by: Actor, seen: Seen | None = None
) -> StudyModel:
    """Let the scores of ``package`` be the current ones from now on.

    Raises:
        NotAllowed: ``by`` may not change the study's models.
        NotActive, AlreadyPrimary, ReasonMissing, ChangedMeanwhile: nothing was changed.
        TrainedOnParticipants: it was trained on participants of the study.
    """
    _require_activator(by, study)
    reason = required_reason(reason)
    _require_unchanged(seen, study)
    rows = list(_in_use(study).select_related("package"))
    wanted = next((row for row in rows if row.package_id == package.pk), None)
    if wanted is None:
        raise NotActive(f"{package} is not in use in {study.code}. Nothing was changed.")
    if wanted.primary:
        raise AlreadyPrimary(f"{package} is the primary model of {study.code} already.")
    require_not_trained_here(wanted.package, study)
    before = next((row for row in rows if row.primary), None)
    _hand_over(before, wanted)
    audit.record(
        by=by,
        action="model.make_primary",
        target=wanted,
        study=study.code,
        old={"primary": str(before.package) if before else ""},
        new={"primary": str(package), "sha256": package.sha256},
        reason=reason,
    )
    return wanted


def _hand_over(before: StudyModel | None, after: StudyModel) -> None:
    if before is not None:
        before.primary = False
        before.save(update_fields=["primary"])
    after.primary = True
    after.save(update_fields=["primary"])


@transaction.atomic
def deactivate(
    *, study: Study, package: ModelPackage, reason: str, by: Actor, seen: Seen | None = None
) -> StudyModel:
    """Score nothing more with ``package``; its runs and scores stay, and are no longer current.

    Runs no worker has begun are taken back. When it was the primary, the package taken into use
    last among those that stay becomes it, none that was trained on the study's participants.

    Raises:
        NotAllowed: ``by`` may not change the study's models.
        NotActive, ReasonMissing, ChangedMeanwhile: nothing was changed.
        TrainedOnParticipants: only such a package would be left, whose scores would count then.
    """
    _require_activator(by, study)
    reason = required_reason(reason)
    _require_unchanged(seen, study)
    rows = list(_in_use(study).select_related("package"))
    in_use = next((row for row in rows if row.package_id == package.pk), None)
    if in_use is None:
        raise NotActive(f"{package} is not in use in {study.code}. Nothing was changed.")
    was_primary = in_use.primary
    heir = _heir(study, rows, in_use) if was_primary else None
    in_use.deactivated_at, in_use.primary = timezone.now(), False
    in_use.save(update_fields=["deactivated_at", "primary"])
    if heir is not None:
        _hand_over(None, heir)
    rescores.stop_for(study=study, package=package, by=by)
    dropped = runs.drop_queued(study=study, package=package)
    new_primary = {"primary": str(heir.package)} if heir else {}
    _record("model.deactivate", in_use, by, reason, runs_dropped=dropped, **new_primary)
    return in_use


def _heir(study: Study, rows: Sequence[StudyModel], leaving: StudyModel) -> StudyModel | None:
    """Who becomes the primary when ``leaving`` is taken out of use."""
    left = [row for row in rows if row.pk != leaving.pk]
    fit = [row for row in left if not trained_here(row.package, study)]
    if left and not fit:
        require_not_trained_here(left[0].package, study)
    return next(iter(fit), None)


def _record(action: str, in_use: StudyModel, by: Actor, reason: str, **also: object) -> None:
    package = in_use.package
    audit.record(
        by=by,
        action=action,
        target=in_use,
        study=in_use.study.code,
        new={"package": str(package), "sha256": package.sha256, **also},
        reason=reason,
    )
