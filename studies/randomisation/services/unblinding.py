"""Opening a blinded study to its staff, once it is closed."""

from django.db import transaction
from django.utils import timezone

from studies.access.permissions import Permission
from studies.platform.actors import Actor
from studies.platform.errors import ReasonMissing, StateRefused
from studies.protocol.models import Study
from studies.protocol.services.rights import require
from studies.record import services as audit


@transaction.atomic
def unblind_study(*, study: Study, by: Actor, reason: str) -> Study:
    """Show arms to everybody with the right to see them in an open study; there is no way back.

    Raises:
        NotAllowed: ``by`` does not set up randomisation.
        StateRefused: the study is not closed, or is not blinded.
        ReasonMissing: nobody said why.
    """
    require(by, Permission.RANDOMISATION_EDIT, study=study)
    locked = Study.objects.select_for_update().get(pk=study.pk)
    if not locked.is_blinded:
        raise StateRefused(f"Study {study.code} is not blinded. Nothing was changed.")
    if locked.state != Study.State.CLOSED:
        raise StateRefused(
            f"Study {study.code} is not closed. Its manager closes it first; then it is "
            "unblinded. Nothing was changed."
        )
    if not reason.strip():
        message = "Say on what ground it is unblinded, such as: database locked on 3 May."
        raise ReasonMissing(message, detail={"fields": {"reason": [message]}})
    study.unblinded_at = locked.unblinded_at = timezone.now()
    locked.save(update_fields=["unblinded_at"])
    audit.record(
        by=by, action="study.unblind", target=locked, study=study.code, reason=reason.strip()
    )
    return study
