"""Monitoring from rows: numbers by site, the flow with its rows, who sees arms, file and API."""

import csv
import io
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Model
from django.test import Client

from participants.monitoring.flow import Flow, counts_of
from participants.monitoring.services.flow import flow_people, participant_flow
from participants.people.models import Participant, ScreeningAttempt
from studies.access.models import User
from studies.members.services.tokens import issue_token
from studies.platform.errors import NotAllowed
from studies.protocol.models import Arm, Study
from tests.conftest import Team
from tests.factories import NOW
from tests.inference.packages.factories import ModelPackageFactory
from tests.inference.scoring.factories import RunFactory, ScoreFactory, StudyModelFactory
from tests.participants.allocation.given import allocate, arms_in, blinded, person
from tests.participants.answers.factories import SubmissionFactory
from tests.participants.capture.factories import PhotoFactory
from tests.participants.people.factories import ParticipantFactory
from tests.participants.visits.factories import VisitFactory
from tests.rights.world import Visitor
from tests.studies.assignments.factories import AssignmentFactory
from tests.studies.instruments.factories import InstrumentFactory, InstrumentVersionFactory
from tests.studies.protocol.factories import VisitDefinitionFactory

pytestmark = pytest.mark.django_db
Sign = Callable[[User], Client]
PAGE = "/studies/MEL-8/monitoring/"
S = Participant.State


@pytest.fixture
def people(team: Team) -> dict[str, Participant]:
    """Everybody whom the diagram tells apart, at SG01; one more at KL01."""
    arms = arms_in(team.study, "SUN", "SHADE")
    baseline = VisitDefinitionFactory(study=team.study, code="baseline", day_offset=0)
    week_4 = VisitDefinitionFactory(study=team.study, code="week-4", day_offset=28)

    def made(name: str, state: S = S.ENROLLED, *, number: int, **values: object) -> Participant:
        values = {"enrolled_on": date(2026, 1, 5), **values}
        return ParticipantFactory(site=team.sg01, code=f"SG01-{number:04d}", state=state, **values)

    everybody = {
        "failed": made("failed", S.SCREEN_FAILURE, number=1, enrolled_on=None),
        "declined": made("declined", S.SCREEN_FAILURE, number=2, enrolled_on=None),
        "screening": made("screening", S.SCREENING, number=3, enrolled_on=None),
        "left_before": made("left_before", S.WITHDRAWN, number=4, enrolled_on=None),
        "here": made("here", number=5),
        "lost": made("lost", number=6),
        "withdrew": made("withdrew", S.WITHDRAWN, number=7),
        "erased": made("erased", S.ERASED, number=8, data_use="restricted"),
        "completed": made("completed", S.COMPLETED, number=9),
        "unallocated": made("unallocated", number=10),
        "elsewhere": ParticipantFactory(site=team.kl01, code="KL01-0001"),
    }
    for name, failure in {"failed": "criteria", "declined": "declined"}.items():
        ScreeningAttempt.objects.create(
            participant=everybody[name], began_on=NOW.date(), outcome="failure", failure=failure
        )
    for place, name in enumerate(("here", "lost", "withdrew", "erased", "completed")):
        allocate(everybody[name], arms[place % 2])
        _visit(everybody[name], baseline, "complete", date(2026, 1, 5))
    _visit(everybody["here"], week_4, "scheduled", date(2026, 3, 9))
    # Nobody has turned the day yet: the date says that it was missed.
    _visit(everybody["lost"], week_4, "due", date(2026, 2, 2))
    return everybody


def _visit(who: Participant, definition: Model, state: str, day: date) -> None:
    VisitFactory(
        participant=who,
        definition=definition,
        state=state,
        scheduled_on=day,
        opens_on=day,
        closes_on=day,
    )


def numbers(flow: Flow) -> dict[tuple[str, str], int]:
    return {
        (group.arm if group else "-", count.key): count.number
        for _stage, _parent, group, count in counts_of(flow)
    }


# --- The flow ----------------------------------------------------------------------------------


def test_everybody_stands_where_their_rows_say(team: Team, people: dict[str, Participant]) -> None:
    flow = participant_flow(study=team.study, user=team.dewi)
    counted = numbers(flow)
    wanted = {
        ("-", "screened"): 11,
        ("-", "criteria"): 1,
        ("-", "declined"): 1,
        ("-", "left"): 1,
        ("-", "in_screening"): 1,
        ("-", "enrolled"): 7,
        ("-", "not_allocated"): 2,
        ("-", "allocated"): 5,
        ("SUN", "group"): 3,
        ("SHADE", "group"): 2,
        ("SUN", "under_way"): 1,
        ("SUN", "withdrew"): 1,
        ("SUN", "completed"): 1,
        ("SHADE", "lost"): 1,
        ("SHADE", "withdrew"): 1,
        ("SUN", "visit.baseline.made"): 3,
        ("SUN", "visit.week-4.to_come"): 1,
        ("SHADE", "visit.week-4.missed"): 1,
    }
    assert {key: counted[key] for key in wanted} == wanted
    assert flow.by_arm


def test_each_number_leads_to_exactly_its_people(
    team: Team, people: dict[str, Participant]
) -> None:
    flow = participant_flow(study=team.study, user=team.dewi)
    for _stage, _parent, group, count in counts_of(flow):
        arm = group.arm if group else None
        listed = flow_people(study=team.study, user=team.dewi, box=count.key, arm=arm)
        assert {one.pk for one in listed} == set(count.people), count.key


def test_one_is_analysed_by_a_score_that_counts(team: Team, people: dict[str, Participant]) -> None:
    package = ModelPackageFactory()
    StudyModelFactory(study=team.study, package=package)
    photo = PhotoFactory(visit=people["here"].visits.get(definition__code="baseline"))
    counted = numbers(participant_flow(study=team.study, user=team.dewi))
    assert counted["SUN", "analysed"] == 0
    ScoreFactory(run=RunFactory(photo=photo, package=package))
    counted = numbers(participant_flow(study=team.study, user=team.dewi))
    assert (counted["SUN", "analysed"], counted["SUN", "not_analysed"]) == (1, 2)
    Participant.objects.filter(pk=people["here"].pk).update(data_use="restricted")
    assert numbers(participant_flow(study=team.study, user=team.dewi))["SUN", "analysed"] == 0


def test_a_coordinator_counts_their_own_site(team: Team, people: dict[str, Participant]) -> None:
    assert participant_flow(study=team.study, user=team.amina).screened.number == 10
    assert participant_flow(study=team.study, user=team.budi).screened.number == 1
    whole = participant_flow(study=team.study, user=team.dewi, site=team.kl01)
    assert whole.screened.number == 1


def test_without_arms_there_is_one_group(team: Team) -> None:
    ParticipantFactory(site=team.sg01)
    flow = participant_flow(study=team.study, user=team.dewi)
    assert not flow.allocating
    assert [group.all.number for group in flow.groups] == [1]


# --- Blinding ----------------------------------------------------------------------------------


def test_the_blind_are_shown_all_arms_together(
    team: Team, people: dict[str, Participant], as_person: Sign
) -> None:
    blinded(team.study)
    stella = person(team.study, "statistician", "Stella")
    assert participant_flow(study=team.study, user=stella).by_arm
    for name in ("amina", "dewi", "ewa"):
        user = getattr(team, name)
        assert not participant_flow(study=team.study, user=user).by_arm
        browser = as_person(user)
        for path in (PAGE, f"{PAGE}flow.svg", f"{PAGE}flow.csv", f"{PAGE}flow/?box=allocated"):
            answer = browser.get(path)
            assert answer.status_code == 200, path
            read = answer.getvalue().decode()
            assert not re.search(r"\bSUN\b|\bSHADE\b|Sun arm|Shade arm", read), path


def test_asking_for_an_arm_is_refused_alike_for_each_and_for_none_that_is(
    team: Team, people: dict[str, Participant]
) -> None:
    blinded(team.study)
    dewi = Visitor(team.dewi)
    pages = {
        dewi.read(f"{PAGE}flow/?box=group&arm={arm}").replace(arm, "")
        for arm in ("SUN", "SHADE", "NONE")
    }
    assert len(pages) == 1
    assert pages.pop().startswith("403")
    with pytest.raises(NotAllowed):
        flow_people(study=team.study, user=team.dewi, box="group", arm="SUN")


def test_arms_of_one_site_alone_are_not_told_beside_others(
    team: Team, people: dict[str, Participant]
) -> None:
    """A role that sees arms at one site sees the whole study pooled: no difference tells more."""
    blinded(team.study)
    stella = person(team.study, "statistician", "Stella", team.sg01)
    person_of_both = team.dewi
    assert participant_flow(study=team.study, user=stella).by_arm
    assert stella.memberships.count() == 1
    stella.memberships.create(study=team.study, role="manager", site=None)
    assert not participant_flow(study=team.study, user=stella).by_arm
    assert participant_flow(study=team.study, user=stella, site=team.sg01).by_arm
    assert not participant_flow(study=team.study, user=person_of_both).by_arm


def test_once_unblinded_the_team_sees_the_arms(team: Team, people: dict[str, Participant]) -> None:
    blinded(team.study)
    Study.objects.filter(pk=team.study.pk).update(unblinded_at=NOW)
    team.study.refresh_from_db()
    assert participant_flow(study=team.study, user=team.ewa).by_arm


# --- The page, the files, the API --------------------------------------------------------------


def test_the_page_has_each_site_with_its_numbers(
    team: Team, people: dict[str, Participant], as_person: Sign
) -> None:
    visit = people["here"].visits.get(definition__code="baseline")
    PhotoFactory(visit=visit, view="front")
    PhotoFactory(
        visit=visit,
        view="left",
        state="retake_wanted",
        retake_reasons=[{"code": "blurred", "message": "Blurred."}],
    )
    instrument = InstrumentFactory(study=team.study, code="deviation")
    InstrumentVersionFactory(instrument=instrument, state="published")
    asked = AssignmentFactory(
        study=team.study, instrument=instrument, code="deviation", role="deviation",
        timing="as_needed", visits=[],
    )  # fmt: skip
    SubmissionFactory(
        participant=people["here"], assignment=asked, state="submitted", submitted_at=NOW
    )
    page = as_person(team.ewa).get(PAGE).content.decode()
    for words in ("Singapore General Clinic", "50% (1)", "blurred", "Kuala Lumpur Skin Centre"):
        assert words in page
    entered = as_person(team.ewa).get(f"{PAGE}deviations/?site=SG01").content.decode()
    assert people["here"].code in entered
    assert (
        people["here"].code not in as_person(team.budi).get(f"{PAGE}deviations/").content.decode()
    )


def test_every_link_of_the_diagram_opens(
    team: Team, people: dict[str, Participant], as_person: Sign
) -> None:
    browser = as_person(team.dewi)
    page = browser.get(PAGE).content.decode()
    links = set(re.findall(r'class="flow__link" href="([^"]+)"', page))
    assert len(links) > 15
    for link in links:
        answer = browser.get(link.replace("&amp;", "&"))
        assert answer.status_code == 200, link


def test_a_box_or_a_site_that_is_not_there_is_not_found(
    team: Team, people: dict[str, Participant], as_person: Sign
) -> None:
    browser = as_person(team.amina)
    assert browser.get(f"{PAGE}flow/?box=nothing").status_code == 404
    for path in (PAGE, f"{PAGE}flow.svg", f"{PAGE}flow/", f"{PAGE}flow.csv"):
        assert browser.get(f"{path}?site=KL01").status_code == 404, path


def test_the_file_and_the_api_say_the_same_numbers(
    team: Team, people: dict[str, Participant], as_person: Sign
) -> None:
    answer = as_person(team.dewi).get(f"{PAGE}flow.csv")
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))
    headers = {"Authorization": f"Bearer {issue_token(by=team.dewi).key}"}
    told = Client().get("/api/v1/studies/MEL-8/flow/", headers=headers).json()
    assert [(row["arm"], row["box"], int(row["n"])) for row in rows] == [
        (one["arm"], one["box"], one["n"]) for one in told
    ]
    elsewhere = Client().get("/api/v1/studies/MEL-8/flow/?site=XX99", headers=headers)
    assert elsewhere.status_code == 404


def test_an_empty_study_says_so(team: Team, as_person: Sign) -> None:
    assert Arm.objects.filter(study=team.study).count() == 0
    page = as_person(team.ewa).get(PAGE).content.decode()
    assert "Nobody was screened yet" in page
    assert "No plan is set yet" in page


def test_the_command_draws_what_its_person_may_see(
    team: Team, people: dict[str, Participant], tmp_path: Path
) -> None:
    blinded(team.study)
    stella = person(team.study, "statistician", "Stella")
    for user, told in ((stella, True), (team.ewa, False)):
        file = tmp_path / f"{user.name}.svg"
        call_command("draw_flow", "MEL-8", str(file), "--as", user.email, stdout=io.StringIO())
        assert ("Sun arm" in file.read_text()) is told
    for study, email in (("MEL-8", team.farid.email), ("NONE", team.ewa.email)):
        with pytest.raises(CommandError):
            call_command("draw_flow", study, str(tmp_path / "x.svg"), "--as", email)
