"""What pages show of scales."""

from dataclasses import dataclass

from inference.reading.forms import COEFFICIENTS
from inference.reading.models import Anchor, ReadingStudy, Scale
from inference.reading.scales import Kind


@dataclass(frozen=True)
class ScaleLine:
    """A scale with its pictures and the coefficient that is reported first, in words."""

    scale: Scale
    kind: str
    region: str
    primary: str
    anchors: list[Anchor]


def scale_lines(study: ReadingStudy) -> list[ScaleLine]:
    """The scales in their order."""
    rows = study.scales.select_related("condition").prefetch_related("anchors")
    return [
        ScaleLine(
            row,
            Kind(row.kind).label,
            row.region.replace("_", " "),
            COEFFICIENTS[row.primary],
            list(row.anchors.all()),
        )
        for row in rows
    ]
