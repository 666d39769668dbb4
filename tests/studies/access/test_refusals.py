"""A refusal says in words what somebody may not do, and who may: no code of a right."""

import pytest
from django.test import Client

from studies.access.permissions import ACTS, TITLES, Permission, Role, roles_with
from studies.platform.errors import NotAllowed
from studies.protocol.services.rights import require
from tests.conftest import Team


@pytest.mark.parametrize("permission", Permission)
def test_every_right_has_words_and_roles(team: Team, permission: Permission) -> None:
    with pytest.raises(NotAllowed) as refused:
        require(team.farid, permission, study=team.study, site=team.sg01)
    told = refused.value.message
    assert told.startswith(f"You may not {ACTS[permission]} at site SG01")
    assert "“" not in told
    assert all(TITLES[Role(role)] in told for role in roles_with(permission))
    if "." in permission.value:
        assert permission.value not in told


def test_pages_and_the_api_say_the_same(team: Team) -> None:
    browser = Client()
    browser.force_login(team.amina)
    words = "You may not export data in study MEL-8"
    assert words in browser.get("/studies/MEL-8/export/").content.decode()
    assert words in browser.get("/api/v1/studies/MEL-8/export/long.csv").json()["detail"]
