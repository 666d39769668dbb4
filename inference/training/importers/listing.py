"""From a card and a folder to the list of pictures to cut, with labels, person and split.

Nothing is decoded here; pictures are only hashed, so that the same picture is met once and the
people it joins stay in one split.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from inference.training.importers.card import MappingCard
from inference.training.importers.errors import ImportRefused
from inference.training.importers.labels import (
    UNKNOWN_CELLS,
    Labels,
    Problem,
    Tally,
    consensus_labels,
    labels_of,
    tone_of,
)
from inference.training.importers.parts import SPLITS
from inference.training.importers.tables import Row, joined_rows, passes, require_column

COLUMN = re.compile(r"\{([^{}]+)\}")
VIEWS = ("auto", "front", "left", "right")


@dataclass(frozen=True)
class Item:
    """One picture to cut: where it lies, what it is labelled with, whose it is."""

    image: str  # relative to the folder
    place: str  # file:line of its row
    person: str
    labels: Labels
    fitzpatrick: int  # 0 unknown
    monk: int
    split: str | None  # as the data gives it
    view: str
    sha256: str = ""


@dataclass
class Listing:
    """All pictures to cut and all that was left out."""

    items: list[Item]
    tally: Tally
    filtered: int = 0  # rows or pictures the card's own filters leave out
    agreement: dict[str, object] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    @property
    def problems(self) -> list[Problem]:
        return self.tally.problems


def list_pictures(card: MappingCard, folder: Path) -> Listing:
    """Read the tables, hash the pictures, decide people and splits.

    Raises CardInvalid, TableInvalid, and ImportRefused when nothing is left or when the data's own
    split would put one person on two sides.
    """
    tally = Tally()
    rows, alone = joined_rows(card, folder)
    for place in alone:
        tally.note("no-partner", place, "has no row in the joined table")
    _check_columns(card, rows)
    kept = [row for row in rows if passes(row, card.layout.keep, card.layout.drop)]
    listing = Listing([], tally, filtered=len(rows) - len(kept))
    labels = _all_labels(card, folder, kept, listing)
    listing.items = [
        item
        for row, label in zip(kept, labels, strict=True)
        for item in _items(card, row, label, listing)
    ]
    listing.items = _existing(listing.items, folder, tally)
    listing.items = _with_splits(card, _people_joined(listing.items, tally))
    _warn(card, listing)
    if not listing.items:
        reasons = Counter(problem.reason for problem in tally.problems)
        line = ", ".join(f"{reason} {count}" for reason, count in reasons.most_common())
        raise ImportRefused(
            f"no picture is left to import: {listing.filtered} filtered, {line or 'no label given'}"
        )
    return listing


def _check_columns(card: MappingCard, rows: list[Row]) -> None:
    for kind, rule in (("keep", card.layout.keep), ("drop", card.layout.drop)):
        for column in rule:
            require_column(card, rows, column, "layout", kind, column)
    for k, image in enumerate(card.layout.images):
        for column in COLUMN.findall(image.path):
            require_column(card, rows, column, "layout", "images", k, "path")
        for column in image.keep:
            require_column(card, rows, column, "layout", "images", k, "keep", column)
    for k, label in enumerate(card.labels):
        require_column(card, rows, label.column, "labels", k, "column")
    for name, scale in card.tones.items():
        for column in scale.columns:
            require_column(card, rows, column, "tone", name, "columns")
    if card.person.column:
        require_column(card, rows, card.person.column, "person", "column")
    if card.splits.column:
        require_column(card, rows, card.splits.column, "splits", "column")
    if card.picture.view_column:
        require_column(card, rows, card.picture.view_column, "picture", "view_column")
    if card.readings:
        require_column(card, rows, card.readings.photo, "readings", "photo")


def _all_labels(
    card: MappingCard, folder: Path, rows: Sequence[Row], listing: Listing
) -> list[Labels]:
    if card.readings is None:
        return [labels_of(row, card.labels, listing.tally) for row in rows]
    column = card.readings.photo
    photos = {row.values[column]: row for row in rows}
    labels, listing.agreement = consensus_labels(card, folder, photos, listing.tally)
    return [labels.get(row.values[column], {}) for row in rows]


def _items(card: MappingCard, row: Row, labels: Labels, listing: Listing) -> Iterable[Item]:
    tally = listing.tally
    images = []
    for rule in card.layout.images:
        cells = {name: row.values[name] for name in COLUMN.findall(rule.path)}
        if any(cell in UNKNOWN_CELLS for cell in cells.values()):
            continue
        if not passes(row, rule.keep, {}):
            listing.filtered += 1
            continue
        parts = COLUMN.split(rule.path)  # text, column, text, …
        images.append("".join(cells[p] if k % 2 else p for k, p in enumerate(parts)))
    if not labels:
        tally.note("no-label", row.place, "gives no label of a condition")
        return
    split = _given_split(card, row, tally)
    view = _view(card, row, tally)
    tones = {name: tone_of(row, scale, tally) for name, scale in card.tones.items()}
    for image in images:
        path = PurePosixPath(image)
        if path.is_absolute() or ".." in path.parts or "\\" in image:
            tally.note("outside", row.place, f"{image[:120]!r} lies outside the folder")
            continue
        yield Item(
            image=str(path),
            place=row.place,
            person=_person(card, row, str(path), tally),
            labels=labels,
            fitzpatrick=tones.get("fitzpatrick", 0),
            monk=tones.get("monk", 0),
            split=split,
            view=view,
        )


def _given_split(card: MappingCard, row: Row, tally: Tally) -> str | None:
    if card.splits.column is None:
        return row.split
    cell = row.values[card.splits.column]
    if cell not in card.splits.values:
        tally.note("unknown-split", row.place, f"{card.splits.column}: {cell[:40]!r} is not mapped")
    return card.splits.values.get(cell, row.split)


def _view(card: MappingCard, row: Row, tally: Tally) -> str:
    column = card.picture.view_column
    cell = row.values[column] if column else ""
    if cell and cell not in VIEWS:
        tally.note("unknown-view", row.place, f"{column}: {cell[:40]!r} is no view")
    return cell if cell in VIEWS else card.picture.view


def _person(card: MappingCard, row: Row, image: str, tally: Tally) -> str:
    """Return whose picture it is; a picture of nobody known stands for itself."""
    person = ""
    if card.person.column:
        person = row.values[card.person.column]
    elif card.person.pattern:
        match = re.search(card.person.pattern, image)
        person = (match[1] or "") if match else ""
    if person in UNKNOWN_CELLS and (card.person.column or card.person.pattern):
        tally.note("no-person", row.place, f"{image}: the card's rule finds no person")
    return f"picture {image}" if person in UNKNOWN_CELLS else f"person {person}"


def _existing(items: Sequence[Item], folder: Path, tally: Tally) -> list[Item]:
    out = []
    for item in items:
        try:
            with (folder / item.image).open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            message = f"{item.image}: {error.strerror or 'cannot be read'}"
            tally.note("missing", item.place, message)
        else:
            out.append(replace(item, sha256=digest))
    return out


def _people_joined(items: Sequence[Item], tally: Tally) -> list[Item]:
    """Keep each picture once, and take people who share a picture for one person."""
    first: dict[str, Item] = {}
    same_as: dict[str, str] = {}
    contradicted = set()

    def root(person: str) -> str:
        while same_as.get(person, person) != person:
            person = same_as[person]
        return person

    for item in items:
        known = first.setdefault(item.sha256, item)
        if known is item:
            continue
        lower, other = sorted((root(known.person), root(item.person)))
        same_as[other] = lower
        if known.labels == item.labels:
            tally.note("duplicate", item.place, f"{item.image}: the same bytes as {known.image}")
        else:
            message = f"{item.image}: the same bytes as {known.image} with other labels"
            tally.note("contradiction", item.place, f"{message}; neither is used")
            contradicted.add(item.sha256)
    return [
        replace(item, person=root(item.person))
        for digest, item in first.items()
        if digest not in contradicted
    ]


def _with_splits(card: MappingCard, items: Sequence[Item]) -> list[Item]:
    out = [replace(item, split=split_of(card, item.person, item.split)) for item in items]
    sides: dict[str, Item] = {}
    for item in out:
        known = sides.setdefault(item.person, item)
        if known.split != item.split:
            raise ImportRefused(
                f"{item.place}: {item.person} is in the {item.split} split and, at {known.place}, "
                f"in the {known.split} split. A person belongs to one split: leave out the data's "
                "own splits, or one side of this person."
            )
    return out


def split_of(card: MappingCard, person: str, given: str | None = None) -> str:
    """Return a person's split: as given, or by the hash of data set and person.

    So it stays the same when pictures are added, on every machine. `train+validation` leaves the
    choice between these two, in the proportion of their shares.
    """
    if given in SPLITS:
        return str(given)
    names = ("train", "validation") if given == "train+validation" else SPLITS
    digest = hashlib.sha256(f"{card.name}\0{person}".encode()).digest()
    shares = card.splits.shares.model_dump()
    total = sum(shares[name] for name in names)
    left = int.from_bytes(digest[:8]) / 2**64 * total
    for name in names:
        left -= shares[name]
        if left < 0:
            return name
    return names[0]


def _warn(card: MappingCard, listing: Listing) -> None:
    if card.licence.non_commercial:
        listing.warnings.append(
            f"{card.licence.name}: not for commercial use; what is trained on it is bound likewise."
        )
    if card.person.column is None and card.person.pattern is None:
        listing.warnings.append(
            "The data does not say whose picture it is: pictures of one person may be in several "
            "splits, and figures measured on the test split may be too good."
        )
    mapped = {label for rule in card.labels for label, targets in rule.map.items() if targets}
    unseen = sorted(mapped - listing.tally.used.keys())
    if unseen:
        listing.warnings.append(f"Mapped labels the data never has: {', '.join(unseen[:20])}.")
    for name in SPLITS:
        if not any(item.split == name for item in listing.items):
            listing.warnings.append(f"The {name} split is empty.")
