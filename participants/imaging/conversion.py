"""What a file says of its colours, and its pixels brought to sRGB. Read by `decode_child.py` alone.

What is said is converted, or the photo is refused for it: severities moved by 6 to 14 points on
photos whose colours were taken for sRGB and were not. Where nothing is said, sRGB is meant.
"""

from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING, Final

from participants.imaging.colours import is_hdr, is_known, looks_like_profile
from participants.imaging.containers.described import (
    COLOURS_UNREADABLE,
    Colours,
    Described,
    Refused,
)
from participants.imaging.containers.heif import MATRICES

if TYPE_CHECKING:
    from PIL import Image

MAX_PROFILE: Final = 4 * 2**20  # bytes; those of printers reach two megabytes
SRGB_TOLERANCE: Final = 1  # of 255: a profile that moves no colour further is taken as sRGB
# Of a photo with a gain map the first picture is read. It is the ordinary one, unless this says no.
HDR_BASE: Final = re.compile(rb"BaseRenditionIsHDR\W{1,4}true", re.IGNORECASE)


def colours_of(
    photo: Image.Image, described: Described, exif: Colours | None
) -> tuple[Colours, bytes | None]:
    """Return the colours the file names and its profile, which stands before them.

    EXIF is believed where nothing else says anything. Raises Refused for PQ and HLG, as what light
    a value is then depends on a screen, and for what is said in a way that cannot be converted.
    """
    colours = _named(photo, described)
    icc = described.icc or photo.info.get("icc_profile") or None
    if icc is None and described.says_profile:
        raise Refused(COLOURS_UNREADABLE, "an ICC profile of which a part is missing")
    if icc is not None and len(icc) > MAX_PROFILE:
        if looks_like_profile(icc):
            raise Refused(COLOURS_UNREADABLE, f"an ICC profile of more than {MAX_PROFILE} bytes")
        icc = None
    if icc is None and colours == Colours() and exif is not None:
        colours = exif
    if is_hdr(colours, icc) or HDR_BASE.search(_xmp(photo)):
        raise Refused("hdr", f"transfer {colours.transfer}")
    if not colours.readable or (icc is None and not is_known(colours)):
        said = f"primaries {colours.primaries}, transfer {colours.transfer}"
        raise Refused(COLOURS_UNREADABLE, f"{said}, readable {colours.readable}")
    return colours, icc


def _named(photo: Image.Image, described: Described) -> Colours:
    nclx = photo.info.get("nclx_profile")
    if not nclx:
        return described.colours
    return Colours(
        primaries=int(nclx.get("color_primaries") or 0),
        transfer=int(nclx.get("transfer_characteristics") or 0),
        readable=int(nclx.get("matrix_coefficients") or 0) in MATRICES,
    )


def _xmp(photo: Image.Image) -> bytes:
    xmp = photo.info.get("xmp") or b""
    return xmp.encode() if isinstance(xmp, str) else bytes(xmp)


# A profile's colours and the pixels' → as what these are given to it. No others go together.
_MODES: Final = {
    ("RGB", "RGB"): "RGB",
    ("RGB", "L"): "RGB",
    ("GRAY", "L"): "L",
    ("CMYK", "CMYK"): "CMYK",
}


def _as_rgb(photo: Image.Image) -> Image.Image:
    """Return an RGB picture as it is, which `convert` would copy, and another converted."""
    return photo if photo.mode == "RGB" else photo.convert("RGB")


def to_srgb(photo: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert by the ICC profile (relative colorimetric); without one, take the values as sRGB.

    Bytes that are no profile say nothing. Raises Refused for a profile that cannot be applied to
    these pixels, and for inks (CMYK, YCCK) without one: what colour they print is not known.
    """
    if not profile or not looks_like_profile(profile):
        if photo.mode == "CMYK":
            raise Refused(COLOURS_UNREADABLE, "CMYK without a profile")
        return _as_rgb(photo)
    from PIL import Image, ImageChops, ImageCms

    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        mode = _MODES[source.profile.xcolor_space.strip(), photo.mode]
        transform = ImageCms.buildTransform(
            source,
            ImageCms.createProfile("sRGB"),
            mode,
            "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
        if mode == "RGB":  # most profiles are sRGB in truth: 12 MP through one cost half a second
            steps = bytes(round(step * 255 / 8) for step in range(9))
            cube = bytes(level for r in steps for g in steps for b in steps for level in (r, g, b))
            probe = Image.frombytes("RGB", (81, 9), cube)
            moved = ImageChops.difference(probe, transform.apply(probe)).getextrema()
            if all(high <= SRGB_TOLERANCE for _, high in moved):  # type: ignore[misc]
                return _as_rgb(photo)
        return transform.apply(photo if photo.mode == mode else photo.convert(mode))
    except (ImageCms.PyCMSError, KeyError, OSError, ValueError) as error:
        raise Refused(COLOURS_UNREADABLE, f"ICC profile: {error}"[:200]) from error
