"""Loaded by pytest: a test fails that leaves behind what a later one would meet.

Watched is what belongs to the whole process: its environment, settings, loggers, listeners and the
like. The language of the last page, the cache and the numbers of the factories are not watched but
put back for every test, by ``tests/conftest.py``: using them is no mistake.
"""

import locale
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import ReferenceType

import pytest
from pytest_django import DjangoDbBlocker

if TYPE_CHECKING:
    from django.db.models import Model

Seen = dict[str, Any]

OURS = ("config", "studies", "participants", "inference")
ROOT = Path(__file__).parents[1]
TOLD_BY = (
    *(f"{path.parts[-3]}.{path.parts[-2]}.signals" for path in sorted(ROOT.glob("*/*/signals.py"))),
    "django.core.signals",
    "django.db.models.signals",
    "django.contrib.auth.signals",
)


def environment() -> Seen:
    return {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}


def process() -> Seen:
    return {
        "working folder": Path.cwd(),
        "sys.path": list(sys.path),
        "locale": locale.setlocale(locale.LC_ALL),
        "time limit of sockets": socket.getdefaulttimeout(),
        "alarm": signal.getitimer(signal.ITIMER_REAL),
        **{one.name: signal.getsignal(one) for one in (signal.SIGALRM, signal.SIGTERM)},
    }


def settings() -> Seen:
    from django.conf import settings

    # The first test that wants a database has its name written in there, for all that follow.
    named = {name: repr(value) for name, value in vars(settings._wrapped).items()}
    return {name: value for name, value in named.items() if name != "DATABASES"}


def whereabouts() -> Seen:
    """What Django, Celery and the product remember of a request or of a worker."""
    from celery import current_app
    from django.utils import timezone

    from inference.scoring.services.networks import scoring_threads
    from studies.platform.actors import current_origin

    return {
        "time zone": timezone.get_current_timezone_name(),
        "origin of acts": current_origin(),
        "tasks at once": current_app.conf.task_always_eager,
        "threads to score with": scoring_threads(),
    }


def loggers() -> Seen:
    """How each logger stands that the settings name or that is the product's."""
    from django.conf import settings

    found: Seen = {"all": logging.root.manager.disable}
    for name in ("", *settings.LOGGING["loggers"], *OURS):
        one = logging.getLogger(name)
        own = [repr(h) for h in one.handlers if not type(h).__module__.startswith("_pytest")]
        found[name or "root"] = one.level, own, len(one.filters), one.disabled, one.propagate
    return found


def listeners() -> Seen:
    """The functions of tests that hear a signal."""
    from django.dispatch import Signal

    found: Seen = {}
    for module in map(import_module, TOLD_BY):
        for name, told in vars(module).items():
            for _, heard, *_ in list(told.receivers) if isinstance(told, Signal) else ():
                who = heard() if isinstance(heard, ReferenceType) else heard
                if (getattr(who, "__module__", None) or "").startswith("tests."):
                    found[who.__qualname__] = name
    return found


def threads() -> Seen:
    """But for those of an event loop's own pool, as Playwright's: they end with their loop."""
    return {
        one.name: "running"
        for one in threading.enumerate()
        if not one.daemon and not one.name.startswith("asyncio_")
    }


def files() -> Seen:
    """What lies in the folder that all tests of this process share, secrets and static files.

    But for what is made from a package once, the same whoever asks first.
    """
    from django.conf import settings

    engine = settings.VAR_DIR / "engine"
    found = settings.VAR_DIR.rglob("*")
    return {str(path): "there" for path in found if not path.is_relative_to(engine)}


WATCHED: tuple[Callable[[], Seen], ...] = (
    environment,
    process,
    settings,
    whereabouts,
    loggers,
    listeners,
    threads,
    files,
)


def differences(before: list[Seen], after: list[Seen]) -> list[str]:
    """In words what is not as it was, in the order of ``WATCHED``."""
    return [
        f"{kind.__name__}: {name} was {was.get(name)!r} and is {now.get(name)!r}"
        for kind, was, now in zip(WATCHED, before, after, strict=True)
        for name in sorted(was.keys() | now.keys())
        if was.get(name) != now.get(name)
    ]


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Set up before every other fixture of a test, and the last to look."""
    before = [look() for look in WATCHED]
    yield
    left = differences(before, [look() for look in WATCHED])
    assert not left, "a later test would meet this:\n" + "\n".join(left)


@pytest.fixture(autouse=True)
def whole_database(
    nothing_left_behind: None, request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """What migrations filled in, once more after a test whose end empties the database.

    Set up before pytest-django's own fixtures, and so undone after they have emptied it.
    """
    yield
    if "live_server" not in request.fixturenames:
        marker = request.node.get_closest_marker("django_db")
        empties = marker is not None and marker.kwargs.get("transaction")
        assert not empties, "the conditions would be missing for later tests: nothing fills them"
        return
    from django.apps import apps
    from django.db import connection

    from inference.scoring.models import TallyMark

    with django_db_blocker.unblock():
        initial = import_module("studies.migrations.0001_initial")
        initial.fill_conditions(apps, None)
        with connection.schema_editor() as editor:
            initial.refuse_changes(apps, editor)
        # Made by triggers while the tables they watch were emptied, some after their own table was.
        TallyMark.objects.all().delete()
        left = [model.__name__ for model in apps.get_models() if not filled(model) and rows(model)]
    assert not left, f"a later test would meet rows of {left}"


def rows(model: "type[Model]") -> bool:
    return model._base_manager.exists()


def filled(model: "type[Model]") -> bool:
    """Whether migrations fill its table."""
    return model._meta.app_label in ("auth", "contenttypes", "sites") or (
        model._meta.label == "studies.Condition"
    )
