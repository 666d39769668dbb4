"""What the check refuses and flags of real photographs, good ones and spoilt ones.

    python -m inference.training.real_faces.gates --faces FOLDER [--part test]

Limits were set on training people; what is told is of the test people. Good photographs are those
of the set, neutral and smiling, as they are, in another light from the side, behind spectacles
with glare, smaller, and at twice their size with a camera's grain; how many are lost is told by
sex, age, ethnicity and smile too. Each fault is laid on the neutral ones alone; no limit was set by
those from *non-local means* on. Counted under `normal`.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from inference.training import spoil
from inference.training.generator.skin import linear_to_srgb, srgb_to_linear
from inference.training.real_faces.paint import Pixels
from inference.training.real_faces.people import PARTS, Part
from inference.training.real_faces.phone import Phone, jpeg, shoot, tone_mapped
from inference.training.real_faces.photographs import Photograph, Photographs
from participants.imaging.decode import decode_photo
from participants.imaging.face import FaceFinder
from participants.imaging.profiles import NORMAL
from participants.imaging.quality import assess_quality
from participants.imaging.topology import LEFT_EYE, RIGHT_EYE

Way = Callable[[Pixels], Pixels]
LONGEST: Final = 4096
SET_SEED: Final = 5
PLAIN: Final = "as it is"


def side_light(pixels: Pixels, times: float) -> Pixels:
    """Light one half of the picture `times` as much as the other, softly."""
    across = np.linspace(-1, 1, pixels.shape[1], dtype=np.float32)[None, :, None]
    light = np.exp(np.tanh(4 * across) * np.float32(np.log(times) / 2) - np.float32(0.1))
    linear = np.asarray(srgb_to_linear(pixels), np.float32)
    return np.asarray(linear_to_srgb(np.clip(linear * light, 0, 1).astype(np.float32)), np.uint8)


def doubled(pixels: Pixels) -> Pixels:
    """As a camera of twice the resolution gives it: its grain is finer than the scene."""
    large = cv2.resize(pixels, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    rng = np.random.default_rng(SET_SEED)
    grain = 2.0 * rng.standard_normal(large.shape[:2])[..., None]
    return np.clip(large + grain, 0, 255).astype(np.uint8)


def regridded(pixels: Pixels) -> Pixels:
    """Without the blocks it came with: a little smaller, by area."""
    return np.asarray(
        cv2.resize(pixels, None, fx=0.93, fy=0.93, interpolation=cv2.INTER_AREA), np.uint8
    )


def packed(quality: int) -> Way:
    """Return what packs a picture as a JPEG of this quality."""
    return lambda pixels: jpeg(regridded(pixels), quality)


def beautified(pixels: Pixels) -> Pixels:
    """Smooth twice as a beauty filter does."""
    once = cv2.bilateralFilter(pixels, 15, 40, 7)
    return np.asarray(cv2.bilateralFilter(once, 15, 40, 7), np.uint8)


def means(strength: float) -> Way:
    """Return non-local means, as apps clean noise (Buades and others 2005)."""
    return lambda pixels: np.asarray(
        cv2.fastNlMeansDenoisingColored(pixels, None, strength, strength, 5, 11), np.uint8
    )


def separated(pixels: Pixels) -> Pixels:
    """Take off what stands out little from its surroundings, as beauty apps do."""
    around = cv2.GaussianBlur(pixels.astype(np.float32), (0, 0), 6)
    apart = pixels - around
    return np.clip(around + apart * (1 - 0.9 * np.exp(-((apart / 12) ** 2))), 0, 255).astype(
        np.uint8
    )


def equalised(limit: float) -> Way:
    """Return local histograms evened out (CLAHE; Zuiderveld 1994)."""

    def way(pixels: Pixels) -> Pixels:
        lab = np.array(cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB))
        lab[..., 0] = cv2.createCLAHE(limit, (8, 8)).apply(lab[..., 0])
        return np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), np.uint8)

    return way


def clarity(strength: float) -> Way:
    """Return an unsharp mask as wide as a cheek's folds, which apps call clarity."""

    def way(pixels: Pixels) -> Pixels:
        around = cv2.GaussianBlur(pixels, (0, 0), pixels.shape[0] / 100)
        return np.asarray(cv2.addWeighted(pixels, 1 + strength, around, -strength, 0), np.uint8)

    return way


def edged(strength: float) -> Way:
    """Return a 3 by 3 sharpening filter, as scanners' and cameras' own."""
    kernel = np.array([[0, -1, 0], [-1, 4, -1], [0, -1, 0]], np.float32) * strength
    kernel[1, 1] += 1
    return lambda pixels: np.asarray(cv2.filter2D(pixels, -1, kernel), np.uint8)


def webp(quality: int) -> Way:
    """Return what is left after WebP at this quality."""

    def way(pixels: Pixels) -> Pixels:
        options = [cv2.IMWRITE_WEBP_QUALITY, quality]
        _, data = cv2.imencode(".webp", np.ascontiguousarray(pixels[..., ::-1]), options)
        return np.ascontiguousarray(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))[..., ::-1])

    return way


def in_spectacles(pixels: Pixels) -> Pixels:
    """Draw dark rims about both eyes, and a glare of a third over the glass."""
    faces = FaceFinder().find_faces(pixels)
    out = pixels.astype(np.float32)
    for ring in (RIGHT_EYE, LEFT_EYE) if faces else ():
        eye = faces[0].landmarks[list(ring), :2]
        centre = (int(eye[:, 0].mean()), int(eye[:, 1].mean() + 0.04 * faces[0].inter_eye_px))
        axes = (int(0.36 * faces[0].inter_eye_px), int(0.27 * faces[0].inter_eye_px))
        glass, rim = (np.zeros(pixels.shape[:2], np.float32) for _ in range(2))
        cv2.ellipse(glass, centre, axes, 0, 0, 360, (1 / 3,), -1)
        width = max(2, round(faces[0].inter_eye_px / 40))
        cv2.ellipse(rim, centre, axes, 0, 0, 360, (1.0,), width, cv2.LINE_AA)
        out += glass[..., None] * (200 - out)
        out += rim[..., None] * (35 - out)
    return np.clip(out, 0, 255).astype(np.uint8)


def closed_eyes(pixels: Pixels) -> Pixels:
    """Paint lids over both eyes from the skin around them, lashes below."""
    faces = FaceFinder().find_faces(pixels)
    out = pixels.copy()
    if not faces:
        return out
    hole = np.zeros(pixels.shape[:2], np.uint8)
    lashes = max(2, round(faces[0].inter_eye_px / 60))
    rings = [faces[0].landmarks[list(ring), :2] for ring in (RIGHT_EYE, LEFT_EYE)]
    for eye in rings:
        hull = eye.mean(axis=0) + (eye - eye.mean(axis=0)) * (1.2, 1.5)
        cv2.fillPoly(hole, [np.round(hull).astype(np.int32)], (255,))
    out = np.asarray(cv2.inpaint(out, hole, 5, cv2.INPAINT_TELEA), np.uint8)
    dark = tuple(int(v) for v in pixels[hole > 0].mean(axis=0) * 0.3)
    for eye in rings:
        lower = eye[eye[:, 1] >= eye[:, 1].mean()]
        line = np.round(lower[np.argsort(lower[:, 0])]).astype(np.int32)
        cv2.polylines(out, [line], False, dark, lashes)
    return out


GOOD: Final[Mapping[str, Way]] = {
    PLAIN: lambda pixels: pixels,
    "light from the side, 1.9 times": lambda pixels: side_light(pixels, 1.9),
    "in spectacles with glare": in_spectacles,
    "at 0.75 of the size, JPEG 88": lambda pixels: jpeg(
        np.asarray(cv2.resize(pixels, None, fx=0.75, fy=0.75, interpolation=cv2.INTER_AREA)), 88
    ),
    "at twice the size": doubled,
    "at twice the size, JPEG 85": lambda pixels: jpeg(doubled(pixels), 85),
}
FAULTS: Final[Mapping[str, Way]] = {
    **{f"JPEG {quality}": packed(quality) for quality in (75, 60, 50, 40, 30)},
    "smear": lambda pixels: spoil.smear(pixels, 0.3),
    "noise, then smear": lambda p: shoot(p, Phone(read_noise=0.006, smear=26.0, quality=80), 1),
    "beauty filter": beautified,
    "heavy HDR": lambda pixels: tone_mapped(pixels, 1.0),
    "sharpened": lambda pixels: spoil.sharpen(pixels, 1.0),
    "eyes painted closed": closed_eyes,
    "light from the side, 3 times": lambda pixels: side_light(pixels, 3.0),
    **{f"non-local means {strength}": means(strength) for strength in (4, 8)},
    "separated beauty filter": separated,
    **{f"CLAHE {limit:g}": equalised(limit) for limit in (2.0, 4.0)},
    **{f"clarity {strength:g}": clarity(strength) for strength in (0.5, 1.0)},
    **{f"edges raised {strength:g}": edged(strength) for strength in (0.5, 1.0)},
    **{f"WebP {quality}": webp(quality) for quality in (40, 15)},
}


def judged(pixels: Pixels, finder: FaceFinder) -> dict[str, str]:
    """Return the reasons of a front photo and whether each refuses it."""
    report = assess_quality(
        np.ascontiguousarray(pixels), view="front", profile=NORMAL, finder=finder
    )
    return {reason.code: reason.outcome for reason in report.reasons}


@dataclass(frozen=True)
class Judged:
    """What became of one photograph in one way; `why` are reasons it did not have before."""

    photograph: Photograph
    way: str
    refused: bool
    why: tuple[str, ...]


def judge_all(
    faces: Path, part: Part, ways: Mapping[str, Way], *, smiling: bool, people: int | None = None
) -> list[Judged]:
    """Judge every photograph of a part in every way. Raises PhotographsRefused."""
    finder, judgements = FaceFinder(), []
    every = Photographs(faces).of(part)
    known = sorted({photograph.person.id for photograph in every})[:people]
    for photograph in every:
        if photograph.person.id not in known or not (smiling or photograph.expression == "neutral"):
            continue
        pixels = decode_photo(photograph.path, max_side=LONGEST).pixels
        usual = judged(pixels, finder)
        for name, way in ways.items():
            judgement = judged(way(pixels), finder)
            refused = "reject" in judgement.values()
            why = {code for code in judgement if code not in usual or name == PLAIN} - {"too_far"}
            if refused:
                why = {f"{code}!" for code, outcome in judgement.items() if outcome == "reject"}
            judgements.append(Judged(photograph, name, refused, tuple(sorted(why))))
    return judgements


def rates(found: Sequence[Judged]) -> list[str]:
    """Return a line for each way: photos, refused, flagged for more than before, and why."""
    lines = []
    for name in dict.fromkeys(photograph.way for photograph in found):
        here = [photograph for photograph in found if photograph.way == name]
        refused = sum(photograph.refused for photograph in here)
        flagged = sum(bool(photograph.why) and not photograph.refused for photograph in here)
        why = Counter(code for photograph in here for code in photograph.why)
        line = ", ".join(f"{code} {count}" for code, count in why.most_common(4))
        lines.append(f"{name:32}{len(here):4}{refused:9}{flagged:9}   {line}")
    return lines


def by_group(found: Sequence[Judged]) -> list[str]:
    """Return a line for each group of people: good photographs, and how many of them are lost."""
    groups: dict[str, list[Judged]] = {}
    for judgement in found:
        person = judgement.photograph.person
        age = "not told" if person.age is None else "30 or more" if person.age >= 30 else "below 30"
        for name in (
            person.gender,
            f"age {age}",
            person.ethnicity,
            judgement.photograph.expression,
        ):
            groups.setdefault(name, []).append(judgement)
    return [
        f"{name:32}{len(here):4}{sum(judgement.refused for judgement in here):9}"
        for name, here in sorted(groups.items())
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faces", type=Path, required=True, help="the folder of photographs")
    parser.add_argument("--part", choices=PARTS, default="test")
    parser.add_argument("--people", type=int, help="the first so many alone")
    given = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    print(f"{given.part} people{'':21}photos  refused  flagged   why (! refused)", flush=True)
    kept = {"people": given.people}
    good = judge_all(given.faces, given.part, GOOD, smiling=True, **kept)
    print(*rates(good), sep="\n", flush=True)
    print("good photographs lost, by whose they are", *by_group(good), sep="\n", flush=True)
    print(*rates(judge_all(given.faces, given.part, FAULTS, smiling=False, **kept)), sep="\n")


if __name__ == "__main__":
    main()
