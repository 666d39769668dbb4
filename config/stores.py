"""The settings of what keeps data: the database, private files, the shared cache."""

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse

from django.core.exceptions import ImproperlyConfigured

from config.environment import Env

Settings = dict[str, dict[str, Any]]

SQLITE = "django.db.backends.sqlite3"
# SQLite without IMMEDIATE failed most concurrent writes with "locked"; FULL because a photo that
# was answered for must survive a power cut.
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
}


def databases(env: Env, gsh_env: str, folder: Path) -> Settings:
    """``DATABASES``: what ``DATABASE_URL`` names, else SQLite in ``folder``, which is made."""
    if gsh_env == "tools":
        return {"default": {"ENGINE": SQLITE, "NAME": ":memory:"}}
    if address := env.str("DATABASE_URL", default=""):
        chosen: dict[str, Any] = env.db_url_config(address)
    else:
        # Not as an address: a folder's name may hold "+", "%" or a space.
        chosen = {"ENGINE": SQLITE, "NAME": str(folder / "gsh.sqlite3")}
    if chosen["ENGINE"] == SQLITE:
        folder.mkdir(parents=True, exist_ok=True)
        return {"default": {**chosen, "OPTIONS": SQLITE_OPTIONS}}
    age = env.int("CONN_MAX_AGE", default=60)
    return {"default": {**chosen, "CONN_MAX_AGE": age, "CONN_HEALTH_CHECKS": True}}


def private_files(env: Env, folder: Path) -> tuple[Path | None, dict[str, Any]]:
    """Where private files lie on this machine, if they do, and the storage of ``STORAGE_URL``.

    Raises:
        ImproperlyConfigured: it names neither a folder nor a bucket.
    """
    asked = env.str("STORAGE_URL", default="")
    if not asked:
        return folder / "files", _local(folder / "files")
    address = urlparse(asked)
    root = Path(address.path) if address.scheme == "file" else None
    return root, _storage(env, "STORAGE_URL", asked)


def anchors(env: Env, folder: Path) -> dict[str, Any]:
    """The storage that the audit trail is anchored in: ``AUDIT_ANCHOR_URL``.

    Unset it is the folder ``anchors`` under ``folder``, or a part of the bucket of ``STORAGE_URL``.
    ``retain_days`` in the address of a bucket locks each anchor for so long (S3 Object Lock,
    compliance mode; the bucket must have it enabled).

    Raises:
        ImproperlyConfigured: it names neither a folder nor a bucket.
    """
    if asked := env.str("AUDIT_ANCHOR_URL", default=""):
        return _storage(env, "AUDIT_ANCHOR_URL", asked)
    files = env.str("STORAGE_URL", default="")
    if not files.startswith("s3:"):
        return _local(folder / "anchors")
    beside = _storage(env, "STORAGE_URL", files)
    location = beside["OPTIONS"]["location"]
    beside["OPTIONS"]["location"] = f"{location}-anchors" if location else "anchors"
    return beside


def backups(env: Env) -> Settings:
    """The storage that backups go to, ``BACKUP_URL``, as ``backups``; nothing where it is unset.

    A bucket's keys are ``BACKUP_ACCESS_KEY`` and ``BACKUP_SECRET_KEY``, else ``STORAGE_URL``'s.

    Raises:
        ImproperlyConfigured: it names neither a folder nor a bucket.
    """
    asked = env.str("BACKUP_URL", default="")
    if not asked:
        return {}
    storage = _storage(env, "BACKUP_URL", asked)
    for option in ("access_key", "secret_key"):
        if own := env.str(f"BACKUP_{option.upper()}", default=""):
            storage["OPTIONS"][option] = own
    return {"backups": storage}


def former_files() -> Settings:
    """Where files are moved from, as ``former`` and ``former_anchors``, while they are moved.

    ``manage.py move_to`` hands them to the process that fills the other installation; no other
    process has them.
    """
    return dict(json.loads(os.environ.get("GSH_MOVED_FROM", "{}")))


def _local(root: Path) -> dict[str, Any]:
    backend = "studies.platform.storage.DurableFileSystemStorage"
    return {"BACKEND": backend, "OPTIONS": {"location": str(root)}}


def _storage(env: Env, name: str, asked: str) -> dict[str, Any]:
    address = urlparse(asked)
    if address.scheme == "file":
        return _local(Path(address.path))
    if address.scheme != "s3":
        raise ImproperlyConfigured(f"{name} is file:///path or s3://bucket?endpoint=…")
    query = {name: values[-1] for name, values in parse_qs(address.query).items()}
    options = {
        "bucket_name": address.netloc,
        "location": address.path.strip("/"),
        "endpoint_url": query.get("endpoint"),
        "region_name": query.get("region"),
        "access_key": env.str("STORAGE_ACCESS_KEY", default=None),
        "secret_key": env.str("STORAGE_SECRET_KEY", default=None),
        "default_acl": None,
        "file_overwrite": True,
        "querystring_auth": True,
    }
    if days := query.get("retain_days"):
        locked = {**options, "file_overwrite": False, "retain_days": int(days)}
        return {"BACKEND": "config.locked.LockedS3Storage", "OPTIONS": locked}
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}


def caches(redis_url: str) -> Settings:
    """``CACHES``: rate limits, in Redis where there is one."""
    if not redis_url:
        return {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    return {
        "default": {
            "BACKEND": "config.cache.SteadyRedisCache",
            "LOCATION": redis_url,
            # A page does not wait for a Redis that is away.
            "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1, "retry": None},
        }
    }
