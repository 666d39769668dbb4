"""A participant's severities over time: what the charts draw and the table beside them says."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Prefetch

from inference.packages.models import ModelPackage
from inference.pipeline.grades import FACE
from inference.scoring.models import Run, Score
from inference.scoring.services.change import Change, Changes, smallest_changes
from inference.scoring.services.scores import current_scores
from participants.capture.models import Photo
from participants.people.models import Participant
from participants.visits.models import Visit
from studies.access.models import User
from studies.platform.work import WorkState
from studies.protocol.models import VIEWS, Condition, View


@dataclass(frozen=True)
class Row:
    """One view at one visit: its accepted photo, if there is one, and a score per condition."""

    visit: Visit
    view: str
    photo: Photo | None
    scores: list[Score | None]

    @property
    def view_label(self) -> str:
        return View(self.view).label

    @property
    def missing(self) -> str:
        """Why there is no score in this row, in words; empty when there is one."""
        if any(self.scores):
            return ""
        if self.photo is None:
            return f"No accepted photo: visit {self.visit.get_state_display()}."
        if self.photo.kept_out:
            return "Left out: its stored file is damaged."
        states = {run.state for run in self.photo.runs.all()}
        if states & {WorkState.QUEUED, WorkState.RUNNING}:
            return "Being scored."
        if WorkState.QUARANTINED in states:
            return "Scoring failed; see the processing page."
        return "Not scored by a model in use."


@dataclass(frozen=True)
class Trajectories:
    """All current whole-face scores of a participant, by visit and view."""

    participant: Participant
    conditions: list[Condition]
    rows: list[Row]
    packages: list[ModelPackage] = field(default_factory=list)
    # By condition, of the package whose scores they are; a condition of which none is known lacks.
    changes: dict[str, Change] = field(default_factory=dict)

    @property
    def noise(self) -> list[Change | None]:
        """The smallest change that is more than noise, condition by condition."""
        return [self.changes.get(condition.pk) for condition in self.conditions]

    @property
    def own_repeats(self) -> int:
        """How many of the study's own people were photographed again; 0 when cards tell."""
        return max((c.people for c in self.changes.values() if c.source == "study"), default=0)

    @property
    def demonstrator(self) -> bool:
        return any(package.demonstrator for package in self.packages)

    @property
    def scored(self) -> bool:
        return any(any(row.scores) for row in self.rows)

    @property
    def pending(self) -> bool:
        """Whether a photo of theirs is being scored now."""
        return any(row.missing == "Being scored." for row in self.rows)

    def chart(self) -> dict[str, Any]:
        """What the chart module reads: days, and per condition a series per view.

        A visit without a score is a point without a severity, so the line breaks there.
        """
        days = [{"day": d, "name": n} for d, n in dict(self._days()).items()]
        views = [view for view in VIEWS if any(row.view == view for row in self.rows)]
        return {
            "days": days,
            "conditions": [
                {
                    "code": condition.code,
                    "name": condition.name,
                    "noise": self._noise(condition),
                    "series": [self._series(place, view) for view in views],
                }
                for place, condition in enumerate(self.conditions)
            ],
        }

    def _noise(self, condition: Condition) -> float | None:
        change = self.changes.get(condition.pk)
        return round(change.points, 2) if change else None

    def _days(self) -> list[tuple[int, str]]:
        return [(row.visit.definition.day_offset, row.visit.definition.name) for row in self.rows]

    def _series(self, place: int, view: str) -> dict[str, Any]:
        points = []
        for row in self.rows:
            if row.view == view:
                score = row.scores[place]
                points.append(
                    {
                        "day": row.visit.definition.day_offset,
                        "visit": row.visit.definition.name,
                        "severity": score.severity if score else None,
                        "interval": score.interval if score else None,
                        "grade": score.grade if score else "",
                    }
                )
        return {"view": view, "label": View(view).label, "points": points}


def _changes(known: Changes, scores: Iterable[Score]) -> dict[str, Change]:
    """By condition; where several packages gave its scores, the largest of theirs, or none."""
    packages: dict[str, set[int]] = defaultdict(set)
    for score in scores:
        packages[score.condition_id].add(score.run.package_id)
    changes = {}
    for condition, mine in packages.items():
        each = [known.of(package, condition) for package in mine]
        if (known_changes := [change for change in each if change]) and len(known_changes) == len(
            each
        ):
            changes[condition] = max(known_changes, key=lambda change: change.points)
    return changes


def trajectories(*, participant: Participant, user: User) -> Trajectories:
    """The current scores of ``participant`` that ``user`` may see; six queries."""
    conditions = list(participant.study.ordered_conditions())
    runs = Run.objects.visible_to(user)
    photos = Photo.objects.visible_to(user).filter(state=Photo.State.ACCEPTED)
    visits = (
        Visit.objects.visible_to(user)
        .counted()
        .filter(participant=participant)
        .select_related("definition")
        .prefetch_related(Prefetch("photos", photos.prefetch_related(Prefetch("runs", runs))))
        .order_by("definition__day_offset")
    )
    current = current_scores(
        Score.objects.visible_to(user).filter(
            run__photo__visit__participant=participant, region=FACE
        ),
        participant.study_id,
    ).select_related("run__package")
    scores = {(score.run.photo_id, score.condition_id): score for score in current}
    rows = []
    for visit in visits:
        taken = {photo.view: photo for photo in visit.photos.all()}
        for view in visit.definition.views:
            photo = taken.get(view)
            cells = [scores.get((photo.pk, c.pk)) if photo else None for c in conditions]
            rows.append(Row(visit, view, photo, cells))
    packages = {score.run.package for score in scores.values()}
    known = smallest_changes(participant.study, packages)
    return Trajectories(
        participant=participant,
        conditions=conditions,
        rows=rows,
        packages=sorted(packages, key=str),
        changes=_changes(known, scores.values()),
    )
