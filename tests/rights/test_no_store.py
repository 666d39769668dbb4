"""No page of anybody's is kept by a browser or a proxy, whoever made it and however it ends."""

import time_machine
from django.test import Client

from tests.conftest import Team
from tests.factories import NOW
from tests.participants.phone import make_phone
from tests.rights.test_matrix import LINES, PARTICIPANTS_OWN
from tests.rights.world import Visitor, address, build, routes
from tests.studies.members.accounts import LOGIN

# The same for everybody: nothing of a person is in them.
KEPT = {
    "my:engine": "no-cache",
    "my:form_engine": "no-cache",
    "my:worker": "no-cache",
    "my:manifest": "max-age=3600",
}


def _kept(client: Client, paths: list[str], headers: dict[str, str]) -> list[str]:
    kept = []
    for path in paths:
        answer = client.get(path, headers=headers)
        answer.close()
        said = answer.headers.get("Cache-Control", "")
        if "no-store" not in said or "private" not in said:
            kept.append(f"{path}: {answer.status_code} {said!r}")
    return kept


def test_no_staff_page_is_kept(team: Team) -> None:
    world = build(team)
    patterns = routes()
    paths = [address(world, one.name, patterns[one.name]) for one in LINES if one.method == "GET"]
    paths += ["/accounts/2fa/", "/studies/MEL-8/nothing/", "/nowhere/", "/api/v1/nothing/"]
    for person in (team.amina, team.dewi):
        visitor = Visitor(person)
        assert _kept(visitor.client, paths, visitor.headers) == []
    assert _kept(Client(), [LOGIN, *paths], {}) == []


@time_machine.travel(NOW, tick=False)
def test_no_page_of_a_participants_is_kept_outside_the_worker(team: Team) -> None:
    phone = make_phone(team.sg01)
    patterns = routes()
    own = PARTICIPANTS_OWN - {"my:consent"}  # a file, which tests/participants/consent asks for
    plain = [f"/{patterns[name]}" for name in own if "<" not in patterns[name]]
    assert len(plain) > 15
    assert _kept(phone.client, sorted(plain), {}) == []
    for name, said in KEPT.items():
        if "<" not in patterns[name]:
            assert phone.client.get(f"/{patterns[name]}")["Cache-Control"] == said
