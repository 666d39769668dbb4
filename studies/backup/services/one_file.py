"""Bringing one private file back, beside all that is there."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from django.apps import apps
from django.core.files.base import ContentFile
from django.db import models

from studies.backup import target
from studies.backup.errors import NoSnapshot, NotWanted
from studies.backup.services.backing_up import working_folder
from studies.backup.services.proving import listed_files, read_file
from studies.platform import storage


def restore_file(*, name: str, keys: list[Any], snapshot: str = "") -> str:
    """Put the private file ``name`` back as the newest backup that holds it has it.

    Returns the name of that backup, or an empty text where the file is there as it should be. With
    ``snapshot`` no other backup is looked into.

    Raises:
        NotWanted: no row names it, as after an erasure: it must not come back.
        NoSnapshot: no backup holds it.
        Unreadable, FileNotFoundError: the backup's copy is damaged, or gone.
        TargetAway: the backups cannot be reached.
    """
    if not is_named(name):
        raise NotWanted(
            f"Nothing in the database names {name}, as after an erasure, so it was not restored."
        )
    with target.reaching(), working_folder() as folder:
        snapshots = [target.snapshot(snapshot)] if snapshot else target.snapshots()
        for each in snapshots:
            listed = listed_files(each, keys, folder)
            digest = next((digest for known, digest in listed if known == name), None)
            if digest is None:
                continue
            if _is_there(name, digest):
                return ""
            content = read_file(name, digest, keys)
            storage.private_storage().save(name, ContentFile(content))  # in place of what is there
            return each.name
    raise NoSnapshot(f"No backup here holds {name}.")


def is_named(name: str) -> bool:
    """Whether a row names the private file ``name``."""
    return any(
        model._base_manager.filter(**{column: name}).exists() for model, column in file_columns()
    )


def file_columns() -> Iterator[tuple[type[models.Model], str]]:
    """Every column that names a private file: ``file``, or ``…_file``."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            named = field.name == "file" or field.name.endswith("_file")
            if named and isinstance(field, models.CharField):
                yield model, field.name


def _is_there(name: str, digest: str) -> bool:
    try:
        return sha256(storage.read(name)).hexdigest() == digest
    except FileNotFoundError:
        return False
