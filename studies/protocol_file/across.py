"""The rules of a protocol file that span more than one value."""

from itertools import pairwise
from typing import Any

from studies.consent_texts.models import SCORING
from studies.protocol_file import questionnaires
from studies.protocol_file.reading import Mistakes, Place


def check_across(protocol: dict[str, Any], root: Place, mistakes: Mistakes) -> None:
    """Note what is doubled, overlaps, or names what the protocol does not have."""
    for name in ("sites", "arms", "edit_checks"):
        _once(root, name, [item["code"] for item in protocol[name]], mistakes)
    _once(root, "visits", [item["code"] for item in _current(protocol["visits"])], mistakes)
    _once(root, "conditions", protocol["conditions"], mistakes)
    screening = protocol["screening"]
    codes = [
        line["code"] for kind in ("inclusion", "exclusion") for line in _current(screening[kind])
    ]
    _once(root, "screening", codes, mistakes)
    study = root.value["study"]
    age = protocol["study"]["age"]
    if age["max"] is not None and age["max"] < age["min"]:
        mistakes.add(study.value["age"], "the highest age is below the lowest")
    _once(study, "languages", protocol["study"]["languages"], mistakes)
    if "amendments" in root.value:
        _check_versions(protocol, root.value["amendments"], mistakes)
    if "visits" in root.value:
        _check_windows(protocol, root.value["visits"], mistakes)
    if "questionnaires" in root.value:
        visits = {visit["code"] for visit in protocol["visits"]}
        place = root.value["questionnaires"]
        questionnaires.check(protocol["questionnaires"], visits, place, mistakes)
    if "consent" in root.value:
        _check_consent(protocol, root.value["consent"], mistakes)


def _once(parent: Place, key: str, values: list[Any], mistakes: Mistakes) -> None:
    doubled = sorted({str(value) for value in values if values.count(value) > 1})
    if doubled:
        mistakes.add(parent.value[key], f"stands here more than once: {', '.join(doubled)}")


def _current(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the newest version has."""
    return [item for item in items if item["until"] is None]


def _check_versions(protocol: dict[str, Any], place: Place, mistakes: Mistakes) -> None:
    """Amendments in their order, one under way at most, of sites and consents that are there."""
    sites = {site["code"] for site in protocol["sites"]}
    consents = {"", *(document["version"] for document in protocol["consent"])}
    rows = list(zip(protocol["amendments"], place.value, strict=True))
    for (row, where), number in zip(rows, range(2, len(rows) + 2), strict=True):
        if row["version"] != number:
            mistakes.add(where.value["version"], f"expected {number}: versions follow each other")
        if row["state"] != "adopted" and number != len(rows) + 1:
            mistakes.add(where.value["state"], "only the last amendment may be under way")
        for approval in row["approvals"]:
            if approval["site"] not in sites:
                mistakes.add(where.value["approvals"], f"there is no site {approval['site']}")
        named = {row["consent"], *(approval["consent"] for approval in row["approvals"])}
        for consent in sorted(named - consents):
            mistakes.add(where, f"there is no consent version {consent}")


def _check_windows(protocol: dict[str, Any], place: Place, mistakes: Mistakes) -> None:
    pairs = list(zip(protocol["visits"], place.value, strict=True))
    in_order = sorted(
        (pair for pair in pairs if pair[0]["until"] is None), key=lambda pair: pair[0]["day"]
    )
    for visit, where in pairs:
        if len(set(visit["views"])) != len(visit["views"]):
            mistakes.add(where.value["views"], "each view stands here once at most")
    for (earlier, _), (later, where) in pairwise(in_order):
        closes = earlier["day"] + earlier["window"]["after"]
        opens = later["day"] - later["window"]["before"]
        if opens <= closes:
            mistakes.add(
                where,
                f"opens on day {opens}, while {earlier['code']} is open until day {closes}: "
                "windows must not overlap",
            )


def _check_consent(protocol: dict[str, Any], place: Place, mistakes: Mistakes) -> None:
    seen: set[tuple[str, str]] = set()
    in_force: set[str] = set()
    for document, where in zip(protocol["consent"], place.value, strict=True):
        language = document["language"]
        if language not in protocol["study"]["languages"]:
            mistakes.add(where.value["language"], f"{language} is not among study.languages")
        if (language, document["version"]) in seen:
            mistakes.add(where.value["version"], "this version stands here twice")
        if document["in_force"] and language in in_force:
            mistakes.add(where, f"another version in {language} is in force already")
        seen.add((language, document["version"]))
        if document["in_force"]:
            in_force.add(language)
        codes = [choice["code"] for choice in document["choices"]]
        _once(where, "choices", codes, mistakes)
        if SCORING not in codes:
            mistakes.add(where.value["choices"], f"one choice must be {SCORING}")
        if document["questions"]:
            _check_questions(document["questions"], where.value["questions"], mistakes)


def _check_questions(questions: list[dict[str, Any]], places: Place, mistakes: Mistakes) -> None:
    for question, where in zip(questions, places.value, strict=True):
        _once(where, "options", question["options"], mistakes)
        if len(question["options"]) > 4:
            mistakes.add(where.value["options"], "four answers at most")
        if question["right"] > len(question["options"]):
            mistakes.add(where.value["right"], "there is no such answer: they count from 1")
