"""Codes under load: no gaps, no doubles, on both databases."""

import pytest

from tests.conftest import NewStack

EIGHT_AT_ONCE = """
import threading, uuid
from concurrent.futures import ThreadPoolExecutor
from django.db import connections
from participants.people.models import Participant
from participants.enrolment.services.enrolment import Details
from participants.enrolment.services.enrolment import checklist
from participants.enrolment.services.enrolment import screen_participant
from studies.protocol.models import Site
from studies.protocol.models import Study
from studies.access.models import User
from tests.studies.access.factories import MembershipFactory
from tests.studies.protocol.factories import SiteFactory, StudyFactory

study = StudyFactory(code="MEL-8")
site = SiteFactory(study=study, code="SG01")
amina = User.objects.create_user("amina@example.org", name="Amina")
MembershipFactory(user=amina, study=study, site=site, role="coordinator")
answers = {line.code: line.wanted for line in checklist(study)}
together = threading.Barrier(8)
forms = [uuid.uuid4() for _ in range(4)]

def screen(number):
    together.wait()
    try:
        codes = []
        for turn in range(5):
            # Every form is sent by two of the eight at the same moment.
            form = uuid.uuid5(forms[number % 4], str(turn))
            wrong = turn == 2 and number % 4 == 0
            details = Details(1700 if wrong else 1986, "female", "malay")
            try:
                found = screen_participant(
                    site=Site.objects.get(pk=site.pk), answers=answers, details=details,
                    by=amina, request_id=form,
                )
                codes.append(found.code)
            except Exception as refusal:
                codes.append(type(refusal).__name__)
        return codes
    finally:
        connections.close_all()

with ThreadPoolExecutor(8) as pool:
    seen = list(pool.map(screen, range(8)))
"""


@pytest.mark.parametrize("mode", ["embedded", pytest.param("full", marks=pytest.mark.full)])
def test_forms_sent_by_many_at_once_get_codes_without_gaps_or_doubles(
    new_stack: NewStack, mode: str
) -> None:
    stack = new_stack(mode)

    answer = stack.ask(
        "{'seen': seen, 'kept': sorted(Participant.objects.values_list('code', flat=True)),"
        " 'last': Site.objects.get(pk=site.pk).last_participant_number}",
        given=EIGHT_AT_ONCE,
    )

    # 4 forms × 5 turns, one of which is refused and must not use up a number.
    assert answer["kept"] == [f"SG01-{number:04d}" for number in range(1, 20)]
    assert answer["last"] == 19
    for number in range(4):
        assert answer["seen"][number] == answer["seen"][number + 4], "sent twice, counted once"
    assert [codes[2] for codes in answer["seen"]].count("Invalid") == 2
