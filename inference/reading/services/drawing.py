"""Which photos a reading study asks about, drawn once when it opens."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

from django.db.models import QuerySet

from inference.pipeline.grades import FACE
from inference.reading.errors import NotReady
from inference.reading.models import Case, ReadingStudy
from inference.scoring.models import Score
from inference.scoring.services.scores import active_packages, current_scores
from participants.capture.models import Photo

EDGES = (20.0, 40.0, 60.0)  # of severity, where the manager names none
UNSCORED = "unscored"


@dataclass(frozen=True)
class Drawn:
    """One case to be."""

    photo: Photo
    second: Photo | None = None
    stratum: str = ""


def photos_to_draw(study: ReadingStudy) -> QuerySet[Photo]:
    """The accepted photos that the design names; none that are damaged, locked, or used to train.

    Those of training and calibration cases, of the same people, are left out too.
    """
    others = study.cases.exclude(use=Case.Use.MAIN).values("participant")
    found = (
        Photo.objects.in_use()
        .filter(visit__participant__study=study.study_id, state=Photo.State.ACCEPTED)
        .filter(kept_out=False)
        .exclude(upright_file="")
        .exclude(visit__participant__in=others)
    )
    if study.views:
        found = found.filter(view__in=study.views)
    if study.visits:
        found = found.filter(visit__definition__code__in=study.visits)
    related = found.select_related("visit__participant", "visit__definition")
    return related.order_by("visit__participant__code", "visit__opens_on", "visit", "view", "pk")


def draw(study: ReadingStudy, random: Random) -> list[Drawn]:
    """The cases, in no order that means anything.

    Raises:
        NotReady: no photo fits the design.
    """
    photos = list(photos_to_draw(study))
    whole = _pairs(photos) if study.shown == ReadingStudy.Shown.PAIRS else _single(photos)
    if not whole:
        raise NotReady(
            "No photo fits: accepted ones of these views and visits are needed, and for pairs two "
            "visits of one person. Nothing was opened."
        )
    classed = _classed(study, whole)
    return _sampled(classed, study.sample, random)


def _single(photos: Iterable[Photo]) -> list[Drawn]:
    return [Drawn(photo) for photo in photos]


def _pairs(photos: Iterable[Photo]) -> list[Drawn]:
    """Of each person and view, each visit with the first."""
    of: dict[tuple[int, str], list[Photo]] = defaultdict(list)
    for photo in photos:
        of[photo.visit.participant_id, photo.view].append(photo)
    return [Drawn(first, later) for first, *rest in of.values() for later in rest]


def _classed(study: ReadingStudy, drawn: list[Drawn]) -> list[Drawn]:
    if not study.strata:
        return drawn
    severity = _severities(study, str(study.strata["condition"]))
    edges = sorted(float(edge) for edge in study.strata.get("edges") or EDGES)
    return [
        Drawn(one.photo, one.second, _class_of(severity.get(one.photo.pk), edges)) for one in drawn
    ]


def _severities(study: ReadingStudy, condition: str) -> dict[object, float]:
    """Photo → the primary network's severity of the whole face."""
    primary = active_packages(study.study_id).filter(primary=True).first()
    if primary is None:
        return {}
    scores = Score.objects.filter(
        run__package=primary.package_id,
        run__photo__visit__participant__study=study.study_id,
        condition=condition,
        region=FACE,
        severity__isnull=False,
    )
    current = current_scores(scores, study.study_id)
    found = current.values_list("run__photo", "severity")
    return {photo: severity for photo, severity in found if severity is not None}


def _class_of(severity: float | None, edges: list[float]) -> str:
    if severity is None:
        return UNSCORED
    below = sum(severity >= edge for edge in edges)
    bounds = [0.0, *edges, 100.0]
    return f"{bounds[below]:g} to {bounds[below + 1]:g}"


def _sampled(drawn: list[Drawn], size: int | None, random: Random) -> list[Drawn]:
    """``size`` of them, as many from each class as there are; what is rare is taken whole."""
    if size is None or size >= len(drawn):
        return random.sample(drawn, len(drawn))
    classes: dict[str, list[Drawn]] = defaultdict(list)
    for one in random.sample(drawn, len(drawn)):
        classes[one.stratum].append(one)
    taken: list[Drawn] = []
    while len(taken) < size:
        for name in sorted(classes):
            if classes[name] and len(taken) < size:
                taken.append(classes[name].pop())
    return random.sample(taken, len(taken))
