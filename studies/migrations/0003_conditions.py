"""The eight conditions of the mission."""

from typing import Any

from django.db import migrations

CONDITIONS = [
    ("dryness", "Dryness", "Dry, rough or scaling skin (xerosis)."),
    ("texture", "Texture", "Unevenness of the surface, without wrinkles and pores."),
    ("melasma", "Melasma", "Symmetrical brown patches with irregular borders."),
    ("lentigo", "Lentigo", "Sharply bounded brown spots from sun exposure (solar lentigines)."),
    ("ephelides", "Ephelides", "Freckles: small light-brown spots that vary with the season."),
    ("dermatitis", "Facial dermatitis", "Redness with scale at nose, brows, cheeks or chin."),
    ("wrinkles", "Wrinkles", "Lines and folds, at rest."),
    ("pores", "Clogged pores", "Visible and clogged follicular openings."),
]


def fill(apps: Any, schema_editor: Any) -> None:
    condition = apps.get_model("studies", "Condition")
    for order, (code, name, description) in enumerate(CONDITIONS):
        condition.objects.create(code=code, name=name, description=description, order=order)


class Migration(migrations.Migration):
    dependencies = [("studies", "0002_audit_is_append_only")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
