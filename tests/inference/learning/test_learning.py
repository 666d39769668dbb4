"""From a consensus to a registered package beside the old one, and what must never happen.

The trainer is a stand-in that writes the tests' tiny network: the product hands a folder to a
command and takes a package from it, whatever the command trains with. The folder itself is read by
the importer that real training begins with.
"""

import csv
import json
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from inference.learning.errors import NothingToLearn, NoTrainer, TermsMissing
from inference.learning.models import TrainingJob
from inference.learning.services.jobs import ask_training
from inference.learning.services.outcome import outcome_of
from inference.learning.services.training_set import (
    Row,
    grade_name,
    require_apart,
    split_of,
    training_set,
    usable_scales,
    write,
)
from inference.learning.tasks import train_from_readings
from inference.packages.errors import TrainedOnParticipants
from inference.packages.models import ModelPackage
from inference.reading.models import ReadingStudy, Scale
from inference.results.tasks import compute_results
from inference.scoring.models import Run
from inference.scoring.services import scoring, study_models
from inference.training.importers.card import read_card
from inference.training.importers.listing import list_pictures
from participants.capture.models import Photo
from participants.consent.models import Consent
from participants.people.models import Participant
from studies.access.models import User
from studies.platform import storage
from studies.platform.errors import NotAllowed
from studies.platform.work import WorkState, perform
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.inference.results.making import grades, make_closed
from tests.inference.scoring.photos import make_visit, real_photo, score_now, tiny, use
from tests.stack import ROOT

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
TERMS = "Consent 1.0, later research on skin, until 2030"
SPLITS = ("train", "train", "train", "validation", "test", "test")

TRAINER = f"""
import csv, json, pathlib, sys
sys.path.insert(0, {str(ROOT)!r})
data, out = map(pathlib.Path, sys.argv[1:])
rows = list(csv.DictReader((data / "photos.csv").open()))
assert all((data / row["file"]).stat().st_size > 1000 for row in rows)
from tests.inference.pipeline.tiny_package import write_tiny_package
notice = json.loads((data / "notice.json").read_text())
training = {{"data": "readings", "generated": False, **notice}}
write_tiny_package(out, name="package.onnx", seed=11, training=training, version="9.0.0")
"""


def owner_in(split: str, number: int) -> UUID:
    """A phone's number whose person belongs to ``split``."""
    found = (UUID(int=1000 * number + n) for n in range(1000))
    return next(one for one in found if split_of(Participant(outbox_owner=one)) == split)


@pytest.fixture
def photos(team: Team) -> list[Photo]:
    """A photo each of six people in all three parts, who agree to later research."""
    made = []
    for number, split in enumerate(SPLITS, start=1):
        photo = real_photo(make_visit(team.sg01, code=f"SG01-{number:04}"))
        other = storage.read(photo.upright_file) + bytes([number])  # no two pictures are the same
        photo.upright_file, photo.upright_sha256 = storage.store(
            "uprights", str(photo.pk), other, suffix=".jpg"
        )
        photo.save(update_fields=["upright_file", "upright_sha256"])
        person = photo.visit.participant
        person.outbox_owner = owner_in(split, number)
        person.save(update_fields=["outbox_owner"])
        made.append(photo)
    agree(Consent.objects.all(), True)
    return made


def agree(consents: Any, agreed: bool) -> None:
    consents.update(choices={"ai_scoring": True, "future_research": agreed})


@pytest.fixture
def closed(team: Team, photos: list[Photo]) -> ReadingStudy:
    table = np.array([[0, 0, 1], [1, 1, 1], [2, 3, 2], [3, 3, 3], [1, 2, 2], [0, 0, 0]], float)
    return make_closed(team, photos, table)


@pytest.fixture
def trainer(tmp_path: Path, settings: Settings) -> Path:
    script = tmp_path / "trainer.py"
    script.write_text(TRAINER, encoding="utf-8")
    settings.TRAINER_COMMAND = f"{sys.executable} {script}"
    return script


def ask(closed: ReadingStudy, team: Team) -> TrainingJob:
    return ask_training(reading=closed, choice="future_research", terms=TERMS, by=team.dewi)


# --- The whole loop ------------------------------------------------------------------------------


def test_from_readings_to_a_package_beside_the_old_one(
    team: Team, closed: ReadingStudy, photos: list[Photo], trainer: Path, tmp_path: Path,
    as_person: SignIn,
) -> None:  # fmt: skip
    old = tiny(tmp_path)
    row = use(team.study, old)
    row.primary = True
    row.save()
    for photo in photos:
        score_now(photo)
    job = ask(closed, team)
    assert ask(closed, team).pk == job.pk  # one at a time
    train_from_readings(str(job.pk))
    job.refresh_from_db()
    assert job.state == WorkState.DONE, job.last_error
    package = job.package
    assert package is not None
    assert package.card["training"]["studies"] == [{"study": "MEL-8", "reading_study": closed.code}]
    # Registered, not in use; the primary is what it was.
    assert not package.studies.exists()
    assert study_models.shown(team.study)["primary_model"] == str(old)
    # Only people it was never trained on are scored by it.
    runs = Run.objects.filter(package=package)
    assert {run.photo_id for run in runs} == {photos[4].pk, photos[5].pk}
    for run in runs:
        assert perform(Run, run.pk, scoring.score)
    outcome = outcome_of(job)
    assert outcome is not None
    assert (outcome.cases, outcome.scored, outcome.primary) == (2, 2, old)
    assert (outcome.conditions[0].cases, outcome.conditions[0].people) == (2, 2)
    page = as_person(team.dewi).get(
        reverse("inference:reading_learning", args=["MEL-8", closed.code])
    )
    text = page.content.decode()
    assert "Registered, not in use" in text
    compare = reverse("inference:compare", args=["MEL-8"])
    assert f"{compare}?first={old.pk}&amp;second={package.pk}" in text
    both = as_person(team.dewi).get(compare, {"first": old.pk, "second": package.pk})
    assert "2 photos were scored by both" in both.content.decode()
    # It may run beside the primary and never become it.
    study_models.activate(study=team.study, package=package, reason="Beside", by=team.dewi)
    with pytest.raises(TrainedOnParticipants, match="cannot be the primary model here"):
        study_models.make_primary(study=team.study, package=package, reason="x", by=team.dewi)
    with pytest.raises(TrainedOnParticipants):
        study_models.deactivate(study=team.study, package=old, reason="x", by=team.dewi)
    told = AuditEvent.objects.filter(action__startswith="training.").order_by("sequence")
    assert [event.action for event in told] == ["training.ask", "training.end"]


def trained_on(study: str, folder: Path) -> ModelPackage:
    training = {"data": "x", "generated": False, "studies": [{"study": study}]}
    return tiny(folder, training=training)


def test_it_cannot_be_the_first_model_of_its_own_study_and_can_of_another(
    team: Team, tmp_path: Path
) -> None:
    here = trained_on("MEL-8", tmp_path)
    with pytest.raises(TrainedOnParticipants):
        study_models.activate(study=team.study, package=here, reason="x", by=team.dewi)
    assert not here.studies.exists()
    elsewhere = tiny(
        tmp_path, seed=9, version="2.0.0",
        training={"data": "x", "generated": False, "studies": [{"study": "OTHER"}]},
    )  # fmt: skip
    row = study_models.activate(study=team.study, package=elsewhere, reason="x", by=team.dewi)
    assert row.primary


# --- Whose photos --------------------------------------------------------------------------------


def test_the_folder_is_what_the_importer_takes_and_keeps_people_apart(
    closed: ReadingStudy, tmp_path: Path
) -> None:
    made = training_set(closed, choice="future_research")
    write(made, tmp_path, terms=TERMS)
    card = read_card(tmp_path / "card.yaml")
    listing = list_pictures(card, tmp_path)
    assert listing.problems == []
    assert sorted(item.split or "" for item in listing.items) == sorted(SPLITS)
    sides: dict[str, set[str]] = {}
    for item in listing.items:
        sides.setdefault(item.person, set()).add(item.split or "")
    assert all(len(splits) == 1 for splits in sides.values())
    assert "until 2030" in json.dumps(card.raw["licence"])
    rows = list(csv.DictReader(StringIO((tmp_path / "photos.csv").read_text())))
    assert [row["wrinkles"] for row in rows] == [
        "none", "mild", "moderate", "severe", "moderate", "none",
    ]  # fmt: skip
    text = (tmp_path / "photos.csv").read_text() + (tmp_path / "notice.json").read_text()
    assert "SG01-" not in text  # no participant's code leaves


def test_who_did_not_agree_is_left_out_row_by_row(
    closed: ReadingStudy, photos: list[Photo]
) -> None:
    agree(Consent.objects.filter(participant=photos[0].visit.participant), False)
    Photo.objects.filter(pk=photos[1].pk).update(kept_out=True)
    made = training_set(closed, choice="future_research")
    assert {row.photo.pk for row in made.rows} == {photo.pk for photo in photos[2:]}
    assert made.left_out == {
        "no consent to this use": 1,
        "photo erased, turned down or damaged": 1,
    }
    with pytest.raises(NothingToLearn, match="no consent to this use"):
        training_set(closed, choice="publication")


@pytest.mark.parametrize("change", [{"data_use": "restricted"}, {"state": "withdrawn"}])
def test_locked_and_withdrawn_people_are_left_out(
    closed: ReadingStudy, photos: list[Photo], change: dict[str, str]
) -> None:
    Participant.objects.filter(pk=photos[0].visit.participant_id).update(**change)
    made = training_set(closed, choice="future_research")
    assert made.left_out == {"data locked, withdrawn or erased": 1}


def test_consent_is_asked_again_when_training_begins(
    team: Team, closed: ReadingStudy, photos: list[Photo], trainer: Path
) -> None:
    job = ask(closed, team)
    agree(Consent.objects.all(), False)
    train_from_readings(str(job.pk))
    job.refresh_from_db()
    assert job.state == WorkState.QUARANTINED
    assert "no consent to this use" in job.last_error
    assert not ModelPackage.objects.exists()


def test_an_empty_part_is_refused(closed: ReadingStudy, photos: list[Photo]) -> None:
    tested = [photo.visit.participant_id for photo in photos[4:]]
    agree(Consent.objects.filter(participant__in=tested), False)
    with pytest.raises(NothingToLearn, match="part for test"):
        training_set(closed, choice="future_research")


def test_one_person_in_two_parts_is_refused(photos: list[Photo]) -> None:
    rows = [Row(n, photos[0], "same", split, {}, 0) for n, split in enumerate(("train", "test"))]
    with pytest.raises(NothingToLearn, match="trained on and measured"):
        require_apart(rows)


def test_scales_that_teach_nothing_say_why(team: Team, photos: list[Photo]) -> None:
    table = np.ones((6, 2))
    study = make_closed(
        team, photos, *[table] * 5,
        scales=[
            {"title": "Whole"}, {"title": "Again"}, {"title": "Cheek", "region": "cheek_left"},
            {"title": "Spots", "kind": "count", "grades": []},
            {"title": "Own", "condition_id": None},
        ],
    )  # fmt: skip
    usable, why = usable_scales(study)
    assert [scale.title for scale in usable] == ["Whole"]
    assert set(why) == {"Again", "Cheek", "Spots", "Own"}


@pytest.mark.parametrize(
    ("scale", "value", "grade"),
    [
        ({"kind": "grades", "grades": grades(4)}, 2, "moderate"),
        ({"kind": "grades", "grades": grades(5)}, 4, "severe"),
        ({"kind": "grades", "grades": grades(5)}, 1, "mild"),
        ({"kind": "line", "grades": []}, 16, "none"),
        ({"kind": "line", "grades": []}, 17, "mild"),
    ],
)
def test_a_consensus_becomes_one_of_four_grades(
    scale: dict[str, Any], value: float, grade: str
) -> None:
    assert grade_name(Scale(**scale), value) == grade


# --- The trainer ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("import sys; print('out of memory'); sys.exit(3)", "ended with 3: out of memory"),
        ("pass", "left no package.onnx"),
        (TRAINER.replace("**notice", "'by': 'me'"), "does not say whose readings"),
    ],
)
def test_a_trainer_that_fails_is_told(
    team: Team, closed: ReadingStudy, trainer: Path, script: str, words: str
) -> None:
    trainer.write_text(script, encoding="utf-8")
    job = ask(closed, team)
    train_from_readings(str(job.pk))
    job.refresh_from_db()
    assert job.state == WorkState.QUARANTINED
    assert words in job.last_error
    assert not ModelPackage.objects.exists()


def test_the_trainer_is_given_no_secret(
    team: Team, closed: ReadingStudy, trainer: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IDENTITY_KEYS", "not yours")
    monkeypatch.setenv("TRAINER_BASE", "/base")
    trainer.write_text("import os; print(sorted(os.environ)); raise SystemExit(1)")
    job = ask(closed, team)
    train_from_readings(str(job.pk))
    job.refresh_from_db()
    assert "TRAINER_BASE" in job.last_error
    assert "IDENTITY_KEYS" not in job.last_error


def test_a_host_that_cannot_train_leaves_the_row(
    team: Team, closed: ReadingStudy, trainer: Path, settings: Settings
) -> None:
    job = ask(closed, team)
    settings.TRAINER_COMMAND = ""
    train_from_readings(str(job.pk))
    job.refresh_from_db()
    assert (job.state, job.attempts) == (WorkState.QUEUED, 0)


def test_training_may_take_longer_than_other_work() -> None:
    assert train_from_readings.time_limit > 24 * 3600 > compute_results.time_limit
    assert train_from_readings.soft_time_limit > 24 * 3600


def test_who_may_and_what_has_to_be_said(
    team: Team, closed: ReadingStudy, trainer: Path, settings: Settings
) -> None:
    with pytest.raises(NotAllowed):
        ask_training(reading=closed, choice="future_research", terms=TERMS, by=team.chandra)
    with pytest.raises(TermsMissing):
        ask_training(reading=closed, choice="future_research", terms=" ", by=team.dewi)
    settings.TRAINER_COMMAND = ""
    with pytest.raises(NoTrainer, match="write_training_set"):
        ask(closed, team)


# --- Page and command ----------------------------------------------------------------------------


def test_the_page_says_what_is_missing_and_the_command(
    team: Team, closed: ReadingStudy, as_person: SignIn
) -> None:
    address = reverse("inference:reading_learning", args=["MEL-8", closed.code])
    text = as_person(team.dewi).get(address).content.decode()
    assert "No host trains here" in text
    assert "write_training_set MEL-8 READ-1" in text
    assert "3 of 3 people" in text


def test_a_manager_starts_it_on_the_page(
    team: Team, closed: ReadingStudy, trainer: Path, as_person: SignIn
) -> None:
    address = reverse("inference:reading_train", args=["MEL-8", closed.code])
    client = as_person(team.dewi)
    empty = client.post(address, {"choice": "future_research", "terms": ""})
    assert empty.status_code == 422
    sent = client.post(address, {"choice": "future_research", "terms": TERMS})
    assert sent.status_code == 302
    assert TrainingJob.objects.get().asked_by == team.dewi
    page = client.get(sent["Location"]).content.decode()
    assert "Waits for the host that trains" in page


def test_the_command_writes_the_set_and_is_recorded(closed: ReadingStudy, tmp_path: Path) -> None:
    out, folder = StringIO(), tmp_path / "set"
    given = ["MEL-8", closed.code, "--choice", "future_research", "--terms", TERMS]
    call_command("write_training_set", *given, "--out", str(folder), stdout=out)
    assert "train: 3 photos of 3 people" in out.getvalue()
    assert (folder / "card.yaml").exists()
    assert AuditEvent.objects.filter(action="training.write_set").count() == 1
    with pytest.raises(CommandError, match="not empty"):
        call_command("write_training_set", *given, "--out", str(folder))
