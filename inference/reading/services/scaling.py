"""The scales of a draft: added from a template, worded, put in order, removed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.db import transaction
from django.db.models import F

from inference.pipeline.assessed import REGION_CODES
from inference.reading.models import Case, ReadingStudy, Scale
from inference.reading.scales import MOST_GRADES, Kind, coefficients_of, most_of
from inference.reading.services import pictures_kept
from inference.reading.services.rows import draft_of, record
from inference.reading.templates import CONDITIONS, QUESTIONS, TEMPLATES, Template
from studies.platform.actors import Actor
from studies.platform.errors import Invalid, invalid
from studies.platform.seen import Seen
from studies.platform.text import tidy
from studies.protocol.models import Condition
from studies.protocol.services.changes import validate
from studies.record.unchanged import require_unchanged

FIELDS: Final = ("title", "question", "region", "grades", "primary", "adjudicate_beyond")
MOST_SCALES: Final = 12
LONGEST_LABEL, LONGEST_DESCRIPTOR = 40, 300
_ASIDE: Final = 30_000  # a number that no scale has, while two change places


@transaction.atomic
def add_scale(
    *,
    study: ReadingStudy,
    template: str,
    by: Actor,
    condition: Condition | None = None,
    region: str = "",
    title: str = "",
) -> Scale:
    """One more scale after the others, worded as ``template`` has it.

    Raises:
        NotAllowed: ``by`` may not edit reading studies.
        ReadingStudyFixed: the reading study is no draft.
        Invalid: there is no such template, the study does not assess ``condition``, or there are
            ``MOST_SCALES``.
    """
    row = draft_of(study, by)
    if template not in TEMPLATES:
        raise invalid("Nothing was saved yet.", {"template": "There is no such scale."})
    if row.scales.count() >= MOST_SCALES:
        raise Invalid(f"{MOST_SCALES} scales are the most that one case is graded by.")
    begun = TEMPLATES[template]
    condition = condition or _natural(row, begun)
    last = row.scales.order_by("-number").first()
    scale = Scale(
        reading_study=row,
        number=last.number + 1 if last else 1,
        code=_code(row, condition, begun),
        title=title.strip() or _title(condition, begun),
        question=QUESTIONS[begun.kind],
        condition=condition,
        region=region,
        kind=begun.kind.value,
        grades=[{"label": label, "descriptor": words} for label, words in begun.grades],
        primary=coefficients_of(begun.kind)[0],
    )
    _require_sound(scale)
    scale.save(force_insert=True)
    record(row, "reading.add_scale", by=by, new={"scale": scale.code, **_kept(scale)})
    return scale


@transaction.atomic
def edit_scale(*, scale: Scale, by: Actor, seen: Seen | None = None, **values: Any) -> Scale:
    """Word a scale otherwise; ``values`` are those of ``FIELDS``.

    Raises:
        NotAllowed, ReadingStudyFixed: as for ``add_scale``.
        ChangedMeanwhile: it is not as ``seen`` any more.
        Invalid: a value is none that fits; ``detail["fields"]`` says which.
    """
    row = draft_of(scale.reading_study, by)
    fresh = row.scales.get(pk=scale.pk)
    now = {name: getattr(fresh, name) for name in values}
    require_unchanged(seen, now, study=row.study.code, actions=["reading.edit_scale"], target=row)
    before = _kept(fresh)
    for name, value in values.items():
        if name not in FIELDS:
            raise TypeError(f"{name} is no field of a scale")
        setattr(fresh, name, tidy(value))
    if len(fresh.grades) != len(before["grades"]) and _used(fresh):
        raise invalid(
            "Nothing was saved yet.",
            {"grades": "Pictures or training cases stand for these grades: remove them first."},
        )
    _require_sound(fresh)
    after = _kept(fresh)
    changed = [name for name in FIELDS if before[name] != after[name]]
    if changed:
        fresh.save(update_fields=changed)
        old, new = ({name: kept[name] for name in changed} for kept in (before, after))
        record(
            row, "reading.edit_scale", by=by, old={"scale": fresh.code, **old},
            new={"scale": fresh.code, **new},
        )  # fmt: skip
    return fresh


@transaction.atomic
def move_scale(*, scale: Scale, up: bool, by: Actor) -> None:
    """Let a scale change places with the one before it, or after it; at an end nothing happens.

    Raises:
        NotAllowed, ReadingStudyFixed: as for ``add_scale``.
    """
    row = draft_of(scale.reading_study, by)
    order = list(row.scales.all())
    here = next(place for place, one in enumerate(order) if one.pk == scale.pk)
    there = here + (-1 if up else 1)
    if not 0 <= there < len(order):
        return
    one, other = order[here], order[there]
    Scale.objects.filter(pk=one.pk).update(number=_ASIDE)
    Scale.objects.filter(pk=other.pk).update(number=one.number)
    Scale.objects.filter(pk=one.pk).update(number=other.number)
    codes = list(row.scales.values_list("code", flat=True))
    record(row, "reading.order_scales", by=by, new={"scales": codes})


@transaction.atomic
def remove_scale(*, scale: Scale, by: Actor, seen: Seen | None = None) -> None:
    """Take a scale out, with its pictures and what was expected of training cases.

    Raises:
        NotAllowed, ReadingStudyFixed: as for ``add_scale``.
        ChangedMeanwhile: it is not as ``seen`` any more.
    """
    row = draft_of(scale.reading_study, by)
    fresh = row.scales.get(pk=scale.pk)
    kept = _kept(fresh)
    require_unchanged(seen, kept, study=row.study.code, actions=["reading.edit_scale"], target=row)
    for anchor in fresh.anchors.all():
        pictures_kept.forget(anchor)
    for case in row.cases.exclude(expected=None):
        left = {code: kept for code, kept in (case.expected or {}).items() if code != fresh.code}
        Case.objects.filter(pk=case.pk).update(expected=left)
    fresh.delete()
    record(row, "reading.remove_scale", by=by, old={"scale": fresh.code, **kept})


@transaction.atomic
def set_scales(*, study: ReadingStudy, scales: Sequence[Mapping[str, Any]], by: Actor) -> None:
    """Let a draft have exactly these scales, in this order, as a protocol file has them.

    Each has ``code``, ``kind``, ``condition`` (its code, or empty) and what ``FIELDS`` names. One
    of another kind or condition is another scale: its pictures go.

    Raises:
        NotAllowed, ReadingStudyFixed, Invalid: as for ``add_scale``.
    """
    row = draft_of(study, by)
    there = {scale.code: scale for scale in row.scales.all()}
    wanted = {str(scale["code"]): scale for scale in scales}
    for code, scale in list(there.items()):
        same = wanted.get(code)
        if same is None or _nature(same) != (scale.kind, scale.condition_id or ""):
            remove_scale(scale=scale, by=by)
            del there[code]
    Scale.objects.filter(reading_study=row).update(number=F("number") + _ASIDE)
    for number, (code, values) in enumerate(wanted.items(), start=1):
        kind, condition = _nature(values)
        scale = there.get(code) or Scale(
            reading_study=row, code=code, kind=kind, condition_id=condition or None
        )
        scale.number = number
        for name in FIELDS:
            setattr(scale, name, tidy(values[name]))
        _require_sound(scale)
        scale.save()
    record(row, "reading.set_scales", by=by, new={"scales": list(wanted)})


def _nature(values: Mapping[str, Any]) -> tuple[str, str]:
    return str(values["kind"]), str(values["condition"] or "")


def values_of(scale: Scale) -> dict[str, Any]:
    """What a page about a scale shows of it."""
    return _kept(scale)


def _kept(scale: Scale) -> dict[str, Any]:
    return {name: getattr(scale, name) for name in FIELDS}


def _used(scale: Scale) -> bool:
    expected = scale.reading_study.cases.exclude(expected=None).values_list("expected", flat=True)
    return scale.anchors.exists() or any(scale.code in (one or {}) for one in expected)


def _natural(study: ReadingStudy, template: Template) -> Condition | None:
    """The condition that the score is of, where the study assesses it."""
    code = CONDITIONS.get(template.kind)
    return study.study.ordered_conditions().filter(code=code).first() if code else None


def _title(condition: Condition | None, template: Template) -> str:
    if template.kind in CONDITIONS or condition is None:
        return template.title.partition(":")[0]
    return condition.name


def _code(study: ReadingStudy, condition: Condition | None, template: Template) -> str:
    stem = template.kind.value
    if condition is not None and template.kind not in CONDITIONS:
        stem = condition.code if template.kind is Kind.GRADES else f"{condition.code}-{stem}"
    taken = set(study.scales.values_list("code", flat=True))
    names = [stem[:20], *(f"{stem[:20]}-{n}" for n in range(2, MOST_SCALES + 2))]
    return next(name for name in names if name not in taken)


def _require_sound(scale: Scale) -> None:
    problems = _problems(scale)
    if problems:
        raise invalid("Nothing was saved yet.", problems)
    validate(scale, settled={"grades", "reading_study"})


def _problems(scale: Scale) -> dict[str, str]:
    kind = Kind(scale.kind)
    found = {}
    study = scale.reading_study.study
    assessed = study.ordered_conditions()
    if scale.condition_id and not assessed.filter(pk=scale.condition_id).exists():
        found["condition"] = "The study does not assess this condition."
    if scale.region and scale.region not in REGION_CODES:
        found["region"] = "There is no such region."
    if scale.primary not in coefficients_of(kind):
        found["primary"] = "This coefficient does not fit the scale."
    most = most_of(kind, len(scale.grades))
    if scale.adjudicate_beyond is not None and not 0 <= scale.adjudicate_beyond < most:
        found["adjudicate_beyond"] = f"0 to less than {most:g}, the whole length of the scale."
    problem = _grades_problem(kind, scale.grades)
    return {**found, "grades": problem} if problem else found


def _grades_problem(kind: Kind, grades: Any) -> str:
    if kind is not Kind.GRADES:
        return "This scale has no grades." if grades else ""
    if not isinstance(grades, list) or not 2 <= len(grades) <= MOST_GRADES:
        return f"2 to {MOST_GRADES} grades, from least to most."
    for grade in grades:
        if not isinstance(grade, dict) or set(grade) != {"label", "descriptor"}:
            return "Each grade has a label and a descriptor."
        label, words = str(grade["label"]), str(grade["descriptor"])
        if not label or len(label) > LONGEST_LABEL or len(words) > LONGEST_DESCRIPTOR:
            return (
                f"Each grade needs a label of at most {LONGEST_LABEL} characters; a descriptor "
                f"has at most {LONGEST_DESCRIPTOR}."
            )
    if len({str(grade["label"]).casefold() for grade in grades}) < len(grades):
        return "Two grades have the same label."
    return ""
