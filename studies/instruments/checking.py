"""What an instrument's logic may say: known functions, known questions, no circles.

The functions are those of ODK's XForms specification that the engine evaluates and that come out
the same whenever they are evaluated: a submission is judged again later, on another machine.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from studies.instruments.definition import SELECTS, Definition, Item
from studies.instruments.expressions import (
    Binary,
    Call,
    Column,
    Node,
    Number,
    Ref,
    Text,
    Unreadable,
    parse,
    parts,
)
from studies.instruments.report import Report

MANY: Final = 1000
_OF_ONE: Final = (
    *("abs", "acos", "asin", "atan", "boolean", "boolean-from-string", "ceiling", "cos", "count"),
    *("count-non-empty", "count-selected", "date", "date-time", "decimal-date-time"),
    *("decimal-time", "exp", "exp10", "floor", "int", "log", "log10", "not", "number", "once"),
    *("sin", "sqrt", "string", "string-length", "sum", "tan"),
)
_OF_TWO: Final = (
    *("atan2", "coalesce", "contains", "ends-with", "format-date", "format-date-time"),
    *("jr:choice-name", "pow", "regex", "selected", "selected-at", "starts-with"),
    *("substring-after", "substring-before"),
)
# Name → fewest and most arguments.
FUNCTIONS: Final[dict[str, tuple[int, int]]] = {
    **dict.fromkeys(("true", "false", "today", "now", "pi"), (0, 0)),
    **dict.fromkeys(_OF_ONE, (1, 1)),
    **dict.fromkeys(_OF_TWO, (2, 2)),
    "position": (0, 1),
    "last": (0, 0),
    "normalize-space": (0, 1),
    "round": (1, 2),
    "substr": (2, 3),
    "substring": (2, 3),
    "translate": (3, 3),
    "if": (3, 3),
    "indexed-repeat": (3, 7),
    "max": (1, MANY),
    "min": (1, MANY),
    "concat": (1, MANY),
    "join": (2, MANY),
    "checklist": (3, MANY),
    "weighted-checklist": (4, MANY),
}
# Known to ODK, and why they are not taken.
REFUSED: Final = {
    **dict.fromkeys(
        ("random", "uuid", "randomize"),
        "gives another value each time, so that nobody could judge an answer again",
    ),
    **dict.fromkeys(("pulldata", "instance", "secondary"), "reads a file that is not in the form"),
    **dict.fromkeys(("area", "distance", "geofence"), "is about places, which are not asked for"),
}
LOGIC: Final = ("relevant", "constraint", "calculation", "required", "read_only", "repeat_count")
# What decides whether a question is there or what it holds: a circle of these never settles.
FEEDING: Final = ("relevant", "calculation", "required", "read_only", "repeat_count")
TITLES: Final = {
    "relevant": "The skip logic",
    "constraint": "The constraint",
    "calculation": "The calculation",
    "required": "“Required”",
    "read_only": "“Read only”",
    "repeat_count": "The number of repeats",
    "choice_filter": "The choice filter",
    "default": "The default",
    "rule": "The rule",
}
RULE: Final = "rule"  # an expression about a form that is no part of it


def expressions_of(item: Item) -> Iterator[tuple[str, str]]:
    """Name and text of each expression of ``item``."""
    for name in (*LOGIC, "choice_filter"):
        if text := getattr(item, name):
            yield name, text
    if item.default and is_expression(item.default):
        yield "default", item.default


def is_expression(text: str) -> bool:
    """Whether a default is computed: it names a question or calls a function."""
    return "${" in text or (text.rstrip().endswith(")") and "(" in text)


def problem_of(name: str, text: str, known: Iterable[str], columns: Iterable[str] = ()) -> str:
    """Why an expression cannot be taken, as a sentence; empty when it can."""
    title = TITLES.get(name, name)
    try:
        tree = parse(text)
    except Unreadable as error:
        return f"{title} “{shortened(text)}” cannot be read: {error}."
    for node in parts(tree):
        if problem := _node_problem(node, known, columns if name == "choice_filter" else ()):
            return f"{title} “{shortened(text)}” {problem}."
    return ""


def _node_problem(node: Node, known: Iterable[str], columns: Iterable[str]) -> str:
    if isinstance(node, Ref) and node.name not in known:
        return f"asks for “{node.name}”, and there is no such question"
    if isinstance(node, Column) and node.name not in columns:
        return f"has the bare word “{node.name}”; a question is written ${{{node.name}}}"
    if isinstance(node, Binary) and node.operator == "^":
        return "has “^”; write pow(a, b)"
    if isinstance(node, Call):
        return _call_problem(node)
    return ""


def _call_problem(call: Call) -> str:
    if call.name in REFUSED:
        return f"calls {call.name}(), which {REFUSED[call.name]}"
    if call.name not in FUNCTIONS:
        return f"calls {call.name}(), which is no function known here"
    least, most = FUNCTIONS[call.name]
    if not least <= len(call.args) <= most:
        wanted = str(least) if least == most else f"{least} or more"
        return f"calls {call.name}() with {len(call.args)} values; it takes {wanted}"
    return ""


def shortened(text: str, length: int = 80) -> str:
    """``text`` on one line, cut where a sentence would get too long."""
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 1]}…"


def refuse_broken(definition: Definition, report: Report) -> None:
    """Take out every item whose logic cannot be followed, with what depends on it.

    A question without its skip logic would be another question, so the whole of it is refused.
    """
    while broken := _broken(definition):
        names = {name for name, _place, _why in broken}
        for item in definition.walk():
            if item.name in names and item.kind != "question":
                for inner in _inside(item):
                    report.refuse(inner.place, inner.name, f"It is in “{item.name}”, refused.")
        for name, place, why in broken:
            report.refuse(place, name, why)
        definition.items = list(_without(definition.items, names))


def _broken(definition: Definition) -> list[tuple[str, str, str]]:
    known = {item.name for item in definition.walk()}
    broken = []
    for item in definition.walk():
        columns = _columns(definition, item)
        problems = (problem_of(name, text, known, columns) for name, text in expressions_of(item))
        problem = next(filter(None, problems), "") or _words_problem(item, known)
        if problem:
            broken.append((item.name, item.place, problem))
    return broken or _circles(definition)


def _columns(definition: Definition, item: Item) -> set[str]:
    rows = definition.lists.get(item.choices, [])
    return {"name"}.union(*(choice.other for choice in rows))


def _words_problem(item: Item, known: set[str]) -> str:
    for words in (item.labels, item.hints):
        for text in words.values():
            for name in names_in(text):
                if name not in known:
                    return f"The words ask for “{name}”, and there is no such question."
    return ""


def names_in(text: str) -> list[str]:
    """The questions whose answers are put into a text: ``Your score is ${score}``."""
    return [part.partition("}")[0].strip() for part in text.split("${")[1:]]


def _inside(item: Item) -> Iterator[Item]:
    for inner in item.items:
        yield inner
        yield from _inside(inner)


def _without(items: Iterable[Item], names: set[str]) -> Iterator[Item]:
    for item in items:
        if item.name in names:
            continue
        if item.kind != "question":
            item.items = list(_without(item.items, names))
            if not item.items:
                continue
        yield item


def _circles(definition: Definition) -> list[tuple[str, str, str]]:
    """The items on a circle of logic: each waits for the other's answer."""
    feeds = _feeds(definition)
    places = {item.name: item.place for item in definition.walk()}
    circle = _find_circle(feeds)
    path = " → ".join(f"“{name}”" for name in (*circle, *circle[:1]))
    return [
        (name, places[name], f"Its logic goes in a circle: {path}. Each waits for the other.")
        for name in circle
    ]


def _feeds(definition: Definition) -> dict[str, set[str]]:
    """Name → what its presence or value is computed from, its group included."""
    feeds: dict[str, set[str]] = {}
    for item in definition.walk():
        wanted = feeds.setdefault(item.name, set())
        for name in FEEDING:
            if text := getattr(item, name):
                wanted.update(node.name for node in parts(parse(text)) if isinstance(node, Ref))
        for inner in item.items:
            feeds.setdefault(inner.name, set()).add(item.name)
    return feeds


def _find_circle(feeds: dict[str, set[str]]) -> list[str]:
    """The names on the first circle found, or none; without recursion, forms may be long."""
    done: set[str] = set()
    for start in feeds:
        path: list[str] = []
        waiting: list[tuple[str, bool]] = [(start, False)]
        while waiting:
            name, leaving = waiting.pop()
            if leaving:
                path.pop()
                done.add(name)
            elif name in path:
                return path[path.index(name) :]
            elif name not in done:
                path.append(name)
                waiting.append((name, True))
                waiting.extend((other, False) for other in sorted(feeds.get(name, ())))
    return []


def note_doubts(definition: Definition, report: Report) -> None:
    """Note what can be taken as it is and may not be meant: a wrong choice, a missing language."""
    for item in definition.walk():
        for name, text in expressions_of(item):
            for asked, value in strange_choices(parse(text), definition):
                report.doubt(
                    item.place,
                    item.name,
                    f"{TITLES[name]} asks whether “{asked}” is “{value}”, which is none of its "
                    "choices.",
                )
        for language in _missing_languages(item, definition.languages):
            report.doubt(item.place, item.name, f"There are no words in {language}.")


def strange_choices(tree: Node, definition: Definition) -> Iterator[tuple[str, str]]:
    """Question and value wherever a choice is compared with what is none of its list."""
    compared = list(_compared(tree))
    if not compared:
        return
    choices = {
        item.name: {choice.name for choice in definition.lists.get(item.choices, [])}
        for item in definition.questions
        if item.type in SELECTS
    }
    for asked, value in compared:
        if asked in choices and value and value not in choices[asked]:
            yield asked, value


def _compared(tree: Node) -> Iterator[tuple[str, str]]:
    """Question and value wherever an answer is compared with a fixed one."""
    for node in parts(tree):
        sides: tuple[Node, ...] = ()
        if isinstance(node, Binary) and node.operator in {"=", "!="}:
            sides = (node.left, node.right)
        elif isinstance(node, Call) and node.name == "selected":
            sides = node.args
        match sides:
            case (Ref(name, _), Text(value) | Number(value)):
                yield name, value
            case (Text(value) | Number(value), Ref(name, _)):
                yield name, value


def _missing_languages(item: Item, languages: list[str]) -> list[str]:
    if not item.labels or len(languages) < 2:
        return []
    return [language for language in languages if not item.labels.get(language)]
