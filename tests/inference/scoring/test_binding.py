"""Rows that were edited by hand are found: the audit trail told what they said."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client

from inference.scoring.models import Run, Score
from inference.scoring.services.binding import digest_of
from participants.capture.models import Photo
from participants.capture.services import proving
from participants.capture.services.accepting import record_photo
from participants.consent.models import Consent
from participants.consent.services import consents
from participants.correcting.services.photos import erase_photo
from studies.record.models import AuditEvent, EditedRow
from studies.record.services import edited, rows
from tests.conftest import Team
from tests.inference.scoring.photos import real_photo, score_now, tiny, use
from tests.participants.staff import Sign, consent, enrol, plan_week_visits, publish

pytestmark = pytest.mark.django_db
WHOLE = "Photos, consents and scores are what was recorded of them."


@pytest.fixture
def scored(team: Team, tmp_path: Path) -> Run:
    """A participant who agreed, a photo received and accepted, and its run, all recorded."""
    plan_week_visits(team.study)
    participant = enrol(team.sg01, team.amina)
    consent(participant, publish(team.study), team.amina)
    photo = real_photo(participant.visits.get(definition__code="baseline"))
    record_photo(photo, "photo.receive", new={"sha256": photo.sha256, "size": photo.size})
    record_photo(photo, "photo.accept", new={"upright_sha256": photo.upright_sha256})
    use(team.study, tiny(tmp_path))
    (run,) = score_now(photo)
    return run


def verify() -> tuple[str, str]:
    """What the command says and what it complains of; it exits 1 if and only if it does."""
    said, cried, code = StringIO(), StringIO(), None
    try:
        call_command("verify_audit", "--rows", stdout=said, stderr=cried)
    except SystemExit as ended:
        code = ended.code
    assert code == (1 if cried.getvalue() else None)
    return said.getvalue(), cried.getvalue()


def after(statement: str, *values: object) -> str:
    """What it complains of once ``statement`` was carried out by hand; all is put back."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            assert cursor.rowcount == 1
        said, cried = verify()
        transaction.set_rollback(True)
    assert "The audit trail is whole" in said
    return cried


def test_each_edited_row_is_named(scored: Run) -> None:
    assert WHOLE in verify()[0]
    score = scored.scores.filter(severity__isnull=False).order_by("pk")[0]
    other = "none" if score.grade != "none" else "mild"
    run = f"scoring {scored.pk}: its scores, or the hashes they rest on, are not"
    assert run in after(
        "UPDATE inference_score SET severity = 50.5, severity_low = NULL, severity_high = NULL"
        " WHERE id = %s",
        score.pk,
    )
    assert run in after("UPDATE inference_score SET grade = %s WHERE id = %s", other, score.pk)
    assert run in after("DELETE FROM inference_score WHERE id = %s", score.pk)
    assert run in after("UPDATE inference_run SET model_sha256 = %s", "0" * 64)
    its = "is not what the audit trail tells"
    assert f"its sha256 {its}" in after("UPDATE participants_photo SET sha256 = %s", "0" * 64)
    assert f"its upright_sha256 {its}" in after(
        "UPDATE participants_photo SET upright_sha256 = %s", "0" * 64
    )
    assert f"its choices {its}" in after(
        "UPDATE participants_consent SET choices = %s", '{"ai_scoring": true}'
    )
    assert f"its pdf_sha256 {its}" in after(
        "UPDATE participants_consent SET pdf_sha256 = %s", "0" * 64
    )
    assert WHOLE in verify()[0]


def test_rows_that_nothing_recorded_are_named(scored: Run) -> None:
    photo, given = Photo.objects.get(), Consent.objects.get()
    photo.pk, given.pk = "00000000-0000-4000-8000-000000000001", 10**6
    photo.state, given.state = Photo.State.REPLACED, Consent.State.SUPERSEDED
    given.request_id = None
    photo.save(force_insert=True)
    given.save(force_insert=True)
    cried = verify()[1]
    assert f"photo {photo.pk}: the audit trail does not tell that it was received" in cried
    assert f"consent {given.pk}: the audit trail does not tell that it was given" in cried
    assert "2 times a row is not" in cried


def edit(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        assert cursor.rowcount == 1


def at_rest(team: Team) -> dict[str, object]:
    photo = Photo.objects.get()
    return {
        "kept_out": photo.kept_out,
        "scores": bool(Score.objects.visible_to(team.chandra).count()),
        "allowed": consents.allows_scoring(photo.visit.participant),
    }


FINE = {"kept_out": False, "scores": True, "allowed": True}


class TestKeptOut:
    def test_a_photo_whose_scores_were_edited_until_they_are_as_told(
        self, team: Team, scored: Run
    ) -> None:
        assert verify()[1] == ""
        score = scored.scores.filter(severity__isnull=False).order_by("pk")[0]
        edit("UPDATE inference_score SET grade = 'none' WHERE id = %s", score.pk)
        assert "1 rows are left out" in verify()[1]
        assert at_rest(team) == {"kept_out": True, "scores": False, "allowed": True}
        assert "rows are left out" not in verify()[1], "once found it is not found anew"
        assert EditedRow.objects.count() == 1
        edit("UPDATE inference_score SET grade = %s WHERE id = %s", score.grade, score.pk)
        assert WHOLE in verify()[0]
        assert at_rest(team) == FINE
        told = AuditEvent.objects.filter(action__in=("photo.keep_out", "photo.let_in"))
        assert list(told.order_by("sequence").values_list("action", flat=True)) == [
            "photo.keep_out",
            "photo.let_in",
        ]

    def test_by_an_edited_consent_nothing_is_scored_and_the_photo_stays(
        self, team: Team, scored: Run
    ) -> None:
        given = Consent.objects.get()
        edit("UPDATE participants_consent SET pdf_sha256 = %s", "0" * 64)
        verify()
        assert at_rest(team) == {**FINE, "allowed": False}
        edit("UPDATE participants_consent SET pdf_sha256 = %s", given.pdf_sha256)
        verify()
        assert at_rest(team) == FINE

    def test_a_manager_takes_it_as_it_is_until_it_changes_once_more(
        self, team: Team, scored: Run, as_person: Sign
    ) -> None:
        edit("UPDATE participants_photo SET size = 7")
        verify()
        dewi, work = as_person(team.dewi), "/studies/MEL-8/work/"
        row = EditedRow.objects.get()
        page = f"{work}rows/{row.pk}/"
        shown = dewi.get(work).content.decode()
        assert page in shown
        assert "its size is not what the audit trail tells" in shown
        assert as_person(team.amina).get(page).status_code == 403
        form = dewi.get(page).context["form"]
        assert dewi.post(page, {"reason": " ", "seen": form["seen"].value()}).status_code == 422
        stale = dewi.post(page, {"reason": "Checked", "seen": "another page"})
        assert stale.status_code == 409
        sent = {"reason": "Checked against the original", "seen": form["seen"].value()}
        assert dewi.post(page, sent).status_code == 302
        assert at_rest(team) == FINE
        assert "its size is not" in verify()[1], "it is still told"
        assert at_rest(team) == FINE
        event = AuditEvent.objects.get(action="row.release")
        assert event.contents.reason == "Checked against the original"
        edit("UPDATE participants_photo SET size = 8")
        verify()
        assert at_rest(team)["kept_out"] is True

    def test_what_cannot_be_read_with_todays_keys_keeps_nothing_out(
        self, team: Team, scored: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(proving, "problems", lambda *row, act: iter([rows.LOCKED]))
        assert "cannot be read with today's keys" in verify()[1]
        assert at_rest(team) == FINE

    def test_where_none_of_many_rows_is_as_told_the_study_is_not_kept_out(
        self, team: Team, scored: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(edited, "TOO_MANY_EDITED", 2)
        edit("UPDATE participants_photo SET size = 7")
        edit("UPDATE participants_consent SET pdf_sha256 = %s", "0" * 64)
        edit("UPDATE inference_run SET model_sha256 = %s", "0" * 64)
        assert "Not one of these rows is what the audit trail tells" in verify()[1]
        assert at_rest(team) == FINE
        monkeypatch.setattr(edited, "TOO_MANY_EDITED", 3)
        verify()
        assert at_rest(team) == {"kept_out": True, "scores": False, "allowed": False}

    def test_a_row_that_is_gone_is_forgotten_and_a_photo_moved_is_as_told(
        self, team: Team, scored: Run
    ) -> None:
        other = enrol(team.sg01, team.amina)
        visit = other.visits.get(definition__code="baseline")
        Photo.objects.update(visit=visit)
        received = AuditEvent.objects.get(action="photo.receive")
        assert received.participant_code != other.code
        assert WHOLE in verify()[0]
        edit("UPDATE participants_photo SET size = 7")
        verify()
        assert health().status_code == 503
        assert health().json()["rows"] == "edited"
        Consent.objects.all().delete()
        Run.objects.all().delete()
        Photo.objects.all().delete()
        assert WHOLE in verify()[0]
        assert health().json()["rows"] == "ok"

    def test_of_a_photo_that_is_erased_nothing_is_known_any_more(
        self, team: Team, scored: Run
    ) -> None:
        edit("UPDATE participants_photo SET size = 7")
        verify()
        assert EditedRow.objects.exists()
        erase_photo(photo=Photo.objects.get(), reason="Somebody else is in it", by=team.amina)
        assert not EditedRow.objects.exists()


def health() -> Any:
    return Client().get("/health/all/")


def test_of_earlier_runs_nothing_is_asked_and_of_later_ones_it_is(scored: Run) -> None:
    """A run from before scores were recorded has no event; one that was slipped in has none."""
    said = digest_of(scored, scored.scores.all())
    assert AuditEvent.objects.get(action="run.score").contents.new == {
        "scores": scored.scores.count(),
        "scores_sha256": said,
    }
    at = scored.finished_at
    assert at is not None
    scored.pk, scored.recipe_sha256 = None, "1" * 64
    scored.finished_at = at.replace(year=2025)
    scored.save(force_insert=True)
    assert WHOLE in verify()[0]
    Run.objects.filter(pk=scored.pk).update(finished_at=at.replace(year=2027))
    assert f"scoring {scored.pk}: the audit trail does not tell that it was scored" in verify()[1]


def test_the_digest_does_not_depend_on_the_order_of_scores(scored: Run) -> None:
    scores = list(scored.scores.all())
    assert digest_of(scored, scores) == digest_of(scored, reversed(scores))
    assert digest_of(scored, scores) != digest_of(scored, scores[1:])
    assert isinstance(scores[0], Score)
