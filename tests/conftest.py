"""The people and the study that tests speak of.

Amina coordinates SG01, Budi coordinates KL01, Chandra investigates, Dewi manages, Ewa monitors;
Farid manages another study. None of them sees more than their role and site allow.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import hypothesis
import pytest
import time_machine
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import translation
from pytest_django import DjangoDbBlocker
from pytest_django.fixtures import Settings

from studies.access.models import User
from studies.platform import in_use
from studies.protocol.models import Site, Study
from tests.factories import NOW, count_anew
from tests.prepared import Preparing
from tests.servers import postgresql_server, redis_server
from tests.stack import NewStack, Stack
from tests.studies.access.factories import MembershipFactory, UserFactory
from tests.studies.protocol.factories import SiteFactory, StudyFactory

# The same examples in every run, no time limit on a busy machine, and a failure says how to repeat
# it. `pytest --hypothesis-profile=default` looks for new ones.
hypothesis.settings.load_profile("ci")


@dataclass(frozen=True)
class Team:
    """A study of two sites with one person per role, and a manager of another study."""

    study: Study
    sg01: Site
    kl01: Site
    other_study: Study
    amina: User
    budi: User
    chandra: User
    dewi: User
    ewa: User
    farid: User


# What `make check` leaves to `make test`: it computes for long, draws, starts processes, or goes
# through many pages.
LONG = (
    "config", "flow", "inference", "participants/allocation", "participants/amending",
    "participants/answers", "participants/board", "participants/capture", "participants/consent",
    "participants/correcting", "participants/desk", "participants/enrolment",
    "participants/imaging", "participants/monitoring", "participants/photo_notes",
    "participants/privacy", "participants/queries", "participants/scheduling",
    "participants/verification", "participants/visits", "participants/words", "rights",
    "studies/backup", "studies/consent_texts", "studies/instruments", "studies/platform",
    "studies/protocol_file",
    "test_dist.py", "test_factories.py", "test_leftovers.py",
)  # fmt: skip


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Where the long ones are not wanted they are not read either: that takes half a minute."""
    wanted = config.getoption("markexpr")
    place = collection_path.relative_to(Path(__file__).parent).as_posix()
    if "slow" in wanted and "not" in wanted and place.startswith(LONG):
        return True
    return True if "browser" in wanted and "not" in wanted and place == "browser" else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    if "GSH_PROVE" not in os.environ:  # named as deselected in the summary
        long = [item for item in items if item.get_closest_marker("prove")]
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]
    for item in items:
        # What they begin with is made once for each process of a run: one makes it, and has
        # PostgreSQL.
        if "new_stack" in getattr(item, "fixturenames", ()) and not item.get_closest_marker(
            "xdist_group"
        ):
            item.add_marker(pytest.mark.xdist_group("stacks"))
        if item.path.relative_to(here).as_posix().startswith(LONG):
            item.add_marker(pytest.mark.slow)


@pytest.fixture
def team(db: None) -> Team:
    study = StudyFactory(code="MEL-8")
    study.conditions.set(["melasma", "wrinkles", "pores"])
    sg01 = SiteFactory(study=study, code="SG01", name="Singapore General Clinic")
    kl01 = SiteFactory(study=study, code="KL01", name="Kuala Lumpur Skin Centre", country="MY")
    other = StudyFactory(code="FEAS-2", title="Feasibility at two sites")

    def person(name: str, role: str, where: Study = study, site: Site | None = None) -> User:
        user = UserFactory(name=name, email=f"{name.lower()}@example.org")
        MembershipFactory(user=user, study=where, site=site, role=role)
        return user

    return Team(
        study=study,
        sg01=sg01,
        kl01=kl01,
        other_study=other,
        amina=person("Amina", "coordinator", site=sg01),
        budi=person("Budi", "coordinator", site=kl01),
        chandra=person("Chandra", "investigator"),
        dewi=person("Dewi", "manager"),
        ewa=person("Ewa", "monitor"),
        farid=person("Farid", "manager", where=other),
    )


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """A PostgreSQL server for this test process; a missing one fails, it does not skip."""
    with postgresql_server() as server:
        yield server


@pytest.fixture(scope="session")
def preparing(tmp_path_factory: pytest.TempPathFactory) -> Preparing:
    return Preparing(tmp_path_factory.mktemp("prepared"))


@pytest.fixture
def new_stack(
    request: pytest.FixtureRequest, tmp_path: Path, preparing: Preparing
) -> Iterator[NewStack]:
    """Makes copies of the product in either mode, and stops what they started."""
    with ExitStack() as running:

        def make(mode: str, *, people: bool = False, **settings: str) -> Stack:
            server = None
            if mode == "full":
                server = request.getfixturevalue("postgresql")
                if "REDIS_URL" not in settings:
                    settings["REDIS_URL"] = running.enter_context(redis_server(tmp_path / "redis"))
            ready = preparing.get(people=people, server=server)
            stack = ready.new_stack(tmp_path / "stack", settings, server)
            running.callback(stack.stop)
            return stack

        yield make


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A database in a file, as installed; only a power cut need not find it whole.

    In memory, which is Django's choice, every thread shares one lock for each table: a page being
    answered made a test's own write fail, where the file lets it wait its turn.
    """
    chosen = connection.settings_dict
    chosen["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "tests.sqlite3")
    begin = chosen["OPTIONS"]["init_command"].replace("synchronous=FULL", "synchronous=OFF")
    chosen["OPTIONS"] = {**chosen["OPTIONS"], "init_command": begin}


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Tables count from numbers far apart: a number of one table finds nothing in another.

    Nor does a number written by hand find what a test made first.
    """
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for turn, table in enumerate(sorted(connection.introspection.table_names()), start=1):
            cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
            cursor.execute("INSERT INTO sqlite_sequence VALUES (%s, %s)", [table, turn * 10_000])
    # An answer that a test closes would take the test's connection, and transaction, with it.
    close = connection.close_if_unusable_or_obsolete
    connection.close_if_unusable_or_obsolete = lambda: connection.in_atomic_block or close()


@pytest.fixture
def as_person() -> Callable[[User], Client]:
    """A browser in which this person is signed in."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture(autouse=True)
def quick_passwords(settings: Settings) -> None:
    """The real hasher is slow on purpose; tests sign hundreds of people in."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def english() -> None:
    """A page read in Tamil by one test leaves Tamil behind for nobody."""
    translation.activate(django_settings.LANGUAGE_CODE)


@pytest.fixture(autouse=True)
def clock(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test's clock sets out at ``NOW``, or at ``--clock``, whatever the machine's says.

    Not where other processes take part, which have the machine's.
    """
    if {"live_server", "new_stack", "installation"} & set(request.fixturenames):
        yield
        return
    with time_machine.travel(request.config.getoption("clock") or NOW):
        yield


@pytest.fixture(autouse=True)
def first_numbers() -> None:
    """A test meets the same codes and addresses whichever tests ran before it."""
    count_anew()


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    """Attempts to sign in, and whatever else is kept for a while, count for one test only."""
    cache.clear()


@pytest.fixture(autouse=True)
def nobody_asks_for_the_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a server or worker begins with, a command that a test runs may: not for later tests."""
    monkeypatch.setattr(in_use, "_watch", in_use._Watch())


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine a page may take so long that its numbers would be kept: not in a test."""
    monkeypatch.setattr("studies.platform.kept.QUICK", 1e9)


@pytest.fixture(autouse=True)
def own_files(tmp_path: Path, settings: Settings) -> None:
    """Private files and unfinished uploads of a test stay in its own folder."""
    root = tmp_path / "files"
    storages = {**settings.STORAGES}
    storages["private"] = storages["default"] = {
        "BACKEND": "studies.platform.storage.DurableFileSystemStorage",
        "OPTIONS": {"location": str(root)},
    }
    anchors = {**storages["private"], "OPTIONS": {"location": str(tmp_path / "anchors")}}
    storages["anchors"] = anchors
    settings.STORAGES = storages
    settings.PRIVATE_ROOT = root
    settings.UPLOAD_ROOT = tmp_path / "uploads"
