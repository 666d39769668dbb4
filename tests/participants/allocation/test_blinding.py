"""The blinding walk: two worlds that differ in the allocation alone read the same to the blind.

Every page, list, file and API answer of the rights matrix is read by each blind person in a world
where the first participant is in one arm and the second in the other, and in one where it is the
other way round. Not a byte may differ; to the unblinded it has to.
"""

import re
from dataclasses import dataclass

import pytest
import time_machine
from django.db import transaction

from inference.exports.services.exports import File, Filters, export_file
from participants.allocation.models import Allocation
from participants.allocation.sealed import Given
from participants.allocation.services.randomising import randomise_participant
from participants.people.models import Screening
from participants.privacy.services.my_data import copy_of
from studies.access.models import User
from studies.platform.errors import NotAllowed
from studies.protocol.models import Arm
from tests.conftest import Team
from tests.factories import NOW
from tests.participants.allocation.given import arms_in, blinded, listed, person
from tests.participants.consent.factories import ConsentFactory
from tests.participants.people.factories import ParticipantFactory
from tests.rights.test_contents import read_everything
from tests.rights.world import Visitor, World, build

BLIND = ("amina", "dewi")


@dataclass
class Trial:
    """A blinded trial with two people randomised, and everything else that pages show."""

    world: World
    stella: User
    blind: dict[str, User]

    def swap(self) -> None:
        """The other world: each is in the arm of the other."""
        rows = list(Allocation.objects.order_by("pk"))
        given = [row.opened() for row in rows]
        for row, other in zip(rows, reversed(given), strict=True):
            row.seal(Given(other.arm, row.opened().kit))
            row.save(update_fields=["sealed"])
        for row in [row.row for row in rows if row.row is not None]:
            arm, kit = row.opened()
            row.seal("SHADE" if arm == "SUN" else "SUN", kit)
            row.save(update_fields=["sealed"])


@pytest.fixture
def trial(team: Team) -> Trial:
    world = build(team)
    Arm.objects.filter(study=team.study).delete()
    arms_in(team.study, "SUN", "SHADE")
    blinded(team.study)
    stella = person(team.study, "statistician", "Stella")
    blind = {name: getattr(team, name) for name in BLIND}
    for role in ("data_manager", "site_investigator"):
        blind[role] = person(team.study, role, role.replace("_", ""))
    listed(team.study, stella, kits=True, SG01="AB", KL01="AB")
    second = ParticipantFactory(site=team.sg01, code="SG01-0801")
    ConsentFactory(participant=second, document=world.consent.document)
    for one in (world.participant, second):
        Screening.objects.get_or_create(
            participant=one,
            defaults={"answers": [], "eligible": True, "at": NOW, "by": team.amina},
        )
        randomise_participant(participant=one, by=team.amina)
    return Trial(world, stella, blind)


# Of the flow: numbers, a site, the rows of boxes, and arms asked for all the same.
FLOW = (
    "/studies/MEL-8/monitoring/?site=SG01",
    "/studies/MEL-8/monitoring/flow.svg?site=SG01",
    "/studies/MEL-8/monitoring/flow.csv?site=SG01",
    "/api/v1/studies/MEL-8/flow/?site=SG01",
    *(
        f"/studies/MEL-8/monitoring/flow/?box={box}{arm}"
        for box in ("allocated", "group", "under_way", "visit.baseline.made", "analysed")
        for arm in ("", "&arm=SUN", "&arm=SHADE")
    ),
)
# Of change over time: figures, files, and arms asked for all the same.
CHANGE = tuple(
    f"/studies/MEL-8/change/{page}{asked}"
    for page in ("", "means.svg", "people.svg", "figures.csv", "people.csv", "mmrm.R")
    for asked in ("", "?view=left", "?groups=arm", "?groups=arm&against=SUN")
)


def read_all(world: World, visitor: Visitor) -> dict[str, str]:
    """Every page of the rights matrix, the flow narrowed in every way, and change by arm."""
    read = read_everything(world, visitor)
    for path in (*FLOW, *CHANGE):
        undo = transaction.savepoint()
        read[path] = visitor.read(path)
        transaction.savepoint_rollback(undo)
    return read


def files(trial: Trial, by: User) -> dict[str, bytes]:
    """The files of an export, where ``by`` may take them out."""
    read = {}
    for file in File:
        undo = transaction.savepoint()
        try:
            ready_file = export_file(
                study=trial.world.team.study, file=file, filters=Filters(demographics=True), by=by
            )
            read[file.value] = ready_file.filename.encode() + b"".join(ready_file.lines())
        except NotAllowed as refusal:
            read[file.value] = str(refusal).encode()
        transaction.savepoint_rollback(undo)
    return read


@time_machine.travel(NOW, tick=False)
def test_to_the_blind_both_worlds_are_the_same(trial: Trial) -> None:
    visitors = {name: Visitor(user) for name, user in trial.blind.items()}
    pages = {name: read_all(trial.world, one) for name, one in visitors.items()}
    taken = {name: files(trial, user) for name, user in trial.blind.items()}
    trial.swap()
    for name, one in visitors.items():
        after = read_all(trial.world, one)
        differ = [path for path, text in pages[name].items() if text != after[path]]
        assert (name, differ) == (name, [])
        assert taken[name] == files(trial, trial.blind[name]), name


@time_machine.travel(NOW, tick=False)
def test_to_the_unblinded_they_are_not(trial: Trial) -> None:
    """The walk sees what it is to see: the same reading by the statistician differs."""
    path = f"/studies/MEL-8/participants/{Allocation.objects.first().participant.code}/"
    rows = "/studies/MEL-8/monitoring/flow/?box=group&arm=SUN"
    changes = "/studies/MEL-8/change/people.csv?groups=arm"
    by_arm = Visitor(trial.stella).read(changes)
    before = Visitor(trial.stella).read(path), files(trial, trial.stella)
    in_sun = people_in(Visitor(trial.stella).read(rows))
    trial.swap()
    after = Visitor(trial.stella).read(path), files(trial, trial.stella)
    assert before[0] != after[0]
    assert in_sun != people_in(Visitor(trial.stella).read(rows))
    assert before[1]["wide"] != after[1]["wide"]
    assert by_arm != Visitor(trial.stella).read(changes)


def test_no_participant_reads_their_arm_and_no_address_asks_by_it(trial: Trial) -> None:
    for row in Allocation.objects.all():
        assert copy_of(row.participant)["participant"]["arm"] is None
    for name in ("amina", "dewi"):
        client = Visitor(trial.blind[name]).client
        listing = "/studies/MEL-8/participants/"
        everybody = people_in(client.get(listing).content.decode())
        assert people_in(client.get(f"{listing}?arm=SUN").content.decode()) == everybody
        board = "/studies/MEL-8/schedule/"
        assert people_in(client.get(f"{board}?arm=SUN").content.decode()) == people_in(
            client.get(board).content.decode()
        )
        assert client.get("/studies/MEL-8/randomisation/balance/").status_code == 403


def people_in(page: str) -> set[str]:
    return set(re.findall(r"[A-Z]{2}01-\d{4}", page))
