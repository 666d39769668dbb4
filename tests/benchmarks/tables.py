"""The benchmark's report as tables in Markdown."""

from pathlib import Path
from statistics import median
from typing import Any

START, END = "<!-- bench: start -->", "<!-- bench: end -->"
BUSY = 0.5


def written(report: dict[str, Any]) -> str:
    """Return everything that was measured, as Markdown."""
    parts = [_machine(report["machine"])]
    if "scoring" in report:
        parts += _scoring(report["scoring"])
    if "product" in report:
        parts += _product(report["product"])
    return "\n\n".join(parts) + "\n"


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
    rows = []
    for name in ("package", "full_width"):
        one = scoring[name]
        rows.append(
            [
                _network(one),
                f"{one['textbook']['milliseconds']:.0f}",
                f"{one['ours']['milliseconds']:.0f}",
                f"**{one['ratio']:.1f}×**",
                f"{one['sparing_ratio']:.1f}×",
                f"{one['textbook']['processor_ms'] / one['ours']['processor_ms']:.1f}×",
                f"{one['textbook']['peak_mib']:.0f}",
                f"{one['ours']['peak_mib']:.0f}",
            ]
        )
    header = ["network", "textbook, ms", "ours, ms", "ratio", "sparing", "processor time"]
    header += ["textbook, MiB", "ours, MiB"]
    head = (
        f"### Photo to all scores\n\n{photos['number']} generated photos of {photos['width']} × "
        f"{photos['height']} pixels from the front, face points given to both sides; median of a "
        "photo, processor time of all cores together (which other work on the machine changes "
        "little), peak resident memory of the process.\n\n"
    )
    notes = _notes(scoring)
    return [head + table(header, rows) + notes, _stages(scoring), _alone(scoring)]


def _notes(scoring: dict[str, Any]) -> str:
    told = (
        "Sparing: the ratio to a textbook that asks about a condition only in the regions where it "
        "is read."
    )
    told += " Full width: random weights, for timing only."
    if scoring["quantised_here"]:
        told += " The package carries no int8 network: it was quantised for this run."
    return f"\n\n{told.strip()}"


def _network(one: dict[str, Any]) -> str:
    runtime = one["runtime"]
    size, millions = one["size"], one["parameters"] / 1e6
    return f"{one['network']}, {size} px, {millions:.1f} M weights, {runtime['precision']}"


def _stages(scoring: dict[str, Any]) -> str:
    sides = [
        scoring[name][side] for name in ("package", "full_width") for side in ("textbook", "ours")
    ]
    names = list(dict.fromkeys(stage for side in sides for stage in side["stages"]))
    rows = [
        [name, *(f"{s['stages'][name]:.0f}" if name in s["stages"] else "" for s in sides)]
        for name in names
    ]
    header = ["stage, ms", "package: textbook", "ours", "full width: textbook", "ours"]
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
