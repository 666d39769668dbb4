"""A port that a test was given is nobody else's."""

import socket
from contextlib import ExitStack

from tests.servers import answers, free_port


def test_a_port_is_given_to_nobody_else() -> None:
    mine = free_port()
    with ExitStack() as others:
        given = set()
        for _ in range(200):
            other = others.enter_context(socket.socket())
            other.bind(("127.0.0.1", 0))
            given.add(other.getsockname()[1])
        assert not given & {mine, free_port()}
        thief = others.enter_context(socket.socket())
        assert thief.connect_ex(("127.0.0.1", mine)) != 0, "nobody listens there yet"


def test_its_server_listens_there_again_and_again() -> None:
    mine = free_port()
    for _ in range(2):
        with socket.create_server(("127.0.0.1", mine)):
            assert answers(mine)
        assert not answers(mine)


def test_whoever_takes_a_port_without_asking_is_refused() -> None:
    mine = free_port()
    with socket.socket() as thief:
        assert _bound(thief, mine) is False


def _bound(taker: socket.socket, port: int) -> bool:
    try:
        taker.bind(("127.0.0.1", port))
    except OSError:
        return False
    return True
