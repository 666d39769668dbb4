"""Readers of the melasma study: one reading study that is closed, one that is half read.

What they say is drawn around what was drawn into the faces: each reader has a bias and a noise of
their own, and says nearly the same where a case comes twice. Everything goes through the services.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial

import numpy as np
from django.utils import timezone

from inference.demo.actions import Act, hash_of, named
from inference.demo.story import SINCE, Character, character
from inference.reading.models import Case, ReadingStudy, Seat, Turn
from inference.reading.scales import MASI_AREAS
from inference.reading.services import cases, drafting, opening, scaling, seats
from inference.reading.services.adjudicating import claim_next, decide
from inference.reading.services.answering import Answer
from inference.reading.services.taking import save_reading
from inference.reading.services.turns import next_turns, show
from participants.capture.models import Photo
from participants.people.models import Participant
from participants.visits.models import Visit
from studies.access.models import User
from studies.protocol.models import Study

CLOSED, HALF = "READ-1", "READ-2"
FEWEST = 12  # participants, to be read at all
LONGEST_WAIT = 1800  # seconds, until the worker has looked at every photo
MANAGER = "dewi@demo.example"
JUDGE = "judge@demo.example"
UNREADABLE_OF = 13  # one case in so many, by the photo


@dataclass(frozen=True)
class Person:
    """How somebody reads: steps of a grade of four too high, and their noise."""

    email: str
    bias: float
    noise: float
    seconds: int


READERS = (
    Person("una@demo.example", 0.0, 0.35, 11),
    Person("vito@demo.example", 0.3, 0.45, 8),
    Person("xenia@demo.example", -0.25, 0.55, 14),
)


def reading_acts(study: Study) -> Iterator[Act]:
    """Both reading studies, unless they are there."""
    begun = timezone.now() - timedelta(hours=44)
    there = set(ReadingStudy.objects.filter(study=study).values_list("code", flat=True))
    if CLOSED not in there:
        yield Act(begun, partial(_draft_closed, study))
        yield Act(begun + timedelta(hours=4), partial(_open, study, CLOSED))
        for number, person in enumerate(READERS):
            first = begun + timedelta(hours=5 + 3 * number)
            yield from _sittings(study, CLOSED, person, first)
        yield from _decisions(study, CLOSED, begun + timedelta(hours=22))
        yield Act(begun + timedelta(hours=24), partial(_close, study, CLOSED))
    if HALF not in there:
        later = begun + timedelta(hours=30)
        yield Act(later, partial(_draft_half, study))
        yield Act(later + timedelta(hours=1), partial(_open, study, HALF))
        yield from _sittings(study, HALF, READERS[0], later + timedelta(hours=3), share=0.5)
        yield from _sittings(study, HALF, READERS[1], later + timedelta(hours=5), share=0.25)


def wait_for_photos(study: Study, *, longest: float = LONGEST_WAIT) -> bool:
    """Wait until the worker has looked at every photo; whether it has."""
    unseen = Photo.objects.filter(
        visit__participant__study=study, state=Photo.State.RECEIVED
    ).exclude(check_work__state="quarantined")
    until = time.monotonic() + longest
    while unseen.exists():
        if time.monotonic() > until:
            return False
        time.sleep(2)
    return True


# --- Drafted, opened, closed ---------------------------------------------------------------------


def _draft_closed(study: Study) -> str:
    by = _person(MANAGER)
    first = study.visit_definitions.order_by("day_offset")[0]
    row = drafting.create_reading_study(
        study=study,
        code=CLOSED,
        by=by,
        title="Melasma before treatment",
        instructions="Grade what you see, not what you expect. Where make-up or hair covers more "
        "than half of a cheek, say that the photo cannot be read.",
        visits=[first.code],
        sample=40,
        repeats_percent=15,
        repeat_distance=10,
    )
    graded = scaling.add_scale(
        study=row,
        template="grades-4",
        condition=study.ordered_conditions().get(pk="melasma"),
        by=by,
    )
    scaling.edit_scale(scale=graded, by=by, adjudicate_beyond=1)
    scaling.add_scale(study=row, template="mmasi", by=by)
    _seat_all(row, by)
    return f"{CLOSED} drafted"


def _draft_half(study: Study) -> str:
    by = _person(MANAGER)
    row = drafting.create_reading_study(
        study=study,
        code=HALF,
        by=by,
        title="Melasma and wrinkles over time",
        instructions="Two grades a photo. Keys 0 to 3 grade, Enter goes on.",
        views=["front"],
        repeats_percent=10,
        repeat_distance=10,
        brightness=True,
    )
    for condition in ("melasma", "wrinkles"):
        scale = scaling.add_scale(
            study=row,
            template="grades-4",
            condition=study.ordered_conditions().get(pk=condition),
            by=by,
        )
        scaling.edit_scale(scale=scale, by=by, adjudicate_beyond=1)
    _seat_all(row, by)
    for photo in _examples(row, by):
        who = _who()[photo.visit.participant_id]
        expected = {code: round(3 * _truth(who, photo.visit, code)) for code in _codes(row)}
        cases.add_case(
            study=row,
            photo=photo,
            use=Case.Use.TRAINING,
            expected=expected,
            feedback="Look at both cheeks first, then at the forehead.",
            by=by,
        )
    return f"{HALF} drafted"


def _examples(row: ReadingStudy, by: User) -> list[Photo]:
    """A photo each of the first two participants of the story who have one."""
    photos = cases.photos_to_choose(row, by)
    found: dict[int, Photo] = {}
    for photo in photos:
        found.setdefault(photo.visit.participant_id, photo)
    return [photo for whose, photo in found.items() if whose in _who()][:2]


def _seat_all(row: ReadingStudy, by: User) -> None:
    for person in READERS:
        seats.add_reader(study=row, user=_person(person.email), by=by)
    seats.add_reader(study=row, user=_person(JUDGE), role=Seat.Role.ADJUDICATOR, by=by)


def _open(study: Study, code: str) -> str:
    row = opening.open_reading_study(study=_row(study, code), by=_person(MANAGER))
    return f"{row.code} opened"


def _close(study: Study, code: str) -> str:
    row = _row(study, code)
    reason = "What is left cannot be shown." if opening.left_to_do(row) else ""
    opening.close_reading_study(study=row, by=_person(MANAGER), reason=reason)
    return f"{code} closed"


# --- Read and decided ----------------------------------------------------------------------------


def _sittings(
    study: Study, code: str, person: Person, begun: datetime, *, share: float = 1.0
) -> Iterator[Act]:
    """One reading after the other; asked for when the study is open."""
    seat = _seat(study, code, person.email)
    at = begun
    for number in range(round(share * seat.turns.count())):
        seconds = person.seconds * (0.6 + hash_of(person.email, code, number) % 100 / 110)
        yield Act(at, partial(_look, seat))
        at += timedelta(seconds=seconds)
        yield Act(at, partial(_grade, seat, person, round(seconds * 1000)))
        at += timedelta(seconds=1)


def _look(seat: Seat) -> str:
    waiting = next_turns(seat, most=1)
    if waiting:
        show(waiting[0])
    return ""


def _grade(seat: Seat, person: Person, active_ms: int) -> str:
    waiting = next_turns(seat, most=1)
    if waiting:
        turn = waiting[0]
        answer = said(turn, person, active_ms=active_ms)
        save_reading(seat=seat, key=turn.key, answer=answer, request_id=named("reading", turn.key))
    return ""


def said(turn: Turn, person: Person, *, active_ms: int = 0) -> Answer:
    """What ``person`` says of a case: nearly the same again, where it comes twice."""
    case = turn.case
    photo = case.second or case.photo
    who = _who().get(case.participant_id)
    if photo is None or who is None:
        return Answer(unreadable="other", active_ms=active_ms)
    if hash_of("covered", str(photo.pk)) % UNREADABLE_OF == 0 and person.bias >= 0:
        return Answer(unreadable="covered", active_ms=active_ms)
    first = np.random.default_rng([hash_of(person.email), hash_of(str(photo.pk))])
    again = np.random.default_rng([hash_of(person.email), hash_of(str(photo.pk), turn.is_repeat)])
    shift = person.bias + first.normal(0, person.noise) + again.normal(0, 0.15)
    values, parts = {}, {}
    for scale in turn.seat.reading_study.scales.all():
        truth = 3 * _truth(who, photo.visit, scale.condition_id or "melasma") + shift
        if scale.kind == "grades":
            values[scale.code] = int(np.clip(round(truth), 0, 3))
        else:
            parts[scale.code] = _areas(truth / 3, again)
    return Answer(values=values, parts=parts, active_ms=active_ms)


def _areas(truth: float, rng: np.random.Generator) -> dict[str, dict[str, int]]:
    """mMASI: of each area how much is affected and how dark; both nought, or neither."""
    found = {}
    for area in MASI_AREAS:
        here = float(np.clip(truth + rng.normal(0, 0.08), 0, 1))
        affected = round(6 * here * (0.6 if area.code == "chin" else 0.9))
        dark = max(1, round(4 * here)) if affected else 0
        found[area.code] = {"area": affected, "darkness": dark}
    return found


def _decisions(study: Study, code: str, begun: datetime) -> Iterator[Act]:
    """The judge decides on all that differ, one a minute."""
    seat = _seat(study, code, JUDGE)
    for number in range(study_differences(seat)):
        yield Act(begun + timedelta(minutes=number), partial(_decide, seat))


def study_differences(seat: Seat) -> int:
    """How many cases wait to be decided on."""
    return seat.reading_study.cases.filter(adjudication__state="waiting").count()


def _decide(seat: Seat) -> str:
    row = claim_next(seat=seat)
    if row is None:
        return ""
    photo = row.case.second or row.case.photo
    who = _who().get(row.case.participant_id)
    if photo is None or who is None:
        answer = Answer(unreadable="other")
    else:
        truth = _truth(who, photo.visit, "melasma")
        answer = Answer(values={name: int(np.clip(round(3 * truth), 0, 3)) for name in row.scales})
    decide(seat=seat, key=row.key, answer=answer)
    return ""


# --- Looked up -----------------------------------------------------------------------------------


def _truth(who: Character, visit: Visit, condition: str) -> float:
    """What was drawn into the face that day, 0 to 1."""
    return who.severities(visit.definition.day_offset)[condition]


def _who() -> dict[int, Character]:
    """The characters by the key of their participant."""
    ids = {named("screen", number): number for number in range(len(SINCE))}
    rows = Participant.objects.filter(request_id__in=ids).values_list("pk", "request_id")
    return {pk: _character(ids[request]) for pk, request in rows if request is not None}


_character = cache(character)  # who somebody is does not change, and is asked for every grade


def _codes(row: ReadingStudy) -> list[str]:
    return list(row.scales.values_list("code", flat=True))


def _row(study: Study, code: str) -> ReadingStudy:
    return ReadingStudy.objects.get(study=study, code=code)


def _seat(study: Study, code: str, email: str) -> Seat:
    rows = Seat.objects.select_related("reading_study__study", "user")
    return rows.get(reading_study=_row(study, code), user__email=email)


def _person(email: str) -> User:
    found: User = User.objects.get(email=email)
    return found
