"""Somebody in a study who is to be reminded, and a worker that sends what is due."""

from datetime import UTC, date, datetime
from typing import Any, ClassVar

import pytest
from django.utils import timezone

from participants.messaging.channels import Delivery, Receipt
from participants.messaging.models import Message
from participants.messaging.services.sending import send_message
from participants.people.models import Participant
from participants.people.services.identity import IdentityData, keep_identity
from participants.visits.models import Visit
from studies.access.models import User
from studies.platform.work import WorkState, perform
from studies.protocol.models import ReminderSettings, Site
from tests.conftest import Team
from tests.participants.consent.factories import ConsentFactory
from tests.participants.people.factories import ParticipantFactory
from tests.participants.visits.factories import VisitFactory
from tests.studies.protocol.factories import VisitDefinitionFactory

EMAIL, PHONE, NAME = "siti.rahman@example.org", "+65 8123 4567", "Siti Rahman"
# What a browser that takes Web Push gives.
SUBSCRIPTION: dict[str, Any] = {
    "endpoint": "https://fcm.googleapis.com/fcm/send/abc",
    "keys": {
        "p256dh": "BNcRdreALRFXTkOOUHK1EtK2wtaz5Ry4YfYCA_0QTpQtUbVlUls0VJXg7A8u-Ts1XbjhazAkj7I99e8"
        "QcYP7DkM",
        "auth": "tBHItJI5svbpez7KI4CCXg",
    },
}
# The visit of week 4: open from Saturday 28 March to Thursday 2 April, best on Monday the 30th.
OPENS, DAY, CLOSES = date(2026, 3, 28), date(2026, 3, 30), date(2026, 4, 2)
OPENING = "2026-03-28 01:00"  # its first reminder: nine in the morning in Singapore


def at(text: str) -> datetime:
    """A moment in UTC: ``2026-03-28 01:00``."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def participant_of(
    site: Site, by: User, *, email: str = EMAIL, phone: str = PHONE, **fields: Any
) -> Participant:
    """Somebody enrolled on 2 March 2026 with a consent in force and a name and contact."""
    participant: Participant = ParticipantFactory(site=site, code=f"{site.code}-0001", **fields)
    document = site.study.consent_documents.first()
    ConsentFactory(participant=participant, **({"document": document} if document else {}))
    person = IdentityData(name=NAME, email=email, phone=phone)
    keep_identity(participant=participant, identity=person, by=by)
    return participant


@pytest.fixture
def siti_reminded(team: Team) -> Participant:
    """Siti, in a study that reminds by e-mail and SMS."""
    ReminderSettings.objects.create(study=team.study, channels=["email", "sms"])
    return participant_of(team.sg01, team.amina)


def week_4(participant: Participant, **fields: Any) -> Visit:
    """Their visit of week 4, planned and not begun."""
    definition = VisitDefinitionFactory(study=participant.study, code="week-4", day_offset=28)
    dates = {"scheduled_on": DAY, "opens_on": OPENS, "closes_on": CLOSES}
    values = {"state": Visit.State.SCHEDULED, **dates, **fields}
    visit: Visit = VisitFactory(participant=participant, definition=definition, **values)
    return visit


def planned(participant: Participant) -> dict[str, datetime]:
    """What waits to be sent, by kind."""
    rows = participant.messages.filter(state=WorkState.QUEUED)
    return dict(rows.values_list("kind", "due_at"))


def the(participant: Participant, kind: str) -> Message:
    """The latest message of one kind."""
    row = participant.messages.filter(kind=kind).order_by("-round").first()
    assert row is not None
    return row


def work_off(participant: Participant) -> list[Message]:
    """Do what a worker would do now: every message that is due, in order."""
    rows = participant.messages.filter(state=WorkState.QUEUED, due_at__lte=timezone.now())
    done = []
    for pk in list(rows.order_by("due_at", "pk").values_list("pk", flat=True)):
        perform(Message, pk, send_message)
        done.append(Message.objects.get(pk=pk))
    return done


class Fake:
    """A channel that does what it is told, and remembers what it was given."""

    repeatable: ClassVar[bool] = False

    def __init__(self, name: str) -> None:
        self.name = name
        self.given: list[Delivery] = []
        self.answers: list[Exception] = []

    def send(self, delivery: Delivery) -> Receipt:
        self.given.append(delivery)
        if self.answers:
            raise self.answers.pop(0)
        return Receipt(provider_id=f"{self.name}-1")
