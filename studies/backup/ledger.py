"""What was erased, kept beside the backups: a backup that is older brings it back.

People, and photos that were erased alone, each in a folder of their own.

An entry is written once the erasure is done, and all of them again with each backup.
"""

import json
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Any

from studies.backup import target
from studies.backup.signals import ErasedPerson, ErasedPhoto

FOLDER = "erased"
PHOTOS = "erased-photos"  # apart: versions that know of people only go on reading theirs


def note(people: Iterable[ErasedPerson]) -> int:
    """Add ``people`` to the ledger; how many were not in it. Done again it does nothing.

    Raises:
        TargetAway: it cannot be written just now.
    """
    return _note(FOLDER, ([each.study, each.participant] for each in people))


def note_photos(photos: Iterable[ErasedPhoto]) -> int:
    """Add ``photos`` to the ledger; as ``note``."""
    return _note(PHOTOS, ([each.study, each.photo] for each in photos))


def read_ledger(keys: list[Any]) -> Iterator[ErasedPerson]:
    """Everyone in it.

    Raises:
        Unreadable: an entry is damaged, or for another key.
    """
    return (ErasedPerson(*entry) for entry in _read(FOLDER, keys))


def read_photos(keys: list[Any]) -> Iterator[ErasedPhoto]:
    """Every photo in it that was erased alone; as ``read_ledger``."""
    return (ErasedPhoto(*entry) for entry in _read(PHOTOS, keys))


def _note(folder: str, entries: Iterable[list[str]]) -> int:
    from studies.backup.encryption import encrypt_bytes

    number = 0
    with target.reaching():
        known = target.objects(folder)
        for entry in entries:
            text = json.dumps(entry)
            name = f"{folder}/{sha256(text.encode()).hexdigest()}.age"
            if name not in known:
                target.write(name, encrypt_bytes(text.encode()))
                number += 1
    return number


def _read(folder: str, keys: list[Any]) -> Iterator[list[str]]:
    from studies.backup.encryption import decrypt_bytes

    for name in sorted(target.objects(folder)):
        opened = decrypt_bytes(target.read(name), keys, what="The list of what was erased")
        yield json.loads(opened)
