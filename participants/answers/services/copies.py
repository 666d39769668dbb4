"""Answers as their participant's own copy holds them."""

from typing import Any

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
