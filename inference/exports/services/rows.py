"""Exports: the rows of the long and the wide file, read in batches so memory stays constant."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from inference.exports.closed_sets import CAMERA, RECEIVED
from inference.exports.services.filters import Filters, accepted_photos, visits_of
from inference.exports.services.people import People, demographics_of
from inference.exports.services.reading import (
    Reader,
    RunRow,
    ScoreRow,
    probabilities_of,
    snapshot,
)
from inference.packages.models import ModelPackage
from inference.pipeline.grades import GRADES
from participants.capture.models import Photo, recorded_at
from participants.deviations.models import Deviation
from participants.people.models import Participant
from participants.verification.services.exported import Stands, Verification
from participants.visits.models import Visit
from participants.visits.services import days_here
from studies.access.models import User
from studies.access.permissions import Permission
from studies.platform.csv_files import Cells
from studies.protocol.models import VIEWS, Study, VisitDefinition
from studies.protocol.services.rights import may_anywhere

CAPTURE = ("method", "facing", "trigger", "alignment")


def condition_codes(study: Study, filters: Filters, by: User) -> list[str]:
    """The conditions of the study that ``filters`` leave, in the protocol's order.

    None for who may see no scores: columns that stay empty would look like photos without any.
    """
    if not may_anywhere(by, Permission.SCORE_VIEW, study=study):
        return []
    conditions = study.conditions.order_by("order").values_list("code", flat=True)
    return [code for code in conditions if not filters.conditions or code in filters.conditions]


def views_of(study: Study) -> list[str]:
    """The views that any visit of the study asks for, in the usual order."""
    asked = {view for d in VisitDefinition.every.filter(study=study) for view in d.views}
    return [view for view in VIEWS if view in asked]


def long_rows(
    study: Study, filters: Filters, by: User, choices: Sequence[str]
) -> Iterator[tuple[Any, ...]]:
    """The long file's rows: one per score, by participant, visit, photo, condition, region."""
    about = People(study, choices, by)
    with snapshot():
        reader = Reader(study, filters, by)
        models: dict[tuple[Any, ...], Cells] = {}
        places: dict[tuple[str, ...], Cells] = {}  # region, condition and grade
        for people in reader.people():
            if not (runs := reader.runs(people)):
                continue
            scores = reader.scores(runs)
            by_key = {participant.pk: participant for participant in people}
            departures = _deviations({run.visit for run in runs})
            who = {
                pk: Cells((*cells, *_demographics(filters, by_key[pk])))
                for pk, cells in about.cells(people).items()
            }
            for run in runs:
                if run.pk not in scores:
                    continue
                package = reader.packages[run.package]
                taken = _photo_cells(run, by_key[run.participant], about, departures)
                begin = Cells((who[run.participant], taken))
                key = (run.package, run.model_sha256, run.recipe, run.runtime)
                model = models.setdefault(key, Cells((package.name, package.version, *key[1:])))
                ran, end = Cells((model, run.pk)), _end_cells(run, package)
                flags = ";".join(run.quality_flags)
                ends: dict[tuple[bool, str], Cells] = {}
                for score in scores[run.pk]:
                    what = score[:3]
                    if (place := places.get(what)) is None:
                        place = places[what] = Cells(what)
                    how = (score.is_current, score.not_assessable)
                    if (rest := ends.get(how)) is None:
                        rest = ends[how] = Cells((ran, how[0], flags, how[1], end))
                    probability = probabilities_of(score).get
                    yield (
                        begin,
                        place,
                        score.severity,
                        *_interval_cells(score, package),
                        *_change_cells(reader, run, score),
                        *map(probability, GRADES),
                        rest,
                    )


def _demographics(filters: Filters, participant: Participant) -> tuple[Any, ...]:
    return demographics_of(participant) if filters.demographics else ()


def _photo_cells(
    run: RunRow, participant: Participant, about: People, departures: Mapping[int, set[str]]
) -> Cells:
    moment = run.taken_at or run.received_at
    return Cells(
        (
            run.visit_code,
            run.visit_day,
            run.protocol_version,
            run.repeat,
            about.day_since(participant, moment),
            ";".join(sorted(departures.get(run.visit, ()))),
            str(run.photo),
            run.photo_state,
            run.view,
            about.here(participant, moment),
            _time_source(run),
        )
    )


def _interval_cells(score: ScoreRow, package: ModelPackage) -> tuple[float | None, ...]:
    """Bounds and coverage of the severity's interval; nothing where there is none."""
    if score.severity_low is None:
        return None, None, None
    coverage = package.card.get("intervals", {}).get("coverage")
    return score.severity_low, score.severity_high, coverage


def _change_cells(reader: Reader, run: RunRow, score: ScoreRow) -> tuple[float | None, str]:
    """The smallest change that is more than noise, and whose; nothing where none is known."""
    if score.severity is None:
        return None, ""
    change = reader.changes.of(run.package, score.condition, score.region)
    return (round(change.points, 2), change.source) if change else (None, "")


def _end_cells(run: RunRow, package: ModelPackage) -> Cells:
    how = (run.capture.get(name) for name in CAPTURE)
    return Cells(
        (
            package.demonstrator,
            package.retired,
            *how,
            run.late_arrival,
            recorded_at(run.exif_taken_at, run.exif_offset),
            run.exif_zone,
            ";".join(run.flags),
            run.review,
        )
    )


def _time_source(run: RunRow) -> str:
    """What ``taken_at`` rests on; of older photos only that something told it."""
    return run.taken_at_source or (CAMERA if run.taken_at else RECEIVED)


def wide_rows(
    study: Study, filters: Filters, by: User, choices: Sequence[str]
) -> Iterator[tuple[Any, ...]]:
    """The wide file's rows: one per participant and visit, with current whole-face scores."""
    about = People(study, choices, by)
    places = [(c, v) for c in condition_codes(study, filters, by) for v in views_of(study)]
    with snapshot():
        reader, verification = Reader(study, filters, by), Verification(study, by)
        for people in reader.people():
            batches = (
                visits_of(study, filters, by)
                .filter(participant__in=people)
                .select_related("definition")
                .order_by("participant__code", "definition__day_offset", "definition__repeat")
            )
            if visits := list(batches):
                yield from _wide_batch(reader, people, visits, places, about, verification)


def _wide_batch(
    reader: Reader,
    people: list[Participant],
    visits: list[Visit],
    places: list[tuple[str, str]],
    about: People,
    verification: Verification,
) -> Iterator[tuple[Any, ...]]:
    severities: dict[tuple[int, str, str], tuple[float | None, str]] = {}
    models: dict[int, set[str]] = defaultdict(set)
    demonstrators: dict[int, bool] = defaultdict(bool)
    runs = reader.runs(people)
    scores = reader.scores(runs, face=True, current=True)
    for run in runs:
        package = reader.packages[run.package]
        for score in scores.get(run.pk, ()):
            severities[run.visit, score.condition, run.view] = (score.severity, score.grade)
            models[run.visit].add(str(package))
            demonstrators[run.visit] |= package.demonstrator
    who = about.cells(people)
    by_key = {participant.pk: participant for participant in people}
    first = _first_photos(reader.study, reader.filters, visits)
    excluded, departures = _excluded_views(visits), _deviations({visit.pk for visit in visits})
    days, verified = days_here(reader.study), verification.of(people)
    for visit in visits:
        participant = by_key[visit.participant_id]
        yield (
            *who[participant.pk],
            *demographics_of(participant),
            visit.definition.code,
            visit.definition.day_offset,
            visit.protocol_version,
            visit.definition.repeat,
            about.day_since(participant, first.get(visit.pk)),
            visit.standing_on(days.at(participant.site_id)),
            ";".join(excluded[visit.pk]),
            ";".join(sorted(departures[visit.pk])),
            *_verified(verified.get(participant.pk), visit),
            visit.scheduled_on,
            about.here(participant, visit.completed_at) if visit.completed_at else None,
            "; ".join(sorted(models[visit.pk])),
            demonstrators[visit.pk] if models[visit.pk] else None,
            *(cell for place in places for cell in severities.get((visit.pk, *place), (None, ""))),
        )


def _verified(stands: Stands | None, visit: Visit) -> tuple[str, str]:
    """How enrolment and visit stand; nothing where that is not to be seen."""
    return (stands.enrolment, stands.visit(visit.definition.code)) if stands else ("", "")


def _excluded_views(visits: list[Visit]) -> dict[int, list[str]]:
    """The views of each visit that are left without a photo that counts, since one was excluded."""
    photos = Photo.objects.filter(visit__in=visits)
    states = (Photo.State.ACCEPTED, Photo.State.EXCLUDED)
    excluded_by_person: dict[int, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for visit, view, state in photos.filter(state__in=states).values_list("visit", "view", "state"):
        excluded_by_person[visit][view].add(state)
    excluded: dict[int, list[str]] = defaultdict(list)
    for visit, views in excluded_by_person.items():
        excluded[visit] = [v for v in VIEWS if views[v] == {Photo.State.EXCLUDED.value}]
    return excluded


def _deviations(visits: Collection[int]) -> dict[int, set[str]]:
    """The kinds of the departures from the protocol that stand at each visit."""
    rows = Deviation.objects.filter(visit__in=visits, over_at=None)
    deviations: dict[int, set[str]] = defaultdict(set)
    for visit, kind in rows.values_list("visit", "kind"):
        deviations[visit].add(kind)
    return deviations


def _first_photos(study: Study, filters: Filters, visits: list[Visit]) -> dict[int, datetime]:
    """When the first accepted photo of each visit was taken, or received if nothing told."""
    photos = accepted_photos(study, filters).filter(visit__in=visits)
    moments: dict[int, datetime] = {}
    for visit, taken, received in photos.values_list("visit", "taken_at", "received_at"):
        moment = taken or received
        moments[visit] = min(moments.get(visit, moment), moment)
    return moments
