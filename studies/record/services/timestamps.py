"""Time-stamps of anchors (RFC 3161): an authority signs that these bytes existed at that time."""

from pathlib import Path

import requests
from cryptography.x509 import load_pem_x509_certificates
from django.conf import settings
from rfc3161_client import (
    HashAlgorithm,
    PKIStatus,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

SECONDS = 20
GRANTED = {PKIStatus.GRANTED, PKIStatus.GRANTED_WITH_MODS}


class NotStamped(Exception):  # noqa: N818 - it names what it is
    """The time-stamping authority did not answer, or not with a time-stamp of these bytes."""


def stamp(body: bytes) -> bytes:
    """The authority's reply over the SHA-256 of ``body``, as it came (DER).

    Raises:
        NotStamped: no answer, a refusal, or a reply that is not about ``body``.
    """
    asked = TimestampRequestBuilder().data(body).hash_algorithm(HashAlgorithm.SHA256).build()
    try:
        answer = requests.post(
            settings.AUDIT_TIMESTAMP_URL,
            data=asked.as_bytes(),
            headers={"Content-Type": "application/timestamp-query"},
            timeout=SECONDS,
        )
        answer.raise_for_status()
        reply = decode_timestamp_response(answer.content)
    except (requests.RequestException, ValueError) as error:
        raise NotStamped(f"The time-stamping authority did not answer: {error}") from error
    if PKIStatus(reply.status) not in GRANTED:
        raise NotStamped(f"The time-stamping authority refused: {reply.status_string}")
    if reply.tst_info.nonce != asked.nonce:
        raise NotStamped("The reply is to another question.")
    if settings.AUDIT_TIMESTAMP_CERTIFICATE and (problem := problem_of(answer.content, body)):
        raise NotStamped(f"The time-stamp is not to be trusted: {problem}")
    return answer.content


def problem_of(reply: bytes, body: bytes) -> str:
    """What is wrong with a time-stamp of ``body``, or nothing.

    It has to be signed by a certificate that ``AUDIT_TIMESTAMP_CERTIFICATE`` (PEM, the authority's
    roots) vouches for.
    """
    builder = VerifierBuilder()
    pem = Path(settings.AUDIT_TIMESTAMP_CERTIFICATE).read_bytes()
    for certificate in load_pem_x509_certificates(pem):
        builder = builder.add_root_certificate(certificate)
    try:
        builder.build().verify_message(decode_timestamp_response(reply), body)
    except (VerificationError, ValueError) as error:
        return f"does not prove the anchor: {error}"
    return ""
