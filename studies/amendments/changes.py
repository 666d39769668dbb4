"""The changes that an amendment holds: their shape, what they come to, and how they read.

``Amendment.changes`` maps a part to what changes in it: ``visits``, ``arms`` and ``criteria`` map
a code to its values, or to ``None`` where it is taken away; ``targets`` maps the code of a site to
its number; ``conditions`` is the whole list, the main one first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError

from studies.amendments.models import Amendment
from studies.platform.errors import Invalid, invalid
from studies.platform.text import tidy
from studies.protocol.models import (
    Arm,
    EligibilityCriterion,
    Site,
    Study,
    StudyCondition,
    VisitDefinition,
)
from studies.protocol.models.versions import CURRENT, in_version
from studies.protocol.services.schedule import check_schedule

Row = VisitDefinition | Arm | EligibilityCriterion
Values = Mapping[str, Any]


@dataclass(frozen=True)
class Part:
    """A part of the protocol that has rows by code, and the fields that an amendment may change."""

    model: type[VisitDefinition] | type[Arm] | type[EligibilityCriterion]
    fields: tuple[str, ...]
    word: str


PARTS: dict[str, Part] = {
    "visits": Part(
        VisitDefinition,
        ("name", "day_offset", "window_before", "window_after", "views", "instructions"),
        "Visit",
    ),
    "arms": Part(Arm, ("name",), "Arm"),
    "criteria": Part(EligibilityCriterion, ("kind", "text"), "Criterion"),
}
_SAID = ("name", "text")  # what a new one is called stands above its values
LABELS = {
    "name": "name",
    "day_offset": "day",
    "window_before": "opens, days before",
    "window_after": "closes, days after",
    "views": "views",
    "instructions": "instructions",
    "kind": "kind",
    "text": "words",
}


def rows_now(study: Study, part: str) -> dict[str, Row]:
    """The rows of the newest version, by code."""
    rows = PARTS[part].model._default_manager.filter(CURRENT, study=study)
    return {row.code: row for row in rows}


def values_now(study: Study, part: str) -> dict[str, dict[str, Any]]:
    """The values of those rows that an amendment may change."""
    fields = PARTS[part].fields
    return {
        code: {name: getattr(row, name) for name in fields}
        for code, row in rows_now(study, part).items()
    }


def proposed(amendment: Amendment, part: str) -> dict[str, dict[str, Any]]:
    """The same as they would be with ``amendment``."""
    found = {**values_now(amendment.study, part), **amendment.changes.get(part, {})}
    return {code: values for code, values in found.items() if values is not None}


def schedule_with(amendment: Amendment) -> list[VisitDefinition]:
    """The visits that its version plans; not saved where no site has approved it yet."""
    study = amendment.study
    if amendment.state == Amendment.State.ADOPTED:
        rows = VisitDefinition.every.filter(in_version(amendment.number), study=study)
        return list(rows.filter(unscheduled=False))
    now = {row.code: row for row in VisitDefinition.objects.filter(study=study)}
    changed = amendment.changes.get("visits", {})
    visits = [
        VisitDefinition(study=study, code=code, **values) if code in changed else now[code]
        for code, values in proposed(amendment, "visits").items()
    ]
    return sorted(visits, key=lambda visit: visit.day_offset)


def conditions_now(study: Study) -> list[str]:
    """The codes of the conditions graded, the main one first."""
    return list(StudyCondition.objects.filter(study=study).values_list("condition", flat=True))


def with_change(
    amendment: Amendment, part: str, code: str, values: Values | None
) -> dict[str, Any]:
    """``amendment.changes`` with ``code`` of ``part`` as ``values``; what is as now is no change.

    Raises:
        Invalid: a value breaks a rule, or the schedule would not work.
    """
    now = values_now(amendment.study, part).get(code)
    wanted = None if values is None else {name: tidy(values[name]) for name in PARTS[part].fields}
    inner = {key: value for key, value in amendment.changes.get(part, {}).items() if key != code}
    if wanted is not None:
        _check_row(amendment, part, code, wanted, new=now is None)
    if wanted != now:
        inner[code] = wanted
    return _with(amendment, part, inner)


def with_target(amendment: Amendment, site: Site, target: int) -> dict[str, Any]:
    """``amendment.changes`` with the enrolment target of ``site``."""
    inner = {k: v for k, v in amendment.changes.get("targets", {}).items() if k != site.code}
    if target != site.enrolment_target:
        inner[site.code] = target
    return _with(amendment, "targets", inner)


def with_conditions(amendment: Amendment, codes: list[str]) -> dict[str, Any]:
    """``amendment.changes`` with the conditions graded."""
    now = conditions_now(amendment.study)
    return _with(amendment, "conditions", codes if codes != now else None)


def _with(amendment: Amendment, part: str, inner: Any) -> dict[str, Any]:
    rest = {name: value for name, value in amendment.changes.items() if name != part}
    return {**rest, part: inner} if inner else rest


def _check_row(amendment: Amendment, part: str, code: str, wanted: Values, *, new: bool) -> None:
    row = PARTS[part].model(study=amendment.study, code=code, **wanted)
    if isinstance(row, VisitDefinition) and row.day_offset < 0:
        raise invalid("Nothing was changed.", {"day_offset": "Days count from enrolment, day 0."})
    try:
        row.clean_fields(exclude=[] if new else ["code"])
    except ValidationError as error:
        fields = {name: [str(one) for one in said] for name, said in error.message_dict.items()}
        sentence = " ".join(text for texts in fields.values() for text in texts)
        raise Invalid(sentence, detail={"fields": fields}) from error
    if new and part == "arms" and Arm.objects.filter(study=amendment.study, code=code).exists():
        message = "An arm of an earlier version had this code. Choose another one."
        raise Invalid(message, detail={"fields": {"code": [message]}})
    if isinstance(row, VisitDefinition):
        others = {**proposed(amendment, part), code: dict(wanted)}
        check_schedule(row, [_visit(other, others[other]) for other in others if other != code])


def check_together(amendment: Amendment) -> None:
    """Refuse a schedule that would not work, as when the protocol was edited meanwhile.

    Raises:
        Invalid: with the first visit that has no place.
    """
    visits = [_visit(code, values) for code, values in proposed(amendment, "visits").items()]
    if not visits:
        raise Invalid("The schedule would have no visit left.")
    for visit in visits:
        check_schedule(visit, [other for other in visits if other is not visit])


def _visit(code: str, values: Values) -> VisitDefinition:
    return VisitDefinition(code=code, **values)


# --- In words ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Detail:
    """One value before and after; nothing before what is new."""

    label: str
    old: str
    new: str


@dataclass(frozen=True)
class Change:
    """One line of what an amendment changes."""

    part: str
    code: str
    verb: str  # added, changed, taken away
    name: str
    details: tuple[Detail, ...] = ()


def in_words(amendment: Amendment) -> list[Change]:
    """What ``amendment`` changes, or has changed, part by part."""
    adopted = amendment.state == Amendment.State.ADOPTED
    then = amendment.before if adopted else before_of(amendment)
    lines = [
        _change(part, code, then.get(part, {}).get(code), values)
        for part in PARTS
        for code, values in amendment.changes.get(part, {}).items()
    ]
    if "conditions" in amendment.changes:
        lines += _conditions(then.get("conditions", []), amendment.changes["conditions"])
    for code, target in amendment.changes.get("targets", {}).items():
        old = str(then.get("targets", {}).get(code, ""))
        lines.append(
            Change("targets", code, "changed", f"Target of {code}", (Detail("", old, str(target)),))
        )
    return lines


def before_of(amendment: Amendment) -> dict[str, Any]:
    """How everything is that ``amendment`` changes: kept with it once it is in force."""
    earlier: dict[str, Any] = {}
    for part in PARTS:
        now = values_now(amendment.study, part)
        if part in amendment.changes:
            earlier[part] = {code: now[code] for code in amendment.changes[part] if code in now}
    if "conditions" in amendment.changes:
        earlier["conditions"] = conditions_now(amendment.study)
    if "targets" in amendment.changes:
        sites = Site.objects.filter(study=amendment.study, code__in=amendment.changes["targets"])
        earlier["targets"] = dict(sites.values_list("code", "enrolment_target"))
    return earlier


def _change(part: str, code: str, old: Values | None, new: Values | None) -> Change:
    name = str((new or old or {}).get("name") or (new or old or {}).get("text") or code)
    if new is None:
        return Change(part, code, "taken away", name)
    details = tuple(
        Detail(LABELS[field], _shown(old[field]) if old else "", _shown(new[field]))
        for field in PARTS[part].fields
        if (old is None and field not in _SAID and new[field] not in ("", None))
        or (old and old[field] != new[field])
    )
    return Change(part, code, "added" if old is None else "changed", name, details)


def _conditions(old: list[str], new: list[str]) -> list[Change]:
    added = [Change("conditions", code, "added", code) for code in new if code not in old]
    gone = [Change("conditions", code, "taken away", code) for code in old if code not in new]
    if not added and not gone:
        detail = Detail("order", ", ".join(old), ", ".join(new))
        return [Change("conditions", "", "changed", "Conditions", (detail,))]
    return added + gone


def _shown(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
