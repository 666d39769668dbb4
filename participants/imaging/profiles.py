"""What a study asks of a photo: thresholds by name, and what a participant is told.

The gates of `normal` are where the field and our own trials say to start (OFIQ 1.0.3's measures;
inter-eye 250 px for pores and dryness); `strict` refuses about what `normal` warns of; `off`
measures all and refuses nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

Outcome = Literal["good", "warn", "reject"]
View = Literal["front", "left", "right"]

# Yaw to aim for. A view is named for the cheek it shows: in the left view the participant turns to
# their own right (negative yaw) so that the left cheek faces the camera.
VIEW_YAW: Final[Mapping[View, float]] = {"front": 0.0, "left": -40.0, "right": 40.0}


@dataclass(frozen=True)
class Gate:
    """Where a measure turns from good to warn to reject; `worse` says on which side."""

    warn: float
    reject: float
    worse: Literal["above", "below"] = "above"

    def outcome(self, value: float) -> Outcome:
        """Judge one value; a value on the line is still on the better side."""
        sign = 1 if self.worse == "above" else -1
        if sign * value > sign * self.reject:
            return "reject"
        return "warn" if sign * value > sign * self.warn else "good"


@dataclass(frozen=True)
class QualityProfile:
    """A named set of gates; a measure without a gate is reported and never refused."""

    name: str
    gates: Mapping[str, Gate] = field(default_factory=dict)


NEVER: Final = 1000.0  # percent: such a measure is warned of and never refused

OFF: Final = QualityProfile("off")
NORMAL: Final = QualityProfile(
    "normal",
    {
        "faces": Gate(1, 1, "below"),
        "other_face": Gate(25, 60),
        "inter_eye": Gate(250, 120, "below"),
        "face_height": Gate(35, 20, "below"),
        "yaw_off": Gate(15, 30),
        "pitch_off": Gate(15, 25),
        "roll_off": Gate(15, 30),
        "cut_off": Gate(1, 5),
        "blur": Gate(0.60, 0.72),
        "noise": Gate(8, 15),
        "overexposed": Gate(2, 8),
        "underexposed": Gate(5, 25),
        "brightest": Gate(100, 60, "below"),
        "unevenness": Gate(1.25, 1.8),
        "colour_cast": Gate(5, 12),
        "presence": Gate(0.99, 0.95, "below"),
        "motion": Gate(4, 5),
        "skin_texture": Gate(2.6, 2.0, "below"),
        "colour_spread": Gate(1.2, 0.8, "below"),
        "flat": Gate(30, 50),
        "screen_pattern": Gate(14, 24),
        "bars": Gate(0, 8),
        "blocks": Gate(1.4, 1.9),
        "detail_kept": Gate(0.58, 0, "below"),
        "smoothing": Gate(0.64, 0.48, "below"),
        "sharpening": Gate(1.25, 1.5),
        "local_contrast": Gate(1.22, 1.35),
        "eye_opening": Gate(0.21, 0.15, "below"),
        "dark_glasses": Gate(1.5, 2),
        "covered": Gate(25, 40),
        "mouth_contrast": Gate(8, 5, "below"),
        "smile": Gate(73, NEVER),
        "teeth": Gate(0.5, NEVER),
        "mouth_gap": Gate(20, NEVER),
        "forehead_hair": Gate(35, NEVER),
    },
)
STRICT: Final = QualityProfile(
    "strict",
    {
        "faces": Gate(1, 1, "below"),
        "other_face": Gate(0, 25),
        "inter_eye": Gate(320, 250, "below"),
        "face_height": Gate(45, 35, "below"),
        "yaw_off": Gate(10, 15),
        "pitch_off": Gate(12, 18),
        "roll_off": Gate(10, 15),
        "cut_off": Gate(0, 1),
        "blur": Gate(0.55, 0.60),
        "noise": Gate(5, 8),
        "overexposed": Gate(1, 3),
        "underexposed": Gate(3, 8),
        "brightest": Gate(120, 100, "below"),
        "unevenness": Gate(1.15, 1.3),
        "colour_cast": Gate(3, 6),
        "presence": Gate(0.995, 0.98, "below"),
        "motion": Gate(3, 4),
        "skin_texture": Gate(4, 2.6, "below"),
        "colour_spread": Gate(1.8, 1.2, "below"),
        "flat": Gate(15, 30),
        "screen_pattern": Gate(12, 18),
        "bars": Gate(0, 0),
        "blocks": Gate(1.2, 1.6),
        "detail_kept": Gate(0.62, 0.5, "below"),
        "smoothing": Gate(0.67, 0.6, "below"),
        "sharpening": Gate(1.2, 1.35),
        "local_contrast": Gate(1.2, 1.3),
        "eye_opening": Gate(0.24, 0.20, "below"),
        "dark_glasses": Gate(1.2, 1.6),
        "covered": Gate(12, 20),
        "mouth_contrast": Gate(9, 7, "below"),
        "smile": Gate(70, 73),
        "teeth": Gate(0.3, 0.5),
        "mouth_gap": Gate(18, 20),
        # A scarf that somebody may not take off counts as hair: warned of, never refused.
        "forehead_hair": Gate(35, NEVER),
    },
)
PROFILES: Final[Mapping[str, QualityProfile]] = {
    profile.name: profile for profile in (OFF, NORMAL, STRICT)
}

SENTENCES: Final[Mapping[str, str]] = {
    "no_face": (
        "We could not find a face in this photo. Take it again with your whole face in the "
        "picture, in good light, with nothing covering it."
    ),
    "other_faces": (
        "There is more than one face in this photo. Take it again with only you in the picture."
    ),
    "too_far": "Your face is a little far away. Hold the phone closer, about a forearm's length.",
    "cut_off": (
        "Part of your face is outside the picture. Move the phone until your whole face is in it, "
        "from hairline to chin."
    ),
    "turned_left": "Your face is turned to your left. Look straight into the camera.",
    "turned_right": "Your face is turned to your right. Look straight into the camera.",
    "show_left": (
        "We need to see more of your left cheek. Turn your head to your right, about halfway to "
        "your shoulder."
    ),
    "show_right": (
        "We need to see more of your right cheek. Turn your head to your left, about halfway to "
        "your shoulder."
    ),
    "turned_too_far": (
        "Your head is turned too far. Turn back a little, until the camera could see both eyes."
    ),
    "looking_up": (
        "Your chin is lifted. Hold the phone at the height of your eyes and keep your chin level."
    ),
    "looking_down": (
        "Your head is bowed. Hold the phone at the height of your eyes and lift your chin a little."
    ),
    "tilted": "The picture is tilted. Hold the phone upright and keep your head straight.",
    "upside_down": "Your face is upside down in this photo. Turn the phone the right way up.",
    "blurred": (
        "The photo is blurred. Hold the phone still with both hands, and tap your face on the "
        "screen so that it comes into focus."
    ),
    "grainy": (
        "The photo is grainy because there was too little light. Move to a brighter place, for "
        "example facing a window."
    ),
    "too_bright": (
        "Parts of your face are too bright to see the skin. Turn away from direct sun or a close "
        "lamp, and switch the flash off."
    ),
    "shadows": (
        "Parts of your face are lost in shadow. Turn so that the light comes from in front of you."
    ),
    "too_dark": "The photo is too dark. Face a window or switch on more light.",
    "uneven_light": (
        "One side of your face is much brighter than the other. Turn so that the light comes from "
        "in front of you."
    ),
    "coloured_light": (
        "The light gives your skin a strong colour. Use daylight or plain white light, and no "
        "filter."
    ),
    "moved": (
        "The phone moved while the photo was taken. Hold it still with both hands, or lean it "
        "against something, and take the photo again."
    ),
    "filtered": (
        "A filter has smoothed the skin in this photo. Switch off beauty mode and filters, and "
        "take the photo again."
    ),
    "monochrome": (
        "This photo has no colours of its own. Switch off the black-and-white or sepia setting, "
        "and take the photo again."
    ),
    "packed": (
        "Fine detail was lost on this photo's way here, as when it goes through a messenger. Take "
        "a new photo here, or send the photo just as your camera took it."
    ),
    "smeared": (
        "Your phone has smoothed away the finest marks of your skin, as phones do in little light. "
        "Move to a brighter place, and switch off beauty mode and filters."
    ),
    "sharpened": (
        "This photo was sharpened so strongly that your skin looks rougher than it is. Switch off "
        "filters and sharpening, and take the photo again."
    ),
    "tone_mapped": (
        "Your phone or an app has made light and shadow on your face stronger than they are. "
        "Switch off HDR and filters, and take the photo again."
    ),
    "drawing": (
        "This looks like a drawing or a strongly changed picture. Send a photo just as your "
        "camera takes it."
    ),
    "screen": (
        "This looks like a photo of a screen. Take a photo of your face itself, not of a picture "
        "of it."
    ),
    "screenshot": (
        "This looks like a screenshot. Take a new photo here, or send the photo itself and not a "
        "picture of it."
    ),
    "eyes_closed": (
        "Your eyes are closed. Open them, look into the camera and take the photo again."
    ),
    "dark_glasses": "Dark glasses hide the skin around your eyes. Take them off and try again.",
    "covered": (
        "Something covers part of your face. Move hair, hands, scarf or mask aside and take the "
        "photo again."
    ),
    "mouth_covered": (
        "We cannot see your mouth. Take off a mask, move your hand away and take the photo again."
    ),
    "not_relaxed": (
        "Your face is not relaxed. Close your mouth, do not smile, and take the photo again."
    ),
    "hair_on_forehead": (
        "Part of your forehead is covered. Brush or pin your hair back and take the photo again."
    ),
}
