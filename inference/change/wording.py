"""The choices of the analysis in words: for the page, a report, and the file beside the data."""

from inference.change.services.over_time import OverTime
from inference.change.services.subjects import label_of

WHAT = (
    "What: the score of the chosen view and region at each planned visit, less the same person's "
    "at the first. Repeats and unscheduled visits are left out; nobody's change is between two "
    "models. Nothing is filled in where a score is missing."
)
NOISE = (
    "More than noise: further than 1.96 · √2 times the standard deviation of repeated photos of "
    "unchanged skin. Shares have score intervals (Wilson), differences Newcombe's."
)


def choices(found: OverTime) -> list[str]:
    """Every choice in a sentence or two, in the order in which they are made."""
    series = found.series
    arms = series.asked.study.arms.exists()
    told = [
        "Who: everybody enrolled whose data are in use"
        + (" and who has an arm, once anybody has one." if arms else ".")
        + " Who withdrew counts until then, unless the use of their data was withdrawn too.",
        WHAT,
        "Means: of those who have a change at the visit, with Student's 95% intervals.",
        _adjusted(found),
        NOISE,
        "Nothing is adjusted for looking at several visits, conditions, regions or views.",
    ]
    left = {
        f"{label_of(name)}: {why}"
        for _visit, one in found.adjusted
        for name, why in one.left_out.items()
    }
    if left:
        told.insert(4, f"Not in every model: {'; '.join(sorted(left))}.")
    return told


def _adjusted(found: OverTime) -> str:
    of_what = [
        *(["arm"] if found.series.asked.by_arm else []),
        "severity at the first visit",
        *(label_of(name).lower() for name in found.series.strata),
    ]
    return (
        "Adjusted: each visit by itself, by least squares of the change on "
        f"{', '.join(of_what)}; means at the mean first severity of all in the model, with strata "
        "in their shares among them. Levels with fewer than five people are put together; with "
        "fewer than ten degrees of freedom left nothing is fitted."
    )
