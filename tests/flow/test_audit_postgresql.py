"""The audit trail on PostgreSQL: its triggers refuse, and ``verify_audit`` finds what is broken.

SQLite's are proved in ``tests/studies/record/test_audit.py``.
"""

import psycopg
import pytest

from tests.stack import NewStack, Stack

pytestmark = [pytest.mark.full, pytest.mark.slow]

WRITE = """
from studies.platform.actors import SYSTEM
from studies.record.services import record
for action in ("study.create", "study.edit", "study.activate"):
    record(by=SYSTEM, action=action, study="MEL-8", new={"share": 0.1, "text": "naïve 皮肤"})
"""
# Rows 1 and 2 change places; the unique number needs a place in between.
REORDERED = """
UPDATE studies_auditevent SET sequence = 99 WHERE sequence = 1;
UPDATE studies_auditevent SET sequence = 1 WHERE sequence = 2;
UPDATE studies_auditevent SET sequence = 2 WHERE sequence = 99
"""


def run_sql(stack: Stack, statements: str) -> None:
    with psycopg.connect(stack.settings["DATABASE_URL"]) as connection:
        connection.execute(statements)  # type: ignore[call-overload]


def verify(stack: Stack) -> tuple[int, str]:
    done = stack.manage("verify_audit", check=False)
    return done.returncode, done.stdout + done.stderr


def test_postgresql_refuses_changes_and_the_chain_shows_those_made_past_it(
    new_stack: NewStack,
) -> None:
    stack = new_stack("full")
    stack.manage("shell", "-v", "0", "-c", WRITE)
    for statement in (
        "UPDATE studies_auditevent SET reason = 'nicer'",
        "DELETE FROM studies_auditevent",
        "TRUNCATE studies_auditevent",
    ):
        with pytest.raises(psycopg.Error, match="append-only"):
            run_sql(stack, statement)
    assert stack.sql("SELECT count(*) FROM studies_auditevent") == [(3,)]
    assert verify(stack)[0] == 0

    # Somebody with the keys to the database takes the triggers away.
    run_sql(stack, "ALTER TABLE studies_auditevent DISABLE TRIGGER USER")
    run_sql(stack, "CREATE TABLE kept AS TABLE studies_auditevent")
    for tampering, told in (
        (
            """UPDATE studies_auditevent SET new = '{"share": 0.2}' WHERE sequence = 2""",
            "was changed",
        ),
        ("DELETE FROM studies_auditevent WHERE sequence = 2", "row 2 is missing"),
        ("DELETE FROM studies_auditevent WHERE sequence = 3", "missing at the end"),
        (REORDERED, "does not follow the row before it"),
    ):
        run_sql(stack, tampering)
        status, said = verify(stack)
        assert status == 1, tampering
        assert told in said
        run_sql(stack, "DELETE FROM studies_auditevent")
        run_sql(stack, "INSERT INTO studies_auditevent SELECT * FROM kept")
    assert verify(stack)[0] == 0
