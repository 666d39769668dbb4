"""Calling servers outside: the one way to an address that a person or a setting gave.

``read_address`` judges an address by a grammar so narrow that every parser reads it alike: https, a
name, a path. ``session`` calls nothing else, judges what is really asked once more, looks the name
up once and connects to what it found, if all of that is public. The certificate is checked against
the name. Redirects, proxies and passwords of the environment are not followed.
"""

import ipaddress
import re
import socket
from dataclasses import dataclass
from typing import Any

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

LONGEST = 2000
# Answers are a few lines; more of one is not read.
LONGEST_ANSWER = 64 * 1024
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = rf"(?:{_LABEL}\.)+[a-z]{{2,63}}"
# RFC 3986: what a path and a query are made of, without whatever needs escaping.
_SIGN = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})"
_PATH = rf"(?:/{_SIGN}*(?:\?(?:{_SIGN}|\?)*)?)?"
_ADDRESS = re.compile(rf"https://(?P<host>{_HOST})(?P<path>{_PATH})")
_TEST_ADDRESS = re.compile(rf"https?://(?P<host>[a-z0-9.-]+):[0-9]{{1,5}}(?P<path>{_PATH})")

# Public by the tables of ``ipaddress``, and yet inside: protocol assignments and some clouds'
# metadata (192.0.0.192), 6to4 relays, Azure's own (168.63.129.16), 6to4 and Teredo.
_INSIDE = tuple(
    ipaddress.ip_network(text)
    for text in (
        "192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32", "2001::/23", "2002::/16",
    )
)  # fmt: skip
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class AddressRefused(ValueError):  # noqa: N818 - it names what it is
    """No server is called at this address; the sentence says why and does not repeat it."""


@dataclass(frozen=True)
class Address:
    """An address outside: ``text`` is used as it stands."""

    text: str
    host: str


def read_address(text: str) -> Address:
    """``text`` as the address of a server outside: ``https://name.example/path``.

    Raises:
        AddressRefused: another scheme, a number instead of a name, a port, a user, a fragment, or
            a sign that parsers read differently.
    """
    if len(text) > LONGEST:
        raise AddressRefused(f"An address has {LONGEST} signs at most.")
    match = _ADDRESS.fullmatch(text)
    if match is None and (local := _TEST_ADDRESS.fullmatch(text)) is not None:
        path = local["path"]
        if text[: len(text) - len(path)] in test_origins():
            match = local
    if match is None:
        raise AddressRefused(
            "An address is https:// with a name and a path, without port, user or unusual signs."
        )
    if len(match["host"]) > 253:
        raise AddressRefused("A name has 253 signs at most.")
    return Address(text, match["host"])


def test_origins() -> list[str]:
    """Servers of the tests on this machine, ``http://127.0.0.1:port``; nowhere else any."""
    origins: list[str] = settings.OUTSIDE_TEST_ORIGINS
    return origins if settings.GSH_ENV == "test" and not settings.PRODUCTION else []


def is_public(number: str) -> bool:
    """Whether an IP address leads to the internet, and not to this host or the network around it.

    Addresses that carry another one are judged by that: mapped ones and NAT64's (RFC 6052).
    """
    try:
        address = ipaddress.ip_address(number)
    except ValueError:
        return False  # with a scope, as fe80::1%eth0
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(str(address.ipv4_mapped))
        if address in _NAT64:
            return is_public(str(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)))
        if address not in _GLOBAL_UNICAST:
            return False
    outside = address.is_global and not address.is_multicast and not address.is_reserved
    return outside and not any(
        address in network for network in _INSIDE if network.version == address.version
    )


def session() -> requests.Session:
    """A session that calls servers outside, and nothing else; close it after use.

    Its requests raise ``AddressRefused`` beside what ``requests`` raises.
    """
    return _Session()


class _Session(requests.Session):
    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False
        self.adapters.clear()
        for scheme in ("https://", "http://"):
            self.mount(scheme, _Adapter())

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Nowhere: an answer that leads elsewhere is an answer like any other."""
        del resp


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        manager: PoolManager = self.poolmanager
        manager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> Any:
        """Raises: AddressRefused, beside what ``HTTPAdapter.send`` raises."""
        del args
        read_address(request.url or "")
        timeout = kwargs.get("timeout")
        answer = super().send(request, stream=True, timeout=timeout, verify=True)
        return _shortened(answer)


def _shortened(answer: requests.Response) -> requests.Response:
    """``answer`` with the beginning of its body, and its connection closed."""
    body = bytearray()
    for piece in answer.iter_content(4096):
        body += piece
        if len(body) >= LONGEST_ANSWER:
            break
    answer.close()
    answer._content = bytes(body[:LONGEST_ANSWER])
    return answer


class _Pinned(HTTPConnection):
    """A connection to one of the addresses that its name has now; the name itself stays."""

    def _new_conn(self) -> socket.socket:
        numbers = self._looked_up()
        for number in numbers[:-1]:
            try:
                return self._connected(number)
            except NewConnectionError:
                continue
        return self._connected(numbers[-1])

    def _looked_up(self) -> list[tuple[Any, Any]]:
        """Family and socket address of each; not empty.

        Raises:
            AddressRefused: one of them is not public.
        """
        scheme = "https" if isinstance(self, HTTPSConnection) else "http"
        try:
            answers = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        local = f"{scheme}://{self.host}:{self.port}" in test_origins()
        if not local and not all(is_public(str(to[0])) for *_rest, to in answers):
            raise AddressRefused("The name leads to an address that is not public.")
        return [(family, to) for family, *_rest, to in answers]

    def _connected(self, number: tuple[Any, Any]) -> socket.socket:
        family, to = number
        made = socket.socket(family, socket.SOCK_STREAM)
        try:
            for option in self.socket_options or ():
                made.setsockopt(*option)
            if isinstance(self.timeout, int | float):
                made.settimeout(self.timeout)
            made.connect(to)
        except OSError as error:
            made.close()
            if isinstance(error, TimeoutError):
                raise ConnectTimeoutError(self, "Connecting took too long.") from error
            raise NewConnectionError(self, "No connection.") from error
        return made


class _SecurePinned(_Pinned, HTTPSConnection):
    """The same under TLS: the certificate has to be the name's."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Pinned


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecurePinned
