"""The board: participants down, visits across."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.core.paginator import Page, Paginator
from django.urls import reverse

from participants.board.looks import Look, look_of
from participants.board.services.asked import Asked
from participants.capture.models import Photo
from participants.people.models import Participant
from participants.queries.services.listing import standing_by_visit
from participants.visits.models import Visit
from studies.amendments.services.reading import visits_ever
from studies.protocol.models import VisitDefinition

PER_PAGE = 100


@dataclass(frozen=True)
class Cell:
    """One visit of one participant; ``found`` where it is what was asked for.

    ``retake`` and ``form``: a photo is to be taken again, a questionnaire to be filled in.
    """

    visit: Visit
    look: Look
    url: str
    found: bool
    retake: bool
    form: bool
    queries: int = 0


@dataclass(frozen=True)
class Row:
    """A participant with a cell, or none, for each visit of the schedule, and those in between."""

    participant: Participant
    cells: list[tuple[VisitDefinition, Cell | None]]
    others: list[Cell]


@dataclass(frozen=True)
class Board:
    """One page of it; ``visits`` counts what was asked for on all pages."""

    columns: list[VisitDefinition]
    page: "Page[Participant]"
    rows: list[Row]
    visits: int = 0
    others: bool = field(default=False)


def board(asked: Asked, page: str | None) -> Board:
    """What ``asked`` asks for; a handful of queries, whatever the number of people."""
    people, wanted = asked.people(), asked.visits()
    if asked.narrows:
        people = people.filter(pk__in=wanted.values("participant"))
    shown = Paginator(people.select_related("site").order_by("code"), PER_PAGE).get_page(page)
    columns = visits_ever(asked.study)
    keys = [person.pk for person in shown]
    due_retakes = set(wanted.filter(participant__in=keys).values_list("pk", flat=True))
    by_person: dict[int, list[Visit]] = defaultdict(list)
    rows = Visit.objects.filter(participant__in=keys).exclude(state=Visit.State.CANCELLED)
    for visit in rows.select_related("definition").order_by("scheduled_on"):
        by_person[visit.participant_id].append(visit)
    retakes = _retakes(keys)
    there = Visit.objects.filter(participant__in=keys)
    forms = (
        set(asked.lacking(there).values_list("pk", flat=True)) if asked.questionnaires else set()
    )
    queries = standing_by_visit(keys, asked.user)
    made = [
        _row(
            person,
            columns,
            by_person[person.pk],
            asked,
            found=due_retakes,
            retakes=retakes,
            forms=forms,
            queries=queries,
        )
        for person in shown
    ]
    return Board(
        columns=columns,
        page=shown,
        rows=made,
        visits=wanted.count() if asked.narrows else 0,
        others=any(row.others for row in made),
    )


def _row(
    participant: Participant,
    columns: list[VisitDefinition],
    visits: Iterable[Visit],
    asked: Asked,
    *,
    found: set[int],
    retakes: set[int],
    forms: set[int],
    queries: dict[int, int],
) -> Row:
    cells: dict[str, Cell] = {}
    others = []
    page = reverse("participants:detail", args=[asked.study.code, participant.code])
    for visit in visits:
        cell = Cell(
            visit=visit,
            look=look_of(visit, asked.days.at(participant.site_id)),
            url=f"{page}visits/{visit.definition.code}/",
            found=asked.narrows and visit.pk in found,
            retake=visit.pk in retakes,
            form=visit.pk in forms,
            queries=queries.get(visit.pk, 0),
        )
        if visit.definition.unscheduled:
            others.append(cell)
        else:
            cells[visit.definition.code] = cell
    return Row(participant, [(column, cells.get(column.code)) for column in columns], others)


def _retakes(people: list[int]) -> set[int]:
    """The visits of ``people`` with a photo to be taken again."""
    wanted = Photo.objects.in_use().filter(
        state=Photo.State.RETAKE_WANTED,
        visit__participant__in=people,
        visit__participant__state=Participant.State.ENROLLED,
    )
    return set(wanted.values_list("visit", flat=True))
