"""Which comparison of the trial of step one decides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

STEP_ONE, NO_STEP = "standard+augmentation", "raw+augmentation"
STEP_METRIC, STEP_CAMERA = "mean_balanced_accuracy", "typical"


def comparison_of(ablation: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the comparison that decides: the whole recipe against none, both augmented."""
    return next(
        (
            compared
            for compared in ablation["comparisons"]
            if (compared["arm"], compared["against"]) == (STEP_ONE, NO_STEP)
            and (compared["metric"], compared["split"]) == (STEP_METRIC, STEP_CAMERA)
        ),
        None,
    )
