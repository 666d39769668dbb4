"""A child of the benchmark: ``python -m tests.benchmarks.ours PACKAGE``.

From the phone's file to all scores and maps, as a worker does it: the check (decoded in the limited
child, face and quality, the upright JPEG and its hash, the thumbnail), then the scores of the JPEG
that the check left. Stages are milliseconds of processor time, the decoder's own included.
"""

import hashlib
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from inference.pipeline import score as scoring
from inference.pipeline.network import Network
from inference.pipeline.reading import read_jpeg
from inference.pipeline.recipe import get_recipe
from inference.scoring.services.pictures import map_picture
from participants.imaging.decode import decode_photo, encode_clean
from participants.imaging.face import FaceFinder
from participants.imaging.opencv import cv2
from participants.imaging.picture import LONGEST_SIDE, THUMBNAIL_SIDE, Picture
from participants.imaging.profiles import PROFILES
from participants.imaging.quality import assess_quality
from tests.benchmarks.timing import Stages, serve

# Its own stages too are told in processor time here.
scoring.time = SimpleNamespace(perf_counter=time.process_time)  # type: ignore[assignment]


def main(package: str) -> None:
    cv2.setNumThreads(1)
    network = Network(package, expected_sha256=None, threads=1)
    recipe = get_recipe(network.card.recipe)
    finder = FaceFinder()

    def score(photo: Path) -> dict[str, float]:
        stages = Stages()
        decoded = decode_photo(photo, max_side=LONGEST_SIDE)
        stages.end("check: decode", elsewhere=decoded.processor_s * 1000)
        picture = Picture(decoded.pixels)
        report = assess_quality(picture, view="front", profile=PROFILES["normal"], finder=finder)
        stages.end("check: face and quality")
        upright = encode_clean(decoded.pixels)
        hashlib.sha256(upright).hexdigest()
        stages.end("check: upright JPEG")
        encode_clean(picture.small, quality=85, max_side=THUMBNAIL_SIDE)
        stages.end("check: thumbnail")
        assert report.face is not None
        landmarks = report.face.landmarks.astype(np.float32)
        read = read_jpeg(upright, landmarks, network.card.input)
        stages.end("decode")
        result = scoring.score_face(
            read.pixels,
            read.landmarks,
            view="front",
            network=network,
            recipe=recipe,
            shrunk=read.shrunk,
            noise=report.noise_level.reading if report.noise_level else None,
        )
        maps = Stages()
        for found in result.maps.values():
            map_picture(found)
        maps.end("maps")
        spent = {**stages.spent, **result.timings_ms}
        return {**spent, "maps": spent["maps"] + maps.spent["maps"]}

    serve(score)


if __name__ == "__main__":
    main(*sys.argv[1:])
