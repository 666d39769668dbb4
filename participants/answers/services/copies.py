"""Answers as their participant's own copy holds them."""

from datetime import datetime
from typing import Any

from participants.answers.models import Alert
from participants.answers.services.contents import content_of
from participants.people.models import Participant


def answers_of(participant: Participant) -> list[dict[str, Any]]:
    """Every revision of what counts or was struck through, the answers by their paths."""
    rows = participant.submissions.exclude(state="draft").select_related(
        "assignment", "version", "visit__definition"
    )
    return [
        {
            "questionnaire": row.assignment.code,
            "version": row.version.number,
            "visit": row.visit.definition.code if row.visit else "",
            "day": row.day.isoformat() if row.day else None,
            "number": row.number,
            "state": row.state,
            "revisions": [
                {
                    "number": revision.number,
                    "filled_at": revision.filled_at.isoformat(timespec="seconds"),
                    "by": revision.by_kind,
                    "reason": content.reason,
                    "answers": content.answers,
                }
                for revision in row.revisions.all()
                for content in [content_of(revision, participant)]
            ],
        }
        for row in rows
    ]


def alerts_about(participant: Participant) -> list[dict[str, Any]]:
    """Which answers raised an alert, why, and what was done; without who did it."""
    rows = Alert.objects.filter(submission__participant=participant)
    return [
        {
            "questionnaire": alert.submission.assignment.code,
            "place": alert.place,
            "revision": alert.revision,
            "rule": alert.words,
            "sure": alert.sure,
            "state": alert.standing.value,
            "raised_at": _iso(alert.raised_at),
            "corrected_at": _iso(alert.corrected_at),
            "acknowledged_at": _iso(alert.acknowledged_at),
            "done": alert.note,
        }
        for alert in rows.select_related("submission__assignment", "submission__visit__definition")
    ]


def _iso(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None
