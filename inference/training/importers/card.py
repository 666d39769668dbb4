"""The mapping card: what a data set's tables mean here, checked before a picture is opened.

Written in YAML; every error names the card's file and line. docs/training-data.md explains each
field. `card.schema.json` is what `python -m inference.training.importers.card` makes of the models.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import ConfigDict, Field, ValidationError
from pydantic import model_validator as check

from inference.training.importers.errors import CardInvalid
from inference.training.importers.lines import Place, load_yaml
from inference.training.importers.meanings import LabelRule, Readings
from inference.training.importers.parts import (
    Layout,
    Licence,
    Person,
    PictureRule,
    Scale,
    Splits,
    Text,
    Tone,
)
from participants.imaging.strict_model import Among, Fault, Many, Maybe, Strict, faults, published

CARDS = Path(__file__).with_name("cards")


@dataclass(frozen=True)
class Source:
    """The file a card was read from: its hash, all it says, and on which line."""

    path: Path
    sha256: str
    raw: Mapping[str, Any]
    lines: Mapping[Place, int]

    def invalid(self, message: str, place: Place) -> CardInvalid:
        while place and place not in self.lines:
            place = place[:-1]
        return CardInvalid(self.path, self.lines.get(place, 1), message)


class MappingCard(Strict):
    """A checked card; `raw` is all of it, `sha256` that of its file."""

    model_config = ConfigDict(
        title="Mapping card: how a folder of pictures with tables becomes training data",
        json_schema_extra={"oneOf": [{"required": ["labels"]}, {"required": ["readings"]}]},
    )
    _source: Source

    schema_: Annotated[str, Among(("gsh-mapping/1",)), Field(alias="schema")]
    name: Annotated[str, Field(pattern="^[a-z0-9][a-z0-9-]{1,62}$")]
    title: Text
    url: Maybe[Text] = None
    citation: Text
    notes: Maybe[Text] = None
    licence: Licence
    layout: Layout
    person: Person
    labels: Annotated[Many[LabelRule], Field(min_length=1)] = ()
    readings: Maybe[Readings] = None
    tone: Tone = Tone()
    picture: PictureRule
    splits: Splits = Splits()

    @property
    def path(self) -> Path:
        return self._source.path

    @property
    def sha256(self) -> str:
        return self._source.sha256

    @property
    def raw(self) -> Mapping[str, Any]:
        return self._source.raw

    @property
    def tones(self) -> dict[str, Scale]:
        """The scales tone is graded on, by their names."""
        return {name: scale for name, scale in self.tone if scale is not None}

    def invalid(self, message: str, *place: str | int) -> CardInvalid:
        """Return the error of a place in the card; the nearest line known is named."""
        return self._source.invalid(message, place)

    @check(mode="after")
    def _check_sense(self) -> MappingCard:
        if bool(self.labels) == bool(self.readings):
            raise ValueError("the card needs either labels or readings, and not both")
        return self


def read_card(path: Path | str) -> MappingCard:
    """Read and check a card from a file, or one that ships here by its name (`scin`).

    Raises CardInvalid.
    """
    shipped = CARDS / f"{path}.yaml"
    path = shipped if "/" not in str(path) and shipped.exists() else Path(path)
    raw, lines = load_yaml(path)
    source = Source(path, hashlib.sha256(path.read_bytes()).hexdigest(), raw, lines)
    try:
        card = MappingCard.model_validate(raw)
    except ValidationError as error:
        problems = faults(error, raw)
        place = max(problems, key=lambda fault: len(fault.place)).place
        words = "; ".join([fault.words for fault in problems if fault.place == place][:4])
        raise source.invalid(str(Fault(place, words)), place) from None
    card._source = source
    return card


if __name__ == "__main__":
    sys.stdout.write(published(MappingCard))
