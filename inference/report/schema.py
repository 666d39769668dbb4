"""Whether a report is one: checked before it is written or shown.

`report.schema.json` is what `python -m inference.training.report.schema` makes of the models here.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias, TypeVar

from pydantic import ConfigDict, FailFast, Field, ValidationError

from participants.imaging.strict_model import WHOLE, Among, Many, Maybe, Strict, in_words, published

T = TypeVar("T")
Sha256: TypeAlias = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Count: TypeAlias = Annotated[int, Field(ge=0), WHOLE]
# A report has up to 8 MiB: of a long list only the first thing amiss is told.
Several: TypeAlias = Annotated[Many[T], FailFast()]
TestOnly: TypeAlias = Annotated[str, Among(("test",))]


class NotAReport(Exception):  # noqa: N818 - a refusal is named for what it says
    """This JSON is no evaluation report."""


class Part(Strict):
    """An object that may say more than is asked."""

    model_config = ConfigDict(extra="allow")


class Figure(Part):
    value: float | None
    low: float | None
    high: float | None
    cases: Count


class Package(Part):
    name: Any
    version: Any
    title: Any
    demonstrator: bool
    sha256: Sha256
    recipe: Any
    int8: Any


class Protocol(Part):
    """How much was drawn; photos counts those in which a face was found."""

    photos: Any
    people: Any
    retest_people: Any
    retest_photos: Any
    pictures: Any
    resamples: Any
    generated: Any
    precision: Any


class Aim(Part):
    code: Any
    short: Any
    title: Any
    aim: Any
    value: Annotated[float | None, Field(description="null: not measured")]
    limit: Any
    unit: Any
    least: Annotated[bool, Field(description="The limit is to be reached, else kept to.")]
    met: bool | None
    missed_by: float | None
    detail: Any
    why: Annotated[str, Field(description="Added by hand, without figures.")]


class OfCondition(Part):
    __pydantic_extra__: dict[str, Figure] = Field(init=False)
    balanced_accuracy: Figure
    weighted_kappa: Figure
    presence_accuracy: Figure
    grade_accuracy: Figure
    sensitivity: Figure
    specificity: Figure


class Test(Part):
    """Photos of one typical phone camera, one of each person."""

    split: TestOnly
    photos: Any
    identities: Any
    photos_without_a_face_found: Any
    generator_sha256: Any
    conditions: dict[str, OfCondition]
    severity_error: Annotated[
        dict[str, Figure], Field(description="Mean absolute error of severity, points.")
    ]
    mean_absolute_severity_error: Any
    confusion: Annotated[
        dict[str, Several[Several[Count]]],
        Field(description="Photos by true grade (row) and given grade (column)."),
    ]
    not_assessable: dict[str, Annotated[int, WHOLE]]
    by_skin_tone: Any


class Group(Part):
    photos: Count
    mean_balanced_accuracy: Figure
    mean_weighted_kappa: Figure
    conditions: Any


class Tone(Part):
    groups: Several[Group]
    gap_balanced_accuracy: Figure
    gap_kappa: Figure


class Tones(Part):
    __pydantic_extra__: dict[str, Tone] = Field(init=False)
    fitzpatrick: Tone


class Bin(Part):
    bin: Any
    confidence: Any
    right: Any
    count: Any


class KindOfCalibration(Part):
    ece: Figure
    ece_debiased: Annotated[
        Maybe[float], Field(description="Less what chance adds to it (Kumar 2019).")
    ] = None
    ece_if_perfect: Annotated[float, Field(description="What chance alone would show.")]
    curve: Several[Bin]


class CalibrationWhen(Part):
    conditions: Any
    top: KindOfCalibration
    presence: KindOfCalibration


class Calibration(Part):
    """Expected calibration error (Guo 2017) of the likeliest grade (top) and of presence."""

    bins: Annotated[int, Field(ge=15, le=15), WHOLE]
    fitted: dict[str, Any] | None
    after: CalibrationWhen
    before: CalibrationWhen | None
    pooling: Annotated[Maybe[str], Field(description="How a photo's crops are pooled.")] = None
    by_tone: Any = None


class Compared(Part):
    """The network's AUC of presence beside that of two lines of arithmetic on the same photos."""

    baseline: Any
    network_auc: Figure
    baseline_auc: Figure
    difference: Figure
    beats: bool | None


class Coverage(Part):
    """How often the interval of a severity held the true one; `width` in points."""

    held: Figure
    width: Any


class Intervals(Part):
    """Measured coverage of the severities' intervals, or null when the card fits none."""

    coverage: Any
    all: Figure
    conditions: dict[str, Coverage]
    by_tone: Any


class Repeatability(Part):
    """Within-subject standard deviation of severity (Bland and Altman 1996), points."""

    conditions: dict[str, Figure]
    all: Figure
    coefficient: Any
    photos: Any
    people: Any


class Refused(Part):
    kind: Any
    refused: Figure
    reasons: Any


class Lost(Part):
    good: Figure
    typical: Figure
    good_by_view: Any
    good_by_tone: Any


class Refusal(Part):
    kinds: Several[Refused]
    all: Figure
    lost: Lost


class Precision(Part):
    """int8 less float32 on the same photos; null when the package carries no int8."""

    conditions: Any
    severity_mean: Any
    severity_95: Any
    severity_max: Any


class Ablation(Part):
    """What inference.training.ablation wrote, or null."""

    arms: Any
    comparisons: Any


class Speed(Part):
    """From make bench, or null."""

    ratio: Any
    photos: Any
    processor: Any
    cores: Any
    load: Any
    networks: Any


class OnTheCard(Part):
    """How far the figures on the package's card lie from these."""

    photos: Any
    same_photos: Any
    largest_difference: Any


class Provenance(Part):
    command: Any
    package_sha256: Sha256
    graph_sha256: Sha256
    generator_sha256: Sha256
    bootstrap: Any
    runtime: Any
    machine: Any


class Report(Strict):
    """Written by manage.py evaluate_model. Shares are 0 to 1, severities in points (0 to 100),
    intervals 95%."""

    model_config = ConfigDict(title="Evaluation report of a Global Skin Health model package")

    schema_: Annotated[str, Among(("gsh-evaluation/1",)), Field(alias="schema")]
    split: Annotated[TestOnly, Field(description="Figures of other splits are refused.")]
    package: Package
    protocol: Protocol
    aims: Annotated[Several[Aim], Field(min_length=10)]
    test: Test
    skin_tone: Tones
    camera: Annotated[
        Several[Group],
        Field(description="The same people under a good, a typical and a poor camera."),
    ]
    calibration: Calibration
    pooling: Annotated[
        Any, Field(description="Figures as pooled (after) and by the arithmetic mean (before).")
    ] = None
    intervals: Intervals | None = None
    baselines: Maybe[dict[str, Compared]] = None
    repeatability: Repeatability
    refusal: Refusal
    precision: Precision | None
    ablation: Ablation | None
    speed: Speed | None
    card: OnTheCard
    provenance: Provenance


def check_report(report: Mapping[str, Any]) -> None:
    """Raises NotAReport with the first places that are not as they should be."""
    try:
        Report.model_validate(report)
    except ValidationError as error:
        problem = in_words(error, report)
        raise NotAReport(f"This is no evaluation report: {problem}.") from None


if __name__ == "__main__":
    sys.stdout.write(published(Report))
