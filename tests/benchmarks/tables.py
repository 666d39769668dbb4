"""The benchmark's report as tables in Markdown."""

from pathlib import Path
from statistics import median
from typing import Any

CHECK = "check: "  # what stages of the check begin with
START, END = "<!-- bench: start -->", "<!-- bench: end -->"
BUSY = 0.5


def written(report: dict[str, Any]) -> str:
    """Return everything that was measured, as Markdown."""
    parts = [_machine(report["machine"])]
    if "scoring" in report:
        parts += _scoring(report["scoring"])
    if "product" in report:
        parts += _product(report["product"])
    if "step_one" in report:
        parts.append(_step_one(report["step_one"]))
    return "\n\n".join(parts) + "\n"


def _step_one(found: dict[str, Any]) -> str:
    rows = [
        [f"{found[kind]} {kind} photos", str(found[f"acted_on_{kind}"])]
        for kind in ("noisy", "clean")
    ]
    head = f"### Does step one act?\n\n{found['step']}, first step of {found['recipe']}.\n\n"
    return head + table(["drawn faces", "acted on"], rows)


def write_docs(path: Path, text: str) -> None:
    """Replace what stands between the two marks of ``path``."""
    old = path.read_text(encoding="utf-8")
    before, _, rest = old.partition(START)
    _, mark, after = rest.partition(END)
    if not mark:
        raise ValueError(f"{path} has no {START} and {END}")
    path.write_text(f"{before}{START}\n{text}{END}{after}", encoding="utf-8")


def table(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _machine(machine: dict[str, Any]) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    busy = (
        f"The machine was shared: its load was {machine['load']} when the run began, so times are "
        "longer than on an idle one."
        if machine["load"] > BUSY
        else "The machine was idle when the run began."
    )
    cores = f"{machine['cores']} cores"
    return f"{machine['when']}, {machine['processor']}, {cores}, {versions}. {busy}"


def _scoring(scoring: dict[str, Any]) -> list[str]:
    photos = scoring["photos"]
    compared = [scoring[name] for name in ("package", "full_width") if name in scoring]
    asked = " and ".join(str(one["asked"]) for one in compared)
    rows = [
        [
            f"{_network(one)}: {row['textbook']}",
            f"{row['textbook_ms']:.0f}",
            f"{row['ours_ms']:.0f}",
            f"**{row['ratio']:.1f}×**",
        ]
        for one in compared
        for row in one["rows"]
    ]
    header = ["the textbook's way", "textbook, ms", "ours, ms", "ratio"]
    head = (
        "### The phone's file to all scores\n\n"
        f"{_headline(scoring['package'])}\n\n{photos['number']} generated photos of "
        f"{photos['width']} × {photos['height']} pixels from the front. Milliseconds of processor "
        f"time, each side on one thread, asked in turn photo by photo; medians of {asked}, the "
        "ratio that of neighbours. Ours is counted from the phone's file, its check included, but "
        "in the last row of each network; the textbook has no check and is given face points.\n\n"
    )
    parts = [head + table(header, rows) + _notes(scoring), _stages(compared)]
    return [*parts, _alone(scoring)] if "alone" in scoring else parts


def _headline(one: dict[str, Any]) -> str:
    """The figures that the README tells, in one sentence."""
    stages, rows = one["ours"]["stages"], one["rows"]
    checks = {name: spent for name, spent in stages.items() if name.startswith(CHECK)}
    parts = ", ".join(f"{name.removeprefix(CHECK)} {spent:.0f}" for name, spent in checks.items())
    return (
        f"**{rows[0]['ours_ms']:.0f} ms of processor time from the phone's file to all scores**, "
        f"of which the check {sum(checks.values()):.0f} ({parts}); the textbook takes "
        f"{rows[0]['textbook_ms']:,.0f}, with all conditions in one batch "
        f"{rows[2]['textbook_ms']:,.0f}, neither with a check. Peak memory: ours "
        f"{one['ours']['peak_mib']:.0f} MiB, the textbook's {one['textbook']['peak_mib']:.0f}."
    )


def _notes(scoring: dict[str, Any]) -> str:
    told = ["Full width: random weights, for timing only."] if "full_width" in scoring else []
    if scoring["quantised_here"]:
        told.append("The package carries no int8 network: it was quantised for this run.")
    return "\n\n" + " ".join(told) if told else ""


def _network(one: dict[str, Any]) -> str:
    runtime = one["runtime"]
    size, millions = one["size"], one["parameters"] / 1e6
    return f"{one['network']}, {size} px, {millions:.1f} M weights, {runtime['precision']}"


def _stages(compared: list[dict[str, Any]]) -> str:
    sides = [one[side] for one in compared for side in ("textbook", "ours")]
    names = list(dict.fromkeys(stage for side in sides for stage in side["stages"]))
    rows = [
        [name, *(f"{s['stages'][name]:.0f}" if name in s["stages"] else "" for s in sides)]
        for name in names
    ]
    header = ["stage, ms", "package: textbook", "ours", "full width: textbook", "ours"]
    header = header[: 1 + len(sides)]
    return f"### Where the time goes\n\n{table(header, rows)}"


def _alone(scoring: dict[str, Any]) -> str:
    rows = [
        [
            {"package": "package", "full_width": "full width"}[which],
            row["runtime"],
            row["precision"],
            f"{row['ms_per_crop']:.1f}",
            f"{row['ms_per_crop_of_a_photo']:.1f}",
            f"{row['peak_mib']:.0f}",
        ]
        for which, found in scoring["alone"].items()
        for row in found
    ]
    header = ["network", "runtime", "precision", "ms a crop, one", "of a photo's 15", "MiB"]
    return f"### The network alone\n\n{table(header, rows)}"


def _product(product: dict[str, Any]) -> list[str]:
    rows = []
    for mode, found in product.items():
        alone = found["seconds_alone"]
        rows.append(
            [
                mode,
                f"{median(alone):.1f} ({min(alone):.1f} to {max(alone):.1f})",
                f"{found['photos_per_minute']:.0f}",
                f"{found['worker_peak_mib']:.0f}",
            ]
        )
    header = ["mode", "s from receipt to last score", "photos a minute", "worker's peak, MiB"]
    stages = table(
        ["stage of a run, embedded", "ms"],
        [[name, f"{value:.0f}"] for name, value in product["embedded"]["stages"].items()],
    )
    ratio = product["full"]["photos_per_minute"] / product["embedded"]["photos_per_minute"]
    head = (
        "### The product, from upload to score\n\nPhotos of 1080 × 1440, two worker processes.\n\n"
    )
    foot = f"\n\nFull / embedded, photos a minute: {ratio:.2f}."
    return [head + table(header, rows) + foot, stages]
