"""REDCap's branching logic and calculations as expressions of this model.

In REDCap a calculation with a blank answer in it is blank; in XPath it is “not a number”, so each
calculation is wrapped to give a blank too. ``sum`` and ``mean`` leave blanks out, as REDCap does.
``datediff`` counts as REDCap's help says: a year of 365.2425 days, a month of 30.44, and the
distance unless the signed one is asked for.
"""

from collections.abc import Callable
from typing import Final

from studies.instruments.expressions import (
    Binary,
    Call,
    Node,
    Number,
    Ref,
    Text,
    Unreadable,
    parse_redcap,
    write,
)

PER_DAY: Final = {
    "d": "1",
    "h": "24",
    "m": "1440",
    "s": "86400",
    "y": "365.2425",
    "M": "30.44",
}
SAME: Final = frozenset({"if", "abs", "sqrt", "exp", "contains", "round", "sum", "mean"})
_BLANK: Final = Text("")


def translate_logic(text: str) -> str:
    """Branching logic. Raises Unreadable."""
    return write(_translated(parse_redcap(text)))


def translate_calculation(text: str) -> str:
    """A calculation: a number, or blank where an answer it needs is blank. Raises Unreadable."""
    tree = _translated(parse_redcap(text))
    return write(
        Call("if", (Binary("=", Call("string", (tree,)), Text("NaN")), _BLANK, tree))
        if _may_be_blank(tree)
        else tree
    )


def _may_be_blank(tree: Node) -> bool:
    return isinstance(tree, Binary) or (isinstance(tree, Call) and tree.name != "concat")


def _translated(node: Node) -> Node:
    match node:
        case Ref(name, code) if code:
            return Call("if", (_chosen(name, code), Number("1"), Number("0")))
        case Binary("^", left, right):
            return Call("pow", (_translated(left), _translated(right)))
        case Binary(operator, Ref(name, code), other) if code and operator in {"=", "!="}:
            return _box(name, code, other, operator)
        case Binary(operator, other, Ref(name, code)) if code and operator in {"=", "!="}:
            return _box(name, code, other, operator)
        case Binary(operator, left, right):
            return Binary(operator, _translated(left), _translated(right))
        case Call(name, args):
            return _call(name, args)
        case _:
            return node


def _chosen(name: str, code: str) -> Node:
    return Call("selected", (Ref(name), Text(code)))


def _box(name: str, code: str, value: Node, operator: str) -> Node:
    """``[used(3)] = '1'`` is whether choice 3 is among those chosen."""
    wanted = value.text if isinstance(value, Text | Number) else None
    if wanted not in {"1", "0", ""}:
        raise Unreadable(f"a box such as [{name}({code})] is compared with 1 or 0 only")
    ticked = (wanted == "1") == (operator == "=")
    return _chosen(name, code) if ticked else Call("not", (_chosen(name, code),))


def _call(name: str, args: tuple[Node, ...]) -> Node:
    if name in _OWN:
        return _OWN[name](args)
    if name not in SAME:
        raise Unreadable(f"{name}() of REDCap has nothing of the same meaning here")
    return Call(name, tuple(_translated(arg) for arg in args))


def _sum(args: tuple[Node, ...]) -> Node:
    terms = [Call("coalesce", (_answer(arg, "sum"), Number("0"))) for arg in args]
    total: Node = terms[0]
    for term in terms[1:]:
        total = Binary("+", total, term)
    return _unless_blank(args, total)


def _mean(args: tuple[Node, ...]) -> Node:
    total: Node = Call("coalesce", (_answer(args[0], "mean"), Number("0")))
    count: Node = _there(args[0])
    for arg in args[1:]:
        total = Binary("+", total, Call("coalesce", (_answer(arg, "mean"), Number("0"))))
        count = Binary("+", count, _there(arg))
    return _unless_blank(args, Binary("div", total, count))


def _answer(node: Node, function: str) -> Node:
    if not isinstance(node, Ref) or node.code:
        raise Unreadable(f"{function}() is taken of answers only, such as {function}([a], [b])")
    return node


def _there(node: Node) -> Node:
    return Call("if", (Binary("=", node, _BLANK), Number("0"), Number("1")))


def _unless_blank(args: tuple[Node, ...], value: Node) -> Node:
    everything = Call("concat", args) if len(args) > 1 else args[0]
    return Call("if", (Binary("=", everything, _BLANK), _BLANK, value))


def _rounded(function: str) -> Callable[[tuple[Node, ...]], Node]:
    def make(args: tuple[Node, ...]) -> Node:
        if len(args) not in {1, 2}:
            raise Unreadable("rounding takes a number and how many decimals")
        value = _translated(args[0])
        if len(args) == 1:
            return Call(function, (value,))
        scale = Call("pow", (Number("10"), _translated(args[1])))
        return Binary("div", Call(function, (Binary("*", value, scale),)), scale)

    return make


def _datediff(args: tuple[Node, ...]) -> Node:
    if len(args) < 3 or not isinstance(args[2], Text) or args[2].text not in PER_DAY:
        raise Unreadable("datediff() needs two dates and a unit: y, M, d, h, m or s")
    signed = any(write(arg).strip("'\"").lower() == "true" for arg in args[3:])
    unit = args[2].text
    days: Node = Binary("-", _moment(args[1]), _moment(args[0]))
    if not signed:
        days = Call("abs", (days,))
    if unit == "d":
        return days
    return Binary("div" if unit in "yM" else "*", days, Number(PER_DAY[unit]))


def _moment(node: Node) -> Node:
    if isinstance(node, Text):
        if node.text not in {"today", "now"}:
            return Call("decimal-date-time", (Call("date", (node,)),))
        return Call("decimal-date-time", (Call(node.text, ()),))
    if not isinstance(node, Ref):
        raise Unreadable("datediff() is taken of answers, 'today' and 'now' only")
    return Call("decimal-date-time", (node,))


_OWN: Final[dict[str, Callable[[tuple[Node, ...]], Node]]] = {
    "datediff": _datediff,
    "sum": _sum,
    "mean": _mean,
    "rounddown": _rounded("floor"),
    "roundup": _rounded("ceiling"),
}
