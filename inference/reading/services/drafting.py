"""A reading study while it is a draft: made, edited, deleted."""

from __future__ import annotations

import re
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from inference.reading.models import ReadingStudy
from inference.reading.services import pictures_kept
from inference.reading.services.opening import DESIGN, fixed_by_opening
from inference.reading.services.rows import draft_of, record, require_drafting
from studies.access.models import User
from studies.platform.actors import Actor
from studies.platform.errors import Invalid, invalid
from studies.platform.seen import Seen
from studies.platform.text import tidy
from studies.protocol.models import Study, View
from studies.protocol.services.changes import validate
from studies.record.unchanged import require_unchanged

CODE: Final = r"(?!add\Z)[A-Z0-9][A-Z0-9-]{0,23}"
CODE_WORDS: Final = "Capital letters, digits and hyphens, such as READ-1."
FIELDS: Final = DESIGN
IDLE: Final = range(10, 601)  # seconds
MOST_EDGES: Final = 9


@transaction.atomic
def create_reading_study(*, study: Study, code: str, by: Actor, **values: Any) -> ReadingStudy:
    """A draft; ``values`` are those of ``FIELDS``.

    Raises:
        NotAllowed: ``by`` may not edit reading studies in all of ``study``.
        Invalid: the code is taken or no code, or a value is none that fits.
    """
    require_drafting(by, study)
    code = code.strip()
    if not re.fullmatch(CODE, code):
        raise invalid("Nothing was saved yet.", {"code": CODE_WORDS})
    if ReadingStudy.objects.filter(study=study, code=code).exists():
        raise invalid("Nothing was saved yet.", {"code": f"There is a reading study {code}."})
    row = ReadingStudy(
        study=study,
        code=code,
        created_by=by if isinstance(by, User) else None,
        created_at=timezone.now(),
    )
    _set(row, values)
    row.save(force_insert=True)
    record(row, "reading.create", by=by, new={"code": code, **_kept(row)})
    return row


@transaction.atomic
def edit_reading_study(
    *, study: ReadingStudy, by: Actor, seen: Seen | None = None, **values: Any
) -> ReadingStudy:
    """Change a draft.

    Raises:
        NotAllowed: ``by`` may not edit reading studies.
        ReadingStudyFixed: it is open or closed.
        ChangedMeanwhile: it is not as ``seen`` any more.
        Invalid: a value is none that fits.
    """
    row = draft_of(study, by)
    now = {name: getattr(row, name) for name in values}
    require_unchanged(seen, now, study=row.study.code, actions=["reading.edit"], target=row)
    before = _kept(row)
    if values.get("shown", row.shown) != row.shown and row.cases.exists():
        raise Invalid(
            "Training and calibration cases are chosen for one photo or for pairs: remove them "
            "first. Nothing was saved."
        )
    _set(row, values)
    after = _kept(row)
    changed = [name for name in FIELDS if before[name] != after[name]]
    if changed:
        row.save(update_fields=changed)
        old, new = ({name: kept[name] for name in changed} for kept in (before, after))
        record(row, "reading.edit", by=by, old=old, new=new)
    return row


@transaction.atomic
def delete_reading_study(*, study: ReadingStudy, by: Actor, seen: Seen | None = None) -> None:
    """Remove a draft with its scales, anchors, seats and training cases.

    Raises:
        ChangedMeanwhile: it is not as ``seen`` any more.
        NotAllowed: ``by`` may not edit reading studies.
        ReadingStudyFixed: it is open or closed: what readers did stays.
    """
    row = draft_of(study, by)
    now = fixed_by_opening(row)
    require_unchanged(seen, now, study=row.study.code, actions=["reading.edit"], target=row)
    record(row, "reading.delete", by=by, old={"code": row.code, **_kept(row)})
    for scale in row.scales.all():
        for anchor in scale.anchors.all():
            pictures_kept.forget(anchor)
    row.delete()


def _kept(row: ReadingStudy) -> dict[str, Any]:
    return {name: getattr(row, name) for name in FIELDS}


def _set(row: ReadingStudy, values: dict[str, Any]) -> None:
    for name, value in values.items():
        if name not in FIELDS:
            raise TypeError(f"{name} is no field of a draft")
        setattr(row, name, tidy(value))
    problems = _problems(row)
    if problems:
        raise invalid("Nothing was saved yet.", problems)
    validate(row, settled={"views", "visits"})  # empty lists mean all, judged above


def _problems(row: ReadingStudy) -> dict[str, str]:
    found = {}
    visits = set(row.study.visit_definitions.values_list("code", flat=True))
    if not isinstance(row.views, list) or set(row.views) - set(View.values):
        found["views"] = "There is no such view."
    if not isinstance(row.visits, list) or set(row.visits) - visits:
        found["visits"] = "The protocol has no such visit."
    if row.sample is not None and row.sample < 1:
        found["sample"] = "One case at least; empty for all."
    if row.idle_seconds not in IDLE:
        found["idle_seconds"] = f"{IDLE.start} to {IDLE.stop - 1} seconds."
    if row.strata is not None:
        found |= _strata_problems(row)
    return found


def _strata_problems(row: ReadingStudy) -> dict[str, str]:
    strata = row.strata if isinstance(row.strata, dict) else {}
    assessed = set(row.study.ordered_conditions().values_list("code", flat=True))
    if set(strata) - {"condition", "edges"} or strata.get("condition") not in assessed:
        return {"strata": "The study assesses no such condition."}
    edges = strata.get("edges") or []
    numbers = [edge for edge in edges if isinstance(edge, int | float) and 0 < edge < 100]
    if len(numbers) != len(edges) or sorted(set(numbers)) != edges or len(edges) > MOST_EDGES:
        return {"strata": "Bounds rise, between 0 and 100, such as 20, 40, 60: nine at most."}
    if row.sample is None:
        return {"sample": "Classes are drawn evenly only from a sample: say how many cases."}
    return {}
