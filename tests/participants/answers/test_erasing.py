"""What an erasure takes of answers and what stays, row by row of the rule."""

from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from participants.answers.models import Revision, Submission
from participants.answers.services.contents import Draft, content_of
from participants.answers.services.copies import answers_of
from participants.answers.services.erasing import RULE, Fate, coded_answers, erase_answers
from participants.answers.services.submitting import submit
from participants.people.models import Participant
from participants.privacy.services.erasure import gather
from participants.privacy.services.key_rotation import rotate_identity_keys
from participants.privacy.services.searching import search_stores
from studies.assignments.models import Assignment
from studies.instruments.definition import Definition, Item
from studies.platform.actors import SYSTEM
from tests.participants.answers.filled import filled, itch_asked
from tests.participants.phone import Phone

pytestmark = pytest.mark.django_db


def answered(who: Participant, role: str = "questionnaire") -> Submission:
    itch_asked(who.study, role=role, timing="as_needed", visits=[])
    assignment = Assignment.objects.get()
    form = filled()
    return submit(participant=who, assignment=assignment, place="", filled=form, by=who).submission


@pytest.mark.parametrize("role", Assignment.Role.values)
def test_each_role_goes_or_stays_coded_as_the_rule_says(phone: Phone, role: str) -> None:
    row = answered(phone.participant, role)
    row.sealed_draft = Draft({"/data/itch": "1"}, []).sealed(phone.participant)
    row.save()
    for _twice in range(2):
        erase_answers(phone.participant)
    if RULE[role] == Fate.GONE:
        assert not Submission.objects.exists()
        assert not Revision.objects.exists()
        return
    row.refresh_from_db()
    content = content_of(row.latest)
    assert content.answers == {
        "/data/itch[1]": "2",
        "/data/days[1]": "3",
        "/data/score[1]": "4",
    }
    assert (content.xml, content.reason, bytes(row.sealed_draft)) == ("", "", b"")


def test_the_rule_has_a_row_for_every_role() -> None:
    assert set(RULE) == set(Assignment.Role.values)


def test_the_docs_say_what_the_rule_says() -> None:
    text = (Path(__file__).parents[3] / "docs" / "instruments.md").read_text()
    section = text.partition("## What an erasure takes")[2].partition("\n## ")[0]
    for role, fate in RULE.items():
        label = Assignment.Role(role).label
        (row,) = [line for line in section.splitlines() if line.startswith(f"| {label} |")]
        assert ("takes them whole" in row) is (fate == Fate.GONE), role


def test_free_text_goes_and_coded_answers_stay() -> None:
    form = Definition(
        form_id="x",
        title="X",
        items=[
            Item(name="what", type="text"),
            Item(name="when", type="date"),
            Item(name="told", type="calculate"),
        ],
    )
    answers = {
        "/data/what[1]": "Siti fell",
        "/data/when[1]": "2026-03-01",
        "/data/told[1]": "Siti fell",
        "/data/strange[1]": "x",
    }
    assert coded_answers(form, answers) == {"/data/when[1]": "2026-03-01"}


def test_the_search_after_an_erasure_finds_answers_that_should_be_gone(phone: Phone) -> None:
    who = phone.participant
    answered(who)
    found = [str(one) for one in search_stores(who, gather(who))]
    assert any("participants.revision" in line for line in found)
    assert any("participants.submission.participant" in line for line in found)
    erase_answers(who)
    found = [str(one) for one in search_stores(who, gather(who))]
    assert not any("revision" in line or "submission" in line for line in found)


def test_coded_adverse_events_are_no_remains(phone: Phone) -> None:
    who = phone.participant
    answered(who, "adverse_event")
    erase_answers(who)
    found = [str(one) for one in search_stores(who, gather(who))]
    assert not any("revision" in line or "submission" in line for line in found)


def test_answers_are_in_ones_own_copy_and_follow_the_keys(phone: Phone, settings: Settings) -> None:
    who = phone.participant
    row = answered(who)
    who.consents.all().delete()  # nothing of the factory's is truly sealed
    old = settings.IDENTITY_KEYS
    settings.IDENTITY_KEYS = ["another key that is long enough to be one", *old]
    rotate_identity_keys(by=SYSTEM)
    settings.IDENTITY_KEYS = settings.IDENTITY_KEYS[:1]
    assert content_of(row.latest).answers["/data/itch[1]"] == "2"
    (told,) = answers_of(who)
    assert told["revisions"][0]["answers"]["/data/days[1]"] == "3"
