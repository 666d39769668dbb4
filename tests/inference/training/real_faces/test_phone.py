from dataclasses import fields, replace

import numpy as np
import pytest

from inference.training.real_faces.phone import (
    PLAIN_PHONE,
    Phone,
    jpeg,
    sample_phone,
    shoot,
    tone_mapped,
)
from tests.inference.training.real_faces.drawn import drawn_face

FAULTS = {
    "exposure": -0.5, "gains": (1.1, 1.0, 0.9), "shading": 0.3, "aberration": 0.004, "mixed": 0.15,
    "flicker": 0.1, "blur": 1.0, "shot_noise": 0.001, "read_noise": 0.004, "blotches": 2.0,
    "smear": 20.0, "tone_mapping": 0.8, "sharpening": 0.8, "moire": 3.0, "quality": 60,
    "messenger": 60, "finer": 2.0,
}  # fmt: skip


def difference(one, other):
    return np.abs(one.astype(int) - other.astype(int))


def test_a_phone_without_faults_changes_no_bit():
    pixels = drawn_face().pixels
    assert (shoot(pixels, PLAIN_PHONE, 1) == pixels).all()


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_alone_changes_the_picture_and_not_its_size(fault):
    pixels = drawn_face().pixels
    out = shoot(pixels, replace(PLAIN_PHONE, **{fault: FAULTS[fault]}), 1)
    assert out.shape == pixels.shape
    assert difference(out, pixels).max() > 2


def test_every_fault_there_is_was_tried_and_comes_now_and_then():
    told = {one.name for one in fields(Phone)} - {"flicker_bands", "messenger_scale"}
    assert told == set(FAULTS)
    phones = [sample_phone(np.random.default_rng(k)) for k in range(300)]
    for fault in told:
        values = {getattr(phone, fault) for phone in phones}
        assert len(values) > 1, fault
    assert {phone.quality for phone in phones} <= set(range(50, 96))


def test_jpeg_halves_the_chroma():
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2], stripes[:, 1::2] = (200, 60, 60), (60, 120, 60)
    assert difference(jpeg(stripes, 95), stripes).mean() > 3 * difference(
        jpeg(stripes, 95, whole_chroma=True), stripes).mean()  # fmt: skip


def test_tone_mapping_flattens_what_is_large_and_raises_what_is_fine():
    pixels = np.zeros((200, 200, 3), np.uint8)
    pixels[:, :100], pixels[:, 100:] = 60, 180
    pixels[::2] += 8
    out = tone_mapped(pixels, 1.0).astype(int)
    assert out[:, 150].mean() - out[:, 50].mean() < 100
    assert np.abs(np.diff(out[:, 20, 1])).mean() > 9


def test_the_same_seed_shoots_the_same_picture():
    pixels = drawn_face().pixels
    phone = sample_phone(np.random.default_rng(2))
    assert (shoot(pixels, phone, 5) == shoot(pixels, phone, 5)).all()
