"""What ``manage.py check --deploy`` tries: that what the settings name can really be used."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection

from studies.platform import broker, sealing, storage

MIN_SECRET_KEY = 50  # Django's own security.W009 warns below; a warning stops no roll-out


@register(Tags.security, deploy=True)
def secrets(**options: Any) -> list[CheckMessage]:
    """SECRET_KEY is long enough, IDENTITY_KEYS are keys, and none stands twice."""
    messages: list[CheckMessage] = []
    if len(settings.SECRET_KEY) < MIN_SECRET_KEY:
        words = (
            f"SECRET_KEY has {len(settings.SECRET_KEY)} characters, not {MIN_SECRET_KEY} or more."
        )
        messages.append(Error(words, hint="Make one of 50 random characters.", id="studies.E001"))
    try:
        sealing.keys().encrypt(b"")
    except (ImproperlyConfigured, ValueError) as error:
        messages.append(Error(f"IDENTITY_KEYS: {error}", id="studies.E002"))
    return messages


@register(deploy=True)
def database(**options: Any) -> list[CheckMessage]:
    """DATABASE_URL leads to a database that lets this user in."""
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        hint = "Is the server running, and are name and password in DATABASE_URL right?"
        return [Error(f"The database cannot be used: {_line(error)}", hint=hint, id="studies.E003")]
    return []


@register(deploy=True)
def redis(**options: Any) -> list[CheckMessage]:
    """REDIS_URL leads to a Redis that answers."""
    try:
        broker.ping()
    except broker.BrokerAway as error:
        hint = "Is it running, and are host, port and password in REDIS_URL right?"
        return [Error(f"Redis does not answer: {_line(error)}", hint=hint, id="studies.E004")]
    return []


@register(deploy=True)
def private_files(**options: Any) -> list[CheckMessage]:
    """STORAGE_URL takes a file and gives it back."""
    try:
        storage.try_out()
    except storage.StorageAway as error:
        hint = "May this user write there, or are bucket, endpoint and keys right?"
        words = f"Private files cannot be kept: {_line(error)}"
        return [Error(words, hint=hint, id="studies.E005")]
    return []


@register(deploy=True)
def folders(**options: Any) -> list[CheckMessage]:
    """VAR_DIR and UPLOAD_ROOT can be written."""
    messages: list[CheckMessage] = []
    for name in ("VAR_DIR", "UPLOAD_ROOT"):
        folder = Path(getattr(settings, name))
        nearest = next(path for path in (folder, *folder.parents) if path.exists())
        if not (nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)):
            words = f"{name} is {folder}, where this user may not write."
            messages.append(Error(words, id="studies.E006"))
    return messages


@register(deploy=True)
def site_address(**options: Any) -> list[CheckMessage]:
    """SITE_URL, where links in mails lead, is one of the names this server answers to."""
    host = urlsplit(settings.SITE_URL).hostname or ""
    allowed = any(
        host == name or (name.startswith(".") and f".{host}".endswith(name))
        for name in settings.ALLOWED_HOSTS
    )
    if allowed:
        return []
    words = f"SITE_URL leads to {host or 'no host'}, which is not among ALLOWED_HOSTS."
    return [Error(words, hint="Every page would answer 400.", id="studies.E007")]


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
