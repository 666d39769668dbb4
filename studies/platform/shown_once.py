"""A secret that is shown after the act that made it: redirect after POST, without keeping it.

An answer to a POST that shows a new link or key makes another one when the page is loaded again.
So the act redirects, and the page takes the secret from the person's own session, sealed, for a
quarter of an hour; signing out removes it.
"""

from datetime import timedelta
from typing import Final

from cryptography.fernet import InvalidToken
from django.http import HttpRequest

from studies.platform import sealing

SHOWN_FOR: Final = timedelta(minutes=15)


def hold(request: HttpRequest, name: str, secret: str) -> None:
    """Hold ``secret`` for the page that the act leads to; one of each name."""
    request.session[_key(name)] = sealing.keys().encrypt(secret.encode()).decode()


def held(request: HttpRequest, name: str) -> str:
    """The secret held under ``name``, or nothing once its time is over."""
    sealed = request.session.get(_key(name), "")
    try:
        return sealing.keys().decrypt(sealed, ttl=int(SHOWN_FOR.total_seconds())).decode()
    except InvalidToken:
        request.session.pop(_key(name), None)
        return ""


def _key(name: str) -> str:
    return f"shown_once_{name}"
