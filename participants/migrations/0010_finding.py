"""A blind index of words, and digests that belong to one study.

Those so far are removed: whoever searches or is compared first has them made anew.
"""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def remove_digests(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("participants", "IdentityDigest").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [
        ("participants", "0007_indexes"),
    ]

    operations = [
        migrations.RunPython(remove_digests, migrations.RunPython.noop),
        migrations.RemoveConstraint(
            model_name="identitydigest",
            name="identity_digest_one_a_kind",
        ),
        migrations.AlterField(
            model_name="identitydigest",
            name="kind",
            field=models.CharField(
                choices=[
                    ("phone", "phone"),
                    ("email", "e-mail"),
                    ("name", "name"),
                    ("word", "word of the name"),
                ],
                max_length=5,
            ),
        ),
        migrations.AddConstraint(
            model_name="identitydigest",
            constraint=models.UniqueConstraint(
                fields=("identity", "kind", "digest"), name="identity_digest_once"
            ),
        ),
    ]
