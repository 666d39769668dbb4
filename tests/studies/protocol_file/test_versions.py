"""A protocol that was amended, as a file and back."""

from datetime import date

import pytest

from studies.amendments.models import Amendment, SiteApproval
from studies.amendments.services.reading import schedule_of, version_at
from studies.protocol.models import Study
from studies.protocol_file import read_protocol, write_protocol
from studies.protocol_file.errors import ProtocolInvalid
from studies.protocol_file.services import load_protocol, protocol_of
from tests.conftest import Team
from tests.participants.staff import plan_week_visits, publish
from tests.studies.access.factories import UserFactory
from tests.studies.amendments.factories import WEEK_4, WEEK_12, approved, draft, submitted
from tests.studies.protocol.factories import ArmFactory, EligibilityCriterionFactory

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 2)


@pytest.fixture
def source(team: Team) -> str:
    """Version 2 in force at SG01, version 3 drafted."""
    plan_week_visits(team.study)
    publish(team.study)
    ArmFactory(study=team.study, code="SUN")
    EligibilityCriterionFactory(study=team.study, code="adult", text="An adult")
    team.study.sites.filter(code="SG01").update(last_participant_number=1)
    row = submitted(
        team.study,
        team.dewi,
        {"week-12": WEEK_12, "week-4": {**WEEK_4, "day_offset": 30}, "week-8": None},
    )
    row.changes |= {
        "criteria": {"adult": {"kind": "inclusion", "text": "Over 21"}},
        "arms": {"SUN": None, "SHADE": {"name": "Shade"}},
        "targets": {"SG01": 40},
    }
    row.save()
    approved(row, team.sg01, TODAY, team.dewi, reference="2026/14")
    draft(team.study, team.dewi, title="The next")
    return write_protocol(protocol_of(Study.objects.get(pk=team.study.pk)))


def load_as(source: str, code: str) -> Study:
    again = source.replace("code: MEL-8", f"code: {code}")
    admin = UserFactory(is_superuser=True)
    return load_protocol(protocol=read_protocol(again), by=admin).study


def test_versions_go_out_and_come_back(source: str, team: Team) -> None:
    study = load_as(source, "MEL-9")
    assert write_protocol(protocol_of(study)).replace("MEL-9", "MEL-8") == source
    sg01, kl01 = study.sites.get(code="SG01"), study.sites.get(code="KL01")
    assert (version_at(sg01, TODAY), version_at(kl01, TODAY)) == (2, 1)
    days = [
        dict(schedule_of(study, version).values_list("code", "day_offset")) for version in (1, 2)
    ]
    assert days == [
        {"baseline": 0, "week-4": 28, "week-8": 56},
        {"baseline": 0, "week-4": 30, "week-12": 84},
    ]
    assert SiteApproval.objects.get(site=sg01).reference == "2026/14"
    assert Amendment.objects.get(study=study, state="draft").title == "The next"


def test_loaded_again_it_changes_nothing(source: str) -> None:
    study = load_as(source, "MEL-9")
    again = source.replace("code: MEL-8", "code: MEL-9")
    admin = UserFactory(is_superuser=True)
    admin.memberships.create(study=study, role="manager")
    assert load_protocol(protocol=read_protocol(again), by=admin).outcome == "unchanged"


def test_what_was_never_amended_says_nothing_of_versions(team: Team) -> None:
    plan_week_visits(team.study)
    written = write_protocol(protocol_of(Study.objects.get(pk=team.study.pk)))
    assert not {"since", "until", "amendments"} & set(written.replace(":", "").split())


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        ("site: SG01\n", "site: SG77\n", "there is no site SG77"),
        ("version: 3", "version: 4", "expected 3: versions follow each other"),
        ("effective_on: '2026-03-02'", "effective_on: soon", "expected a day such as"),
        ("state: adopted", "state: submitted", "only the last amendment may be under way"),
    ],
)
def test_a_file_that_does_not_hold_together_is_refused(
    source: str, was: str, becomes: str, told: str
) -> None:
    assert was in source, source
    with pytest.raises(ProtocolInvalid, match=told):
        read_protocol(source.replace(was, becomes))
