"""The parts of a mapping card that say where the data lies, whose it is, what is pictured."""

from __future__ import annotations

import math
import re
from typing import Annotated, Any, ClassVar, TypeAlias

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field
from pydantic import model_validator as check

from participants.imaging.strict_model import WHOLE, Among, Different, Many, Maybe, Strict, Wrong

SPLITS = ("train", "validation", "test")
RESTRICTED = re.compile(r"\bNC\b|non-?commercial|academic|research[- ]only", re.IGNORECASE)


def _text_of(value: Any) -> Any:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


Text: TypeAlias = Annotated[str, Field(min_length=1, max_length=4000)]
Names: TypeAlias = Annotated[Many[Text], Field(min_length=1), Different()]
Cell: TypeAlias = Annotated[str, BeforeValidator(_text_of, json_schema_input_type=str | float)]
Filter: TypeAlias = dict[str, Annotated[Many[Cell], Field(min_length=1)]]
GivenFilter: TypeAlias = Annotated[Filter, Field(min_length=1)]
Delimiter: TypeAlias = Annotated[str, Among(("comma", "semicolon", "tab", "whitespace"))]
GivenSplit: TypeAlias = Annotated[str, Among((*SPLITS, "train+validation"))]
Share: TypeAlias = Annotated[float, Field(ge=0, le=1)]


class Licence(Strict):
    """Under what terms the data may be used; repeated wherever the data is named."""

    name: Text
    url: Text = ""
    terms: Text
    non_commercial: bool

    @check(mode="after")
    def _check_sense(self) -> Licence:
        if RESTRICTED.search(self.name) and not self.non_commercial:
            problem = "its name restricts commercial use; say non_commercial: true"
            raise Wrong(problem, "non_commercial")
        return self


class TableFile(Strict):
    """A file of rows whose first line names the columns."""

    file: Text
    delimiter: Delimiter = "comma"

    @property
    def table(self) -> Table:
        return Table(file=self.file, delimiter=self.delimiter)


class Table(TableFile):
    """One file of rows; `columns` when it has no header; `split` when all its rows belong to it."""

    columns: Maybe[Names] = None
    split: Maybe[GivenSplit] = None


class Joined(TableFile):
    """A second table with one row for the same value of the column `on`, which both have."""

    on: Text


class ImageRule(Strict):
    """Where a row's picture lies, relative to the folder: `images/{column}.jpg`."""

    path: Annotated[str, Field(pattern=r"\{[^{}]+\}")]
    keep: GivenFilter = {}


class Layout(Strict):
    """What lies where, and which rows and pictures count."""

    tables: Annotated[Many[Table], Field(min_length=1)]
    join: Many[Joined] = ()
    images: Annotated[Many[ImageRule], Field(min_length=1)]
    keep: GivenFilter = {}
    drop: GivenFilter = {}


def _one_group(pattern: str) -> str:
    try:
        groups = re.compile(pattern).groups
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"is no regular expression: {error}") from None
    if not groups:
        raise ValueError("has no bracket to find the person in")
    return pattern


class Person(Strict):
    """Whose picture it is: a column, the first bracket of a pattern of its path, or unknown."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    column: Maybe[Text] = None
    pattern: Maybe[Annotated[str, AfterValidator(_one_group)]] = None
    unknown: Maybe[bool] = None

    @check(mode="after")
    def _check_sense(self) -> Person:
        if len(self.model_fields_set) != 1:
            raise ValueError("needs one of column, pattern and unknown")
        if self.unknown is False:
            raise Wrong("must be true or left out", "unknown")
        return self


class Scale(Strict):
    """Columns with the same person's tone, and what their values are on the scale (0 unknown)."""

    highest: ClassVar[int] = 10

    columns: Names
    values: Maybe[
        Annotated[dict[str, Annotated[int, Field(ge=0, le=10), WHOLE]], Field(min_length=1)]
    ] = None

    @check(mode="after")
    def _check_sense(self) -> Scale:
        if self.values and max(self.values.values()) > self.highest:
            raise Wrong(f"the scale ends at {self.highest}", "values")
        return self


class Fitzpatrick(Scale):
    """Fitzpatrick's types, I to VI."""

    highest: ClassVar[int] = 6


class Tone(Strict):
    """The scales the data grades tone on."""

    fitzpatrick: Maybe[Fitzpatrick] = None
    monk: Maybe[Scale] = None


class PictureRule(Strict):
    """What kind of pictures they are and how crops are cut out of them."""

    kind: Annotated[str, Among(("face", "close_up"))]
    view: Annotated[str, Among(("auto", "front", "left", "right"))] = "auto"
    view_column: Maybe[Text] = None
    mirrored: bool = False
    without_face: Annotated[str, Among(("skip", "close_up"))] = "skip"
    # of a whole close-up, when it is known
    width_mm: Maybe[Annotated[float, Field(ge=5, le=2000)]] = None

    @check(mode="after")
    def _check_sense(self) -> PictureRule:
        if self.width_mm is not None and self.kind == "face":
            raise Wrong("is for close-ups; a face brings its own scale", "width_mm")
        return self


class Shares(Strict):
    """Which part of the people each split gets, where the data does not say."""

    train: Share
    validation: Share
    test: Share

    @check(mode="after")
    def _check_sense(self) -> Shares:
        if not math.isclose(self.train + self.validation + self.test, 1.0, abs_tol=1e-6):
            raise ValueError("must add up to 1")
        return self


class Splits(Strict):
    """Into which split a person goes: by a column of the data, or by chance."""

    model_config = ConfigDict(
        json_schema_extra={"dependentRequired": {"column": ["values"], "values": ["column"]}}
    )

    shares: Shares = Shares(train=0.8, validation=0.1, test=0.1)
    column: Maybe[Text] = None
    values: Annotated[dict[str, GivenSplit], Field(min_length=1)] = {}

    @check(mode="after")
    def _check_sense(self) -> Splits:
        if (self.column is None) != (not self.values):
            raise ValueError("column and values are given together")
        return self
