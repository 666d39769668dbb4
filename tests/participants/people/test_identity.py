"""Names and contacts: sealed, opened by few, recorded, and moved to new keys."""

import logging

import pytest
from cryptography.fernet import Fernet
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db.models import BinaryField
from pytest_django.fixtures import Settings

from participants.consent.models import Consent
from participants.consent.services import consents
from participants.people.models import Identity, Participant
from participants.people.services import identity
from participants.people.services.identity import IdentityData, keep_identity, open_identity
from participants.privacy.services.key_rotation import OTHERS
from studies.platform.errors import Invalid, NotAllowed, NotFound
from studies.record.errors import RecordLocked
from studies.record.models import AuditEvent
from studies.record.services.writing import KEYS
from tests.conftest import Team
from tests.participants.people.factories import ParticipantFactory
from tests.participants.staff import SITI, consent, enrol, publish
from tests.studies.access.factories import MembershipFactory
from tests.studies.record.told import told_by_the_record

pytestmark = pytest.mark.django_db


def sealed_of(participant: Participant) -> bytes:
    return bytes(Identity.objects.get(participant=participant).sealed)


def test_the_coordinator_of_the_site_reads_an_identity_and_that_is_recorded(team: Team) -> None:
    participant = enrol(team.sg01, team.amina)

    assert open_identity(participant=participant, by=team.amina) == SITI

    event = AuditEvent.objects.get(action="identity.view")
    assert event.actor_id == str(team.amina.pk)
    assert event.participant_code == "SG01-0001"
    assert "Siti" not in told_by_the_record()


@pytest.mark.parametrize("who", ["budi", "chandra", "dewi", "ewa", "farid"])
def test_nobody_else_reads_it_and_nothing_is_opened(team: Team, who: str) -> None:
    participant = enrol(team.sg01, team.amina)
    with pytest.raises(NotAllowed):
        open_identity(participant=participant, by=getattr(team, who))
    assert not AuditEvent.objects.filter(action="identity.view").exists()
    assert not Identity.objects.visible_to(getattr(team, who)).exists()


def test_other_roles_of_a_coordinator_elsewhere_open_nothing_here(team: Team) -> None:
    participant = enrol(team.sg01, team.amina)
    MembershipFactory(user=team.budi, study=team.study, site=team.sg01, role="investigator")
    with pytest.raises(NotAllowed):
        open_identity(participant=participant, by=team.budi)


def test_an_identity_that_was_never_recorded_is_not_found(team: Team) -> None:
    participant = ParticipantFactory(site=team.sg01)
    with pytest.raises(NotFound):
        open_identity(participant=participant, by=team.amina)


def test_what_is_stored_shows_nothing_of_the_person(team: Team) -> None:
    enrol(team.sg01, team.amina)
    sealed = bytes(Identity.objects.get().sealed)
    for part in (b"Siti", b"siti@example.org", b"6123"):
        assert part not in sealed


def test_a_sealed_identity_moved_to_another_participant_does_not_open(team: Team) -> None:
    participant, other = enrol(team.sg01, team.amina), enrol(team.sg01, team.amina)
    Identity.objects.filter(participant=other).update(sealed=participant.identity.sealed)
    with pytest.raises(NotFound):
        open_identity(participant=other, by=team.amina)


def test_identity_data_does_not_show_itself_in_logs(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("test").warning("about %s and %r", SITI, SITI)
    assert "Siti" not in caplog.text


def test_a_corrected_contact_replaces_the_old_one_and_says_why(team: Team) -> None:
    participant = enrol(team.sg01, team.amina)
    moved = IdentityData("Siti Rahman", "siti@new.example.org")

    keep_identity(participant=participant, identity=moved, by=team.amina, reason="New address")

    assert open_identity(participant=participant, by=team.amina) == moved
    assert AuditEvent.objects.get(action="identity.correct").contents.reason == "New address"
    with pytest.raises(NotAllowed):
        keep_identity(participant=participant, identity=SITI, by=team.budi)


def test_a_reason_that_names_the_person_is_refused(team: Team) -> None:
    participant = enrol(team.sg01, team.amina)
    for reason in ("siti rahman called", "write to SITI@example.org", "now under 6561234567"):
        with pytest.raises(Invalid):
            keep_identity(participant=participant, identity=SITI, by=team.amina, reason=reason)
    assert not AuditEvent.objects.filter(action="identity.correct").exists()


# --- Keys --------------------------------------------------------------------------------------


def fresh_key() -> str:
    return Fernet.generate_key().decode()


def test_an_earlier_key_still_opens_and_the_first_one_seals(team: Team, settings: Settings) -> None:
    old, new = fresh_key(), fresh_key()
    settings.IDENTITY_KEYS = [old]
    participant = enrol(team.sg01, team.amina)

    settings.IDENTITY_KEYS = [new, old]
    assert open_identity(participant=participant, by=team.amina) == SITI
    other = enrol(team.sg01, team.amina)

    settings.IDENTITY_KEYS = [new]
    assert identity.unseal(participant=other, sealed=sealed_of(other)) == SITI
    with pytest.raises(NotFound, match="earlier key"):
        identity.unseal(participant=participant, sealed=sealed_of(participant))


def test_a_key_thrown_away_before_rotation_stops_what_would_be_recorded(
    team: Team, settings: Settings
) -> None:
    settings.IDENTITY_KEYS = [fresh_key()]
    enrol(team.sg01, team.amina)
    settings.IDENTITY_KEYS = [fresh_key()]
    before = Participant.objects.count()
    with pytest.raises(RecordLocked, match="nothing was done"):
        enrol(team.sg01, team.amina)
    assert Participant.objects.count() == before


def test_every_sealed_column_moves_to_a_new_key() -> None:
    """One that a later model adds and nobody moves could not be opened once the old key is gone."""
    sealed = {
        (model, field.name)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, BinaryField)
    }
    moved = {(model, name) for rows in (OTHERS, KEYS) for model in rows for name in rows[model]}
    theirs = {
        (Identity, "sealed"),
        (Consent, "sealed_name"),
        (Consent, "sealed_others"),
    }  # each with more to it
    under_another_key = {(AuditEvent, "sealed")}  # the participant's own, which moves itself
    assert sealed == moved | theirs | under_another_key


def test_after_rotation_the_old_key_can_be_thrown_away(
    team: Team, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = fresh_key(), fresh_key()
    settings.IDENTITY_KEYS = [old]
    participant = enrol(team.sg01, team.amina)
    given = consent(participant, publish(team.study), team.amina)
    copy = consents.open_copy(consent=given, by=team.amina)

    settings.IDENTITY_KEYS = [new, old]
    call_command("rotate_identity_keys")
    settings.IDENTITY_KEYS = [new]

    assert open_identity(participant=participant, by=team.amina) == SITI
    given = Consent.objects.get()
    assert consents.open_copy(consent=given, by=team.amina) == copy
    name = identity.open_bytes(bytes(given.sealed_name), owner=participant)
    assert name == b"Siti Rahman"
    assert "1 identity" in capsys.readouterr().out
    event = AuditEvent.objects.get(action="identity.rotate_keys")
    assert event.actor_kind == "system"


def test_rotating_again_changes_nothing(team: Team, settings: Settings) -> None:
    old, new = fresh_key(), fresh_key()
    settings.IDENTITY_KEYS = [old]
    enrol(team.sg01, team.amina)
    settings.IDENTITY_KEYS = [new, old]
    call_command("rotate_identity_keys")
    sealed = bytes(Identity.objects.get().sealed)

    call_command("rotate_identity_keys")

    assert bytes(Identity.objects.get().sealed) == sealed
    assert AuditEvent.objects.filter(action="identity.rotate_keys").count() == 1


def test_a_long_passphrase_serves_as_a_key_and_a_short_one_is_refused(
    team: Team, settings: Settings
) -> None:
    settings.IDENTITY_KEYS = ["forty-two cats walk over one long wall at noon"]
    participant = enrol(team.sg01, team.amina)
    assert open_identity(participant=participant, by=team.amina) == SITI

    settings.IDENTITY_KEYS = ["short"]
    with pytest.raises(ImproperlyConfigured):
        open_identity(participant=participant, by=team.amina)
    settings.IDENTITY_KEYS = []
    with pytest.raises(ImproperlyConfigured):
        enrol(team.sg01, team.amina)


def test_nothing_half_enrolled_remains_when_a_key_is_missing(
    team: Team, settings: Settings
) -> None:
    settings.IDENTITY_KEYS = []
    with pytest.raises(ImproperlyConfigured):
        enrol(team.sg01, team.amina)
    assert not Participant.objects.filter(state="enrolled").exists()
