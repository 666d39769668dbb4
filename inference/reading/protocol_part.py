"""Reading studies in a protocol file: design and scales; no people, photos or pictures."""

import re
from typing import Any

from inference.reading.models import ReadingStudy, Scale
from inference.reading.scales import Kind, coefficients_of
from inference.reading.services import drafting, scaling
from studies.access.permissions import Permission
from studies.platform.actors import Actor
from studies.protocol.models import VIEWS, Study, codes
from studies.protocol_file.later import LaterPart
from studies.protocol_file.reading import (
    Field,
    Mistakes,
    Place,
    list_of,
    matching,
    one_of,
    optional,
    record,
    text,
    whole_number,
    yes_or_no,
)

NAME = "reading_studies"
SCALE_CODE = matching(r"[a-z0-9][a-z0-9-]{0,23}", "small letters, digits and hyphens")
CONDITION = matching(r"[a-z-]{0,20}", "a condition of the study, or nothing")
REGION = matching(r"[a-z_]{0,24}", "a region of the face, or nothing for the whole of it")
USUAL: dict[str, Any] = {
    "instructions": "",
    "shown": "single",
    "views": [],
    "visits": [],
    "sample": None,
    "strata": None,
    "repeats_percent": 10,
    "repeat_distance": 20,
    "calibration_needs": None,
    "idle_seconds": 60,
    "brightness": False,
}
USUAL_OF_SCALE: dict[str, Any] = {
    "question": "",
    "condition": "",
    "region": "",
    "grades": [],
    "adjudicate_beyond": None,
}


def _number(place: Place, mistakes: Mistakes) -> float | None:
    """A number of the scale, 0.5 too, or nothing."""
    if place.value is None:
        return None
    if isinstance(place.value, bool) or not re.fullmatch(
        r"[0-9]{1,3}(\.[0-9]{1,2})?", str(place.value)
    ):
        mistakes.expected(place, "a number such as 1 or 0.5, or nothing")
        return None
    return float(place.value)


_GRADE = record({"label": Field(text(40)), "descriptor": optional(text(300, empty=True), str)})
_SCALE = record(
    {
        "code": Field(SCALE_CODE),
        "title": Field(text(120)),
        "question": optional(text(300, empty=True), str),
        "condition": optional(CONDITION, str),
        "region": optional(REGION, str),
        "kind": Field(one_of(*(kind.value for kind in Kind))),
        "grades": optional(list_of(_GRADE, what="grades from least to most"), list),
        "primary": optional(matching(r"[a-z0-9_]{1,24}", "a coefficient"), str),
        "adjudicate_beyond": optional(_number, lambda: None),
    }
)
_STRATA = record(
    {
        "condition": Field(matching(r"[a-z-]{1,20}", "a condition of the study")),
        "edges": optional(list_of(whole_number(1, 99), what="severities"), list),
    }
)


def _strata(place: Place, mistakes: Mistakes) -> Any:
    return None if place.value is None else _STRATA(place, mistakes)


_STUDY = record(
    {
        "code": Field(matching(drafting.CODE, "capital letters, digits and hyphens")),
        "title": Field(text(120)),
        "instructions": optional(text(4000, empty=True), str),
        "shown": optional(one_of("single", "pairs"), lambda: "single"),
        "views": optional(list_of(one_of(*VIEWS), what="views"), list),
        "visits": optional(list_of(matching(codes.VISIT, codes.VISIT_WORDS), what="visits"), list),
        "sample": optional(whole_number(1, 100_000, nothing=True), lambda: None),
        "strata": optional(_strata, lambda: None),
        "repeats_percent": optional(whole_number(0, 50), lambda: 10),
        "repeat_distance": optional(whole_number(1, 500), lambda: 20),
        "calibration_needs": optional(whole_number(1, 100, nothing=True), lambda: None),
        "idle_seconds": optional(whole_number(10, 600), lambda: 60),
        "brightness": optional(yes_or_no, bool),
        "scales": optional(list_of(_SCALE, what="scales"), list),
    }
)


def _read(place: Place, mistakes: Mistakes) -> list[dict[str, Any]]:
    studies: list[dict[str, Any]] = list_of(_STUDY, what="reading studies")(place, mistakes)
    for study in studies:
        for scale in study.get("scales", []):
            if "kind" in scale and not scale.get("primary"):
                scale["primary"] = coefficients_of(Kind(scale["kind"]))[0]
    return sorted(studies, key=lambda study: str(study.get("code")))


def _check(protocol: dict[str, Any], place: Place, mistakes: Mistakes) -> None:
    """Codes once each; visits and conditions that the protocol has. The rest services judge."""
    visits = {visit["code"] for visit in protocol["visits"]}
    found = protocol[NAME]
    _once(place, [study["code"] for study in found], mistakes)
    by_code = {str(one.value["code"].value): one for one in place.value}
    for study in found:
        here = by_code[study["code"]]
        for code in sorted(set(study["visits"]) - visits):
            mistakes.add(here, f"there is no visit {code}")
        named = {scale["condition"] for scale in study["scales"]}
        named |= {study["strata"]["condition"]} if study["strata"] else set()
        for condition in sorted(named - set(protocol["conditions"]) - {""}):
            mistakes.add(here, f"the study does not assess {condition}")
        _once(here, [scale["code"] for scale in study["scales"]], mistakes)


def _once(place: Place, values: list[str], mistakes: Mistakes) -> None:
    doubled = sorted({value for value in values if values.count(value) > 1})
    if doubled:
        mistakes.add(place, f"stands here more than once: {', '.join(doubled)}")


def _of(study: Study) -> list[dict[str, Any]]:
    rows = ReadingStudy.objects.filter(study=study).prefetch_related("scales").order_by("code")
    return [
        {
            "code": row.code,
            **{name: getattr(row, name) for name in drafting.FIELDS},
            "scales": [_of_scale(scale) for scale in row.scales.all()],
        }
        for row in rows
    ]


def _of_scale(scale: Scale) -> dict[str, Any]:
    return {
        "code": scale.code,
        "title": scale.title,
        "question": scale.question,
        "condition": scale.condition_id or "",
        "region": scale.region,
        "kind": scale.kind,
        "grades": scale.grades,
        "primary": scale.primary,
        "adjudicate_beyond": scale.adjudicate_beyond,
    }


def _fill(study: Study, wanted: list[dict[str, Any]], by: Actor) -> None:
    """Of a study that is a draft: its reading studies are drafts, too."""
    there = {row.code: row for row in ReadingStudy.objects.filter(study=study)}
    for code in sorted(set(there) - {item["code"] for item in wanted}):
        drafting.delete_reading_study(study=there[code], by=by)
    for item in wanted:
        values = {name: item[name] for name in drafting.FIELDS}
        row = there.get(item["code"])
        if row is None:
            row = drafting.create_reading_study(study=study, code=item["code"], by=by, **values)
        else:
            drafting.edit_reading_study(study=row, by=by, **values)
        if [_of_scale(scale) for scale in row.scales.all()] != item["scales"]:
            scaling.set_scales(study=row, scales=item["scales"], by=by)


def _short(item: dict[str, Any]) -> dict[str, Any]:
    """Without what is as usual."""
    kept = {n: value for n, value in item.items() if n not in USUAL or value != USUAL[n]}
    scales = [
        {
            n: int(value) if n == "adjudicate_beyond" and value == int(value) else value
            for n, value in scale.items()
            if n not in USUAL_OF_SCALE or value != USUAL_OF_SCALE[n]
        }
        for scale in item["scales"]
    ]
    return {**kept, "scales": scales}


# Whoever reads blind is not to learn how often and how far apart cases come again.
PART = LaterPart(NAME, _read, _check, _of, _fill, _short, seen_with=Permission.READING_VIEW)
