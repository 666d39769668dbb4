"""Exports: the right rows, to the right people, in cells no spreadsheet can mistake."""

import csv
import hashlib
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from inference.exports.services import reading
from inference.exports.services.exports import File, Filters, export_file
from inference.scoring.models import Score
from studies.access.models import User
from studies.platform.errors import NotAllowed
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.inference.exports.filled import whole_rows
from tests.inference.packages.factories import ModelPackageFactory
from tests.inference.scoring.factories import RunFactory, ScoreFactory, StudyModelFactory
from tests.participants.capture.factories import PhotoFactory
from tests.participants.people.factories import ParticipantFactory
from tests.participants.visits.factories import VisitFactory
from tests.studies.protocol.factories import VisitDefinitionFactory

SignIn = Callable[[User], Client]


@pytest.fixture
def scored(team: Team) -> Score:
    """One melasma score at SG01 by a model in use, and a participant at KL01 without photos."""
    package = ModelPackageFactory(name="gsh-test", version="1.0.0")
    StudyModelFactory(study=team.study, package=package)
    baseline = VisitDefinitionFactory(study=team.study, code="baseline", day_offset=0)
    for site, code in ((team.sg01, "SG01-0001"), (team.kl01, "KL01-0001")):
        VisitFactory(participant=ParticipantFactory(site=site, code=code), definition=baseline)
    visit = baseline.visits.get(participant__code="SG01-0001")
    photo = PhotoFactory(visit=visit, received_at=datetime(2026, 3, 2, 17, 0, tzinfo=UTC))
    return ScoreFactory(run=RunFactory(photo=photo, package=package, quality_flags=["blur"]))


def read(body: bytes) -> list[dict[str, str]]:
    return whole_rows(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline="")))


def rows_for(person: User, team: Team, file: File, **filters: object) -> list[dict[str, str]]:
    export = export_file(study=team.study, file=file, filters=Filters(**filters), by=person)
    return read(b"".join(export.lines()))


def test_a_long_row_names_everything_needed_to_know_where_it_came_from(
    team: Team, scored: Score
) -> None:
    [row] = rows_for(team.chandra, team, File.LONG)
    run = scored.run
    assert {name: row[name] for name in ("participant_id", "visit", "visit_day", "view")} == {
        "participant_id": "SG01-0001",
        "visit": "baseline",
        "visit_day": "0",
        "view": "front",
    }
    assert (row["condition"], row["grade"], row["severity"]) == ("melasma", "mild", "33")
    assert (row["p_none"], row["p_mild"]) == ("0.2", "0.6")
    assert (row["model_sha256"], row["run_id"]) == (run.model_sha256, str(run.pk))
    assert (row["recipe"], row["runtime"]) == (run.recipe, run.runtime)
    assert row["runtime"], "which arithmetic gave the number is told"
    assert (row["is_current"], row["demonstrator"]) == ("true", "true")
    assert row["model_retired"] == "false"
    assert row["quality_flags"] == "blur"
    assert row["taken_at"] == "2026-03-03T01:00:00+08:00", "times are in the study's zone"


def test_a_long_row_tells_how_the_photo_was_taken_where_the_phone_told_it(
    team: Team, scored: Score
) -> None:
    names = ("capture_method", "capture_facing", "capture_trigger", "alignment", "late_arrival")
    [row] = rows_for(team.chandra, team, File.LONG)
    assert [row[name] for name in names] == ["", "", "", "", "false"]
    photo = scored.run.photo
    photo.capture = {
        "method": "video_frame",
        "facing": "user",
        "trigger": "auto",
        "alignment": 0.93,
    }
    photo.late_arrival = True
    photo.save(update_fields=["capture", "late_arrival"])
    [row] = rows_for(team.chandra, team, File.LONG)
    assert [row[name] for name in names] == ["video_frame", "user", "auto", "0.93", "true"]


def test_a_wide_file_has_a_row_for_each_visit_even_without_scores(
    team: Team, scored: Score
) -> None:
    kl, sg = rows_for(team.chandra, team, File.WIDE)
    assert (sg["participant_id"], sg["melasma_front_severity"]) == ("SG01-0001", "33")
    assert sg["melasma_front_grade"] == "mild"
    assert (kl["participant_id"], kl["melasma_front_severity"]) == ("KL01-0001", "")
    assert (sg["models"], sg["demonstrator"]) == ("gsh-test 1.0.0", "true")
    assert (kl["models"], kl["demonstrator"]) == ("", "")
    assert "dryness_front_severity" not in sg, "the study does not assess dryness"


def test_a_visit_stands_where_the_date_puts_it(team: Team, scored: Score) -> None:
    visit = scored.run.photo.visit
    visit.closes_on = visit.opens_on
    visit.save()
    states = {r["participant_id"]: r["visit_state"] for r in rows_for(team.dewi, team, File.WIDE)}
    assert states["SG01-0001"] == "missed", "its window closed in 2026-03, whatever the row says"


def test_every_visit_says_under_which_version_of_the_protocol_it_was_made(
    team: Team, scored: Score, as_person: SignIn
) -> None:
    team.study.amendments.create(number=2, title="Week 12", summary="Late", state="adopted")
    scored.run.photo.visit.participant.visits.update(protocol_version=2)
    assert [row["protocol_version"] for row in rows_for(team.chandra, team, File.LONG)] == ["2"]
    wide = rows_for(team.chandra, team, File.WIDE)
    assert {row["participant_id"]: row["protocol_version"] for row in wide} == {
        "KL01-0001": "1",
        "SG01-0001": "2",
    }
    codebook = rows_for(team.chandra, team, File.CODEBOOK)
    told = {row["allowed"] for row in codebook if row["column"] == "protocol_version"}
    assert told == {"1 = the protocol as it began | 2 = Week 12"}
    chandra = as_person(team.chandra)
    for name in ("visits", "scores"):
        answer = chandra.get(f"/api/v1/studies/MEL-8/{name}/?participant=SG01-0001").json()
        assert [row["protocol_version"] for row in answer["results"]] == [2]


def test_the_codebook_explains_every_column_of_both_files(team: Team, scored: Score) -> None:
    explained = {(r["file"], r["column"]) for r in rows_for(team.dewi, team, File.CODEBOOK)}
    for file in (File.LONG, File.WIDE):
        export = export_file(study=team.study, file=file, filters=Filters(), by=team.dewi)
        assert {(file.value, name) for name in export.header} <= explained


def test_the_codebook_defines_the_grade_as_it_is_made(team: Team, scored: Score) -> None:
    [grade] = [
        row
        for row in rows_for(team.dewi, team, File.CODEBOOK)
        if (row["file"], row["column"]) == ("long", "grade")
    ]
    assert grade["meaning"].startswith("The median grade: the lowest at which the probabilities")


def test_scores_of_a_model_no_longer_in_use_are_kept_but_not_current(
    team: Team, scored: Score
) -> None:
    old = RunFactory(photo=scored.run.photo)
    ScoreFactory(run=old, severity=70.0, grade="severe")
    both = rows_for(team.chandra, team, File.LONG)
    assert sorted((r["severity"], r["is_current"]) for r in both) == [
        ("33", "true"),
        ("70", "false"),
    ]
    [current] = rows_for(team.chandra, team, File.LONG, current_only=True)
    assert current["severity"] == "33"


@pytest.mark.parametrize(
    ("filters", "rows"),
    [
        ({"sites": ("SG01",)}, 1),
        ({"sites": ("KL01",)}, 0),
        ({"conditions": ("wrinkles",)}, 0),
        ({"conditions": ("melasma", "wrinkles")}, 1),
        ({"visits": ("baseline",)}, 1),
        ({"received_from": datetime(2026, 3, 3, tzinfo=UTC).date()}, 1),
        ({"received_to": datetime(2026, 3, 2, tzinfo=UTC).date()}, 0),
        ({"whole_face_only": True}, 1),
    ],
)
def test_filters_choose_rows_and_days_are_the_studys(
    team: Team, scored: Score, filters: dict[str, object], rows: int
) -> None:
    assert len(rows_for(team.chandra, team, File.LONG, **filters)) == rows


def test_every_export_is_recorded_with_its_filters(team: Team, scored: Score) -> None:
    rows_for(team.chandra, team, File.LONG, sites=("SG01",))
    event = AuditEvent.objects.get(action="export.create")
    assert event.actor_id == str(team.chandra.pk)
    assert event.contents.new == {"file": "long", "filters": {"sites": ["SG01"]}}


@pytest.mark.parametrize("name", ["amina", "ewa", "farid"])
def test_people_without_the_right_export_nothing(team: Team, scored: Score, name: str) -> None:
    with pytest.raises(NotAllowed):
        export_file(study=team.study, file=File.LONG, filters=Filters(), by=getattr(team, name))
    assert not AuditEvent.objects.filter(action="export.create").exists()


def test_a_person_of_one_site_exports_that_site_only(team: Team, scored: Score) -> None:
    team.chandra.memberships.update(site=team.kl01)
    assert rows_for(team.chandra, team, File.LONG) == []
    assert {r["site_id"] for r in rows_for(team.chandra, team, File.WIDE)} == {"KL01"}


def test_rows_are_read_in_batches_with_a_bounded_number_of_queries(
    team: Team,
    scored: Score,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(2, 30):
        participant = ParticipantFactory(site=team.sg01, code=f"SG01-{number:04d}")
        visit = VisitFactory(participant=participant, definition=scored.run.photo.visit.definition)
        run = RunFactory(photo=PhotoFactory(visit=visit), package=scored.run.package)
        ScoreFactory(run=run)
    with django_assert_max_num_queries(36):  # six for the people of a batch, the rest once
        assert len(rows_for(team.chandra, team, File.LONG)) == 29
    monkeypatch.setattr(reading, "PEOPLE", 7)
    wide = rows_for(team.chandra, team, File.WIDE)
    assert len(wide) == 30
    assert sum(row["melasma_front_grade"] == "mild" for row in wide) == 29


def test_nothing_that_weighs_is_read_for_a_row(team: Team, scored: Score) -> None:
    """A row once loaded the photo's measures, the package's card and its report."""
    with CaptureQueriesContext(connection) as captured:
        for file in (File.LONG, File.WIDE):
            assert rows_for(team.chandra, team, file)
    # Packages are read once each, whatever the number of rows, and their cards with them.
    rows = [q["sql"] for q in captured if 'FROM "inference_modelpackage"' not in q["sql"]]
    asked = " ".join(rows)
    for column in ("quality", "card", "report", "check_report", "timings"):
        assert f'"{column}"' not in asked, column


class TestPages:
    def test_the_page_counts_rows_before_anything_leaves(
        self, team: Team, scored: Score, as_person: SignIn
    ) -> None:
        page = as_person(team.chandra).get("/studies/MEL-8/export/")
        assert page.status_code == 200
        assert "1 row from 1 accepted photo" in page.content.decode()
        assert "Nothing ticked means everything." in page.content.decode()
        assert not AuditEvent.objects.filter(action="export.create").exists()

    def test_the_file_comes_as_a_download(
        self, team: Team, scored: Score, as_person: SignIn
    ) -> None:
        answer = as_person(team.chandra).get(
            "/studies/MEL-8/export/long.csv?site=SG01&delimiter=semicolon&bom=on"
        )
        body = b"".join(answer)  # type: ignore[call-overload]
        assert answer["Content-Type"] == "text/csv; charset=utf-8"
        assert 'attachment; filename="MEL-8-long.csv"' in answer["Content-Disposition"]
        assert body.startswith(b"\xef\xbb\xbfstudy_id;site_id;")
        assert b"SG01-0001" in body

    def test_a_mistaken_filter_is_refused_in_words(
        self, team: Team, scored: Score, as_person: SignIn
    ) -> None:
        answer = as_person(team.chandra).get("/studies/MEL-8/export/long.csv?site=XX99")
        assert answer.status_code == 422
        assert "Nothing was exported" in answer.content.decode()

    def test_coordinators_are_refused_and_strangers_see_no_study(
        self, team: Team, scored: Score, as_person: SignIn
    ) -> None:
        for path in ("/studies/MEL-8/export/", "/studies/MEL-8/export/long.csv"):
            assert as_person(team.amina).get(path).status_code == 403
            assert as_person(team.farid).get(path).status_code == 404
            assert Client().get(path).status_code == 302


def test_the_command_writes_files_and_a_manifest_that_agrees(
    team: Team, scored: Score, tmp_path: Path
) -> None:
    call_command("export_study", "MEL-8", str(tmp_path), "--as", "chandra@example.org")
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["files"]["MEL-8-long.csv"]["rows"] == 1
    for name, facts in manifest["files"].items():
        assert hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() == facts["sha256"]


def test_the_command_has_no_more_rights_than_the_person(team: Team, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="does not include"):
        call_command("export_study", "MEL-8", str(tmp_path), "--as", "amina@example.org")
    with pytest.raises(CommandError, match="sees no study"):
        call_command("export_study", "MEL-8", str(tmp_path), "--as", "farid@example.org")


@pytest.mark.parametrize("filters", [("--site", "SG99"), ("--visit", "week-88")])
def test_a_mistyped_code_is_refused_instead_of_giving_an_empty_file(
    team: Team, scored: Score, tmp_path: Path, filters: tuple[str, str]
) -> None:
    with pytest.raises(CommandError, match=f"has no .* {filters[1]}"):
        call_command("export_study", "MEL-8", str(tmp_path), "--as", "dewi@example.org", *filters)
    assert list(tmp_path.glob("*.csv")) == []
    assert not AuditEvent.objects.filter(action="export.create").exists()
