"""Text messages as a gateway takes them; a server of this machine stands in for it."""

from base64 import b64decode
from typing import Any
from urllib.parse import parse_qs

import pytest
from pytest_django.fixtures import Settings

from participants.messaging.channels import DeliveryFailed, DeliveryUnknown
from participants.messaging.channels.sms import Console, e164, parts_of, sms_channel
from tests.participants.messaging.delivering import WORDS, Server, delivery
from tests.participants.messaging.delivering import server as server
from tests.servers import free_port


@pytest.fixture
def gateway(server: Server, settings: Settings) -> Server:
    settings.OUTSIDE_TEST_ORIGINS = [server.url]
    return server


def twilio(server: Server, query: str = "from=%2B6531234567") -> Any:
    return sms_channel(f"twilio+http://AC123:secret@127.0.0.1:{server.port}?{query}")


def test_a_text_message_is_handed_over_as_twilio_documents_it(gateway: Server) -> None:
    gateway.body = b'{"sid": "SM42", "status": "queued"}'
    receipt = twilio(gateway).send(delivery(to="+6581234567"))
    ((path, headers, body),) = gateway.asked
    assert path == "/2010-04-01/Accounts/AC123/Messages.json"
    form = parse_qs(body.decode())
    assert form["To"] == ["+6581234567"]
    assert form["From"] == ["+6531234567"]
    assert form["Body"] == [f"Your photo study: {WORDS.short} https://study.example/p/TOKEN/"]
    sent = {name.lower(): value for name, value in headers.items()}
    assert b64decode(sent["authorization"].removeprefix("Basic ")) == b"AC123:secret"
    assert (receipt.provider_id, receipt.parts) == ("SM42", 1)


def test_a_messaging_service_may_send_instead_of_a_number(gateway: Server) -> None:
    twilio(gateway, "service=MG7").send(delivery(to="+6581234567"))
    assert parse_qs(gateway.asked[0][2].decode())["MessagingServiceSid"] == ["MG7"]


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
    gateway: Server, status: int, body: bytes, code: str, for_good: bool
) -> None:
    gateway.status, gateway.body = status, body
    with pytest.raises(DeliveryFailed) as caught:
        twilio(gateway).send(delivery(to="+6581234567"))
    assert (caught.value.code, caught.value.for_good) == (code, for_good)
    assert "81234567" not in str(caught.value)


def test_a_gateway_that_hangs_up_leaves_it_unknown(gateway: Server) -> None:
    gateway.hang_up = True
    with pytest.raises(DeliveryUnknown):
        twilio(gateway).send(delivery(to="+6581234567"))
    assert len(gateway.asked) == 1


def test_a_gateway_that_cannot_be_reached_certainly_sent_nothing(settings: Settings) -> None:
    port = free_port()
    settings.OUTSIDE_TEST_ORIGINS = [f"http://127.0.0.1:{port}"]
    channel = sms_channel(f"twilio+http://a:b@127.0.0.1:{port}?from=1")
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
