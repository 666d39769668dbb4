"""The part of a protocol file that tells its versions: amendments, and what belongs to which.

A visit, an arm and a criterion of a file may say ``since`` and ``until``: the first and the last
version that has it. Left out, it is there from the first on, and still.
"""

from datetime import date
from typing import Any

from studies.amendments.models import Amendment
from studies.protocol.models import VIEWS, Arm, EligibilityCriterion, Study, VisitDefinition, codes
from studies.protocol_file.reading import (
    Field,
    Mistakes,
    Place,
    Reader,
    list_of,
    matching,
    one_of,
    optional,
    record,
    text,
    whole_number,
    yes_or_no,
)

_CODE = matching(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}", "a code")
_SITE_CODE = matching(codes.SITE, codes.SITE_WORDS)
_CONSENT = text(20, empty=True)
SPAN = {
    "since": optional(whole_number(1, 1000), lambda: 1),
    "until": optional(whole_number(1, 1000, nothing=True), lambda: None),
}
VISIT_WORDS = ("name", "day_offset", "window_before", "window_after", "views", "instructions")


def _day(place: Place, mistakes: Mistakes) -> str:
    try:
        return date.fromisoformat(str(place.value)).isoformat()
    except ValueError:
        mistakes.expected(place, "a day such as 2026-03-02")
        return "2000-01-01"


def _unless_gone(read: Reader, name: str) -> Reader:
    """An item that is taken away needs no words; any other has ``name``."""

    def found(place: Place, mistakes: Mistakes) -> dict[str, Any]:
        item: dict[str, Any] = read(place, mistakes)
        if item and not item["gone"] and not item[name]:
            mistakes.add(place, f"the key “{name}” is missing")
        return item

    return found


_GONE = optional(yes_or_no, bool)
_VISIT = record(
    {
        "code": Field(_CODE),
        "gone": _GONE,
        "name": optional(text(100, empty=True), str),
        "day": optional(whole_number(0, 3650), int),
        "before": optional(whole_number(0, 365), int),
        "after": optional(whole_number(0, 365), int),
        "views": optional(list_of(one_of(*VIEWS), what="views"), list),
        "instructions": optional(text(empty=True), str),
    }
)
_ARM = record({"code": Field(_CODE), "gone": _GONE, "name": optional(text(200, empty=True), str)})
_CRITERION = record(
    {
        "code": Field(_CODE),
        "gone": _GONE,
        "kind": optional(one_of("inclusion", "exclusion"), lambda: "inclusion"),
        "text": optional(text(300, empty=True), str),
    }
)
_TARGET = record({"site": Field(_SITE_CODE), "target": Field(whole_number(0, 100_000))})
_CHANGES = record(
    {
        "visits": optional(list_of(_unless_gone(_VISIT, "name"), what="visits"), list),
        "arms": optional(list_of(_unless_gone(_ARM, "name"), what="arms"), list),
        "criteria": optional(list_of(_unless_gone(_CRITERION, "text"), what="criteria"), list),
        "conditions": optional(list_of(_CODE, what="conditions"), list),
        "targets": optional(list_of(_TARGET, what="sites and targets"), list),
    }
)


def _nothing() -> dict[str, list[Any]]:
    return {"visits": [], "arms": [], "criteria": [], "conditions": [], "targets": []}


_APPROVAL = record(
    {
        "site": Field(_SITE_CODE),
        "approved_on": Field(_day),
        "effective_on": Field(_day),
        "reference": optional(text(100, empty=True), str),
        "consent": optional(_CONSENT, str),
    }
)
AMENDMENTS = list_of(
    record(
        {
            "version": Field(whole_number(2, 1000)),
            "title": Field(text(120)),
            "summary": Field(text(2000)),
            "state": Field(one_of(*Amendment.State.values)),
            "reach": Field(one_of(*Amendment.Reach.values)),
            "asks": optional(one_of(*Amendment.Asks.values), lambda: Amendment.Asks.EVERYONE.value),
            "consent": optional(_CONSENT, str),
            "changes": optional(_CHANGES, _nothing),
            "before": optional(_CHANGES, _nothing),
            "approvals": optional(list_of(_APPROVAL, what="approvals by site"), list),
        }
    ),
    what="amendments",
)


# --- From the study ----------------------------------------------------------------------------


def amendments_part(study: Study) -> list[dict[str, Any]]:
    """The amendments of ``study`` as they stand in a file, in the order of their numbers."""
    rows = Amendment.objects.filter(study=study).select_related("consent_version")
    return [_amendment(row) for row in rows.order_by("number")]


def span(row: VisitDefinition | Arm | EligibilityCriterion) -> dict[str, int | None]:
    """The versions that a row belongs to."""
    return {"since": row.first_version, "until": row.last_version}


def _amendment(row: Amendment) -> dict[str, Any]:
    approvals = row.approvals.select_related("site", "consent_version").order_by("site__code")
    return {
        "version": row.number,
        "title": row.title,
        "summary": row.summary,
        "state": str(row.state),
        "reach": str(row.reach),
        "asks": str(row.asks),
        "consent": row.consent_version.number if row.consent_version else "",
        "changes": _told(row.changes),
        "before": _told(row.before),
        "approvals": [
            {
                "site": approval.site.code,
                "approved_on": approval.approved_on.isoformat(),
                "effective_on": approval.effective_on.isoformat(),
                "reference": approval.reference,
                "consent": approval.consent_version.number if approval.consent_version else "",
            }
            for approval in approvals
        ],
    }


def _told(changes: dict[str, Any]) -> dict[str, list[Any]]:
    return {
        "visits": [_visit(code, values) for code, values in _sorted(changes, "visits")],
        "arms": [_named(code, values, {"name": ""}) for code, values in _sorted(changes, "arms")],
        "criteria": [
            _named(code, values, {"kind": "inclusion", "text": ""})
            for code, values in _sorted(changes, "criteria")
        ],
        "conditions": list(changes.get("conditions", [])),
        "targets": [
            {"site": code, "target": number} for code, number in _sorted(changes, "targets")
        ],
    }


def _sorted(changes: dict[str, Any], part: str) -> list[tuple[str, Any]]:
    return sorted(changes.get(part, {}).items())


def _visit(code: str, values: dict[str, Any] | None) -> dict[str, Any]:
    given = values or dict.fromkeys(VISIT_WORDS, "") | {"views": []}
    return {
        "code": code,
        "gone": values is None,
        "name": given["name"],
        "day": given["day_offset"] or 0,
        "before": given["window_before"] or 0,
        "after": given["window_after"] or 0,
        "views": list(given["views"]),
        "instructions": given["instructions"],
    }


def _named(code: str, values: dict[str, Any] | None, empty: dict[str, str]) -> dict[str, Any]:
    return {"code": code, "gone": values is None, **(values or empty)}


# --- To the study ------------------------------------------------------------------------------


def amendment_values(part: dict[str, Any]) -> dict[str, Any]:
    """An amendment of a file as ``restore_versions`` takes it."""
    kept = ("title", "summary", "state", "reach", "asks", "consent", "approvals")
    return {
        "number": part["version"],
        **{name: part[name] for name in kept},
        "changes": _values(part["changes"]),
        "before": _values(part["before"]),
    }


def _values(told: dict[str, list[Any]]) -> dict[str, Any]:
    values: dict[str, Any] = {
        "visits": {row["code"]: _visit_values(row) for row in told["visits"]},
        "arms": {
            row["code"]: None if row["gone"] else {"name": row["name"]} for row in told["arms"]
        },
        "criteria": {
            row["code"]: None if row["gone"] else {"kind": row["kind"], "text": row["text"]}
            for row in told["criteria"]
        },
        "conditions": told["conditions"],
        "targets": {row["site"]: row["target"] for row in told["targets"]},
    }
    return {part: value for part, value in values.items() if value}


def _visit_values(one: dict[str, Any]) -> dict[str, Any] | None:
    if one["gone"]:
        return None
    return {
        "name": one["name"],
        "day_offset": one["day"],
        "window_before": one["before"],
        "window_after": one["after"],
        "views": one["views"],
        "instructions": one["instructions"],
    }
