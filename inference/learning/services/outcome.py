"""A trained package and the primary beside readers, on people never trained on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from inference.learning.models import TrainingJob
from inference.learning.services.training_set import grade_name, usable_scales
from inference.packages.models import ModelPackage
from inference.pipeline.grades import FACE, GRADES
from inference.reading.models import Case, Consensus, Scale
from inference.results.services.network import primary_of
from inference.scoring.models import Score
from participants.people.models import Participant
from studies.platform.work import WorkState


@dataclass(frozen=True)
class Beside:
    """One condition: what both agree with the consensus, over the cases that both scored."""

    condition: str
    cases: int
    people: int
    new: dict[str, Any]
    old: dict[str, Any] | None


@dataclass(frozen=True)
class Outcome:
    """The package beside the primary; ``scored`` of ``cases`` are through the worker."""

    package: ModelPackage
    primary: ModelPackage | None
    cases: int
    scored: int
    conditions: list[Beside]


def outcome_of(job: TrainingJob) -> Outcome | None:
    """The evaluation of a finished job, on the photos of its test people; ``None`` before."""
    if job.package is None:
        return None
    cases = {
        case.photo_id: case
        for case in Case.objects.filter(
            pk__in=job.told.get("test_cases", []),
            photo__isnull=False,
            participant__data_use=Participant.DataUse.FULL,
        )
    }
    primary = primary_of(job.study_id)
    old = None if primary == job.package else primary
    new_grades = _grades(job.package, list(cases))
    old_grades = _grades(old, list(cases)) if old else {}
    scales, _ = usable_scales(job.reading_study)
    return Outcome(
        package=job.package,
        primary=old,
        cases=len(cases),
        scored=len({photo for photo, _ in new_grades}),
        conditions=[_beside(scale, cases, new_grades, old_grades, old) for scale in scales],
    )


Grades = dict[tuple[Any, str], float]


def _grades(package: ModelPackage, photos: list[Any]) -> Grades:
    """(photo, condition) → severity of the whole face, from the package's last run."""
    scores = Score.objects.filter(
        run__package=package,
        run__state=WorkState.DONE,
        run__photo__in=photos,
        region=FACE,
        severity__isnull=False,
    ).order_by("run__finished_at", "run")
    rows = scores.values_list("run__photo", "condition", "severity")
    return {(photo, condition): float(severity or 0) for photo, condition, severity in rows}


def _beside(
    scale: Scale, cases: dict[Any, Case], new: Grades, old: Grades, primary: ModelPackage | None
) -> Beside:
    condition = str(scale.condition_id)
    said = dict(
        Consensus.objects.filter(scale=scale, case__in=list(cases.values())).values_list(
            "case", "value"
        )
    )
    both = [
        (case, photo)
        for photo, case in cases.items()
        if said.get(case.pk) is not None
        and (photo, condition) in new
        and (primary is None or (photo, condition) in old)
    ]
    truth = [GRADES.index(grade_name(scale, float(said[case.pk] or 0))) for case, _ in both]
    people = [case.participant_id for case, _ in both]

    def agreement(of: Grades) -> dict[str, Any]:
        return _kappa(truth, [_step(of[photo, condition]) for _, photo in both], people)

    return Beside(
        condition=scale.title,
        cases=len(both),
        people=len(set(people)),
        new=agreement(new),
        old=agreement(old) if primary else None,
    )


def _step(severity: float) -> int:
    return min(int(severity / 100 * (len(GRADES) - 1) + 0.5), len(GRADES) - 1)


def _kappa(truth: list[int], given: list[int], people: list[int]) -> dict[str, Any]:
    """Quadratic weighted kappa with the consensus, over four grades."""
    if not truth:
        return {"value": None, "low": None, "high": None, "why": "No case yet."}
    from inference.agreement.chance_corrected import CohenKappa
    from inference.agreement.intervals import estimate
    from inference.agreement.ratings import Ratings
    from inference.results.services.measuring import told

    ratings = Ratings.of(list(zip(truth, given, strict=True)), people=people, grades=len(GRADES))
    return told(estimate(CohenKappa.weighted("quadratic", len(GRADES)), ratings))
