"""Web Push: to the browsers that a participant allowed it in (RFC 8030, 8188, 8291, 8292).

The words are encrypted for the browser; the push service carries them without reading them.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any, ClassVar

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

from participants.messaging.channels.base import Delivery, DeliveryFailed, Receipt
from studies.platform import outside

# A reminder older than this helps nobody; the push service forgets it then.
KEPT_SECONDS = 24 * 3600
TIMEOUT_SECONDS = 10.0
# The push services of the browsers there are. Subscriptions come from browsers, so an address
# elsewhere would let anybody make this server call it. PUSH_HOSTS adds to the list.
HOSTS = (
    "fcm.googleapis.com",
    "android.googleapis.com",
    "updates.push.services.mozilla.com",
    ".push.services.mozilla.com",
    ".push.apple.com",
    ".notify.windows.com",
)


def accepts_endpoint(endpoint: str) -> bool:
    """Whether ``endpoint`` is an address of a known push service."""
    try:
        host = outside.read_address(endpoint).host
    except outside.AddressRefused:
        return False
    return any(
        host.endswith(allowed) if allowed.startswith(".") else host == allowed
        for allowed in (*HOSTS, *settings.PUSH_HOSTS)
    )


def public_key() -> str:
    """The application server's key as browsers take it: an uncompressed point, base64url."""
    point = _private_key().public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return urlsafe_b64encode(point).rstrip(b"=").decode()


def _private_key() -> ec.EllipticCurvePrivateKey:
    """``VAPID_PRIVATE_KEY``: 32 bytes of a P-256 key, base64url without padding.

    Raises:
        ValueError: it is no such key.
    """
    text = settings.VAPID_PRIVATE_KEY
    raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if len(raw) != 32:
        raise ValueError("VAPID_PRIVATE_KEY is not 32 bytes in base64url.")
    return ec.derive_private_key(int.from_bytes(raw, "big"), ec.SECP256R1())


class WebPush:
    """To every browser of the participant; taken by one of them is taken.

    The notification's tag is the message's: given over twice, it is shown once.
    """

    name: ClassVar[str] = "push"
    repeatable: ClassVar[bool] = True

    def send(self, delivery: Delivery) -> Receipt:
        """Raises: DeliveryFailed, as ``Channel.send``."""
        payload = json.dumps(
            {
                "title": delivery.words.title,
                "body": delivery.words.short,
                "url": delivery.link,
                "tag": delivery.tag,
                "lang": delivery.language,
            },
            ensure_ascii=False,
        )
        worked, gone, code, provider = [], [], "no_phone", ""
        for name, subscription in delivery.phones.items():
            code, where = _send_one(subscription, payload, delivery.tag)
            if code == "":
                worked.append(name)
                provider = provider or where
            elif code == "gone":
                gone.append(name)
        if not worked:
            for_good = len(gone) == len(delivery.phones)
            raise DeliveryFailed(code, for_good=for_good, gone=tuple(gone))
        return Receipt(provider_id=provider, worked=tuple(worked), gone=tuple(gone))


def _send_one(subscription: Mapping[str, object], payload: str, tag: str) -> tuple[str, str]:
    """A code, empty when it was taken, and the push service's own name of the message."""
    endpoint = str(subscription.get("endpoint", ""))
    if not accepts_endpoint(endpoint):
        return "gone", ""
    # Only workers send: the web process is spared what it brings along.
    import requests
    from pywebpush import WebPushException, webpush

    session = outside.session()
    claims: dict[str, Any] = {"sub": settings.VAPID_SUBJECT}
    try:
        answer = webpush(
            dict(subscription),
            data=payload,
            vapid_private_key=settings.VAPID_PRIVATE_KEY,
            vapid_claims=claims,
            ttl=KEPT_SECONDS,
            timeout=TIMEOUT_SECONDS,
            headers={"Topic": tag, "Urgency": "normal"},
            requests_session=session,
        )
    except WebPushException as error:
        status = error.response.status_code if error.response is not None else 0
        return ("gone" if status in (404, 410) else f"http_{status}"), ""
    except outside.AddressRefused:
        return "not_public", ""
    except requests.RequestException:
        return "no_connection", ""
    except (ValueError, TypeError, KeyError):
        return "gone", ""  # keys that encrypt nothing
    finally:
        session.close()
    where = "" if isinstance(answer, str) else str(answer.headers.get("Location", ""))
    return "", where.rsplit("/", 1)[-1][:200]
