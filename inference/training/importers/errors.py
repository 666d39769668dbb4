"""Why an import is refused, in words for the person who wrote the card or holds the data."""

from __future__ import annotations

from pathlib import Path


class ImportRefused(Exception):  # noqa: N818 - a refusal is named for what it says
    """The import cannot go on; the message says what is wrong and where."""


class CardInvalid(ImportRefused):
    """The mapping card is wrong; the message starts with its file and line."""

    def __init__(self, path: Path, line: int, message: str) -> None:
        super().__init__(f"{path}:{line}: {message}")


class TableInvalid(ImportRefused):
    """A table of the data is wrong; the message starts with its file and line."""

    def __init__(self, path: Path, line: int, message: str) -> None:
        super().__init__(f"{path}:{line}: {message}")
