"""Everything known about one photo's scores: the runs, what each said, and how it came to it."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch

from inference.packages.models import StudyModel
from inference.pipeline.assessed import REGION_CODES
from inference.pipeline.grades import FACE
from inference.scoring.models import ActivationMap, Run, Score
from inference.scoring.services.scores import active_packages, with_is_current
from inference.scoring.step_names import step_name
from participants.capture.models import Photo
from participants.imaging.noise_kept import PlaneNoise
from studies.access.models import User
from studies.platform.work import WorkState
from studies.protocol.models import Condition


@dataclass(frozen=True)
class ConditionResult:
    """One condition in one run: the whole face, its regions, and its activation map."""

    condition: Condition
    face: Score | None
    regions: list[Score]
    map: ActivationMap | None
    is_current: bool


@dataclass(frozen=True)
class Version:
    """One package's newest finished run over the photo, as a column beside others."""

    run: Run
    primary: bool
    in_use: bool


@dataclass(frozen=True)
class PhotoScores:
    """The runs over a photo, newest first, the one shown, and each version's own."""

    photo: Photo
    runs: list[Run]
    shown: Run | None
    results: list[ConditionResult]
    versions: list[Version]

    @property
    def side_by_side(self) -> list[tuple[Condition, list[Score | None]]]:
        """Condition → its whole-face score by each of ``versions``; empty when there is one."""
        if len(self.versions) < 2:
            return []
        faces = [_of_face(version.run) for version in self.versions]
        conditions = {result.condition: None for result in self.results}
        conditions |= {score.condition: None for scores in faces for score in scores.values()}
        return [
            (condition, [scores.get(condition.pk) for scores in faces]) for condition in conditions
        ]

    @property
    def regions(self) -> list[str]:
        """The regions the run shown cut out, from the brow down; their crops can be looked at."""
        read = {
            score.region
            for result in self.results
            for score in result.regions
            if score.severity is not None
        }
        return [code for code in REGION_CODES if code in read]

    @property
    def coverage(self) -> float | None:
        """Per cent of cases in which the intervals shown held the true severity, as the card says.

        None where the run shown has no intervals.
        """
        if self.shown is None or not any(r.face and r.face.interval for r in self.results):
            return None
        coverage = self.shown.package.card.get("intervals", {}).get("coverage")
        return None if coverage is None else 100 * float(coverage)

    @property
    def has_maps(self) -> bool:
        return any(result.map for result in self.results)

    @property
    def demonstrator(self) -> bool:
        return self.shown is not None and self.shown.package.demonstrator

    @property
    def waiting(self) -> bool:
        """Whether a run is still to come, so that the page should look again."""
        return any(run.state in {WorkState.QUEUED, WorkState.RUNNING} for run in self.runs)

    @property
    def timings(self) -> list[tuple[str, float]]:
        shown: dict[str, Any] = self.shown.timings if self.shown else {}
        return [(stage.replace("_", " "), float(value)) for stage, value in shown.items()]


def photo_scores(*, photo: Photo, user: User, run: int | None = None) -> PhotoScores:
    """The scores of ``photo`` that ``user`` may see, as said by ``run``.

    Without ``run`` the one whose scores count is shown, else the newest that is done.
    """
    scores = with_is_current(
        Score.objects.select_related("condition"), photo.visit.participant.study_id
    )
    runs = list(
        Run.objects.visible_to(user)
        .filter(photo=photo)
        .select_related("package")
        .prefetch_related(Prefetch("scores", scores), Prefetch("maps", ActivationMap.objects.all()))
    )
    shown = _shown(runs, run)
    order = photo.visit.participant.study.ordered_conditions().values_list("pk", flat=True)
    results = _results(shown, list(order)) if shown else []
    return PhotoScores(photo, runs, shown, results, _versions(photo, runs))


def _versions(photo: Photo, runs: list[Run]) -> list[Version]:
    """The newest finished run of each package: the primary first, then those in use, the rest."""
    places = {
        row.package_id: place
        for place, row in enumerate(active_packages(photo.visit.participant.study_id))
    }
    primary = StudyModel.objects.filter(study=photo.visit.participant.study_id, primary=True)
    first = primary.values_list("package", flat=True).first()
    newest: dict[int, Run] = {}
    for run in runs:
        if run.state == WorkState.DONE:
            newest.setdefault(run.package_id, run)
    versions = [Version(r, r.package_id == first, r.package_id in places) for r in newest.values()]
    return sorted(versions, key=lambda result: places.get(result.run.package_id, len(places)))


def _of_face(run: Run) -> dict[str, Score]:
    return {score.condition_id: score for score in run.scores.all() if score.region == FACE}


def _counts(run: Run) -> bool:
    return any(score.is_current for score in run.scores.all())  # type: ignore[attr-defined]


def _shown(runs: list[Run], wanted: int | None) -> Run | None:
    done = [run for run in runs if run.state == WorkState.DONE]
    chosen = [run for run in done if run.pk == wanted] or [run for run in done if _counts(run)]
    return next(iter(chosen or done), None)


def _results(run: Run, order: list[str]) -> list[ConditionResult]:
    """What a run said, in the study's order of conditions, its regions from the brow down."""
    places = {code: place for place, code in enumerate(order)}
    regions = {code: place for place, code in enumerate(REGION_CODES)}
    maps = {skin_map.condition_id: skin_map for skin_map in run.maps.all()}
    by_condition: dict[str, list[Score]] = {}
    for score in run.scores.all():
        by_condition.setdefault(score.condition_id, []).append(score)
    results = []
    for code, scores in by_condition.items():
        results.append(
            ConditionResult(
                condition=scores[0].condition,
                face=next((score for score in scores if score.region == FACE), None),
                regions=sorted(
                    (score for score in scores if score.region != FACE),
                    key=lambda score: regions.get(score.region, len(regions)),
                ),
                map=maps.get(code),
                is_current=any(s.is_current for s in scores),  # type: ignore[attr-defined]
            )
        )
    return sorted(results, key=lambda result: places.get(result.condition.pk, len(places)))


@dataclass(frozen=True)
class Neighbours:
    """Where to go from a photo: the other views of its visit, the same view before and after."""

    views: list[Photo]
    previous: Photo | None
    next: Photo | None


def neighbours(*, photo: Photo, user: User) -> Neighbours:
    """The accepted photos beside ``photo`` that ``user`` may see; one query."""
    participant = photo.visit.participant_id
    around = list(
        Photo.objects.visible_to(user)
        .filter(visit__participant=participant, state=Photo.State.ACCEPTED)
        .select_related("visit__definition")
        .order_by("visit__definition__day_offset")
    )
    day = photo.visit.definition.day_offset
    same = [other for other in around if other.view == photo.view]
    before = [other for other in same if other.visit.definition.day_offset < day]
    after = [other for other in same if other.visit.definition.day_offset > day]
    views = [other for other in around if other.visit_id == photo.visit_id]
    order = {view: place for place, view in enumerate(photo.visit.definition.views)}
    return Neighbours(
        views=sorted(views, key=lambda other: order.get(other.view, len(order))),
        previous=before[-1] if before else None,
        next=after[0] if after else None,
    )


@dataclass(frozen=True)
class PhotoScale:
    """How large a pixel is on the face; ``error`` is one relative standard deviation, per cent."""

    mm_per_pixel: float
    error: float
    source: str


def photo_scale(photo: Photo) -> PhotoScale | None:
    """The scale the check measured, or None for a photo checked before it did."""
    face = (photo.quality or {}).get("face") or {}
    scale = face.get("scale")
    if not isinstance(scale, dict):
        return None
    return PhotoScale(
        float(scale["mm_per_pixel"]), 100 * float(scale["error"]), str(scale["source"])
    )


@dataclass(frozen=True)
class PhotoNoise:
    """The photo's noise as the check measured it: in its own pixels, and as skin is read."""

    native: PlaneNoise
    reading: PlaneNoise


def photo_noise(photo: Photo) -> PhotoNoise | None:
    """The noise the check measured, or None for a photo checked before it did."""
    noise = (photo.quality or {}).get("noise_level")
    native, reading = PlaneNoise.kept(noise, "native"), PlaneNoise.kept(noise)
    return PhotoNoise(native, reading) if native and reading else None


@dataclass(frozen=True)
class StepOfRun:
    """What one step of the recipe did to the photo, all regions together; in levels of 255."""

    name: str
    acted: bool
    strength: list[tuple[str, float]]
    luma: float
    colour: float


def steps_of(run: Run) -> list[StepOfRun]:
    """What the run kept of each step; nothing for runs made before that was kept."""
    return [
        StepOfRun(
            name=step_name(str(step["step"])),
            acted=bool(step["acted"]),
            strength=list(step["strength"].items()),
            luma=float(step["luma"]),
            colour=float(step["colour"]),
        )
        for step in run.measured.get("steps", [])
    ]
