"""A few lines to write HTML safely: text is escaped, style attributes and handlers are refused.

The content security policy of the app forbids inline styles and scripts, so looks come from classes
(`static/css/inference/report/report.css`) and from SVG's own attributes.
"""

from __future__ import annotations

from html import escape

REFUSED = ("script", "style", "iframe", "object", "embed")


class Safe(str):
    """HTML that is safe already."""

    __slots__ = ()


Child = str | Safe | None
Attribute = str | int | float | None


def text(value: str) -> Safe:
    """Return a text escaped, or what is safe already as it is."""
    return value if isinstance(value, Safe) else Safe(escape(value, quote=True))


def el(tag: str, *children: Child, **attributes: Attribute) -> Safe:
    """Return one element; `class_` is class, other underscores are hyphens, None leaves out.

    Raises ValueError for a tag or attribute that could carry a style or a script.
    """
    if tag in REFUSED:
        raise ValueError(f"a report holds no <{tag}>")
    parts = []
    for name, value in attributes.items():
        if value is None:
            continue
        key = name.rstrip("_").replace("_", "-")
        if key == "style" or key.startswith("on"):
            raise ValueError(f"a report's elements take no {key}")
        number = f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
        parts.append(f' {key}="{escape(number, quote=True)}"')
    return Safe(f"<{tag}{''.join(parts)}>{join(*children)}</{tag}>")


def join(*children: Child) -> Safe:
    """Return children one after the other, each escaped unless safe."""
    return Safe("".join(text(child) for child in children if child is not None))
