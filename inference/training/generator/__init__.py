"""Generated skin and faces: seeded, drawn from melanin, blood and relief, with known severities.

    identity = sample_identity(7, fitzpatrick=4)
    photo = draw_photo(identity, {"melasma": 0.6}, view="front", seed=1)
    photo.pixels  # uint8 (1440, 1080, 3), sRGB

Severities hold for every region in which a condition is read (`READ_IN`); `grade_of` gives grades.
"""

from inference.training.generator.anatomy import READ_IN
from inference.training.generator.bad_photos import BAD_KINDS, draw_bad_photo
from inference.training.generator.camera import Camera, sample_camera
from inference.training.generator.conditions import (
    CONDITIONS,
    GRADES,
    grade_of,
    sample_severities,
)
from inference.training.generator.face import GeneratedPhoto, draw_photo
from inference.training.generator.identity import Identity, sample_identity
from inference.training.generator.splits import camera_seed, identity_seed, split_identities

__all__ = [
    "BAD_KINDS",
    "CONDITIONS",
    "GRADES",
    "READ_IN",
    "Camera",
    "GeneratedPhoto",
    "Identity",
    "camera_seed",
    "draw_bad_photo",
    "draw_photo",
    "grade_of",
    "identity_seed",
    "sample_camera",
    "sample_identity",
    "sample_severities",
    "split_identities",
]
