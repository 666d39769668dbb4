"""A study from one protocol file, and back."""

import re
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from studies.access.models import User
from studies.amendments.services.restoring import restore_versions
from studies.consent_texts import services as consent_documents
from studies.consent_texts.models import ConsentDocument
from studies.edit_checks import services as edit_checks
from studies.edit_checks.models import EditCheck
from studies.platform.actors import Actor
from studies.protocol.models import EligibilityCriterion, Study, VisitDefinition
from studies.protocol.services import schedule, studies
from studies.protocol.services.arms import ARMS
from studies.protocol.services.changes import require_edit
from studies.protocol.services.criteria import CRITERIA
from studies.protocol.services.parts import Part
from studies.protocol.services.reminders import edit_reminders, settings_of
from studies.protocol.services.sites import SITES
from studies.protocol_file import Protocol, normalise
from studies.protocol_file.errors import ProtocolDiffers
from studies.protocol_file.later import PARTS
from studies.protocol_file.questionnaires import (
    fill_forms,
    fill_questionnaires,
    questionnaires_part,
)
from studies.protocol_file.reminders import reminders_part, reminders_values
from studies.protocol_file.versions import amendment_values, amendments_part, span

SITE = (
    "code",
    "name",
    "country",
    "time_zone",
    "enrolment_target",
    "contact_phone",
    "contact_email",
)
STUDY = (
    "title",
    "titles",
    "summary",
    "sponsor",
    "time_zone",
    "languages",
    "quality_profile",
    "photo_review",
    "repeat_captures",
    "masking",
    "query_days",
    "prescreening_approval",
    "majority_age",
)


@dataclass(frozen=True)
class Loaded:
    """What a load came to: ``created``, ``updated`` or ``unchanged``."""

    study: Study
    outcome: str


def protocol_of(study: Study) -> Protocol:
    """The protocol of ``study`` as it stands; superseded consent documents are history."""
    documents = study.consent_documents.select_related("version").exclude(
        state=ConsentDocument.State.SUPERSEDED
    )
    lines = list(
        EligibilityCriterion.every.filter(study=study).order_by("kind", "order", "first_version")
    )
    return normalise(
        {
            "format": "1",
            "study": {
                "code": study.code,
                **{name: getattr(study, name) for name in STUDY},
                "age": {"min": study.min_age, "max": study.max_age},
                "verification": {"fields": study.verify_fields, "first": study.verify_first},
            },
            "conditions": [condition.code for condition in study.ordered_conditions()],
            "sites": [{name: getattr(site, name) for name in SITE} for site in study.sites.all()],
            "arms": [{"code": arm.code, "name": arm.name, **span(arm)} for arm in study.arms.all()],
            "visits": [
                {**_visit(visit), **span(visit)}
                for visit in VisitDefinition.every.filter(study=study, unscheduled=False)
            ],
            "screening": {
                kind: [
                    {"code": line.code, "text": line.text, **span(line)}
                    for line in lines
                    if line.kind == kind
                ]
                for kind in ("inclusion", "exclusion")
            },
            "reminders": reminders_part(settings_of(study)),
            "edit_checks": [_edit_check(row) for row in EditCheck.objects.filter(study=study)],
            "consent": [_document(document) for document in documents],
            "questionnaires": questionnaires_part(study),
            "amendments": amendments_part(study),
            **{name: part.of(study) for name, part in PARTS.items()},
        }
    )


@transaction.atomic
def load_protocol(*, protocol: Protocol, by: Actor, manager: User | None = None) -> Loaded:
    """Create the study of ``protocol``, or bring its draft in line with it.

    Loading the same file again changes nothing. A study that has left the draft is never altered
    by a file: its manager changes it on its pages, with a reason.

    Raises:
        ProtocolDiffers: the study is no draft and differs, or a consent document in force does.
        NotAllowed: ``by`` may neither create studies nor edit this one.
        Invalid: a rule is broken that the file's own checks do not know.
    """
    code = protocol["study"]["code"]
    study = Study.objects.select_for_update().filter(code=code).first()
    if study is None:
        study = studies.create_study(by=by, manager=manager, code=code, **_study_values(protocol))
        _fill(study, protocol, by)
        return Loaded(study, "created")
    require_edit(by, study)
    differences = _differences(protocol_of(study), protocol)
    if not differences:
        return Loaded(study, "unchanged")
    if study.state != Study.State.DRAFT:
        raise ProtocolDiffers(
            f"Study {code} is {study.get_state_display()} and differs from the file in "
            f"{', '.join(differences)}. Nothing was changed. Change it on its pages, where each "
            "change asks for a reason, or load the file under a new code."
        )
    studies.edit_study(study=study, by=by, **_study_values(protocol))
    study.refresh_from_db()
    _fill(study, protocol, by)
    return Loaded(study, "updated")


def _fill(study: Study, protocol: Protocol, by: Actor) -> None:
    studies.set_conditions(study=study, conditions=protocol["conditions"], by=by)
    _fill_part(SITES, study, protocol["sites"], by)
    _fill_part(ARMS, study, [_without_span(item) for item in protocol["arms"]], by)
    _fill_visits(study, _newest(protocol["visits"]), by)
    criteria = _criteria(protocol["screening"])
    _fill_part(CRITERIA, study, _newest(criteria), by)
    _fill_checks(study, protocol["edit_checks"], by)
    edit_reminders(study=study, by=by, **reminders_values(protocol["reminders"]))
    _fill_consent(study, protocol["consent"], by)
    rows = {
        "arms": protocol["arms"],
        "visits": [
            {**_visit_row(v), "since": v["since"], "until": v["until"]} for v in protocol["visits"]
        ],
        "criteria": criteria,
    }
    amendments = [amendment_values(part) for part in protocol["amendments"]]
    restore_versions(study=study, rows=rows, amendments=amendments, by=by)
    asked = protocol.get("questionnaires", [])
    fill_forms(study, asked, protocol.get("form_files", {}), by)
    fill_questionnaires(study, asked, by)
    for name, part in PARTS.items():
        if name in protocol:
            part.fill(study, protocol[name], by)


def _without_span(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name not in ("since", "until")}


def _newest(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the newest version has, without saying since when."""
    return [_without_span(item) for item in items if item["until"] is None]


def _study_values(protocol: Protocol) -> dict[str, Any]:
    part = protocol["study"]
    age, verification = part["age"], part["verification"]
    return {name: part[name] for name in STUDY} | {
        "min_age": age["min"],
        "max_age": age["max"],
        "verify_fields": verification["fields"],
        "verify_first": verification["first"],
    }


def _criteria(screening: dict[str, list[dict[str, str]]]) -> list[dict[str, Any]]:
    return [
        {"kind": kind, "order": order, **item}
        for kind, items in screening.items()
        for order, item in enumerate(items)
    ]


def _fill_part(part: Part[Any], study: Study, wanted: list[dict[str, Any]], by: Actor) -> None:
    current = part.by_code(study)
    for code in current.keys() - {item["code"] for item in wanted}:
        part.remove(current[code], by=by)
    for item in wanted:
        if item["code"] in current:
            part.edit(current[item["code"]], by=by, **item)
        else:
            part.add(study=study, by=by, **item)


def _fill_checks(study: Study, wanted: list[dict[str, Any]], by: Actor) -> None:
    current = {row.code: row for row in EditCheck.objects.filter(study=study)}
    for code in current.keys() - {item["code"] for item in wanted}:
        edit_checks.remove_check(check=current[code], by=by)
    for item in wanted:
        if item["code"] in current:
            edit_checks.change_check(check=current[item["code"]], by=by, **item)
        else:
            edit_checks.add_check(study=study, by=by, **item)


def _edit_check(row: EditCheck) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("code", "place", "when", "words")}


def _fill_visits(study: Study, wanted: list[dict[str, Any]], by: Actor) -> None:
    """Visits that differ are taken out and put in again: days may change places."""
    current = {visit.code: visit for visit in VisitDefinition.objects.filter(study=study)}
    as_they_are = {code: _visit(visit) for code, visit in current.items()}
    same = {item["code"] for item in wanted if as_they_are.get(item["code"]) == item}
    for code in current.keys() - same:
        schedule.remove_visit(visit=current[code], by=by)
    for item in wanted:
        if item["code"] not in same:
            schedule.add_visit(study=study, by=by, **_visit_row(item))


def _visit_row(item: dict[str, Any]) -> dict[str, Any]:
    """A visit of a file with the names that its row has."""
    return {
        "code": item["code"],
        "name": item["name"],
        "day_offset": item["day"],
        "window_before": item["window"]["before"],
        "window_after": item["window"]["after"],
        "views": item["views"],
        "instructions": item["instructions"],
        "translations": item["translations"],
    }


def _fill_consent(study: Study, wanted: list[dict[str, Any]], by: Actor) -> None:
    """Texts of one number are translations of each other; a file does not say which are editorial.

    Versions that come into force with the same file come in the order of their numbers, so that
    the highest is the newest.
    """
    documents = ConsentDocument.objects.filter(study=study).select_related("version")
    named = {(item["language"], item["version"]) for item in wanted}
    for row in documents.filter(state=ConsentDocument.State.DRAFT):
        if (row.language, row.version.number) not in named:
            consent_documents.discard_draft(document=row, by=by)
    for item in sorted(wanted, key=lambda item: _in_order(item["version"])):
        _fill_document(study, item, by)
    for row in documents.filter(state=ConsentDocument.State.IN_FORCE):
        if (row.language, row.version.number) not in named:
            raise ProtocolDiffers(
                f"Consent document {row.version} ({row.language}) is in force and the file does "
                "not have it. Nothing was changed. Put a newer version into the file, or this one."
            )


def _in_order(number: str) -> list[str | int]:
    """A key that puts version 1.10 after 1.9: runs of digits count as numbers."""
    return [int(part) if part.isdigit() else part for part in re.split(r"([0-9]+)", number)]


def _fill_document(study: Study, item: dict[str, Any], by: Actor) -> None:
    values = {name: value for name, value in item.items() if name != "in_force"}
    row = ConsentDocument.objects.filter(
        study=study, language=item["language"], version__number=item["version"]
    ).first()
    if row is None:
        row = consent_documents.draft_document(study=study, by=by, **values)
    elif row.state == ConsentDocument.State.DRAFT:
        row = consent_documents.edit_draft(document=row, by=by, **values)
    elif _document(row) != item:
        raise ProtocolDiffers(
            f"Consent document {row.version} ({row.language}) is {row.get_state_display()} and "
            "differs from the file. Nothing was changed. Give the new words a new version."
        )
    if item["in_force"] and row.state == ConsentDocument.State.DRAFT:
        consent_documents.put_in_force(document=row, by=by)


def _visit(visit: VisitDefinition) -> dict[str, Any]:
    return {
        "code": visit.code,
        "name": visit.name,
        "day": visit.day_offset,
        "window": {"before": visit.window_before, "after": visit.window_after},
        "views": list(visit.views),
        "instructions": visit.instructions,
        "translations": visit.translations,
    }


def _document(document: ConsentDocument) -> dict[str, Any]:
    return {
        "language": document.language,
        "version": document.version.number,
        "title": document.title,
        "in_force": document.state == ConsentDocument.State.IN_FORCE,
        "key_points": list(document.key_points),
        "questions": [
            {name: question[name] for name in ("text", "options", "right", "explanation")}
            for question in document.questions
        ],
        "choices": [
            {"code": c["code"], "text": c["text"], "required": c["required"]}
            for c in document.choices
        ],
        "body": document.body,
    }


def _differences(current: Protocol, wanted: Protocol) -> list[str]:
    """The parts that differ, as they are called in the file."""
    parts = [f"study.{name}" for name in wanted["study"]]
    parts_changed = [
        part for part in parts if current["study"].get(part[6:]) != wanted["study"][part[6:]]
    ]
    return parts_changed + [
        name
        for name in wanted
        if name not in ("study", "form_files") and current.get(name) != wanted[name]
    ]
