"""The schema of this house."""

import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("participants", "0001_initial"),
        ("studies", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ModelPackage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                ("version", models.CharField(max_length=40)),
                ("sha256", models.CharField(max_length=64, unique=True)),
                ("file", models.CharField(max_length=200)),
                ("size", models.PositiveBigIntegerField()),
                ("card", models.JSONField()),
                ("check_report", models.JSONField(default=dict, help_text="CheckResult.as_dict()")),
                (
                    "report",
                    models.JSONField(
                        blank=True, help_text="The evaluation report, if any.", null=True
                    ),
                ),
                ("recipe", models.CharField(max_length=60)),
                ("demonstrator", models.BooleanField(default=False)),
                (
                    "state",
                    models.CharField(
                        choices=[("registered", "registered"), ("retired", "retired")],
                        default="registered",
                        max_length=12,
                    ),
                ),
                ("milliseconds_per_crop", models.FloatField(null=True)),
                ("registered_at", models.DateTimeField()),
                ("retired_at", models.DateTimeField(blank=True, null=True)),
                ("retired_because", models.CharField(blank=True, max_length=500)),
                (
                    "conditions",
                    models.ManyToManyField(
                        help_text="Those its card gives grades of.",
                        related_name="packages",
                        to="studies.condition",
                    ),
                ),
                (
                    "registered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["name", "-registered_at"],
            },
        ),
        migrations.CreateModel(
            name="Rescore",
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
                ("reason", models.CharField(max_length=500)),
                (
                    "cursor",
                    models.UUIDField(
                        help_text="The last photo looked at, by primary key.", null=True
                    ),
                ),
                (
                    "skipped",
                    models.PositiveIntegerField(
                        default=0, help_text="Photos without consent to scoring."
                    ),
                ),
                ("stopped_at", models.DateTimeField(blank=True, null=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "package",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rescores",
                        to="inference.modelpackage",
                    ),
                ),
                (
                    "stopped_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "study",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rescores",
                        to="studies.study",
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at", "-pk"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Run",
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
                ("recipe", models.CharField(help_text="name@version", max_length=60)),
                ("recipe_sha256", models.CharField(max_length=64)),
                ("model_sha256", models.CharField(max_length=64)),
                (
                    "photo_sha256",
                    models.CharField(help_text="Of the upright pixels' file.", max_length=64),
                ),
                (
                    "runtime",
                    models.CharField(
                        blank=True, help_text="For example onnxruntime 1.32.0", max_length=80
                    ),
                ),
                ("timings", models.JSONField(default=dict, help_text="Stage → milliseconds.")),
                (
                    "measured",
                    models.JSONField(
                        default=dict,
                        help_text="What was measured: px_per_mm, noise_sigma, light_gains.",
                    ),
                ),
                ("quality_flags", models.JSONField(default=list)),
                (
                    "cleaned_file",
                    models.CharField(
                        blank=True,
                        help_text="A small JPEG of the photo after the recipe.",
                        max_length=200,
                    ),
                ),
                (
                    "package",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="runs",
                        to="inference.modelpackage",
                    ),
                ),
                (
                    "photo",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="runs",
                        to="participants.photo",
                    ),
                ),
                (
                    "rescore",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="runs",
                        to="inference.rescore",
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ActivationMap",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("file", models.CharField(max_length=200)),
                (
                    "condition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="studies.condition",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="maps",
                        to="inference.run",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Score",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("region", models.CharField(max_length=30)),
                ("grade", models.CharField(blank=True, max_length=20)),
                ("severity", models.FloatField(null=True)),
                ("probabilities", models.JSONField(default=dict, help_text="Grade → probability.")),
                ("regions_used", models.PositiveSmallIntegerField(default=1)),
                ("not_assessable", models.CharField(blank=True, max_length=120)),
                (
                    "condition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="scores",
                        to="studies.condition",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="scores",
                        to="inference.run",
                    ),
                ),
            ],
            options={
                "ordering": ["condition__order", "region"],
            },
        ),
        migrations.CreateModel(
            name="StudyModel",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("activated_at", models.DateTimeField()),
                ("deactivated_at", models.DateTimeField(blank=True, null=True)),
                ("primary", models.BooleanField(default=False)),
                (
                    "activated_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "package",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="studies",
                        to="inference.modelpackage",
                    ),
                ),
                (
                    "study",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="study_models",
                        to="studies.study",
                    ),
                ),
            ],
            options={
                "ordering": ["study", "-activated_at"],
            },
        ),
        migrations.CreateModel(
            name="Trial",
            fields=[
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
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                (
                    "view",
                    models.CharField(
                        choices=[
                            ("front", "Front"),
                            ("left", "Left side"),
                            ("right", "Right side"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "profile",
                    models.CharField(
                        help_text="How strictly the quality is judged.", max_length=12
                    ),
                ),
                ("upload_file", models.CharField(blank=True, max_length=200)),
                (
                    "result_file",
                    models.CharField(
                        blank=True, help_text="What is shown, as JSON.", max_length=200
                    ),
                ),
                (
                    "refused",
                    models.TextField(blank=True, help_text="Why it was not scored, in words."),
                ),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                ("expires_at", models.DateTimeField()),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="model_trials",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "package",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="trials",
                        to="inference.modelpackage",
                    ),
                ),
                (
                    "photo",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="participants.photo",
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at"],
                "abstract": False,
            },
        ),
        migrations.AddConstraint(
            model_name="modelpackage",
            constraint=models.UniqueConstraint(
                fields=("name", "version"), name="package_version_once"
            ),
        ),
        migrations.AddIndex(
            model_name="rescore",
            index=models.Index(fields=["state", "due_at"], name="inference_r_state_ac75f4_idx"),
        ),
        migrations.AddConstraint(
            model_name="rescore",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["queued", "running", "done", "quarantined"])),
                name="inference_rescore_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="rescore",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["queued", "running"])),
                fields=("study", "package"),
                name="rescore_one_at_a_time",
            ),
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(fields=["state", "due_at"], name="inference_r_state_2031e0_idx"),
        ),
        migrations.AddConstraint(
            model_name="run",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["queued", "running", "done", "quarantined"])),
                name="inference_run_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="run",
            constraint=models.UniqueConstraint(
                fields=("photo", "model_sha256", "recipe_sha256"), name="run_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="activationmap",
            constraint=models.UniqueConstraint(
                fields=("run", "condition"), name="map_once_per_condition"
            ),
        ),
        migrations.AddConstraint(
            model_name="score",
            constraint=models.UniqueConstraint(
                fields=("run", "condition", "region"), name="score_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="score",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("severity", None), ("severity__range", (0, 100)), _connector="OR"
                ),
                name="severity_0_to_100",
            ),
        ),
        migrations.AddConstraint(
            model_name="score",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("grade", ""), ("severity", None)),
                    models.Q(
                        models.Q(("severity", None), _negated=True),
                        models.Q(("grade", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="score_graded_or_not_assessable",
            ),
        ),
        migrations.AddConstraint(
            model_name="studymodel",
            constraint=models.UniqueConstraint(
                condition=models.Q(("primary", True)),
                fields=("study",),
                name="study_model_one_primary",
            ),
        ),
        migrations.AddConstraint(
            model_name="studymodel",
            constraint=models.CheckConstraint(
                condition=models.Q(("primary", False), ("deactivated_at", None), _connector="OR"),
                name="study_model_primary_is_in_use",
            ),
        ),
        migrations.AddConstraint(
            model_name="studymodel",
            constraint=models.UniqueConstraint(
                condition=models.Q(("deactivated_at", None)),
                fields=("study", "package"),
                name="study_model_active_once",
            ),
        ),
        migrations.AddIndex(
            model_name="trial",
            index=models.Index(fields=["state", "due_at"], name="inference_t_state_7c3f92_idx"),
        ),
        migrations.AddConstraint(
            model_name="trial",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["queued", "running", "done", "quarantined"])),
                name="inference_trial_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="trial",
            constraint=models.CheckConstraint(
                condition=models.Q(("photo", None), ("upload_file", ""), _connector="OR"),
                name="trial_of_one_photo",
            ),
        ),
    ]
