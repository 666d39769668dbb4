"""What is out of scope must be refused, and good photos kept.

Both are shares of photos that `assess_quality` refuses under the profile `normal`, the product's
default, with intervals by Wilson 1927. Good photos of one person are not independent, so the
interval of the loss is a little too narrow; it says so in the report.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.training.figures import wilson
from inference.training.shots import Shot
from participants.imaging.face import FaceFinder
from participants.imaging.profiles import PROFILES
from participants.imaging.quality import assess_quality

FIRST_SEED = 3_000_000  # of the pictures judged here; tests and the profile's choice use others
Draw = Callable[[str, int], NDArray[np.uint8]]  # kind and seed


@dataclass(frozen=True)
class Judged:
    """Pictures of one kind: how many, how many refused, and for what."""

    kind: str
    pictures: int
    refused: int
    reasons: dict[str, int]

    def as_dict(self) -> dict[str, Any]:
        """Return JSON-ready values, the commonest reason first."""
        ordered = sorted(self.reasons.items(), key=lambda item: (-item[1], item[0]))
        return {
            "kind": self.kind,
            "refused": wilson(self.refused, self.pictures),
            "reasons": [{"code": code, "count": count} for code, count in ordered],
        }


def judge_kinds(
    kinds: Sequence[str], draw: Draw, pictures: int, *, finder: FaceFinder | None = None
) -> Iterator[Judged]:
    """Judge that many pictures of each kind that shows no face to be scored."""
    finder = finder or FaceFinder()
    for kind in kinds:
        reasons: Counter[str] = Counter()
        refused = 0
        for k in range(pictures):
            picture = draw(kind, FIRST_SEED + k)
            report = assess_quality(
                picture, view="front", profile=PROFILES["normal"], finder=finder
            )
            refused += not report.accepted
            reasons.update({r.code for r in report.reasons if r.outcome == "reject"})
        yield Judged(kind, pictures, refused, dict(reasons))


def refusal(judged: Sequence[Judged], shots: Sequence[Shot]) -> dict[str, Any]:
    """Return how often what is out of scope was refused, and how many photos of faces were lost."""
    good = [shot for shot in shots if shot.difficulty == "good"]
    typical = [shot for shot in shots if shot.difficulty == "typical"]
    tones = {"I-II": (1, 2), "III-IV": (3, 4), "V-VI": (5, 6)}
    return {
        "kinds": [kind.as_dict() for kind in judged],
        "all": wilson(sum(kind.refused for kind in judged), sum(kind.pictures for kind in judged)),
        "lost": {
            "good": lost(good),
            "typical": lost(typical),
            "good_by_view": {
                view: lost([shot for shot in good if shot.view == view])
                for view in dict.fromkeys(shot.view for shot in good)
            },
            "good_by_tone": {
                tone: lost([shot for shot in good if shot.fitzpatrick in types])
                for tone, types in tones.items()
            },
        },
    }


def lost(shots: Sequence[Shot]) -> dict[str, Any]:
    """Return the share of photos refused, with the reasons."""
    reasons = Counter(code for shot in shots for code in shot.reasons)
    ordered = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    share = wilson(sum(not shot.accepted for shot in shots), len(shots))
    return {**share, "reasons": [{"code": code, "count": count} for code, count in ordered]}
