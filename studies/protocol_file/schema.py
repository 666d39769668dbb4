"""What a protocol file holds, value by value; ``across`` has the rules that span more."""

from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from studies.edit_checks.models import LONGEST_EXPRESSION
from studies.protocol.models import VIEWS, Condition, Study, codes, verified
from studies.protocol_file.across import check_across
from studies.protocol_file.errors import ProtocolInvalid
from studies.protocol_file.later import PARTS
from studies.protocol_file.questionnaires import FORM_FILE, QUESTIONNAIRE
from studies.protocol_file.reading import (
    Field,
    Mistakes,
    Place,
    Reader,
    list_of,
    matching,
    one_of,
    optional,
    places_of,
    read_source,
    record,
    text,
    whole_number,
    yes_or_no,
)
from studies.protocol_file.reminders import REMINDERS, usual
from studies.protocol_file.versions import AMENDMENTS, SPAN

FORMAT = 1
SHOWN = 20
MOST_FORM_BYTES = 4 * 2**20
Protocol = dict[str, Any]

STUDY_CODE = matching(codes.STUDY, codes.STUDY_WORDS)
ARM_CODE = matching(codes.ARM, codes.ARM_WORDS)
SITE_CODE = matching(codes.SITE, codes.SITE_WORDS)
COUNTRY = matching(r"([A-Z]{2})?", "a country code of two letters, such as SG")
CRITERION_CODE = matching(codes.CRITERION, codes.CRITERION_WORDS)
VISIT_CODE = matching(codes.VISIT, codes.VISIT_WORDS)
CHOICE_CODE = matching(r"[a-z][a-z0-9_]{0,39}", "small letters, digits and underscores")
FILE = matching(
    r"([a-z0-9-]+/)?[a-z0-9][a-z0-9.-]*\.yaml", "a file beside this one, in small letters"
)
VERIFIED = matching(verified.PATTERN, verified.WORDS)
CHECK_PLACE = matching(
    r"([A-Za-z_][A-Za-z0-9_-]*/[A-Za-z_][A-Za-z0-9_.-]*)?",
    "a form and a question, such as skin/itch, or nothing for a check on visits",
)
VERSION = matching(r"[A-Za-z0-9][A-Za-z0-9._-]{0,19}", 'a version in quotes, such as "1.0"')


def _time_zone(place: Place, mistakes: Mistakes) -> str:
    if place.value not in available_timezones():
        mistakes.expected(place, "a time zone such as Asia/Singapore")
    return str(place.value)


def _own_zone(place: Place, mistakes: Mistakes) -> str:
    """A site's own; empty: the study's."""
    return _time_zone(place, mistakes) if place.value else ""


def _email(place: Place, mistakes: Mistakes) -> str:
    value = str(place.value or "").strip()
    try:
        if value:
            validate_email(value)
    except ValidationError:
        mistakes.expected(place, "an e-mail address")
    return value


def _condition(place: Place, mistakes: Mistakes) -> str:
    known = list(Condition.objects.values_list("code", flat=True))
    return str(one_of(*known)(place, mistakes))


def _language(place: Place, mistakes: Mistakes) -> str:
    return str(one_of(*dict(settings.LANGUAGES))(place, mistakes))


def by_language(read_words: Reader) -> Reader:
    """A mapping from languages of the product to words in them."""
    languages = dict(settings.LANGUAGES)
    read = record({code: optional(read_words, lambda: None) for code in languages})

    def found(place: Place, mistakes: Mistakes) -> dict[str, Any]:
        return {code: words for code, words in read(place, mistakes).items() if words is not None}

    return found


_AGE = record(
    {
        "min": optional(whole_number(0, 120), lambda: 18),
        "max": optional(whole_number(0, 120, nothing=True), lambda: None),
    }
)
_VERIFICATION = record(
    {
        "fields": optional(list_of(VERIFIED, what="what is verified"), list),
        "first": optional(whole_number(1, 100_000, nothing=True), lambda: None),
    }
)
_STUDY = record(
    {
        "code": Field(STUDY_CODE),
        "title": Field(text(200)),
        "titles": optional(by_language(text(200)), dict),
        "summary": optional(text(empty=True), str),
        "sponsor": optional(text(200, empty=True), str),
        "time_zone": Field(_time_zone),
        "languages": Field(list_of(_language, minimum=1, what="language codes")),
        "quality_profile": optional(one_of(*Study.QualityProfile.values), lambda: "normal"),
        "photo_review": optional(whole_number(0, 100), lambda: 100),
        "repeat_captures": optional(yes_or_no, bool),
        "masking": optional(one_of(*Study.Masking.values), lambda: "open"),
        "query_days": optional(whole_number(1, 365, nothing=True), lambda: None),
        "prescreening_approval": optional(text(300, empty=True), str),
        "majority_age": optional(whole_number(15, 25), lambda: 18),
        "age": optional(_AGE, lambda: {"min": 18, "max": None}),
        "verification": optional(_VERIFICATION, lambda: {"fields": [], "first": None}),
    }
)
_SITE = record(
    {
        "code": Field(SITE_CODE),
        "name": Field(text(200)),
        "country": optional(COUNTRY, str),
        "time_zone": optional(_own_zone, str),
        "enrolment_target": optional(whole_number(0, 100_000), int),
        "contact_phone": optional(text(40, empty=True), str),
        "contact_email": optional(_email, str),
    }
)
_ARM = record({"code": Field(ARM_CODE), "name": Field(text(200)), **SPAN})
_WINDOW = record(
    {
        "before": optional(whole_number(0, 365), int),
        "after": optional(whole_number(0, 365), int),
    }
)
_VISIT_WORDS = record(
    {"name": Field(text(100)), "instructions": optional(text(empty=True), str)},
)
_VISIT = record(
    {
        "code": Field(VISIT_CODE),
        "name": Field(text(100)),
        "day": Field(whole_number(0, 3650)),
        "window": optional(_WINDOW, lambda: {"before": 0, "after": 0}),
        "views": optional(list_of(one_of(*VIEWS), minimum=1, what="views"), lambda: list(VIEWS)),
        "instructions": optional(text(empty=True), str),
        "translations": optional(by_language(_VISIT_WORDS), dict),
        **SPAN,
    }
)
_CRITERION = record({"code": Field(CRITERION_CODE), "text": Field(text(300)), **SPAN})
_CRITERIA = list_of(_CRITERION, what="criteria with code and text")
_CHOICE = record(
    {
        "code": Field(CHOICE_CODE),
        "text": Field(text()),
        "required": optional(yes_or_no, bool),
    }
)
_QUESTION = record(
    {
        "text": Field(text(300)),
        "options": Field(list_of(text(200), minimum=2, what="answers")),
        "right": Field(whole_number(1, 4)),
        "explanation": Field(text(500)),
    }
)
_CONSENT = record(
    {
        "language": Field(_language),
        "version": Field(VERSION),
        "title": Field(text(200)),
        "in_force": optional(yes_or_no, lambda: True),
        "key_points": optional(list_of(text(200), what="sentences"), list),
        "questions": optional(list_of(_QUESTION, what="check questions"), list),
        "choices": Field(list_of(_CHOICE, minimum=1, what="choices")),
        "body": Field(text()),
    }
)
_EDIT_CHECK = record(
    {
        "code": Field(CRITERION_CODE),
        "place": optional(CHECK_PLACE, str),
        "when": Field(text(LONGEST_EXPRESSION)),
        "words": Field(text(500)),
    }
)
_FIELDS = {
    "format": Field(one_of(str(FORMAT))),
    "study": Field(_STUDY),
    "conditions": Field(list_of(_condition, minimum=1, what="conditions")),
    "sites": optional(list_of(_SITE, what="sites"), list),
    "arms": optional(list_of(_ARM, what="arms"), list),
    "visits": optional(list_of(_VISIT, what="visits"), list),
    "screening": optional(
        record(
            {
                "inclusion": optional(_CRITERIA, list),
                "exclusion": optional(_CRITERIA, list),
            }
        ),
        lambda: {"inclusion": [], "exclusion": []},
    ),
    "reminders": optional(REMINDERS, usual),
    "edit_checks": optional(list_of(_EDIT_CHECK, what="edit checks"), list),
    "consent": optional(list_of(_CONSENT, what="consent documents"), list),
    "questionnaires": optional(list_of(QUESTIONNAIRE, what="questionnaires"), list),
    "form_files": optional(list_of(FORM_FILE, what="file names"), list),
    "amendments": optional(AMENDMENTS, list),
    "consent_files": optional(list_of(FILE, what="file names"), list),
}


def _protocol(root: Place, mistakes: Mistakes) -> Protocol:
    later = {name: optional(part.read, lambda: None) for name, part in PARTS.items()}
    protocol: Protocol = record({**_FIELDS, **later})(root, mistakes)
    return {n: value for n, value in protocol.items() if n not in PARTS or value is not None}


def read_protocol(source: str, *, folder: Path | None = None) -> Protocol:
    """The protocol in ``source``, normalised (see ``normalise``).

    ``consent_files`` names files beside it with one consent document each, in ``folder``, and
    ``form_files`` forms, which come as bytes by name; what has no folder, since it was not read
    from one, names none.

    Raises:
        ProtocolInvalid: with every mistake, its line, its path and what is expected there.
    """
    mistakes = Mistakes()
    root = places_of(source, mistakes)
    protocol: Protocol = {}
    if root is not None:
        if isinstance(root.value, dict) and isinstance(root.value.get("format"), Place):
            number = root.value["format"]
            root.value["format"] = Place(str(number.value), number.path, number.line)
        protocol = _protocol(root, mistakes)
        if not mistakes.lines:
            _join_files(protocol, root, folder, mistakes)
            check_across(protocol, root, mistakes)
            for name, part in PARTS.items():
                if name in protocol:
                    part.check(protocol, root.value[name], mistakes)
            _read_forms(protocol, root, folder, mistakes)
    if mistakes.lines:
        shown = mistakes.lines[:SHOWN]
        more = len(mistakes.lines) - len(shown)
        if more:
            shown.append(f"… and {more} more.")
        raise ProtocolInvalid(
            "Nothing was loaded.\n" + "\n".join(shown), detail={"mistakes": mistakes.lines}
        )
    return normalise(protocol)


def _join_files(protocol: Protocol, root: Place, folder: Path | None, mistakes: Mistakes) -> None:
    """Put the documents of ``consent_files`` after those that stand in the protocol itself."""
    names = protocol.pop("consent_files")
    places = root.value.setdefault("consent", Place([], "consent", root.line)).value
    for name, where in zip(names, root.value["consent_files"].value if names else [], strict=True):
        path = folder / name if folder is not None else None
        if path is None or not path.is_file():
            mistakes.add(where, f"there is no file {name} beside this one")
            continue
        try:
            source = read_source(path)
        except (OSError, UnicodeDecodeError):
            mistakes.add(where, f"{name} cannot be read")
            continue
        place = places_of(source, mistakes, name)
        if place is not None:
            protocol["consent"].append(_CONSENT(place, mistakes))
            places.append(place)


def _read_forms(protocol: Protocol, root: Place, folder: Path | None, mistakes: Mistakes) -> None:
    """Put the forms beside the protocol, by name, in the place of their names."""
    found: dict[str, bytes] = {}
    names = protocol.pop("form_files")
    for name, where in zip(names, root.value["form_files"].value if names else [], strict=True):
        path = folder / name if folder is not None else None
        if path is None or not path.is_file() or path.stat().st_size > MOST_FORM_BYTES:
            mistakes.add(where, f"there is no form {name} of at most 4 MiB beside this one")
        else:
            found[name] = path.read_bytes()
    if found:
        protocol["form_files"] = found


def normalise(protocol: Protocol) -> Protocol:
    """Sites and arms by code, visits by day, consent by language and version.

    Conditions, views, criteria and choices keep the order they were given in: it means something.
    """
    return {
        **protocol,
        "sites": sorted(protocol["sites"], key=lambda site: site["code"]),
        "arms": sorted(protocol["arms"], key=lambda arm: arm["code"]),
        "edit_checks": sorted(protocol["edit_checks"], key=lambda check: check["code"]),
        "visits": sorted(
            protocol["visits"], key=lambda visit: (visit["day"], visit.get("since", 1))
        ),
        "consent": sorted(
            protocol["consent"], key=lambda document: (document["language"], document["version"])
        ),
    }
