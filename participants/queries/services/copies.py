"""What was asked about somebody's data, in their own copy of it."""

from typing import Any

from participants.people.models import Participant
from participants.queries.models import Query
from participants.queries.places import RELATED, place_of, told


def queries_of(participant: Participant) -> list[dict[str, Any]]:
    """Each query with what was said; by whom says a side of the study, no name."""
    rows = Query.objects.filter(participant=participant).order_by("number")
    return [
        {
            "number": row.number,
            "about": told(place_of(row)).words,
            "state": row.state,
            "said": [
                {"act": entry.act, "at": entry.at.isoformat(), "text": entry.text}
                for entry in row.entries.all()
            ],
        }
        for row in rows.select_related(*RELATED).prefetch_related("entries")
    ]
