"""The sealed secrets of second factors."""

from allauth.mfa.models import Authenticator
from django.db import transaction

from studies.platform.actors import Actor
from studies.platform.sealing import reseal
from studies.record import services as audit

# What allauth seals by the adapter, per type: authenticator apps and recovery codes.
SEALED = ("secret", "seed")


def reseal_second_factors(*, by: Actor) -> int:
    """Seal anew what the first of ``IDENTITY_KEYS`` does not open; return how many.

    Row by row, each in its own transaction: it can be stopped and run again.

    Raises:
        cryptography.fernet.InvalidToken: a secret is under a key that is not in the list.
    """
    pks = Authenticator.objects.order_by("pk").values_list("pk", flat=True)
    number = sum(_reseal(pk) for pk in pks)
    if number:
        audit.record(by=by, action="account.rotate_keys", new={"second_factors": number})
    return number


@transaction.atomic
def _reseal(pk: int) -> bool:
    row = Authenticator.objects.select_for_update().filter(pk=pk).first()
    if row is None:
        return False
    anew = {
        name: sealed.decode()
        for name in SEALED
        if name in row.data and (sealed := reseal(row.data[name].encode())) is not None
    }
    if anew:
        row.data = {**row.data, **anew}
        row.save(update_fields=["data"])
    return bool(anew)
