"""Calling servers outside: which addresses are read, which numbers are public, and that the name is
looked up once, the certificate is the name's, and nothing is followed.
"""

import datetime
import socket
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pytest_django.fixtures import Settings

from studies.platform import outside

NAME = "push.example.org"


@pytest.mark.parametrize(
    "text",
    [
        "https://push.example.org",
        "https://push.example.org/",
        "https://wns2-sg2p.notify.windows.com/w/?token=BQYAAA%2b%3d&x=1",
        "https://fcm.googleapis.com/fcm/send/dX:APA91b-_~@x",
        "https://xn--80ak6aa92e.example.com/x",
    ],
)
def test_names_and_paths_are_read_as_they_stand(text: str) -> None:
    assert outside.read_address(text).text == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "push.example.org/x",
        "http://push.example.org/x",
        "HTTPS://push.example.org/x",
        "https:push.example.org/x",
        "https:///push.example.org/x",
        "https:\\\\push.example.org/x",
        "https://127.0.0.1\\.push.example.org/x",
        "https://push.example.org\\@127.0.0.1/x",
        "https://push.example.org/x\\y",
        "https://user@push.example.org/x",
        "https://user:word@push.example.org/x",
        "https://@push.example.org/x",
        "https://push.example.org:443/x",
        "https://push.example.org:/x",
        "https://push.example.org:22/x",
        "https://push.example.org#@127.0.0.1/",
        "https://push.example.org/x#y",
        "https://push.example.org?@127.0.0.1/",
        "https://push.example.org./x",
        "https://push..example.org/x",
        "https://.example.org/x",
        "https://-push.example.org/x",
        "https://push_1.example.org/x",
        "https://localhost/x",
        "https://127.0.0.1/x",
        "https://127.1/x",
        "https://2130706433/x",
        "https://0x7f000001/x",
        "https://0x7f.0.0.1/x",
        "https://0177.0.0.1/x",
        "https://[::1]/x",
        "https://[::ffff:127.0.0.1]/x",
        "https://①②⑦.⓪.⓪.①/x",
        "https://push.example。org/x",
        "https://pusħ.example.org/x",
        "https://push%2eexample.org/x",
        "https://push.example.org%00.evil.example/x",
        "https://push.example.org/x y",
        "https://push.example.org/x\n",
        "https://push.example.org\r\nHost: inside/x",
        "https://push.example\t.org/x",
        " https://push.example.org/x",
        "https://push.example.org/\x00",
        "https://push.example.org/é",
        "https://push.example.org/%zz",
        "https://" + "a." * 130 + "example.org/x",
        "https://push.example.org/" + "x" * 2000,
        "file:///etc/passwd",
        "gopher://push.example.org/x",
        "http://127.0.0.1:8000/x",
    ],
)
def test_whatever_parsers_could_read_differently_is_refused(text: str) -> None:
    with pytest.raises(outside.AddressRefused):
        outside.read_address(text)


@pytest.mark.parametrize(
    ("number", "public"),
    [
        ("8.8.8.8", True),
        ("17.57.146.20", True),
        ("2606:4700::1111", True),
        ("64:ff9b::808:808", True),
        ("::ffff:8.8.8.8", True),
        ("0.0.0.0", False),  # noqa: S104
        ("0.1.2.3", False),
        ("10.1.2.3", False),
        ("100.64.0.1", False),
        ("100.100.100.200", False),
        ("127.0.0.1", False),
        ("127.8.8.8", False),
        ("168.63.129.16", False),
        ("169.254.169.254", False),
        ("172.16.0.1", False),
        ("192.0.0.192", False),
        ("192.0.2.1", False),
        ("192.88.99.1", False),
        ("192.168.1.1", False),
        ("198.18.0.1", False),
        ("203.0.113.9", False),
        ("224.0.0.1", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("::127.0.0.1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::a00:1", False),
        ("64:ff9b:1::808:808", False),
        ("2001::1", False),
        ("2001:db8::1", False),
        ("2002:7f00:1::", False),
        ("fc00::1", False),
        ("fd00:ec2::254", False),
        ("fe80::1", False),
        ("fe80::1%eth0", False),
        ("fec0::1", False),
        ("ff02::1", False),
        ("no number", False),
    ],
)
def test_only_numbers_of_the_internet_are_public(number: str, public: bool) -> None:
    assert outside.is_public(number) is public


# --- Calling ---------------------------------------------------------------------------------


@pytest.fixture
def asked() -> list[tuple[str, str]]:
    """The ``Host`` and path of each request that came to the server."""
    return []


@pytest.fixture
def server(
    asked: list[tuple[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[int]:
    """A server under TLS on this machine whose certificate, which is trusted, is ``NAME``'s."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append((self.headers["Host"], self.path))
            body = b"x" * (outside.LONGEST_ANSWER + 5000) if self.path == "/long" else b"done"
            if self.path == "/who":
                body = self.headers.get("Authorization", "nobody").encode()
            self.send_response(302 if self.path == "/elsewhere" else 200)
            self.send_header("Location", f"https://{NAME}/other")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    class Quiet(HTTPServer):
        def handle_error(self, *args: Any) -> None:
            """Clients hang up where the test wants them to."""

    _certificate(tmp_path / "server.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem")
    running = Quiet(("127.0.0.1", 0), Handler)
    running.socket = context.wrap_socket(running.socket, server_side=True)
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(tmp_path / "server.pem"))
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield running.server_port
    running.shutdown()
    thread.join()
    running.server_close()


def _certificate(path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    # The clock of the tests may stand elsewhere than that of TLS.
    first, last = (datetime.datetime(year, 1, 1, tzinfo=datetime.UTC) for year in (2000, 2200))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(first)
        .not_valid_after(last)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + made.public_bytes(Encoding.PEM))


@pytest.fixture
def looked_up(monkeypatch: pytest.MonkeyPatch, server: int) -> list[str]:
    """Every name is the server's; the names that were looked up."""
    names: list[str] = []

    def look_up(host: str, port: int, *_rest: Any, **_named: Any) -> list[Any]:
        assert port == 443
        names.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return names


def test_a_name_is_looked_up_once_and_its_certificate_checked(
    looked_up: list[str], asked: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outside, "is_public", lambda _number: True)
    with outside.session() as session:
        answer = session.get(f"https://{NAME}/x", timeout=5)
    assert answer.text == "done"
    assert asked == [(NAME, "/x")]
    assert looked_up == [NAME]


def test_a_certificate_of_another_name_is_refused(
    looked_up: list[str], asked: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outside, "is_public", lambda _number: True)
    with outside.session() as session, pytest.raises(requests.exceptions.SSLError):
        session.get("https://other.example.org/x", timeout=5)
    assert (asked, looked_up) == ([], ["other.example.org"])


def test_a_session_told_to_trust_anybody_checks_all_the_same(
    looked_up: list[str], asked: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outside, "is_public", lambda _number: True)
    with outside.session() as session, pytest.raises(requests.exceptions.SSLError):
        session.get("https://other.example.org/x", timeout=5, verify=False)
    assert (asked, looked_up) == ([], ["other.example.org"])


def test_a_name_that_leads_inside_is_not_connected_to(
    looked_up: list[str], asked: list[tuple[str, str]]
) -> None:
    with outside.session() as session, pytest.raises(outside.AddressRefused):
        session.get(f"https://{NAME}/x", timeout=5)
    assert (asked, looked_up) == ([], [NAME])


def test_one_number_inside_among_public_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (number, 443))
        for number in ("8.8.8.8", "10.0.0.1")
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: found)
    monkeypatch.setattr(socket.socket, "connect", None)
    with outside.session() as session, pytest.raises(outside.AddressRefused):
        session.get(f"https://{NAME}/x", timeout=5)


def test_numbers_are_tried_in_turn_until_one_answers(
    server: int, asked: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        ports = (closed.getsockname()[1], server, closed.getsockname()[1])
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", one)) for one in ports]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: found)
        monkeypatch.setattr(outside, "is_public", lambda _number: True)
        with outside.session() as session:
            session.get(f"https://{NAME}/x", timeout=5)
    assert asked == [(NAME, "/x")]


def test_an_answer_that_leads_elsewhere_is_the_answer(
    looked_up: list[str], asked: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outside, "is_public", lambda _number: True)
    with outside.session() as session:
        answer = session.get(f"https://{NAME}/elsewhere", timeout=5)
    assert answer.status_code == 302
    assert asked == [(NAME, "/elsewhere")]


def test_only_the_beginning_of_a_long_answer_is_read(
    looked_up: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outside, "is_public", lambda _number: True)
    with outside.session() as session:
        answer = session.get(f"https://{NAME}/long", timeout=5)
    assert answer.content == b"x" * outside.LONGEST_ANSWER


def test_a_proxy_of_the_environment_is_not_asked(
    looked_up: list[str], asked: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://10.0.0.1:3128")
    monkeypatch.setattr(outside, "is_public", lambda _number: True)
    with outside.session() as session:
        session.get(f"https://{NAME}/x", timeout=5)
    assert asked == [(NAME, "/x")]


def test_a_session_judges_what_it_is_given(looked_up: list[str]) -> None:
    with outside.session() as session:
        for text in ("https://127.0.0.1\\.push.apple.com/", "http://10.0.0.1/", "https://[::1]/"):
            with pytest.raises(outside.AddressRefused):
                session.post(text, timeout=5)
    assert looked_up == []


def test_passwords_of_this_machine_are_not_sent(
    looked_up: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text(f"machine {NAME} login somebody password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setattr(outside, "is_public", lambda _number: True)
    with outside.session() as session:
        assert session.get(f"https://{NAME}/who", timeout=5).text == "nobody"


def test_servers_of_tests_are_let_through_in_tests_only(settings: Settings) -> None:
    settings.OUTSIDE_TEST_ORIGINS = ["http://127.0.0.1:8001"]
    assert outside.read_address("http://127.0.0.1:8001/x").host == "127.0.0.1"
    with pytest.raises(outside.AddressRefused):
        outside.read_address("http://127.0.0.1:8002/x")
    with pytest.raises(outside.AddressRefused):
        outside.read_address("http://127.0.0.1:8001@10.0.0.1/x")
    settings.GSH_ENV = "demo"
    with pytest.raises(outside.AddressRefused):
        outside.read_address("http://127.0.0.1:8001/x")
    settings.GSH_ENV, settings.PRODUCTION = "test", True
    with pytest.raises(outside.AddressRefused):
        outside.read_address("http://127.0.0.1:8001/x")
