"""What lists hold, not only whether they open: each person reads exactly what is theirs.

Two ways. Every page and list is read by people of one place, filled elsewhere, and read again: not
a number may differ. And lists by API are compared, name by name, with a table written by hand.
"""

from dataclasses import replace
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.test import Client

from inference.exports.api import ScoreList
from inference.scoring.api import RescoreList
from participants.allocation.api import ParticipantList
from participants.answers.api import AlertList
from participants.capture.api import PhotoList
from participants.queries.api import QueryList
from participants.visits.api import VisitList
from studies.access.models import User
from studies.members.services.tokens import issue_token
from tests.conftest import Team
from tests.factories import NOW
from tests.rights.test_matrix import LETTERS, LINES
from tests.rights.world import Twin, Visitor, World, add_twin, address, build, routes
from tests.studies.access.factories import MembershipFactory, UserFactory
from tests.studies.protocol.factories import SiteFactory

OVERVIEW, LIST = "/studies/MEL-8/", "/studies/MEL-8/participants/"
ANYWHERE = {"studies:platform_record", "studies:create"}


def at_kuala_lumpur(team: Team) -> dict[str, User]:
    """One person of each role that may be held at a site, at KL01 only."""
    people = {"coordinator": team.budi}
    for role in ("investigator", "monitor"):
        user = UserFactory(name=role.title(), email=f"{role}@kl.example.org")
        MembershipFactory(user=user, study=team.study, site=team.kl01, role=role)
        people[role] = user
    return people


def _at_another_study(world: World) -> Twin:
    site = SiteFactory(study=world.team.other_study, code="HK01")
    hana = UserFactory(name="Hana", email="hana@example.org")
    MembershipFactory(user=hana, study=site.study, site=site, role="coordinator")
    return add_twin(world, site, by=hana)


def read_everything(world: World, visitor: Visitor) -> dict[str, str]:
    patterns = routes()
    names = sorted({line.name for line in LINES if line.method == "GET"} - ANYWHERE)
    read = {}
    for name in names:
        path = address(world, name, patterns[name])
        undo = transaction.savepoint()  # who looked at what is recorded
        read[path] = visitor.read(path)
        transaction.savepoint_rollback(undo)
    return read


@time_machine.travel(NOW, tick=False)
def test_what_is_elsewhere_changes_nothing_that_is_read(team: Team) -> None:
    world = build(replace(team, sg01=team.kl01, amina=team.budi))
    visitors = {name: Visitor(user) for name, user in at_kuala_lumpur(team).items()}
    before = {name: read_everything(world, visitor) for name, visitor in visitors.items()}
    for read in before.values():  # the other site's name, where sites are counted or chosen
        assert "Singapore General" not in read[OVERVIEW] + read[LIST]
    add_twin(world, team.sg01, by=team.amina)
    _at_another_study(world)
    for name, visitor in visitors.items():
        after = read_everything(world, visitor)
        differ = {
            path: (text, after[path]) for path, text in before[name].items() if text != after[path]
        }
        assert {name: list(differ)} == {name: []}, _first_difference(differ)


def _first_difference(differ: dict[str, tuple[str, str]]) -> str:
    for path, (one, two) in differ.items():
        for was, now in zip(one.splitlines(), two.splitlines(), strict=False):
            if was != now:
                return f"{path}: {was.strip()[:300]!r} became {now.strip()[:300]!r}"
        return path
    return ""


# --- Lists by API ------------------------------------------------------------------------------

# Gita has an account and no role anywhere. S, K and F are what is at SG01, at KL01, in FEAS-2.
LISTS = """
studies/                          ABCDE MEL-8   F FEAS-2
packages/                         ABCDEF package
studies/MEL-8/participants/       A S,screened  B K,K2  CDE S,K,K2,screened
studies/MEL-8/visits/             A S           B K  CDE S,K
studies/MEL-8/photos/             A S           B K  CDE S,K
studies/MEL-8/scores/             A S           B K  CDE S,K
studies/MEL-8/queries/            A S           B K  CDE S,K
studies/MEL-8/alerts/             A S           B K  CDE S,K
studies/MEL-8/models/             ABCDE package
studies/MEL-8/rescores/           ABCDE rescore
studies/FEAS-2/participants/      F F,F2
studies/FEAS-2/visits/            F F
studies/FEAS-2/photos/            F F
studies/FEAS-2/scores/            F F
studies/FEAS-2/queries/           F F
studies/FEAS-2/alerts/            F F
studies/FEAS-2/models/            F
studies/FEAS-2/rescores/          F
"""


@pytest.fixture
def filled(team: Team) -> dict[str, Any]:
    """The world at SG01 and its like at KL01 and in the other study, with Gita beside them."""
    world = build(team)
    twins = {"K": add_twin(world, team.kl01, by=team.budi), "F": _at_another_study(world)}
    gita = UserFactory(name="Gita", email="gita@example.org")
    return {"world": world, "gita": gita, **twins}


def _names(filled: dict[str, Any]) -> dict[str, str]:
    """What an answer holds of each thing → the letter of the table."""
    world: World = filled["world"]
    twins: dict[str, Twin] = {letter: filled[letter] for letter in "KF"}
    return {
        "MEL-8": "MEL-8",
        "FEAS-2": "FEAS-2",
        world.participant.code: "S",
        world.screened.code: "screened",
        **{twin.participant.code: letter for letter, twin in twins.items()},
        "KL01-0002": "K2",
        "HK01-0002": "F2",
        world.run.package.sha256: "package",
        world.rescore.reason: "rescore",
    }


def _wanted(row: str) -> dict[str, set[str]]:
    """Person's letter → what they are to find; whoever is not named finds nothing."""
    words = row.split()[1:]
    wanted: dict[str, set[str]] = {letter: set() for letter in [*LETTERS, "G"]}
    for letters, things in zip(words[::2], [*words[1::2], ""], strict=False):
        for letter in letters:
            wanted[letter] = set(filter(None, things.split(",")))
    return wanted


def _found(answer: Any, names: dict[str, str]) -> set[str]:
    if answer.status_code in (403, 404):
        return set()
    rows = answer.json()["results"]
    keys = ("participant", "reason", "sha256", "package", "code")
    said = [next(str(row[key]) for key in keys if key in row) for row in rows]
    return {names[one] for one in said}


def test_a_list_by_api_holds_what_is_the_persons_and_no_more(filled: dict[str, Any]) -> None:
    team: Team = filled["world"].team
    people = {letter: getattr(team, name) for letter, name in LETTERS.items()}
    keys = {
        letter: issue_token(by=one).key for letter, one in {**people, "G": filled["gita"]}.items()
    }
    names = _names(filled)
    for row in LISTS.strip().split("\n"):
        path, found = f"/api/v1/{row.split()[0]}", {}
        for letter, key in keys.items():
            answer = Client().get(path, headers={"Authorization": f"Bearer {key}"})
            found[letter] = _found(answer, names)
        assert found == _wanted(row), path


def test_a_list_holds_nothing_for_strangers_even_past_the_door(filled: dict[str, Any]) -> None:
    """The door refuses first; the rows are guarded by themselves."""
    team: Team = filled["world"].team
    for view in (
        ParticipantList,
        VisitList,
        PhotoList,
        QueryList,
        AlertList,
        ScoreList,
        RescoreList,
    ):
        made: Any = view()
        made.study = team.study
        assert list(made.rows(team.dewi)) != [], view
        for person in (team.farid, filled["gita"]):
            assert list(made.rows(person)) == [], view
