"""One photo outside any study: decoded, judged and scored, nothing kept."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.pipeline.errors import PackageRefused
from inference.pipeline.network import Network
from inference.pipeline.package import check_package
from inference.pipeline.recipe import get_recipe
from inference.pipeline.results import PhotoScores
from inference.pipeline.score import score_face
from inference.scoring.services.networks import InvalidOutput, open_file
from participants.imaging.decode import DecodedPhoto, decode_photo
from participants.imaging.errors import PhotoUnreadable
from participants.imaging.face import FaceFinder
from participants.imaging.picture import LONGEST_SIDE
from participants.imaging.profiles import PROFILES, View
from participants.imaging.quality import QualityReport, assess_quality


class CannotScore(Exception):  # noqa: N818 - a refusal, in words
    """The photo or the package will not do; ``report`` is what was found out before."""

    def __init__(self, message: str, report: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.report = report or {}


@dataclass(frozen=True)
class ScoredPhoto:
    """Pixels, uint8 (H, W, 3) sRGB, landmarks, float32 (468, 3), and what was said of them."""

    pixels: NDArray[np.uint8]
    landmarks: NDArray[np.float32]
    quality: QualityReport
    scores: PhotoScores
    format: str

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready: the photo, its quality, its scores."""
        height, width = self.pixels.shape[:2]
        return {
            "photo": {"format": self.format, "width": width, "height": height},
            "quality": self.quality.as_dict(),
            **self.scores.as_dict(),
        }


def score_file(path: Path, *, view: View, package: Path, profile: str = "normal") -> ScoredPhoto:
    """Decode ``path`` in the limited child, judge it, and score it with ``package``.

    The package is one from outside: it is checked first; that it is not registered makes no
    difference.

    Raises:
        CannotScore: the file is no usable photo, its quality is refused by ``profile``, or the
            package is refused.
    """
    photo = decode_file(path)
    quality = judge(photo.pixels, view=view, profile=profile)
    try:
        checked = check_package(package)
        network = open_file(str(package), checked.info.sha256)
    except PackageRefused as error:
        raise CannotScore(str(error), {"quality": quality.as_dict()}) from error
    return score_judged(
        photo.pixels, quality, view=view, network=network, source_format=photo.source_format
    )


def decode_file(path: Path) -> DecodedPhoto:
    """The pixels in ``path``, decoded in the limited child.

    Raises:
        CannotScore: the file is no usable photo.
    """
    try:
        return decode_photo(path, max_side=LONGEST_SIDE)
    except PhotoUnreadable as error:
        raise CannotScore(error.message, {"refused": error.code}) from error
    except OSError as error:
        raise CannotScore(f"{path} cannot be read: {error.strerror}.") from error


def judge(pixels: NDArray[np.uint8], *, view: View, profile: str) -> QualityReport:
    """The quality of a photo of ``view``.

    Raises:
        CannotScore: it shows no usable face, or ``profile`` refuses it.
    """
    quality = assess_quality(pixels, view=view, profile=PROFILES[profile], finder=FaceFinder())
    if quality.face is None or not quality.accepted:
        words = " ".join(reason.message for reason in quality.reasons) or "No face was found."
        raise CannotScore(words, {"quality": quality.as_dict()})
    return quality


def score_judged(
    pixels: NDArray[np.uint8],
    quality: QualityReport,
    *,
    view: View,
    network: Network,
    source_format: str = "",
) -> ScoredPhoto:
    """Score a photo that ``judge`` accepted.

    Raises:
        CannotScore: the network's file or answer is not to be trusted.
    """
    assert quality.face is not None  # noqa: S101 - judge let it through
    landmarks = quality.face.landmarks
    try:
        recipe = get_recipe(network.card.recipe)
        level = quality.noise_level
        scores = score_face(
            pixels,
            landmarks,
            view=view,
            network=network,
            recipe=recipe,
            noise=level.reading if level else None,
        )
    except (PackageRefused, InvalidOutput) as error:
        raise CannotScore(str(error), {"quality": quality.as_dict()}) from error
    return ScoredPhoto(pixels, landmarks, quality, scores, source_format)
