"""``create_administrator``: the first person, made on the server."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from studies.access.models import User
from studies.members.services.people import create_person, give_new_link
from studies.platform.actors import SYSTEM
from studies.platform.errors import NotAllowed
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
    with pytest.raises(CommandError, match=r"already exists.*--new-link"):
        call_command("create_administrator", "Root@example.org", "Root")


def said_by(*words: str) -> str:
    said = StringIO()
    call_command("create_administrator", *words, stdout=said)
    return said.getvalue()


def test_one_who_lost_link_or_password_gets_a_new_link(client: Client) -> None:
    said_by("root@example.org", "Root")
    root = User.objects.get()
    root.set_password("forgotten by now, quite")
    root.save()
    path = said_by("Root@example.org", "--new-link").splitlines()[-1].split(":8000")[1]
    assert 'name="password1"' in client.get(path, follow=True).content.decode()
    form = {"password1": "seven quiet herons at dusk", "password2": "seven quiet herons at dusk"}
    client.post(client.get(path, follow=True).request["PATH_INFO"], form)
    root.refresh_from_db()
    assert root.check_password("seven quiet herons at dusk")
    used = client.get(path, follow=True).content.decode()
    assert 'name="password1"' not in used, "it works once"
    event = AuditEvent.objects.get(action="person.new_link")
    assert event.source == "command"


def test_a_new_link_is_for_administrators_and_from_the_server_only() -> None:
    with pytest.raises(CommandError, match="Nobody has the address"):
        said_by("nobody@example.org", "--new-link")
    dewi = create_person(email="dewi@example.org", name="Dewi", by=SYSTEM)
    with pytest.raises(CommandError, match="is no administrator"):
        said_by("dewi@example.org", "--new-link")
    said_by("root@example.org", "Root")
    root = User.objects.get(email="root@example.org")
    with pytest.raises(NotAllowed):
        give_new_link(email=root.email, by=dewi)
    with pytest.raises(NotAllowed):
        give_new_link(email=root.email, by=root)
    User.objects.filter(pk=root.pk).update(is_active=False)
    with pytest.raises(CommandError, match="account was closed"):
        said_by("root@example.org", "--new-link")
    assert not AuditEvent.objects.filter(action="person.new_link").exists()
