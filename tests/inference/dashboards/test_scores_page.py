"""Severity over time: lines that break where a visit is missing, and a table that says the same."""

import json
import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from inference.dashboards.services.trajectories import trajectories
from inference.packages.models import ModelPackage
from participants.capture.models import Photo
from participants.visits.models import Visit
from studies.access.models import User
from tests.conftest import Team
from tests.factories import NOW
from tests.inference.packages.factories import ModelPackageFactory
from tests.inference.scoring.factories import RunFactory, ScoreFactory
from tests.inference.scoring.photos import make_visit, use
from tests.participants.capture.factories import PhotoFactory

SignIn = Callable[[User], Client]


@pytest.fixture
def package(team: Team) -> ModelPackage:
    package: ModelPackage = ModelPackageFactory()
    use(team.study, package)
    return package


def week(team: Team, number: int) -> Visit:
    return make_visit(team.sg01, visit=f"week-{number}", day=7 * number)


def scored(visit: Visit, package: ModelPackage, severity: float, view: str = "front") -> Photo:
    photo: Photo = PhotoFactory(visit=visit, view=view)
    run = RunFactory(photo=photo, package=package, finished_at=NOW)
    ScoreFactory(run=run, severity=severity)
    return photo


def url(code: str = "SG01-0001") -> str:
    return reverse("inference:participant_scores", args=["MEL-8", code])


def chart_of(page: str) -> dict[str, list[dict[str, object]]]:
    found = re.search(r'<script id="trajectories-data"[^>]*>(.*?)</script>', page, re.DOTALL)
    assert found
    chart: dict[str, list[dict[str, object]]] = json.loads(found[1])
    return chart


def test_a_missing_visit_is_a_gap_not_a_straight_line(
    team: Team, package: ModelPackage, as_person: SignIn
) -> None:
    scored(week(team, 0), package, 40.0)
    Visit.objects.filter(pk=week(team, 1).pk).update(state="missed")
    scored(week(team, 2), package, 20.0)
    page = as_person(team.chandra).get(url()).content.decode()
    chart = chart_of(page)
    assert [day["day"] for day in chart["days"]] == [0, 7, 14]
    melasma = next(c for c in chart["conditions"] if c["code"] == "melasma")
    front = melasma["series"][0]  # type: ignore[index]
    assert front["view"] == "front"
    assert [p["severity"] for p in front["points"]] == [40.0, None, 20.0]
    assert "No accepted photo: visit missed." in page


def test_each_view_is_a_line_of_its_own(team: Team, package: ModelPackage) -> None:
    visit = week(team, 0)
    scored(visit, package, 40.0)
    scored(visit, package, 60.0, view="left")
    found = trajectories(participant=visit.participant, user=team.dewi).chart()
    melasma = next(c for c in found["conditions"] if c["code"] == "melasma")
    assert {s["view"]: s["points"][0]["severity"] for s in melasma["series"]} == {
        "front": 40.0,
        "left": 60.0,
        "right": None,
    }


def test_the_table_says_the_same_and_which_way_the_scale_runs(
    team: Team, package: ModelPackage, as_person: SignIn
) -> None:
    photo = scored(week(team, 0), package, 37.4)
    page = as_person(team.chandra).get(url()).content.decode()
    assert re.search(r"<td[^>]*>37\s*<span[^>]*>mild</span></td>", page)
    assert "0 to 100 (higher is worse)" in page
    assert reverse("inference:photo", args=["MEL-8", photo.pk]) in page
    assert "Demonstrator: trained on generated skin; not for clinical use" in page
    assert str(package) in page


def test_only_scores_that_count_are_drawn(team: Team, package: ModelPackage) -> None:
    visit = week(team, 0)
    photo = scored(visit, package, 40.0)
    ScoreFactory(run=RunFactory(photo=photo, finished_at=NOW), severity=99.0)  # not in use here
    ScoreFactory(run=photo.runs.get(package=package), region="chin", severity=98.0)
    (row,) = (
        row
        for row in trajectories(participant=visit.participant, user=team.dewi).rows
        if row.view == "front"
    )
    assert [score.severity for score in row.scores if score] == [40.0]


def test_a_photo_turned_down_leaves_a_gap(team: Team, package: ModelPackage) -> None:
    visit = week(team, 0)
    scored(visit, package, 40.0)
    Photo.objects.update(state="retake_wanted")
    assert not trajectories(participant=visit.participant, user=team.dewi).scored


@pytest.mark.parametrize(
    ("state", "words"),
    [("queued", "Being scored."), ("quarantined", "Scoring failed; see the processing page.")],
)
def test_a_photo_not_scored_yet_says_how_it_stands(
    team: Team, package: ModelPackage, as_person: SignIn, state: str, words: str
) -> None:
    RunFactory(photo__visit=week(team, 0), package=package, state=state)
    page = as_person(team.chandra).get(url()).content.decode()
    assert words in page
    assert ('hx-trigger="every 2s"' in page) == (state == "queued")


def test_before_the_first_score_the_page_says_what_to_expect(team: Team, as_person: SignIn) -> None:
    week(team, 0)
    page = as_person(team.chandra).get(url()).content.decode()
    assert "No scores yet" in page
    assert "canvas" not in page


def test_htmx_gets_the_part_alone(team: Team, package: ModelPackage, as_person: SignIn) -> None:
    scored(week(team, 0), package, 40.0)
    client = as_person(team.chandra)
    part = client.get(url(), headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode()
    assert 'id="trajectories-data"' in part.content.decode()
    assert "HX-Request" in part["Vary"]
    assert "<html" in client.get(url()).content.decode()


def test_participants_of_other_sites_and_studies_are_not_found(
    team: Team, package: ModelPackage, as_person: SignIn
) -> None:
    scored(week(team, 0), package, 40.0)
    for person in (team.amina, team.chandra, team.dewi, team.ewa):
        assert as_person(person).get(url()).status_code == 200
    assert as_person(team.budi).get(url()).status_code == 404
    assert as_person(team.farid).get(url()).status_code == 404
    assert as_person(team.dewi).get(url("SG01-9999")).status_code == 404
    assert Client().get(url()).status_code == 302


def test_the_number_of_queries_does_not_grow(
    team: Team,
    package: ModelPackage,
    as_person: SignIn,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(6):
        for view in ("front", "left", "right"):
            scored(week(team, number), package, 10.0 * number, view=view)
    client = as_person(team.chandra)
    with django_assert_max_num_queries(24):
        assert client.get(url()).status_code == 200


def test_a_band_of_noise_lies_about_the_first_score_where_it_is_known(
    team: Team, as_person: SignIn
) -> None:
    spread = {"sd": 5.0, "people": 24, "photos": 72}
    told = {"data": "Drawn.", "conditions": {"melasma": {"face": spread, "regions": {}}}}
    package = ModelPackageFactory(card={**ModelPackageFactory.build().card, "repeatability": told})
    use(team.study, package)
    scored(week(team, 0), package, 40.0)
    page = as_person(team.chandra).get(url()).content.decode()
    noise = {c["code"]: c["noise"] for c in chart_of(page)["conditions"]}
    assert noise["melasma"] == 13.86  # 1.96 times the root of 2 times 5
    assert "± 14" in page
    assert "by the people on the model's card and not this study's own" in page


def test_where_no_noise_is_known_no_band_is_drawn_and_it_is_said(
    team: Team, package: ModelPackage, as_person: SignIn
) -> None:
    scored(week(team, 0), package, 40.0)
    page = as_person(team.chandra).get(url()).content.decode()
    assert {c["noise"] for c in chart_of(page)["conditions"]} == {None}
    assert "so no band of noise is drawn" in page
    assert "Smallest change" not in page


def test_a_severity_is_told_with_its_interval(
    team: Team, package: ModelPackage, as_person: SignIn
) -> None:
    photo = scored(week(team, 0), package, 42.0)
    photo.runs.get().scores.update(severity_low=35.2, severity_high=49.8)
    page = as_person(team.chandra).get(url()).content.decode()
    assert "(35 to 50)" in page
    melasma = next(c for c in chart_of(page)["conditions"] if c["code"] == "melasma")
    assert melasma["series"][0]["points"][0]["interval"] == [35.2, 49.8]
