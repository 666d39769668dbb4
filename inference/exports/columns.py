"""Every column of the exported files, with its type, unit and meaning: the codebook."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from inference.pipeline.grades import GRADES
from participants.capture.metadata import METHODS, TRIGGERS

CODEBOOK_HEADER = ("file", "column", "type", "unit", "allowed", "meaning")


@dataclass(frozen=True)
class Column:
    """One column of one file."""

    name: str
    type: str
    meaning: str
    unit: str = ""
    allowed: str = ""


_GRADES = " < ".join(GRADES)
_WHO = (
    Column("study_id", "text", "Code of the study."),
    Column("site_id", "text", "Code of the site."),
    Column("participant_id", "text", "Code of the participant; coded data, never a name."),
    Column("arm", "text", "Code of the arm, empty before allocation."),
)
_VISIT = (
    Column("visit", "text", "Code of the visit in the protocol."),
    Column("visit_day", "integer", "Planned day of the visit; enrolment is day 0.", unit="days"),
)

LONG = (
    *_WHO,
    *_VISIT,
    Column("photo_id", "uuid", "The photo, as named everywhere."),
    Column(
        "view",
        "text",
        "The side of the participant's own face that was photographed.",
        allowed="front | left | right",
    ),
    Column("taken_at", "datetime", "When it was taken, or received if the camera did not say."),
    Column("region", "text", "The region of the face; face is the whole of it, area-weighted."),
    Column("condition", "text", "The condition that was graded."),
    Column(
        "grade",
        "text",
        "The median grade: the lowest at which the probabilities add up to a half; empty when not "
        "assessable.",
        allowed=_GRADES,
    ),
    Column(
        "severity",
        "number",
        "100 · Σ k·p_k / (K − 1) over the K grades: higher is worse; empty when not assessable.",
        unit="0 to 100",
    ),
    *(Column(f"p_{g}", "number", f"Probability of the grade {g}.", unit="0 to 1") for g in GRADES),
    Column("model_name", "text", "Name of the model package."),
    Column("model_version", "text", "Its version."),
    Column("model_sha256", "text", "SHA-256 of its file."),
    Column("recipe", "text", "The cleaning before it, name@version."),
    Column("runtime", "text", "What ran the network: its version, device and number format."),
    Column("run_id", "integer", "The run that gave the score."),
    Column(
        "is_current",
        "boolean",
        "Whether this score counts: of the study's primary model, or of another model in use for a "
        "condition the primary does not grade, over an accepted photo.",
        allowed="true | false",
    ),
    Column("quality_flags", "text", "Quality measures that were not good, separated by ;."),
    Column("not_assessable", "text", "Why there is no grade, where there is none."),
    Column(
        "demonstrator",
        "boolean",
        "Whether the model is a demonstrator trained on generated skin: not for clinical use.",
        allowed="true | false",
    ),
    Column(
        "model_retired",
        "boolean",
        "Whether the model has been retired since: it starts no new work.",
        allowed="true | false",
    ),
    Column(
        "capture_method",
        "text",
        "How the phone took the photo, as the phone tells it; empty when it did not.",
        allowed=" | ".join(METHODS),
    ),
    Column(
        "capture_facing",
        "text",
        "Front (user) or rear (environment) camera, as the phone tells it.",
        allowed="user | environment",
    ),
    Column(
        "capture_trigger",
        "text",
        "Whether the photo was taken by itself once all was good, by the shutter, or is a file.",
        allowed=" | ".join(TRIGGERS),
    ),
    Column(
        "alignment",
        "number",
        "How far the framing agreed with the participant's first accepted photo of the view "
        "(docs/phone/camera.md); empty at the first visit and where it was not measured.",
        unit="0 to 1",
    ),
    Column(
        "late_arrival",
        "boolean",
        "Whether the photo was taken within the visit's window and arrived after it.",
        allowed="true | false",
    ),
)

WIDE = (
    *_WHO,
    Column("year_of_birth", "integer", "Year of birth."),
    Column("sex", "text", "As told at enrolment."),
    Column("ethnicity", "text", "As told at enrolment."),
    Column("fitzpatrick", "integer", "Fitzpatrick skin type, I to VI.", allowed="1 to 6"),
    Column("monk_tone", "integer", "Monk skin tone; 1 is the lightest.", allowed="1 to 10"),
    *_VISIT,
    Column(
        "visit_state",
        "text",
        "Where the visit stands on the day of the export, in the study's time zone.",
    ),
    Column("scheduled_on", "date", "Planned date, in the study's time zone."),
    Column("completed_at", "datetime", "When its last photo was accepted."),
    Column("models", "text", "The models whose scores stand in this row, separated by ;."),
    Column(
        "demonstrator",
        "boolean",
        "Whether one of them is a demonstrator trained on generated skin: not for clinical use; "
        "empty without a score.",
        allowed="true | false",
    ),
)


def score_columns(conditions: Sequence[str], views: Sequence[str]) -> list[Column]:
    """The wide file's columns for each condition and view: whole-face severity and grade."""
    columns = []
    for condition in conditions:
        for view in views:
            place = f"{condition}, whole face, {view} view, current run"
            columns.append(
                Column(
                    f"{condition}_{view}_severity", "number", f"Severity of {place}.", "0 to 100"
                )
            )
            columns.append(
                Column(f"{condition}_{view}_grade", "text", f"Grade of {place}.", allowed=_GRADES)
            )
    return columns


def codebook(wide: Sequence[Column]) -> Iterator[tuple[str, ...]]:
    """The codebook's rows for the long file and for a wide file with these columns."""
    for file, columns in (("long", LONG), ("wide", wide)):
        for c in columns:
            yield (file, c.name, c.type, c.unit, c.allowed, c.meaning)
