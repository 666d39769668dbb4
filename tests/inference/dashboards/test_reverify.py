"""Today tells a monitor whose data changed since they were verified, and nobody else."""

from collections.abc import Callable

import pytest
from django.test import Client

from participants.people.models import Participant
from participants.verification.services.ticking import verify_fields
from studies.access.models import User
from tests.conftest import Team
from tests.participants.people.factories import ParticipantFactory

pytestmark = pytest.mark.django_db
Sign = Callable[[User], Client]
TODAY = "/studies/MEL-8/today/"
WORDS = "data changed since they were verified"


def test_a_change_waits_for_the_monitor_alone(team: Team, as_person: Sign) -> None:
    siti = ParticipantFactory(site=team.sg01, code="SG01-0001")
    verify_fields(participant=siti, part="enrolment", by=team.ewa)
    browser = as_person(team.ewa)
    assert WORDS not in browser.get(TODAY).content.decode()
    Participant.objects.filter(pk=siti.pk).update(year_of_birth=1971)
    page = browser.get(TODAY).content.decode()
    assert f"1</span> participant with {WORDS}" in page
    assert "/verification/sites/SG01/?show=changed&amp;code=SG01-0001" in page
    assert siti.code in browser.get(f"{TODAY}reverify/").content.decode()
    for other in (team.dewi, team.amina):
        assert WORDS not in as_person(other).get(TODAY).content.decode()
        assert as_person(other).get(f"{TODAY}reverify/").status_code == 403
    verify_fields(participant=siti, part="enrolment", by=team.ewa)
    assert WORDS not in browser.get(TODAY).content.decode()
