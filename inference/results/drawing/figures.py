"""Which figures a scale has, each with its words and the table it is drawn from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inference.report.html import Safe
from inference.results.drawing.svg import Axis, Dot, dots, heat, scatter
from inference.results.errors import NoSuchFigure
from inference.results.words import estimate_words, number_words

Shape = Mapping[str, Any]
INTERVAL = ["value", "interval_low", "interval_high", "cases", "people", "note"]


@dataclass(frozen=True)
class Figure:
    """A drawing, told in words, and its numbers in rows.

    ``draw`` makes the SVG when it is asked for: a page shows a few, a file one.
    """

    code: str
    title: str
    words: str
    header: Sequence[str]
    rows: Sequence[Sequence[Any]]
    draw: Callable[[], Safe]

    @property
    def shown(self) -> Sequence[Sequence[Any]]:
        """The rows of the table on a page, where hundreds of points would help nobody."""
        return self.rows[:60]


def figures_of(scale: Shape, readers: Sequence[Shape]) -> list[Figure]:
    """Every figure of a scale, in the order of the page."""
    names = [reader["name"] for reader in readers]
    return list(_figures(scale, names))


def figure_of(scale: Shape, readers: Sequence[Shape], code: str) -> Figure:
    """One of them.

    Raises:
        NoSuchFigure: ``scale`` has none of that name.
    """
    for figure in figures_of(scale, readers):
        if figure.code == code:
            return figure
    raise NoSuchFigure("There is no such figure; the results page lists those there are.")


def part_of(code: str) -> str:
    """Which part of the page a figure belongs to."""
    return code.split("-")[0]


def _figures(scale: Shape, names: Sequence[str]) -> Iterator[Figure]:
    title = scale["title"]
    if scale["coefficients"]:
        labels = [one["label"] for one in scale["coefficients"]]
        heading = f"{title}: agreement of all readers"
        yield _dots("coefficients", heading, scale["coefficients"], labels, first="coefficient")
    if len(scale["pairs"]) > 1:
        pairs = [f"{names[one['first']]} and {names[one['second']]}" for one in scale["pairs"]]
        heading = f"{title}: each two readers, {scale['primary_label']}"
        yield _dots("pairs", heading, scale["pairs"], pairs, first="readers")
    if scale["coefficients"]:
        yield _against(scale, names)
        yield _drift(scale, names)
    yield from _limits(scale, names)
    yield from _tables(scale, names)
    yield from _network(scale, names)
    yield from _groups(scale)


def _dots(
    code: str, title: str, found: Sequence[Shape], names: Sequence[str], *, first: str
) -> Figure:
    rows = [
        Dot(name, one["value"], one["low"], one["high"], estimate_words(one))
        for name, one in zip(names, found, strict=True)
    ]
    return _of_dots(code, title, rows, [_cells(name, one) for name, one in zip(
        names, found, strict=True)], [first, *INTERVAL])  # fmt: skip


def _of_dots(
    code: str,
    title: str,
    rows: Sequence[Dot],
    table: Sequence[Sequence[Any]],
    header: Sequence[str],
    *,
    zero: bool = False,
) -> Figure:
    known = [each for row in rows for each in (row.value, row.low, row.high) if each is not None]
    axis = Axis.around(known, low=0, high=0 if zero else 1)
    words = f"{title}. " + "; ".join(f"{row.name}: {row.words}" for row in rows) + "."
    return Figure(
        code, title, words, header, table,
        lambda: dots(rows, axis, title=title, words=words, zero=zero),
    )  # fmt: skip


def _cells(name: str, one: Shape) -> list[Any]:
    return [name, *(one.get(key) for key in ("value", "low", "high", "cases", "people", "why"))]


def _against(scale: Shape, names: Sequence[str]) -> Figure:
    """Each reader against the others' consensus, and against themself."""
    rows, table = [], []
    for one in scale["readers"]:
        name = names[one["reader"]]
        for kind, (key, said) in enumerate(
            (("others", "against the others' consensus"), ("repeats", "against own repeats"))
        ):
            found = one[key]
            rows.append(
                Dot(f"{name} {said}", found["value"], found["low"], found["high"],
                    estimate_words(found), kind)
            )  # fmt: skip
            table.append([name, said, *_cells("", found)[1:]])
    title = f"{scale['title']}: each reader, {scale['primary_label']}"
    return _of_dots("readers", title, rows, table, ["reader", "against", *INTERVAL])


def _drift(scale: Shape, names: Sequence[str]) -> Figure:
    rows = [
        Dot(names[one["reader"]], one["drift"]["value"], one["drift"]["low"], one["drift"]["high"],
            estimate_words(one["drift"], signed=True))
        for one in scale["readers"]
    ]  # fmt: skip
    table = [_cells(names[one["reader"]], one["drift"]) for one in scale["readers"]]
    title = f"{scale['title']}: drift over a hundred cases"
    return _of_dots("drift", title, rows, table, ["reader", *INTERVAL], zero=True)


def _limits(scale: Shape, names: Sequence[str]) -> Iterator[Figure]:
    for one in scale.get("limits", []):
        if one["cases"]:
            first, second = names[one["first"]], names[one["second"]]
            yield _bland_altman(f"limits-{one['first'] + 1}-{one['second'] + 1}", scale, one,
                                first, second)  # fmt: skip


def _bland_altman(code: str, scale: Shape, one: Shape, first: str, second: str) -> Figure:
    title = f"{scale['title']}: {second} minus {first}"
    levels = [one["upper"], one["mean"], one["lower"]]
    words = (
        f"Bland-Altman plot of {one['cases']} cases, {second} minus {first}. Mean difference "
        f"{estimate_words(one['mean'], signed=True)}; limits of agreement "
        f"{estimate_words(one['lower'], signed=True)} and "
        f"{estimate_words(one['upper'], signed=True)}."
    )
    across = [x for x, _ in one["points"]]
    header = ["what", "mean_of_two", "difference", "interval_low", "interval_high"]
    named = ("upper limit", "mean difference", "lower limit")
    table = [
        [name, None, level["value"], level["low"], level["high"]]
        for name, level in zip(named, levels, strict=True)
    ]
    table += [["case", x, y, None, None] for x, y in one["points"]]
    return Figure(
        code, title, words, header, table,
        lambda: scatter(
            one["points"],
            [(level["value"], level["low"], level["high"]) for level in levels],
            (min(across), max(across)),
            title=title,
            words=words,
            names=("mean of the two", f"difference ({second} minus {first})"),
        ),
    )  # fmt: skip


def _tables(scale: Shape, names: Sequence[str]) -> Iterator[Figure]:
    found = scale.get("confusion", {"pairs": [], "consensus": []})
    for one in found["pairs"]:
        first, second = names[one["first"]], names[one["second"]]
        code = f"grades-{one['first'] + 1}-{one['second'] + 1}"
        yield _heat(code, scale, one["table"], first, second)
    for one in found["consensus"]:
        code = f"consensus-{one['reader'] + 1}"
        yield _heat(code, scale, one["table"], "Consensus", names[one["reader"]])


def _heat(
    code: str, scale: Shape, table: Sequence[Sequence[int]], first: str, second: str
) -> Figure:
    title = f"{scale['title']}: {first} and {second}"
    total, same = sum(map(sum, table)), sum(row[k] for k, row in enumerate(table))
    words = (
        f"Grades of {first} in rows, of {second} in columns: {same} of {total} cases have the "
        "same grade."
    )
    labels = scale["grades"]
    rows = [[label, *counts] for label, counts in zip(labels, table, strict=True)]
    return Figure(
        code, title, words, [f"{first} / {second}", *labels], rows,
        lambda: heat(table, labels, title=title, words=words, names=(first, second)),
    )  # fmt: skip


def _network(scale: Shape, names: Sequence[str]) -> Iterator[Figure]:
    found = scale["network"]
    if "each" in found:
        rows, table = [], []
        for one in found["each"]:
            name = names[one["reader"]]
            for kind, (key, said) in enumerate(
                (("reader_agrees", name), ("network_agrees", f"Network, {name} left out"))
            ):
                shown = one[key]
                rows.append(
                    Dot(said, shown["value"], shown["low"], shown["high"], estimate_words(shown),
                        kind)
                )  # fmt: skip
                table.append([said, *_cells("", shown)[1:]])
        title = f"{scale['title']}: reader and network against the consensus of the others"
        yield _of_dots("network", title, rows, table, ["who", *INTERVAL])
    if "table" in found:
        yield _heat("network-grades", scale, found["table"], "Consensus", "Network")
    if found.get("limits", {}).get("cases"):
        yield _bland_altman("network-limits", scale, found["limits"], "consensus", "network")


def _groups(scale: Shape) -> Iterator[Figure]:
    for group in scale["groups"]:
        rows, table = [], []
        for level in group["levels"]:
            words = estimate_words(level) if not level["few"] else "too few"
            name = f"{level['name']} ({number_words(level['cases'])} cases)"
            rows.append(Dot(name, level.get("value"), level.get("low"), level.get("high"), words))
            note = "too few" if level["few"] else level.get("why", "")
            table.append(
                [level["name"], level.get("value"), level.get("low"), level.get("high"),
                 level["cases"], level["people"], note]
            )  # fmt: skip
        title = f"{scale['title']}: {scale['primary_label']} by {group['title'].lower()}"
        yield _of_dots(f"by-{group['code']}", title, rows, table, [group["code"], *INTERVAL])
