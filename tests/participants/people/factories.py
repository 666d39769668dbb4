"""Participants and their links, with values a coordinator would recognise."""

from datetime import date, timedelta

import factory

from participants.people.models import Device, Invitation, Participant
from tests.factories import NOW, Counting, sha256
from tests.studies.access.factories import UserFactory
from tests.studies.protocol.factories import SiteFactory


class ParticipantFactory(Counting):
    class Meta:
        model = Participant

    study = factory.SelfAttribute("site.study")
    site = factory.SubFactory(SiteFactory)
    code = factory.Sequence(lambda n: f"SG01-9{n:03d}")  # none that the service would give
    state = Participant.State.ENROLLED
    year_of_birth = 1986
    sex = "female"
    ethnicity = "malay"
    fitzpatrick = 4
    monk_tone = 6
    screened_at = NOW
    enrolled_on = date(2026, 3, 2)


class InvitationFactory(Counting):
    class Meta:
        model = Invitation

    participant = factory.SubFactory(ParticipantFactory)
    token_sha256 = factory.Sequence(lambda n: sha256(f"token {n}"))
    created_by = factory.SubFactory(UserFactory)
    created_at = NOW
    expires_at = NOW + timedelta(days=3650)


class DeviceFactory(Counting):
    class Meta:
        model = Device

    participant = factory.SubFactory(ParticipantFactory)
    invitation = factory.LazyAttribute(lambda made: InvitationFactory(participant=made.participant))
    secret_sha256 = factory.Sequence(lambda n: sha256(f"secret {n}"))
    name = "iPhone"
    created_at = NOW
    expires_at = NOW + timedelta(days=3650)
