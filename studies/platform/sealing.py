"""The keys in ``IDENTITY_KEYS``: the first seals, every one of them opens (Fernet).

Names and contacts, consents, and the secrets of second factors are sealed with them.
Fernet is AES-128-CBC with HMAC-SHA-256 (https://github.com/fernet/spec).
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

MIN_PASSPHRASE = 32


def keys() -> MultiFernet:
    """Seals with the first key, opens with any.

    Raises:
        ImproperlyConfigured: there is no key, or one is neither a Fernet key nor long enough.
    """
    return _keys(tuple(settings.IDENTITY_KEYS))[1]


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


@lru_cache(maxsize=8)
def _keys(secrets: tuple[str, ...]) -> tuple[Fernet, MultiFernet]:
    if not secrets:
        raise ImproperlyConfigured("IDENTITY_KEYS is empty: names and contacts cannot be sealed.")
    fernets = [Fernet(_fernet_key(secret)) for secret in secrets]
    return fernets[0], MultiFernet(fernets)


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
