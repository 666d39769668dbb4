"""``manage.py version``: which version this is, and whether the database is of it."""

import platform
from typing import Any

import django
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import DatabaseError

from studies.platform import versions


class Command(BaseCommand):
    """Exits 4 where web and workers would refuse to start; 0 otherwise."""

    help = "Tell the version of this installation, and how the database stands to it."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"Global Skin Health {settings.VERSION}")
        self.stdout.write(f"Python {platform.python_version()}, Django {django.get_version()}")
        try:
            standing = versions.standing()
        except DatabaseError as error:
            self.stdout.write(f"The database is away: {' '.join(str(error).split())}")
            return
        self.stdout.write(f"Migrations: {standing.words}")
        if standing.mend:
            self.stdout.write(standing.mend)
            raise SystemExit(versions.OTHER_VERSION)
