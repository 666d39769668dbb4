"""Redis, which carries notifications of work, and whether it answers."""

from django.conf import settings

ANSWER_SECONDS = 1.0


class BrokerAway(Exception):  # noqa: N818 - it names what it is
    """No notification can be sent now; the rows wait all the same."""


def ping() -> None:
    """Ask Redis whether it is there; without ``REDIS_URL`` the broker is a worker's own memory.

    Raises:
        BrokerAway: it does not answer within a second, or refuses.
    """
    if not settings.REDIS_URL:
        return
    import redis  # without an address for it nothing of it is loaded

    limits = {"socket_timeout": ANSWER_SECONDS, "socket_connect_timeout": ANSWER_SECONDS}
    try:
        with redis.Redis.from_url(settings.REDIS_URL, retry=None, **limits) as broker:
            broker.ping()
    except (redis.RedisError, ValueError) as error:
        raise BrokerAway(str(error)) from error
