"""Services without their views: each refuses by itself whoever lacks the right, and does nothing.

Views ask the same first; a service that trusted them would be open to the next view, command or
task that forgets. The table names the permission, so that another service's guard, further in, does
not count; ``self``: the participant in person, whatever a role may.
"""

import pytest
from django.db import transaction

from participants.capture.services.photos import require_wanted
from participants.consent.errors import ConsentMissing
from participants.enrolment.services.bulk import import_participants
from participants.people.services.identity import open_identity
from studies.access.permissions import ACTS, ROLE_PERMISSIONS, Permission, Role
from studies.platform.actors import Actor
from studies.platform.errors import NotAllowed, Refusal
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.participants.people.factories import ParticipantFactory
from tests.rights.services_table import SERVICES, Row
from tests.rights.test_matrix import LETTERS
from tests.rights.world import World, build


@pytest.fixture
def world(team: Team) -> World:
    made = build(team)
    team.sg01.last_participant_number = 50
    team.sg01.save()
    return made


def test_each_service_refuses_whoever_lacks_the_right_and_nobody_else(world: World) -> None:
    assert wrongs(world, people_of(world), SERVICES) == []


@pytest.mark.parametrize(
    ("service", "second"),
    [
        ("correct_day_0", Permission.VISIT_EDIT),
        ("correct_visit_day", Permission.VISIT_EDIT),
        ("undo_withdrawal", Permission.CONSENT_RECORD),
    ],
)
def test_a_second_right_is_asked_for_by_itself(
    world: World, service: str, second: Permission, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who corrects has both today; a role to come may have one."""
    assert _said(SERVICES[service], world, world.team.amina) is None
    held = ROLE_PERMISSIONS[Role.COORDINATOR] - {second}
    monkeypatch.setitem(ROLE_PERMISSIONS, Role.COORDINATOR, held)  # type: ignore[arg-type]
    assert ACTS[second] in str(_said(SERVICES[service], world, world.team.amina))


def test_a_name_in_a_list_needs_a_right_of_its_own(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = b"external_id,name,email\nA-1,Siti Rahman,siti@example.org\n"
    held = ROLE_PERMISSIONS[Role.COORDINATOR] - {Permission.IDENTITY_VIEW}
    monkeypatch.setitem(ROLE_PERMISSIONS, Role.COORDINATOR, held)  # type: ignore[arg-type]
    report = import_participants(site=world.team.sg01, content=content, by=world.team.amina)
    [line] = report.lines
    assert (line.outcome, line.code) == ("wrong", "")
    assert ACTS[Permission.IDENTITY_VIEW] in line.problems[0]


def people_of(world: World) -> dict[str, Actor]:
    """The staff by letter, the participant in person (S), and another one (O)."""
    staff: dict[str, Actor] = {
        letter: getattr(world.team, name) for letter, name in LETTERS.items()
    }
    other = ParticipantFactory(site=world.team.sg01, code="SG01-0009")
    return {**staff, "S": world.participant, "O": other}


def wrongs(world: World, people: dict[str, Actor], rows: dict[str, Row]) -> list[str]:
    """Who of ``people`` was refused, or let in, against the table."""
    wrong = []
    for name, row in rows.items():
        for letter, by in people.items():
            said = _said(row, world, by)
            refused = said is not None and (
                row.permission == "self" or _act(row.permission) in said
            )
            if letter in row.may and said is not None:
                wrong.append(f"{name}: {letter} may, and was told {said}")
            if letter not in row.may and letter not in "SO" and not refused:
                wrong.append(f"{name}: {letter} may not, and was told {said}")
            if letter not in row.may and letter in "SO" and said is None:
                wrong.append(f"{name}: {letter} may not, and was not refused")
    return wrong


def _act(permission: str) -> str:
    """What a refusal for want of ``permission`` calls it; words of a refusal are themselves."""
    return ACTS[Permission(permission)] if permission in set(Permission) else permission


def _said(row: Row, world: World, by: Actor) -> str | None:
    """What refused ``by`` for want of a right; ``None`` when nothing did."""
    before = AuditEvent.objects.count()
    undo = transaction.savepoint()
    try:
        row.act(world, by)
    except NotAllowed as refusal:
        assert AuditEvent.objects.count() == before
        return refusal.message
    except Refusal:
        return None  # the right was there; something else was not
    finally:
        transaction.savepoint_rollback(undo)
    return None


def test_a_name_is_opened_for_the_sites_coordinator_alone(world: World) -> None:
    for name in ("budi", "chandra", "dewi", "ewa", "farid"):
        with pytest.raises(Refusal):
            open_identity(participant=world.participant, by=getattr(world.team, name))
    assert open_identity(participant=world.participant, by=world.team.amina).name == "Nur Aisyah"


def test_no_photo_is_wanted_of_somebody_without_a_consent(world: World) -> None:
    """Also where the study has no text in force that could be agreed to."""
    world.participant.consents.update(state="withdrawn")
    world.team.study.consent_documents.update(state="draft")
    with pytest.raises(ConsentMissing):
        require_wanted(visit=world.photo.visit, view="left")
