"""One report of one package, from pictures drawn here: `evaluate_package`.

The plan, all on test people whom training and calibration never saw, with landmarks found by the
product's own finder, and float32 unless said:

1. photos by a typical phone, one a person: figures by condition, by tone, calibration, int8;
2. the first of these people again under a good and a poor camera;
3. others photographed again and again: repeatability, and whether good photos are kept;
4. pictures that show no face to be scored: whether they are refused.

Crops are kept as shards, probabilities and verdicts in a folder of the package, so what was cut
short goes on where it stopped.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.pipeline.network import Network
from inference.pipeline.recipe import get_recipe
from inference.training import aspects
from inference.training.aims import aims_of
from inference.training.baselines import against_baselines
from inference.training.beside import Beside, speed_of
from inference.training.crops import Crops, prepared
from inference.training.dataset import (
    CACHE,
    GENERATOR_SHA256,
    PHOTOS_PER_SHARD,
    Settings,
    crops_of,
)
from inference.training.evaluate import (
    EvaluationRefused,
    Graded,
    draws_for,
    graded_from,
    over_photos,
    summary,
)
from inference.training.figures import RESAMPLES
from inference.training.generator.camera import Difficulty
from inference.training.measure import crops_for
from inference.training.out_of_scope import KINDS, draw_out_of_scope
from inference.training.provenance import provenance
from inference.training.retest import repeatability
from inference.training.scope import judge_kinds, refusal
from inference.training.shots import Shot, take_shots

SCHEMA = "gsh-evaluation/1"
Say = Callable[[str], None]
Probabilities = dict[str, NDArray[np.float32]]


@dataclass(frozen=True)
class Plan:
    """How much is drawn."""

    photos: int = 300
    other_cameras: int = 100  # people photographed by a good and by a poor camera too
    people: int = 40  # photographed again and again
    repeats: int = 4  # photos of each from the front
    pictures: int = 10  # of each kind out of scope
    resamples: int = RESAMPLES
    workers: int = 1


QUICK = Plan(photos=4, other_cameras=4, people=1, repeats=2, pictures=1, resamples=100)


class Evaluation:
    """The state of one evaluation: the package, what is drawn, what is said of progress."""

    def __init__(self, package: Path, plan: Plan, *, cache: Path, say: Say) -> None:
        self.plan, self.say, self.cache = plan, say, cache
        self.network = Network(
            package, expected_sha256=None, threads=1, providers=["CPUExecutionProvider"],
            precision="float32",
        )  # fmt: skip
        self.card = self.network.card
        self.folder = cache / "evaluation" / self.network.sha256[:16]
        self.folder.mkdir(parents=True, exist_ok=True)

    def crops(self, difficulty: Difficulty, photos: int) -> Crops:
        """Return test photos' crops; few are drawn anew, many kept as shards."""
        self.say(f"Drawing {photos} test people, {difficulty} camera")
        size, window_mm = self.card.input.size, self.card.input.window_mm
        if photos < PHOTOS_PER_SHARD:
            settings = Settings(size, window_mm, difficulty, landmarks="found")
            return crops_of("test", range(photos), settings)
        return crops_for(
            "test",
            {"size": size, "window_mm": window_mm},
            photos,
            workers=self.plan.workers,
            difficulty=difficulty,
            cache=self.cache,
        )

    def probabilities(self, crops: Crops, network: Network) -> Probabilities:
        """Run the network over crops, or read what it said of the very same ones before."""
        path = self._known(crops, network)
        if path.exists():
            with np.load(path, allow_pickle=False) as stored:
                return {name: stored[name] for name in stored.files}
        self.say(f"Scoring {len(crops.pixels)} crops in {network.precision}")
        seen = prepared(crops, get_recipe(self.card.recipe))
        probabilities = network.predict(seen).probabilities
        part = path.with_suffix(".part")
        with part.open("wb") as file:
            np.savez(file, allow_pickle=False, **probabilities)
        part.replace(path)
        return probabilities

    def _known(self, crops: Crops, network: Network) -> Path:
        digest = hashlib.sha256(get_recipe(self.card.recipe).sha256.encode())
        for values in (crops.pixels, crops.skin, crops.noise, crops.gains, crops.area):
            digest.update(np.ascontiguousarray(values).tobytes())
        return self.folder / f"{network.precision}-{digest.hexdigest()[:16]}.npz"

    def grades(self, crops: Crops, each: Mapping[str, NDArray[Any]]) -> dict[str, Graded]:
        return graded_from(crops, over_photos(crops, each, self.card))

    def of_test(self) -> dict[str, Any]:
        """Return the sections that rest on photos by a typical camera."""
        crops = self.crops("typical", self.plan.photos)
        if crops.generators != (GENERATOR_SHA256,):
            self.say("Note: photos kept on disk were drawn by another generator than today's.")
        each = self.probabilities(crops, self.network)
        every, drawn = self.grades(crops, each), draws_for(crops, self.plan.resamples)
        before, fitted = self._before(crops, each)
        summarised = summary(crops, every, split="test", graph_sha256="", drawn=drawn)
        del summarised["graph_sha256"]
        return {
            "test": summarised,
            "skin_tone": aspects.by_tone(crops, every, drawn),
            "calibration": aspects.calibration(
                every,
                drawn,
                before,
                fitted,
                pooling=self.card.pooling.method if self.card.pooling else "arithmetic",
                fitzpatrick=crops.fitzpatrick,
            ),
            "pooling": (
                aspects.pooling_beside(every, before, drawn)
                if self.card.pooling and before
                else None
            ),
            "intervals": (
                aspects.interval_coverage(every, self.card.intervals, crops.fitzpatrick, drawn)
                if self.card.intervals
                else None
            ),
            "baselines": against_baselines(crops, every, drawn),
            "precision": self._int8(crops, every),
            "camera": self._cameras(crops, every),
            "card": aspects.against_card(
                summarised, self.card.raw, names=("balanced_accuracy", "weighted_kappa")
            ),
        }

    def _before(
        self, crops: Crops, each: Probabilities
    ) -> tuple[dict[str, Graded] | None, Mapping[str, Any] | None]:
        """Return grades without what was fitted, and what that is; None where nothing was.

        Of a card that pools by logarithms: the same crops by their arithmetic mean. Of an older
        one: without the temperature and shift its weights have in them.
        """
        fitted = self.card.raw.get("calibration")
        if self.card.pooling is not None:
            plain = self.card.model_copy(update={"pooling": None})
            return graded_from(crops, over_photos(crops, each, plain)), fitted
        if fitted:
            return self.grades(crops, aspects.uncalibrated(each, fitted)), fitted
        return None, None

    def _int8(self, crops: Crops, float32: Mapping[str, Graded]) -> dict[str, Any] | None:
        if not self.network.info.int8:
            return None
        fast = Network(
            self.network.path, expected_sha256=self.network.sha256, threads=1,
            providers=["CPUExecutionProvider"], precision="int8",
        )  # fmt: skip
        int8 = self.grades(crops, self.probabilities(crops, fast))
        return aspects.compare_precisions(float32, int8, draws_for(crops, self.plan.resamples))

    def _cameras(self, crops: Crops, typical: Mapping[str, Graded]) -> list[dict[str, Any]]:
        taken: dict[str, tuple[Crops, Mapping[str, Graded]]] = {}
        for camera in aspects.CAMERAS:
            if camera == "typical":
                taken[camera] = (crops, typical)
                continue
            others = self.crops(camera, min(self.plan.other_cameras, self.plan.photos))
            each = self.probabilities(others, self.network)
            taken[camera] = (others, self.grades(others, each))
        return aspects.by_camera(taken, self.plan.resamples)

    def shots(self) -> list[Shot]:
        """Photograph the other people."""
        taken: list[Shot] = []
        people, repeats = self.plan.people, self.plan.repeats
        for number, shots in enumerate(
            take_shots(people, repeats, network=self.network, cache=self.folder), start=1
        ):
            self.say(f"Photographed {number} of {people} people again")
            taken += shots
        return taken


def evaluate_package(
    package: Path,
    plan: Plan | None = None,
    *,
    split: str = "test",
    command: str = "",
    beside: Beside | None = None,
    cache: Path = CACHE,
    say: Say = lambda text: None,
) -> dict[str, Any]:
    """Measure a package and return its report, ready for JSON.

    `say` is told what is being done. Raises EvaluationRefused for any split but test (before
    anything is drawn), PackageRefused for a file that is no package.
    """
    if split != "test":
        raise EvaluationRefused(
            f"A report gives figures of the test split only, not of {split}: the others have been "
            "used to make the network."
        )
    plan, beside = plan or Plan(), beside or Beside()
    work = Evaluation(package, plan, cache=cache, say=say)
    sections = work.of_test()
    shots = work.shots()
    say("Drawing what is out of scope")
    judged = list(judge_kinds(KINDS, draw_out_of_scope, plan.pictures))
    report: dict[str, Any] = {
        "schema": SCHEMA,
        "split": split,
        "package": _package(work.network),
        "protocol": _protocol(plan, sections["test"]),
        **sections,
        "repeatability": _repeated(shots, work.network, plan),
        "refusal": refusal(judged, shots),
        "ablation": dict(beside.ablation) if beside.ablation else None,
        "speed": speed_of(beside.bench, f"{work.card.name} {work.card.version}"),
        "provenance": provenance(work.network, command=command, resamples=plan.resamples),
    }
    return {**report, "aims": aims_of(report, beside.why)}


def _package(network: Network) -> dict[str, Any]:
    card = network.card
    return {
        "name": card.name,
        "version": card.version,
        "title": card.title,
        "demonstrator": card.demonstrator,
        "sha256": network.sha256,
        "recipe": card.recipe,
        "size": card.input.size,
        "window_mm": card.input.window_mm,
        "parameters": network.info.parameters,
        "int8": network.info.int8,
        "intended_use": card.intended_use,
        "limitations": card.limitations,
    }


def _protocol(plan: Plan, test: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "photos": test["photos"],
        "people": test["identities"],
        "other_cameras": min(plan.other_cameras, plan.photos),
        "retest_people": plan.people,
        "retest_photos": plan.repeats,
        "pictures": plan.pictures,
        "resamples": plan.resamples,
        "generated": True,
        "precision": "float32",
    }


def _repeated(shots: list[Shot], network: Network, plan: Plan) -> dict[str, Any]:
    scored = [shot for shot in shots if shot.severity is not None]
    people = sorted({shot.person for shot in shots})
    scores = {
        condition: [
            [
                shot.severity[condition]
                for shot in scored
                if shot.person == person and shot.severity and condition in shot.severity
            ]
            for person in people
        ]
        for condition in network.card.conditions
    }
    repeated = repeatability(scores, resamples=plan.resamples)
    return {**repeated, "photos": len(scored), "people": len(people)}
