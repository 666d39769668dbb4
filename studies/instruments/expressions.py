"""Expressions of forms, read into a tree and written again: XLSForm's and REDCap's.

Both are parsed by precedence climbing (Pratt 1973); only their words differ. Whatever is not known
here is refused, so that nothing reaches the engine that means something else there.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

LONGEST: Final = 10_000  # characters
DEEPEST: Final = 60  # brackets and calls inside each other


class Unreadable(ValueError):  # noqa: N818 - says what is the matter
    """An expression cannot be read; the message says what, ``at`` the character, where known."""

    def __init__(self, message: str, at: int | None = None) -> None:
        super().__init__(message)
        self.at = at


@dataclass(frozen=True)
class Number:
    text: str


@dataclass(frozen=True)
class Text:
    text: str


@dataclass(frozen=True)
class Ref:
    """The answer to a question: ``${name}``; in REDCap ``[name(code)]`` is one box of several."""

    name: str
    code: str = ""


@dataclass(frozen=True)
class Self:
    """``.``, the answer the expression is about."""


@dataclass(frozen=True)
class Parent:
    """``..``, the repeat or group the question is in."""


@dataclass(frozen=True)
class Column:
    """A bare word: in a choice filter, a column of the list."""

    name: str


@dataclass(frozen=True)
class Call:
    name: str
    args: tuple["Node", ...]


@dataclass(frozen=True)
class Negative:
    of: "Node"


@dataclass(frozen=True)
class Binary:
    operator: str
    left: "Node"
    right: "Node"


Node = Number | Text | Ref | Self | Parent | Column | Call | Negative | Binary

STRENGTH: Final = {
    "or": 1,
    "and": 2,
    "=": 3,
    "!=": 3,
    "<": 4,
    "<=": 4,
    ">": 4,
    ">=": 4,
    "+": 5,
    "-": 5,
    "*": 6,
    "div": 6,
    "mod": 6,
    "^": 8,
}
_UNARY: Final = 7

_COMMON: Final = r"""
    (?P<space>\s+)
  | (?P<number>\d+(?:\.\d*)?|\.\d+)
  | (?P<text>"[^"]*"|'[^']*')
"""
_XLSFORM: Final = re.compile(
    _COMMON
    + r"""
  | (?P<ref>\$\{\s*[^}\s]+\s*\})
  | (?P<call>[A-Za-z_][\w.:-]*\s*\()
  | (?P<word>[A-Za-z_][\w.-]*)
  | (?P<parent>\.\.)
  | (?P<self>\.)
  | (?P<operator>!=|<=|>=|[=<>+*-])
  | (?P<mark>[(),])
""",
    re.VERBOSE,
)
_REDCAP: Final = re.compile(
    _COMMON
    + r"""
  | (?P<ref>\[[^\[\]]*\](?:\s*\[[^\[\]]*\])*)
  | (?P<call>[A-Za-z_]\w*\s*\()
  | (?P<word>[A-Za-z_]\w*)
  | (?P<operator><>|!=|<=|>=|==|&&|\|\||[=<>+*/^-])
  | (?P<mark>[(),])
""",
    re.VERBOSE,
)
_REDCAP_OPERATORS: Final = {"<>": "!=", "==": "=", "&&": "and", "||": "or", "/": "div"}
_REDCAP_REF: Final = re.compile(r"([A-Za-z_]\w*)(?:\(([^()]+)\))?")


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    at: int


def parse(expression: str) -> Node:
    """Read an XLSForm expression. Raises Unreadable."""
    return _Parser(expression, _tokens(expression, _XLSFORM)).whole()


def parse_redcap(expression: str) -> Node:
    """Read REDCap's branching logic or calculation. Raises Unreadable."""
    return _Parser(expression, map(_from_redcap, _tokens(expression, _REDCAP))).whole()


def _tokens(expression: str, pattern: re.Pattern[str]) -> Iterator[Token]:
    if len(expression) > LONGEST:
        raise Unreadable(f"it has more than {LONGEST} characters")
    at = 0
    while at < len(expression):
        match = pattern.match(expression, at)
        if match is None:
            raise Unreadable(f"“{expression[at : at + 12]}” cannot be read", at)
        kind = str(match.lastgroup)
        if kind != "space":
            yield Token(kind, match.group().strip(), at)
        at = match.end()


def _from_redcap(token: Token) -> Token:
    lower = token.text.lower()
    if token.kind == "operator":
        return Token("operator", _REDCAP_OPERATORS.get(lower, lower), token.at)
    if token.kind == "call":
        return Token("call", lower, token.at)
    if token.kind == "word" and lower in {"and", "or"}:
        return Token("operator", lower, token.at)
    if token.kind == "ref":
        return _redcap_ref(token)
    return token


def _redcap_ref(token: Token) -> Token:
    parts = re.findall(r"\[([^\[\]]*)\]", token.text)
    if len(parts) > 1:
        raise Unreadable(
            f"{token.text} asks for an answer of another visit, which this form cannot know"
        )
    if "-" in parts[0].partition("(")[0]:  # as event-name, user-name: no field is called so
        raise Unreadable(f"{token.text} is a smart variable of REDCap, which does not exist here")
    if _REDCAP_REF.fullmatch(parts[0].strip()) is None:
        raise Unreadable(f"{token.text} cannot be read")
    return Token("ref", f"${{{parts[0].strip()}}}", token.at)


class _Parser:
    def __init__(self, source: str, tokens: Iterator[Token]) -> None:
        self.source = source
        self.tokens = list(tokens)
        self.next = 0
        self.depth = 0

    def whole(self) -> Node:
        node = self.expression(0)
        if self.next < len(self.tokens):
            at = self.tokens[self.next].at
            raise Unreadable(f"“{self.source[at:][:20]}” is left over", at)
        return node

    def peek(self) -> Token | None:
        return self.tokens[self.next] if self.next < len(self.tokens) else None

    def operator(self) -> str:
        token = self.peek()
        if token is None:
            return ""
        if token.kind == "operator" or token.text in {"and", "or", "div", "mod"}:
            return token.text
        # “and (” is read as a call; between two operands it can only be the operator.
        if token.kind == "call" and token.text[:-1].strip() in {"and", "or", "div", "mod"}:
            name = token.text[:-1].strip()
            self.tokens[self.next : self.next + 1] = [
                Token("operator", name, token.at),
                Token("mark", "(", token.at + len(token.text) - 1),
            ]
            return name
        return ""

    def expression(self, least: int) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            raise Unreadable(f"more than {DEEPEST} brackets or calls are inside each other")
        left = self.operand()
        while (strength := STRENGTH.get(self.operator(), 0)) > least:
            operator = self.tokens[self.next].text
            self.next += 1
            left = Binary(operator, left, self.expression(strength))
        self.depth -= 1
        return left

    def operand(self) -> Node:
        token = self.peek()
        if token is None:
            raise Unreadable("it ends too early", len(self.source))
        self.next += 1
        if token.kind == "number":
            return Number(token.text)
        if token.kind == "text":
            return Text(token.text[1:-1])
        if token.kind == "ref":
            return _ref(token.text)
        if token.kind == "self":
            return Self()
        if token.kind == "parent":
            return Parent()
        if token.kind == "call":
            return Call(token.text[:-1].strip(), tuple(self.arguments()))
        if token.kind == "word" and token.text not in STRENGTH:
            return Column(token.text)
        if token.text == "-":
            return Negative(self.expression(_UNARY))
        if token.text == "(":
            inside = self.expression(0)
            self.expect(")")
            return inside
        raise Unreadable(f"“{token.text}” is not expected there", token.at)

    def arguments(self) -> Iterator[Node]:
        token = self.peek()
        if token is not None and token.text == ")" and token.kind == "mark":
            self.next += 1
            return
        while True:
            yield self.expression(0)
            token = self.peek()
            if token is None or token.text not in {",", ")"}:
                raise Unreadable("a bracket is not closed", self.place(token))
            self.next += 1
            if token.text == ")":
                return

    def expect(self, mark: str) -> None:
        token = self.peek()
        if token is None or token.text != mark:
            raise Unreadable("a bracket is not closed", self.place(token))
        self.next += 1

    def place(self, token: Token | None) -> int:
        """Where ``token`` begins; the end where there is none."""
        return len(self.source) if token is None else token.at


def _ref(text: str) -> Ref:
    inside = text[2:-1].strip()
    match = re.fullmatch(r"([^()]+)\(([^()]+)\)", inside)
    return Ref(match[1], match[2].strip()) if match else Ref(inside)


def parts(node: Node) -> Iterator[Node]:
    """``node`` and everything in it."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        if isinstance(current, Call):
            waiting.extend(current.args)
        elif isinstance(current, Binary):
            waiting.extend((current.left, current.right))
        elif isinstance(current, Negative):
            waiting.append(current.of)


def write(node: Node, least: int = 0) -> str:
    """The tree as XLSForm writes it, with no bracket more than is needed."""
    match node:
        case Number(text):
            return text
        case Text(text):
            return quoted(text)
        case Ref(name, _):
            return f"${{{name}}}"
        case Self():
            return "."
        case Parent():
            return ".."
        case Column(name):
            return name
        case Call(name, args):
            return f"{name}({', '.join(write(arg) for arg in args)})"
        case Negative(of):
            return f"-{write(of, _UNARY)}"
        case Binary(operator, left, right):
            strength = STRENGTH[operator]
            inside = f"{write(left, strength - 1)} {operator} {write(right, strength)}"
            return f"({inside})" if strength <= least else inside


def quoted(text: str) -> str:
    """A text in the quotation marks it does not hold. Raises Unreadable when it holds both."""
    if "'" not in text:
        return f"'{text}'"
    if '"' in text:
        raise Unreadable("a text holds both kinds of quotation marks")
    return f'"{text}"'
