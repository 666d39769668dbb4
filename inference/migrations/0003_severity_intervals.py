"""Scores with the interval of their severity."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inference", "0002_indexes")]

    operations = [
        migrations.AddField(
            model_name="score",
            name="severity_high",
            field=models.FloatField(help_text="Upper bound of its interval.", null=True),
        ),
        migrations.AddField(
            model_name="score",
            name="severity_low",
            field=models.FloatField(help_text="Lower bound of its interval.", null=True),
        ),
        migrations.AddConstraint(
            model_name="score",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("severity_high", None), ("severity_low", None)),
                    models.Q(
                        ("severity_high__range", (models.F("severity"), 100)),
                        ("severity_low__range", (0, models.F("severity"))),
                    ),
                    _connector="OR",
                ),
                name="severity_within_its_interval",
            ),
        ),
    ]
