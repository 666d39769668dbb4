"""Text for pages: Markdown without HTML, names of languages, roles and acts."""

from collections.abc import Sequence
from typing import Any

from django import template
from django.conf import settings
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

register = template.Library()


def _heading(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: Any
) -> str:
    """A text's first level is the page's second: the page has its own h1."""
    token = tokens[index]
    level = min(int(token.tag[1:]) + (0 if token.tag != "h1" else 1), 6)
    return f"<{'/' if token.nesting < 0 else ''}h{level}>" + ("\n" if token.nesting < 0 else "")


# HTML in a text is shown as it was typed, never run; pictures would call strangers' servers.
_markdown = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
_markdown.add_render_rule("heading_open", _heading)
_markdown.add_render_rule("heading_close", _heading)


@register.filter
def markdown(text: str) -> SafeString:
    """Markdown as HTML; HTML inside it is escaped, links to scripts are not made."""
    return SafeString(_markdown.render(text or ""))  # markdown-it escapes; html is off


@register.filter
def language_name(code: str) -> str:
    """The language in its own words: ``ms`` is Bahasa Melayu."""
    return str(dict(settings.LANGUAGES).get(code, code))


@register.filter
def listed(values: Sequence[Any]) -> str:
    """``front, left and right``."""
    words = [str(value) for value in values]
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
