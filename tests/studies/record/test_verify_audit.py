"""``verify_audit``: the heads of a whole record, and the breaks of another."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from studies.platform.actors import SYSTEM
from studies.record.models import AuditEvent
from studies.record.services import record
from tests.conftest import Team

pytestmark = pytest.mark.django_db


def act(action: str = "photo.receive", participant: str = "SG01-0007", **values: object) -> None:
    record(
        by=values.pop("by", SYSTEM),
        action=action,
        study="MEL-8",
        site=values.pop("site", "SG01"),
        participant=participant,
        **values,
    )


def test_verify_audit_prints_the_heads_and_is_content(team: Team) -> None:
    act()
    said = StringIO()
    call_command("verify_audit", stdout=said)
    head = AuditEvent.objects.get().hash
    assert f"MEL-8: 1 events, head {head}" in said.getvalue()
    assert "whole" in said.getvalue()


def test_verify_audit_lists_breaks_and_exits_with_1(team: Team) -> None:
    for _ in range(3):
        act()
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER audit_event_no_update")
        else:
            cursor.execute("DROP TRIGGER audit_event_append_only ON studies_auditevent")
        cursor.execute("UPDATE studies_auditevent SET reason = 'nicer' WHERE sequence = 2")
    said, cried = StringIO(), StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("verify_audit", stdout=said, stderr=cried)
    assert ended.value.code == 1
    assert "MEL-8 row 2: was changed after it was written" in cried.getvalue()
