"""What the tests of the staff's pages start from: who opens them, and what they show."""

from collections.abc import Callable

from django.test import Client

from studies.access.models import User

SignIn = Callable[[User], Client]
PROTOCOL = "/studies/MEL-8/protocol/"


def text(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, (path, response.status_code)
    return response.content.decode()
