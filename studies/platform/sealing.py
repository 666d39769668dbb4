"""The keys in ``IDENTITY_KEYS``: the first seals, every one of them opens (Fernet).

Names and contacts, consents, the secrets of second factors, and the keys of the audit trail are
sealed with them.
Fernet is AES-128-CBC with HMAC-SHA-256 (https://github.com/fernet/spec).
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models, transaction

MIN_PASSPHRASE = 32


def keys() -> MultiFernet:
    """Seals with the first key, opens with any.

    Raises:
        ImproperlyConfigured: there is no key, or one is neither a Fernet key nor long enough.
    """
    return _keys(tuple(settings.IDENTITY_KEYS))[1]


def digests(text: str) -> list[str]:
    """Keyed digests (HMAC-SHA-256, hex) of ``text``, under the first key and then each other.

    Equal texts are found by them, and nothing else of the texts without the keys.
    """
    return [
        hmac.new(_digest_key(secret), text.encode(), sha256).hexdigest()
        for secret in settings.IDENTITY_KEYS
    ]


def reseal(sealed: bytes) -> bytes | None:
    """``sealed`` under the first key, or ``None`` when it already is.

    Raises:
        cryptography.fernet.InvalidToken: no key opens it.
    """
    first, every = _keys(tuple(settings.IDENTITY_KEYS))
    try:
        first.decrypt(bytes(sealed))
    except InvalidToken:
        return every.rotate(bytes(sealed))
    return None


def reseal_columns(model: type[models.Model], columns: Sequence[str]) -> int:
    """Seal anew what the rows of ``model`` keep sealed in ``columns``; how many values were.

    Row by row, each in its own transaction, so that it can be stopped, run again, and run while
    others write. Empty values stay empty.

    Raises:
        cryptography.fernet.InvalidToken: one is under a key that is not in ``IDENTITY_KEYS``.
    """
    number = 0
    for pk in model._default_manager.order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            row = model._default_manager.select_for_update().filter(pk=pk).first()
            for column in columns:
                value = bytes(getattr(row, column, b""))
                sealed = reseal(value) if value else None
                if sealed is not None:
                    model._default_manager.filter(pk=pk).update(**{column: sealed})
                    number += 1
    return number


def seal_as(whose: bytes, content: bytes) -> bytes:
    """``content`` sealed under the first key; it opens only for the same ``whose``."""
    return keys().encrypt(whose + content)


def opened_as(whose: bytes, sealed: bytes) -> bytes:
    """What ``seal_as`` sealed.

    Raises:
        cryptography.fernet.InvalidToken: no key opens it, or it was sealed as somebody else's.
    """
    content = keys().decrypt(bytes(sealed))
    if not content.startswith(whose):
        raise InvalidToken
    return content[len(whose) :]


@lru_cache(maxsize=8)
def _keys(secrets: tuple[str, ...]) -> tuple[Fernet, MultiFernet]:
    if not secrets:
        raise ImproperlyConfigured("IDENTITY_KEYS is empty: names and contacts cannot be sealed.")
    fernets = [Fernet(_fernet_key(secret)) for secret in secrets]
    return fernets[0], MultiFernet(fernets)


@lru_cache(maxsize=8)
def _digest_key(secret: str) -> bytes:
    """A key of its own for digests (HKDF-SHA-256), from what a Fernet key is made of."""
    derive = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"gsh identity digest 1")
    return derive.derive(_fernet_key(secret))


def _fernet_key(secret: str) -> bytes:
    """A Fernet key as it is, or one derived (HKDF-SHA-256, RFC 5869) from a long passphrase."""
    try:
        if len(urlsafe_b64decode(secret)) == 32:
            return secret.encode()
    except (ValueError, Base64Error):
        pass
    if len(secret) < MIN_PASSPHRASE:
        raise ImproperlyConfigured(
            f"Each of IDENTITY_KEYS is a Fernet key or at least {MIN_PASSPHRASE} characters long."
        )
    derive = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"gsh identity key 1")
    return urlsafe_b64encode(derive.derive(secret.encode()))
