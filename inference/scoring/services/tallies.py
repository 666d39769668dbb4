"""Counting each participant's rows once, and adding up what was counted.

Whoever reads first counts anew those whose rows changed since (``Tally``), by the same queries for
one as for all. So what is read is what the rows say, and costs what the few changes cost.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Max, QuerySet, Sum

from inference.pipeline.grades import FACE
from inference.scoring.models import Run, Score, Tally, TallyMark
from inference.scoring.services.scores import counting, current_scores
from participants.capture.models import Photo, PhotoCheck
from participants.people.models import Participant
from studies.access.models import User
from studies.access.permissions import Permission
from studies.platform.work import WorkState
from studies.protocol.models import Study, View

BATCH = 400  # participants counted in one transaction
_LOCK = 0x67736874  # of PostgreSQL, held by whoever counts; one counts at a time
_PERSON = "photo__visit__participant"


@dataclass
class Numbers:
    """What a ``Tally`` holds of one participant, as its columns are named."""

    checks_done: int = 0
    runs_done: int = 0
    accepted: int = 0
    scored_photos: int = 0
    scores: int = 0
    by_package: dict[str, int] = field(default_factory=dict)
    severities: dict[str, float] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return any(asdict(self).values())


def count_anew(*, at_most: int | None = None) -> int:
    """Count those whose rows changed since they were counted; return how many.

    With ``at_most``, as many at the most: for who is in no hurry.
    """
    number = 0
    while TallyMark.objects.exists():
        counted = _count_some(min(at_most or BATCH, BATCH))
        number += counted
        if not counted or at_most is not None:
            break
    return number


@transaction.atomic
def _count_some(most: int) -> int:
    """Take the marks of some participants away, then count them.

    In this order, one at a time: whose mark is seen, their rows are seen by the queries after it;
    what is written meanwhile leaves a mark for the next.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    marks = TallyMark.objects.order_by("pk").values_list("participant_id", flat=True)
    people = set(marks[:most])
    if not people:
        return 0
    taken = TallyMark.objects.filter(participant_id__in=people)
    version = taken.aggregate(newest=Max("pk"))["newest"]
    taken.delete()
    _keep(numbers_of(people), version)
    return len(people)


def _keep(numbers: dict[int, Numbers], version: int) -> None:
    rows = [
        Tally(participant_id=pk, version=version, **asdict(n)) for pk, n in numbers.items() if n
    ]
    Tally.objects.filter(
        participant__in=numbers.keys() - {row.participant_id for row in rows}
    ).delete()
    Tally.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["participant"],
        update_fields=["version", *asdict(Numbers())],
    )


def numbers_of(people: Collection[int]) -> dict[int, Numbers]:
    """Participant → what their rows say now, zeros included; a bounded few queries."""
    studies = dict(Participant.objects.filter(pk__in=people).values_list("pk", "study"))
    numbers = {pk: Numbers() for pk in people}
    mine = {f"{_PERSON}__in": list(studies)}
    checks = PhotoCheck.objects.filter(**mine, state=WorkState.DONE)
    for pk, number in _by_person(checks):
        numbers[pk].checks_done = number
    runs = Run.objects.filter(**mine)
    for pk, number in _by_person(runs.filter(state=WorkState.DONE)):
        numbers[pk].runs_done = number
    accepted = Photo.objects.filter(
        visit__participant__in=list(studies), state=Photo.State.ACCEPTED, kept_out=False
    )
    for pk, number in accepted.order_by().values_list("visit__participant").annotate(Count("pk")):
        numbers[pk].accepted = number
    over_accepted = runs.filter(photo__state=Photo.State.ACCEPTED, photo__kept_out=False).order_by()
    by_package = over_accepted.values_list(_PERSON, "package")
    for pk, package, number in by_package.annotate(Count("photo", distinct=True)):
        numbers[pk].by_package[str(package)] = number
    _count_scores(numbers, list(studies))
    by_study = defaultdict(list)
    for pk, study in studies.items():
        by_study[study].append(pk)
    for study, members in by_study.items():
        for pk, condition, severity in _severities(study, members):
            numbers[pk].severities[condition] = severity
    return numbers


def _by_person(rows: "QuerySet[PhotoCheck] | QuerySet[Run]") -> Iterable[tuple[int, int]]:
    return rows.order_by().values_list(_PERSON).annotate(Count("pk"))


def _count_scores(numbers: dict[int, Numbers], people: list[int]) -> None:
    """Those of the long file when nothing is left out: of accepted photos, by done runs."""
    scores = Score.objects.filter(
        run__photo__visit__participant__in=people,
        run__photo__state=Photo.State.ACCEPTED,
        run__photo__kept_out=False,
        run__state=WorkState.DONE,
    )
    rows = scores.order_by().values_list("run__photo__visit__participant")
    for pk, number, photos in rows.annotate(Count("pk"), Count("run__photo", distinct=True)):
        numbers[pk].scores, numbers[pk].scored_photos = number, photos


def _severities(study: int, people: list[int]) -> Iterator[tuple[int, str, float]]:
    """Participant, condition, severity in the order of the visits: the last one stays."""
    scores = Score.objects.filter(
        run__photo__visit__participant__in=people,
        run__photo__view=View.FRONT,
        run__photo__visit__definition__repeat=False,
        region=FACE,
        severity__gte=0,
    )
    rows = current_scores(scores, study, now=counting(study)).order_by(
        "run__photo__visit__definition__day_offset"
    )
    values = rows.values_list("run__photo__visit__participant", "condition", "severity")
    for pk, condition, severity in values.iterator():
        yield pk, condition, float(severity or 0)


# --- Reading -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Totals:
    """Sums over participants."""

    checks_done: int = 0
    runs_done: int = 0
    scored_photos: int = 0
    scores: int = 0


def totals(
    *,
    study: Study,
    user: User,
    permission: Permission,
    sites: Collection[str] = (),
    people: Collection[int] | None = None,
) -> Totals:
    """Sums over the participants of ``study`` whom ``user`` may count with ``permission``.

    ``sites`` are codes and ``people`` primary keys; without them all are counted.
    """
    count_anew()
    rows = Tally.objects.visible_to(user, permission).filter(participant__study=study)
    if sites:
        rows = rows.filter(participant__site__code__in=sites)
    if people is not None:
        rows = rows.filter(participant__in=people)
    names = list(asdict(Totals()))
    sums = rows.aggregate(**{f"sum_{name}": Sum(name) for name in names})
    return Totals(**{name: sums[f"sum_{name}"] or 0 for name in names})


def latest_severities(*, study: Study, user: User) -> dict[str, list[float]]:
    """Condition → the latest current severity of each participant whose scores ``user`` may see."""
    count_anew()
    rows = Tally.objects.visible_to(user, Permission.SCORE_VIEW).filter(participant__study=study)
    by_condition: dict[str, list[float]] = defaultdict(list)
    for severities in rows.values_list("severities", flat=True).iterator():
        for condition, severity in severities.items():
            by_condition[condition].append(severity)
    return by_condition


def scored_people(study: Study) -> set[int]:
    """Keys of those with an accepted photo that has a score; locked people's left out.

    Whoever asks may see how many they are; of a score it says nothing.
    """
    count_anew()
    full = Participant.DataUse.FULL
    rows = Tally.objects.filter(participant__study=study, participant__data_use=full)
    return set(rows.filter(scored_photos__gt=0).values_list("participant", flat=True))


def unscored(*, study: Study, package: int) -> int:
    """How many accepted photos of ``study`` a package has no run over; locked people's left out."""
    count_anew()
    full = Participant.DataUse.FULL
    rows = Tally.objects.filter(participant__study=study, participant__data_use=full)
    values: Any = rows.values_list("accepted", "by_package")
    return sum(accepted - runs.get(str(package), 0) for accepted, runs in values.iterator())


def version_of(study: Study) -> str:
    """What changes whenever anything of ``study`` was counted anew."""
    count_anew()
    rows = Tally.objects.filter(participant__study=study)
    version = rows.aggregate(number=Count("pk"), newest=Max("version"), all=Sum("version"))
    return f"{version['number']}.{version['newest'] or 0}.{version['all'] or 0}"


def wrong(people: Collection[int]) -> list[int]:
    """Those of ``people`` whose tally is not what their rows say, though nothing marks them."""
    waiting = set(TallyMark.objects.values_list("participant_id", flat=True))
    kept = {
        tally.participant_id: Numbers(**{name: getattr(tally, name) for name in asdict(Numbers())})
        for tally in Tally.objects.filter(participant__in=people)
    }
    counted = numbers_of(people)
    differ = [pk for pk in people if kept.get(pk, Numbers()) != counted[pk]]
    return [pk for pk in differ if pk not in waiting]
