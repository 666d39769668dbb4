"""The Celery application. Its workers sweep for rows that are due and notify of them."""

import logging
import os
import subprocess
import sys
import threading
from typing import Any

from celery import Celery, bootsteps, signals
from django.conf import settings
from django.db import close_old_connections, connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

logger = logging.getLogger(__name__)

PAUSED_SECONDS = 15  # between looks at a database that takes no writes

app = Celery("gsh")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.celeryd_init.connect
def refuse_another_version(**kwargs: Any) -> None:
    """A worker does not start on a database of another version."""
    from studies.platform.versions import require_this_version

    require_this_version()


class NoConnectionWhenForking:
    """Holds back forks of this process while it uses the database.

    SQLite must not be open in a process that forks: locks of the file and the mapped index of the
    WAL are the process's, and a child that closes its copies drops them under the parent
    (https://www.sqlite.org/howtocorrupt.html, 2.6). The pool forks when a child died or is spent.
    """

    def __init__(self) -> None:
        self._free = threading.Lock()
        self._process = os.getpid()
        os.register_at_fork(
            before=self._before, after_in_parent=self._after, after_in_child=self._after
        )

    def _before(self) -> None:
        self._free.acquire()
        if os.getpid() == self._process:
            connections.close_all()  # of the thread that forks

    def _after(self) -> None:
        self._free.release()

    def __enter__(self) -> None:
        self._free.acquire()

    def __exit__(self, *exception: object) -> None:
        connections.close_all()
        self._free.release()


class Sweep(bootsteps.StartStopStep):
    """A thread of every worker that notifies of due rows (``studies.platform.work.sweep``).

    It belongs to the worker, not to its connection to the broker: while the broker is away it has
    the rows done by a process that needs none (``manage.py perform_due``).
    """

    requires = ("celery.worker.components:Pool",)

    def __init__(self, parent: Any, **kwargs: Any) -> None:
        super().__init__(parent, **kwargs)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._name = ""
        self._database = NoConnectionWhenForking()
        self._stand_in: subprocess.Popen[bytes] | None = None
        # As soon as this worker takes nothing more: what it notified of then nobody would hear.
        signals.worker_shutting_down.connect(self._end, weak=False)

    def start(self, parent: Any) -> None:
        self._name = str(parent.hostname)
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, name="sweep", daemon=True)
        self._thread.start()

    def stop(self, parent: Any) -> None:
        self._end()
        if self._thread is not None:
            self._thread.join(timeout=5)
        if self._stand_in is not None and self._stand_in.poll() is None:
            self._stand_in.terminate()
            self._stand_in.wait(timeout=30)

    def _end(self, **kwargs: Any) -> None:
        self._stop.set()

    def _run(self) -> None:
        from studies.backup.services.backing_up import plan_backup
        from studies.backup.services.checking import plan_check
        from studies.platform import in_use, paused, work
        from studies.platform.broker import BrokerAway

        planned = False
        while not self._stop.wait(settings.WORK_SWEEP_SECONDS):
            try:
                with self._database:
                    close_old_connections()
                    with in_use.using():
                        work.beat(self._name)
                        if not planned:
                            plan_backup()
                            plan_check()
                            planned = True
                        work.sweep()
            except BrokerAway as error:
                self._perform_without_broker(error)
            except in_use.NotServed as error:
                logger.warning("this worker waits: %s", error)
                self._stop.wait(PAUSED_SECONDS)
            except Exception as error:
                if paused.met_in(error):
                    logger.warning("nothing can be written just now: %s", error)
                    self._stop.wait(PAUSED_SECONDS)
                    continue
                # The database is away for a moment: the next sweep tries again.
                logger.exception("sweep failed; trying again")

    def _perform_without_broker(self, error: Exception) -> None:
        if self._stand_in is not None and self._stand_in.poll() is None:
            return
        logger.error("the broker is away (%s): work is done without it until it is back", error)
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "perform_due"]
        self._stand_in = subprocess.Popen(command)


class ShareCores(bootsteps.Step):
    """Before the pool forks: each of its processes gets its share of the cores to score with."""

    def __init__(self, parent: Any, **kwargs: Any) -> None:
        super().__init__(parent, **kwargs)
        from inference.scoring.services import networks

        networks.share_cores(int(parent.concurrency))


app.steps["worker"].add(ShareCores)
app.steps["worker"].add(Sweep)
