"""The schema of this house, the append-only triggers of the audit trail, the eight conditions."""

import datetime
from typing import Any

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

import studies.protocol.models.reminders

SQLITE = [
    f"CREATE TRIGGER audit_event_no_{verb.lower()} BEFORE {verb} ON studies_auditevent "
    "BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;"
    for verb in ("UPDATE", "DELETE")
]
POSTGRESQL = [
    """CREATE FUNCTION audit_event_refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the audit trail is append-only'; END $$;""",
    """CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE ON studies_auditevent
    FOR EACH ROW EXECUTE FUNCTION audit_event_refuse();""",
    """CREATE TRIGGER audit_event_no_truncate BEFORE TRUNCATE ON studies_auditevent
    FOR EACH STATEMENT EXECUTE FUNCTION audit_event_refuse();""",
]


def refuse_changes(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    statements = {"sqlite": SQLITE, "postgresql": POSTGRESQL}[schema_editor.connection.vendor]
    for statement in statements:
        schema_editor.execute(statement)


def allow_changes(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "sqlite":
        for verb in ("update", "delete"):
            schema_editor.execute(f"DROP TRIGGER audit_event_no_{verb}")
    else:
        schema_editor.execute("DROP FUNCTION audit_event_refuse() CASCADE")


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


def fill_conditions(apps: Any, schema_editor: Any) -> None:
    condition = apps.get_model("studies", "Condition")
    for order, (code, name, description) in enumerate(CONDITIONS):
        condition.objects.create(code=code, name=name, description=description, order=order)


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditHead",
            fields=[
                ("chain", models.CharField(max_length=20, primary_key=True, serialize=False)),
                ("sequence", models.PositiveBigIntegerField(default=0)),
                (
                    "hash",
                    models.CharField(
                        default="0000000000000000000000000000000000000000000000000000000000000000",
                        max_length=64,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Condition",
            fields=[
                ("code", models.SlugField(max_length=20, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=60)),
                ("description", models.CharField(max_length=300)),
                ("order", models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                "ordering": ["order"],
            },
        ),
        migrations.CreateModel(
            name="Study",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "code",
                    models.CharField(
                        max_length=20,
                        unique=True,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[A-Z][A-Z0-9-]{0,19}$",
                                "Use capital letters, digits and hyphens, starting with a letter.",
                            )
                        ],
                    ),
                ),
                ("title", models.CharField(max_length=200)),
                (
                    "titles",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text="Language → title, as participants read it.",
                    ),
                ),
                ("summary", models.TextField(blank=True)),
                ("sponsor", models.CharField(blank=True, max_length=200)),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "draft"), ("active", "active"), ("closed", "closed")],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("time_zone", models.CharField(default="Asia/Singapore", max_length=64)),
                (
                    "languages",
                    models.JSONField(
                        default=list, help_text="Language codes offered to participants."
                    ),
                ),
                (
                    "quality_profile",
                    models.CharField(
                        choices=[
                            ("off", "Off: accept any photo that shows one face"),
                            ("normal", "Normal"),
                            ("strict", "Strict"),
                        ],
                        default="normal",
                        max_length=10,
                    ),
                ),
                ("min_age", models.PositiveSmallIntegerField(default=18)),
                ("max_age", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "verbose_name_plural": "studies",
                "ordering": ["code"],
            },
        ),
        migrations.CreateModel(
            name="WorkerHeartbeat",
            fields=[
                ("name", models.CharField(max_length=120, primary_key=True, serialize=False)),
                ("seen_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                (
                    "last_login",
                    models.DateTimeField(blank=True, null=True, verbose_name="last login"),
                ),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                ("email", models.EmailField(max_length=254, unique=True, verbose_name="e-mail")),
                ("name", models.CharField(max_length=120)),
                ("is_active", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="AuditEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("chain", models.CharField(max_length=20)),
                ("sequence", models.PositiveBigIntegerField()),
                ("at", models.DateTimeField()),
                ("actor_kind", models.CharField(max_length=12)),
                ("actor_id", models.CharField(blank=True, max_length=40)),
                ("actor_label", models.CharField(blank=True, max_length=400)),
                ("action", models.CharField(max_length=60)),
                ("study_code", models.CharField(blank=True, max_length=20)),
                ("site_code", models.CharField(blank=True, max_length=8)),
                ("participant_code", models.CharField(blank=True, max_length=20)),
                ("object_type", models.CharField(blank=True, max_length=40)),
                ("object_id", models.CharField(blank=True, max_length=64)),
                ("old", models.JSONField(null=True)),
                ("new", models.JSONField(null=True)),
                ("reason", models.TextField(blank=True)),
                ("source", models.CharField(max_length=12)),
                ("address", models.CharField(blank=True, max_length=45)),
                ("previous_hash", models.CharField(max_length=64)),
                ("hash", models.CharField(max_length=64)),
            ],
            options={
                "ordering": ["-at", "-sequence"],
                "indexes": [
                    models.Index(
                        fields=["study_code", "participant_code", "-at"],
                        name="studies_aud_study_c_aa19de_idx",
                    ),
                    models.Index(
                        fields=["study_code", "action", "-at"],
                        name="studies_aud_study_c_075684_idx",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("chain", "sequence"), name="audit_sequence_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ReminderSettings",
            fields=[
                (
                    "study",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="reminders",
                        serialize=False,
                        to="studies.study",
                    ),
                ),
                (
                    "kinds",
                    models.JSONField(
                        blank=True, default=studies.protocol.models.reminders.every_kind
                    ),
                ),
                (
                    "channels",
                    models.JSONField(
                        blank=True, default=studies.protocol.models.reminders.every_channel
                    ),
                ),
                ("send_at", models.TimeField(default=datetime.time(9, 0))),
                (
                    "days_before_close",
                    models.PositiveSmallIntegerField(
                        default=1, validators=[django.core.validators.MaxValueValidator(30)]
                    ),
                ),
                ("quiet_from", models.TimeField(default=datetime.time(21, 0))),
                ("quiet_until", models.TimeField(default=datetime.time(8, 0))),
                (
                    "hours_between",
                    models.PositiveSmallIntegerField(
                        default=4, validators=[django.core.validators.MaxValueValidator(48)]
                    ),
                ),
                (
                    "max_per_week",
                    models.PositiveSmallIntegerField(
                        default=6,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(50),
                        ],
                    ),
                ),
                ("sender_name", models.CharField(blank=True, max_length=30)),
            ],
            options={
                "verbose_name_plural": "reminder settings",
            },
        ),
        migrations.CreateModel(
            name="ConsentVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=20)),
                ("edition", models.PositiveIntegerField(default=0, editable=False)),
                (
                    "study",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="consent_versions",
                        to="studies.study",
                    ),
                ),
            ],
            options={
                "ordering": ["edition", "number"],
            },
        ),
        migrations.CreateModel(
            name="ConsentDocument",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("language", models.CharField(max_length=10)),
                ("title", models.CharField(max_length=200)),
                ("body", models.TextField()),
                ("choices", models.JSONField(default=list)),
                ("key_points", models.JSONField(blank=True, default=list)),
                ("questions", models.JSONField(blank=True, default=list)),
                ("editorial", models.BooleanField(default=False)),
                ("editorial_reason", models.CharField(blank=True, max_length=300)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("in_force", "in force"),
                            ("superseded", "superseded"),
                        ],
                        default="draft",
                        max_length=12,
                    ),
                ),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("in_force_at", models.DateTimeField(blank=True, null=True)),
                ("superseded_at", models.DateTimeField(blank=True, null=True)),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="documents",
                        to="studies.consentversion",
                    ),
                ),
                (
                    "study",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="consent_documents",
                        to="studies.study",
                    ),
                ),
            ],
            options={
                "ordering": ["language", "-in_force_at", "version__number"],
            },
        ),
        migrations.CreateModel(
            name="Arm",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "code",
                    models.CharField(
                        max_length=20,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[A-Z][A-Z0-9-]{0,19}$",
                                "Use capital letters, digits and hyphens, starting with a letter.",
                            )
                        ],
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                (
                    "study",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="arms",
                        to="studies.study",
                    ),
                ),
            ],
            options={
                "ordering": ["code"],
            },
        ),
        migrations.CreateModel(
            name="Site",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "code",
                    models.CharField(
                        max_length=8,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[A-Z]{2,4}[0-9]{2}$", "For example SG01."
                            )
                        ],
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                (
                    "country",
                    models.CharField(blank=True, help_text="ISO 3166-1 alpha-2.", max_length=2),
                ),
                ("contact_phone", models.CharField(blank=True, max_length=40)),
                ("contact_email", models.EmailField(blank=True, max_length=254)),
                ("enrolment_target", models.PositiveIntegerField(default=0)),
                ("last_participant_number", models.PositiveIntegerField(default=0, editable=False)),
                (
                    "study",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sites",
                        to="studies.study",
                    ),
                ),
            ],
            options={
                "ordering": ["code"],
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("manager", "Manager"),
                            ("coordinator", "Coordinator"),
                            ("investigator", "Investigator"),
                            ("monitor", "Monitor"),
                        ],
                        max_length=20,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="memberships",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "study",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="memberships",
                        to="studies.study",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="memberships",
                        to="studies.site",
                    ),
                ),
            ],
            options={
                "ordering": ["study", "user__name"],
            },
        ),
        migrations.CreateModel(
            name="StudyCondition",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=0)),
                (
                    "condition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="in_studies",
                        to="studies.condition",
                    ),
                ),
                (
                    "study",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="study_conditions",
                        to="studies.study",
                    ),
                ),
            ],
            options={
                "ordering": ["position"],
            },
        ),
        migrations.AddField(
            model_name="study",
            name="conditions",
            field=models.ManyToManyField(
                related_name="studies", through="studies.StudyCondition", to="studies.condition"
            ),
        ),
        migrations.CreateModel(
            name="VisitDefinition",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "code",
                    models.CharField(
                        max_length=20,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[a-z0-9][a-z0-9-]*$", "Small letters, digits, hyphens."
                            )
                        ],
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                ("day_offset", models.IntegerField()),
                ("window_before", models.PositiveSmallIntegerField(default=0, help_text="Days.")),
                ("window_after", models.PositiveSmallIntegerField(default=0, help_text="Days.")),
                (
                    "views",
                    models.JSONField(
                        default=list, help_text="front, left, right: in the order asked for."
                    ),
                ),
                ("instructions", models.TextField(blank=True)),
                (
                    "translations",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text="Language → {name, instructions} as participants read.",
                    ),
                ),
                (
                    "study",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visit_definitions",
                        to="studies.study",
                    ),
                ),
            ],
            options={
                "ordering": ["day_offset", "code"],
            },
        ),
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sha256", models.CharField(max_length=64, unique=True)),
                ("hint", models.CharField(max_length=12)),
                ("created_at", models.DateTimeField()),
                ("last_used_at", models.DateTimeField(blank=True, null=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="api_tokens",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("revoked_at", None)),
                        fields=("user",),
                        name="api_token_one_in_use",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="EligibilityCriterion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=40)),
                (
                    "kind",
                    models.CharField(
                        choices=[("inclusion", "Inclusion"), ("exclusion", "Exclusion")],
                        max_length=10,
                    ),
                ),
                ("text", models.CharField(max_length=300)),
                ("order", models.PositiveSmallIntegerField(default=0)),
                (
                    "study",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="criteria",
                        to="studies.study",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "eligibility criteria",
                "ordering": ["kind", "order"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("study", "code"), name="criterion_code_once_per_study"
                    )
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="consentversion",
            constraint=models.UniqueConstraint(
                fields=("study", "number"), name="consent_version_number_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="consentdocument",
            constraint=models.UniqueConstraint(
                fields=("study", "language", "version"), name="consent_version_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="consentdocument",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "in_force")),
                fields=("study", "language"),
                name="consent_one_in_force_per_language",
            ),
        ),
        migrations.AddConstraint(
            model_name="arm",
            constraint=models.UniqueConstraint(
                fields=("study", "code"), name="arm_code_once_per_study"
            ),
        ),
        migrations.AddConstraint(
            model_name="site",
            constraint=models.UniqueConstraint(
                fields=("study", "code"), name="site_code_once_per_study"
            ),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)),
                fields=("user", "study", "site", "role"),
                name="membership_once_per_site",
            ),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None), ("site", None)),
                fields=("user", "study", "role"),
                name="membership_once_at_all_sites",
            ),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("role__in", ["manager", "coordinator", "investigator", "monitor"])
                ),
                name="membership_role_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="studycondition",
            constraint=models.UniqueConstraint(
                fields=("study", "condition"), name="study_condition_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="study",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["draft", "active", "closed"])),
                name="study_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="visitdefinition",
            constraint=models.UniqueConstraint(
                fields=("study", "code"), name="visit_code_once_per_study"
            ),
        ),
        migrations.AddConstraint(
            model_name="visitdefinition",
            constraint=models.UniqueConstraint(
                fields=("study", "day_offset"), name="visit_day_once_per_study"
            ),
        ),
        migrations.AddConstraint(
            model_name="visitdefinition",
            constraint=models.CheckConstraint(
                condition=models.Q(("day_offset__gte", 0)), name="visit_day_not_negative"
            ),
        ),
        migrations.RunPython(refuse_changes, allow_changes),
        migrations.RunPython(fill_conditions, migrations.RunPython.noop),
    ]
