"""The model card: what a package says of itself, checked against `card.schema.json`.

The card is a JSON object under the key `gsh_card` in the ONNX file's metadata.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from inference.pipeline.errors import PackageRefused
from inference.pipeline.recipe import RECIPES

CARD_KEY = "gsh_card"
SCHEMA_PATH = Path(__file__).with_name("card.schema.json")
MAX_CARD_BYTES = 256 * 1024


@dataclass(frozen=True)
class CardInput:
    """The network's input: float32 (N, 3, size, size), `(pixels / 255 - mean) / std`."""

    name: str
    size: int
    window_mm: float
    colour_order: str
    mean: tuple[float, float, float]
    std: tuple[float, float, float]


@dataclass(frozen=True)
class CardOutput:
    """One condition's output: float32 (N, K); `map`, when given, (N, K, h, w) of the same kind."""

    condition: str
    name: str
    kind: str  # logits or probabilities
    grades: tuple[str, ...]  # K names, from none to the worst
    map: str | None
    regions: tuple[str, ...]


@dataclass(frozen=True)
class Card:
    """A checked card; `raw` is the whole of it as written."""

    name: str
    version: str
    title: str
    demonstrator: bool
    intended_use: str
    limitations: str
    licence: str
    recipe: str
    input: CardInput
    outputs: tuple[CardOutput, ...]
    raw: Mapping[str, Any]

    @property
    def conditions(self) -> tuple[str, ...]:
        return tuple(output.condition for output in self.outputs)

    @property
    def regions(self) -> tuple[str, ...]:
        """Every region any condition is read in, in the order first named."""
        return tuple(dict.fromkeys(code for output in self.outputs for code in output.regions))


@cache
def card_schema() -> dict[str, Any]:
    """Return the JSON schema every card is checked against."""
    schema: dict[str, Any] = json.loads(SCHEMA_PATH.read_text(encoding="utf-8"))
    return schema


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
    if len(text.encode()) > MAX_CARD_BYTES:
        raise PackageRefused("broken-card", "The model card is larger than 256 KiB.")
    try:
        raw = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise PackageRefused("broken-card", f"The model card is not valid JSON: {error}.") from None
    if not isinstance(raw, dict):
        raise PackageRefused("broken-card", "The model card must be a JSON object.")
    _check_schema(raw)
    card = _build(raw)
    _check_sense(card)
    return card


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number JSON knows")


def _check_schema(raw: dict[str, Any]) -> None:
    errors = sorted(
        Draft202012Validator(card_schema()).iter_errors(raw), key=lambda e: list(map(str, e.path))
    )
    if errors:
        told = "; ".join(f"{_place(error.absolute_path)}: {error.message}" for error in errors[:4])
        more = f" (and {len(errors) - 4} more)" if len(errors) > 4 else ""
        raise PackageRefused("incomplete-card", f"The model card is not complete: {told}{more}.")


def _place(path: Any) -> str:
    return ".".join(str(part) for part in path) or "card"


def _build(raw: dict[str, Any]) -> Card:
    given = raw["input"]
    outputs = tuple(
        CardOutput(
            condition=item["condition"],
            name=item["name"],
            kind=item["kind"],
            grades=tuple(item["grades"]),
            map=item.get("map"),
            regions=tuple(item["regions"]),
        )
        for item in raw["outputs"]
    )
    return Card(
        name=raw["name"],
        version=raw["version"],
        title=raw["title"],
        demonstrator=raw["demonstrator"],
        intended_use=raw["intended_use"],
        limitations=raw["limitations"],
        licence=raw["licence"],
        recipe=raw["recipe"],
        input=CardInput(
            name=given["name"],
            size=given["size"],
            window_mm=float(given["window_mm"]),
            colour_order=given["colour_order"],
            mean=tuple(given["mean"]),
            std=tuple(given["std"]),
        ),
        outputs=outputs,
        raw=raw,
    )


def _check_sense(card: Card) -> None:
    """What a schema cannot say."""
    if len(set(card.conditions)) != len(card.conditions):
        raise PackageRefused("incomplete-card", "The card gives two outputs for one condition.")
    names = [o.name for o in card.outputs] + [o.map for o in card.outputs if o.map]
    if len(set(names)) != len(names):
        raise PackageRefused("incomplete-card", "The card gives one output name twice.")
    if card.recipe not in RECIPES:
        raise PackageRefused(
            "incomplete-card",
            f"recipe: there is no recipe {card.recipe!r} here; there are {', '.join(RECIPES)}.",
        )
    figures = card.raw["performance"]["conditions"]
    missing = [condition for condition in card.conditions if condition not in figures]
    if missing:
        raise PackageRefused(
            "incomplete-card", f"performance: no measured figures for {', '.join(missing)}."
        )
    if card.raw["training"]["generated"] and not card.demonstrator:
        raise PackageRefused(
            "incomplete-card",
            "demonstrator: weights trained on generated skin are a demonstrator; the card must "
            "say so.",
        )
