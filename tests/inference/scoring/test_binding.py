"""Rows that were edited by hand are found: the audit trail told what they said."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from inference.scoring.models import Run, Score
from inference.scoring.services.binding import digest_of
from participants.capture.models import Photo
from participants.capture.services.accepting import record_photo
from participants.consent.models import Consent
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.inference.scoring.photos import real_photo, score_now, tiny, use
from tests.participants.staff import consent, enrol, plan_week_visits, publish

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
