"""The browsers that take Web Push, and telephone numbers as gateways want them."""

import hashlib
import json
from base64 import urlsafe_b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from participants.messaging.channels.push import accepts_endpoint
from participants.messaging.channels.sms import e164
from participants.messaging.models import PushSubscription, ReminderChoice
from participants.messaging.services.rules import choice_of
from participants.people.models import Participant
from participants.people.services import identity
from participants.people.services.record import record_about
from participants.people.services.self_service import require_self
from studies.platform.actors import Actor
from studies.platform.errors import Invalid

# A person has a phone or two; more is a mistake or mischief.
MOST = 5
# An uncompressed point of P-256, and the secret of RFC 8291.
LENGTHS = {"p256dh": 65, "auth": 16}


@transaction.atomic
def subscribe(
    *, participant: Participant, endpoint: str, keys: Mapping[str, Any], by: Actor
) -> PushSubscription:
    """Take in a browser; the same one again is the same row. The oldest goes when there are many.

    Raises:
        NotAllowed: ``by`` is not the participant.
        Invalid: no push service of a browser, or no keys.
    """
    _require_self(participant, by)
    clean = {name: keys.get(name) for name in LENGTHS}
    if len(endpoint) > 1000 or not accepts_endpoint(endpoint) or not _usable(clean):
        raise Invalid(_("This browser's notifications cannot be used here. Nothing was changed."))
    name = hashlib.sha256(endpoint.encode()).hexdigest()
    body = json.dumps({"endpoint": endpoint, "keys": clean})
    # On a shared phone the last one to ask gets the messages, nobody else's do any longer.
    PushSubscription.objects.filter(endpoint_sha256=name).exclude(participant=participant).delete()
    row, made = PushSubscription.objects.update_or_create(
        participant=participant,
        endpoint_sha256=name,
        defaults={
            "sealed": identity.seal_bytes(body.encode(), owner=participant),
            "created_at": timezone.now(),
        },
    )
    oldest = participant.push_subscriptions.order_by("-created_at", "-pk")[MOST:]
    for old in oldest:
        old.delete()
    if made:
        record_about(participant, "push.subscribe", by=by, target=row)
    return row


@transaction.atomic
def unsubscribe(*, participant: Participant, endpoint: str, by: Actor) -> bool:
    """Forget a browser; whether it was known.

    Raises:
        NotAllowed: ``by`` is not the participant.
    """
    _require_self(participant, by)
    name = hashlib.sha256(endpoint.encode()).hexdigest()
    rows = participant.push_subscriptions.filter(endpoint_sha256=name)
    for row in rows:
        record_about(participant, "push.unsubscribe", by=by, target=row)
    return bool(rows.delete()[0])


def subscriptions(participant: Participant) -> dict[str, dict[str, Any]]:
    """The subscriptions by the hash of their endpoint, as browsers gave them."""
    return {
        row.endpoint_sha256: json.loads(identity.open_bytes(bytes(row.sealed), owner=participant))
        for row in participant.push_subscriptions.all()
    }


def note_results(participant: Participant, worked: Sequence[str], gone: Sequence[str]) -> None:
    """Remember which browsers took a message, and forget those that are no longer there."""
    rows = participant.push_subscriptions
    rows.filter(endpoint_sha256__in=worked).update(worked_at=timezone.now())
    rows.filter(endpoint_sha256__in=gone).delete()


def forget_browsers(participant: Participant) -> None:
    """Notify nobody any more, and let the calendar's address so far show nothing."""
    participant.push_subscriptions.all().delete()
    row = choice_of(participant)
    row.feed_round += 1
    row.save()


def forget_all(participant: Participant) -> None:
    """Remove every browser and every choice of a participant whose data are erased."""
    participant.push_subscriptions.all().delete()
    ReminderChoice.objects.filter(participant=participant).delete()


def number_of(phone: str, country: str) -> str:
    """A number as gateways want it (E.164), or nothing when it is none."""
    return e164(phone, country)


def _require_self(participant: Participant, by: Actor) -> None:
    require_self(by, participant, "Only the participant changes how their own phone is reached.")


def _usable(keys: Mapping[str, Any]) -> bool:
    for name, length in LENGTHS.items():
        text = keys[name]
        if not isinstance(text, str) or len(text) > 200:
            return False
        try:
            raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except (ValueError, Base64Error):
            return False
        if len(raw) != length:
            return False
    return True
