"""Types of questions in an XLSForm: which are taken, and why others are not."""

import re
from typing import Final

# As files write them, in lower case with single spaces → as they are called here.
_TYPES: Final = {
    "text": "text",
    "string": "text",
    "integer": "integer",
    "int": "integer",
    "decimal": "decimal",
    "date": "date",
    "time": "time",
    "datetime": "datetime",
    "note": "note",
    "range": "range",
    "calculate": "calculate",
    "hidden": "hidden",
    "acknowledge": "acknowledge",
    "trigger": "acknowledge",
    "start": "start",
    "end": "end",
    "today": "today",
}
_PHOTO: Final = "Photos are taken at visits, where they are checked; a form cannot ask for them."
_PLACE: Final = "A place tells who somebody is; forms here do not ask for it."
_DEVICE: Final = "It would tell who or whose phone this is; answers here carry the code only."
_LATER: Final = "The form engine cannot show this kind of question."
_OR_OTHER: Final = (
    "“or_other” is not taken: add a choice “other” to the list and a text question that is shown "
    "when it is chosen."
)
_REFUSED: Final = {
    **dict.fromkeys(("image", "photo", "draw", "signature", "annotate"), _PHOTO),
    **dict.fromkeys(("geopoint", "geotrace", "geoshape", "start-geopoint"), _PLACE),
    **dict.fromkeys(
        (
            *("deviceid", "phonenumber", "phone number", "subscriberid", "simserial", "simid"),
            *("imei", "username", "email", "get device id"),
        ),
        _DEVICE,
    ),
    **dict.fromkeys(
        (
            *("barcode", "audio", "video", "file", "background-audio", "audit", "rank"),
            *("csv-external", "xml-external", "osm"),
        ),
        _LATER,
    ),
}
NO_TYPES: Final = {"string": "text", "int": "whole number", "trigger": "box to tick"}
_SELECT: Final = re.compile(
    r"(select one from|select one|select1|select multiple from|select multiple"
    r"|select all that apply from|select all that apply|select) (\S+)( or[ _]other)?",
    re.IGNORECASE,
)


def read_type(text: str) -> tuple[str, str, str]:
    """Type, name of the list of choices, and why it cannot be taken (empty when it can)."""
    kind = re.sub(r"\s+", " ", text.strip())
    spaced = re.sub(r"^(select)_(one|multiple)", r"\1 \2", kind, flags=re.IGNORECASE)
    lower = spaced.lower()
    if lower in _TYPES:
        return _TYPES[lower], "", ""
    if lower in _REFUSED:
        return "", "", f"“{text}” is not taken. {_REFUSED[lower]}"
    if re.match(r"(select (one|multiple)_(external|from_file)|rank\b)", lower):
        return "", "", f"“{text}” is not taken: choices have to be in the sheet “choices”."
    match = _SELECT.fullmatch(spaced)
    if match is None:
        return "", "", f"“{text}” is no type of question known here."
    if match[3]:
        return "", "", _OR_OTHER
    many = "multiple" in match[1].lower() or "all that" in match[1].lower()
    many = many or match[1].lower() == "select"
    return ("select_multiple" if many else "select_one"), match[2], ""
