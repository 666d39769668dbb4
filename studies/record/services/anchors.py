"""Anchors: copies of the chains' heads outside the database, each naming the one before.

Whoever rewrites the end of a chain, cuts it off or removes it whole would have to do the same to
files that ``AUDIT_ANCHOR_URL`` may put where they cannot: another machine's disk, or a bucket whose
objects are locked. With ``AUDIT_TIMESTAMP_URL`` a time-stamping authority signs that each anchor
existed (RFC 3161), which nobody here can do afterwards.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from django.utils import timezone

from studies.platform.work import Claim
from studies.record.models import AuditHead, RecordAnchor
from studies.record.services import timestamps
from studies.record.services.writing import plan_anchor

FORMAT = 1


class AnchorsUnread(Exception):  # noqa: N818 - it names what it is
    """The anchors cannot be read where ``AUDIT_ANCHOR_URL`` says."""


@dataclass
class Anchored:
    """What the anchors say: chain → row → its hash and when it was anchored."""

    heads: dict[str, dict[int, tuple[str, str]]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    number: int = 0
    latest: str = ""


def anchor(claim: Claim[RecordAnchor]) -> None:
    """Write one anchor and have it time-stamped; the next day's is planned first.

    Done again after a fault it goes on with the file it wrote before.

    Raises:
        timestamps.NotStamped: the authority did not answer as it should; it is asked again.
    """
    row = claim.row
    if row.day is not None:
        plan_anchor()
    if not row.name:
        row.name = _name(timezone.now().astimezone(UTC))
        RecordAnchor.objects.filter(pk=row.pk).update(name=row.name)
    body = _written(row.name)
    if settings.AUDIT_TIMESTAMP_URL and not storage().exists(_stamp_of(row.name)):
        reply = timestamps.stamp(body)
        storage().save(_stamp_of(row.name), ContentFile(reply))
    with claim.completing():
        pass


def storage() -> Storage:
    """Where anchors are kept."""
    return storages["anchors"]


def _name(now: datetime) -> str:
    return f"{now:%Y}/{now:%Y-%m-%dT%H%M%S.%f}Z.json"


def _stamp_of(name: str) -> str:
    return f"{name.removesuffix('.json')}.tsr"


def _written(name: str) -> bytes:
    """The anchor's bytes: those of the file where it is written already."""
    if storage().exists(name):
        return _read(name)
    before = [earlier for earlier in _names() if earlier < name][-1:]
    content = {
        "format": FORMAT,
        "at": timezone.now().astimezone(UTC).isoformat(timespec="seconds"),
        "installation": settings.SITE_URL,
        "heads": {
            head.chain: {"sequence": head.sequence, "hash": head.hash}
            for head in AuditHead.objects.order_by("chain")
        },
        "previous": {earlier: hashlib.sha256(_read(earlier)).hexdigest() for earlier in before},
    }
    body = json.dumps(content, sort_keys=True, indent=1).encode()
    storage().save(name, ContentFile(body))
    return body


def _read(name: str) -> bytes:
    with storage().open(name, "rb") as file:
        return bytes(file.read())


def _names() -> list[str]:
    """All anchors, the earliest first."""
    kept = storage()
    try:
        years = kept.listdir("")[0]
    except FileNotFoundError:
        return []
    return sorted(
        f"{year}/{file}"
        for year in years
        for file in kept.listdir(year)[1]
        if file.endswith(".json")
    )


def number_of_anchors() -> int:
    """How many anchors there are.

    Raises:
        AnchorsUnread: the storage does not answer.
    """
    try:
        return len(_names())
    except Exception as error:  # each kind of storage has its own
        raise AnchorsUnread(f"cannot be read: {type(error).__name__}: {error}") from error


def read_anchors() -> Anchored:
    """Every anchor there is, and what is wrong with them.

    Raises:
        AnchorsUnread: the storage does not answer.
    """
    anchored = Anchored()
    hashes: dict[str, str] = {}
    try:
        for name in _names():
            body = _read(name)
            hashes[name] = hashlib.sha256(body).hexdigest()
            anchored.problems += _take(anchored, name, body, hashes)
    except Exception as error:  # each kind of storage has its own
        raise AnchorsUnread(f"cannot be read: {type(error).__name__}: {error}") from error
    anchored.number = len(hashes)
    return anchored


def _take(anchored: Anchored, name: str, body: bytes, hashes: dict[str, str]) -> Iterator[str]:
    """Take in one anchor; yields what is wrong with it."""
    try:
        content = json.loads(body)
        at, heads, previous = content["at"], content["heads"], content["previous"]
        for chain, head in heads.items():
            rows = anchored.heads.setdefault(chain, {})
            rows.setdefault(int(head["sequence"]), (str(head["hash"]), str(at)))
    except (ValueError, KeyError, TypeError, AttributeError):
        yield f"{name} is not as it was written"
        return
    anchored.latest = str(at)
    for earlier, digest in previous.items():
        if earlier not in hashes:
            yield f"{earlier} is missing: {name} names it"
        elif hashes[earlier] != digest:
            yield f"{earlier} is not as it was written: {name} has another hash of it"
    stamp = _stamp_of(name)
    judged = settings.AUDIT_TIMESTAMP_CERTIFICATE and storage().exists(stamp)
    if judged and (problem := timestamps.problem_of(_read(stamp), body)):
        yield f"{stamp}: {problem}"
