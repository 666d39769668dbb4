"""The part of a protocol file that says which questionnaires are asked, and when.

It names forms by their id. The forms themselves are files of their own (XLSForms or dictionaries),
beside the protocol (``form_files``), or ship with the product.
"""

from typing import Any, Final

from studies.assignments import services
from studies.assignments.models import AlertRule, Assignment
from studies.instruments.models import Instrument
from studies.instruments.services import (
    discard_draft,
    import_file,
    import_shipped,
    publish_version,
)
from studies.instruments.shipped import SHIPPED
from studies.platform.actors import Actor
from studies.protocol.models import Study, codes
from studies.protocol_file.errors import ProtocolInvalid
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

_FORM: Final = matching(r"[A-Za-z_][A-Za-z0-9_.-]{0,39}", "a form's id: a letter or _ first")
_CODE: Final = matching(
    r"(?!(add|new)$)[A-Za-z_][A-Za-z0-9_-]{0,39}", "letters, digits, _ and -, a letter or _ first"
)
_VISIT: Final = matching(codes.VISIT, codes.VISIT_WORDS)
FORM_FILE: Final = matching(
    r"([a-z0-9-]+/)?[A-Za-z0-9_][A-Za-z0-9_.-]*\.(xlsx|csv)",
    "an XLSForm (.xlsx) or a dictionary (.csv) beside this file",
)
_DAYS: Final = record(
    {
        "first": Field(whole_number(0, 3650)),
        "last": optional(whole_number(0, 3650, nothing=True), lambda: None),
        "every": optional(whole_number(1, 3650), lambda: 1),
        "open": optional(whole_number(0, 365), int),
    }
)
_ALERT: Final = record(
    {
        "code": Field(_CODE),
        "if": Field(text(2000)),
        "words": Field(text(200)),
        "told": Field(list_of(one_of(*AlertRule.Told.values), minimum=1, what="who is told")),
    }
)
QUESTIONNAIRE: Final = record(
    {
        "code": Field(_CODE),
        "form": Field(_FORM),
        "filled_by": optional(
            one_of(*Assignment.FilledBy.values), lambda: Assignment.FilledBy.PARTICIPANT.value
        ),
        "role": optional(
            one_of(*Assignment.Role.values), lambda: Assignment.Role.QUESTIONNAIRE.value
        ),
        "visits": optional(list_of(_VISIT, what="codes of visits"), list),
        "order": optional(one_of(*Assignment.Order.values), lambda: Assignment.Order.AFTER.value),
        "required": optional(yes_or_no, bool),
        "days": optional(_DAYS, lambda: None),
        "alerts": optional(list_of(_ALERT, what="alerts"), list),
    }
)


def check(items: list[dict[str, Any]], visits: set[str], place: Place, mistakes: Mistakes) -> None:
    """Rules that span more than one value: codes once, visits of the schedule, one timing."""
    seen: set[str] = set()
    for item, where in zip(items, place.value, strict=True):
        if item["code"] in seen:
            mistakes.add(where.value["code"], "this code stands here twice")
        seen.add(item["code"])
        if item["visits"] and item["days"]:
            mistakes.add(where, "asked at visits or on days of its own, not both")
        if item["required"] and not item["visits"]:
            mistakes.add(where, "only what is asked at visits can be required")
        for code in item["visits"]:
            if code not in visits:
                mistakes.add(where.value["visits"], f"the schedule has no visit {code}")
        rules = [alert["code"] for alert in item["alerts"]]
        if len(set(rules)) != len(rules):
            mistakes.add(where.value["alerts"], "each code stands here once at most")


def questionnaires_part(study: Study) -> list[dict[str, Any]]:
    """What is asked in ``study``, as a file says it; what was ended is history."""
    rows = Assignment.objects.asked().filter(study=study).select_related("instrument")
    return [_item(row) for row in rows.prefetch_related("alert_rules")]


def _item(row: Assignment) -> dict[str, Any]:
    days = None
    if row.timing == Assignment.Timing.DAYS:
        days = {
            "first": row.first_day,
            "last": row.last_day,
            "every": row.every,
            "open": row.open_days,
        }
    return {
        "code": row.code,
        "form": row.instrument.code,
        "filled_by": row.filled_by,
        "role": row.role,
        "visits": list(row.visits),
        "order": row.order,
        "required": row.required,
        "days": days,
        "alerts": [
            {"code": one.code, "if": one.expression, "words": one.words, "told": list(one.told)}
            for one in row.alert_rules.all()
            if one.ended_at is None
        ],
    }


def short(item: dict[str, Any]) -> dict[str, Any]:
    """Without what a reader takes for granted."""
    usual = {"visits": [], "order": "after", "required": False, "days": None, "alerts": []}
    usual |= {"filled_by": "participant", "role": "questionnaire"}
    kept = {name: value for name, value in item.items() if usual.get(name, ...) != value}
    if kept.get("days"):
        plain = {"last": None, "every": 1, "open": 0}
        days = kept["days"].items()
        kept["days"] = {name: value for name, value in days if plain.get(name, ...) != value}
    return kept


def fill_forms(
    study: Study, wanted: list[dict[str, Any]], files: dict[str, bytes], by: Actor
) -> None:
    """Publish the forms that the study lacks: from ``files``, or as they ship.

    A form that the study has published already stays as it is.

    Raises:
        ProtocolInvalid: a form is neither there, nor in a file, nor shipped.
        FormUnreadable, EngineFailed: as their messages say.
    """
    lacking = {item["form"] for item in wanted if not _published(study, item["form"])}
    for name, data in files.items():
        if not lacking:  # a file never puts another version in the place of the study's own
            break
        for draft in import_file(study=study, name=name, data=data, by=by):
            if draft.instrument.code in lacking:
                publish_version(version=draft, by=by)
                lacking.remove(draft.instrument.code)
            else:
                discard_draft(version=draft, by=by)
    for item in wanted:
        if _published(study, item["form"]):
            continue
        if item["form"] not in SHIPPED:
            raise ProtocolInvalid(
                f"Nothing was loaded. The questionnaire {item['code']} asks the form "
                f"“{item['form']}”, which is not published in this study, does not ship with the "
                "product and is in none of form_files."
            )
        publish_version(version=import_shipped(study=study, code=item["form"], by=by), by=by)


def _published(study: Study, code: str) -> Instrument | None:
    rows = Instrument.objects.filter(study=study, code=code, versions__state="published")
    return rows.first()


def fill_questionnaires(study: Study, wanted: list[dict[str, Any]], by: Actor) -> None:
    """Ask what the file says, in its order, and nothing else."""
    current = {row.code: row for row in Assignment.objects.asked().filter(study=study)}
    for code in current.keys() - {item["code"] for item in wanted}:
        services.end_assignment(assignment=current[code], by=by)
    for position, item in enumerate(wanted, start=1):
        values = _values(study, item) | {"position": position}
        row = current.get(item["code"])
        if row is None:
            row = services.assign(study=study, by=by, **values)
        else:
            row = services.change_assignment(assignment=row, by=by, **values)
        _fill_alerts(row, item["alerts"], by)


def _values(study: Study, item: dict[str, Any]) -> dict[str, Any]:
    days = item["days"]
    timing = "days" if days else "visits" if item["visits"] else "as_needed"
    return {
        "instrument": _published(study, item["form"]),
        "code": item["code"],
        "timing": timing,
        "visits": item["visits"],
        "first_day": days["first"] if days else None,
        "last_day": days["last"] if days else None,
        "every": days["every"] if days else 1,
        "open_days": days["open"] if days else 0,
        **{name: item[name] for name in ("filled_by", "role", "order", "required")},
    }


def _fill_alerts(row: Assignment, wanted: list[dict[str, Any]], by: Actor) -> None:
    current = {rule.code: rule for rule in row.alert_rules.in_force()}
    for code in current.keys() - {item["code"] for item in wanted}:
        services.remove_alert_rule(rule=current[code], by=by)
    for item in wanted:
        values = {"expression": item["if"], "words": item["words"], "told": item["told"]}
        if item["code"] in current:
            services.change_alert_rule(rule=current[item["code"]], by=by, **values)
        else:
            services.add_alert_rule(assignment=row, by=by, code=item["code"], **values)
