"""What is told from outside, in JSON or YAML: checked by a model, refused in words.

A model is a subclass of `Told`. What does not fit it comes as `Fault`s: a place in what was given
(`outputs[2].grades`) and what is amiss there, in our own words.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    Tag,
    ValidationError,
)
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import CoreSchema, ErrorDetails, core_schema

T = TypeVar("T")
Place: TypeAlias = tuple[str | int, ...]
SHOWN = 80  # characters of a value in a message
WIDTH = 96  # of a line of a published schema


# --- What models are made of -------------------------------------------------------------------


class Strict(BaseModel):
    """A model of something told: types exactly as said, nothing unknown, nothing changed later."""

    model_config = ConfigDict(
        strict=True, frozen=True, extra="forbid", allow_inf_nan=False, defer_build=True
    )


class _NotNull:
    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        schema = handler(source)
        return schema["schema"] if schema["type"] == "nullable" else schema


@dataclass(frozen=True)
class Among:
    """One of these texts."""

    names: tuple[str, ...]

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.literal_schema(list(self.names))


@dataclass(frozen=True)
class Written:
    """Told in another form than it is kept in; `kept` makes one of the other."""

    form: Any
    kept: Callable[[Any], Any]

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        form = handler.generate_schema(self.form)
        return core_schema.no_info_after_validator_function(self.kept, form)


class Different:
    """A list that has nothing twice."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(_different, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {**handler(schema), "uniqueItems": True}


def _different(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(set(values)) < len(values):
        raise ValueError(f"{shown(Counter(values).most_common(1)[0][0])} is given twice")
    return values


def _integer(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _kind(value: Any) -> str:
    if isinstance(value, str):
        return "‹text›"
    return "‹a list›" if isinstance(value, list) else "‹an object›"


# May be left out, and then is None; null is refused.
Maybe: TypeAlias = Annotated[T | None, _NotNull()]
Many: TypeAlias = Annotated[tuple[T, ...], Field(strict=False)]  # a list, kept as a tuple
WHOLE = BeforeValidator(_integer)  # of an int: 4.0 is one too, as JSON has it
# Of a union whose members are told apart by their kind; the marks keep these names apart from keys.
BY_KIND, TEXT, LIST, OBJECT = (
    Discriminator(_kind),
    Tag("‹text›"),
    Tag("‹a list›"),
    Tag("‹an object›"),
)


# --- Refusing ----------------------------------------------------------------------------------


class Wrong(ValueError):  # noqa: N818 - raised for what is wrong, never seen outside
    """Raised by a model's own checks: what is amiss, and where below the model."""

    def __init__(self, words: str, *place: str | int) -> None:
        super().__init__(words)
        self.place: Place = place


@dataclass(frozen=True)
class Fault:
    """One thing that is amiss; `place` is empty for the whole."""

    place: Place
    words: str

    def __str__(self) -> str:
        return f"{spoken(self.place)}: {self.words}" if self.place else self.words


def faults(error: ValidationError, document: Any) -> list[Fault]:
    """Return what is amiss with `told`, each place once, in the order of the model."""
    faults_by_place: dict[Place, Fault] = {}
    for detail in error.errors(include_url=False):
        loc, words = detail["loc"], _words(detail)
        if detail["type"] in {"missing", "extra_forbidden"}:
            place = _place_in(document, loc[:-1])
            faults_by_place.setdefault((*place, loc[-1]), Fault(place, words))
        elif not _counted_short(detail):
            inner = detail.get("ctx", {}).get("error")
            place = _place_in(document, loc) + (inner.place if isinstance(inner, Wrong) else ())
            faults_by_place.setdefault(place, Fault(place, words))
    return list(faults_by_place.values())


def in_words(error: ValidationError, document: Any, *, most: int = 4) -> str:
    """Return in one line the first things that are amiss, and how many more there are."""
    faults_by_place = faults(error, document)
    more = f" (and {len(faults_by_place) - most} more)" if len(faults_by_place) > most else ""
    return "; ".join(str(fault) for fault in faults_by_place[:most]) + more


def spoken(place: Place) -> str:
    """Return a place as it is written: `outputs[2].grades`."""
    written = "".join(f"[{p}]" if isinstance(p, int) else f".{_plain(p)}" for p in place)
    return written.removeprefix(".")


def shown(value: Any) -> str:
    """Return a value as a message shows it: short, and of a list or an object only that it is."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, str):
        return repr(value if len(value) <= SHOWN else f"{value[:SHOWN]}…")
    written = repr(value)
    return written if len(written) <= SHOWN else f"{written[:SHOWN]}…"


def _plain(name: str) -> str:
    return name[:SHOWN] if name.isprintable() else repr(name[:SHOWN])


def _place_in(document: Any, loc: tuple[int | str, ...]) -> Place:
    """Return the steps of `loc` that lead somewhere in `told`; the rest are pydantic's own."""
    place: list[str | int] = []
    for step in loc:
        here: Any = document if isinstance(document, dict | list | tuple) else ()
        try:
            document = here[step]
        except (LookupError, TypeError):
            continue
        place.append(step)
    return tuple(place)


def _counted_short(detail: ErrorDetails) -> bool:
    """Whether a list is said to be short only because what is wrong in it was not counted."""
    if detail["type"] != "too_short" or not isinstance(detail["input"], list | tuple | dict):
        return False
    return len(detail["input"]) >= int(detail["ctx"]["min_length"])


def _words(detail: ErrorDetails) -> str:
    ctx: dict[str, Any] = detail.get("ctx", {})
    if detail["type"] == "value_error":
        return str(ctx["error"])
    if detail["type"] == "union_tag_invalid":
        kinds = " or ".join(re.findall("‹(.+?)›", ctx["expected_tags"]))
        return f"must be {kinds}, not {shown(detail['input'])}"
    said = _SAID.get(detail["type"], "is not as it should be")
    if detail["type"] == "literal_error" and " or " not in ctx["expected"]:
        said = "must be {expected}, not {told}"
    return said.format(told=shown(detail["input"]), name=shown((detail["loc"] or ("",))[-1]), **ctx)


_SAID = {
    "missing": "{name} is a required property",
    "extra_forbidden": "{name} was unexpected",
    "string_type": "must be text, not {told}",
    "string_too_short": "{told} is too short: at least {min_length}",
    "string_too_long": "is too long: at most {max_length} characters",
    "string_pattern_mismatch": "{told} does not match {pattern}",
    "literal_error": "{told} is not one of {expected}",
    "int_type": "must be a whole number, not {told}",
    "float_type": "must be a number, not {told}",
    "finite_number": "must be a finite number",
    "bool_type": "must be true or false, not {told}",
    "greater_than": "{told} is not more than {gt:g}",
    "greater_than_equal": "{told} is less than {ge:g}",
    "less_than_equal": "{told} is more than {le:g}",
    "too_short": "is too short: at least {min_length}",
    "too_long": "is too long: at most {max_length}",
    "tuple_type": "must be a list, not {told}",
    "dict_type": "must be an object, not {told}",
    "model_type": "must be an object, not {told}",
}


# --- Publishing --------------------------------------------------------------------------------


class _Published(GenerateJsonSchema):
    """Without titles made of names, and without what stands for a part that was left out."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        made = super().default_schema(schema)
        if not made.get("default") or isinstance(made["default"], dict):
            made.pop("default", None)
        return made


def published(model: type[Strict]) -> str:
    """Return the JSON schema of a model, as text for its file."""
    schema = {
        "$schema": GenerateJsonSchema.schema_dialect,
        **model.model_json_schema(schema_generator=_Published),
    }
    return _laid_out(schema) + "\n"


def _laid_out(part: Any, indent: str = "") -> str:
    """Return JSON with what is short on one line."""
    short = json.dumps(part, ensure_ascii=False)
    if len(indent) + len(short) <= WIDTH or not isinstance(part, dict | list):
        return short
    deeper = f"{indent}  "
    if isinstance(part, dict):
        lines = [f"{json.dumps(k)}: {_laid_out(v, deeper)}" for k, v in part.items()]
    else:
        lines = [_laid_out(item, deeper) for item in part]
    opened, closed = "{}" if isinstance(part, dict) else "[]"
    return opened + ",".join(f"\n{deeper}{line}" for line in lines) + f"\n{indent}{closed}"
