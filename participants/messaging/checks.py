"""Django's system checks of the channels that messages to participants leave through."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.checks import Warning as Caution

from participants.messaging.channels.push import public_key
from participants.messaging.channels.sms import sms_channel
from studies.platform import outside


@register()
def message_settings(**options: Any) -> list[CheckMessage]:
    """VAPID_PRIVATE_KEY, VAPID_SUBJECT, PUSH_HOSTS, SMS_URL and SITE_URL can be acted on."""
    del options
    return [*_push(), *_sms(), *_links()]


def _push() -> list[CheckMessage]:
    messages: list[CheckMessage] = []
    if settings.VAPID_PRIVATE_KEY:
        try:
            public_key()
        except ValueError:
            words = "VAPID_PRIVATE_KEY is no P-256 key of 32 bytes in base64url."
            hint = "Make one with “manage.py make_vapid_key”, and keep it: phones remember it."
            messages.append(Error(words, hint=hint, id="participants.E001"))
        if not settings.VAPID_SUBJECT.startswith(("mailto:", "https://")):
            words = "VAPID_SUBJECT is a mailto: or https:// address for push services."
            messages.append(Error(words, id="participants.E002"))
    if any(not _is_host(host) for host in settings.PUSH_HOSTS):
        words = "PUSH_HOSTS names hosts such as push.example.org, without a scheme or a port."
        messages.append(Error(words, id="participants.E003"))
    return messages


def _is_host(name: str) -> bool:
    """Whether push services can be known by ``name``: a host, or a dot and what hosts end with."""
    try:
        outside.read_address(f"https://{name.removeprefix('.')}")
    except outside.AddressRefused:
        return False
    return "/" not in name


def _sms() -> list[CheckMessage]:
    try:
        sms_channel(settings.SMS_URL)
    except ValueError as error:
        return [Error(str(error), id="participants.E004")]
    scheme = urlsplit(settings.SMS_URL).scheme
    if settings.PRODUCTION and scheme == "console":
        words = f"SMS_URL is {scheme}://, which would show people's numbers and links."
        return [Error(words, id="participants.E005")]
    return []


def _links() -> list[CheckMessage]:
    if settings.SITE_URL and settings.MESSAGE_LINK_DAYS > 0:
        return []
    words = "Links in messages need SITE_URL, and MESSAGE_LINK_DAYS above 0."
    return [Caution(words, id="participants.W001")]
