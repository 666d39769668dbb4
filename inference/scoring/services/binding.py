"""What a run said, bound to the audit trail by a digest, and compared with it later."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import sha256
from typing import Any

from inference.scoring.models import Run, Score
from participants.people.services.recorded import people_and_events
from studies.platform.work import WorkState
from studies.protocol.models import Study
from studies.record.models import AuditEvent
from studies.record.services.rows import Compared, problems, recorded_elsewhere

KIND = "run"
ACTION = "run.score"
DIGEST = "scores_sha256"
EDITED = "its scores, or the hashes they rest on, are not what the audit trail tells"
# Floats are kept by either database bit by bit; others as they are.
_FLOATS = ("severity", "severity_low", "severity_high")
_WORDS = ("grade", "not_assessable")
_OF_RUN = ("photo_sha256", "model_sha256", "recipe", "recipe_sha256")


def digest_of(run: Run, scores: Iterable[Score]) -> str:
    """The SHA-256 (hex) over a run's photo, model and recipe, and all that its scores say.

    The same whatever order the scores come in, and from either database.
    """
    said = sorted((_said(score) for score in scores), key=lambda line: line[:2])
    body = [[getattr(run, name) for name in _OF_RUN], said]
    return sha256(json.dumps(body, sort_keys=True, allow_nan=False).encode()).hexdigest()


def _said(score: Score) -> list[Any]:
    numbers = [None if (n := getattr(score, name)) is None else float(n) for name in _FLOATS]
    grades = {grade: float(value) for grade, value in score.probabilities.items()}
    words = [getattr(score, name) for name in _WORDS]
    return [score.condition_id, score.region, *numbers, int(score.regions_used), *words, grades]


def compared_runs() -> Iterator[Compared]:
    """Runs: scores, grades and hashes are those recorded when they were scored, or what is wrong.

    Those scored before this was recorded are passed over; later ones without an event are told.
    """
    since: dict[int, datetime | None] = {}
    for study, people, events in people_and_events([ACTION]):
        if study.pk not in since:
            since[study.pk] = _recorded_since(study)
        rows = Run.objects.filter(
            photo__visit__participant__in=people, state=WorkState.DONE
        ).order_by("pk")
        related = rows.select_related("photo__visit__participant").prefetch_related("scores")
        for run in related.iterator(chunk_size=200):
            recorded = events.get((KIND, str(run.pk))) or recorded_elsewhere(
                study=study.code, kind=KIND, key=str(run.pk), actions=[ACTION]
            )
            if recorded is None and not _is_after(run, since[study.pk]):
                continue
            now = {DIGEST: digest_of(run, run.scores.all())}
            yield Compared(
                study=study.code,
                participant=run.photo.visit.participant.code,
                kind=KIND,
                key=str(run.pk),
                what=f"scoring {run.pk}",
                now=now[DIGEST],
                problems=tuple(
                    EDITED if DIGEST in problem else problem
                    for problem in problems(recorded, now, act="scored")
                ),
                photo=str(run.photo_id),
            )


def _recorded_since(study: Study) -> datetime | None:
    events = AuditEvent.objects.filter(study_code=study.code, action=ACTION)
    return events.order_by("sequence").values_list("at", flat=True).first()


def _is_after(run: Run, since: datetime | None) -> bool:
    return since is not None and run.finished_at is not None and run.finished_at > since
