"""What a version asks, as rows of a table."""

from dataclasses import dataclass

from studies.instruments.definition import TYPES, Definition, Item, said


@dataclass(frozen=True)
class Entry:
    """One question or group; ``depth`` counts the groups it is in."""

    name: str
    kind: str
    label: str
    logic: list[tuple[str, str]]
    choices: str
    depth: int
    group: bool


def outline(definition: Definition) -> list[Entry]:
    """The items in their order."""
    return [entry for item in definition.items for entry in _entries(definition, item, 0)]


def _entries(definition: Definition, item: Item, depth: int) -> list[Entry]:
    language = definition.default_language
    group = item.kind != "question"
    kind = ("matrix" if item.matrix else item.kind) if group else TYPES.get(item.type, item.type)
    choices = ", ".join(
        said(choice.labels, language) or choice.name
        for choice in definition.lists.get(item.choices, [])
    )
    here = Entry(
        name=item.name,
        kind=kind,
        label=said(item.labels, language),
        logic=[
            (title, text)
            for title, text in (
                ("shown if", item.relevant),
                ("possible if", item.constraint),
                ("required if", item.required if item.required != "true()" else ""),
                ("computed as", item.calculation),
            )
            if text
        ]
        + ([("required", "")] if item.required == "true()" else []),
        choices=choices,
        depth=depth,
        group=group,
    )
    inner = [
        entry for inner_item in item.items for entry in _entries(definition, inner_item, depth + 1)
    ]
    return [here, *inner]
