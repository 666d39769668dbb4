"""Studies that ran before this setting asked the screening's questions before the consent."""

from typing import Any

from django.db import migrations

APPROVAL = "As approved when the study began, before this product asked for the approval."


def keep_the_order(apps: Any, schema_editor: Any) -> None:
    apps.get_model("studies", "Study").objects.filter(prescreening_approval="").update(
        prescreening_approval=APPROVAL
    )


class Migration(migrations.Migration):
    dependencies = [("studies", "0013_screening_order")]

    operations = [migrations.RunPython(keep_the_order, migrations.RunPython.noop)]
