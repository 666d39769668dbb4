"""The columns of the long file that tell of one score and its photo."""

from dataclasses import dataclass

from inference.exports import closed_sets as sets
from inference.pipeline.grades import GRADES


@dataclass(frozen=True)
class Column:
    """One column of one file. ``allowed`` lists every value of a closed set with its label."""

    name: str
    type: str
    meaning: str
    unit: str = ""
    allowed: str = ""


def score() -> list[Column]:
    """What a score says."""
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


def provenance() -> list[Column]:
    """What gave a score."""
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


def capture() -> list[Column]:
    """How the photo came to be."""
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
