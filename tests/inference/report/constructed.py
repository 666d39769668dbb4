"""A whole report from constructed grades, for the tests of what is made of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from inference.pipeline.assessed import CONDITIONS
from inference.pipeline.card import Intervals, Reach
from inference.training import aspects
from inference.training.aims import aims_of
from inference.training.crops import Crops
from inference.training.evaluate import Graded, draws_for, summary
from inference.training.retest import repeatability
from inference.training.scope import Judged, refusal
from inference.training.shots import Shot

PHOTOS = 60
FITTED = {c: {"temperature": 0.8, "shift": [0.2, 0.0, 0.0, -0.2]} for c in CONDITIONS}
REACH = {c: Reach(below=1.0, above=1.5, margin=3.0) for c in CONDITIONS}
INTERVALS = Intervals(coverage=0.9, people=PHOTOS, face=REACH, region=REACH)
PROVENANCE: dict[str, Any] = {
    "command": "manage.py evaluate_model",
    "package_sha256": "a" * 64,
    "graph_sha256": "b" * 64,
    "generator_sha256": "c" * 64,
    "bootstrap": {"seed": 1, "resamples": 50, "unit": "person"},
    "runtime": {"name": "onnxruntime", "version": "1.0", "provider": "CPU", "precision": "float32"},
    "machine": {
        "processor": "A processor", "cores": 2, "system": "Linux x86_64", "python": "3.11.0",
        "numpy": "2.0", "opencv": "4.12", "onnxruntime": "1.23",
    },
}  # fmt: skip


def constructed_crops(photos: int = PHOTOS, seed: int = 1) -> Crops:
    """Photos with labels and no pixels: what is computed from grades needs no more."""
    rng = np.random.default_rng(seed)
    none = np.zeros(0)
    severity = rng.random((photos, len(CONDITIONS))) * (rng.random((photos, 8)) < 0.6)
    return Crops(
        pixels=np.zeros((0, 8, 8, 3), np.uint8),
        skin=np.zeros((0, 8, 8), np.bool_),
        noise=none.astype(np.float32),
        gains=np.zeros((0, 3), np.float32),
        region=none.astype(np.int64),
        photo=none.astype(np.int64),
        area=none.astype(np.float32),
        severity=severity.astype(np.float32),
        fitzpatrick=1 + np.arange(photos) % 6,
        identity=500 + np.arange(photos),
        generators=("c" * 64,),
        monk=1 + np.arange(photos) % 10,
        difficulty=np.ones(photos, np.int64),
    )


def constructed_grades(crops: Crops, *, noise: float = 0.12, seed: int = 2) -> dict[str, Graded]:
    """Grades as a fair network gives them, wrong now and then."""
    rng = np.random.default_rng(seed)
    found = {}
    for column, condition in enumerate(CONDITIONS):
        severity = crops.severity[:, column].astype(np.float64)
        said = np.clip(severity + rng.normal(0, noise, len(severity)), 0, 1) * 3
        p = np.exp(-((said[:, None] - np.arange(4)) ** 2) * 2)
        found[condition] = Graded(
            rows=np.arange(len(severity)),
            probabilities=p / p.sum(axis=1, keepdims=True),
            true=np.floor(3 * severity + 0.5).astype(np.int64),
            severity=100 * severity,
            fitzpatrick=crops.fitzpatrick,
            identity=crops.identity,
        )
    return found


def constructed_shots(people: int = 6) -> list[Shot]:
    rng = np.random.default_rng(3)
    shots = []
    for person in range(people):
        base = rng.uniform(0, 80, len(CONDITIONS))
        tone = 1 + person % 6
        shots += [Shot(person, tone, v, "good", True, (), None) for v in ("front", "left", "right")]
        for k in range(4):
            severity = dict(zip(CONDITIONS, base + rng.normal(0, 4, 8), strict=True))
            kept = (person, k) != (0, 0)
            reasons = () if kept else ("blurred",)
            shots.append(
                Shot(person, tone, "front", "typical", kept, reasons, severity if kept else None)
            )
    return shots


def constructed_ablation() -> dict[str, Any]:
    arms = []
    for k, code in enumerate(("raw", "raw+augmentation", "standard", "standard+augmentation")):
        seeds = []
        for seed in range(1, 6):
            value = 0.78 + 0.01 * k + 0.004 * ((seed * 7 + k) % 5)
            figures = {"mean_balanced_accuracy": value, "mean_weighted_kappa": value - 0.1}
            seeds.append({"seed": seed, **figures, "shifted_camera": figures})
        arms.append({"code": code, "title": code.capitalize(), "recipe": {}, "seeds": seeds})
    comparisons = [
        {
            "arm": code, "against": "raw+augmentation", "metric": metric, "split": split,
            "mean_difference": 0.013, "low": -0.002, "high": 0.028, "p": 0.08, "test": "paired t",
        }
        for code in ("raw", "standard", "standard+augmentation")
        for metric in ("mean_balanced_accuracy", "mean_weighted_kappa")
        for split in ("typical", "shifted_camera")
    ]  # fmt: skip
    return {
        "arms": arms, "comparisons": comparisons, "command": "python -m …",
        "protocol": {"photos": 600, "held_out": 150},
    }  # fmt: skip


def constructed_report(**changes: Any) -> dict[str, Any]:
    """Return a complete report; keyword arguments replace sections before the aims are judged."""
    crops = constructed_crops()
    every, drawn = constructed_grades(crops), draws_for(crops, 50)
    worse = constructed_grades(crops, noise=0.3)
    test = summary(crops, every, split="test", graph_sha256="b" * 64, drawn=drawn)
    del test["graph_sha256"]
    shots = constructed_shots()
    scores = {
        c: [[s.severity[c] for s in shots if s.person == p and s.severity] for p in range(6)]
        for c in CONDITIONS
    }
    judged = [Judged("wood", 20, 20, {"no_face": 20}), Judged("drawing", 20, 18, {"no_face": 18})]
    card = {"performance": {**test, "photos": PHOTOS}}
    report: dict[str, Any] = {
        "schema": "gsh-evaluation/1",
        "split": "test",
        "package": {
            "name": "gsh-demonstrator", "version": "2.0.0", "title": "A network for tests",
            "demonstrator": True, "sha256": "a" * 64, "recipe": "standard@1", "size": 128,
            "window_mm": 40.0, "parameters": 1000, "int8": True, "intended_use": "Tests.",
            "limitations": "Tests only.",
        },
        "protocol": {
            "photos": PHOTOS, "people": PHOTOS, "other_cameras": PHOTOS, "retest_people": 6,
            "retest_photos": 4, "pictures": 20, "resamples": 50, "generated": True,
            "precision": "float32",
        },
        "test": test,
        "skin_tone": aspects.by_tone(crops, every, drawn),
        "camera": aspects.by_camera(
            {"good": (crops, every), "typical": (crops, every), "poor": (crops, worse)}, 50
        ),
        "calibration": aspects.calibration(
            every, drawn, worse, FITTED, pooling="log", fitzpatrick=crops.fitzpatrick
        ),
        "pooling": aspects.pooling_beside(every, worse, drawn),
        "intervals": aspects.interval_coverage(every, INTERVALS, crops.fitzpatrick, drawn),
        "baselines": {
            c: {
                "baseline": "brown",
                "network_auc": {"value": 0.9, "low": 0.85, "high": 0.95, "cases": PHOTOS},
                "baseline_auc": {"value": 0.7, "low": 0.6, "high": 0.8, "cases": PHOTOS},
                "difference": {"value": 0.2, "low": 0.1, "high": 0.3, "cases": PHOTOS},
                "beats": True,
            }
            for c in CONDITIONS
        },
        "precision": aspects.compare_precisions(
            every, constructed_grades(crops, noise=0.122), drawn
        ),
        "card": aspects.against_card(test, card, names=("balanced_accuracy", "weighted_kappa")),
        "repeatability": {**repeatability(scores, resamples=50), "photos": 23, "people": 6},
        "refusal": refusal(judged, shots),
        "ablation": constructed_ablation(),
        "speed": None,
        "provenance": PROVENANCE,
        **changes,
    }  # fmt: skip
    return {**report, "aims": aims_of(report, {"step-one": "The gain is within the noise."})}
