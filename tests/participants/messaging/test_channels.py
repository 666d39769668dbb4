"""The channels themselves: a mail that stops at one click, a notification only the phone can read,
a text message as a gateway takes it. Servers stand in for the push service and the gateway.
"""

import json
import smtplib
import socket
import threading
import uuid
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import StringIO
from typing import Any
from urllib.parse import parse_qs

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core.mail import EmailMultiAlternatives
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from pytest_django.fixtures import Settings

from participants.messaging.channels import Delivery, DeliveryFailed, DeliveryUnknown, Words
from participants.messaging.channels.email import Email
from participants.messaging.channels.push import WebPush, accepts_endpoint, public_key
from participants.messaging.channels.sms import Console, e164, parts_of, sms_channel
from tests.servers import free_port

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


# --- E-mail --------------------------------------------------------------------------------------


def test_a_mail_is_plain_and_html_and_can_be_stopped_at_one_click(
    mailoutbox: list[EmailMultiAlternatives],
) -> None:
    receipt = Email().send(delivery(to="siti@example.org", reply_to="clinic@example.org"))
    (mail,) = mailoutbox
    headers = mail.message()
    assert headers["Subject"] == WORDS.title
    assert headers["List-Unsubscribe"] == "<https://study.example/my/off/SIGNED/>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["Reply-To"] == "clinic@example.org"
    assert str(KEY) in receipt.provider_id
    assert receipt.provider_id == headers["Message-ID"]
    ((html, kind),) = [(str(a[0]), a[1]) for a in mail.alternatives]
    assert kind == "text/html"
    for text in (str(mail.body), html):
        assert WORDS.short in text
        assert "The photo is too dark." in text
        assert "https://study.example/p/TOKEN/" in text


@pytest.mark.parametrize(
    ("error", "outcome", "for_good"),
    [
        (smtplib.SMTPRecipientsRefused({"x@y": (550, b"x@y unknown")}), "smtp_550", True),
        (smtplib.SMTPRecipientsRefused({"x@y": (451, b"later")}), "smtp_451", False),
        (smtplib.SMTPDataError(452, b"full"), "smtp_452", False),
        (smtplib.SMTPDataError(554, b"no"), "smtp_554", True),
        (smtplib.SMTPServerDisconnected("gone"), "unknown", False),
        (TimeoutError(), "unknown", False),
    ],
)
def test_what_a_mail_server_says_decides_whether_it_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, error: Exception, outcome: str, for_good: bool
) -> None:
    def refuse(*_args: Any, **_kwargs: Any) -> int:
        raise error

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)
    if outcome == "unknown":
        with pytest.raises(DeliveryUnknown):
            Email().send(delivery(to="x@y"))
        return
    with pytest.raises(DeliveryFailed) as caught:
        Email().send(delivery(to="x@y"))
    assert (caught.value.code, caught.value.for_good) == (outcome, for_good)
    assert "x@y" not in repr(caught.value)
    assert caught.value.__cause__ is None


# --- Web Push ------------------------------------------------------------------------------------


class Browser:
    """The keys of a browser, and what it can read with them."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.secret = b"sixteen byte key"

    def subscription(self) -> dict[str, Any]:
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        keys = {"p256dh": _b64(point), "auth": _b64(self.secret)}
        return {"endpoint": self.endpoint, "keys": keys}

    def read(self, body: bytes) -> dict[str, str]:
        text = http_ece.decrypt(
            body, private_key=self.key, auth_secret=self.secret, version="aes128gcm"
        )
        read: dict[str, str] = json.loads(text)
        return read


def _b64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


@pytest.fixture
def phone(server: Server, settings: Settings) -> Browser:
    settings.PUSH_HOSTS = [server.url]
    return Browser(f"{server.url}/send/abc")


def test_only_the_phone_can_read_what_the_push_service_carries(
    server: Server, phone: Browser
) -> None:
    receipt = WebPush().send(delivery(phones={"one": phone.subscription()}))
    ((path, headers, body),) = server.asked
    assert path == "/send/abc"
    assert b"photo" not in body
    assert phone.read(body) == {
        "title": WORDS.title,
        "body": WORDS.short,
        "url": "https://study.example/p/TOKEN/",
        "tag": "gsh-7",
        "lang": "en",
    }
    sent = {name.lower(): value for name, value in headers.items()}
    assert sent["content-encoding"] == "aes128gcm"
    assert sent["topic"] == "gsh-7"
    assert sent["authorization"].startswith("vapid t=")
    assert sent["authorization"].endswith(f"k={public_key()}")
    assert receipt.worked == ("one",)
    assert receipt.provider_id == "m-1"


@pytest.mark.parametrize("status", [404, 410])
def test_a_phone_that_is_gone_is_named_so_that_it_is_forgotten(
    server: Server, phone: Browser, status: int
) -> None:
    server.status = status
    with pytest.raises(DeliveryFailed) as caught:
        WebPush().send(delivery(phones={"one": phone.subscription()}))
    assert (caught.value.code, caught.value.for_good, caught.value.gone) == (
        "gone", True, ("one",),
    )  # fmt: skip


def test_a_push_service_that_is_busy_is_asked_again(server: Server, phone: Browser) -> None:
    server.status = 503
    with pytest.raises(DeliveryFailed) as caught:
        WebPush().send(delivery(phones={"one": phone.subscription()}))
    assert (caught.value.code, caught.value.for_good) == ("http_503", False)


@pytest.mark.parametrize(
    ("endpoint", "accepted"),
    [
        ("https://fcm.googleapis.com/fcm/send/x", True),
        ("https://updates.push.services.mozilla.com/wpush/v2/x", True),
        ("https://web.push.apple.com/x", True),
        ("https://wns2-sg2p.notify.windows.com/w/x", True),
        ("http://fcm.googleapis.com/fcm/send/x", False),
        ("https://fcm.googleapis.com.evil.example/x", False),
        ("https://evilnotify.windows.com/x", False),
        ("https://169.254.169.254/latest/meta-data", False),
        ("http://127.0.0.1:6379/", False),
        ("https://fcm.googleapis.com@evil.example/x", False),
        ("", False),
    ],
)
def test_only_push_services_are_ever_called(endpoint: str, accepted: bool) -> None:
    assert accepts_endpoint(endpoint) is accepted


# --- Text messages -------------------------------------------------------------------------------


def twilio(server: Server, query: str = "from=%2B6531234567") -> Any:
    return sms_channel(f"twilio+http://AC123:secret@127.0.0.1:{server.port}?{query}")


def test_a_text_message_is_handed_over_as_twilio_documents_it(server: Server) -> None:
    server.body = b'{"sid": "SM42", "status": "queued"}'
    receipt = twilio(server).send(delivery(to="+6581234567"))
    ((path, headers, body),) = server.asked
    assert path == "/2010-04-01/Accounts/AC123/Messages.json"
    form = parse_qs(body.decode())
    assert form["To"] == ["+6581234567"]
    assert form["From"] == ["+6531234567"]
    assert form["Body"] == [f"Your photo study: {WORDS.short} https://study.example/p/TOKEN/"]
    sent = {name.lower(): value for name, value in headers.items()}
    assert b64decode(sent["authorization"].removeprefix("Basic ")) == b"AC123:secret"
    assert (receipt.provider_id, receipt.parts) == ("SM42", 1)


def test_a_messaging_service_may_send_instead_of_a_number(server: Server) -> None:
    twilio(server, "service=MG7").send(delivery(to="+6581234567"))
    assert parse_qs(server.asked[0][2].decode())["MessagingServiceSid"] == ["MG7"]


@pytest.mark.parametrize(
    ("status", "body", "code", "for_good"),
    [
        (400, b'{"code": 21211, "message": "Invalid To +6581234567"}', "twilio_21211", True),
        (400, b'{"code": 21610, "message": "unsubscribed"}', "twilio_21610", True),
        (429, b'{"code": 20429, "message": "slowly"}', "twilio_20429", False),
        (401, b"no", "http_401", True),
    ],
)
def test_what_the_gateway_refuses_is_kept_as_its_code(
    server: Server, status: int, body: bytes, code: str, for_good: bool
) -> None:
    server.status, server.body = status, body
    with pytest.raises(DeliveryFailed) as caught:
        twilio(server).send(delivery(to="+6581234567"))
    assert (caught.value.code, caught.value.for_good) == (code, for_good)
    assert "81234567" not in str(caught.value)


def test_a_gateway_that_hangs_up_leaves_it_unknown(server: Server) -> None:
    server.hang_up = True
    with pytest.raises(DeliveryUnknown):
        twilio(server).send(delivery(to="+6581234567"))
    assert len(server.asked) == 1


def test_a_gateway_that_cannot_be_reached_certainly_sent_nothing(server: Server) -> None:
    channel = sms_channel(f"twilio+http://a:b@127.0.0.1:{free_port()}?from=1")
    assert channel is not None
    with pytest.raises(DeliveryFailed) as caught:
        channel.send(delivery(to="+6581234567"))
    assert (caught.value.code, caught.value.for_good) == ("no_connection", False)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("ก" * 70, 1),
        ("ก" * 71, 2),
        ("ச" * 135, 3),
        ("", 1),
    ],
)
def test_parts_are_counted_as_they_are_billed(text: str, parts: int) -> None:
    assert parts_of(text) == parts


@pytest.mark.parametrize(
    ("number", "country", "written"),
    [
        ("8123 4567", "SG", "+6581234567"),
        ("+65 8123-4567", "MY", "+6581234567"),
        ("012-345 6789", "MY", "+60123456789"),
        ("8123 4567", "", ""),
        ("123", "SG", ""),
        ("no number", "SG", ""),
    ],
)
def test_numbers_are_written_as_gateways_want_them(number: str, country: str, written: str) -> None:
    assert e164(number, country) == written


def test_the_console_shows_what_would_be_sent(capsys: pytest.CaptureFixture[str]) -> None:
    receipt = Console().send(delivery(to="+6581234567"))
    assert "SMS to +6581234567 (1 part(s)):" in capsys.readouterr().out
    assert receipt.parts == 1


# --- Settings ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SMS_URL", "twilio://only-a-host?from=1", "participants.E004"),
        ("SMS_URL", "twilio://a:b@api.twilio.com", "participants.E004"),
        ("SMS_URL", "smoke://signals", "participants.E004"),
        ("VAPID_PRIVATE_KEY", "not a key", "participants.E001"),
        ("VAPID_SUBJECT", "somebody", "participants.E002"),
    ],
)
def test_check_says_which_setting_cannot_be_used(
    settings: Settings, name: str, value: str, said: str
) -> None:
    setattr(settings, name, value)
    with pytest.raises(SystemCheckError, match=said):
        call_command("check", stdout=StringIO(), stderr=StringIO())


def test_production_prints_no_text_messages(settings: Settings) -> None:
    settings.PRODUCTION, settings.SMS_URL = True, "console://"
    with pytest.raises(SystemCheckError, match=r"participants\.E005"):
        call_command("check", stdout=StringIO(), stderr=StringIO())


def test_a_key_that_was_made_can_be_used(settings: Settings) -> None:
    out = StringIO()
    call_command("make_vapid_key", stdout=out)
    settings.VAPID_PRIVATE_KEY = out.getvalue().strip().removeprefix("VAPID_PRIVATE_KEY=")
    assert len(public_key()) == 87
