"""The schedule: which visits, when, and which views of the face each asks for."""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language


class View(models.TextChoices):
    """The pose photographed, named by the side of the participant's own face it shows."""

    FRONT = "front", "Front"
    LEFT = "left", "Left side"
    RIGHT = "right", "Right side"


VIEWS: tuple[str, ...] = tuple(View.values)


class VisitDefinition(models.Model):
    """A visit of the protocol, ``day_offset`` days after enrolment (day 0 is enrolment)."""

    study = models.ForeignKey(
        "studies.Study", on_delete=models.PROTECT, related_name="visit_definitions"
    )
    code = models.CharField(
        max_length=20,
        validators=[RegexValidator(r"^[a-z0-9][a-z0-9-]*$", "Small letters, digits, hyphens.")],
    )
    name = models.CharField(max_length=100)
    day_offset = models.IntegerField()
    window_before = models.PositiveSmallIntegerField(default=0, help_text="Days.")
    window_after = models.PositiveSmallIntegerField(default=0, help_text="Days.")
    views = models.JSONField(default=list, help_text="front, left, right: in the order asked for.")
    instructions = models.TextField(blank=True)
    translations = models.JSONField(
        default=dict, blank=True, help_text="Language → {name, instructions} as participants read."
    )

    class Meta:
        ordering = ["day_offset", "code"]
        constraints = [
            models.UniqueConstraint(fields=["study", "code"], name="visit_code_once_per_study"),
            models.UniqueConstraint(
                fields=["study", "day_offset"], name="visit_day_once_per_study"
            ),
            models.CheckConstraint(
                condition=Q(day_offset__gte=0),
                name="visit_day_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def local_name(self) -> str:
        """The name in the language of the page, else as the protocol words it."""
        return translated(self.translations, "name") or self.name

    @property
    def local_instructions(self) -> str:
        """The instructions in the language of the page, else as the protocol words them."""
        return translated(self.translations, "instructions") or self.instructions


def translated(translations: dict[str, dict[str, str]], field: str) -> str:
    """What ``translations`` (language → field → words) says in the active language, or nothing."""
    return translations.get(get_language() or "", {}).get(field, "")
