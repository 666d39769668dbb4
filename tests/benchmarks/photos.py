"""The photos of the scoring benchmark: generated faces of 12 megapixels, drawn once and kept."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inference.pipeline.assessed import CONDITIONS
from inference.training.generator.camera import sample_camera
from inference.training.generator.face import draw_photo
from inference.training.generator.identity import sample_identity
from participants.imaging.face import FaceFinder

WIDTH, HEIGHT = 3024, 4032
TONES = (2, 4, 6)  # Fitzpatrick


def draw_photos(folder: Path) -> list[Path]:
    """Draw what is missing: ``N.jpg`` as a phone sends it, ``N.npy`` the textbook's face points.

    The points are the product's own, found in the picture; ours finds them again each time.
    """
    folder.mkdir(parents=True, exist_ok=True)
    photos = [folder / f"phone-tone-{tone}.jpg" for tone in TONES]
    for path, tone in zip(photos, TONES, strict=True):
        if path.exists() and path.with_suffix(".npy").exists():
            continue
        drawn = draw_photo(
            sample_identity(40 + tone, fitzpatrick=tone),
            dict.fromkeys(CONDITIONS, 0.4),
            view="front",
            seed=tone,
            camera=sample_camera(tone, difficulty="typical"),
            width=WIDTH,
            height=HEIGHT,
        )
        faces = FaceFinder().find_faces(drawn.pixels)
        if not faces:
            raise RuntimeError(f"no face was found in {path.name}")
        np.save(path.with_suffix(".npy"), faces[0].landmarks)
        _save(drawn.pixels, path)
    return photos


def _save(pixels: NDArray[np.uint8], path: Path) -> None:
    """Write a JPEG as phones do: half the colours' resolution, the camera's tags."""
    tags = Image.Exif()
    tags[0x010F], tags[0x0110], tags[0x0112] = "Generated", "12 megapixels", 1
    Image.fromarray(pixels).save(path, "JPEG", quality=92, subsampling="4:2:0", exif=tags)
