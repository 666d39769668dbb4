import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    """Studies that are there keep none until their manager asks for it; new ones begin with all."""

    dependencies = [
        ("studies", "0003_a_record_that_forgets"),
    ]

    operations = [
        migrations.AddField(
            model_name="study",
            name="photo_review",
            field=models.PositiveSmallIntegerField(
                default=0,
                validators=[django.core.validators.MaxValueValidator(100)],
                help_text="Percent of accepted photos that a person compares with the first one.",
            ),
        ),
        migrations.AlterField(
            model_name="study",
            name="photo_review",
            field=models.PositiveSmallIntegerField(
                default=100,
                validators=[django.core.validators.MaxValueValidator(100)],
                help_text="Percent of accepted photos that a person compares with the first one.",
            ),
        ),
    ]
