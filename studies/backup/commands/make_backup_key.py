"""``manage.py make_backup_key``: a key for backups."""

from typing import Any

from django.core.management.base import BaseCommand

from studies.backup.encryption import make_key


class Command(BaseCommand):
    """Prints an age identity; keep it where neither this machine nor its backups are."""

    help = "Make a key for backups: the secret half restores, the public half makes them."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        identity, recipient = make_key()
        self.stdout.write(f"# public key: {recipient}\n{identity}")
        self.stderr.write(
            f"Put BACKUP_RECIPIENTS={recipient} into the settings of every host. Keep the secret "
            "half in two places that are neither these machines nor their backups, and apart from "
            "IDENTITY_KEYS: without it no backup can be restored."
        )
