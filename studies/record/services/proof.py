"""Proving the audit trail whole: against itself, and against its anchors outside the database."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from cryptography.fernet import InvalidToken
from django.db.models import Max, Q

from studies.record import formats
from studies.record.models import GENESIS, AuditEvent, AuditHead, RecordKey
from studies.record.services.anchors import Anchored, AnchorsUnread, read_anchors
from studies.record.services.chains import ChainKey, key_of

ANCHORS = "anchors"
_COLUMNS = sorted({name for fields in formats.FIELDS.values() for name in fields} | {"hash"})


@dataclass(frozen=True)
class Break:
    """A place where the record is not what was written."""

    chain: str
    sequence: int
    problem: str


class End(NamedTuple):
    """The last row of a chain: its number and hash."""

    sequence: int
    hash: str


Ends = Mapping[str, End]


def ends() -> Ends:
    """The end of every chain, as its head has it."""
    return {head.chain: End(head.sequence, head.hash) for head in AuditHead.objects.all()}


def find_breaks(*, after: Ends | None = None, kept: Anchored | None = None) -> Iterator[Break]:
    """Every edited, removed, added, reordered or rewritten row, chain by chain.

    With ``after`` only what follows these rows, for whoever proved all before and knows that it has
    not changed since (a move). ``kept`` are the anchors, where they were read already. Memory stays
    constant but for the anchors' heads.
    """
    if kept is None:
        try:
            kept = read_anchors()
        except AnchorsUnread as error:
            yield Break(ANCHORS, 0, str(error))
            kept = Anchored()
    for problem in kept.problems:
        yield Break(ANCHORS, 0, problem)
    heads = {head.chain: head for head in AuditHead.objects.order_by("chain")}
    proved = after or {}
    for chain, head in heads.items():
        anchored = kept.heads.get(chain, {})
        yield from _in_chain(head, anchored, proved.get(chain, End(0, GENESIS)))
    if after:
        known = set(after)
    else:
        rows = AuditEvent.objects.order_by("chain").values_list("chain", flat=True).distinct()
        known = set(rows)
    for chain in sorted((known | set(kept.heads)) - heads.keys()):
        yield Break(chain, 0, "the head of this chain is missing")


def _in_chain(
    head: AuditHead, anchored: dict[int, tuple[str, str]], proved: End
) -> Iterator[Break]:
    """Breaks of one chain after its row ``proved``; ``anchored`` is row → hash and time."""
    chain = head.chain
    try:
        key = key_of(head)
    except (InvalidToken, TypeError, ValueError):
        yield Break(chain, head.sequence, "its key is missing or not one that today's keys open")
        return
    expected, previous = proved.sequence + 1, proved.hash
    sealed_for: set[tuple[str, str]] = set()
    yield from _anchored_before(chain, anchored, proved)
    # Up to the head as it was read: people go on writing meanwhile.
    some = Q(sequence__gt=proved.sequence, sequence__lte=head.sequence)
    rows = AuditEvent.objects.filter(some, chain=chain).order_by("sequence").values(*_COLUMNS)
    for row in rows.iterator(chunk_size=1000):
        sequence = row["sequence"]
        if sequence != expected:
            yield Break(chain, expected, f"row {expected} is missing")
        elif row["previous_hash"] != previous:
            yield Break(chain, sequence, "does not follow the row before it")
        if problem := _wrong(row, key):
            yield Break(chain, sequence, problem)
        if sequence in anchored and anchored[sequence][0] != row["hash"]:
            when = anchored[sequence][1]
            yield Break(chain, sequence, f"is not the row that was anchored on {when}")
        if row["sealed"]:
            sealed_for.add((row["study_code"], row["participant_code"]))
        expected, previous = sequence + 1, row["hash"]
    yield from _at_the_end(head, key, expected - 1, previous, anchored)
    yield from _keys_missing(chain, sealed_for)


def _anchored_before(
    chain: str, anchored: dict[int, tuple[str, str]], proved: End
) -> Iterator[Break]:
    """Rows up to ``proved`` that are not those that were anchored."""
    wanted = [sequence for sequence in anchored if sequence <= proved.sequence]
    if not wanted:
        return
    found = dict(
        AuditEvent.objects.filter(chain=chain, sequence__in=wanted).values_list("sequence", "hash")
    )
    for sequence in wanted:
        digest, when = anchored[sequence]
        if found.get(sequence) != digest:
            yield Break(chain, sequence, f"is not the row that was anchored on {when}")


def _wrong(row: dict[str, object], key: ChainKey) -> str:
    """What is wrong with a row by itself, or nothing."""
    written_in, sequence = row["format"], row["sequence"]
    if written_in not in formats.FIELDS:
        return f"is of format {written_in}, which this version does not know"
    if (written_in == formats.PLAIN) != (sequence < key.since):  # type: ignore[operator]
        return "is of another format than rows of its time"
    made = formats.digest(row, written_in=int(str(written_in)), key=key.secret)
    return "" if made == row["hash"] else "was changed after it was written"


def _at_the_end(
    head: AuditHead, key: ChainKey, last: int, newest: str, anchored: dict[int, tuple[str, str]]
) -> Iterator[Break]:
    chain = head.chain
    if (head.sequence, head.hash) != (last, newest) or _is_behind_its_rows(chain):
        yield Break(chain, head.sequence, "rows are missing at the end")
    mac = formats.head_mac(chain=chain, sequence=head.sequence, newest=head.hash, key=key.secret)
    if head.mac != mac and head.sequence >= key.since:
        yield Break(chain, head.sequence, "the head of this chain was not written by the product")
    if later := [sequence for sequence in anchored if sequence > last]:
        when = anchored[max(later)][1]
        yield Break(chain, max(later), f"was there on {when}, when it was anchored, and is gone")


def _is_behind_its_rows(chain: str) -> bool:
    """Whether rows follow the head, which is written with each row; asked after the rows are."""
    newest = AuditEvent.objects.filter(chain=chain).aggregate(newest=Max("sequence"))["newest"]
    head = AuditHead.objects.filter(chain=chain).first()
    return head is not None and (newest or 0) > head.sequence


def _keys_missing(chain: str, sealed_for: set[tuple[str, str]]) -> Iterator[Break]:
    """A key that was removed makes rows unreadable; one that was destroyed has its event."""
    studies = {study for study, _ in sealed_for}
    rows = RecordKey.objects.filter(study_code__in=studies)
    missing = {
        (key.study_code, key.participant_code): bool(key.sealed)
        for key in rows.iterator(chunk_size=1000)
    }
    forgotten = set(
        AuditEvent.objects.filter(chain=chain, action="record.forget").values_list(
            "study_code", "participant_code"
        )
    )
    for who in sorted(sealed_for):
        if who not in missing:
            yield Break(chain, 0, f"the key to what is told of {who[1]} is missing")
        elif not missing[who] and who not in forgotten:
            yield Break(chain, 0, f"the key to what is told of {who[1]} was removed, not forgotten")
