"""What sections are made of: headings, paragraphs, cards, tables, figures with their intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from inference.report import words
from inference.report.html import Safe, el, join

Report = Mapping[str, Any]


def section(code: str, title: str, *children: Safe | str | None) -> Safe:
    """Return a section with its heading, which the list of contents points to."""
    return el(
        "section",
        el("h2", title, id=f"report-{code}-title"),
        *children,
        id=f"report-{code}",
        class_="report__section",
        aria_labelledby=f"report-{code}-title",
    )


def para(*children: Safe | str, lead: bool = False) -> Safe:
    return el("p", *children, class_="report__lead" if lead else "report__text")


def figure(*children: Safe | str | None) -> Safe:
    return el("div", *children, class_="report__card")


def side_by_side(*children: Safe) -> Safe:
    return el("div", *children, class_="report__pair")


def more(summary: str, *children: Safe | str | None) -> Safe:
    return el("details", el("summary", summary), *children, class_="report__more")


def table(
    caption: str, head: Sequence[str], rows: Sequence[Sequence[Safe | str]], *, stack: bool = True
) -> Safe:
    """Return a table of the app's own kind, whose first cell names the row."""
    top = el("tr", *(el("th", cell, scope="col") for cell in head))
    body = [
        el(
            "tr",
            el("th", row[0], scope="row"),
            *(
                el("td", cell, data_label=label)
                for cell, label in zip(row[1:], head[1:], strict=True)
            ),
        )
        for row in rows
    ]
    kind = "table table--stack" if stack else "table"
    inner = el("table", el("caption", caption), el("thead", top), el("tbody", *body), class_=kind)
    return el("div", inner, class_="table-wrap", tabindex=0, role="region", aria_label=caption)


def share_words(figure: Mapping[str, Any]) -> Safe:
    """86% and, smaller, 80 to 91%."""
    return _both(words.percent(figure["value"]), words.percent_range(figure))


def number_words(figure: Mapping[str, Any], digits: int = 2) -> Safe:
    """0.82 and, smaller, 0.76 to 0.87."""
    return _both(words.number(figure["value"], digits), words.number_range(figure, digits))


def _both(value: str, interval: str) -> Safe:
    return join(el("b", value), " ", el("span", interval, class_="report__interval"))


def badge(met: bool | None) -> Safe:
    """Whether an aim is met, in a word and a colour."""
    kind, word = {
        True: ("good", "Met"),
        False: ("warn", "Missed"),
        None: ("muted", "Not measured"),
    }[met]
    return el("span", word, class_=f"badge badge--{kind}")
