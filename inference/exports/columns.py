"""Every column of the exported files, with its type, unit, values and meaning: the codebook."""

from collections.abc import Iterator, Sequence

from inference.exports import closed_sets as sets
from inference.exports.closed_sets import StudySets
from inference.exports.score_columns import Column, capture, provenance, score

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
        *score(),
        *provenance(),
        *capture(),
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
        Column(
            "enrolment_verification",
            "text",
            "How far the participant's details and consent were compared with the source, on the "
            "day of the export. Empty where there is nothing to compare, and where who exports "
            "may not see what was verified.",
            allowed=sets.VERIFICATION,
        ),
        Column(
            "visit_verification",
            "text",
            "The same of this visit: its day, its photos and its questionnaires. Empty before it "
            "is made.",
            allowed=sets.VERIFICATION,
        ),
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
