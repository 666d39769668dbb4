"""Small folders in the layouts the shipped cards describe, with drawn faces and skin in them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inference.training.generator.camera import sample_camera
from inference.training.generator.face import GeneratedPhoto, draw_photo
from inference.training.generator.identity import sample_identity

F17K_COLUMNS = [
    "md5hash",
    "fitzpatrick_scale",
    "fitzpatrick_centaur",
    "label",
    "nine_partition_label",
    "three_partition_label",
    "qc",
    "url",
    "url_alphanum",
]
SCIN_CASES = [
    "case_id",
    "source",
    "release",
    "year",
    "age_group",
    "sex_at_birth",
    "fitzpatrick_skin_type",
    "body_parts_head_or_neck",
    "body_parts_arm",
    "image_1_path",
    "image_2_path",
    "image_3_path",
    "image_1_shot_type",
    "image_2_shot_type",
    "image_3_shot_type",
]
SCIN_LABELS = [
    "case_id",
    "dermatologist_gradable_for_skin_condition_1",
    "dermatologist_skin_condition_on_label_name",
    "dermatologist_skin_condition_confidence",
    "weighted_skin_condition_label",
    "dermatologist_fitzpatrick_skin_type_label_1",
    "dermatologist_fitzpatrick_skin_type_label_2",
    "dermatologist_fitzpatrick_skin_type_label_3",
    "monk_skin_tone_label_india",
    "monk_skin_tone_label_us",
]


@cache
def face(seed: int) -> GeneratedPhoto:
    """A drawn face of 480 pixels that the face networks find."""
    return draw_photo(
        sample_identity(seed, fitzpatrick=1 + seed % 6),
        {"wrinkles": 0.5},
        view="front",
        seed=seed,
        camera=sample_camera(seed, difficulty="good"),
        width=360,
        height=480,
    )


def skin(seed: int) -> NDArray[np.uint8]:
    """The middle of a drawn face, (200, 160, 3): skin, unlike any other seed's."""
    rng = np.random.default_rng(seed)
    top, left = rng.integers(100, 200), rng.integers(60, 180)
    return np.ascontiguousarray(face(seed).pixels[top : top + 200, left : left + 160])


def save(pixels: NDArray[np.uint8], path: Path, **options: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, **options)


def write_csv(path: Path, columns: Iterable[str], rows: Iterable[Mapping[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(columns), restval="")
        writer.writeheader()
        writer.writerows(rows)


def make_fitzpatrick17k(folder: Path, labels: Iterable[str], *, images: bool = True) -> None:
    rows = []
    for seed, label in enumerate(labels, start=1):
        name = f"{seed:032x}"
        rows.append(
            {
                "md5hash": name,
                "fitzpatrick_scale": 1 + seed % 6,
                "fitzpatrick_centaur": -1,
                "label": label,
                "nine_partition_label": "inflammatory",
                "three_partition_label": "non-neoplastic",
                "url": f"https://example.org/{name}.jpg",
            }
        )
        if images:
            save(skin(seed), folder / "images" / f"{name}.jpg", quality=95)
    write_csv(folder / "fitzpatrick17k.csv", F17K_COLUMNS, rows)


def make_scin(folder: Path, cases: Iterable[tuple[str, int]]) -> None:
    """Cases of (weights as SCIN writes them, number of pictures), ids -1, -2, …"""
    tables: tuple[list[dict[str, object]], list[dict[str, object]]] = ([], [])
    for number, (weights, pictures) in enumerate(cases, start=1):
        case: dict[str, object] = {
            "case_id": -number,
            "source": "SCIN",
            "release": "1.0.0",
            "year": 2023,
            "body_parts_head_or_neck": "YES",
        }
        for k in range(1, pictures + 1):
            path = f"dataset/images/-{number}{k}.png"
            save(skin(10 * number + k), folder / path)
            case |= {f"image_{k}_path": path, f"image_{k}_shot_type": "CLOSE_UP"}
        tables[0].append(case)
        tables[1].append(
            {
                "case_id": -number,
                "weighted_skin_condition_label": weights,
                "dermatologist_fitzpatrick_skin_type_label_1": "FST2",
                "dermatologist_fitzpatrick_skin_type_label_2": "FST4",
                "monk_skin_tone_label_us": "3.0",
                "monk_skin_tone_label_india": "2.0",
            }
        )
    write_csv(folder / "dataset/scin_cases.csv", SCIN_CASES, tables[0])
    write_csv(folder / "dataset/scin_labels.csv", SCIN_LABELS, tables[1])


def make_acne04(folder: Path, trainval: Iterable[int], test: Iterable[int]) -> None:
    """Lists of the grades 0 to 3, one a picture."""
    seed = 0
    for name, grades in (("trainval", trainval), ("test", test)):
        lines = []
        for grade in grades:
            seed += 1
            image = f"levle{grade}_{seed}.jpg"
            save(face(seed).pixels, folder / "JPEGImages" / image, quality=95)
            lines.append(f"{image}  {grade}  {(2, 9, 30, 60)[grade]}\n")
        (folder / f"NNEW_{name}_0.txt").write_text("".join(lines), encoding="utf-8")


def make_consensus(
    folder: Path, photos: Mapping[str, str], readings: Iterable[tuple[str, str, str, str]]
) -> None:
    """Photos by id with their participant; readings of (photo, reader, condition, grade)."""
    rows = []
    for seed, (photo, participant) in enumerate(photos.items(), start=1):
        save(face(seed).pixels, folder / "photos" / f"{photo}.jpg", quality=95)
        rows.append(
            {
                "photo_id": photo,
                "participant_id": participant,
                "view": "front",
                "file": f"photos/{photo}.jpg",
                "fitzpatrick": 1 + seed % 6,
            }
        )
    write_csv(folder / "photos.csv", rows[0], rows)
    columns = ("photo_id", "reader", "condition", "grade", "read_at")
    write_csv(
        folder / "readings.csv",
        columns,
        [
            dict(zip(columns, (*one, f"2026-11-{k + 1:02d}"), strict=True))
            for k, one in enumerate(readings)
        ],
    )
