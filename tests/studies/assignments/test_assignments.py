"""Putting questionnaires into the protocol: who may, when, and what is refused."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from studies.access.models import User
from studies.assignments.errors import AssignmentFixed
from studies.assignments.models import Assignment
from studies.assignments.reading import lines_of
from studies.assignments.roles import SHIPPED_ROLES
from studies.assignments.services import assign, change_assignment, end_assignment
from studies.instruments.models import Instrument
from studies.instruments.services import import_shipped, publish_version
from studies.instruments.shipped import SHIPPED
from studies.platform.errors import Invalid, NotAllowed, ReasonMissing
from studies.protocol.errors import StudyClosed
from studies.protocol.models import Study
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.participants.answers.factories import SubmissionFactory
from tests.studies.instruments.factories import InstrumentFactory, InstrumentVersionFactory
from tests.studies.protocol.factories import VisitDefinitionFactory

pytestmark = pytest.mark.django_db
Sign = Callable[[User], Client]
WHY = "Asked for by the sponsor"
URL = "/studies/MEL-8/assignments/"


@pytest.fixture
def itch(team: Team) -> Instrument:
    VisitDefinitionFactory(study=team.study, code="week-0", name="Baseline")
    made: Instrument = InstrumentFactory(study=team.study)
    InstrumentVersionFactory(instrument=made, state="published")
    return made


def at_visits(itch: Instrument, **over: Any) -> dict[str, Any]:
    values = {"instrument": itch, "code": "itch", "timing": "visits", "visits": ["week-0"]}
    return {**values, **over}


def test_a_form_is_assigned_with_a_reason_and_recorded(team: Team, itch: Instrument) -> None:
    with pytest.raises(ReasonMissing):
        assign(study=team.study, by=team.dewi, **at_visits(itch))
    row = assign(study=team.study, by=team.dewi, reason=WHY, **at_visits(itch, required=True))
    assert (row.visits, row.required) == (["week-0"], True)
    event = AuditEvent.objects.get(action="assignment.add")
    assert event.reason == WHY
    assert event.new is not None
    assert event.new["visits"] == ["week-0"]
    assert [line.when for line in lines_of(team.study)] == ["Baseline"]


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"visits": []}, "visits"),
        ({"visits": ["week-9"]}, "visits"),
        ({"timing": "days", "visits": []}, "first_day"),
        ({"timing": "days", "visits": [], "first_day": 5, "last_day": 4}, "last_day"),
        ({"timing": "days", "visits": [], "first_day": 0, "every": 2, "open_days": 2}, "open_days"),
        ({"timing": "as_needed", "visits": [], "required": True}, "required"),
        ({"role": "adverse_event"}, "timing"),
        ({"role": "adverse_event", "timing": "as_needed", "visits": []}, "role"),
        ({"code": "9 lives"}, "code"),
    ],
)
def test_what_cannot_be_asked_so_is_refused_with_its_field(
    team: Team, itch: Instrument, over: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        assign(study=team.study, by=team.dewi, reason=WHY, **at_visits(itch, **over))
    fields = refused.value.detail["fields"]
    assert isinstance(fields, dict)
    assert list(fields) == [field]
    assert not Assignment.objects.exists()


def test_only_published_forms_of_the_study_are_asked(team: Team, itch: Instrument) -> None:
    draft = InstrumentFactory(study=team.study, code="draft")
    InstrumentVersionFactory(instrument=draft)
    strange = InstrumentFactory(study=team.other_study)
    InstrumentVersionFactory(instrument=strange, state="published")
    for wrong in (draft, strange):
        with pytest.raises(Invalid, match="Nothing was saved"):
            assign(study=team.study, by=team.dewi, reason=WHY, **at_visits(wrong))


def test_answers_fix_what_was_asked_and_ending_keeps_them(team: Team, itch: Instrument) -> None:
    row = assign(study=team.study, by=team.dewi, reason=WHY, **at_visits(itch))
    SubmissionFactory(assignment=row, participant__site=team.sg01)
    with pytest.raises(AssignmentFixed):
        change_assignment(assignment=row, by=team.dewi, reason=WHY, code="itch-2")
    changed = change_assignment(assignment=row, by=team.dewi, reason=WHY, required=True)
    assert changed.required
    end_assignment(assignment=row, by=team.dewi, reason=WHY)
    row.refresh_from_db()
    assert row.ended_at is not None
    assert lines_of(team.study) == []
    assert AuditEvent.objects.filter(action="assignment.end").exists()


def test_what_nobody_answered_is_removed(team: Team, itch: Instrument) -> None:
    row = assign(study=team.study, by=team.dewi, reason=WHY, **at_visits(itch))
    with pytest.raises(ReasonMissing):
        end_assignment(assignment=row, by=team.dewi)
    end_assignment(assignment=row, by=team.dewi, reason=WHY)
    assert not Assignment.objects.exists()


def test_only_who_may_change_the_protocol_and_not_of_a_closed_study(
    team: Team, itch: Instrument
) -> None:
    row = assign(study=team.study, by=team.dewi, reason=WHY, **at_visits(itch))
    for person in (team.amina, team.chandra, team.ewa, team.farid):
        with pytest.raises(NotAllowed):
            assign(study=team.study, by=person, reason=WHY, **at_visits(itch, code="b"))
        with pytest.raises(NotAllowed):
            change_assignment(assignment=row, by=person, reason=WHY, required=True)
        with pytest.raises(NotAllowed):
            end_assignment(assignment=row, by=person, reason=WHY)
    assert not Assignment.objects.visible_to(team.farid).exists()
    Study.objects.filter(pk=team.study.pk).update(state="closed")
    with pytest.raises(StudyClosed):
        change_assignment(assignment=row, by=team.dewi, reason=WHY, required=True)


def test_the_pages_assign_change_and_end(team: Team, itch: Instrument, as_person: Sign) -> None:
    manager = as_person(team.dewi)
    assert "Nothing is asked yet" in manager.get(URL).content.decode()
    values = {
        "instrument": itch.pk,
        "code": "",
        "timing": "days",
        "first_day": 1,
        "last_day": 14,
        "every": 1,
        "open_days": 1,
        "filled_by": "participant",
        "order": "after",
        "role": "questionnaire",
        "position": 1,
        "visits": ["week-0"],
        "reason": WHY,
    }
    assert manager.post(f"{URL}add/", values).status_code == 302
    row = Assignment.objects.get()
    assert (row.code, row.visits, row.first_day) == ("itch", [], 1)
    assert "every day, day 1 to 14" in manager.get(URL).content.decode()
    page = manager.get(f"{URL}itch/").content.decode()
    seen = re.search(r'name="seen" value="([^"]+)"', page)
    assert seen is not None
    other = {**values, "code": "itch", "last_day": 28, "seen": seen[1]}
    assert manager.post(f"{URL}itch/", other).status_code == 302
    stale = manager.post(f"{URL}itch/", {**other, "last_day": 7})
    assert stale.status_code == 409
    assert as_person(team.ewa).get(URL).status_code == 200
    assert as_person(team.ewa).get(f"{URL}add/").status_code == 403
    assert manager.post(f"{URL}itch/end/", {"reason": WHY}).status_code == 302
    assert not Assignment.objects.exists()


def test_a_form_that_ships_begins_as_it_is_usually_asked(team: Team, as_person: Sign) -> None:
    assert SHIPPED_ROLES.keys() == SHIPPED.keys()
    draft = import_shipped(study=team.study, code="adverse_event", by=team.dewi)
    event = publish_version(version=draft, by=team.dewi).instrument
    manager = as_person(team.dewi)
    link = f"{URL}add/?instrument=adverse_event"
    assert link in manager.get("/studies/MEL-8/instruments/adverse_event/1/").content.decode()
    form = manager.get(link).context["form"]
    begun = {name: form[name].value() for name in ("timing", "filled_by", "role")}
    assert begun == {"timing": "as_needed", "filled_by": "staff", "role": "adverse_event"}
    assert form["instrument"].value() == event.pk
    other = manager.get(f"{URL}add/?instrument=nowhere").context["form"]
    assert other["role"].value() == "questionnaire"
