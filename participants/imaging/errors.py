"""Why a file could not be read as a photo, in words for the person who sent it."""

from __future__ import annotations

from typing import Final, Literal, get_args

UnreadableCode = Literal[
    "empty",
    "truncated",
    "too_many_pixels",
    "not_a_photo",
    "format_not_allowed",
    "too_costly",
    "kind_not_readable",
    "hdr",
    "colours_not_readable",
]

MESSAGES: Final[dict[UnreadableCode, str]] = {
    "empty": "The file that arrived is empty. Please take the photo again and send it once more.",
    "truncated": (
        "Part of this photo is missing or damaged, so it cannot be opened. "
        "Please take the photo again and send it once more."
    ),
    "too_many_pixels": (
        "This photo is larger than we can take in. Please switch your camera to its normal "
        "photo size (12 megapixels is plenty) and take it again."
    ),
    "not_a_photo": (
        "This file is not a photo. Please choose a photo taken with your camera, or take a new one."
    ),
    "format_not_allowed": (
        "This kind of file cannot be used. Please send a photo as your camera saves it "
        "(JPEG or HEIC; PNG and WebP also work), or take a new one."
    ),
    "too_costly": (
        "This photo could not be opened safely: it asks for far more work than a normal photo. "
        "Please take a new photo with your camera and send that one."
    ),
    "kind_not_readable": (
        "This photo is whole, but your camera or an app saved it in a way that we cannot read. "
        "Taking it again the same way will not help. Please take it with the camera on this page, "
        "or set your camera to save ordinary JPEG photos."
    ),
    "hdr": (
        "This photo is saved in HDR colours (PQ or HLG), which cannot be compared with other "
        "photos. Please take it with the camera on this page, or switch HDR off in your camera's "
        "settings and take it again."
    ),
    "colours_not_readable": (
        "This photo is whole, but its colours were saved in a way that we cannot convert, so your "
        "skin would be read in wrong colours. Please take it with the camera on this page, or send "
        "the photo just as your camera saved it."
    ),
}


class PhotoUnreadable(Exception):  # noqa: N818 - a refusal, named for what the sender is told
    """The file is refused for what it is; sending the same bytes again cannot help.

    `code` is one of `UnreadableCode`, `message` is for the participant, `detail` is for the log
    and holds nothing taken from the photo's own text.
    """

    def __init__(self, code: UnreadableCode, detail: str = "") -> None:
        if code not in get_args(UnreadableCode):
            raise ValueError(f"unknown code {code!r}")
        self.code: UnreadableCode = code
        self.message = MESSAGES[code]
        self.detail = detail
        super().__init__(f"{code}: {detail}" if detail else code)


class DecoderFailed(RuntimeError):  # noqa: N818 - sits beside PhotoUnreadable
    """The decoder could not do its work for a reason outside the photo (killed, not installed).

    The photo is not to blame: try again later.
    """
