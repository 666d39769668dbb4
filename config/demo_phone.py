"""``PHONE=1 make demo``: the demo reachable from a real phone in the same network, over HTTPS.

Browsers give a page its camera, its encrypted store and its service worker only over HTTPS (or on
the machine itself). The certificate is made here and signed by nobody, so the phone warns once.
"""

import ipaddress
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import segno
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAYS = 30


def lan_address() -> str:
    """This machine's address in its network; 127.0.0.1 when it has none. Sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # TEST-NET-1 (RFC 5737): only the route is looked up
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


def certificate(folder: Path, address: str) -> tuple[Path, Path]:
    """A self-signed certificate for ``address``, thirty days, and its key, as PEM files."""
    folder.mkdir(parents=True, exist_ok=True)
    cert_file, key_file = folder / f"{address}.crt", folder / f"{address}.key"
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Global Skin Health demo")])
    now = datetime.now(UTC)
    names = [x509.IPAddress(ipaddress.ip_address(address)), x509.DNSName("localhost")]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=DAYS))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    key_file.touch(mode=0o600)
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    cert_file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return cert_file, key_file


def show_code(link: str) -> None:
    """Draw ``link`` as a QR code in the terminal."""
    segno.make(link, error="l").terminal(compact=True)
