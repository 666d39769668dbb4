"""The sections on what the network reads: by condition, by skin tone, by camera."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from inference.pipeline.grades import GRADES
from inference.report import words
from inference.report.html import Safe, el, join
from inference.report.parts import (
    Report,
    figure,
    more,
    number_words,
    para,
    section,
    share_words,
    side_by_side,
    table,
)
from inference.report.plots import Axis, Mark, Row, confusion, dot_plot

SHARE = Axis(0.4, 1.0, [(k / 10, f"{10 * k}%") for k in range(4, 11, 2)])
KAPPA = Axis(0.0, 1.0, [(k / 4, f"{k / 4:.2f}") for k in range(5)])


def conditions(report: Report) -> Safe:
    """Return figures of presence and grade of every condition, and the confusion matrices."""
    test = report["test"]
    measured = test["conditions"]
    there = [
        Row(
            words.name(code),
            [Mark.of(f["balanced_accuracy"])],
            share_words(f["balanced_accuracy"]),
            missed=(f["balanced_accuracy"]["low"] or 0) < 0.8,
        )
        for code, f in measured.items()
    ]
    grade = [
        Row(
            words.name(code),
            [Mark.of(f["weighted_kappa"])],
            number_words(f["weighted_kappa"]),
            missed=(f["weighted_kappa"]["value"] or 0) < 0.8,
        )
        for code, f in measured.items()
    ]
    plots = side_by_side(
        figure(
            el("h3", "Is it there?"),
            dot_plot(
                there, Axis(SHARE.low, SHARE.high, SHARE.ticks, 0.8), first="Condition",
                last="Balanced accuracy", aim="aim, for the lower end",
                caption="Balanced accuracy of presence with 95% intervals",
            ),
        ),
        figure(
            el("h3", "How severe is it?"),
            dot_plot(
                grade, Axis(KAPPA.low, KAPPA.high, KAPPA.ticks, 0.8), first="Condition",
                last="Weighted kappa", aim="aim",
                caption="Quadratic weighted kappa of the grade with 95% intervals",
            ),
        ),
    )  # fmt: skip
    lost = test["photos_without_a_face_found"]
    tail = f" In {lost} more photos no face was found." if lost else ""
    return section(
        "conditions", "What it reads, condition by condition",
        para("A dot is the figure and its line the 95% interval, from drawing people like these "
             "again a thousand times. What misses the aim is drawn in ochre." + tail),
        plots,
        more("All figures in a table", _table_of_figures(test)),
        more("Which grade was taken for which", _confusions(test)),
    )  # fmt: skip


def _table_of_figures(test: Mapping[str, Any]) -> Safe:
    head = [
        "Condition", "Balanced accuracy", "Accuracy of presence", "Sensitivity", "Specificity",
        "Accuracy of grade", "Weighted kappa", "Mean error, points", "Photos", "Not assessable",
    ]  # fmt: skip
    shares = (
        "balanced_accuracy", "presence_accuracy", "sensitivity", "specificity", "grade_accuracy",
    )  # fmt: skip
    rows: list[list[Safe | str]] = []
    for code, figures in test["conditions"].items():
        rows.append(
            [
                words.name(code),
                *(share_words(figures[name]) for name in shares),
                number_words(figures["weighted_kappa"]),
                number_words(test["severity_error"][code], 1),
                str(figures["weighted_kappa"]["cases"]),
                str(test["not_assessable"][code]),
            ]
        )
    return table("Every figure of every condition with its 95% interval", head, rows)


def _confusions(test: Mapping[str, Any]) -> Safe:
    tables = [
        confusion(counts, GRADES, title=words.name(code))
        for code, counts in test["confusion"].items()
    ]
    return join(
        para("Rows are the true grade, columns the grade given, numbers are photos. The stronger "
             "the colour of a field, the larger its share of the row; a perfect network fills the "
             "diagonal."),
        el("div", *tables, class_="confusions"),
    )  # fmt: skip


def skin_tone(report: Report) -> Safe:
    """Return figures by Fitzpatrick type and Monk tone."""
    by_tone = report["skin_tone"]
    gap = by_tone["fitzpatrick"]["gap_balanced_accuracy"]
    points = words.number(None if gap["value"] is None else 100 * gap["value"], 1)
    plots = [_groups(by_tone["fitzpatrick"], "Fitzpatrick type")]
    if "monk" in by_tone:
        plots.append(_groups(by_tone["monk"], "Monk tone"))
    return section(
        "tone", "By skin tone",
        para(f"From the best to the worst group of Fitzpatrick types there are {points} points of "
             "balanced accuracy. Some group is always the worst, so a few points can be chance: "
             "see whether the lines overlap."),
        *plots,
        more(
            "Each condition by skin tone",
            _by_condition(_tones(by_tone["fitzpatrick"]), "skin tone"),
        ),
    )  # fmt: skip


def _groups(figures: Mapping[str, Any], what: str) -> Safe:
    return side_by_side(*_two_plots(_tones(figures), what))


def _tones(figures: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    return [
        (words.group(figures_of_tone["group"]), figures_of_tone)
        for figures_of_tone in figures["groups"]
    ]


def _two_plots(groups: Sequence[tuple[str, Mapping[str, Any]]], what: str) -> tuple[Safe, Safe]:
    def rows(key: str, said: Any) -> list[Row]:
        return [
            Row(
                join(name, " ", el("span", f"{g['photos']} photos", class_="report__interval")),
                [Mark.of(g[key])],
                said(g[key]),
            )
            for name, g in groups
        ]

    return (
        figure(
            el("h3", f"{what}: is it there?"),
            dot_plot(
                rows("mean_balanced_accuracy", share_words), SHARE, first=what,
                last="Balanced accuracy",
                caption=f"Balanced accuracy by {what}, mean of the conditions, 95% intervals",
            ),
        ),
        figure(
            el("h3", f"{what}: how severe is it?"),
            dot_plot(
                rows("mean_weighted_kappa", number_words), KAPPA, first=what,
                last="Weighted kappa",
                caption=f"Weighted kappa by {what}, mean of the conditions, 95% intervals",
            ),
        ),
    )  # fmt: skip


def _by_condition(groups: Sequence[tuple[str, Mapping[str, Any]]], by: str) -> Safe:
    head = ["Condition", *(f"{name}: {what}" for name, _ in groups
                           for what in ("accuracy", "kappa"))]  # fmt: skip
    rows: list[list[Safe | str]] = [
        [
            words.name(code),
            *(
                cell
                for _, g in groups
                for cell in (
                    share_words(g["conditions"][code]["balanced_accuracy"]),
                    number_words(g["conditions"][code]["weighted_kappa"]),
                )
            ),
        ]
        for code in groups[0][1]["conditions"]
    ]
    return table(f"Balanced accuracy and weighted kappa by {by}, with 95% intervals", head, rows)


def camera(report: Report) -> Safe:
    """Return figures of the same people under a good, a typical and a poor camera."""
    cameras = [(words.name(figures["camera"]), figures) for figures in report["camera"]]
    return section(
        "camera", "By camera",
        para("The same people with the same skin, photographed by a good, a typical and a poor "
             "phone: blur, noise, exposure, colour and uneven light grow from one to the next."),
        side_by_side(*_two_plots(cameras, "Camera")),
        more("Each condition by camera", _by_condition(cameras, "camera")),
    )  # fmt: skip
