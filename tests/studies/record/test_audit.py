"""The audit trail: whole, in order, and never changed."""

import pytest
from django.db import Error, connection, transaction

from studies.platform.actors import SYSTEM, acting_from
from studies.record.models import AuditEvent, AuditHead
from studies.record.services import find_breaks, record

pytestmark = pytest.mark.django_db


def test_events_of_a_study_are_numbered_and_chained() -> None:
    first = record(by=SYSTEM, action="study.create", study="MEL-8")
    second = record(by=SYSTEM, action="study.edit", study="MEL-8")
    elsewhere = record(by=SYSTEM, action="study.create", study="FEAS-2")
    assert (first.sequence, second.sequence, elsewhere.sequence) == (1, 2, 1)
    assert second.previous_hash == first.hash
    assert list(find_breaks()) == []


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


def _without_triggers(statement: str) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER audit_event_no_update")
            cursor.execute("DROP TRIGGER audit_event_no_delete")
        else:
            cursor.execute("DROP TRIGGER audit_event_append_only ON studies_auditevent")
        cursor.execute(statement)


@pytest.mark.parametrize(
    ("tampering", "problem"),
    [
        ("UPDATE studies_auditevent SET reason = 'nicer' WHERE sequence = 2", "was changed"),
        ("DELETE FROM studies_auditevent WHERE sequence = 2", "row 2 is missing"),
        ("DELETE FROM studies_auditevent WHERE sequence = 3", "missing at the end"),
        ("UPDATE studies_auditevent SET sequence = 9 WHERE sequence = 2", "row 2 is missing"),
    ],
)
def test_a_tampered_record_is_found(tampering: str, problem: str) -> None:
    for action in ("study.create", "study.edit", "study.activate"):
        record(by=SYSTEM, action=action, study="MEL-8")
    _without_triggers(tampering)
    assert any(problem in found.problem for found in find_breaks())


def test_an_event_is_gone_when_its_act_is_rolled_back() -> None:
    def fail_after_recording() -> None:
        with transaction.atomic():
            record(by=SYSTEM, action="study.create", study="MEL-8")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_after_recording()
    assert not AuditEvent.objects.exists()
    assert not AuditHead.objects.exists()
