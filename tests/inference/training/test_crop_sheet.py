"""The sheet of crops shows what the network gets, each condition and grade."""

import cv2
import numpy as np

from inference.training.crop_sheet import SIZE, TONES, block, grade_crop


def test_a_crop_of_the_sheet_is_of_the_networks_size_and_shows_the_grade():
    clear, severe = (grade_crop("pores", grade, 2, seed=4, difficulty="good") for grade in (0, 3))
    assert clear.shape == severe.shape == (SIZE, SIZE, 3)
    assert cv2.Laplacian(severe, cv2.CV_32F).std() > 1.3 * cv2.Laplacian(clear, cv2.CV_32F).std()


def test_a_block_holds_every_tone_and_grade(monkeypatch):
    asked = []

    def drawn(condition, grade, fitzpatrick, *, seed, difficulty):
        asked.append((condition, grade, fitzpatrick))
        return np.zeros((SIZE, SIZE, 3), np.uint8)

    monkeypatch.setattr("inference.training.crop_sheet.grade_crop", drawn)
    block("pores", seed=1, difficulty="good")
    assert asked == [("pores", grade, tone) for tone in TONES for grade in range(4)]
