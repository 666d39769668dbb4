"""Readings of a closed reading study taken out: a line for each grade, and what the columns are."""

import json
from collections.abc import Iterator
from typing import Any, Final

from inference.reading.errors import StillBlind
from inference.reading.models import Consensus, Reading, ReadingStudy, Scale
from participants.answers.services.exporting import Sheet
from studies.access.models import User
from studies.access.permissions import Permission
from studies.platform.addresses import file_name
from studies.protocol.services.rights import require
from studies.record import services as audit

COLUMNS: Final = {
    "study_id": "Study's code",
    "reading_study": "Reading study's code",
    "case": "Case's number; in a study of pairs a case is two photos of one person",
    "use": "main, training or calibration; agreement is of main",
    "participant_id": "Participant's code",
    "visit": "Visit's code when the case was drawn; of a pair the later one",
    "view": "front, left or right",
    "photo_id": "The photo; empty once it is erased",
    "photo_id_first": "Of a pair the photo of the earlier visit; else empty",
    "photo_state": "accepted, or what became of it since; erased",
    "stratum": "Class of severity it was drawn from, where classes were drawn",
    "reader": "Reader's number in this reading study; no name",
    "reader_left": "Whether the reader left before the end",
    "is_repeat": "Whether this is the case's second time for this reader",
    "order": "Place in the reader's own order, from 1",
    "scale": "Scale's code",
    "condition": "Condition the scale is of; empty: a wording of its own",
    "region": "Region the scale is of; empty: the whole face",
    "value": "Grade from 0, place on the line, count or score; empty: unreadable",
    "label": "The grade's label, of a scale of grades",
    "parts": "What a score was made of, as JSON; else empty",
    "unreadable": "blurred, dark, covered, cut_off, colour or other; empty: readable",
    "active_s": "Seconds of work, pauses beyond the study's limit left out",
    "saved_at": "When it was saved (UTC)",
    "consensus": "What stands for the case on this scale; empty: unreadable, or no main case",
    "how": "median (the lower one of the readers) or adjudicated",
}


def readings_file(*, study: ReadingStudy, by: User) -> Sheet:
    """What readers said, by case, reader and scale; what was taken back is left out.

    Those of participants whose data may not be used are left out, too. The act is recorded before
    the first row leaves.

    Raises:
        NotAllowed: ``by`` may not export in all of the study.
        StillBlind: the reading study is not closed.
    """
    _require_export(study, by)
    if not study.is_closed:
        raise StillBlind(
            f"Reading study {study.code} is {study.get_state_display()}: nobody sees what was "
            "graded before it closes."
        )
    _record(study, by, "readings")
    rows = (
        Reading.objects.visible_to(by, Permission.EXPORT)
        .standing()
        .filter(turn__seat__reading_study=study)
        .select_related(
            "turn__seat", "turn__case__participant", "turn__case__photo", "turn__case__second"
        )
        .order_by("turn__case__number", "turn__seat__number", "turn__is_repeat")
    )
    name = file_name(f"{study.study.code}-{study.code}-readings.csv")
    return Sheet(name, list(COLUMNS), _lines(study, rows))


def readings_codebook(*, study: ReadingStudy, by: User) -> Sheet:
    """What each column of ``readings_file`` is, then the scales with their grades.

    Raises:
        NotAllowed: ``by`` may not export in all of the study.
    """
    _require_export(study, by)
    _record(study, by, "readings codebook")
    name = file_name(f"{study.study.code}-{study.code}-readings-codebook.csv")
    return Sheet(name, ["column", "meaning"], _codebook(study))


def _codebook(study: ReadingStudy) -> Iterator[tuple[Any, ...]]:
    yield from COLUMNS.items()
    for scale in study.scales.all():
        grades = "; ".join(
            f"{number} {grade['label']}: {grade['descriptor']}"
            for number, grade in enumerate(scale.grades)
        )
        limit = scale.adjudicate_beyond
        decided = "" if limit is None else f" Decided beyond a difference of {limit:g}."
        words = f"{scale.title}. {scale.question} {scale.get_kind_display()}. {grades}{decided}"
        yield f"scale {scale.code}", " ".join(words.split())


def _require_export(study: ReadingStudy, by: User) -> None:
    require(by, Permission.EXPORT, study=study.study)


def _record(study: ReadingStudy, by: User, file: str) -> None:
    audit.record(
        by=by,
        action="export.create",
        target=study,
        study=study.study.code,
        new={"file": file, "reading_study": study.code},
    )


def _lines(study: ReadingStudy, rows: Any) -> Iterator[tuple[Any, ...]]:
    scales = list(study.scales.all())
    stands = {
        (row.case_id, row.scale_id): row
        for row in Consensus.objects.filter(case__reading_study=study)
    }
    for reading in rows.iterator(chunk_size=500):
        shared = _of_reading(study, reading)
        for scale in scales:
            value = reading.values.get(scale.code)
            parts = reading.parts.get(scale.code)
            row = stands.get((reading.turn.case_id, scale.pk))
            yield (
                *shared,
                scale.code,
                scale.condition_id or "",
                scale.region,
                value,
                _label(scale, value),
                json.dumps(parts, sort_keys=True) if parts else "",
                reading.unreadable,
                reading.active_ms / 1000,
                reading.saved_at,
                row.value if row else None,
                row.how if row else "",
            )


def _of_reading(study: ReadingStudy, reading: Reading) -> tuple[Any, ...]:
    turn, case = reading.turn, reading.turn.case
    last = case.second or case.photo
    return (
        study.study.code,
        study.code,
        case.number,
        case.use,
        case.participant.code,
        case.visit,
        case.view,
        last.pk if last else "",
        case.photo_id if case.second_id else "",
        last.state if last else "erased",
        case.stratum,
        turn.seat.number,
        turn.seat.removed_at is not None,
        turn.is_repeat,
        turn.position,
    )


def _label(scale: Scale, value: float | None) -> str:
    if value is None or not scale.grades:
        return ""
    return str(scale.grades[int(value)]["label"])
