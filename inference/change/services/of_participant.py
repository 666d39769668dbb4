"""One person's changes against noise, and where they stand among peers of the study."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from inference.change.figures.peers import LEAST, Cell, Standing, standing
from inference.change.figures.responders import Verdict, verdict
from inference.change.services.subjects import Column, cell_of, planned_visits
from inference.pipeline.grades import FACE
from inference.scoring.models import Score
from inference.scoring.services.scores import current_scores
from participants.people.models import Participant
from studies.access.models import User
from studies.access.permissions import Permission
from studies.protocol.models import VIEWS, Condition, View

Severities = dict[tuple[str, str], list[float]]  # condition, visit


@dataclass(frozen=True)
class Step:
    """The change at one visit, ``None`` without one; ``verdict`` is ``None`` without noise."""

    visit: str
    change: float | None
    verdict: Verdict | None = None


@dataclass(frozen=True)
class Of:
    """One condition of one person: the severity first and latest, each among peers, the steps."""

    condition: Condition
    first: float
    smallest: float | None
    steps: list[Step]
    at_first: Standing | None
    latest: str = ""
    at_latest: Standing | None = None


@dataclass(frozen=True)
class OfPerson:
    """What is told of one person in one view. ``peers``: others in the cell of age and skin."""

    view: str
    first: str
    age: str
    skin: str
    peers: int
    conditions: list[Of]
    visits: list[str]
    least: int = LEAST

    @property
    def view_label(self) -> str:
        return View(self.view).label

    @property
    def placed(self) -> bool:
        """Whether anything stands among enough peers."""
        return any(one.at_first or one.at_latest for one in self.conditions)

    @property
    def verdicts(self) -> bool:
        return any(step.verdict for one in self.conditions for step in one.steps)


def of_participant(
    *, participant: Participant, user: User, smallest: Mapping[str, float]
) -> OfPerson | None:
    """Changes and percentiles of ``participant``, whole face, in the study's first view.

    ``smallest``: condition → the smallest change that is more than noise, where it is known. Peers
    are the others of the same age group and skin type among those whose scores ``user`` may see.
    ``None`` where the person has no score at the first visit. Six queries at most.
    """
    view, columns = _view(participant)
    if not columns:
        return None
    own: dict[str, dict[str, tuple[int, float]]] = defaultdict(dict)
    study = participant.study_id
    for code, visit, package, severity in _scores(study, user, [participant.pk], view):
        own[code][visit] = (package, severity)
    first, wanted = columns[0], {columns[0].code}
    conditions = [c for c in participant.study.ordered_conditions() if first.code in own[c.pk]]
    if not conditions:
        return None
    for condition in conditions:
        wanted |= {column.code for column in columns if column.code in own[condition.pk]}
    cell = cell_of(participant)
    others = _others(participant, user, cell) if all(cell) else []
    peers = _peers(study, user, others, view, wanted) if len(others) >= LEAST else {}
    told = []
    for condition in conditions:
        mine = own[condition.pk]
        steps = [
            _step(column.name, mine[first.code], mine.get(column.code), smallest.get(condition.pk))
            for column in columns[1:]
        ]
        latest = next((c for c in reversed(columns[1:]) if c.code in mine), None)
        told.append(
            Of(
                condition=condition,
                first=mine[first.code][1],
                smallest=smallest.get(condition.pk),
                steps=steps,
                at_first=standing(mine[first.code][1], peers.get((condition.pk, first.code), ())),
                latest=latest.name if latest else "",
                at_latest=(
                    standing(mine[latest.code][1], peers.get((condition.pk, latest.code), ()))
                    if latest
                    else None
                ),
            )
        )
    return OfPerson(view, first.name, *cell, len(others), told, [c.name for c in columns[1:]])


def _step(
    visit: str, first: tuple[int, float], here: tuple[int, float] | None, smallest: float | None
) -> Step:
    """Between two models there is no change."""
    if here is None or here[0] != first[0]:
        return Step(visit, None)
    change = here[1] - first[1]
    return Step(visit, change, verdict(change, smallest) if smallest is not None else None)


def _view(participant: Participant) -> tuple[str, list[Column]]:
    """The first view that any visit asks for, and the visits that ask for it."""
    for view in VIEWS:
        if columns := planned_visits(participant.study, view):
            return view, columns
    return VIEWS[0], []


def _others(participant: Participant, user: User, cell: Cell) -> list[int]:
    people = (
        Participant.objects.visible_to(user, Permission.SCORE_VIEW)
        .filter(study=participant.study_id, data_use="full", enrolled_on__isnull=False)
        .exclude(pk=participant.pk)
        .only("enrolled_on", "year_of_birth", "fitzpatrick")
    )
    return [one.pk for one in people if cell_of(one) == cell]


def _peers(study: int, user: User, people: list[int], view: str, visits: set[str]) -> Severities:
    found: Severities = defaultdict(list)
    for condition, visit, _package, severity in _scores(study, user, people, view):
        if visit in visits:
            found[condition, visit].append(severity)
    return found


def _scores(
    study: int, user: User, people: list[int], view: str
) -> Iterable[tuple[str, str, int, float]]:
    """Condition, visit, package, severity: of planned visits, the whole face."""
    visit = "run__photo__visit"
    rows = Score.objects.visible_to(user).filter(
        **{
            f"{visit}__participant__in": people,
            f"{visit}__definition__repeat": False,
            f"{visit}__definition__unscheduled": False,
        },
        run__photo__view=view,
        region=FACE,
        severity__isnull=False,
    )
    return (
        current_scores(rows, study)
        .order_by()
        .values_list(
            "condition",
            f"{visit}__definition__code",
            "run__package",
            "severity",
        )
        .iterator(2000)
    )
