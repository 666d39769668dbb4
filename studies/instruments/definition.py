"""One model of an instrument, whatever file it came from.

Logic is written as in XLSForm: XPath 1.0 in which ``${name}`` is the answer to a question
(https://xlsform.org, https://getodk.github.io/xforms-spec). What a file says of an item and this
model has no place for is kept in ``other``, by the file's own column.
"""

from collections.abc import Iterator
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Words = dict[str, str]  # language, as the file names it (``English (en)``) → text
PLAIN = "default"  # the language of words that a file gives without one

Kind = Literal["question", "group", "repeat"]

# What a question can be, and what a participant or a member of staff does with it.
TYPES: dict[str, str] = {
    "text": "text",
    "integer": "whole number",
    "decimal": "number",
    "date": "date",
    "time": "time of day",
    "datetime": "date and time",
    "select_one": "one choice",
    "select_multiple": "several choices",
    "range": "slider",
    "acknowledge": "box to tick",
    "note": "text to read",
    "calculate": "calculated",
    "hidden": "hidden value",
    "start": "when it was begun",
    "end": "when it was finished",
    "today": "the day it was filled in",
}
SELECTS = frozenset({"select_one", "select_multiple"})
NUMBERS = frozenset({"integer", "decimal", "range", "calculate"})
# What nobody types: filled by the form itself, or only read.
UNASKED = frozenset({"note", "calculate", "hidden", "start", "end", "today"})


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Choice(_Part):
    """One choice of a list; ``other`` are the columns a choice filter may ask for."""

    name: str
    labels: Words = Field(default_factory=dict)
    other: dict[str, str] = Field(default_factory=dict)


class Item(_Part):
    """A question, or a group or repeat with what is in it."""

    kind: Kind = "question"
    name: str
    type: str = ""
    labels: Words = Field(default_factory=dict)
    hints: Words = Field(default_factory=dict)
    choices: str = ""
    required: str = ""
    required_messages: Words = Field(default_factory=dict)
    relevant: str = ""
    constraint: str = ""
    constraint_messages: Words = Field(default_factory=dict)
    calculation: str = ""
    default: str = ""
    read_only: str = ""
    choice_filter: str = ""
    appearance: str = ""
    repeat_count: str = ""
    parameters: dict[str, str] = Field(default_factory=dict)
    other: dict[str, str] = Field(default_factory=dict)
    place: str = ""
    items: list["Item"] = Field(default_factory=list)

    @property
    def matrix(self) -> bool:
        """Whether its questions share one row of choices."""
        return self.kind == "group" and "table-list" in self.appearance.split()


class Definition(_Part):
    """A whole instrument. ``form_id`` and ``version`` are what its files and answers are called."""

    form_id: str
    title: str
    version: str = ""
    languages: list[str] = Field(default_factory=lambda: [PLAIN])
    default_language: str = PLAIN
    instance_name: str = ""
    items: list[Item] = Field(default_factory=list)
    lists: dict[str, list[Choice]] = Field(default_factory=dict)

    def walk(self) -> Iterator[Item]:
        """Every item, a group or repeat before what is in it."""
        waiting = list(reversed(self.items))
        while waiting:
            item = waiting.pop()
            yield item
            waiting.extend(reversed(item.items))

    @property
    def questions(self) -> list[Item]:
        """The questions, in their order."""
        return [item for item in self.walk() if item.kind == "question"]


def said(words: Words, language: str, fallback: str = "") -> str:
    """What ``words`` say in ``language``, else in ``fallback``, else in any."""
    return words.get(language) or words.get(fallback) or next(iter(words.values()), "")
