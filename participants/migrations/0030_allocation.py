import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("participants", "0025_serious_events"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Allocation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "method",
                    models.CharField(
                        choices=[
                            ("hand", "given by hand"),
                            ("list", "next row of a list"),
                            ("minimisation", "minimisation"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "sealed",
                    models.BinaryField(help_text="Arm and kit, encrypted; all of one length."),
                ),
                (
                    "given_at",
                    models.DateTimeField(
                        blank=True, help_text="Empty: before the moment was kept.", null=True
                    ),
                ),
                (
                    "given_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "participant",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="allocation",
                        to="participants.participant",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("method__in", ["hand", "list", "minimisation"])),
                        name="allocation_method_known",
                    )
                ],
            },
        ),
    ]
