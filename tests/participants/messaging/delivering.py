"""A delivery, and a server of this machine in place of a push service or a gateway."""

import socket
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from participants.messaging.channels import Delivery, Words

WORDS = Words(
    title="One photo to take again",
    short="Please take one photo again, until Thursday 2 April.",
    paragraphs=("It takes a minute.",),
    points=(("Left cheek", ("The photo is too dark.",)),),
    button="Take this photo again",
)
KEY = uuid.UUID("11111111-2222-4333-8444-555555555555")


def delivery(**values: Any) -> Delivery:
    usual: dict[str, Any] = {
        "key": KEY,
        "tag": "gsh-7",
        "language": "en",
        "words": WORDS,
        "sender": "Your photo study",
        "link": "https://study.example/p/TOKEN/",
        "off_link": "https://study.example/my/off/SIGNED/",
    }
    return Delivery(**{**usual, **values})


@dataclass
class Server:
    """What was asked of it, and what it answers next."""

    port: int = 0
    asked: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    status: int = 201
    body: bytes = b"{}"
    hang_up: bool = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture
def server() -> Iterator[Server]:
    """A web server on this machine that notes what comes and answers as it is told."""
    told = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.asked.append((self.path, dict(self.headers.items()), body))
            if told.hang_up:
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            self.send_response(told.status)
            self.send_header("Location", f"{told.url}/message/m-1")
            self.send_header("Content-Length", str(len(told.body)))
            self.end_headers()
            self.wfile.write(told.body)

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    running = HTTPServer(("127.0.0.1", 0), Handler)
    told.port = running.server_port
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield told
    running.shutdown()
    thread.join()
    running.server_close()
