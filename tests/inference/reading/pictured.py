"""Photos with pictures behind them, for pages that show them to readers."""

from collections.abc import Sequence
from functools import cache
from io import BytesIO
from uuid import uuid4

from PIL import Image, ImageDraw

from participants.capture.models import Photo
from studies.platform.storage import store
from tests.inference.scoring.photos import astronaut


@cache
def _face() -> Image.Image:
    return Image.fromarray(astronaut().pixels)


def picture(number: int, *, side: int = 1020, quality: int = 90, **tags: bytes) -> bytes:
    """A face with a mark of its own, so that no two are the same picture, as a JPEG."""
    face = _face().resize((side, side)) if side != 1020 else _face().copy()
    box = (side * 0.05, side * 0.05, side * 0.12, side * 0.12)
    ImageDraw.Draw(face).rectangle(box, fill=(40 * number % 256, 200 - 17 * number % 200, 120))
    made = BytesIO()
    face.save(made, "JPEG", quality=quality, **tags)
    return made.getvalue()


def give_pictures(photos: Sequence[Photo]) -> None:
    """Store a picture for each photo."""
    for number, photo in enumerate(photos):
        data = picture(number)
        name, digest = store("uprights", str(uuid4()), data, suffix=".jpg")
        photo.upright_file, photo.upright_sha256 = name, digest
        photo.width = photo.height = 1020
        photo.quality = {"face": {"scale": {"mm_per_pixel": 0.2, "error": 6.0, "source": "iris"}}}
        photo.save()
