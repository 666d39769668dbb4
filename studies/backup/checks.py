"""What ``check`` and ``check --deploy`` say of backups."""

from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, register
from django.db import DatabaseError

from studies.backup import target, watching
from studies.backup.errors import BackupError, NoTarget


@register()
def backup_settings(**options: Any) -> list[CheckMessage]:
    """BACKUP_URL and BACKUP_RECIPIENTS belong together, and the keys are keys."""
    if not target.is_set() and not settings.BACKUP_RECIPIENTS:
        return []
    from studies.backup.encryption import recipients

    try:
        target.target()
        recipients()
    except (NoTarget, ValueError) as error:
        return [Error(f"Backups: {error}", id="studies.E010")]
    return []


@register(deploy=True)
def backups_are_kept(**options: Any) -> list[CheckMessage]:
    """There is somewhere to put backups, and it can be read and written."""
    if not target.is_set():
        hint = "Set BACKUP_URL and BACKUP_RECIPIENTS, or back up by other means and silence this."
        return [checks.Warning("No backups are made.", hint=hint, id="studies.W011")]
    try:
        with target.reaching():
            target.write("probe", b"probe")
            target.remove("probe")
    except BackupError as error:
        hint = "May this user write there, or are bucket, endpoint and keys right?"
        return [Error(f"Backups cannot be kept: {error}", hint=hint, id="studies.E012")]
    return []


@register(deploy=True)
def no_move_is_open(**options: Any) -> list[CheckMessage]:
    """Whether changes are noted for a move that nobody ended."""
    try:
        is_open = watching.is_on()
    except DatabaseError:  # another check tells
        return []
    if not is_open:
        return []
    hint = (
        "Give manage.py move_to again, which goes on, or manage.py move_to --undo, which ends it."
    )
    return [checks.Warning("A move is under way, or was killed.", hint=hint, id="studies.W014")]
