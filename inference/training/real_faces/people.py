"""Who of the photographed people belongs to training, validation and test, and whose set it is.

One split for everything that rests on these people: painting, limits and the report. It is kept as
ids, dealt out so that sex, ethnicity and age are alike in the three parts.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

PEOPLE = Path(__file__).with_name("people.json")
Part = Literal["train", "validation", "test"]
PARTS: tuple[Part, ...] = get_args(Part)


@dataclass(frozen=True)
class PeopleSet:
    """A published set of photographs: where it comes from, and how its people are split."""

    name: str
    title: str
    authors: str
    citation: str
    url: str
    licence: dict[str, Any]
    agreed: str  # what its people agreed to
    split: dict[Part, tuple[str, ...]]  # ids

    def part_of(self, person: str) -> Part | None:
        """Return the part a person belongs to, or None for somebody who is in none."""
        return next((part for part in PARTS if person in self.split[part]), None)

    @property
    def digest(self) -> str:
        """SHA-256 (hexadecimal) of the split, which names what was trained and judged on."""
        text = json.dumps({part: sorted(self.split[part]) for part in PARTS}, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


@cache
def people_set() -> PeopleSet:
    """Return the set and split committed beside this file.

    Raises ValueError when somebody is in two parts.
    """
    given = json.loads(PEOPLE.read_text(encoding="utf-8"))
    given["split"] = {part: tuple(given["split"][part]) for part in PARTS}
    every = [person for part in PARTS for person in given["split"][part]]
    if len(set(every)) != len(every):
        raise ValueError(f"{PEOPLE.name} has people in more than one part")
    return PeopleSet(**given)


def number_of(person: str) -> int:
    """Return one number a person, from the id, apart from those of generated people."""
    return 900_000_000 + int(hashlib.sha256(person.encode()).hexdigest()[:6], 16)
