"""The schema of this house."""

import uuid

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("studies", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Participant",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=20)),
                (
                    "outbox_owner",
                    models.UUIDField(
                        db_column="phone_id",
                        default=uuid.uuid4,
                        editable=False,
                        help_text="What their own phone knows them by; says nothing to anybody else.",
                        unique=True,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("screened", "screened"),
                            ("enrolled", "enrolled"),
                            ("completed", "completed"),
                            ("withdrawn", "withdrawn"),
                            ("erased", "erased"),
                        ],
                        default="screened",
                        max_length=12,
                    ),
                ),
                (
                    "data_use",
                    models.CharField(
                        choices=[("full", "in use"), ("restricted", "restricted")],
                        db_column="use",
                        default="full",
                        help_text="Restricted: what was collected is not scored, shown to researchers or exported.",
                        max_length=12,
                    ),
                ),
                (
                    "year_of_birth",
                    models.PositiveSmallIntegerField(
                        help_text="Empty once the participant's data are erased.",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1900),
                            django.core.validators.MaxValueValidator(2100),
                        ],
                    ),
                ),
                (
                    "sex",
                    models.CharField(
                        choices=[
                            ("female", "Female"),
                            ("male", "Male"),
                            ("other", "Another term"),
                            ("undisclosed", "Not said"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "ethnicity",
                    models.CharField(
                        choices=[
                            ("chinese", "Chinese"),
                            ("malay", "Malay"),
                            ("indian", "Indian"),
                            ("indonesian", "Indonesian"),
                            ("thai", "Thai"),
                            ("vietnamese", "Vietnamese"),
                            ("filipino", "Filipino"),
                            ("eurasian", "Eurasian"),
                            ("other", "Another group"),
                            ("undisclosed", "Not said"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "fitzpatrick",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="I to VI, as 1 to 6.",
                        null=True,
                        verbose_name="Fitzpatrick type",
                    ),
                ),
                (
                    "monk_tone",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="1 (lightest) to 10 (darkest).",
                        null=True,
                        verbose_name="Monk skin tone",
                    ),
                ),
                ("language", models.CharField(default="en", max_length=10)),
                (
                    "time_zone",
                    models.CharField(blank=True, help_text="Empty: the study's.", max_length=64),
                ),
                ("screened_at", models.DateTimeField()),
                (
                    "enrolled_on",
                    models.DateField(blank=True, help_text="Day 0 of the schedule.", null=True),
                ),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "request_id",
                    models.UUIDField(
                        blank=True,
                        help_text="The form's own: sent twice, it counts once.",
                        null=True,
                        unique=True,
                    ),
                ),
                (
                    "arm",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="participants",
                        to="studies.arm",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="participants",
                        to="studies.site",
                    ),
                ),
                (
                    "study",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="participants",
                        to="studies.study",
                    ),
                ),
            ],
            options={
                "ordering": ["code"],
            },
        ),
        migrations.CreateModel(
            name="Photo",
            fields=[
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
                    "state",
                    models.CharField(
                        choices=[
                            ("received", "received"),
                            ("accepted", "accepted"),
                            ("retake_wanted", "retake wanted"),
                            ("replaced", "replaced"),
                        ],
                        default="received",
                        max_length=14,
                    ),
                ),
                ("original_file", models.CharField(max_length=200)),
                ("sha256", models.CharField(max_length=64)),
                ("size", models.PositiveBigIntegerField(help_text="Bytes.")),
                ("received_at", models.DateTimeField()),
                ("sent_by", models.CharField(default="participant", max_length=12)),
                (
                    "capture",
                    models.JSONField(
                        default=dict,
                        help_text="How the phone took it (participants.captures); {} when unknown.",
                    ),
                ),
                (
                    "late_arrival",
                    models.BooleanField(
                        default=False,
                        help_text="Taken within the visit's window, arrived after it.",
                    ),
                ),
                ("upright_file", models.CharField(blank=True, max_length=200)),
                ("upright_sha256", models.CharField(blank=True, max_length=64)),
                ("thumbnail_file", models.CharField(blank=True, max_length=200)),
                ("format", models.CharField(blank=True, max_length=8)),
                (
                    "width",
                    models.PositiveIntegerField(
                        blank=True, help_text="Upright, pixels.", null=True
                    ),
                ),
                (
                    "height",
                    models.PositiveIntegerField(
                        blank=True, help_text="Upright, pixels.", null=True
                    ),
                ),
                ("taken_at", models.DateTimeField(blank=True, null=True)),
                ("camera_make", models.CharField(blank=True, max_length=60)),
                ("camera_model", models.CharField(blank=True, max_length=60)),
                (
                    "exposure",
                    models.JSONField(
                        blank=True, help_text="{exposure_s, f_number, iso}", null=True
                    ),
                ),
                (
                    "quality",
                    models.JSONField(blank=True, help_text="QualityReport.as_dict()", null=True),
                ),
                (
                    "landmarks_file",
                    models.CharField(blank=True, help_text="float32 (468, 3), npy", max_length=200),
                ),
                (
                    "retake_reasons",
                    models.JSONField(default=list, help_text="A list of {code, message}."),
                ),
                (
                    "reviewed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["received_at"],
            },
        ),
        migrations.CreateModel(
            name="ConsentReading",
            fields=[
                (
                    "participant",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="consent_reading",
                        serialize=False,
                        to="participants.participant",
                    ),
                ),
                ("document_sha256", models.CharField(max_length=64)),
                ("checks", models.JSONField(default=dict)),
                ("choices", models.JSONField(default=dict)),
                ("changed_at", models.DateTimeField(auto_now=True)),
            ],
        ),
        migrations.CreateModel(
            name="Identity",
            fields=[
                (
                    "participant",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="identity",
                        serialize=False,
                        to="participants.participant",
                    ),
                ),
                ("sealed", models.BinaryField()),
                ("sealed_at", models.DateTimeField()),
            ],
            options={
                "verbose_name_plural": "identities",
            },
        ),
        migrations.CreateModel(
            name="Consent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("document_sha256", models.CharField(max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("given", "given"),
                            ("superseded", "superseded"),
                            ("withdrawn", "withdrawn"),
                        ],
                        default="given",
                        max_length=12,
                    ),
                ),
                ("choices", models.JSONField(help_text="Choice code → agreed (true or false).")),
                ("sealed_name", models.BinaryField()),
                ("signature_file", models.CharField(blank=True, max_length=200)),
                ("pdf_file", models.CharField(max_length=200)),
                ("pdf_sha256", models.CharField(max_length=64)),
                ("given_at", models.DateTimeField()),
                (
                    "request_id",
                    models.UUIDField(
                        blank=True,
                        help_text="The form's own: sent twice, it counts once.",
                        null=True,
                        unique=True,
                    ),
                ),
                (
                    "act",
                    models.CharField(
                        choices=[("agreement", "agreement"), ("choices", "change of choices")],
                        default="agreement",
                        max_length=12,
                    ),
                ),
                ("checks", models.JSONField(blank=True, default=list)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawal_reason", models.TextField(blank=True)),
                (
                    "document",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="consents",
                        to="studies.consentdocument",
                    ),
                ),
                (
                    "follows",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="participants.consent",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "participant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="consents",
                        to="participants.participant",
                    ),
                ),
            ],
            options={
                "ordering": ["-given_at"],
            },
        ),
        migrations.CreateModel(
            name="DailyRollover",
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
                ("day", models.DateField(help_text="Begins at midnight in the study's time zone.")),
                (
                    "study",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="studies.study",
                    ),
                ),
            ],
            options={
                "db_table": "participants_visitclock",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="DataRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "number",
                    models.CharField(
                        help_text="On the receipt; says nothing.", max_length=16, unique=True
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("stop", "Stop"),
                            ("stop_keep", "Stop and keep"),
                            ("erase", "Erase"),
                            ("copy", "Copy of the photos"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "open"),
                            ("carried_out", "carried out"),
                            ("taken_back", "taken back"),
                            ("refused", "refused"),
                        ],
                        default="open",
                        max_length=12,
                    ),
                ),
                ("language", models.CharField(default="en", max_length=10)),
                ("requested_at", models.DateTimeField()),
                ("sealed_reason", models.BinaryField(blank=True, default=b"")),
                (
                    "due_at",
                    models.DateTimeField(help_text="An erasure may be taken back until then."),
                ),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "refusal",
                    models.CharField(
                        blank=True, help_text="Why a copy is not given.", max_length=300
                    ),
                ),
                (
                    "counts",
                    models.JSONField(
                        default=dict, help_text="What an erasure removed: noun → number."
                    ),
                ),
                (
                    "verified_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="Every store was searched and nothing was found.",
                        null=True,
                    ),
                ),
                ("token_sha256", models.CharField(max_length=64, unique=True)),
                ("sealed_token", models.BinaryField(blank=True, default=b"")),
                (
                    "participant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="data_requests",
                        to="participants.participant",
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "settled_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-requested_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("token_sha256", models.CharField(max_length=64, unique=True)),
                (
                    "purpose",
                    models.CharField(
                        choices=[("personal", "personal link"), ("message", "link in a message")],
                        default="personal",
                        max_length=8,
                    ),
                ),
                (
                    "target",
                    models.CharField(blank=True, help_text="Empty: the home page.", max_length=200),
                ),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                ("first_used_at", models.DateTimeField(blank=True, null=True)),
                ("last_used_at", models.DateTimeField(blank=True, null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "participant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="invitations",
                        to="participants.participant",
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at"],
            },
        ),
        migrations.CreateModel(
            name="Message",
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
                    "kind",
                    models.CharField(
                        choices=[
                            ("visit_opens", "Visit opens"),
                            ("visit_due", "Visit is due"),
                            ("visit_closing", "Visit closes soon"),
                            ("visit_missed", "Visit was missed"),
                            ("retake", "Photo to retake"),
                            ("consent_renew", "Consent to renew"),
                            ("later", "Asked to be reminded later"),
                            ("erasure_receipt", "Receipt of an erasure"),
                            ("test", "Test"),
                        ],
                        max_length=16,
                    ),
                ),
                ("about", models.CharField(blank=True, max_length=64)),
                ("round", models.PositiveSmallIntegerField(default=1)),
                (
                    "covers",
                    models.JSONField(
                        default=list, help_text="Ids of the photos it asks for again."
                    ),
                ),
                (
                    "planned_for",
                    models.DateTimeField(help_text="What the plan says; due_at may be later."),
                ),
                (
                    "wished",
                    models.CharField(
                        blank=True, help_text="The one channel of a test.", max_length=8
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("planned", "planned"),
                            ("sent", "sent"),
                            ("unknown", "perhaps sent"),
                            ("combined", "said in another message"),
                            ("cancelled", "no longer needed"),
                            ("failed", "not sent"),
                        ],
                        default="planned",
                        max_length=10,
                    ),
                ),
                (
                    "why",
                    models.CharField(
                        blank=True, help_text="A code: why it was not sent.", max_length=20
                    ),
                ),
                (
                    "channel",
                    models.CharField(blank=True, help_text="Chosen at sending.", max_length=8),
                ),
                ("provider_id", models.CharField(blank=True, max_length=200)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                (
                    "retried_at",
                    models.DateTimeField(blank=True, help_text="By a person.", null=True),
                ),
                (
                    "participant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="messages",
                        to="participants.participant",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="MessageAttempt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("channel", models.CharField(max_length=8)),
                (
                    "key",
                    models.UUIDField(
                        default=uuid.uuid4, help_text="Given to the provider: same key, once."
                    ),
                ),
                ("token", models.PositiveIntegerField(help_text="The message's fencing token.")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("sending", "sending"),
                            ("accepted", "accepted"),
                            ("failed", "failed"),
                            ("refused", "refused"),
                            ("unknown", "unknown"),
                        ],
                        default="sending",
                        max_length=10,
                    ),
                ),
                (
                    "code",
                    models.CharField(
                        blank=True, help_text="Why it failed, as a code.", max_length=40
                    ),
                ),
                (
                    "parts",
                    models.PositiveSmallIntegerField(
                        default=0, help_text="Of a text message, as billed."
                    ),
                ),
                ("begun_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "message",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tries",
                        to="participants.message",
                    ),
                ),
            ],
            options={
                "ordering": ["begun_at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="RetakeSeen",
            fields=[
                (
                    "photo",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="retake_seen",
                        serialize=False,
                        to="participants.photo",
                    ),
                ),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="PhotoCheck",
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
                    "photo",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="check_work",
                        to="participants.photo",
                    ),
                ),
            ],
            options={
                "verbose_name": "photo check",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="PushSubscription",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("endpoint_sha256", models.CharField(max_length=64, unique=True)),
                ("sealed", models.BinaryField()),
                ("created_at", models.DateTimeField()),
                ("worked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "participant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="push_subscriptions",
                        to="participants.participant",
                    ),
                ),
            ],
            options={
                "ordering": ["created_at"],
            },
        ),
        migrations.CreateModel(
            name="RequestNotice",
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
                    "request",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notice",
                        to="participants.datarequest",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="RequestWork",
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
                ("step", models.CharField(blank=True, max_length=20)),
                ("sealed_plan", models.BinaryField(blank=True, default=b"")),
                (
                    "request",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="work",
                        to="participants.datarequest",
                    ),
                ),
            ],
            options={
                "verbose_name": "data request",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Screening",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "answers",
                    models.JSONField(
                        help_text="A list of {code, kind, text, met}, the criteria as they were worded."
                    ),
                ),
                ("eligible", models.BooleanField()),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "participant",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="screening",
                        to="participants.participant",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Visit",
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
                            ("scheduled", "scheduled"),
                            ("due", "due"),
                            ("in_progress", "in progress"),
                            ("complete", "complete"),
                            ("missed", "missed"),
                            ("cancelled", "cancelled"),
                        ],
                        default="scheduled",
                        max_length=12,
                    ),
                ),
                ("scheduled_on", models.DateField()),
                ("opens_on", models.DateField()),
                ("closes_on", models.DateField()),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("completed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "definition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visits",
                        to="studies.visitdefinition",
                    ),
                ),
                (
                    "participant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="visits",
                        to="participants.participant",
                    ),
                ),
            ],
            options={
                "ordering": ["scheduled_on"],
            },
        ),
        migrations.CreateModel(
            name="Upload",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
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
                ("length", models.PositiveBigIntegerField()),
                ("offset", models.PositiveBigIntegerField(default=0)),
                ("sha256", models.CharField(max_length=64)),
                ("capture", models.JSONField(default=dict, help_text="As Photo.capture.")),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                (
                    "visit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="uploads",
                        to="participants.visit",
                    ),
                ),
            ],
            options={
                "ordering": ["created_at"],
            },
        ),
        migrations.AddField(
            model_name="photo",
            name="visit",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="photos",
                to="participants.visit",
            ),
        ),
        migrations.CreateModel(
            name="ReminderChoice",
            fields=[
                (
                    "participant",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="reminder_choice",
                        serialize=False,
                        to="participants.participant",
                    ),
                ),
                ("email", models.BooleanField(default=True)),
                ("push", models.BooleanField(default=True)),
                ("sms", models.BooleanField(default=True)),
                (
                    "first",
                    models.CharField(
                        blank=True, help_text="Tried before the others.", max_length=8
                    ),
                ),
                ("quiet_from", models.TimeField(blank=True, null=True)),
                ("quiet_until", models.TimeField(blank=True, null=True)),
                ("feed_round", models.PositiveIntegerField(default=1)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("quiet_from", None), ("quiet_until", None)),
                            models.Q(("quiet_from__isnull", False), ("quiet_until__isnull", False)),
                            _connector="OR",
                        ),
                        name="reminder_quiet_both_or_none",
                    )
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="participant",
            constraint=models.UniqueConstraint(
                fields=("study", "code"), name="participant_code_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="participant",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("fitzpatrick", None), ("fitzpatrick__range", (1, 6)), _connector="OR"
                ),
                name="fitzpatrick_1_to_6",
            ),
        ),
        migrations.AddConstraint(
            model_name="participant",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("monk_tone", None), ("monk_tone__range", (1, 10)), _connector="OR"
                ),
                name="monk_1_to_10",
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "given")),
                fields=("participant",),
                name="consent_one_given",
            ),
        ),
        migrations.AddIndex(
            model_name="dailyrollover",
            index=models.Index(fields=["state", "due_at"], name="participant_state_075370_idx"),
        ),
        migrations.AddConstraint(
            model_name="dailyrollover",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["queued", "running", "done", "quarantined"])),
                name="participants_dailyrollover_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="dailyrollover",
            constraint=models.UniqueConstraint(
                fields=("study", "day"), name="visit_clock_once_a_day"
            ),
        ),
        migrations.AddConstraint(
            model_name="datarequest",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "open")),
                fields=("participant", "kind"),
                name="data_request_one_open_per_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="datarequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind", "copy"), models.Q(("state", "refused"), _negated=True), _connector="OR"
                ),
                name="data_request_copy_refused",
            ),
        ),
        migrations.AddConstraint(
            model_name="datarequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind", "erase"),
                    models.Q(("state", "taken_back"), _negated=True),
                    _connector="OR",
                ),
                name="data_request_erase_taken_back",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=django.db.models.lookups.Exact(
                    django.db.models.functions.text.Length("token_sha256"), 64
                ),
                name="invitation_token_hashed",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["state", "due_at"], name="participant_state_4c88a2_idx"),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                fields=["participant", "outcome"], name="participant_partici_95cd77_idx"
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["queued", "running", "done", "quarantined"])),
                name="participants_message_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(
                fields=("participant", "kind", "about", "round"), name="message_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="messageattempt",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "sending")),
                fields=("message",),
                name="message_one_try_at_a_time",
            ),
        ),
        migrations.AddIndex(
            model_name="photocheck",
            index=models.Index(fields=["state", "due_at"], name="participant_state_8baf71_idx"),
        ),
        migrations.AddConstraint(
            model_name="photocheck",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["queued", "running", "done", "quarantined"])),
                name="participants_photocheck_state_known",
            ),
        ),
        migrations.AddIndex(
            model_name="requestnotice",
            index=models.Index(fields=["state", "due_at"], name="participant_state_6aa194_idx"),
        ),
        migrations.AddConstraint(
            model_name="requestnotice",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["queued", "running", "done", "quarantined"])),
                name="participants_requestnotice_state_known",
            ),
        ),
        migrations.AddIndex(
            model_name="requestwork",
            index=models.Index(fields=["state", "due_at"], name="participant_state_df7afa_idx"),
        ),
        migrations.AddConstraint(
            model_name="requestwork",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["queued", "running", "done", "quarantined"])),
                name="participants_requestwork_state_known",
            ),
        ),
        migrations.AddIndex(
            model_name="visit",
            index=models.Index(
                fields=["state", "opens_on", "closes_on"], name="participant_state_1db291_idx"
            ),
        ),
        migrations.AddConstraint(
            model_name="visit",
            constraint=models.UniqueConstraint(
                fields=("participant", "definition"), name="visit_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="upload",
            constraint=models.CheckConstraint(
                condition=models.Q(("offset__lte", models.F("length"))),
                name="upload_not_beyond_length",
            ),
        ),
        migrations.AddConstraint(
            model_name="photo",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "accepted")),
                fields=("visit", "view"),
                name="photo_one_accepted_per_view",
            ),
        ),
        migrations.AddConstraint(
            model_name="photo",
            constraint=models.CheckConstraint(
                condition=django.db.models.lookups.Exact(
                    django.db.models.functions.text.Length("sha256"), 64
                ),
                name="photo_hashed",
            ),
        ),
    ]
