"""Draw the database's tables as they are now: a page of Mermaid diagrams, one for each app."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import models

PAGE = Path(settings.BASE_DIR) / "docs" / "schema.md"
HEAD = """\
# The tables

Written by `manage.py draw_schema` from the models; do not edit. The test
`tests/studies/platform/test_draw_schema.py` fails while it is out of date.

Behind a table's name stands its room. *null* may be empty. A table without columns belongs to
another app and is drawn where it is pointed at. Lines read from the one pointed at to those that
point, with the field's name.
"""
Model = type[models.Model]


class Command(BaseCommand):
    """``manage.py draw_schema``: writes the same bytes for the same models, on any database."""

    help = "Write docs/schema.md from the models."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", type=Path, default=PAGE, help="another file to write")

    def handle(self, *args: Any, **options: Any) -> None:
        options["to"].write_text(page(), encoding="utf-8")
        self.stdout.write(f"Written: {options['to']}")


def page() -> str:
    """The whole page, as Markdown."""
    return HEAD + "".join(_chapter(app) for app in _own_apps())


def _own_apps() -> list[AppConfig]:
    """The project's own apps, in the order in which they are installed."""
    base = Path(settings.BASE_DIR)
    return [app for app in apps.get_app_configs() if Path(app.path).parent == base]


def _chapter(app: AppConfig) -> str:
    own = sorted(app.get_models(), key=lambda model: (_room(model), model.__name__))
    away = {target for model in own for target in _targets(model)} - set(own)
    lines = ["erDiagram"]
    for model in own:
        lines += [f"    {_entity(model)} {{", *_columns(model), "    }"]
    lines += [f"    {_entity(model)}" for model in sorted(away, key=lambda model: model.__name__)]
    lines += [f"    {line}" for model in own for line in _lines(model)]
    diagram = "\n".join(lines)
    return f"\n## {app.label}\n\n{len(own)} tables.\n\n```mermaid\n{diagram}\n```\n"


def _room(model: Model) -> str:
    """Where the model lies: ``capture`` for ``participants.capture.models``."""
    return model.__module__.split(".")[1]


def _entity(model: Model) -> str:
    return f'{model.__name__}["{model.__name__} ({_room(model)})"]'


def _columns(model: Model) -> Iterator[str]:
    for field in model._meta.concrete_fields:
        keys = [
            name
            for name, is_one in (
                ("PK", field.primary_key),
                ("FK", field.is_relation),
                ("UK", field.unique and not field.primary_key),
            )
            if is_one
        ]
        notes = ["null"] if field.null else []
        if field.column != field.attname:
            notes.append(f"{field.attname} in code")
        parts = [_type(field), str(field.column), ", ".join(keys), f'"{", ".join(notes)}"']
        yield "        " + " ".join(part for part in parts if part not in {"", '""'})


def _type(field: Any) -> str:
    """The kind of column in Django's words: ``Char(12)``, ``DateTime``; a key as what it points at.

    Columns of one kind have one name in every database this way.
    """
    while field.is_relation:
        field = field.target_field
    name = str(field.get_internal_type()).removesuffix("Field")
    return f"{name}({field.max_length})" if field.max_length and name == "Char" else name


def _relations(model: Model) -> Iterator[Any]:
    """Foreign keys of the model, and its many-to-many relations that have no model of their own."""
    for field in model._meta.concrete_fields:
        if field.is_relation:
            yield field
    for many in model._meta.local_many_to_many:
        through = many.remote_field.through
        if through is not None and through._meta.auto_created:
            yield many


def _targets(model: Model) -> Iterator[Model]:
    for field in _relations(model):
        yield field.related_model


def _lines(model: Model) -> Iterator[str]:
    for field in _relations(model):
        if field.many_to_many:
            ends = "}o--o{"
        else:
            ends = ("|o" if field.null else "||") + ("--o|" if field.one_to_one else "--o{")
        yield f'{field.related_model.__name__} {ends} {model.__name__} : "{field.name}"'
