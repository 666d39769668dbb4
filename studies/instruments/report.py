"""What an import made of each line of a file."""

from collections import Counter
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """What became of a line."""

    UNDERSTOOD = "understood"
    CHANGED = "changed"
    DOUBTFUL = "doubtful"
    REFUSED = "refused"


@dataclass(frozen=True)
class Line:
    """``place`` is where in the file (``survey, row 7``), ``name`` the question, ``text`` why."""

    place: str
    name: str
    outcome: Outcome
    text: str = ""


@dataclass
class Report:
    """The lines, in the order in which they were read."""

    lines: list[Line] = field(default_factory=list)

    def understood(self, place: str, name: str, text: str = "") -> None:
        """The line is in the instrument as the file says it, unless something else was said."""
        if not any(line.place == place for line in self.lines[-3:]) or not place:
            self.lines.append(Line(place, name, Outcome.UNDERSTOOD, text))

    def changed(self, place: str, name: str, text: str) -> None:
        """The line is in the instrument, otherwise than the file says it."""
        self.lines.append(Line(place, name, Outcome.CHANGED, text))

    def doubt(self, place: str, name: str, text: str) -> None:
        """The line is in the instrument as the file says it, and may not be meant so."""
        self.lines.append(Line(place, name, Outcome.DOUBTFUL, text))

    def refuse(self, place: str, name: str, text: str) -> None:
        """The line is not in the instrument, whatever was said of it before."""
        refused = Line(place, name, Outcome.REFUSED, text)
        same = [number for number, line in enumerate(self.lines) if line.place == place]
        if not same or not place:
            self.lines.append(refused)
            return
        self.lines[same[0]] = refused
        for number in reversed(same[1:]):
            del self.lines[number]

    def counts(self) -> dict[str, int]:
        """How many lines have each outcome, in the order of ``Outcome``."""
        numbers = Counter(line.outcome for line in self.lines)
        return {outcome.value: numbers[outcome] for outcome in Outcome}

    def rows(self) -> list[dict[str, Any]]:
        """As JSON keeps it."""
        return [asdict(line) for line in self.lines]
