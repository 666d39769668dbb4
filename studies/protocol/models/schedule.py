"""The schedule: which visits, when, and which views of the face each asks for."""

from typing import ClassVar

from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import get_language

from studies.protocol.models import codes
from studies.protocol.models.versions import CURRENT, Versioned


class View(models.TextChoices):
    """The pose photographed, named by the side of the participant's own face it shows."""

    FRONT = "front", "Front"
    LEFT = "left", "Left side"
    RIGHT = "right", "Right side"


VIEWS: tuple[str, ...] = tuple(View.values)


class ScheduleManager(models.Manager["VisitDefinition"]):
    """The visits that the newest version of the protocol plans.

    ``VisitDefinition.every`` has those of earlier versions and the unscheduled ones, too.
    """

    def get_queryset(self) -> QuerySet["VisitDefinition"]:
        return super().get_queryset().filter(CURRENT, unscheduled=False)


class VisitDefinition(Versioned):
    """A visit of the protocol, ``day_offset`` days after enrolment (day 0 is enrolment).

    One code names the same visit in every version. An ``unscheduled`` one is planned for nobody: it
    is what an unscheduled visit on that day asks for, made when the first of them is arranged. A
    ``repeat`` is the first visit once more, on the same day: it measures how far photos of
    unchanged skin differ, and no rule counts it among the visits.
    """

    study = models.ForeignKey(
        "studies.Study", on_delete=models.PROTECT, related_name="visit_definitions"
    )
    code = models.CharField(
        max_length=20,
        validators=[codes.visit_code],
    )
    name = models.CharField(max_length=100)
    day_offset = models.IntegerField()
    window_before = models.PositiveSmallIntegerField(default=0, help_text="Days.")
    window_after = models.PositiveSmallIntegerField(default=0, help_text="Days.")
    unscheduled = models.BooleanField(
        default=False, editable=False, help_text="Planned for nobody: arranged for one person."
    )
    repeat = models.BooleanField(
        default=False,
        editable=False,
        help_text="The photos of the first visit once more, to measure noise; unscheduled, too.",
    )
    views = models.JSONField(default=list, help_text="front, left, right: in the order asked for.")
    instructions = models.TextField(blank=True)
    translations = models.JSONField(
        default=dict, blank=True, help_text="Language → {name, instructions} as participants read."
    )

    objects = ScheduleManager()
    every: ClassVar[models.Manager["VisitDefinition"]] = models.Manager()

    class Meta:
        ordering = ["day_offset", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["study", "code"], condition=CURRENT, name="visit_code_once_per_study"
            ),
            models.UniqueConstraint(
                fields=["study", "day_offset"],
                condition=Q(unscheduled=False) & CURRENT,
                name="visit_day_once_per_study",
            ),
            models.CheckConstraint(
                condition=Q(day_offset__gte=0),
                name="visit_day_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def floats(self) -> bool:
        """Whether it has no day by the protocol: it is of the day that somebody chose."""
        return self.unscheduled and not self.repeat

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
