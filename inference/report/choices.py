"""The sections on choices that were tried: step one of the method, and int8."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from inference.report import words
from inference.report.html import Safe, el, join
from inference.report.parts import Report, figure, more, para, section, side_by_side, table
from inference.report.plots import Axis, Mark, Row, dot_plot
from inference.report.step_one import STEP_CAMERA, STEP_METRIC, comparison_of

METRICS = {"mean_balanced_accuracy": "Balanced accuracy", "mean_weighted_kappa": "Weighted kappa"}
CAMERAS = {"typical": "same camera", "shifted_camera": "poorer camera"}


def step_one(report: Report) -> Safe:
    """Return the ablation of step one, or that there is none."""
    ablation = report["ablation"]
    title = "Does cleaning the photo first help?"
    if not ablation:
        return section("step-one", title, para("The trial of step one has not been run."))
    protocol = ablation.get("protocol", {})
    arms = ablation["arms"]
    seeds = len(arms[0]["seeds"]) if arms else 0
    sentence = (
        f"The same small network was trained {seeds} times in each of {len(arms)} ways that were "
        "fixed beforehand, always on the same people; only what is done to the photo before "
        "differs. A small dot is one training, the large one the mean."
    )
    if isinstance(protocol, Mapping) and "photos" in protocol:
        sentence += (
            f" Each was trained on {protocol['photos']} generated people and measured on "
            f"{protocol.get('held_out', words.NONE)} validation people."
        )
    plots = [
        figure(
            el("h3", f"{METRICS[STEP_METRIC]}, {CAMERAS[camera]}"),
            _arms(arms, STEP_METRIC, camera),
        )
        for camera in CAMERAS
    ]
    return section(
        "step-one", title, para(sentence), para(_verdict(ablation), lead=True),
        side_by_side(*plots),
        more("Every comparison", _comparisons(ablation)),
    )  # fmt: skip


def _of(seed: Mapping[str, Any], metric: str, camera: str) -> float:
    return float((seed if camera == STEP_CAMERA else seed[camera])[metric])


def _arms(arms: Sequence[Mapping[str, Any]], metric: str, camera: str) -> Safe:
    values = {arm["code"]: [_of(s, metric, camera) for s in arm["seeds"]] for arm in arms}
    every = [v for value in values.values() for v in value] or [0.5]
    low = int(min(every) * 20) / 20
    high = min(1.0, int(max(every) * 20 + 1) / 20)
    step = 0.05 if high - low <= 0.3 else 0.1
    ticks = [low + step * k for k in range(round((high - low) / step) + 1)]
    axis = Axis(low, high, [(t, f"{100 * t:.0f}%") for t in ticks])
    rows = []
    for arm in arms:
        measured = values[arm["code"]]
        mean = sum(measured) / len(measured) if measured else None
        rows.append(
            Row(arm["title"], [Mark(mean)], el("b", words.percent(mean, 1)), small=measured)
        )
    return dot_plot(
        rows, axis, first="Step one", last="Mean",
        caption=f"{METRICS[metric]}, mean of the conditions, of each training",
    )  # fmt: skip


def _verdict(ablation: Mapping[str, Any]) -> str:
    test = comparison_of(ablation)
    if test is None or test["p"] is None:
        return "The trial is not complete, so nothing is concluded from it."
    change = 100 * test["mean_difference"]
    sure = test["p"] < 0.01
    sentence = (
        f"The whole recipe changes balanced accuracy by {words.signed(change)} points against the "
        "photo as it is, both with augmentation (95% interval "
        f"{words.signed(100 * test['low'])} to {words.signed(100 * test['high'])}, "
        f"paired test, {words.value_with_unit(test['p'], 'p')})."
    )
    if sure and change > 0:
        return f"It helps. {sentence}"
    if sure:
        return f"It harms. {sentence}"
    return f"That it helps was not shown. {sentence}"


def _comparisons(ablation: Mapping[str, Any]) -> Safe:
    titles = {arm["code"]: arm["title"] for arm in ablation["arms"]}
    head = ["Compared", "Figure", "Camera", "Difference", "95% interval", "p"]
    rows: list[list[Safe | str]] = []
    for paired in ablation["comparisons"]:
        scale = 100
        bounds = (
            words.NONE
            if paired["low"] is None
            else f"{words.signed(scale * paired['low'])} to {words.signed(scale * paired['high'])}"
        )
        rows.append(
            [
                (
                    f"{titles.get(paired['arm'], paired['arm'])} against "
                    f"{titles.get(paired['against'], paired['against']).lower()}"
                ),
                METRICS.get(paired["metric"], words.name(paired["metric"])),
                CAMERAS.get(paired["split"], words.name(paired["split"])),
                f"{words.signed(scale * paired['mean_difference'])} points",
                bounds,
                words.p_value(paired["p"]),
            ]
        )
    return join(
        para("Differences are in hundredths. So many comparisons find something by chance: at p < "
             "0.05 one in twenty does."),
        table("Each way of step one against the photo as it is", head, rows),
    )  # fmt: skip


def precision(report: Report) -> Safe:
    """Return what int8 changes, or that the package has none."""
    agreement, title = report["precision"], "Fast arithmetic (int8)"
    if not agreement:
        return section("precision", title, para("This package carries float32 numbers only."))
    head = [
        "Condition", "Severity, mean change", "Severity, largest", "Same grade",
        "Balanced accuracy, points", "Kappa, hundredths",
    ]  # fmt: skip
    rows: list[list[Safe | str]] = [
        [
            words.name(code),
            words.number(figures["severity_mean"]),
            words.number(figures["severity_max"], 1),
            words.percent(figures["same_grade"], 1),
            _change(figures["balanced_accuracy"]),
            _change(figures["weighted_kappa"]),
        ]
        for code, figures in agreement["conditions"].items()
    ]
    mean, most = words.number(agreement["severity_mean"]), words.number(agreement["severity_95"], 1)
    worst = words.number(agreement["severity_max"], 1)
    return section(
        "precision", title,
        para("The package also carries its network in whole numbers of eight bits, which some "
             "processors run several times as fast. On the same photos a score moves by "
             f"{mean} points on average, {most} or less in 95 of 100, and {worst} at most."),
        table("int8 less float32, with 95% intervals", head, rows),
    )  # fmt: skip


def _change(choice: Mapping[str, Any]) -> Safe:
    def points(value: float | None) -> str:
        return words.signed(None if value is None else 100 * value)

    return join(
        el("b", points(choice["value"])), " ",
        el(
            "span", f"{points(choice['low'])} to {points(choice['high'])}",
            class_="report__interval",
        ),
    )  # fmt: skip


def speed(report: Report) -> Safe:
    """Return photo to all scores against the textbook stack, or that it was not measured."""
    times, title = report["speed"], "How fast it is"
    if not times:
        return section("speed", title, para("The benchmark has not been run with this package."))
    head = ["Network", "Input", "Textbook stack", "Here", "Times as fast"]
    rows: list[list[Safe | str]] = [
        [
            network["network"],
            f"{network['size']} px, {network['precision']}",
            f"{network['textbook_ms']:.0f} ms",
            f"{network['ours_ms']:.0f} ms",
            el("b", words.number(network["ratio"], 1)),
        ]
        for network in times["networks"]
    ]
    busy = f", load {times['load']} when it began" if times["load"] is not None else ""
    return section(
        "speed", title,
        para(f"From photo to all scores, median of {times['photos']} photos, on {times['cores']} "
             f"cores ({times['processor']}{busy}). The textbook stack decodes the whole photo, "
             "cleans it with OpenCV's defaults and runs float32 in PyTorch, each region and "
             "condition by itself."),
        table("Photo to all scores", head, rows),
    )  # fmt: skip
