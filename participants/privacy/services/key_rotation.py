"""Moving everything that is sealed to the first identity key."""

from collections import Counter
from dataclasses import dataclass

from django.db import models, transaction

from participants.answers.models import Revision, Submission
from participants.consent.models import Consent
from participants.messaging.models import PushSubscription
from participants.people.models import Identity
from participants.people.services.identity_index import complete_index, rewrite_index
from participants.privacy.models import DataRequest, RequestWork
from studies.members.services.second_factors import reseal_second_factors
from studies.platform import storage
from studies.platform.actors import Actor
from studies.platform.sealing import reseal, reseal_columns
from studies.record import services as audit

KIND = "consents"
# Beside identities and consents, which have more to it than columns.
OTHERS: dict[type[models.Model], tuple[str, ...]] = {
    DataRequest: ("sealed_reason", "sealed_token"),
    RequestWork: ("sealed_plan",),
    PushSubscription: ("sealed",),
    Revision: ("sealed",),
    Submission: ("sealed_draft",),
}


@dataclass(frozen=True)
class Rotated:
    """How many rows were sealed anew."""

    identities: int
    consents: int
    second_factors: int


def rotate_identity_keys(*, by: Actor) -> Rotated:
    """Seal anew what the first key does not open: identities, consents' names and files,
    the secrets of the staff's second factors, and the keys of the audit trail.

    Works row by row, each in its own transaction, so it can be stopped, run again, and run while
    the study goes on. What the first key opens already is left alone.

    Raises:
        cryptography.fernet.InvalidToken: a row is under a key that is not in ``IDENTITY_KEYS``.
    """
    changed: Counter[tuple[str, str]] = Counter()
    for pk in Identity.objects.order_by("pk").values_list("pk", flat=True):
        study = _rotate_identity(pk)
        changed[study, "identities"] += bool(study)
    complete_index(Identity.objects.all())
    for pk in Consent.objects.order_by("pk").values_list("pk", flat=True):
        study = _rotate_consent(pk)
        changed[study, "consents"] += bool(study)
    for model, columns in OTHERS.items():
        reseal_columns(model, columns)
    for study in sorted({code for code, _ in changed if code}):
        counts = {kind: changed[study, kind] for kind in ("identities", "consents")}
        audit.record(by=by, action="identity.rotate_keys", study=study, new=counts)
    totals = {kind: sum(n for (_, k), n in changed.items() if k == kind) for _, kind in changed}
    factors = reseal_second_factors(by=by)
    audit.reseal_keys()
    return Rotated(totals.get("identities", 0), totals.get("consents", 0), factors)


@transaction.atomic
def _rotate_identity(pk: int) -> str:
    """Seal one identity anew; its study's code, or nothing when there was nothing to do."""
    row = Identity.objects.select_for_update().filter(pk=pk).first()
    sealed = reseal(bytes(row.sealed)) if row is not None else None
    if row is None or sealed is None:
        return ""
    row.sealed = sealed
    row.save(update_fields=["sealed"])
    rewrite_index(row)  # under the new key, in the same transaction: it can always be found
    return row.participant.study.code


def _rotate_consent(pk: int) -> str:
    """Seal one consent's name and files anew; earlier files go once the row names the new ones."""
    replaced: list[str] = []
    with transaction.atomic():
        row = Consent.objects.select_for_update().filter(pk=pk).first()
        if row is None:
            return ""
        # Of an erased participant the consent stays without the name.
        name = reseal(bytes(row.sealed_name)) if row.sealed_name else None
        if name is not None:
            row.sealed_name = name
        others = reseal(bytes(row.sealed_others)) if row.sealed_others else None
        if others is not None:
            row.sealed_others = others
        for field in ("pdf_file", "signature_file"):
            file = getattr(row, field)
            sealed = reseal(storage.read(file)) if file else None
            if sealed is not None:
                owner = str(row.participant_id)
                setattr(row, field, storage.store(KIND, owner, sealed, suffix=".sealed")[0])
                replaced.append(file)
        if name is None and others is None and not replaced:
            return ""
        row.save(update_fields=["sealed_name", "sealed_others", "pdf_file", "signature_file"])
    for file in replaced:
        storage.private_storage().delete(file)
    return row.participant.study.code
