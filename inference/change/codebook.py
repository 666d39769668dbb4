"""The columns of the files of change: type, unit, what may stand there, meaning."""

from collections.abc import Iterator

from inference.change.figures.responders import VERDICTS
from inference.change.services.subjects import REASONS

_BOOLEAN = "true | false"
_SKINS = "I–II | III–IV | V–VI"
_REASONS = " | ".join(f"{code} = {words}" for code, words in REASONS.items())
_VERDICTS = " | ".join(f"{code} = {words}" for code, words in VERDICTS.items())

# Of a figure: how it is named in the file, and what it is.
NAMES = {
    "baseline": "mean severity at the first visit",
    "mean_change": "mean change from the first visit, with Student's 95% interval",
    "median_change": "median change; low and high are the quartiles",
    "adjusted_change": "mean change adjusted for baseline and strata (ANCOVA)",
    "adjusted_difference": "its difference from the arm in against",
    "baseline_slope": "change for each point of severity at the first visit, of the model",
    "lower_than_noise": "share lower by more than noise, with Wilson's 95% interval",
    "higher_than_noise": "share higher by more than noise, with Wilson's 95% interval",
    "lower_difference": "difference of the share that is lower from the arm in against (Newcombe)",
    **{f"without_{code}": f"number without a change: {words}" for code, words in REASONS.items()},
}

Said = tuple[str, str, str, str]  # type, unit, allowed, meaning
_BOTH: dict[str, Said] = {
    "study_id": ("text", "", "", "Code of the study."),
    "condition": ("text", "", "", "The condition that was graded."),
    "region": ("text", "", "", "The region of the face; face is the whole of it."),
    "view": ("text", "", "front | left | right", "The side of the face that was photographed."),
    "arm": ("text", "", "", "Code of the arm; empty where all arms are taken together."),
    "visit": ("text", "", "", "Code of the visit in the protocol."),
    "visit_day": ("integer", "days", "", "Planned day of the visit; enrolment is day 0."),
    "demonstrator": (
        "boolean",
        "",
        _BOOLEAN,
        "Whether a demonstrator trained on generated skin scored: not for clinical use.",
    ),
}
_FIGURES: dict[str, Said] = {
    "figure": (
        "text",
        "",
        " | ".join(f"{name} = {words}" for name, words in NAMES.items()),
        "What the row is.",
    ),
    "n": ("integer", "people", "", "How many the figure is of; of without_… how many they are."),
    "value": ("number", "points; shares 0 to 1", "", "The figure; below nought: lower, better."),
    "low": ("number", "as value", "", "Lower end of the 95% interval; of a median the quartile."),
    "high": ("number", "as value", "", "Upper end of the 95% interval; of a median the quartile."),
    "sd": ("number", "points", "", "Standard deviation; of adjusted figures that left over."),
    "p": ("number", "0 to 1", "", "Against nought, two-sided; adjusted for no other look."),
    "against": ("text", "", "", "Code of the arm that a difference is from."),
    "note": ("text", "", "", "What is missing of the figure, or what to beware of."),
}
_PEOPLE: dict[str, Said] = {
    "site_id": ("text", "", "", "Code of the site."),
    "participant_id": ("text", "", "", "Code of the participant; coded data, never a name."),
    "age_group": ("text", "years", "", "Age at enrolment; empty where it is not known."),
    "skin_type": ("text", "", _SKINS, "Fitzpatrick types two by two; empty: not known."),
    "stratum": ("text", "", "", "Site and strata that the adjusted figures take in."),
    "baseline_severity": ("number", "0 to 100", "", "Severity at the first visit."),
    "severity": ("number", "0 to 100", "", "Severity at this visit: higher is worse."),
    "change": ("number", "points", "", "severity less baseline_severity; below nought: better."),
    "smallest_change": ("number", "points", "", "The smallest change that is more than noise."),
    "beyond_noise": ("text", "", _VERDICTS, "What the change is against it; empty: not known."),
    "why_not": ("text", "", _REASONS, "Why there is no change; empty where there is one."),
    "model": ("text", "", "", "The model package that gave the severity."),
}
_OF = ("study_id", "condition", "region", "view", "arm", "visit", "visit_day")
_WHO = ("study_id", "site_id", "participant_id", "arm", "age_group", "skin_type", "stratum")
_WHERE = ("visit", "visit_day", "condition", "region", "view")
_KNOWN = _BOTH | _FIGURES | _PEOPLE

# File → its columns in their order.
COLUMNS: dict[str, dict[str, Said]] = {
    "figures": {name: _KNOWN[name] for name in (*_OF, *_FIGURES, "demonstrator")},
    "people": {
        name: _KNOWN[name] for name in dict.fromkeys((*_WHO, *_WHERE, *_PEOPLE, "demonstrator"))
    },
}
HEADER = ("file", "column", "type", "unit", "allowed", "meaning")


def codebook() -> Iterator[tuple[str, ...]]:
    """A row for each column of both files."""
    for file, columns in COLUMNS.items():
        for name, said in columns.items():
            yield (file, name, *said)
