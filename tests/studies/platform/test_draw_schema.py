"""The committed drawing of the tables is of the models as they are."""

from pathlib import Path

from django.apps import apps
from django.core.management import call_command

from studies.platform.commands.draw_schema import PAGE, page


def test_the_committed_drawing_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run manage.py draw_schema"


def test_every_table_of_the_apps_is_drawn_once_with_its_room(tmp_path: Path) -> None:
    file = tmp_path / "schema.md"
    call_command("draw_schema", "--to", str(file), verbosity=0)
    text = file.read_text(encoding="utf-8")
    for label in ("studies", "participants", "inference"):
        for model in apps.get_app_config(label).get_models():
            room = model.__module__.split(".")[1]
            assert text.count(f'    {model.__name__}["{model.__name__} ({room})"] {{\n') == 1


def test_a_key_is_drawn_as_what_it_points_at_and_a_renamed_column_as_it_is_called() -> None:
    text = page()
    assert "        UUID photo_id FK, UK\n" in text
    assert '        DateTime rung_at "null, notified_at in code"' in text
    assert 'Study ||--o{ Site : "study"' in text
