"""The report on real faces in short, as text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np


def lines(report: Mapping[str, Any]) -> str:
    """Return the report in short, as text."""
    head = f"{'':12}{'accuracy':>9}{'kappa':>7}{'AUC':>7}{'baseline':>9}{'bare':>7}"
    rows = [f"{report['people']} people, {report['pictures']} pictures", head]
    for condition, shown in report["painted"].items():
        values = (
            shown["balanced_accuracy"]["value"], shown["weighted_kappa"]["value"], shown["auc"],
            shown["baseline_auc"], shown["bare"],
        )  # fmt: skip
        cells = ("-" if value is None else f"{value:.2f}" for value in values)
        rows.append(f"{condition:12}" + "".join(f"{c:>{w}}" for c, w in zip(
            cells, (9, 7, 7, 9, 7), strict=True)))  # fmt: skip
    for group in ("alike", "stability", "unseen"):
        rows += [
            f"{name:22} moved by {shown['mean_absolute']} points (mean of the conditions)"
            for name, shown in report[group].items()
        ]
    if mirrored := report.get("mirror"):
        far = [shown["face"] for shown in mirrored["rms"].values()]
        spread = mirrored["repeats_sd"]
        rows.append(
            f"mirror images of a face differ by {float(np.mean(far)):.1f} points RMS (mean of the "
            f"conditions); two phones by an SD of {spread['without']}, averaged over mirror images "
            f"{spread['with']}"
        )
    return "\n".join(rows)
