"""The sections on how far to trust it: calibration, repeatability, refusal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

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
from inference.report.plots import Axis, Mark, Row, dot_plot, reliability

LEGEND = (
    ("plot-0", "after calibration"),
    ("plot-1", "before"),
)


def calibration(report: Report) -> Safe:
    """Return calibration errors and the reliability plots."""
    measured = report["calibration"]
    after, before = measured["after"], measured["before"]
    lead = (
        "A probability means what it says when, of all photos said to show a condition with 80%, "
        "80% show it: then the dots lie on the diagonal. The expected calibration error is their "
        "mean distance from it (15 bins, Guo 2017)."
    )
    plots = [
        figure(
            el("h3", title),
            _errors(after[kind], before and before[kind]),
            reliability(
                after[kind]["curve"], before[kind]["curve"] if before else None,
                title=f"Reliability of {title.lower()}",
            ),
            _legend() if before else None,
        )
        for kind, title in (("top", "The likeliest grade"), ("presence", "Presence"))
    ]  # fmt: skip
    return section(
        "calibration", "Do its probabilities mean what they say?",
        para(lead), para(_fitted(measured)), side_by_side(*plots),
        _pooling(report.get("pooling")),
        _by_tone(measured.get("by_tone") or []),
        more("Error of each condition", _per_condition(after, before)),
    )  # fmt: skip


def _fitted(figures: Mapping[str, Any]) -> str:
    """What was fitted, and what before means."""
    if not figures["before"]:
        return "The card records no calibration, so there is nothing to compare with."
    if figures.get("pooling") == "log":
        return (
            "The crops of a face are pooled by their logarithms, weighted by area, and a "
            "temperature and a shift per grade, fitted for each condition on validation people, "
            "come after it; where regions contradict each other the face is their mean, so that "
            "no clear region vetoes a focal disease. Before is the arithmetic mean of the same "
            "crops, as older versions of the package had it."
        )
    return (
        "One temperature and a shift per grade were fitted for each condition on validation "
        "people and are folded into the network's weights. Before is what the same network says "
        "without them, computed back from its outputs."
    )


def _pooling(figures: Mapping[str, Any] | None) -> Safe | None:
    """The means over conditions, as pooled and by the arithmetic mean."""
    if not figures:
        return None
    names = (
        ("grade_accuracy", "Grade right", words.percent, 1),
        ("balanced_accuracy", "Balanced accuracy of presence", words.percent, 1),
        ("weighted_kappa", "Weighted kappa", words.number, 3),
    )
    rows: list[list[Safe | str]] = [
        [title, el("b", say(figures["after"][name], digits)), say(figures["before"][name], digits)]
        for name, title, say, digits in names
    ]
    head = ["Mean of the conditions", "As pooled", "Arithmetic mean"]
    return table("The same network and photos, pooled in both ways", head, rows)


def _by_tone(tones: Sequence[Mapping[str, Any]]) -> Safe | None:
    """The errors of each tone, all conditions together, less what chance adds."""
    if not tones:
        return None
    head = ["Fitzpatrick", "Photos", "Likeliest grade", "Its chance", "Presence", "Its chance "]
    rows: list[list[Safe | str]] = [
        [
            words.group(tone["group"]),
            str(tone["photos"]),
            *(
                cell
                for kind in ("top", "presence")
                for cell in (
                    el("b", words.number(tone[kind]["ece_debiased"], 3)),
                    words.number(tone[kind]["ece_if_perfect"], 3),
                )
            ),
        ]
        for tone in tones
    ]
    return table(
        "Calibration error by skin tone, less what chance adds to it (Kumar 2019); chance is what "
        "the plain error of a perfect network would be on as many photos",
        head,
        rows,
    )


def _errors(after: Mapping[str, Any], before: Mapping[str, Any] | None) -> Safe:
    chance = words.number(after["ece_if_perfect"], 3)
    was = (
        join("; before calibration ", el("b", words.number(before["ece"]["value"], 3)))
        if before
        else None
    )
    return el(
        "p", "Error ", number_words(after["ece"], 3), was,
        f". Chance alone would show {chance}.", class_="small",
    )  # fmt: skip


def _legend() -> Safe:
    items = [el("li", el("span", class_=f"legend__key {kind}"), label) for kind, label in LEGEND]
    return el("ul", *items, class_="legend", role="list")


def _per_condition(after: Mapping[str, Any], before: Mapping[str, Any] | None) -> Safe:
    head = ["Condition", "Likeliest grade", "Presence"]
    if before:
        head += ["Likeliest grade, before", "Presence, before"]
    rows: list[list[Safe | str]] = []
    for code, figures in after["conditions"].items():
        row: list[Safe | str] = [words.name(code)]
        for part in (figures, before["conditions"][code]) if before else (figures,):
            row += [number_words(part["top"], 3), number_words(part["presence"], 3)]
        rows.append(row)
    return join(
        para("A condition alone has few photos, and chance then shows more error than there is."),
        table("Expected calibration error with 95% intervals", head, rows),
    )


def repeatability(report: Report) -> Safe:
    """Return the within-subject standard deviations."""
    noise = report["repeatability"]
    top = max([f["high"] or f["value"] or 0 for f in noise["conditions"].values()] + [6.0])
    end = float(int(top) + 2)
    step = 2 if end <= 12 else 5
    axis = Axis(0.0, end, [(float(k), str(k)) for k in range(0, int(end) + 1, step)], 5.0)
    rows = [
        Row(words.name(code), [Mark.of(f)], number_words(f, 1), missed=(f["value"] or 0) > 5)
        for code, f in noise["conditions"].items()
    ]
    value = noise["all"]["value"]
    differ = words.number(None if value is None else noise["coefficient"] * value, 0)
    return section(
        "repeatability", "The same face, photographed again",
        para(f"{noise['people']} people were photographed again and again with unchanged skin, by "
             f"another camera, in other light and pose ({noise['photos']} photos kept and scored). "
             "Shown is the standard deviation of one person's scores, in points of severity (0 to "
             f"100). Over all conditions two scores of an unchanged face differ by up to {differ} "
             "points on 95% of occasions (Bland and Altman 1996): a smaller change between visits "
             "may be the camera."),
        figure(
            dot_plot(
                rows, axis, first="Condition", last="SD, points", aim="aim: at most 5",
                caption="Within-subject standard deviation of severity with 95% intervals",
            ),
        ),
    )  # fmt: skip


def refusal(report: Report) -> Safe:
    """Return how often what is out of scope was refused, and good photos lost."""
    measured = report["refusal"]
    axis = Axis(0.0, 1.0, [(k / 4, f"{25 * k}%") for k in range(5)], 0.98)
    kinds = [
        Row(
            words.name(kind["kind"]), [Mark.of(kind["refused"])], share_words(kind["refused"]),
            missed=(kind["refused"]["value"] or 0) < 0.98,
        )
        for kind in measured["kinds"]
    ]  # fmt: skip
    lost = measured["lost"]
    loss = Axis(0.0, 0.4, [(k / 10, f"{10 * k}%") for k in range(5)], 0.02)
    groups = [
        ("Good camera, all", lost["good"]),
        *((f"{words.name(view)} view", kind) for view, kind in lost["good_by_view"].items()),
        *((f"Fitzpatrick {tone}", kind) for tone, kind in lost["good_by_tone"].items()),
        ("Typical camera", lost["typical"]),
    ]
    kept = [Row(name, [Mark.of(kind)], share_words(kind)) for name, kind in groups]
    return section(
        "refusal", "What it refuses, and what it keeps",
        para("What shows no face to be scored must be refused, and a good photo of a face must "
             "not. Both are judged by the quality check with the settings a study starts with. "
             "Several photos are of one person, so the intervals of the loss are a little too "
             "narrow."),
        side_by_side(
            figure(
                el("h3", "Out of scope: refused"),
                dot_plot(
                    kinds, axis, first="Picture", last="Refused", aim="aim",
                    caption="Share of pictures refused with 95% intervals (Wilson)",
                ),
            ),
            figure(
                el("h3", "Photos of faces: lost"),
                dot_plot(
                    kept, loss, first="Photos", last="Refused", aim="aim",
                    caption="Share of photos refused with 95% intervals (Wilson)",
                ),
            ),
        ),
        more("For what they were refused", _reasons(measured)),
    )  # fmt: skip


def _reasons(figures: Mapping[str, Any]) -> Safe:
    def said(reasons: Sequence[Mapping[str, Any]]) -> str:
        named = [f"{words.name(r['code']).lower()} {r['count']}" for r in reasons]
        return ", ".join(named) or words.NONE

    rows: list[list[Safe | str]] = [
        [words.name(kind["kind"]), str(kind["refused"]["cases"]), said(kind["reasons"])]
        for kind in figures["kinds"]
    ]
    rows += [
        [f"Faces, {name} camera", str(figures["lost"][name]["cases"]),
         said(figures["lost"][name]["reasons"])]
        for name in ("good", "typical")
    ]  # fmt: skip
    return table(
        "Reasons and how often; one photo may have several", ["Pictures", "Number", "Reasons"], rows
    )
