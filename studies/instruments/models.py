"""Instruments of a study and their versions."""

from typing import Any

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q, QuerySet

from studies.access.models import User
from studies.access.permissions import Permission
from studies.instruments.definition import Definition
from studies.platform.states import Stateful
from studies.protocol.models import Study

# What an address, a file's name and an answer can carry; “import” stands where the code does.
CODE = r"(?!(?:import|add)\Z)[A-Za-z_][A-Za-z0-9_.-]{0,39}"


class InstrumentQuerySet(QuerySet["Instrument"]):
    """Instruments, as seen by a person."""

    def visible_to(self, user: User) -> "InstrumentQuerySet":
        """Those of the studies that ``user`` may see."""
        return self.filter(study__in=Study.objects.visible_to(user, Permission.STUDY_VIEW))


class Instrument(models.Model):
    """A questionnaire or case report form; ``code`` is the form id of the file it came from."""

    study = models.ForeignKey("studies.Study", on_delete=models.PROTECT, related_name="instruments")
    code = models.CharField(
        max_length=40,
        validators=[RegexValidator(rf"\A{CODE}\Z", "Use letters, digits, _, - and .")],
    )
    title = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = InstrumentQuerySet.as_manager()

    class Meta:
        ordering = ["title", "code"]
        constraints = [
            models.UniqueConstraint(fields=["study", "code"], name="instrument_code_once_per_study")
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def newest(self) -> "InstrumentVersion":
        """The version with the highest number, a draft or not."""
        return self.versions.order_by("-number")[0]


class InstrumentVersion(Stateful):
    """One version. Once published it is never changed: answers refer to it, now and later.

    ``definition`` is the model of ``definition.py``, ``xform`` what the engine runs, made of it.
    ``report`` says line by line what the import made of the file. ``sha256`` covers definition and
    XForm, from publication on. ``applies_to`` says from when and for whom, as the person who
    published it worded it.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "draft"
        PUBLISHED = "published", "published"
        SUPERSEDED = "superseded", "superseded"

    class Source(models.TextChoices):
        XLSFORM = "xlsform", "XLSForm"
        REDCAP = "redcap", "REDCap data dictionary"

    TRANSITIONS = {
        State.DRAFT: frozenset({State.PUBLISHED}),
        State.PUBLISHED: frozenset({State.SUPERSEDED}),
        State.SUPERSEDED: frozenset(),
    }

    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    definition = models.JSONField()
    xform = models.TextField()
    report = models.JSONField(default=list)
    source = models.CharField(max_length=10, choices=Source)
    source_name = models.CharField(max_length=200)
    source_sha256 = models.CharField(max_length=64)
    applies_to = models.CharField(max_length=300, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    imported_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["instrument", "number"], name="instrument_version_number_once"
            ),
            models.UniqueConstraint(
                fields=["instrument"],
                condition=Q(state="draft"),
                name="instrument_one_draft",
            ),
            models.UniqueConstraint(
                fields=["instrument"],
                condition=Q(state="published"),
                name="instrument_one_published",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "published", "superseded"]),
                name="instrument_version_state_known",
            ),
            models.CheckConstraint(
                condition=Q(source__in=["xlsform", "redcap"]),
                name="instrument_version_source_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instrument.code} version {self.number}"

    @property
    def form(self) -> Definition:
        """The definition as the model of ``definition.py``."""
        return Definition.model_validate(self.definition)

    @property
    def counts(self) -> dict[str, int]:
        """How many lines of the report have each outcome."""
        numbers: dict[str, int] = {}
        for line in self.report:
            numbers[line["outcome"]] = numbers.get(line["outcome"], 0) + 1
        return numbers

    def content(self) -> dict[str, Any]:
        """What ``sha256`` covers."""
        return {"definition": self.definition, "xform": self.xform}
