"""Scores of a demonstrator are marked wherever they appear: this walks every such place.

Without the mark a number looks like a measurement of skin. Each place is also looked at with a
model that is none, so a mark that is always there would not pass.
"""

import csv
import io
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from inference.packages.models import ModelPackage
from inference.scoring.models import Run
from inference.trials.models import Trial
from inference.trials.services import trials
from participants.imaging.decode import encode_clean
from studies.access.models import User
from studies.platform.work import perform
from tests.conftest import Team
from tests.inference.scoring.photos import astronaut, make_visit, real_photo, score_now, tiny, use

SignIn = Callable[[User], Client]
MARK = "Demonstrator"


@pytest.fixture
def runs(team: Team, tmp_path: Path) -> list[Run]:
    """A photo scored by two versions of the demonstrator."""
    for seed, version in ((7, "1.0.0"), (8, "2.0.0")):
        use(team.study, tiny(tmp_path, seed=seed, version=version))
    return score_now(real_photo(make_visit(team.sg01)))


def trial_of(team: Team, run: Run) -> Trial:
    trial = trials.try_photo(package=run.package, photo=run.photo, by=team.chandra)
    assert perform(Trial, trial.pk, trials.attend)
    return trial


def pages(team: Team, runs: list[Run]) -> Iterator[str]:
    """Every page that shows a score of a run, or what a package says of a photo."""
    photo = runs[0].photo
    yield "/studies/MEL-8/"
    yield "/studies/MEL-8/live/?seen=0"
    yield f"/studies/MEL-8/photos/{photo.pk}/"
    yield f"/studies/MEL-8/photos/{photo.pk}/?run={runs[1].pk}"
    yield f"/studies/MEL-8/photos/{photo.pk}/runs/{runs[0].pk}/regions/forehead/"
    yield "/studies/MEL-8/participants/SG01-0001/scores/"
    yield "/studies/MEL-8/models/"
    yield f"/studies/MEL-8/models/compare/?first={runs[0].package_id}&second={runs[1].package_id}"
    yield f"/models/{runs[0].package_id}/"
    yield "/models/"
    yield f"/models/tries/{trial_of(team, runs[0]).pk}/"


def marks(page: str) -> int:
    """Marks in the page's content; forms and navigation say nothing of demonstrators."""
    return page.count('class="demonstrator"')


def test_every_page_with_a_demonstrators_score_says_so(
    team: Team, runs: list[Run], as_person: SignIn
) -> None:
    client = as_person(team.chandra)
    addresses = list(pages(team, runs))
    unmarked = [a for a in addresses if not marks(client.get(a).content.decode())]
    assert unmarked == []
    ModelPackage.objects.update(demonstrator=False)
    marked = [a for a in addresses if marks(client.get(a).content.decode())]
    assert marked == []


def rows(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode(), newline="")))


@pytest.mark.parametrize("demonstrator", [True, False])
def test_every_file_says_so_in_each_row(
    team: Team, runs: list[Run], as_person: SignIn, demonstrator: bool
) -> None:
    ModelPackage.objects.update(demonstrator=demonstrator)
    client = as_person(team.chandra)
    pair = f"?first={runs[0].package_id}&second={runs[1].package_id}"
    for address in ("export/long.csv", "export/wide.csv", f"models/compare.csv{pair}"):
        found = rows(b"".join(client.get(f"/studies/MEL-8/{address}")))  # type: ignore[call-overload]
        assert found
        assert {row["demonstrator"] for row in found} == {str(demonstrator).lower()}, address


@pytest.mark.parametrize("demonstrator", [True, False])
def test_every_answer_of_the_api_says_so(
    team: Team, runs: list[Run], as_person: SignIn, demonstrator: bool
) -> None:
    ModelPackage.objects.update(demonstrator=demonstrator)
    client = as_person(team.chandra)
    for address in ("studies/MEL-8/scores/", "studies/MEL-8/models/", "packages/"):
        found = client.get(f"/api/v1/{address}").json()["results"]
        assert found
        assert {row["demonstrator"] for row in found} == {demonstrator}, address


def test_the_command_says_so_in_its_answer_and_on_its_sheet(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = tmp_path / "face.jpg"
    photo.write_bytes(encode_clean(astronaut().pixels))
    written: list[str] = []
    draw = "PIL.ImageDraw.ImageDraw.text"
    monkeypatch.setattr(draw, lambda self, xy, text, *rest, **also: written.append(text))
    call_command("score_photo", str(photo), "--sheet", str(tmp_path / "sheet.png"))
    assert json.loads(capsys.readouterr().out)["demonstrator"] is True
    assert any(MARK in text for text in written)
    assert Path(settings.SHIPPED_MODEL_PACKAGE).exists()


def test_a_mark_stays_while_the_demonstrators_scores_are_the_ones_shown(
    team: Team, runs: list[Run], as_person: SignIn
) -> None:
    """A measured model taken into use beside it takes no mark from its scores."""
    demonstrator, measured = (run.package for run in runs)
    demonstrator.studies.update(primary=True)
    ModelPackage.objects.filter(pk=measured.pk).update(demonstrator=False)
    page = as_person(team.chandra).get("/studies/MEL-8/").content.decode()
    assert marks(page) == 1
    later = timezone.now() + timedelta(days=1)
    demonstrator.studies.update(primary=False, deactivated_at=later)
    measured.studies.update(primary=True)
    page = as_person(team.chandra).get("/studies/MEL-8/").content.decode()
    assert marks(page) == 0
