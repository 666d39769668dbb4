"""Do the work that is due while the broker is away; a worker starts this by itself."""

import os
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import close_old_connections

from studies.platform import broker, in_use, versions, work


class Command(BaseCommand):
    """``manage.py perform_due``: until the broker answers, or whoever started it is gone."""

    help = "Do the work that is due, without the broker, until it answers again."

    def handle(self, *args: Any, **options: Any) -> None:
        started_by, tried = os.getppid(), 0
        versions.require_this_version()
        while os.getppid() == started_by and in_use.refusal() is None:
            close_old_connections()
            tried += work.perform_due()
            try:
                broker.ping()
                break
            except broker.BrokerAway:
                time.sleep(settings.WORK_SWEEP_SECONDS)
        self.stdout.write(f"{tried} pieces of work were taken up without the broker.")
