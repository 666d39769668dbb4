"""Rate limits without Redis: signing in goes on, and stays limited."""

import pytest
from django.core.cache import caches
from django.test import Client
from pytest_django.fixtures import Settings

from config.cache import SteadyRedisCache
from tests.conftest import Team
from tests.servers import free_port
from tests.studies.members.accounts import sign_in, signed_in


@pytest.fixture
def no_redis(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache in a Redis that is not there."""
    monkeypatch.setattr(SteadyRedisCache, "_away_until", {})
    settings.CACHES = {
        "default": {
            "BACKEND": "config.cache.SteadyRedisCache",
            "LOCATION": f"redis://127.0.0.1:{free_port()}/0",
            "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1, "retry": None},
        }
    }


@pytest.mark.django_db
def test_staff_sign_in_without_redis(team: Team, client: Client, no_redis: None) -> None:
    assert sign_in(client) == 302
    assert signed_in(client)


@pytest.mark.django_db
def test_guessing_passwords_stays_limited_without_redis(
    team: Team, client: Client, no_redis: None
) -> None:
    for _ in range(5):
        sign_in(client, password="not this one")
    assert sign_in(client) == 200, "one more than allowed, though it is the right password"
    assert not signed_in(client)


def test_everything_a_cache_does_is_done_without_redis(no_redis: None) -> None:
    cache = caches["default"]
    cache.set("a", 1)
    assert cache.add("a", 2) is False
    assert (cache.get("a"), cache.incr("a"), cache.has_key("a")) == (1, 2, True)
    cache.set_many({"b": 1, "c": 2})
    assert cache.get_many(["b", "c"]) == {"b": 1, "c": 2}
    assert cache.touch("b", 60)
    cache.delete_many(["b"])
    assert cache.delete("c")
    assert cache.get("b") is None
    cache.clear()
    assert cache.get("a") is None
