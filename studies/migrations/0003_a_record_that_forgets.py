"""Events get a format and sealed contents; participants, and chains, get keys; heads get anchored.

Events written before stay as they are, in format 1: a chain counts as keyed from its next row on.
"""

from importlib import import_module
from typing import Any

import django.utils.timezone
from django.db import migrations, models

initial = import_module("studies.migrations.0001_initial")


def give_keys(apps: Any, schema_editor: Any) -> None:
    """Every chain gets a key, which counts from its next row on, and its first anchor."""
    from studies.record.services.chains import make_key

    heads = apps.get_model("studies", "AuditHead")
    for head in heads.objects.all():
        key = make_key(head.chain, since=head.sequence + 1)
        heads.objects.filter(pk=head.pk).update(sealed_key=key)
    if heads.objects.exists():
        day = django.utils.timezone.now().date()
        apps.get_model("studies", "RecordAnchor").objects.create(day=day)


def nothing(apps: Any, schema_editor: Any) -> None:
    """The columns go with what they hold."""


class Migration(migrations.Migration):
    dependencies = [
        ("studies", "0002_codes_in_addresses"),
    ]

    operations = [
        # On SQLite a table that gets a column is made anew, without its triggers.
        migrations.RunPython(initial.allow_changes, initial.refuse_changes),
        migrations.AddField(
            model_name="auditevent",
            name="format",
            field=models.PositiveSmallIntegerField(default=1),
        ),
        migrations.AddField(
            model_name="auditevent",
            name="sealed",
            field=models.BinaryField(
                default=b"", help_text="What the event tells of a participant, under their own key."
            ),
        ),
        migrations.AddField(
            model_name="audithead",
            name="mac",
            field=models.CharField(default="", max_length=64),
        ),
        migrations.AddField(
            model_name="audithead",
            name="sealed_key",
            field=models.BinaryField(default=b""),
        ),
        migrations.CreateModel(
            name="RecordAnchor",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "queued"),
                            ("running", "running"),
                            ("done", "done"),
                            ("quarantined", "quarantined"),
                        ],
                        default="queued",
                        max_length=12,
                    ),
                ),
                ("due_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                (
                    "token",
                    models.PositiveIntegerField(
                        default=0, help_text="Fencing token: raised by each claim."
                    ),
                ),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("notified_at", models.DateTimeField(blank=True, db_column="rung_at", null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("last_error", models.TextField(blank=True)),
                (
                    "day",
                    models.DateField(
                        help_text="Begins at midnight UTC; empty: asked for by somebody.",
                        null=True,
                        unique=True,
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=60)),
            ],
            options={
                "verbose_name": "anchor of the record",
                "abstract": False,
                "indexes": [
                    models.Index(fields=["state", "due_at"], name="studies_rec_state_e4e69e_idx")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["queued", "running", "done", "quarantined"])
                        ),
                        name="studies_recordanchor_state_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RecordKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("study_code", models.CharField(max_length=20)),
                ("participant_code", models.CharField(max_length=20)),
                ("sealed", models.BinaryField()),
                ("made_at", models.DateTimeField()),
                ("destroyed_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("study_code", "participant_code"), name="record_key_once"
                    )
                ],
            },
        ),
        migrations.RunPython(initial.refuse_changes, initial.allow_changes),
        migrations.RunPython(give_keys, nothing),
    ]
