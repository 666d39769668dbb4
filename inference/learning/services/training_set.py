"""A training set of a closed reading study: whose photos, which labels, which part of it.

A photo is in it only if its participant's consent in force agrees to the choice that is named, row
by row, at the moment it is written; their data must be in use, and the photo accepted and whole.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any, Final

from inference.learning.errors import NothingToLearn
from inference.pipeline.grades import GRADES
from inference.reading.models import Case, Consensus, ReadingStudy, Scale
from inference.reading.scales import Kind, most_of
from participants.capture.models import Photo
from participants.consent.services.consents import agreed_to
from participants.people.models import Participant
from studies.consent_texts.models import ConsentDocument
from studies.platform import storage
from studies.protocol.models import Study

SPLITS: Final = ("train", "validation", "test")
SHARES: Final = {"test": 15, "validation": 15}  # per cent of people, the rest is trained on
CARD, TABLE, NOTICE = "card.yaml", "photos.csv", "notice.json"
_LEARNT_KINDS = frozenset({Kind.GRADES, Kind.LINE})


@dataclass(frozen=True)
class Row:
    """One photo with its labels, condition → grade name; ``person`` is opaque."""

    case: int
    photo: Photo
    person: str
    split: str
    labels: dict[str, str]
    fitzpatrick: int


@dataclass
class TrainingSet:
    """What may be trained on, and how much was left out for which reason."""

    reading: ReadingStudy
    choice: str
    rows: list[Row] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    scales_left_out: dict[str, str] = field(default_factory=dict)

    def people(self, split: str) -> set[str]:
        return {row.person for row in self.rows if row.split == split}

    def numbers(self) -> dict[str, Any]:
        """How many photos and people each part has, and what was left out."""
        return {
            "photos": {s: sum(row.split == s for row in self.rows) for s in SPLITS},
            "people": {s: len(self.people(s)) for s in SPLITS},
            "conditions": sorted({name for row in self.rows for name in row.labels}),
            "left_out": dict(self.left_out),
            "scales_left_out": self.scales_left_out,
        }


def training_set(reading: ReadingStudy, *, choice: str) -> TrainingSet:
    """What ``reading`` teaches, of those who agreed to ``choice``.

    Raises:
        NothingToLearn: the study is not closed, no scale teaches what a network gives, nobody
            agreed, or no person falls into one of the parts.
    """
    if not reading.is_closed:
        raise NothingToLearn("Only a closed reading study has a consensus to train on.")
    made = TrainingSet(reading, choice)
    labels = _labels(made)
    cases = reading.cases.filter(use=Case.Use.MAIN, pk__in=labels)
    agreed: dict[int, bool] = {}
    for case in cases.select_related("participant__study", "photo").order_by("number"):
        why = _why_not(case, choice, agreed)
        if why:
            made.left_out[why] += 1
            continue
        made.rows.append(_row(case, labels[case.pk]))
    _require_whole(made)
    return made


def choices_of(study: Study) -> dict[str, str]:
    """Code → words of every choice that texts of the study, in force or before, offer."""
    texts = ConsentDocument.objects.filter(study=study).exclude(state=ConsentDocument.State.DRAFT)
    return {
        choice["code"]: choice["text"]
        for text in texts.order_by("in_force_at", "pk")
        for choice in text.choices
    }


def usable_scales(reading: ReadingStudy) -> tuple[list[Scale], dict[str, str]]:
    """The scales whose consensus a network can learn, one a condition; why not, of the others."""
    usable: list[Scale] = []
    why: dict[str, str] = {}
    if reading.shown == ReadingStudy.Shown.PAIRS:
        two = "readers graded two photos together"
        return [], {scale.title: two for scale in reading.scales.all()}
    for scale in reading.scales.all():
        if scale.condition_id is None:
            why[scale.title] = "it names no condition"
        elif scale.region:
            why[scale.title] = "it is of one region; labels are of whole photos"
        elif Kind(scale.kind) not in _LEARNT_KINDS:
            why[scale.title] = "networks give grades and severities, no counts or scores"
        elif scale.condition_id in {other.condition_id for other in usable}:
            why[scale.title] = "another scale of the same condition comes before it"
        else:
            usable.append(scale)
    return usable, why


def grade_name(scale: Scale, value: float) -> str:
    """The card's grade of a consensus: its severity in the four parts of the importer's scale."""
    share = value / most_of(Kind(scale.kind), len(scale.grades))
    return GRADES[min(int(share * (len(GRADES) - 1) + 0.5), len(GRADES) - 1)]


def split_of(participant: Participant) -> str:
    """The part a person belongs to: the same in every training set of the study, for ever."""
    text = f"gsh-split:{participant.outbox_owner}"
    place = int.from_bytes(hashlib.sha256(text.encode()).digest()[:4]) % 100
    if place < SHARES["test"]:
        return "test"
    return "validation" if place < SHARES["test"] + SHARES["validation"] else "train"


def _labels(made: TrainingSet) -> dict[int, dict[str, str]]:
    """Case → condition → grade; what was unreadable has none."""
    scales, made.scales_left_out = usable_scales(made.reading)
    if not scales:
        raise NothingToLearn(
            "No scale of this reading study grades the whole photo for a condition that networks "
            "know, in grades or on a line."
        )
    by_pk = {scale.pk: scale for scale in scales}
    labels: dict[int, dict[str, str]] = defaultdict(dict)
    rows = Consensus.objects.filter(scale__in=scales, case__use=Case.Use.MAIN)
    for case, scale, value in rows.values_list("case", "scale", "value"):
        if value is not None:
            labels[case][str(by_pk[scale].condition_id)] = grade_name(by_pk[scale], value)
    cases = made.reading.cases.filter(use=Case.Use.MAIN).count()
    if cases > len(labels):
        made.left_out["no consensus"] = cases - len(labels)
    return labels


def _why_not(case: Case, choice: str, agreed: dict[int, bool]) -> str:
    """Why a case may not be trained on; empty where it may."""
    person, photo = case.participant, case.photo
    if person.data_use != Participant.DataUse.FULL or person.state in (
        Participant.State.WITHDRAWN,
        Participant.State.ERASED,
    ):
        return "data locked, withdrawn or erased"
    if photo is None or photo.state != Photo.State.ACCEPTED or photo.kept_out:
        return "photo erased, turned down or damaged"
    if photo.visit.participant_id != person.pk or photo.upright_sha256 != case.photo_sha256:
        return "photo moved or changed since it was read"
    if person.pk not in agreed:
        agreed[person.pk] = agreed_to(person, choice)
    return "" if agreed[person.pk] else "no consent to this use"


def _row(case: Case, labels: dict[str, str]) -> Row:
    person, photo = case.participant, case.photo
    if photo is None:
        raise ValueError("a case without a photo is left out before")
    digest = hashlib.sha256(f"{case.reading_study_id}:{person.outbox_owner}".encode()).hexdigest()
    return Row(case.pk, photo, digest[:16], split_of(person), labels, person.fitzpatrick or 0)


def _require_whole(made: TrainingSet) -> None:
    """Every part has somebody, and nobody is in two of them."""
    if not made.rows:
        reasons = ", ".join(f"{why}: {count}" for why, count in made.left_out.items())
        raise NothingToLearn(f"Nothing is left to train on ({reasons or 'no case was graded'}).")
    empty = [split for split in SPLITS if not made.people(split)]
    if empty:
        raise NothingToLearn(
            f"Nobody falls into the part for {' and '.join(empty)}: people are split once and for "
            "ever, about 70, 15 and 15 of a hundred. More people have to be read first."
        )
    require_apart(made.rows)


def require_apart(rows: list[Row]) -> None:
    """Refuse a person on two sides.

    Raises:
        NothingToLearn: somebody's photos are in two parts.
    """
    parts: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        parts[row.person].add(row.split)
    if any(len(splits) > 1 for splits in parts.values()):
        raise NothingToLearn("Somebody would be trained on and measured: nothing was written.")


# --- The folder --------------------------------------------------------------------------------


def write(made: TrainingSet, folder: Path, *, terms: str) -> None:
    """Write card, table, photos and notice, as ``inference.training.importers`` takes them."""
    (folder / "photos").mkdir(parents=True, exist_ok=True)
    conditions = sorted({name for row in made.rows for name in row.labels})
    table = StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(["photo_id", "person", "view", "file", "fitzpatrick", "split", *conditions])
    for number, row in enumerate(made.rows, start=1):
        name = f"photos/{number:05d}.jpg"
        (folder / name).write_bytes(storage.read(row.photo.upright_file))
        labels = [row.labels.get(condition, "") for condition in conditions]
        writer.writerow(
            [number, row.person, row.photo.view, name, row.fitzpatrick or "", row.split, *labels]
        )
    (folder / TABLE).write_text(table.getvalue(), encoding="utf-8")
    card = json.dumps(card_of(made, conditions, terms=terms), indent=1, ensure_ascii=False)
    (folder / CARD).write_text(card, encoding="utf-8")  # JSON is YAML
    notice = json.dumps(notice_of(made, terms=terms), indent=1, ensure_ascii=False)
    (folder / NOTICE).write_text(notice, encoding="utf-8")


def card_of(made: TrainingSet, conditions: list[str], *, terms: str) -> dict[str, Any]:
    """The mapping card of the set."""
    reading = made.reading
    return {
        "schema": "gsh-mapping/1",
        "name": f"{reading.study.code}-{reading.code}".lower(),
        "title": f"{reading.study.code}, {reading.title}: consensus of readers",
        "citation": f"Study {reading.study.code}, reading study {reading.code}",
        "licence": {
            "name": f"the participants' consent ({made.choice})",
            "terms": terms,
            "non_commercial": True,
        },
        "layout": {"tables": [{"file": TABLE}], "images": [{"path": "{file}"}]},
        "person": {"column": "person"},
        "labels": [
            {
                "column": condition,
                "map": {grade: {"condition": condition, "grade": grade} for grade in GRADES},
            }
            for condition in conditions
        ],
        "tone": {"fitzpatrick": {"columns": ["fitzpatrick"]}},
        "picture": {"kind": "face", "view": "auto", "view_column": "view"},
        "splits": {"column": "split", "values": {split: split for split in SPLITS}},
    }


def notice_of(made: TrainingSet, *, terms: str) -> dict[str, Any]:
    """What the package's card has to say under ``training``: whose readings, on what terms."""
    return {
        "studies": [{"study": made.reading.study.code, "reading_study": made.reading.code}],
        "consent_choice": made.choice,
        "terms": terms,
        "people": made.numbers()["people"],
        "photos": made.numbers()["photos"],
    }
