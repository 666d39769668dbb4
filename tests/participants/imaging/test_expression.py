"""A smile, teeth, an open mouth and hair on the forehead are told; faces at rest are not."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import cv2
import numpy as np
import pytest

from inference.training.generator.face import draw_photo
from inference.training.generator.identity import sample_identity
from participants.imaging import expression, hair, measures
from participants.imaging.face import Face
from participants.imaging.profiles import NORMAL, STRICT
from participants.imaging.quality import QualityReport

from .judging import assess, codes, good
from .people import FINDER, collins

TOLD = {"not_relaxed", "hair_on_forehead"}


@cache
def drawn(tone: int) -> np.ndarray:
    identity = sample_identity(40 + tone, fitzpatrick=tone)
    return draw_photo(identity, {}, view="front", seed=3, width=720, height=960).pixels


@cache
def found(tone: int) -> Face:
    return FINDER.find_faces(drawn(tone))[0]


@cache
def collins_judged(strict: bool) -> QualityReport:
    return assess(good(), profile=STRICT if strict else NORMAL)


@pytest.mark.parametrize("tone", range(1, 7))
def test_a_face_at_rest_is_told_nothing_whatever_its_tone(tone):
    report = assess(drawn(tone))
    assert not codes(report) & TOLD
    assert report.value("teeth") == 0


def test_a_broad_smile_is_warned_of_and_refused_by_a_strict_study():
    """Eileen Collins smiles, and shows her teeth."""
    normal, strict = collins_judged(False), collins_judged(True)
    assert "not_relaxed" in codes(normal, "warn")
    assert "not_relaxed" in codes(strict, "reject")
    assert normal.value("smile") > 85
    assert normal.value("teeth") > 2


def test_a_turned_head_is_not_measured():
    report = assess(drawn(2), view="left")
    assert [report.value(code) for code in ("smile", "teeth", "mouth_gap")] == [None] * 3
    assert report.value("forehead_hair") is None


def test_a_smile_is_measured_in_the_heads_own_frame():
    """Turned, nodding or tilted, the same points are the same smile."""
    face = collins()
    middle = face.landmarks.mean(axis=0)
    angle = np.radians(25)
    turn = np.array(
        [[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]]
    )
    tilted = ((face.landmarks - middle) @ turn.T + middle).astype(np.float32)
    other = replace(face, landmarks=tilted, roll=face.roll + 25)
    assert expression.smile(other) == pytest.approx(expression.smile(face), abs=0.5)


def with_a_fringe(pixels: np.ndarray, face: Face, colour: tuple[int, int, int]) -> np.ndarray:
    """Strands from the hairline down to the brows, a little apart."""
    painted = np.ascontiguousarray(pixels).copy()
    left, right, top = (face.landmarks[at, :2] for at in (54, 284, 10))
    brows = float(face.landmarks[[105, 334], 1].mean())
    rng = np.random.default_rng(4)
    for x in np.linspace(left[0], right[0], 46):
        tone = tuple(int(value * rng.uniform(0.6, 1.4)) for value in colour)
        lean = float(rng.normal(0, 6))
        ends = (int(x), int(top[1] - 20)), (int(x + lean), int(brows - rng.uniform(0, 8)))
        cv2.line(painted, *ends, tone, 4, cv2.LINE_AA)
    return painted


@pytest.mark.parametrize("tone", [1, 4, 6])
@pytest.mark.parametrize("colour", [(30, 22, 18), (150, 115, 70)])
def test_a_fringe_is_warned_of_and_never_refused(tone, colour):
    face = found(tone)
    fringe = measures.face_chip(with_a_fringe(drawn(tone), face, colour), face)
    free = measures.face_chip(drawn(tone), face)
    for profile in (NORMAL, STRICT):
        gate = profile.gates["forehead_hair"]
        assert gate.outcome(hair.forehead_hair(free)) == "good"
        assert gate.outcome(hair.forehead_hair(fringe)) == "warn"


def test_without_a_forehead_or_lips_in_the_picture_nothing_is_guessed():
    chip = measures.face_chip(drawn(2), found(2))
    nothing = replace(chip, face=np.zeros_like(chip.face), skin=np.zeros_like(chip.skin))
    assert hair.forehead_hair(nothing) == 0
    assert expression.teeth(nothing) == 0
