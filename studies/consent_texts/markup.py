"""A consent text in pieces: the sections its headings make, as pages and for comparing."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

# No pictures: showing a text must not fetch anything. No HTML: it is shown, not obeyed.
_markdown = MarkdownIt("commonmark", {"html": False}).disable("image")


@dataclass(frozen=True)
class Block:
    """A paragraph (``p``), an item of a list (``li``) or a lesser heading (``h``): plain text."""

    kind: str
    text: str


@dataclass(frozen=True)
class Section:
    """What stands under one heading. ``title`` is empty for what comes before the first one."""

    title: str
    html: str
    blocks: tuple[Block, ...]


def body_html(body: str) -> str:
    """The Markdown of a consent text as HTML, its headings one level down (the page has an h1)."""
    return _render(_parse(body), {})


def sections(body: str) -> list[Section]:
    """The sections of ``body``, cut at its highest headings.

    The headings themselves are ``title`` and not part of ``html``.
    """
    env: dict[str, object] = {}
    tokens = _parse(body, env)
    cuts = _cuts(tokens)
    headed = []
    if not cuts or cuts[0]:
        headed.append(_section([], tokens[: cuts[0] if cuts else None], env))
    for start, end in pairwise([*cuts, len(tokens)]):
        headed.append(_section(tokens[start : start + 3], tokens[start + 3 : end], env))
    return [section for section in headed if section.title or section.blocks]


def _parse(body: str, env: dict[str, object] | None = None) -> list[Token]:
    tokens = _markdown.parse(body, env if env is not None else {})
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + 1, 6)}"
    return tokens


def _render(tokens: Sequence[Token], env: dict[str, object]) -> str:
    return str(_markdown.renderer.render(tokens, _markdown.options, env))


def _cuts(tokens: Sequence[Token]) -> list[int]:
    """Where the highest headings of the text begin."""
    headings = [
        (number, token.tag)
        for number, token in enumerate(tokens)
        if token.type == "heading_open" and token.level == 0
    ]
    highest = min((tag for _, tag in headings), default="")
    return [number for number, tag in headings if tag == highest]


def _section(heading: Sequence[Token], content: Sequence[Token], env: dict[str, object]) -> Section:
    title = _plain(heading[1]) if heading else ""
    return Section(title, _render(content, env), tuple(_blocks(content)))


def _blocks(tokens: Sequence[Token]) -> list[Block]:
    blocks: list[Block] = []
    inside: list[str] = []
    for token in tokens:
        if token.nesting > 0:
            inside.append(token.type)
        elif token.nesting < 0:
            inside.pop()
        elif token.type in ("inline", "fence", "code_block"):
            kind = "li" if "list_item_open" in inside else "p"
            kind = "h" if "heading_open" in inside else kind
            blocks.append(Block(kind, _plain(token)))
    return [block for block in blocks if block.text]


def _plain(token: Token) -> str:
    if token.children is None:
        return token.content.strip()
    breaks = {"softbreak": " ", "hardbreak": " "}
    words = (breaks.get(child.type, child.content) for child in token.children)
    return "".join(words).strip()
