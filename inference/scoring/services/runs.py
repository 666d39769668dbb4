"""Runs: queued when a photo is accepted, done by a worker, written once."""

from django.db.models import QuerySet

from inference.packages.models import ModelPackage, StudyModel
from inference.pipeline.recipe import get_recipe
from inference.scoring.models import Rescore, Run
from participants.capture.models import Photo
from participants.consent.services import consents
from studies.platform.work import WorkState, notify_on_commit
from studies.protocol.models import Study


def queue_runs(photo: Photo) -> list[Run]:
    """Queue a run of every package the photo's study uses; those there already are kept.

    Nothing is queued when the participant did not consent to scoring. Call it inside the
    transaction that accepts the photo: photo and runs are there together, or neither.
    """
    participant = photo.visit.participant
    if not consents.allows_scoring(participant):
        return []
    in_use = StudyModel.objects.filter(study=participant.study_id, deactivated_at=None)
    return [queue_run(photo, row.package) for row in in_use.select_related("package")]


def unscored(*, study: Study, package: ModelPackage) -> QuerySet[Photo]:
    """The accepted photos of ``study`` over which ``package`` has no run, consent apart."""
    accepted = Photo.objects.in_use().filter(
        visit__participant__study=study, state=Photo.State.ACCEPTED, kept_out=False
    )
    return accepted.exclude(runs__package=package)


def drop_queued(*, study: Study, package: ModelPackage) -> int:
    """Take back the runs of ``package`` that no worker has touched; return how many."""
    waiting = Run.objects.filter(
        photo__visit__participant__study=study,
        package=package,
        state=WorkState.QUEUED,
        attempts=0,
    )
    _, by_model = waiting.delete()
    return by_model.get("inference.Run", 0)


def queue_run(photo: Photo, package: ModelPackage, *, rescore: Rescore | None = None) -> Run:
    """Queue one package over one photo, for a rescore or because it arrived; once only.

    The caller has asked for consent.
    """
    run, created = Run.objects.get_or_create(
        photo=photo,
        model_sha256=package.sha256,
        recipe_sha256=get_recipe(package.recipe).sha256,
        defaults={
            "package": package,
            "recipe": package.recipe,
            "photo_sha256": photo.upright_sha256,
            "rescore": rescore,
        },
    )
    if created:
        notify_on_commit(run)
    return run
