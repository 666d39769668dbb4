"""Capture listens to what is found out about stored files, and proves its rows when asked."""

from collections.abc import Iterator, Set
from typing import Any

from django.dispatch import receiver

from participants.capture.services.damage import follow_damage, follow_edited
from participants.capture.services.proving import compared_photos
from studies.backup.signals import damage_changed
from studies.record.services.rows import Compared
from studies.record.signals import edited_changed, rows_compared


@receiver(damage_changed, dispatch_uid="capture.follow_damage")
def keep_out_or_let_in(names: Set[str], **extra: Any) -> None:
    """A photo whose file is damaged is left out until it is whole again."""
    follow_damage(names)


@receiver(rows_compared, dispatch_uid="capture.prove_rows")
def prove_photos(**extra: Any) -> Iterator[Compared]:
    """Photos against what was recorded."""
    return compared_photos()


@receiver(edited_changed, dispatch_uid="capture.follow_edited")
def keep_out_edited(photos: Set[str], **extra: Any) -> None:
    """A photo whose row or scores were edited is left out until they are as told, or released."""
    follow_edited(photos)
