"""The whole results in rows, one figure each, for a CSV file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

Shape = Mapping[str, Any]

HEADER: Final = (
    "study_id", "reading_study", "scale", "condition", "region", "part", "statistic", "of",
    "against", "value", "interval_low", "interval_high", "cases", "people", "note",
)  # fmt: skip


def rows_of(study: str, reading: str, figures: Shape) -> Iterator[tuple[Any, ...]]:
    """Every figure; readers are named by their number."""
    names = [reader["name"] for reader in figures["readers"]]
    for reader in figures["readers"]:
        for row in _of_reader(reader):
            yield (study, reading, "", "", "", *row)
    for scale in figures["scales"]:
        head = (study, reading, scale["code"], scale["condition"], scale["region"])
        for row in _of_scale(scale, names):
            yield (*head, *row)


def _line(
    part: str, statistic: str, of: str, against: str, one: Shape, note: str = ""
) -> tuple[Any, ...]:
    ends = [one.get(key) for key in ("value", "low", "high", "cases", "people")]
    return (part, statistic, of, against, *ends, note or one.get("why", ""))


def _of_reader(reader: Shape) -> Iterator[tuple[Any, ...]]:
    name = reader["name"]
    counts = {"cases read": reader["cases"], "cases read twice": reader["repeats"]}
    for statistic, value in counts.items():
        yield _line("readers", statistic, name, "", {"value": value})
    yield _line("readers", "seconds a case, median and quartiles", name, "", reader["seconds"])
    for reason, count in reader["unreadable"].items():
        yield _line("readers", "unreadable", name, reason, {"value": count})


def _of_scale(scale: Shape, names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    for one in scale["coefficients"]:
        note = "primary" if one["code"] == scale["primary"] else ""
        yield _line("all readers", one["label"], "", "", one, _both(note, one["why"]))
    for one in scale["pairs"]:
        first, second = names[one["first"]], names[one["second"]]
        yield _line("two readers", scale["primary_label"], first, second, one)
    for one in scale["readers"]:
        yield from _of_one(scale, names[one["reader"]], one)
    for one in scale.get("limits", []):
        yield from _of_limits(one, names[one["first"]], names[one["second"]])
    for one in scale.get("confusion", {}).get("pairs", []):
        yield from _of_table(scale, one["table"], names[one["first"]], names[one["second"]])
    for one in scale.get("confusion", {}).get("consensus", []):
        yield from _of_table(scale, one["table"], "consensus", names[one["reader"]])
    yield from _of_network(scale, names)
    for group in scale["groups"]:
        for level in group["levels"]:
            note = "too few" if level["few"] else level["why"]
            yield _line(f"by {group['code']}", scale["primary_label"], level["name"], "", level,
                        note)  # fmt: skip


def _both(first: str, second: str) -> str:
    return "; ".join(filter(None, (first, second)))


def _of_one(scale: Shape, name: str, one: Shape) -> Iterator[tuple[Any, ...]]:
    label = scale["primary_label"]
    yield _line("one reader", label, name, "consensus", one["consensus"])
    yield _line("one reader", label, name, "consensus of the others", one["others"])
    yield _line("one reader", label, name, "own repeats", one["repeats"])
    yield _line("one reader", "within-reader SD", name, "own repeats", one["sd"])
    if one["smallest_change"] is not None:
        yield _line("one reader", "smallest change", name, "own repeats",
                    {"value": one["smallest_change"]})  # fmt: skip
    yield _line("one reader", "drift per 100 cases", name, "consensus of the others", one["drift"])


def _of_limits(one: Shape, first: str, second: str) -> Iterator[tuple[Any, ...]]:
    if not one["cases"]:
        return
    for statistic, key in (
        ("mean difference", "mean"), ("lower limit of agreement", "lower"),
        ("upper limit of agreement", "upper"),
    ):  # fmt: skip
        yield _line("limits of agreement", statistic, second, first, one[key])


def _of_table(
    scale: Shape, table: Sequence[Sequence[int]], first: str, second: str
) -> Iterator[tuple[Any, ...]]:
    for label, counts in zip(scale["grades"], table, strict=True):
        for other, count in zip(scale["grades"], counts, strict=True):
            yield _line("grades", f"{label} and {other}", first, second, {"value": count})


def _of_network(scale: Shape, names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    found, label = scale["network"], scale["primary_label"]
    if "consensus" in found:
        yield _line("network", label, found["package"], "consensus", found["consensus"])
    for one in found.get("each", []):
        name = names[one["reader"]]
        others = f"consensus without {name}"
        yield _line("network", label, name, others, one["reader_agrees"])
        yield _line("network", label, found["package"], others, one["network_agrees"])
        yield _line("network", f"{label}, network minus reader", found["package"], name,
                    one["difference"])  # fmt: skip
    if "mean" in found:
        yield _line("network", f"{label}, network minus reader", found["package"],
                    "mean over readers", found["mean"])  # fmt: skip
    if "table" in found:
        yield from _of_table(scale, found["table"], "consensus", found["package"])
    if "limits" in found:
        yield from _of_limits(found["limits"], "consensus", found["package"])
