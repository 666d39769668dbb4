"""What opening a draft would come to, told before it is done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from inference.reading.errors import MayNotRead, NotReady
from inference.reading.models import Case, ReadingStudy, Seat
from inference.reading.services.chairs import resting_duties, seen_before
from inference.reading.services.drawing import UNSCORED, Drawn, draw
from inference.reading.services.opening import require_ready

SECONDS_A_SCALE = 8  # of one case; a guess that says so
FEW = 30  # cases, below which intervals are wide


@dataclass(frozen=True)
class Preview:
    """``problems`` keep it from opening; ``warnings`` do not. ``minutes`` are for each reader."""

    cases: int = 0
    people: int = 0
    repeats: int = 0
    training: int = 0
    calibration: int = 0
    readers: int = 0
    adjudicators: int = 0
    minutes: int = 0
    classes: list[tuple[str, int]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def ready(self) -> bool:
        return not self.problems

    @property
    def grading(self) -> int:
        """How often a reader grades."""
        return self.cases + self.repeats + self.training + self.calibration

    @property
    def of_people(self) -> str:
        """Whose the cases are, in words."""
        return f"of {self.people} {'person' if self.people == 1 else 'people'}"

    @property
    def beside(self) -> str:
        """Who decides, in words."""
        if not self.adjudicators:
            return "nobody decides where they differ"
        return f"and {self.adjudicators} who decide{'s' if self.adjudicators == 1 else ''}"

    @property
    def all_gradings(self) -> str:
        """What a reader's time is made of, in words."""
        first = self.training + self.calibration
        before = f", {first} to train and calibrate" if first else ""
        return f"at about {SECONDS_A_SCALE} s a scale: {self.grading} gradings{before}"


def preview(study: ReadingStudy) -> Preview:
    """Draw as an opening would, without keeping anything; the real draw is another one."""
    seats = list(study.seats.standing().select_related("user", "reading_study"))
    problems, drawn = [], list[Drawn]()
    try:
        require_ready(study, seats)
    except (NotReady, MayNotRead) as refusal:
        problems.append(_plain(refusal.message))
    try:
        drawn = draw(study, Random(0))  # noqa: S311 - counted only
    except NotReady as refusal:
        problems.append(_plain(refusal.message))
    repeats = round(len(drawn) * study.repeats_percent / 100)
    if drawn and repeats and repeats > len(drawn) - study.repeat_distance + 1:
        problems.append(
            f"{len(drawn)} cases are too few for {repeats} of them to come again "
            f"{study.repeat_distance} cases later: choose fewer repeats or a shorter distance."
        )
    uses = Counter(study.cases.values_list("use", flat=True))
    roles = Counter(seat.role for seat in seats)
    training, calibration = uses[Case.Use.TRAINING], uses[Case.Use.CALIBRATION]
    each = max(1, study.scales.count()) * SECONDS_A_SCALE
    return Preview(
        cases=len(drawn),
        people=len({one.photo.visit.participant_id for one in drawn}),
        repeats=repeats,
        training=training,
        calibration=calibration,
        readers=roles[Seat.Role.READER],
        adjudicators=roles[Seat.Role.ADJUDICATOR],
        minutes=max(1, round((len(drawn) + repeats + training + calibration) * each / 60)),
        classes=sorted(Counter(one.stratum for one in drawn if one.stratum).items(), key=_lower),
        problems=problems,
        warnings=_warnings(study, seats, drawn, repeats),
    )


def _warnings(
    study: ReadingStudy, seats: Sequence[Seat], drawn: Sequence[Drawn], repeats: int
) -> list[str]:
    readers = [seat for seat in seats if seat.role == Seat.Role.READER]
    found = []
    if len(readers) == 1:
        found.append("One reader: nothing can be said of how far readers agree.")
    if drawn and len(drawn) < FEW:
        found.append(
            f"{len(drawn)} cases: intervals of agreement will be wide. {FEW} or more are better."
        )
    if drawn and not repeats:
        found.append("No case comes twice: nothing can be said of how steady a reader is.")
    unscored = sum(one.stratum == UNSCORED for one in drawn)
    if unscored:
        found.append(
            f"{unscored} of the cases have no score of the primary network and form a class of "
            "their own."
        )
    if study.sample and drawn and len(drawn) < study.sample:
        found.append(f"Only {len(drawn)} cases fit, not {study.sample}: all are taken.")
    found += [
        f"{name} also looks at what endangers participants. That rests until this closes: make "
        "sure that somebody else does."
        for name in resting_duties(seats)
    ]
    return found + _seen(study, seats)


def _seen(study: ReadingStudy, seats: Sequence[Seat]) -> list[str]:
    seen = seen_before(study, [seat.user for seat in seats])
    return [
        f"{seat.user.name} has opened {seen[str(seat.user_id)]} of these photos before, where "
        "their codes, visits and scores stand."
        for seat in seats
        if seen.get(str(seat.user_id))
    ]


def _plain(message: str) -> str:
    return message.removesuffix(" Nothing was opened.").removesuffix(" Nothing was changed.")


def _lower(item: tuple[str, int]) -> float:
    name = item[0]
    return 1000.0 if name == UNSCORED else float(name.partition(" ")[0])
