"""Text messages: through Twilio's REST API, or onto the console of the demo and the tests.

``SMS_URL`` is ``twilio://ACCOUNT_SID:AUTH_TOKEN@api.twilio.com?from=%2B6531234567`` (or
``?service=MG…`` for a messaging service), ``console://``, or empty for none. The API is that of
https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource
"""

import sys
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

import phonenumbers

from participants.messaging.channels.base import (
    TIMEOUT_SECONDS,
    Channel,
    Delivery,
    DeliveryFailed,
    DeliveryUnknown,
    Receipt,
)
from studies.platform import outside

if TYPE_CHECKING:
    import requests

# The basic alphabet of GSM 03.38 (3GPP TS 23.038); the extension table costs two places.
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€\f")
MAX_PARTS = 8


def parts_of(text: str) -> int:
    """How many messages ``text`` is sent and billed as.

    160 places, or 153 each of several; with signs beyond GSM 03.38 it is 70 and 67 (3GPP TS
    23.040: a message of several parts gives six bytes of each to a header).
    """
    if all(sign in _BASIC or sign in _EXTENDED for sign in text):
        length, single, several = sum(1 + (sign in _EXTENDED) for sign in text), 160, 153
    else:
        length, single, several = len(text.encode("utf-16-be")) // 2, 70, 67
    return 1 if length <= single else -(-length // several)


def e164(number: str, country: str = "") -> str:
    """``number`` as ``+6561234567``, or nothing when it is no telephone number.

    A number without its country is read as one of ``country`` (ISO 3166-1 alpha-2).
    """
    try:
        parsed = phonenumbers.parse(number, country or None)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(parsed):
        return ""
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def text_of(delivery: Delivery) -> str:
    """The whole text: who it is from, one sentence, the link."""
    words = f"{delivery.sender}: {delivery.words.short}"
    return f"{words} {delivery.link}" if delivery.link else words


class Console:
    """Writes text messages to standard output; refused in production by ``manage.py check``."""

    name: ClassVar[str] = "sms"
    repeatable: ClassVar[bool] = True

    def send(self, delivery: Delivery) -> Receipt:
        text = text_of(delivery)
        parts = parts_of(text)
        sys.stdout.write(f"SMS to {delivery.to} ({parts} part(s)):\n{text}\n")
        sys.stdout.flush()
        return Receipt(provider_id=f"console-{delivery.key}", parts=parts)


class Twilio:
    """Hands text messages to Twilio. It takes no key of ours, so nothing is sent a second time."""

    name: ClassVar[str] = "sms"
    repeatable: ClassVar[bool] = False

    def __init__(self, *, base: str, account: str, token: str, sender: dict[str, str]) -> None:
        """Raises: AddressRefused, when no gateway is called at this address."""
        url = f"{base}/2010-04-01/Accounts/{account}/Messages.json"
        self._url = outside.read_address(url).text
        self._auth = (account, token)
        self._sender = sender

    def send(self, delivery: Delivery) -> Receipt:
        """Raises: DeliveryFailed, DeliveryUnknown, as ``Channel.send``."""
        text = text_of(delivery)
        parts = parts_of(text)
        if parts > MAX_PARTS:
            raise DeliveryFailed("too_long", for_good=True)
        import requests  # only workers send

        form = {"To": delivery.to, "Body": text, **self._sender}
        try:
            with outside.session() as session:
                answer = session.post(
                    self._url, data=form, auth=self._auth, timeout=TIMEOUT_SECONDS
                )
        except outside.AddressRefused:
            raise DeliveryFailed("not_public") from None
        except requests.RequestException as error:
            if never_connected(error):
                raise DeliveryFailed("no_connection") from None
            raise DeliveryUnknown("connection_lost") from None
        body = _json(answer)
        if answer.status_code in (200, 201):
            return Receipt(provider_id=str(body.get("sid", ""))[:200], parts=parts)
        if answer.status_code >= 500:
            raise DeliveryUnknown(f"http_{answer.status_code}")
        code = body.get("code")
        name = f"twilio_{code}" if isinstance(code, int) else f"http_{answer.status_code}"
        raise DeliveryFailed(name, for_good=answer.status_code != 429)


def never_connected(error: "requests.RequestException") -> bool:
    """Whether the request certainly did not reach anybody."""
    import requests
    from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

    if isinstance(error, requests.ConnectTimeout):
        return True
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else None
    return isinstance(reason, NewConnectionError | ConnectTimeoutError)


def sms_channel(url: str) -> Channel | None:
    """The channel that ``SMS_URL`` names; ``None`` for none.

    Raises:
        ValueError: the address cannot be understood; the message says what it lacks.
    """
    if not url:
        return None
    split = urlsplit(url)
    if split.scheme == "console":
        return Console()
    if split.scheme not in ("twilio", "twilio+http"):
        raise ValueError("SMS_URL begins with twilio:// or console://.")
    query = {name: values[-1] for name, values in parse_qs(split.query).items()}
    if not split.username or not split.password or not split.hostname:
        raise ValueError("SMS_URL lacks the account, the token or the host.")
    if "service" in query:
        sender = {"MessagingServiceSid": query["service"]}
    elif "from" in query:
        sender = {"From": query["from"]}
    else:
        raise ValueError("SMS_URL lacks ?from= (a number) or ?service= (a messaging service).")
    scheme = "http" if split.scheme == "twilio+http" else "https"
    return Twilio(
        base=f"{scheme}://{split.netloc.rpartition('@')[2].lower()}",
        account=unquote(split.username),
        token=unquote(split.password),
        sender=sender,
    )


def _json(answer: "requests.Response") -> dict[str, object]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
