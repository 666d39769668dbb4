"""The channels themselves: a mail that stops at one click, a notification only the phone can read,
and their settings. Text messages are in test_text_messages.py.
"""

import json
import smtplib
import socket
from base64 import urlsafe_b64encode
from io import StringIO
from typing import Any

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core.mail import EmailMultiAlternatives
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from pytest_django.fixtures import Settings

from participants.messaging.channels import DeliveryFailed, DeliveryUnknown
from participants.messaging.channels.email import Email
from participants.messaging.channels.push import WebPush, accepts_endpoint, public_key
from tests.participants.messaging.delivering import KEY, WORDS, Server, delivery
from tests.participants.messaging.delivering import server as server

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
    settings.PUSH_HOSTS, settings.OUTSIDE_TEST_ORIGINS = ["127.0.0.1"], [server.url]
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
        ("https://127.0.0.1\\.push.apple.com/x", False),
        ("https://127.0.0.1:9443\\@x.push.apple.com/x", False),
        ("https://someone@web.push.apple.com/x", False),
        ("https://web.push.apple.com:8443/x", False),
        ("https://web.push.apple.com:443/x", False),
        ("", False),
    ],
)
def test_only_push_services_are_ever_called(endpoint: str, accepted: bool) -> None:
    assert accepts_endpoint(endpoint) is accepted


def test_a_push_service_that_leads_elsewhere_is_not_followed(
    server: Server, phone: Browser
) -> None:
    server.status = 307  # the server names an address of its own in Location
    with pytest.raises(DeliveryFailed) as caught:
        WebPush().send(delivery(phones={"one": phone.subscription()}))
    assert (caught.value.code, caught.value.for_good) == ("http_307", False)
    assert len(server.asked) == 1


def test_a_push_service_whose_name_leads_inside_is_not_called(
    monkeypatch: pytest.MonkeyPatch, server: Server
) -> None:
    inside = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.port))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: inside)
    phone = Browser("https://web.push.apple.com/x")
    with pytest.raises(DeliveryFailed) as caught:
        WebPush().send(delivery(phones={"one": phone.subscription()}))
    assert (caught.value.code, caught.value.for_good, caught.value.gone) == (
        "not_public", False, (),
    )  # fmt: skip


def test_a_subscription_kept_from_before_is_judged_when_it_is_used(
    monkeypatch: pytest.MonkeyPatch, server: Server
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", None)  # nothing is even looked up
    phone = Browser("https://127.0.0.1\\.push.apple.com/")
    with pytest.raises(DeliveryFailed) as caught:
        WebPush().send(delivery(phones={"one": phone.subscription()}))
    assert (caught.value.code, caught.value.gone) == ("gone", ("one",))


# --- Settings ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SMS_URL", "twilio://only-a-host?from=1", "participants.E004"),
        ("SMS_URL", "twilio://a:b@api.twilio.com", "participants.E004"),
        ("SMS_URL", "smoke://signals", "participants.E004"),
        ("SMS_URL", "twilio://a:b@127.0.0.1?from=1", "participants.E004"),
        ("SMS_URL", "twilio://a:b@api.twilio.com:8443?from=1", "participants.E004"),
        ("SMS_URL", "twilio://a:b@127.0.0.1\\.api.twilio.com?from=1", "participants.E004"),
        ("SMS_URL", "twilio+http://a:b@api.twilio.com?from=1", "participants.E004"),
        ("SMS_URL", "twilio://a%2F..%2F..:b@api.twilio.com%2F?from=1", "participants.E004"),
        ("PUSH_HOSTS", ["https://push.example.org"], "participants.E003"),
        ("PUSH_HOSTS", ["push.example.org:8443"], "participants.E003"),
        ("PUSH_HOSTS", ["127.0.0.1"], "participants.E003"),
        ("VAPID_PRIVATE_KEY", "not a key", "participants.E001"),
        ("VAPID_SUBJECT", "somebody", "participants.E002"),
    ],
)
def test_check_says_which_setting_cannot_be_used(
    settings: Settings, name: str, value: object, said: str
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
