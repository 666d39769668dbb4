"""The Celery application. Its workers sweep for rows that are due and notify of them."""

import logging
import os
import threading
from typing import Any

from celery import Celery, bootsteps
from django.conf import settings
from django.db import close_old_connections, connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

logger = logging.getLogger(__name__)

app = Celery("gsh")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


class Sweep(bootsteps.StartStopStep):
    """A thread of every worker that notifies of due rows (``studies.platform.work.sweep``)."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, parent: Any, **kwargs: Any) -> None:
        super().__init__(parent, **kwargs)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._name = ""

    def start(self, parent: Any) -> None:
        self._name = str(parent.hostname)
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, name="sweep", daemon=True)
        self._thread.start()

    def stop(self, parent: Any) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def _run(self) -> None:
        from studies.platform import work

        while not self._stop.wait(settings.WORK_SWEEP_SECONDS):
            try:
                close_old_connections()
                work.sweep()
                work.beat(self._name)
            except Exception:
                # The database or the broker is away for a moment: the next sweep tries again.
                logger.exception("sweep failed; trying again")
            finally:
                # Nothing of this thread may be open when the pool forks its next child.
                connections.close_all()


class ShareCores(bootsteps.Step):
    """Before the pool forks: each of its processes gets its share of the cores to score with."""

    def __init__(self, parent: Any, **kwargs: Any) -> None:
        super().__init__(parent, **kwargs)
        from inference.scoring.services import networks

        networks.share_cores(int(parent.concurrency))


app.steps["worker"].add(ShareCores)
app.steps["consumer"].add(Sweep)
