"""The sections on what is set beside the network: its intervals' promise, and plain arithmetic."""

from __future__ import annotations

from inference.report import words
from inference.report.html import Safe, el
from inference.report.parts import (
    Report,
    figure,
    number_words,
    para,
    section,
    share_words,
    table,
)
from inference.report.plots import Axis, Mark, Row, dot_plot


def intervals(report: Report) -> Safe:
    """Return how often the severities' intervals held the true one, or that there are none."""
    held, title = report.get("intervals"), "Do its intervals hold the truth?"
    if not held:
        return section(
            "intervals", title, para("This package gives its severities without intervals.")
        )
    aim = held["coverage"]
    axis = Axis(0.5, 1.0, [(k / 10, f"{10 * k}%") for k in range(5, 11)], aim)
    rows = [
        Row(words.name(code), [Mark.of(figures["held"])], share_words(figures["held"]))
        for code, figures in held["conditions"].items()
    ]
    rows += [
        Row(f"Fitzpatrick {words.group(figures['group'])}", [Mark.of(figures["held"])],
            share_words(figures["held"]))
        for figures in held["by_tone"]
    ]  # fmt: skip
    widths = [
        figures["width"] for figures in held["conditions"].values() if figures["width"] is not None
    ]
    wide = words.number(sum(widths) / len(widths), 0) if widths else words.NONE
    return section(
        "intervals", title,
        para(f"Each severity comes with an interval, made on validation people to hold the true "
             f"one in {words.percent(aim)} of cases (conformal prediction). On these people it "
             f"held it in {words.percent(held['all']['value'], 1)}, and was {wide} points wide on "
             "average."),
        figure(
            dot_plot(
                rows, axis, first="Condition", last="Held", aim="as promised",
                caption="Share of intervals that hold the true severity, with 95% intervals",
            ),
        ),
    )  # fmt: skip


def baselines(report: Report) -> Safe:
    """Return the network beside two lines of arithmetic, and which conditions do not beat them."""
    beside, title = report.get("baselines"), "Is it better than two lines of arithmetic?"
    if not beside:
        return section("baselines", title, para("This report was made without that comparison."))
    lost = [words.name(code).lower() for code, figures in beside.items() if not figures["beats"]]
    verdict = (
        f"It does not beat them, by the whole interval of the difference, for {words.listed(lost)}."
        if lost
        else "It beats them for every condition, by the whole interval of the difference."
    )
    head = ["Condition", "Baseline", "Network", "Baseline's", "Difference", "Beats it"]
    rows: list[list[Safe | str]] = [
        [
            words.name(code),
            figures["baseline"],
            number_words(figures["network_auc"]),
            number_words(figures["baseline_auc"]),
            number_words(figures["difference"]),
            el("b", "no")
            if figures["beats"] is False
            else "yes"
            if figures["beats"]
            else words.NONE,
        ]
        for code, figures in beside.items()
    ]
    return section(
        "baselines", title,
        para("Redness is the skin's a* on nose and cheeks less that of the forehead; brown how far "
             "its darkest twentieth lies below its middle; edge energy its mean Laplacian. None of "
             "them was taught anything. Compared is how well each tells photos with a condition "
             "from photos without (area under the curve; 0.50 is guessing), over the same photos."),
        para(verdict, lead=True),
        table("The network and the baseline of each condition, with 95% intervals", head, rows),
    )  # fmt: skip
