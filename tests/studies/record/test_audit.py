"""The audit trail: whole, in order, never changed, and able to forget a person."""

import json
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, timedelta, timezone
from typing import Any

import pytest
from django.db import Error, connection, transaction
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from studies.platform.actors import SYSTEM, acting_from
from studies.record import formats
from studies.record.models import AuditEvent, AuditHead, Legible, RecordKey, open_all
from studies.record.services import forget, record, reseal_keys, together
from studies.record.services.chains import key_of, make_key
from studies.record.services.proof import ends, find_breaks

pytestmark = pytest.mark.django_db
TOLD = "moved to Penang"


def about(participant: str = "SG01-0007", **values: object) -> AuditEvent:
    given = {"new": {"year_of_birth": 1987}, "reason": TOLD, **values}
    return record(
        by=SYSTEM, action="participant.edit", study="MEL-8", participant=participant, **given
    )


def problems() -> list[str]:
    return [found.problem for found in find_breaks()]


def without_triggers(*statements: str) -> None:
    """Change the record as somebody would who owns the database."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER IF EXISTS audit_event_no_update")
            cursor.execute("DROP TRIGGER IF EXISTS audit_event_no_delete")
        else:
            cursor.execute("DROP TRIGGER audit_event_append_only ON studies_auditevent")
        for statement in statements:
            cursor.execute(statement)


# --- Chains ------------------------------------------------------------------------------------


def test_events_of_a_study_are_numbered_and_chained() -> None:
    first = record(by=SYSTEM, action="study.create", study="MEL-8")
    second = record(by=SYSTEM, action="study.edit", study="MEL-8")
    elsewhere = record(by=SYSTEM, action="study.create", study="FEAS-2")
    assert (first.sequence, second.sequence, elsewhere.sequence) == (1, 2, 1)
    assert second.previous_hash == first.hash
    assert problems() == []


def test_what_is_written_while_it_is_proved_is_no_break(monkeypatch: pytest.MonkeyPatch) -> None:
    about()

    def somebody_writes(head: AuditHead) -> object:
        about()  # the heads were read before
        return key_of(head)

    monkeypatch.setattr("studies.record.services.proof.key_of", somebody_writes)
    assert problems() == []
    assert AuditEvent.objects.count() == 2


def test_a_row_behind_the_head_is_a_break() -> None:
    about()
    head = AuditHead.objects.get(chain="MEL-8")
    about()
    AuditHead.objects.filter(pk=head.pk).update(sequence=1, hash=head.hash, mac=head.mac)
    assert "rows are missing at the end" in problems()


def test_what_follows_rows_that_were_proved_is_proved_alone() -> None:
    about()
    proved = ends()
    about()
    assert list(find_breaks(after=proved)) == []
    without_triggers("UPDATE studies_auditevent SET source = 'x' WHERE sequence = 1")
    assert list(find_breaks(after=proved)) == []
    without_triggers("UPDATE studies_auditevent SET source = 'x' WHERE sequence = 2")
    assert [found.sequence for found in find_breaks(after=proved)] == [2]
    assert [found.sequence for found in find_breaks()] == [1, 2]


def test_an_event_says_where_it_came_from() -> None:
    with acting_from("api", "203.0.113.7"):
        event = record(by=SYSTEM, action="study.edit", study="MEL-8")
    assert (event.source, event.address) == ("api", "203.0.113.7")


@pytest.mark.parametrize("statement", ["UPDATE {t} SET reason = 'x'", "DELETE FROM {t}"])
def test_the_database_itself_refuses_to_change_an_event(statement: str) -> None:
    record(by=SYSTEM, action="study.edit", study="MEL-8")
    query = statement.format(t=AuditEvent._meta.db_table)
    with (
        pytest.raises(Error, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(query)
    assert AuditEvent.objects.count() == 1


@pytest.mark.parametrize(
    ("tampering", "problem"),
    [
        ("UPDATE studies_auditevent SET reason = 'nicer' WHERE sequence = 2", "was changed"),
        ("UPDATE studies_auditevent SET sealed = 'x' WHERE sequence = 2", "was changed"),
        ("UPDATE studies_auditevent SET format = 9 WHERE sequence = 2", "of format 9"),
        ("UPDATE studies_auditevent SET format = 1 WHERE sequence = 2", "of another format"),
        ("DELETE FROM studies_auditevent WHERE sequence = 2", "row 2 is missing"),
        ("DELETE FROM studies_auditevent WHERE sequence = 3", "missing at the end"),
        ("UPDATE studies_auditevent SET sequence = 9 WHERE sequence = 2", "row 2 is missing"),
        ("DELETE FROM studies_audithead", "the head of this chain is missing"),
        ("UPDATE studies_audithead SET sealed_key = ''", "its key is missing"),
        ("UPDATE studies_audithead SET mac = ''", "was not written by the product"),
        ("DELETE FROM studies_recordkey", "the key to what is told of SG01-0007 is missing"),
        ("UPDATE studies_recordkey SET sealed = ''", "was removed, not forgotten"),
    ],
)
def test_a_tampered_record_is_found(tampering: str, problem: str) -> None:
    for _ in range(3):
        about()
    assert problems() == []
    without_triggers(tampering)
    assert any(problem in found for found in problems())


def rehash(event: AuditEvent, previous: str, key: bytes) -> str:
    """Make the event pass as one that follows ``previous``; its new hash."""
    event.previous_hash = previous
    made = event.content_hash(key)
    AuditEvent.objects.filter(pk=event.pk).update(
        reason=event.reason, previous_hash=previous, format=event.format, hash=made
    )
    return made


def rewrite(key: bytes, *, written_in: int = formats.CURRENT) -> None:
    """Change the last two of three events, and all hashes after them, and the head."""
    without_triggers()
    previous = AuditEvent.objects.get(sequence=1).hash
    for sequence in (2, 3):
        event = AuditEvent.objects.get(sequence=sequence)
        event.reason, event.format = "nicer", written_in
        previous = rehash(event, previous, key)
    AuditHead.objects.update(hash=previous)


@pytest.mark.parametrize("written_in", [formats.SEALED, formats.PLAIN])
def test_a_tail_rewritten_without_the_key_is_found(written_in: int) -> None:
    for _ in range(3):
        record(by=SYSTEM, action="study.edit", study="MEL-8", reason="as it was")
    rewrite(b"guessed", written_in=written_in)
    assert any("was changed" in found or "another format" in found for found in problems())


def test_a_chain_cut_short_with_its_head_put_back_is_found() -> None:
    kept = record(by=SYSTEM, action="study.create", study="MEL-8")
    record(by=SYSTEM, action="study.edit", study="MEL-8")
    without_triggers("DELETE FROM studies_auditevent WHERE sequence = 2")
    AuditHead.objects.update(sequence=1, hash=kept.hash)
    assert problems() == ["the head of this chain was not written by the product"]


def test_the_key_of_another_chain_does_not_serve() -> None:
    record(by=SYSTEM, action="study.create", study="MEL-8")
    record(by=SYSTEM, action="study.create", study="FEAS-2")
    other = bytes(AuditHead.objects.get(chain="FEAS-2").sealed_key)
    AuditHead.objects.filter(chain="MEL-8").update(sealed_key=other)
    assert any("its key is missing" in found for found in problems())


def test_what_was_written_in_the_first_format_is_proved_by_its_own_list() -> None:
    """Rows from before keys: plain SHA-256, up to the row the chain's key counts from."""
    first = record(by=SYSTEM, action="study.create", study="MEL-8", reason="plain")
    without_triggers()
    first.format = formats.PLAIN
    made = rehash(first, first.previous_hash, b"")
    AuditHead.objects.update(hash=made, sealed_key=make_key("MEL-8", since=2), mac="")
    assert problems() == []
    record(by=SYSTEM, action="study.edit", study="MEL-8")
    assert problems() == []
    AuditEvent.objects.filter(sequence=1).update(reason="nicer")
    assert problems() == ["was changed after it was written"]


def test_the_lists_of_fields_are_frozen() -> None:
    """What a format covers never changes: a new column goes into a new format, or into none."""
    first = (
        "action actor_id actor_kind actor_label address at chain new object_id object_type old "
        "participant_code previous_hash reason sequence site_code source study_code"
    )
    assert {name: " ".join(fields) for name, fields in formats.FIELDS.items()} == {
        1: first,
        2: f"{first} format sealed",
    }
    covered = {*formats.FIELDS[formats.CURRENT], "id", "hash"}
    assert {field.name for field in AuditEvent._meta.concrete_fields} == covered


TEXTS = st.text(alphabet=st.characters(codec="utf-8"))
VALUES = st.none() | st.dictionaries(TEXTS, st.none() | st.booleans() | st.floats(-9, 9) | TEXTS)
ZONES = st.sampled_from([UTC, timezone(timedelta(hours=8)), timezone(-timedelta(hours=3))])
FIELD = {
    "at": st.datetimes(timezones=ZONES),
    "sealed": st.binary() | st.binary().map(memoryview),
    "old": VALUES,
    "new": VALUES,
    "sequence": st.integers(1, 2**60),
    "format": st.integers(1, 2),
}


@given(st.fixed_dictionaries({n: FIELD.get(n, TEXTS) for n in formats.FIELDS[formats.SEALED]}))
@pytest.mark.parametrize("written_in", [formats.PLAIN, formats.SEALED])
def test_what_is_hashed_is_canonical_json(written_in: int, values: dict[str, Any]) -> None:
    """Whatever a field holds: the hashes of rows written years ago must come out again."""
    plain = {name: values[name] for name in formats.FIELDS[written_in]}
    plain["at"] = plain["at"].astimezone(UTC).isoformat()
    if "sealed" in plain:
        plain["sealed"] = b64encode(plain["sealed"]).decode()
    expected = json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert formats.canonical(values, written_in=written_in) == expected.encode()


def test_an_event_is_gone_when_its_act_is_rolled_back() -> None:
    def fail_after_recording() -> None:
        with transaction.atomic():
            record(by=SYSTEM, action="study.create", study="MEL-8")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_after_recording()
    assert not AuditEvent.objects.exists()
    assert not AuditHead.objects.exists()


# --- Forgetting --------------------------------------------------------------------------------


class Somebody:
    """A participant who acts themselves."""

    actor_kind, actor_id, actor_label = "participant", "7", "SG01-0007"


def as_stored() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM studies_auditevent")
        return repr([[bytes(v) if isinstance(v, memoryview) else v for v in row]
                     for row in cursor.fetchall()])  # fmt: skip


def test_what_is_told_of_a_participant_is_sealed_and_opens_for_who_may_read() -> None:
    with acting_from("web", "203.0.113.7"):
        record(
            by=Somebody(), action="participant.edit", study="MEL-8", participant="SG01-0007",
            old={"year_of_birth": 1986}, new={"year_of_birth": 1987}, reason=TOLD,
        )  # fmt: skip
    for told in ("1986", "1987", "Penang", "203.0.113.7"):
        assert told not in as_stored()
    found = AuditEvent.objects.get().contents
    assert (found.old, found.new) == ({"year_of_birth": 1986}, {"year_of_birth": 1987})
    assert (found.reason, found.address, found.legible) == (TOLD, "203.0.113.7", Legible.YES)


def test_forgetting_one_leaves_the_events_the_others_and_the_chain() -> None:
    about("SG01-0007")
    about("SG01-0008")
    assert forget(study="MEL-8", site="SG01", participant="SG01-0007", by=SYSTEM)
    gone, other, forgotten = open_all(AuditEvent.objects.order_by("sequence"))
    assert (gone.contents.legible, gone.contents.new, gone.contents.reason) == (
        "forgotten",
        None,
        "",
    )
    assert (gone.action, gone.participant_code) == ("participant.edit", "SG01-0007")
    assert other.contents.reason == TOLD
    assert forgotten.action == "record.forget"
    assert problems() == []
    assert not bytes(RecordKey.objects.get(participant_code="SG01-0007").sealed)


def test_forgetting_twice_does_nothing_and_what_follows_stays_open() -> None:
    about()
    assert forget(study="MEL-8", site="SG01", participant="SG01-0007", by=SYSTEM)
    assert not forget(study="MEL-8", site="SG01", participant="SG01-0007", by=SYSTEM)
    after = about(new={"state": "erased"}, reason="")
    assert AuditEvent.objects.get(pk=after.pk).contents.new == {"state": "erased"}
    assert problems() == []


def test_somebody_nothing_was_told_of_is_forgotten_too() -> None:
    assert forget(study="MEL-8", site="SG01", participant="SG01-0009", by=SYSTEM)
    assert about("SG01-0009").sealed == b""
    assert problems() == []


def test_the_key_of_another_participant_opens_nothing() -> None:
    about("SG01-0007")
    about("SG01-0008")
    other = bytes(RecordKey.objects.get(participant_code="SG01-0008").sealed)
    RecordKey.objects.filter(participant_code="SG01-0007").update(sealed=other)
    first = AuditEvent.objects.get(participant_code="SG01-0007")
    assert first.contents.legible == Legible.LOCKED


def test_many_are_opened_with_one_query_for_their_keys(
    django_assert_num_queries: Callable[..., object],
) -> None:
    for number in range(6):
        about(f"SG01-000{number}")
    with django_assert_num_queries(2):
        assert {event.contents.reason for event in open_all(AuditEvent.objects.all())} == {TOLD}


def test_keys_move_to_the_first_identity_key(settings: Settings) -> None:
    about()
    earlier = settings.IDENTITY_KEYS
    fresh = "a fresh identity key that is long enough to seal with"
    settings.IDENTITY_KEYS = [fresh, *earlier]
    assert reseal_keys() == 2
    assert reseal_keys() == 0
    settings.IDENTITY_KEYS = [fresh]
    assert problems() == []
    assert AuditEvent.objects.get().contents.reason == TOLD
    assert key_of(AuditHead.objects.get()).since == 1
    settings.IDENTITY_KEYS = earlier
    assert AuditEvent.objects.get().contents.legible == Legible.LOCKED


class TestTogether:
    """Events of many acts, written at the end: the same chain as one by one."""

    def test_the_chain_is_whole_and_in_order(self) -> None:
        record(by=SYSTEM, action="a.one", study="MEL-8")
        with transaction.atomic(), together("MEL-8"):
            for number in range(3):
                record(
                    by=SYSTEM,
                    action=f"a.{number}",
                    study="MEL-8",
                    participant="SG01-0001",
                    new={"n": number},
                )
            assert AuditEvent.objects.filter(study_code="MEL-8").count() == 1, "not yet"
        record(by=SYSTEM, action="a.last", study="MEL-8")
        told = list(AuditEvent.objects.filter(study_code="MEL-8").order_by("sequence"))
        assert [one.action for one in told] == ["a.one", "a.0", "a.1", "a.2", "a.last"]
        assert told[2].contents.new == {"n": 1}
        assert not problems()

    def test_what_is_undone_leaves_no_event(self) -> None:
        with transaction.atomic(), together("MEL-8") as events:
            record(by=SYSTEM, action="a.kept", study="MEL-8", participant="SG01-0001")
            with suppress(ZeroDivisionError), events.one(), transaction.atomic():
                record(by=SYSTEM, action="a.undone", study="MEL-8", participant="SG01-0002")
                1 / 0  # noqa: B018
            record(by=SYSTEM, action="a.after", study="MEL-8", participant="SG01-0002")
        told = AuditEvent.objects.filter(study_code="MEL-8").order_by("sequence")
        assert [one.action for one in told] == ["a.kept", "a.after"]
        assert not problems()
        with suppress(ZeroDivisionError), transaction.atomic(), together("MEL-8"):
            record(by=SYSTEM, action="a.nothing", study="MEL-8")
            1 / 0  # noqa: B018
        assert not AuditEvent.objects.filter(action="a.nothing").exists()

    def test_another_chain_is_written_as_ever(self) -> None:
        with transaction.atomic(), together("MEL-8"):
            record(by=SYSTEM, action="a.platform")
            assert AuditEvent.objects.filter(action="a.platform").exists()


def test_events_are_held_back_only_within_a_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "in_atomic_block", False)
    with pytest.raises(RuntimeError, match="transaction"), together("MEL-8"):
        pass
