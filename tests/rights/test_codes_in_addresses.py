"""Whatever a code is, no address breaks: rows made before today's rules still open."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve, reverse
from hypothesis import given
from hypothesis import strategies as st

from inference.packages.models import ModelPackage
from participants.people.models import Participant
from participants.people.services import invitations
from studies.platform.addresses import RESERVED, CodeConverter, attachment, file_name
from studies.protocol.models import Arm, EligibilityCriterion, Site, Study, VisitDefinition
from tests.conftest import Team
from tests.factories import NOW
from tests.rights.world import World, build, routes

# What addresses, markup and scripts take for something of their own, and what only a whole code is.
ODD = ['a/b//?#50%2F-\n "<b>&;ＭЕ\u202eL\\b', "..", "add", ""]
# Parts of addresses that are words of ours, numbers or secrets, and never what somebody made up.
OURS = {"view", "variant", "kind", "act", "wish", "file", "figure", "size", "token", "key"}
NUMBERS = {"int", "uuid"}


def patterns(found: Any = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in found or get_resolver().url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern.url_patterns, path)
        elif not path.startswith("accounts/"):
            yield path, pattern


def test_every_part_of_an_address_that_is_a_code_is_read_as_one() -> None:
    loose = [
        path
        for path, _pattern in patterns()
        for converter, name in re.findall(r"<(?:(\w+):)?(\w+)>", path)
        if converter not in {*NUMBERS, "code"} and name not in OURS
    ]
    assert loose == []


def test_no_word_of_ours_stands_where_a_code_stands() -> None:
    """…/arms/add/ would hide the arm “add”: such words are reserved, and quoted when a code."""
    routes_of_ours = [path for path, _pattern in patterns()]
    hidden = set()
    for path in routes_of_ours:
        for found in re.finditer(r"<code:\w+>", path):
            before = path[: found.start()]
            for other in routes_of_ours:
                word = other.removeprefix(before).split("/")[0]
                if other.startswith(before) and word and "<" not in word and "$" not in word:
                    hidden.add(word)
    assert "add" in hidden
    assert hidden <= RESERVED


@given(st.text(st.characters(exclude_characters="\x00", exclude_categories=("Cs",))))
def test_an_address_names_the_code_it_was_made_of(code: str) -> None:
    address = reverse("studies:protocol", args=[code])
    assert re.fullmatch(r"/studies/[^/?#\\\s]+/protocol/", address)
    assert urlsplit(f"https://example.org{address}").path == address
    part = address.split("/")[2]
    assert unquote(part) not in {".", ".."}, "browsers take these for folders, quoted as well"
    assert resolve(unquote(address)).kwargs == {"study": code}, "servers hand it over unquoted"


@pytest.mark.parametrize("code", ["MEL-8", "SG01-0007", "day-7", "melasma_diagnosed", "zh-hans"])
def test_a_usual_code_stands_as_it_is(code: str) -> None:
    assert CodeConverter().to_url(code) == code


def test_a_character_that_no_database_keeps_is_an_unknown_address(team: Team) -> None:
    client = Client()
    client.force_login(team.dewi)
    for address in ("/studies/%00/protocol/", "/studies/MEL-8/protocol/arms/%2500/"):
        assert client.get(address).status_code == 404


@given(st.text())
def test_a_file_is_named_for_one_folder_and_one_line(code: str) -> None:
    name = file_name(f"{code}-long.csv")
    assert not set('/\\:*?"<>|\r\n\x00') & set(name)
    assert not name.startswith((".", " "))
    assert name.endswith("-long.csv")
    assert not set("\r\n") & set(attachment(f"{code}-long.csv"))


ROWS = {
    Study: {"code": "MEL-8"},
    Site: {"code": "SG01"},
    Arm: {"code": "SUN"},
    VisitDefinition: {"code": "baseline"},
    EligibilityCriterion: {"code": "adult"},
    Participant: {"code": "SG01-0001"},
    ModelPackage: {},
}


def rename(world: World, code: str) -> None:
    """Give every row of the world that has a code this one, past every rule."""
    for model, which in ROWS.items():
        rows: Any = model._default_manager.filter(**which)
        assert rows.update(**({"name": code, "version": code} if not which else {"code": code}))
    world.participant.refresh_from_db()


def addresses(world: World, code: str) -> Iterator[tuple[str, str]]:
    """Name and address of every page, file and answer about the world; participants' included."""
    names = {**dict.fromkeys(["study", "visit"], code)}
    mine = {"view": "front"}
    for name, pattern in sorted(routes().items()):
        values = {**world.arguments(name, pattern), **mine}
        values = {key: value for key, value in values.items() if f":{key}>" in pattern}
        coded = {key: value for key, value in names.items() if f":{key}>" in pattern}
        if values.get("code") not in {None, world.screened.code}:
            coded["code"] = code
        values |= coded
        if set(re.findall(r":(\w+)>", pattern)) <= set(values):  # the rest are acts on requests
            yield name, reverse(name, kwargs=values)


def visitors(world: World) -> dict[str, Client]:
    found = {}
    for name in ("amina", "chandra", "dewi"):
        found[name] = Client()
        found[name].force_login(getattr(world.team, name))
    found["participant"] = Client()
    issued = invitations.issue(participant=world.participant, by=world.team.amina)
    found["participant"].post(f"/p/{issued.token}/")
    return found


Statuses = dict[tuple[str, str], int]


def statuses(world: World, code: str, wanted: Statuses | None = None) -> Statuses:
    """(address's name, person) → status; of those in ``wanted``, if given."""
    found = {}
    for person, client in visitors(world).items():
        for name, address in addresses(world, code):
            if name.startswith("my:") != (person == "participant"):
                continue
            if wanted is not None and (name, person) not in wanted:
                continue
            with transaction.atomic():
                answer = client.get(address)
                b"".join(answer) if answer.streaming else answer.content  # type: ignore[call-overload]
                answer.close()
                transaction.set_rollback(True)
            found[name, person] = answer.status_code
    return found


@pytest.fixture
def world(team: Team) -> World:
    built = build(team)
    built.participant.visits.update(
        opens_on=NOW.date(), closes_on=NOW.date() + timedelta(days=3), state="due"
    )
    return built


@pytest.mark.parametrize("code", ODD)
def test_every_page_opens_whatever_the_codes_are(world: World, code: str) -> None:
    usual = _usual(world)
    rename(world, code)
    odd = statuses(world, code, usual)
    assert {who: odd[who] for who in usual if odd[who] != usual[who]} == {}


_USUAL: Statuses = {}


def _usual(world: World) -> Statuses:
    """Each page with somebody who sees it while codes are as they should be, once for all tests."""
    if not _USUAL:
        with transaction.atomic():
            rename(world, "A1-x")
            every = statuses(world, "A1-x")
            transaction.set_rollback(True)
        world.participant.refresh_from_db()
        assert all(status < 500 for status in every.values())
        opened = {name: (name, person) for (name, person), status in every.items() if status == 200}
        _USUAL.update(dict.fromkeys(opened.values(), 200))
        assert len(_USUAL) > 60
    return _USUAL
