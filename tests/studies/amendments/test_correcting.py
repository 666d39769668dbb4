"""An approval entered with the wrong day: put right before it begins, and what can be after."""

from datetime import date
from typing import Any

import pytest
from time_machine import TimeMachineFixture

from participants.amending.models import CarryOver
from studies.amendments.models import SiteApproval
from studies.amendments.services.correcting import correct_approval, remove_approval
from studies.amendments.services.reading import version_at
from studies.platform.errors import Invalid, ReasonMissing, StateRefused
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.participants.staff import Sign, plan_week_visits
from tests.studies.amendments.factories import approved, submitted

pytestmark = pytest.mark.django_db
TODAY, NEXT_WEEK, LATER = date(2026, 3, 2), date(2026, 3, 9), date(2026, 3, 16)
PAGE = "/studies/MEL-8/protocol/amendments/2/"


@pytest.fixture
def approval(team: Team) -> SiteApproval:
    plan_week_visits(team.study)
    team.study.sites.filter(code="SG01").update(last_participant_number=1)
    row = submitted(team.study, team.dewi)
    return approved(row, team.sg01, NEXT_WEEK, team.dewi, approved_on=TODAY, reference="2026/14")


def correct(team: Team, approval: SiteApproval, **changed: Any) -> SiteApproval:
    said = {
        "approved_on": TODAY,
        "effective_on": LATER,
        "reference": "2026/14",
        "reason": "Typed a week too early",
        **changed,
    }
    return correct_approval(amendment=approval.amendment, site=team.sg01, by=team.dewi, **said)


def test_its_first_day_is_moved_with_a_reason_and_the_carrying_over_waits_for_it(
    team: Team, approval: SiteApproval
) -> None:
    correct(team, approval)
    assert version_at(team.sg01, NEXT_WEEK) == 1
    assert version_at(team.sg01, LATER) == 2
    due = CarryOver.objects.get().due_at.astimezone(team.sg01.zone)
    assert due.date() == LATER
    event = AuditEvent.objects.get(action="amendment.correct_approval")
    assert event.contents.old == {"site": "SG01", "effective_on": "2026-03-09"}
    assert event.contents.new == {"site": "SG01", "effective_on": "2026-03-16"}
    assert event.contents.reason == "Typed a week too early"


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"reason": " "}, ReasonMissing),
        ({"effective_on": date(2026, 3, 1), "approved_on": date(2026, 2, 27)}, Invalid),
        ({"approved_on": date(2026, 3, 3)}, Invalid),
        ({"effective_on": NEXT_WEEK}, Invalid),
    ],
)
def test_what_cannot_be_is_refused(
    team: Team, approval: SiteApproval, changed: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        correct(team, approval, **changed)
    approval.refresh_from_db()
    assert approval.effective_on == NEXT_WEEK


def test_once_it_has_begun_only_the_decisions_day_and_the_reference_are_corrected(
    team: Team, approval: SiteApproval, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to("2026-03-09T03:00:00Z", tick=False)
    with pytest.raises(StateRefused, match="note on each participant"):
        correct(team, approval)
    row = correct(team, approval, effective_on=NEXT_WEEK, reference="2026/41")
    assert (row.reference, row.effective_on) == ("2026/41", NEXT_WEEK)


def test_on_the_page_the_second_of_two_sees_what_the_first_entered(
    team: Team, approval: SiteApproval, as_person: Sign
) -> None:
    client = as_person(team.dewi)
    assert "Correct" in client.get(PAGE).content.decode()
    form = client.get(f"{PAGE}sites/SG01/").context["form"]
    correct(team, approval, reference="2026/41", effective_on=NEXT_WEEK)
    late = {
        "approved_on": "2026-03-02",
        "effective_on": "2026-03-16",
        "reference": "2026/14",
        "reason": "A week too early",
        "seen": form["seen"].value(),
    }
    answer = client.post(f"{PAGE}sites/SG01/", late)
    assert answer.status_code == 409
    assert "2026/41" in answer.content.decode()
    approval.refresh_from_db()
    assert approval.effective_on == NEXT_WEEK


def remove(team: Team, approval: SiteApproval, reason: str = "KL01's letter") -> None:
    remove_approval(amendment=approval.amendment, site=approval.site, reason=reason, by=team.dewi)


class TestRemoving:
    def test_the_wrong_sites_is_removed_with_a_reason_and_nothing_is_carried_over(
        self, team: Team, approval: SiteApproval
    ) -> None:
        remove(team, approval)
        assert version_at(team.sg01, LATER) == 1
        assert not CarryOver.objects.exists()
        event = AuditEvent.objects.get(action="amendment.remove_approval")
        assert event.contents.old == {
            "site": "SG01",
            "approved_on": "2026-03-02",
            "effective_on": "2026-03-09",
            "reference": "2026/14",
        }
        assert event.contents.reason == "KL01's letter"

    def test_the_site_it_was_meant_for_approves_it_and_so_may_this_one_later(
        self, team: Team, approval: SiteApproval
    ) -> None:
        remove(team, approval)
        approved(approval.amendment, team.kl01, NEXT_WEEK, team.dewi, approved_on=TODAY)
        approved(approval.amendment, team.sg01, LATER, team.dewi, approved_on=TODAY)
        assert version_at(team.kl01, NEXT_WEEK) == 2
        assert (version_at(team.sg01, NEXT_WEEK), version_at(team.sg01, LATER)) == (1, 2)

    def test_not_without_a_reason(self, team: Team, approval: SiteApproval) -> None:
        with pytest.raises(ReasonMissing):
            remove(team, approval, reason=" ")
        assert SiteApproval.objects.exists()

    def test_not_once_it_has_begun(
        self, team: Team, approval: SiteApproval, time_machine: TimeMachineFixture
    ) -> None:
        time_machine.move_to("2026-03-09T03:00:00Z", tick=False)
        with pytest.raises(StateRefused, match="stays"):
            remove(team, approval)
        assert SiteApproval.objects.exists()

    def test_not_while_a_later_version_that_includes_it_is_approved(
        self, team: Team, approval: SiteApproval
    ) -> None:
        later = submitted(team.study, team.dewi, {"week-8": None})
        approved(later, team.sg01, LATER, team.dewi, approved_on=TODAY)
        with pytest.raises(StateRefused, match="remove that one first"):
            remove(team, approval)
        assert SiteApproval.objects.count() == 2

    def test_on_the_page_until_it_has_begun(
        self,
        team: Team,
        approval: SiteApproval,
        as_person: Sign,
        time_machine: TimeMachineFixture,
    ) -> None:
        client, page = as_person(team.dewi), f"{PAGE}sites/SG01/remove/"
        assert page in client.get(f"{PAGE}sites/SG01/").content.decode()
        seen = client.get(page).context["form"]["seen"].value()
        stale = client.post(page, {"reason": "KL01's letter", "seen": "another page"})
        assert stale.status_code == 409
        client.post(page, {"reason": "KL01's letter", "seen": seen})
        assert not SiteApproval.objects.exists()
        assert "no approval of it is left" in client.get(PAGE).content.decode()
        assert client.post(page, {"reason": "Again", "seen": seen}).status_code == 409
        approved(approval.amendment, team.sg01, TODAY, team.dewi)
        assert page not in client.get(f"{PAGE}sites/SG01/").content.decode()
