"""The API: what its schema says, with the rights of the person whose key is sent."""

from typing import Any

import pytest
import schemathesis
from django.test import Client
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from config.wsgi import application
from inference.reading.models import ReadingStudy
from inference.scoring.models import Score
from studies.access.models import User
from studies.members.services.tokens import issue_token
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.factories import NOW
from tests.inference.packages.factories import ModelPackageFactory
from tests.inference.reading.making import make_draft
from tests.inference.scoring.factories import RunFactory, ScoreFactory, StudyModelFactory
from tests.participants.capture.factories import PhotoFactory
from tests.participants.people.factories import ParticipantFactory
from tests.participants.queries.factories import QueryFactory
from tests.participants.visits.factories import VisitFactory
from tests.rights.world import begun_form, raised_alert
from tests.studies.instruments.factories import InstrumentFactory, InstrumentVersionFactory
from tests.studies.protocol.factories import VisitDefinitionFactory

pytestmark = pytest.mark.django_db
NOT_INVESTIGATORS = ("deviations", "flow", "verification")


@pytest.fixture
def scores(team: Team) -> dict[str, Score]:
    """A scored photo at each site."""
    package = ModelPackageFactory()
    StudyModelFactory(study=team.study, package=package)
    baseline = VisitDefinitionFactory(study=team.study, code="baseline", day_offset=0)

    def score_at(site: Any, code: str) -> Score:
        participant = ParticipantFactory(site=site, code=code)
        visit = VisitFactory(participant=participant, definition=baseline)
        run = RunFactory(photo=PhotoFactory(visit=visit), package=package)
        score: Score = ScoreFactory(run=run)
        return score

    return {
        "SG01": score_at(team.sg01, "SG01-0001"),
        "KL01": score_at(team.kl01, "KL01-0001"),
    }


def headers_of(person: User) -> dict[str, str]:
    return {"Authorization": f"Bearer {issue_token(by=person).key}"}


def get(person: User, path: str) -> Any:
    return Client().get(f"/api/v1/{path}", headers=headers_of(person))


def codes(answer: Any) -> list[str]:
    return [row["participant"] for row in answer.json()["results"]]


@pytest.mark.parametrize("resource", ["visits", "photos", "scores"])
def test_a_coordinator_reads_their_own_site_only(
    team: Team, scores: dict[str, Score], resource: str
) -> None:
    path = f"studies/MEL-8/{resource}/"
    assert codes(get(team.amina, path)) == ["SG01-0001"]
    assert codes(get(team.budi, path)) == ["KL01-0001"]
    assert sorted(codes(get(team.ewa, path))) == ["KL01-0001", "SG01-0001"]


def test_another_sites_rows_are_not_found(team: Team, scores: dict[str, Score]) -> None:
    photo = scores["KL01"].run.photo_id
    assert get(team.amina, f"studies/MEL-8/photos/{photo}/").status_code == 404
    assert get(team.amina, "studies/MEL-8/participants/KL01-0001/").status_code == 404
    assert get(team.budi, f"studies/MEL-8/photos/{photo}/").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "studies/MEL-8/",
        "studies/MEL-8/participants/",
        "studies/MEL-8/visits/",
        "studies/MEL-8/photos/",
        "studies/MEL-8/scores/",
        "studies/MEL-8/export/long.csv",
    ],
)
def test_nothing_is_read_without_a_key_or_from_outside(
    team: Team, scores: dict[str, Score], path: str
) -> None:
    assert Client().get(f"/api/v1/{path}").status_code == 401
    assert get(team.farid, path).status_code == 404


def test_the_export_needs_the_right_to_export(team: Team, scores: dict[str, Score]) -> None:
    path = "studies/MEL-8/export/wide.csv"
    refused = get(team.amina, path)
    assert refused.status_code == 403
    assert refused.json()["type"] == "urn:gsh:problem:not_allowed"
    answer = get(team.chandra, path)
    assert answer["Content-Type"].startswith("text/csv")
    assert b"KL01-0001" in b"".join(answer)
    assert AuditEvent.objects.get(action="export.create").source == "api"


def test_no_identity_leaves_by_the_api(team: Team, scores: dict[str, Score]) -> None:
    row = get(team.amina, "studies/MEL-8/participants/SG01-0001/").json()
    assert not {"name", "email", "phone", "identity"} & set(row)


def test_filters_and_pages(team: Team, scores: dict[str, Score]) -> None:
    only = get(team.chandra, "studies/MEL-8/scores/?current=true&condition=melasma&page_size=1")
    assert len(only.json()["results"]) == 1
    assert only.json()["next"]
    assert codes(get(team.chandra, "studies/MEL-8/scores/?participant=KL01-0001")) == ["KL01-0001"]
    assert get(team.chandra, "studies/MEL-8/photos/?state=beautiful").status_code == 400


def test_every_answer_is_what_the_schema_says(team: Team, scores: dict[str, Score]) -> None:
    """Schemathesis: odd parameters of every operation, on rows that exist."""
    headers = headers_of(team.chandra)
    schema = schemathesis.openapi.from_wsgi("/api/schema/", application, headers=headers)
    known = {
        "study": "MEL-8",
        "code": "SG01-0001",
        "photo": str(scores["SG01"].run.photo_id),
        "file": "wide",
        "number": "1",
        "sha256": scores["SG01"].run.package.sha256,
        "reading": make_draft(team).code,
    }
    visit = scores["SG01"].run.photo.visit
    QueryFactory(participant=visit.participant, number=1)
    alert = raised_alert(begun_form(visit.participant, visit, by=team.amina))
    known["id"] = str(alert.pk)
    ReadingStudy.objects.update(state="closed", opened_at=NOW, closed_at=NOW)
    form = InstrumentVersionFactory(instrument=InstrumentFactory(study=team.study)).instrument
    operations = [result.ok() for result in schema.get_all_operations()]
    assert len(operations) >= 13
    for operation in operations:
        conduct = any(part in operation.label for part in NOT_INVESTIGATORS)
        named = known | ({"code": form.code} if "instruments" in operation.label else {})
        statuses = _statuses(operation, named, headers_of(team.dewi) if conduct else headers)
        acts = operation.method.upper() == "POST"  # of which most are refused, as they ought to be
        assert acts or 200 in statuses, operation.label
        assert not {status for status in statuses if status >= 500 or status == 401}


def _statuses(operation: Any, known: dict[str, str], headers: dict[str, str]) -> set[int]:
    """Call the operation with generated parameters, check each answer, return the statuses."""
    statuses: set[int] = set()

    @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy())
    def answers_as_described(case: Any) -> None:
        case.path_parameters = {name: known[name] for name in case.path_parameters or {}}
        answer = case.call(headers=headers)
        # A code that no site of this study has is rightly refused, whatever the schema allows.
        case.validate_response(answer, headers=headers, excluded_checks=[positive_data_acceptance])
        statuses.add(answer.status_code)

    answers_as_described()
    return statuses
