"""How a photo was taken, as the phone tells it: checked, kept small, and put into words.

The phone's claim is data about the photo, never trusted for more than it can bear: an unknown key
is dropped, a wrong type refused, and the time it claims counts only where it is plausible
(``participants.capture.services.arrivals``).
"""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

MAX_BYTES = 2048
MAX_KEYS = 24
MAX_CODE = 40
MAX_SIDE = 30_000
# A phone whose clock is further off than this has none (about twenty years, in seconds).
MAX_OFFSET_S = 20 * 366 * 86_400

METHODS = ("image_capture", "video_frame", "file")
FACINGS = ("user", "environment", None)
ENGINES = ("landmarks", "light", "none")
TRIGGERS = ("auto", "shutter", "file")


class CaptureError(ValueError):
    """A value is of another type or size than is understood; the text names its key."""


def read_capture(text: str) -> dict[str, Any]:
    """The JSON object a phone sends with a photo, checked; ``{}`` for nothing.

    Raises:
        CaptureError: it is no JSON object of at most 2 kB, or a value makes no sense.
    """
    if not text:
        return {}
    if len(text.encode()) > MAX_BYTES:
        raise CaptureError("capture")
    try:
        told = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise CaptureError("capture") from error
    if not isinstance(told, dict):
        raise CaptureError("capture")
    return {key: _checked(key, told[key]) for key in CHECKS if key in told}


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


# --- Checks ------------------------------------------------------------------------------------


def _refuse_constant(name: str) -> float:
    raise ValueError(name)


def _checked(key: str, value: Any) -> Any:
    try:
        return CHECKS[key](value)
    except (TypeError, ValueError, OverflowError) as error:
        raise CaptureError(key) from error


def _moment(value: Any) -> str:
    moment = datetime.fromisoformat(_text(value))
    if moment.tzinfo is None:
        raise ValueError("no offset from UTC")
    return moment.astimezone(UTC).isoformat()


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > MAX_CODE or "\0" in value:
        raise TypeError("no short text")
    return value


def _among(choices: tuple[str | None, ...]) -> Callable[[Any], str | None]:
    def check(value: Any) -> str | None:
        if value is not None and not isinstance(value, str):
            raise TypeError("no text")
        if value not in choices:
            raise ValueError("not one of the choices")
        return value

    return check


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("neither true nor false")
    return value


def _number(value: Any, *, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("no number")
    if not low <= value <= high:
        raise ValueError("out of range")
    return value


def _side(value: Any) -> int:
    return int(_number(value, low=0, high=MAX_SIDE))


def _share(value: Any) -> float | None:
    return None if value is None else round(_number(value, low=0, high=1), 4)


def _offset(value: Any) -> float:
    return round(_number(value, low=-MAX_OFFSET_S, high=MAX_OFFSET_S), 1)


def _measures(value: Any) -> dict[str, float | bool | str | None]:
    if not isinstance(value, dict) or len(value) > MAX_KEYS:
        raise TypeError("no small object")
    return {_text(key): _measure(measure) for key, measure in value.items()}


def _measure(value: Any) -> float | bool | str | None:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value)
    return _number(value, low=-1e9, high=1e9)


def _codes(value: Any) -> list[str]:
    if not isinstance(value, list) or len(value) > MAX_KEYS:
        raise TypeError("no short list")
    return [_text(code) for code in value]


CHECKS: dict[str, Callable[[Any], Any]] = {
    "taken_at": _moment,
    "clock_offset_s": _offset,
    "method": _among(METHODS),
    "facing": _among(FACINGS),
    "mirrored": _flag,
    "engine": _among(ENGINES),
    "trigger": _among(TRIGGERS),
    "width": _side,
    "height": _side,
    "alignment": _share,
    "measures": _measures,
    "override": _codes,
}
