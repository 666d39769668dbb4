"""Re-seal everything sealed under an earlier identity key with the first one."""

from typing import Any

from django.core.management.base import BaseCommand

from participants.privacy.services.key_rotation import rotate_identity_keys
from studies.platform.actors import SYSTEM


class Command(BaseCommand):
    """``manage.py rotate_identity_keys``: put the new key first in IDENTITY_KEYS, run, remove."""

    help = "Re-seals names, contacts, consents and second factors with the first of IDENTITY_KEYS."

    def handle(self, *args: Any, **options: Any) -> None:
        """Rotate, and say what was done."""
        done = rotate_identity_keys(by=SYSTEM)
        self.stdout.write(
            f"Re-sealed with the first key: {done.identities} "
            f"{'identity' if done.identities == 1 else 'identities'}, {done.consents} "
            f"{'consent' if done.consents == 1 else 'consents'}, {done.second_factors} "
            f"{'second factor' if done.second_factors == 1 else 'second factors'}. "
            "Once every server has the new key, the earlier ones can be removed."
        )
