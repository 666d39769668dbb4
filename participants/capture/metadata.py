"""How a photo was taken, as the phone tells it: checked, kept small, and put into words.

The phone's claim is data about the photo, never trusted for more than it can bear: an unknown key
is dropped, a wrong type refused, and the time it claims counts only where it is plausible
(``participants.capture.services.arrivals``).
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, ValidationError

from participants.imaging.strict_json import read_json
from participants.imaging.strict_model import Among, Maybe, Strict, faults

MAX_BYTES = 2048
MAX_KEYS = 24
MAX_CODE = 40
MAX_SIDE = 30_000
# A phone whose clock is further off than this has none (about twenty years, in seconds).
MAX_OFFSET_S = 20 * 366 * 86_400

METHODS = ("image_capture", "video_frame", "file")
FACINGS = ("user", "environment")
ENGINES = ("landmarks", "light", "none")
TRIGGERS = ("auto", "shutter", "file")
# ``place`` of what staff added; no phone can say so, since ``Capture`` drops the key.
CLINIC = "clinic"


class CaptureError(ValueError):
    """A value is of another type or size than is understood; the text names its key."""


def _in_utc(text: str) -> str:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("no offset from UTC")
    try:
        return moment.astimezone(UTC).isoformat()
    except OverflowError as error:
        raise ValueError("beyond all calendars") from error


def _rounded(digits: int) -> AfterValidator:
    return AfterValidator(lambda number: round(number, digits))


Code = Annotated[str, Field(max_length=MAX_CODE)]
Number = Annotated[int | float, Field(ge=-1e9, le=1e9)]
Side = Annotated[int | float, Field(ge=0, le=MAX_SIDE), AfterValidator(int)]


class Capture(Strict):
    """What a phone may say; what else it says is dropped."""

    model_config = ConfigDict(extra="ignore")

    taken_at: Maybe[Annotated[Code, AfterValidator(_in_utc)]] = None
    clock_offset_s: Maybe[
        Annotated[int | float, Field(ge=-MAX_OFFSET_S, le=MAX_OFFSET_S), _rounded(1)]
    ] = None
    method: Maybe[Annotated[str, Among(METHODS)]] = None
    facing: Annotated[str, Among(FACINGS)] | None = None
    mirrored: Maybe[bool] = None
    engine: Maybe[Annotated[str, Among(ENGINES)]] = None
    trigger: Maybe[Annotated[str, Among(TRIGGERS)]] = None
    width: Maybe[Side] = None
    height: Maybe[Side] = None
    alignment: Annotated[int | float, Field(ge=0, le=1), _rounded(4)] | None = None
    measures: Maybe[
        Annotated[dict[Code, bool | Number | Code | None], Field(max_length=MAX_KEYS)]
    ] = None
    override: Maybe[Annotated[list[Code], Field(max_length=MAX_KEYS)]] = None


def read_capture(text: str) -> dict[str, Any]:
    """The JSON object a phone sends with a photo, checked; ``{}`` for nothing.

    Raises:
        CaptureError: it is no JSON object of at most 2 kB, or a value makes no sense.
    """
    if not text:
        return {}
    if len(text.encode(errors="replace")) > MAX_BYTES:
        raise CaptureError("capture")
    try:
        stated = read_json(text)
    except ValueError as error:
        raise CaptureError("capture") from error
    if not isinstance(stated, dict):
        raise CaptureError("capture")
    try:
        return Capture.model_validate(stated).model_dump(exclude_unset=True)
    except ValidationError as error:
        raise CaptureError(faults(error, stated)[0].place[0]) from error


def claimed_at(capture: Mapping[str, Any]) -> datetime | None:
    """When the photo was taken by the phone's clock, put right by how far that clock was off."""
    text = capture.get("taken_at")
    if not text:
        return None
    taken = datetime.fromisoformat(text)
    try:
        return (taken + timedelta(seconds=capture.get("clock_offset_s") or 0)).astimezone(UTC)
    except OverflowError:
        return None


def was_chosen(capture: Mapping[str, Any]) -> bool:
    """Whether the picture is a file: taken by another app, now or years ago.

    ``taken_at`` is then when it was chosen, which says nothing of when it was taken.
    """
    return capture.get("method") == "file"


def describe(capture: Mapping[str, Any]) -> list[str]:
    """How the photo was taken, in a few words each, for staff."""
    words = [
        "taken at the clinic" if capture.get("place") == CLINIC else None,
        METHOD_WORDS.get(capture.get("method", "")),
        FACING_WORDS.get(capture.get("facing") or ""),
        TRIGGER_WORDS.get(capture.get("trigger", "")),
        ENGINE_WORDS.get(capture.get("engine", "")),
    ]
    alignment = capture.get("alignment")
    if alignment is not None:
        words.append(f"{round(100 * alignment)} % aligned with the first visit")
    override = capture.get("override")
    if override:
        words.append("kept in spite of " + ", ".join(code.replace("_", " ") for code in override))
    offset = capture.get("clock_offset_s") or 0
    if abs(offset) > 120:
        words.append(f"the phone's clock was {abs(offset) / 60:,.0f} min off and was put right")
    return [text for text in words if text]


METHOD_WORDS = {
    "image_capture": "still picture of the camera page",
    "video_frame": "frame of the camera page's video",
    "file": "the phone's own camera or a file",
}
FACING_WORDS = {"user": "front camera", "environment": "rear camera"}
TRIGGER_WORDS = {"auto": "taken by itself", "shutter": "shutter pressed"}
ENGINE_WORDS = {"landmarks": "guided by the face", "light": "guided by light and sharpness only"}
