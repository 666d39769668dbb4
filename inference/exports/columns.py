"""Every column of the exported files, with its type, unit, values and meaning: the codebook."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from inference.exports import closed_sets as sets
from inference.exports.closed_sets import StudySets
from inference.pipeline.grades import GRADES

CODEBOOK_HEADER = ("file", "column", "type", "format", "unit", "allowed", "meaning")

# How a value of each type is written. Whoever reads the codebook may have a file of either kind.
FORMATS = {
    "number": "decimal point; in a file separated by semicolons a decimal comma",
    "integer": "digits only",
    "boolean": "true or false",
    "date": "YYYY-MM-DD",
    "datetime": "ISO 8601 with the offset from UTC",
    "text": "",
    "uuid": "",
}


@dataclass(frozen=True)
class Column:
    """One column of one file. ``allowed`` lists every value of a closed set with its label."""

    name: str
    type: str
    meaning: str
    unit: str = ""
    allowed: str = ""


def _who(study: StudySets) -> list[Column]:
    """The participant, and where they stand on the day of the export."""
    agreed = [
        Column(
            f"agreed_{code}",
            "boolean",
            f"Whether the participant agreed, in the consent of consent_version, to: {words} "
            "Empty where they were not asked.",
            allowed=sets.BOOLEAN,
        )
        for code, words in study.choices
    ]
    return [
        Column("study_id", "text", "Code of the study.", allowed=study.study),
        Column("site_id", "text", "Code of the site.", allowed=study.site),
        Column("participant_id", "text", "Code of the participant; coded data, never a name."),
        Column(
            "arm",
            "text",
            "Code of the arm; empty before allocation, and where who exports may not see arms.",
            allowed=study.arm,
        ),
        Column(
            "participant_state",
            "text",
            "Where the participant stands on the day of the export.",
            allowed=sets.PARTICIPANT_STATE,
        ),
        Column(
            "screened_on",
            "date",
            "Day on which the criteria were checked, in the time zone of the participant's site.",
        ),
        Column("enrolled_on", "date", "Day 0 of the participant's schedule: their enrolment."),
        Column(
            "completed_on",
            "date",
            "Day on which taking part ended as planned where the site is; else empty.",
        ),
        Column(
            "withdrawn_on",
            "date",
            "Day of withdrawal, where the site is; empty without one. What was collected "
            "before is here only where its use was not withdrawn.",
        ),
        Column(
            "consent_version",
            "text",
            "Version of the consent given last, empty when none was.",
            allowed=study.consent_version,
        ),
        Column(
            "consent_state",
            "text",
            "Where that consent stands on the day of the export.",
            allowed=sets.CONSENT_STATE,
        ),
        Column("consent_given_on", "date", "Day it was given, in the site's time zone."),
        Column(
            "corrected",
            "text",
            "What of the participant was corrected after it was first entered, separated by ;: "
            "names of columns (site: transferred from another), answer: with the code of a "
            "criterion, or a visit's code with made_on. Old, new and reason are in the API. The "
            "arm stays as it was given by what was known then.",
        ),
        *agreed,
    ]


def _visit(study: StudySets, actual_day: str) -> list[Column]:
    return [
        Column("visit", "text", "Code of the visit in the protocol.", allowed=study.visit),
        Column("visit_day", "integer", "Planned day of the visit; enrolment is day 0.", "days"),
        Column(
            "protocol_version",
            "integer",
            "Version of the protocol that the visit is, or was, made under; 1 until an amendment "
            "takes effect at the participant's site.",
            allowed=study.protocol_version,
        ),
        Column(
            "repeat",
            "boolean",
            "True: the first visit's photos once more, after the phone was put down, to measure "
            "how far photos of unchanged skin differ. Leave these rows out of analyses of change.",
            allowed=sets.BOOLEAN,
        ),
        Column("actual_day", "integer", actual_day, "days"),
    ]


def _deviations() -> Column:
    return Column(
        "deviations",
        "text",
        "Departures from the protocol that the product found at this visit and that stand; "
        "several values are separated by ;. The API has their days and words.",
        allowed=sets.DEVIATIONS,
    )


def _demographics() -> list[Column]:
    """What is known of a participant by code: in the wide file, and asked for in the long one."""
    return [
        Column("year_of_birth", "integer", "Year of birth."),
        Column("sex", "text", "As told at screening.", allowed=sets.SEX),
        Column("ethnicity", "text", "As told at screening.", allowed=sets.ETHNICITY),
        Column("fitzpatrick", "integer", "Fitzpatrick skin type.", allowed=sets.FITZPATRICK),
        Column("monk_tone", "integer", "Monk skin tone.", allowed=sets.MONK),
    ]


def long_columns(study: StudySets, *, demographics: bool = False) -> list[Column]:
    """The long file's columns: who, which visit and photo, then one score and its provenance."""
    return [
        *_who(study),
        *(_demographics() if demographics else ()),
        *_visit(
            study,
            "Day on which the photo was really taken: taken_at less enrolled_on, as dates in the "
            "time zone of the site; enrolment is day 0.",
        ),
        _deviations(),
        Column("photo_id", "uuid", "The photo, as named everywhere."),
        Column(
            "photo_state",
            "text",
            "Whether the photo counts. Photos turned down are here only if they were asked for.",
            allowed=sets.PHOTO_STATE,
        ),
        Column(
            "view",
            "text",
            "The side of the participant's own face that was photographed.",
            allowed=sets.VIEW,
        ),
        Column(
            "taken_at",
            "datetime",
            "When it was taken, or received if nothing told: see taken_at_source.",
        ),
        Column("taken_at_source", "text", "Where taken_at comes from.", allowed=sets.TIME_SOURCE),
        Column(
            "region",
            "text",
            "The region of the face; face is the whole of it, area-weighted. Left and right are "
            "the participant's own.",
            allowed=sets.REGION,
        ),
        Column("condition", "text", "The condition that was graded.", allowed=study.condition),
        *_score(),
        *_provenance(),
        *_capture(),
    ]


def _score() -> list[Column]:
    return [
        Column(
            "grade",
            "text",
            "The median grade: the lowest at which the probabilities add up to a half; empty when "
            "not assessable.",
            allowed=sets.GRADE,
        ),
        Column(
            "severity",
            "number",
            "100 · Σ k·p_k / (K − 1) over the K grades: higher is worse; empty when not "
            "assessable.",
            unit="0 to 100",
        ),
        Column(
            "severity_low",
            "number",
            "Lower bound of the severity's interval; empty where the model's card fits none.",
            unit="0 to 100",
        ),
        Column(
            "severity_high",
            "number",
            "Upper bound of the severity's interval; empty where the model's card fits none.",
            unit="0 to 100",
        ),
        Column(
            "interval_coverage",
            "number",
            "In which share of cases such an interval held the true severity among the people the "
            "model's card was calibrated on (conformal prediction); of a demonstrator these are "
            "drawn.",
            unit="0 to 1",
        ),
        Column(
            "smallest_change",
            "number",
            "The smallest difference between two such severities of one person that is more than "
            "noise: 1.96 · √2 · the within-person standard deviation of repeated photos of "
            "unchanged skin (Bland and Altman 1996). Empty where none were taken.",
            unit="points",
        ),
        Column(
            "smallest_change_source",
            "text",
            "Whose repeated photos it is from.",
            allowed=sets.CHANGE_SOURCE,
        ),
        *(Column(f"p_{g}", "number", f"Probability of the grade {g}.", "0 to 1") for g in GRADES),
    ]


def _provenance() -> list[Column]:
    return [
        Column("model_name", "text", "Name of the model package."),
        Column("model_version", "text", "Its version."),
        Column("model_sha256", "text", "SHA-256 of its file."),
        Column("recipe", "text", "The cleaning before it, name@version.", allowed=sets.RECIPE),
        Column("runtime", "text", "What ran the network: its version, device and number format."),
        Column("run_id", "integer", "The scoring that gave the score, by its number."),
        Column(
            "is_current",
            "boolean",
            "Whether this score counts: of the study's primary model, or of another model in use "
            "for a condition the primary does not grade, over an accepted photo.",
            allowed=sets.BOOLEAN,
        ),
        Column(
            "quality_flags",
            "text",
            "Quality warnings about the photo; several values are separated by ;.",
            allowed=sets.QUALITY_FLAGS,
        ),
        Column("not_assessable", "text", "Why there is no grade, where there is none."),
        Column(
            "demonstrator",
            "boolean",
            "Whether the model is a demonstrator trained on generated skin: not for clinical use.",
            allowed=sets.BOOLEAN,
        ),
        Column(
            "model_retired",
            "boolean",
            "Whether the model has been retired since: it scores no more photos.",
            allowed=sets.BOOLEAN,
        ),
    ]


def _capture() -> list[Column]:
    return [
        Column(
            "capture_method",
            "text",
            "How the phone took the photo, as the phone tells it; empty when it did not.",
            allowed=sets.METHOD,
        ),
        Column(
            "capture_facing",
            "text",
            "Front (user) or rear (environment) camera, as the phone tells it.",
            allowed=sets.FACING,
        ),
        Column(
            "capture_trigger",
            "text",
            "Whether the photo was taken by itself once all was good, by the shutter, or is a "
            "file.",
            allowed=sets.TRIGGER,
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
            allowed=sets.BOOLEAN,
        ),
        Column(
            "exif_taken_at",
            "datetime",
            "When the picture's own record (EXIF) says it was taken, kept beside taken_at, with "
            "the offset it was read by; empty when it says nothing.",
        ),
        Column("exif_zone", "text", "Whose offset that is.", allowed=sets.EXIF_ZONE),
        Column(
            "photo_flags",
            "text",
            "What a person was asked to look at; several values are separated by ;.",
            allowed=sets.PHOTO_FLAGS,
        ),
        Column(
            "photo_review",
            "text",
            "Whether a person has compared the photo with the participant's first one of the view; "
            "empty when nobody was asked to.",
            allowed=sets.PHOTO_REVIEW,
        ),
    ]


def wide_columns(study: StudySets, conditions: Sequence[str], views: Sequence[str]) -> list[Column]:
    """The wide file's columns: who, which visit, then a severity and a grade per score."""
    return [
        *_who(study),
        *_demographics(),
        *_visit(
            study,
            "Day on which the visit's first accepted photo was really taken, in the study's time "
            "zone; enrolment is day 0. Empty without an accepted photo; the long file has each "
            "photo's.",
        ),
        Column(
            "visit_state",
            "text",
            "Where the visit stands on the day of the export, in the site's time zone.",
            allowed=sets.VISIT_STATE,
        ),
        Column(
            "excluded_views",
            "text",
            "The views whose photo a person excluded once no other could be taken: a complete "
            "visit stays complete. Several values are separated by ;.",
            allowed=sets.VIEW,
        ),
        _deviations(),
        Column("scheduled_on", "date", "Planned date, in the time zone of the participant's site."),
        Column("completed_at", "datetime", "When its last photo was accepted."),
        Column("models", "text", "The models whose scores stand in this row, separated by ;."),
        Column(
            "demonstrator",
            "boolean",
            "Whether one of them is a demonstrator trained on generated skin: not for clinical "
            "use; empty without a score.",
            allowed=sets.BOOLEAN,
        ),
        *_wide_scores(conditions, views),
    ]


def _wide_scores(conditions: Sequence[str], views: Sequence[str]) -> Iterator[Column]:
    for condition in conditions:
        for view in views:
            name, place = (
                f"{condition}_{view}",
                f"{condition}, whole face, {view} view, current run",
            )
            yield Column(f"{name}_severity", "number", f"Severity of {place}.", "0 to 100")
            yield Column(f"{name}_grade", "text", f"Grade of {place}.", allowed=sets.GRADE)


def codebook(long: Sequence[Column], wide: Sequence[Column]) -> Iterator[tuple[str, ...]]:
    """The codebook's rows for a long and a wide file with these columns."""
    for file, columns in (("long", long), ("wide", wide)):
        for c in columns:
            yield (file, c.name, c.type, FORMATS[c.type], c.unit, c.allowed, c.meaning)
