"""Text as it is kept: the same words, whichever way they were typed or pasted."""

from typing import Any


def tidy(value: Any) -> Any:
    """``value`` with white space at line ends and around every text removed, also inside lists.

    Line ends become ``\\n``, so that a text typed in a browser and the same text in a file are
    equal, and so are their hashes.
    """
    if isinstance(value, str):
        return "\n".join(line.rstrip() for line in value.strip().splitlines())
    if isinstance(value, list):
        return [tidy(item) for item in value]
    if isinstance(value, dict):
        return {name: tidy(item) for name, item in value.items()}
    return value
