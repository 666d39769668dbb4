"""A drawn signature: a real, small, not blank PNG, rebuilt from its pixels."""

import io
import warnings

import numpy as np
from PIL import Image, UnidentifiedImageError

from participants.consent.errors import SignatureUnusable

MAX_BYTES = 400_000
MAX_SIDE = 3000
MIN_SIDE = 20
# A deliberate stroke of a pen 2 px wide and 40 px long; a stray tap leaves less.
MIN_INK_PIXELS = 80
MIN_EXTENT = 24
_PNG = b"\x89PNG\r\n\x1a\n"


def clean_signature(content: bytes) -> bytes:
    """Dark ink on white, cut to the ink with a margin, as a fresh 8-bit grey PNG without tags.

    Raises:
        SignatureUnusable: too large, no PNG, damaged, or (nearly) blank.
    """
    if len(content) > MAX_BYTES:
        raise SignatureUnusable(
            "The signature picture is too large. Please clear the field and sign again."
        )
    grey = _ink(content)
    dark = grey < 128
    rows, columns = np.flatnonzero(dark.any(axis=1)), np.flatnonzero(dark.any(axis=0))
    if dark.sum() < MIN_INK_PIXELS or max(np.ptp(rows), np.ptp(columns)) < MIN_EXTENT:
        raise SignatureUnusable(
            "The signature field is blank or nearly so. Please sign in the field, or choose to "
            "sign by typing the name."
        )
    margin = 8
    top, left = max(rows[0] - margin, 0), max(columns[0] - margin, 0)
    cut = grey[top : rows[-1] + margin + 1, left : columns[-1] + margin + 1]
    out = io.BytesIO()
    Image.fromarray(cut).save(out, format="PNG", optimize=True)
    return out.getvalue()


def _ink(content: bytes) -> "np.ndarray[tuple[int, int], np.dtype[np.uint8]]":
    if not content.startswith(_PNG):
        raise SignatureUnusable("The signature is not a PNG picture. Please sign again.")
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(content), formats=["PNG"]) as image:
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            # The header is read, the pixels are not yet: a bomb stops here.
            if not MIN_SIDE <= min(image.size) <= max(image.size) <= MAX_SIDE:
                raise SignatureUnusable(
                    "The signature picture has an unusual size. Please sign again."
                )
            flat = Image.new("RGBA", image.size, "white")
            flat.alpha_composite(image.convert("RGBA"))
    except (
        UnidentifiedImageError,
        OSError,
        SyntaxError,
        ValueError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as error:
        raise SignatureUnusable(
            "The signature picture is damaged. Please clear the field and sign again."
        ) from error
    return np.asarray(flat.convert("L"), dtype=np.uint8)
