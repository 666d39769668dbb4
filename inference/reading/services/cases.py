"""Training and calibration cases of a draft: photos with the grades that are expected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from inference.reading.models import Case, ReadingStudy, Scale
from inference.reading.scales import Kind, areas_of, checked, most_of
from inference.reading.services.rows import draft_of, record
from participants.capture.models import Photo
from studies.access.models import User
from studies.access.permissions import Permission
from studies.platform.actors import Actor
from studies.platform.errors import Invalid, invalid
from studies.platform.seen import Seen
from studies.record.unchanged import require_unchanged

MOST = 60  # of both kinds
MOST_FEEDBACK = 500  # characters


def photos_to_choose(study: ReadingStudy, user: User) -> QuerySet[Photo]:
    """The accepted photos of the study that ``user`` may see, by participant and visit."""
    seen = Photo.objects.visible_to(user, Permission.PHOTO_VIEW)
    found = seen.filter(visit__participant__study=study.study_id, state=Photo.State.ACCEPTED)
    whole = found.filter(kept_out=False).exclude(upright_file="")
    if study.views:
        whole = whole.filter(view__in=study.views)
    related = whole.select_related("visit__participant", "visit__definition")
    return related.order_by("visit__participant__code", "visit__opens_on", "view", "pk")


@transaction.atomic
def add_case(
    *,
    study: ReadingStudy,
    photo: Photo,
    use: str,
    expected: Mapping[str, Any],
    by: Actor,
    feedback: str = "",
) -> Case:
    """A training or calibration case; all photos of its person are left out of the cases.

    Of a study of pairs, ``photo`` is the later one, and stands beside the person's first.

    Raises:
        NotAllowed: ``by`` may not edit reading studies.
        ReadingStudyFixed: the reading study is no draft.
        Invalid: the photo is of another study, or chosen before; a grade is missing or none.
    """
    row = draft_of(study, by)
    shown = photo.visit.participant
    if use not in (Case.Use.TRAINING, Case.Use.CALIBRATION):
        raise invalid("Nothing was saved yet.", {"use": "Training or calibration."})
    if shown.study_id != row.study_id or photo.state != Photo.State.ACCEPTED or photo.kept_out:
        raise Invalid("This is no accepted photo of the study. Nothing was saved.")
    if row.cases.filter(photo=photo).exists():
        raise Invalid("This photo is a training or calibration case already. Nothing was saved.")
    if row.cases.count() >= MOST:
        raise Invalid(f"{MOST} training and calibration cases are the most. Nothing was saved.")
    first = _first_of(row, photo) if row.shown == ReadingStudy.Shown.PAIRS else None
    last = row.cases.order_by("-number").values_list("number", flat=True).first() or 0
    case = Case.objects.create(
        reading_study=row,
        number=last + 1,
        use=use,
        participant=shown,
        photo=first or photo,
        second=photo if first else None,
        visit=photo.visit.definition.code,
        view=photo.view,
        photo_sha256=(first or photo).upright_sha256,
        expected=taken(row, expected),
        feedback=feedback.strip()[:MOST_FEEDBACK],
    )
    _record(case, "reading.add_case", by)
    return case


@transaction.atomic
def edit_case(
    *,
    case: Case,
    expected: Mapping[str, Any],
    feedback: str,
    by: Actor,
    seen: Seen | None = None,
) -> Case:
    """Expect other grades of a training or calibration case, or say something else of it.

    Raises:
        NotAllowed, ReadingStudyFixed, Invalid: as for ``add_case``.
        ChangedMeanwhile: it is not as ``seen`` any more.
    """
    row = draft_of(case.reading_study, by)
    fresh = row.cases.get(pk=case.pk)
    now = values_of(fresh)
    require_unchanged(seen, now, study=row.study.code, actions=["reading.edit_case"], target=row)
    fresh.expected = taken(row, expected)
    fresh.feedback = feedback.strip()[:MOST_FEEDBACK]
    if values_of(fresh) != now:
        fresh.save(update_fields=["expected", "feedback"])
        _record(fresh, "reading.edit_case", by)
    return fresh


@transaction.atomic
def remove_case(*, case: Case, by: Actor) -> None:
    """Take a training or calibration case out; its person's photos may be cases again.

    Raises:
        NotAllowed, ReadingStudyFixed: as for ``add_case``.
    """
    row = draft_of(case.reading_study, by)
    fresh = row.cases.get(pk=case.pk)
    _record(fresh, "reading.remove_case", by)
    fresh.delete()


def values_of(case: Case) -> dict[str, Any]:
    """What a page about a case shows of it."""
    return {**(case.expected or {}), "feedback": case.feedback}


def taken(study: ReadingStudy, expected: Mapping[str, Any]) -> dict[str, float]:
    """The expected grade of every scale, checked; of scores by areas, the score.

    Raises:
        Invalid: one is missing or none of its scale.
    """
    found: dict[str, float] = {}
    problems: dict[str, str] = {}
    for scale in study.scales.all():
        try:
            found[scale.code] = _value(scale, expected[scale.code])
        except (KeyError, TypeError):
            problems[scale.code] = "Say which grade is expected."
        except ValueError as error:
            problems[scale.code] = f"{error}".capitalize() + "."
    if problems:
        raise invalid("Nothing was saved yet.", problems)
    return found


def _value(scale: Scale, given: Any) -> float:
    kind = Kind(scale.kind)
    if not areas_of(kind):
        return checked(kind, given, grades=len(scale.grades))
    most = most_of(kind)
    if not 0 <= float(given) <= most:
        raise ValueError(f"0 to {most:g} is possible")
    return float(given)


def _first_of(study: ReadingStudy, photo: Photo) -> Photo:
    """The person's first accepted photo of this view, at another visit.

    Raises:
        Invalid: there is none.
    """
    theirs = Photo.objects.in_use().filter(
        visit__participant=photo.visit.participant_id,
        view=photo.view,
        state=Photo.State.ACCEPTED,
        kept_out=False,
    )
    others = theirs.exclude(visit=photo.visit_id).exclude(upright_file="")
    first = others.order_by("visit__opens_on", "pk").first()
    if first is None:
        raise Invalid("There is no photo of this view at another visit. Nothing was saved.")
    return first


def _record(case: Case, action: str, by: Actor) -> None:
    new = {"use": case.use, "case": case.number, "participant": case.participant.code}
    record(case.reading_study, action, by=by, new={**new, "expected": case.expected})
