"""What a reader says of a case, checked and as it is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from inference.reading.errors import GradesIncomplete
from inference.reading.models import Reading, Scale
from inference.reading.scales import Kind, Parts, areas_of, checked, score_of
from studies.platform.errors import invalid

VIEWED = ("brightness", "contrast")  # per cent of the picture as it is
LEAST_VIEWED, MOST_VIEWED = 50, 200


@dataclass(frozen=True)
class Answer:
    """What a reader says of a case, as the page sends it.

    ``values`` is scale code → number, ``parts`` scale code → area → part → number. ``shown_ms`` is
    how long ago the case came on the screen; ``None`` where the page does not tell.
    """

    values: Mapping[str, object] = field(default_factory=dict)
    parts: Mapping[str, Parts] = field(default_factory=dict)
    unreadable: str = ""
    active_ms: int = 0
    viewing: Mapping[str, object] = field(default_factory=dict)
    shown_ms: int | None = None


def taken(scales: Sequence[Scale], answer: Answer) -> Answer:
    """The answer as it is kept: each scale's number, checked, and scores computed here.

    Raises:
        GradesIncomplete: as its fields say, by scale.
    """
    kept = replace(answer, values={}, parts={}, viewing=_viewed(answer.viewing))
    if answer.unreadable:
        if answer.unreadable not in Reading.Unreadable.values:
            raise GradesIncomplete("There is no such reason why a photo cannot be read.")
        return kept
    values: dict[str, object] = {}
    parts: dict[str, Parts] = {}
    problems: dict[str, str] = {}
    for scale in scales:
        kind = Kind(scale.kind)
        try:
            if areas_of(kind):
                parts[scale.code] = {k: dict(v) for k, v in answer.parts[scale.code].items()}
                values[scale.code] = score_of(kind, parts[scale.code])
            else:
                given = answer.values[scale.code]
                values[scale.code] = checked(kind, given, grades=len(scale.grades))
        except KeyError:
            problems[scale.code] = f"{scale.title}: not graded yet."
        except (ValueError, AttributeError, TypeError) as error:
            problems[scale.code] = f"{scale.title}: {error}."
    if problems:
        refusal = invalid("Grade every scale, or say that the photo cannot be read.", problems)
        raise GradesIncomplete(refusal.message, detail=refusal.detail)
    return replace(kept, values=values, parts=parts)


def _viewed(given: Mapping[str, object]) -> dict[str, object]:
    """Brightness and contrast in whole per cent, and nothing else that a page might send."""
    told = {name: given.get(name) for name in VIEWED}
    return {
        name: min(MOST_VIEWED, max(LEAST_VIEWED, value))
        for name, value in told.items()
        if isinstance(value, int) and not isinstance(value, bool)
    }
