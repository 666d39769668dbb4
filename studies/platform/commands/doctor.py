"""``manage.py doctor``: everything an installation stands on is tried, and each mend told."""

import grp
import json
import pwd
import shutil
import socket
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import get_connection
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, connection
from django.db.models import Max
from django.utils import timezone

from studies.platform import versions
from studies.platform.models import WorkerHeartbeat

LOW_BYTES = 2 * 1024**3
MAIL_SECONDS = 10
CLOCKS_APART = timedelta(seconds=5)
NGINX_USERS = ("www-data", "nginx")  # of Debian's package, and of nginx's own


@dataclass(frozen=True)
class Finding:
    """``state`` is ok, warning or fault; ``mend`` says what to do about it, if anything."""

    subject: str
    state: str
    words: str
    mend: str = ""


class Command(BaseCommand):
    """Exits 1 where there is a fault; warnings alone exit 0."""

    help = "Try everything that this installation stands on, and say how to mend what fails."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="for programs that watch")

    def handle(self, *args: Any, **options: Any) -> None:
        examined = examine()
        if options["json"]:
            self.stdout.write(json.dumps([asdict(each) for each in examined], indent=1))
        else:
            self.stdout.write(report(examined))
        if any(each.state == "fault" for each in examined):
            raise SystemExit(1)


def report(findings: Iterable[Finding]) -> str:
    """Each finding, and below it its mend."""
    lines = []
    for each in findings:
        lines.append(f"{each.state:<8}{each.subject}: {each.words}")
        if each.mend:
            lines.append(f"        {each.mend}")
    return "\n".join(lines)


def examine(*, leaving: frozenset[str] = frozenset()) -> list[Finding]:
    """What ``check --deploy`` finds, then what only a running installation can be asked.

    The trials of ``leaving``, by their subjects, are left out.
    """
    findings = list(_checks())
    for subject, trial in TRIALS:
        if subject in leaving:
            continue
        try:
            findings.append(trial())
        except DatabaseError:
            words = "cannot be told while the database cannot be used."
            findings.append(Finding(subject, "fault", words, "Mend the database first."))
    return findings


def _checks() -> Iterator[Finding]:
    messages = checks.run_checks(include_deployment_checks=True)
    for message in messages:
        if message.is_silenced():
            continue
        state = "fault" if message.level >= checks.ERROR else "warning"
        yield Finding(f"settings ({message.id})", state, str(message.msg), message.hint or "")
    if not messages:
        words = "database, Redis, private files, folders, keys and addresses can be used."
        yield Finding("settings", "ok", words)


def _migrations() -> Finding:
    standing = versions.standing()
    return Finding("migrations", "fault" if standing.mend else "ok", standing.words, standing.mend)


def _workers() -> Finding:
    alive = WorkerHeartbeat.objects.alive().count()
    if not alive:
        words = "none was seen in the last 30 seconds: photos are kept, and wait."
        return Finding("workers", "warning", words, "Start a Celery worker, or read its log.")
    return Finding("workers", "ok", f"{alive} seen in the last 30 seconds.")


def _static_files() -> Finding:
    if (Path(settings.STATIC_ROOT) / "staticfiles.json").exists():
        return Finding("static files", "ok", "collected.")
    words = "not collected: pages would answer 500."
    return Finding("static files", "fault", words, "Run manage.py collectstatic --noinput.")


def _disk() -> Finding:
    low = []
    for name in ("VAR_DIR", "UPLOAD_ROOT"):
        folder = Path(getattr(settings, name))
        nearest = next(path for path in (folder, *folder.parents) if path.exists())
        if (free := shutil.disk_usage(nearest).free) < LOW_BYTES:
            low.append(f"{name} has {free / 1024**3:.1f} GiB left")
    if low:
        words = f"{', '.join(low)}, less than {LOW_BYTES // 1024**3}."
        return Finding("disk", "warning", words, "Make room, or put the folder on a larger disk.")
    return Finding("disk", "ok", f"at least {LOW_BYTES // 1024**3} GiB are free.")


def _mail() -> Finding:
    """The server is greeted and signed in to; nothing is sent."""
    try:
        mail = get_connection(timeout=MAIL_SECONDS)
        mail.open()
        mail.close()
    except (OSError, ImproperlyConfigured) as error:  # smtplib's errors are among these
        words = f"the mail server does not let us in: {' '.join(str(error).split())}"
        mend = "Are host, port, user and password in EMAIL_URL right, and is the port open?"
        return Finding("mail", "fault", words, mend)
    return Finding("mail", "ok", "the mail server lets us in.")


def _name() -> Finding:
    """The name people type leads somewhere."""
    host = urlsplit(settings.SITE_URL).hostname or ""
    try:
        resolved = sorted({str(each[4][0]) for each in socket.getaddrinfo(host, None)})
    except OSError as error:
        words = f"{host or 'SITE_URL'} leads nowhere: {error.strerror or error}."
        mend = "Enter the name at whoever keeps your DNS; ALLOWED_HOSTS and SITE_URL have the same."
        return Finding("name", "warning", words, mend)
    return Finding("name", "ok", f"{host} leads to {', '.join(resolved)}.")


def _nginx() -> Finding:
    """Where nginx sends local files, its user may read them."""
    if not settings.ACCEL_REDIRECT_PREFIX or settings.PRIVATE_ROOT is None:
        return Finding("nginx", "ok", "sends no private files by itself.")
    user = next((name for name in NGINX_USERS if _is_known(name)), "")
    if not user:
        words = f"there is no user {' or '.join(NGINX_USERS)} here to look at files for."
        mend = "Let the user that nginx runs as into the group of the product."
        return Finding("nginx", "warning", words, mend)
    if shut := _shut_to(user, Path(settings.PRIVATE_ROOT)):
        words = f"{user} may not enter {shut}, so photos would be 403."
        mend = f"usermod -aG {shut.group()} {user}, then systemctl restart nginx."
        return Finding("nginx", "fault", words, mend)
    return Finding("nginx", "ok", f"{user} may read private files.")


def _is_known(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _shut_to(user: str, folder: Path) -> Path | None:
    """The first folder on the way to ``folder`` that ``user`` may not enter."""
    entry = pwd.getpwnam(user)
    groups = {entry.pw_gid, *(each.gr_gid for each in grp.getgrall() if user in each.gr_mem)}
    for path in (*reversed(folder.parents), folder):
        if not path.exists():
            return None
        status = path.stat()
        right = stat.S_IXOTH
        if status.st_uid == entry.pw_uid:
            right = stat.S_IXUSR
        elif status.st_gid in groups:
            right = stat.S_IXGRP
        if not status.st_mode & right:
            return path
    return None


def _clock() -> Finding:
    """This machine's clock against the database server's, and against what is written there."""
    now = timezone.now()
    apart = abs(now - _database_time(now))
    mend = "Keep the clocks of all hosts by NTP (timedatectl set-ntp true), then restart all."
    if apart > CLOCKS_APART:
        words = f"it is {apart.total_seconds():.0f} s from the clock of the database's server."
        return Finding("clock", "fault", words, mend)
    newest = _last_sign_of_life()
    if newest is not None and newest - now > CLOCKS_APART:
        words = f"it is behind: a worker was seen at {newest:%Y-%m-%d %H:%M} UTC, which is to come."
        return Finding("clock", "fault", words, mend)
    return Finding("clock", "ok", f"it is {now:%Y-%m-%d %H:%M} UTC.")


def _last_sign_of_life() -> datetime | None:
    """When a worker was seen last; None where none was, or in a database without tables yet."""
    if WorkerHeartbeat._meta.db_table not in connection.introspection.table_names():
        return None
    newest: datetime | None = WorkerHeartbeat.objects.aggregate(newest=Max("seen_at"))["newest"]
    return newest


def _database_time(now: datetime) -> datetime:
    """The time of the database's server; of SQLite, which has none, ``now``."""
    if connection.vendor == "sqlite":
        return now
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment


TRIALS: tuple[tuple[str, Callable[[], Finding]], ...] = (
    ("migrations", _migrations),
    ("workers", _workers),
    ("static files", _static_files),
    ("disk", _disk),
    ("mail", _mail),
    ("name", _name),
    ("nginx", _nginx),
    ("clock", _clock),
)
