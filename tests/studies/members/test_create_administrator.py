"""``create_administrator``: the first person, made on the server."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from studies.access.models import User
from studies.record.models import AuditEvent

pytestmark = pytest.mark.django_db


def test_the_first_administrator_is_made_on_the_server(client: Client) -> None:
    said = StringIO()
    call_command("create_administrator", "root@example.org", "Root", stdout=said)
    root = User.objects.get()
    assert root.is_superuser
    assert not root.has_usable_password()
    link = said.getvalue().splitlines()[-1]
    path = link.removeprefix("http://127.0.0.1:8000")
    assert "Set a password" in client.get(path, follow=True).content.decode()
    assert AuditEvent.objects.get().source == "command"
    with pytest.raises(CommandError, match="already exists"):
        call_command("create_administrator", "Root@example.org", "Root")
