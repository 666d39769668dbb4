"""The model card: what a package says of itself.

The card is a JSON object under the key `gsh_card` in the ONNX file's metadata. `card.schema.json`
is what `python -m inference.pipeline.card` makes of the models here.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic import ModelWrapValidatorHandler as Handler

from inference.pipeline.assessed import CONDITIONS, REGION_CODES
from inference.pipeline.errors import PackageRefused
from inference.pipeline.recipe import RECIPES
from participants.imaging.strict_json import read_json
from participants.imaging.strict_model import (
    WHOLE,
    Among,
    Different,
    Many,
    Maybe,
    Strict,
    Wrong,
    in_words,
    published,
)

CARD_KEY = "gsh_card"
MAX_CARD_BYTES = 256 * 1024
NAME = r"^[a-z0-9][a-z0-9-]{1,62}$"
VERSION = r"^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-[0-9A-Za-z.-]+)?$"

Text: TypeAlias = Annotated[str, Field(min_length=1)]
Line: TypeAlias = Annotated[str, Field(min_length=1, max_length=200)]
Condition: TypeAlias = Annotated[str, Among(CONDITIONS)]
Points: TypeAlias = Annotated[float, Field(ge=0, le=100)]
Bound: TypeAlias = Annotated[float, Field(ge=-1, le=1)] | None
Shift: TypeAlias = Annotated[float, Field(ge=-30, le=30)]


def _known(recipe: str) -> str:
    if recipe not in RECIPES:
        raise ValueError(f"there is no recipe {recipe!r} here; there are {', '.join(RECIPES)}")
    return recipe


class Open(Strict):
    """An object that may say more than is asked."""

    model_config = ConfigDict(extra="allow")


class CardInput(Strict):
    """The network's input: float32 (N, 3, size, size), `(pixels / 255 - mean) / std`."""

    name: Text
    size: Annotated[int, Field(ge=16, le=512), WHOLE]
    window_mm: Annotated[float, Field(ge=5, le=200)]
    layout: Annotated[str, Among(("NCHW",))]
    colour_order: Annotated[str, Among(("RGB", "BGR"))]
    mean: Annotated[Many[float], Field(min_length=3, max_length=3)]
    std: Annotated[Many[Annotated[float, Field(gt=0)]], Field(min_length=3, max_length=3)]


class CardOutput(Strict):
    """One condition's output: float32 (N, K); `map`, when given, (N, K, h, w) of the same kind."""

    condition: Condition
    name: Text
    kind: Annotated[str, Among(("logits", "probabilities"))]
    # K names, from none to the worst
    grades: Annotated[Many[Text], Field(min_length=2, max_length=10), Different()]
    map: Text | None = None
    regions: Annotated[Many[Annotated[str, Among(REGION_CODES)]], Field(min_length=1), Different()]


class Training(Open):
    """What the weights were trained on; `generated` says that some of it was generated skin."""

    data: Text
    generated: bool


class Figure(Open):
    """A measured figure with the bounds of its interval; null: it could not be computed."""

    value: Bound
    low: Bound
    high: Bound
    cases: Maybe[Annotated[int, Field(ge=0), WHOLE]] = None


class Figures(Open):
    """What was measured of one condition."""

    __pydantic_extra__: dict[str, Figure] = Field(init=False)
    balanced_accuracy: Figure
    weighted_kappa: Figure


class Performance(Open):
    """What was measured on the test split, by condition."""

    split: Annotated[str, Among(("test",))]
    note: Maybe[str] = None
    conditions: dict[str, Figures]


class Agreement(Open):
    """How far int8 scores are from float32, in points of severity, over the crops named."""

    severity_mean_abs: Points
    severity_max_abs: Points
    grade_agreement: Annotated[float, Field(ge=0, le=1)]
    crops: Annotated[int, Field(ge=1), WHOLE]


class Int8(Open):
    """The package carries its network as static int8 too (metadata key gsh_int8)."""

    agreement: Agreement


class Calibration(Open):
    """Fitted on validation people and in the weights already: logits x temperature + shift."""

    temperature: Annotated[float, Field(gt=0)]
    shift: Annotated[Many[float], Field(min_length=2, max_length=10)]


class Sharpening(Strict):
    """Applied to pooled probabilities: `log p' = temperature * log p + shift`, a shift a grade."""

    temperature: Annotated[float, Field(gt=0, le=20)]
    shift: Annotated[Many[Shift], Field(min_length=2, max_length=10)]


class Focal(Strict):
    """From `low` to `high` nats of divergence a face passes from the pool to its regions' mean."""

    low: Annotated[float, Field(ge=0, le=10)]
    high: Annotated[float, Field(gt=0, le=10)]


class Pooling(Strict):
    """How crops make a region's and the face's probabilities; without it, their arithmetic mean.

    `log`: the area-weighted geometric mean of probabilities not below `floor`, then sharpened;
    where the regions contradict each other (`focal`), the face is their mean.
    """

    method: Annotated[str, Among(("log",))]
    floor: Annotated[float, Field(gt=0, lt=0.25)]
    people: Annotated[int, Field(ge=1), WHOLE, Field(description="Validation people.")]
    face: dict[Condition, Sharpening]
    region: dict[Condition, Sharpening]
    focal: dict[Condition, Focal]


class Reach(Strict):
    """From `below` times the spread and margin under a severity to `above` times over it."""

    below: Annotated[float, Field(ge=0, le=1000)]
    above: Annotated[float, Field(ge=0, le=1000)]
    margin: Annotated[float, Field(gt=0, le=100)]


class Intervals(Strict):
    """The interval of each severity: it holds the true one in `coverage` of cases."""

    coverage: Annotated[float, Field(ge=0.5, le=0.999)]
    people: Annotated[int, Field(ge=1), WHOLE]
    face: dict[Condition, Reach]
    region: dict[Condition, Reach]


class Spread(Strict):
    """Within-person standard deviation of repeated photos, points of severity."""

    sd: Points
    people: Annotated[int, Field(ge=2), WHOLE]
    photos: Annotated[int, Field(ge=4), WHOLE]


class Repeats(Strict):
    """How far scores of unchanged skin lie apart, over the face and by region."""

    face: Spread
    regions: dict[Annotated[str, Among(REGION_CODES)], Spread]


class Repeatability(Strict):
    """Independent photos of the same unchanged skin, and how far their scores lie apart."""

    data: Line
    conditions: dict[Condition, Repeats]


class Card(Strict):
    """A checked card; `raw` is the whole of it as written."""

    model_config = ConfigDict(title="Model card of a Global Skin Health model package")
    _raw: dict[str, Any]

    schema_: Annotated[str, Among(("gsh-card/1",)), Field(alias="schema")]
    name: Annotated[str, Field(pattern=NAME)]
    version: Annotated[str, Field(pattern=VERSION, max_length=40)]
    title: Line
    description: Maybe[Annotated[str, Field(max_length=4000)]] = None
    demonstrator: bool
    intended_use: Annotated[str, Field(min_length=1, max_length=2000)]
    limitations: Annotated[str, Field(min_length=1, max_length=4000)]
    licence: Line
    recipe: Annotated[str, Field(pattern="^[a-z0-9-]+@[0-9]+$"), AfterValidator(_known)]
    input: CardInput
    outputs: Annotated[Many[CardOutput], Field(min_length=1, max_length=32)]
    training: Training
    performance: Performance
    int8: Maybe[Int8] = None
    calibration: Maybe[dict[Condition, Calibration]] = None
    # What is not there leaves scoring as it was before there was such an entry.
    mirror: Annotated[
        Maybe[bool], Field(description="Each crop is read with its mirror image, and averaged.")
    ] = None
    pooling: Maybe[Pooling] = None
    intervals: Maybe[Intervals] = None
    repeatability: Maybe[Repeatability] = None

    @property
    def conditions(self) -> tuple[str, ...]:
        return tuple(output.condition for output in self.outputs)

    @property
    def regions(self) -> tuple[str, ...]:
        """Every region any condition is read in, in the order first named."""
        return tuple(dict.fromkeys(code for output in self.outputs for code in output.regions))

    @property
    def raw(self) -> Mapping[str, Any]:
        return self._raw

    @model_validator(mode="wrap")
    @classmethod
    def _keep(cls, raw: Any, handler: Handler[Card]) -> Card:
        card = handler(raw)
        card._raw = raw
        return card

    @model_validator(mode="after")
    def _check_sense(self) -> Card:
        """What a schema cannot say."""
        if len(set(self.conditions)) < len(self.outputs):
            raise Wrong("there are two outputs for one condition", "outputs")
        names = [o.name for o in self.outputs] + [o.map for o in self.outputs if o.map]
        if len(set(names)) < len(names):
            raise Wrong("one output name is given twice", "outputs")
        missing = [name for name in self.conditions if name not in self.performance.conditions]
        if missing:
            raise Wrong(f"no measured figures for {', '.join(missing)}", "performance")
        self._check_pooling()
        if self.training.generated and not self.demonstrator:
            demonstrator = (
                "weights trained on generated skin are a demonstrator; the card must say so"
            )
            raise Wrong(demonstrator, "demonstrator")
        return self

    def _check_pooling(self) -> None:
        grades = {output.condition: len(output.grades) for output in self.outputs}
        for scope in ("face", "region"):
            fitted: dict[str, Sharpening] = getattr(self.pooling, scope, {})
            for condition, pooling in fitted.items():
                wanted = grades.get(condition, len(pooling.shift))
                if len(pooling.shift) != wanted:
                    problem = f"{wanted} grades need as many shifts, not {len(pooling.shift)}"
                    raise Wrong(problem, "pooling", scope, condition, "shift")
        for condition, focal in (self.pooling.focal if self.pooling else {}).items():
            if focal.low >= focal.high:
                raise Wrong("low must lie below high", "pooling", "focal", condition)


def parse_card(text: str | None) -> Card:
    """Read and check a card's JSON text.

    Raises PackageRefused: no-card, broken-card (not a JSON object), incomplete-card (against the
    schema, or against itself), each naming the place in the card.
    """
    if text is None or not text.strip():
        raise PackageRefused(
            "no-card",
            f"The file carries no model card. Put the card's JSON under {CARD_KEY!r} in the "
            "file's metadata.",
        )
    if len(text.encode(errors="replace")) > MAX_CARD_BYTES:
        raise PackageRefused("broken-card", "The model card is larger than 256 KiB.")
    try:
        raw = read_json(text)
    except ValueError as error:
        raise PackageRefused("broken-card", f"The model card is not valid JSON: {error}.") from None
    if not isinstance(raw, dict):
        raise PackageRefused("broken-card", "The model card must be a JSON object.")
    try:
        return Card.model_validate(raw)
    except ValidationError as error:
        problem = in_words(error, raw)
        message = f"The model card is not complete: {problem}."
        raise PackageRefused("incomplete-card", message) from None


if __name__ == "__main__":
    sys.stdout.write(published(Card))
