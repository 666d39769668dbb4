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
from participants.imaging.told import Among, Maybe, Told, faults

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


class Capture(Told):
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
        told = read_json(text)
    except ValueError as error:
        raise CaptureError("capture") from error
    if not isinstance(told, dict):
        raise CaptureError("capture")
    try:
        return Capture.model_validate(told).model_dump(exclude_unset=True)
    except ValidationError as error:
        raise CaptureError(faults(error, told)[0].place[0]) from error


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


def describe(capture: Mapping[str, Any]) -> list[str]:
    """How the photo was taken, in a few words each, for staff."""
    words = [
        _METHODS.get(capture.get("method", "")),
        _FACINGS.get(capture.get("facing") or ""),
        _TRIGGERS.get(capture.get("trigger", "")),
        _ENGINES.get(capture.get("engine", "")),
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


_METHODS = {
    "image_capture": "still picture of the camera page",
    "video_frame": "frame of the camera page's video",
    "file": "the phone's own camera or a file",
}
_FACINGS = {"user": "front camera", "environment": "rear camera"}
_TRIGGERS = {"auto": "taken by itself", "shutter": "shutter pressed"}
_ENGINES = {"landmarks": "guided by the face", "light": "guided by light and sharpness only"}
