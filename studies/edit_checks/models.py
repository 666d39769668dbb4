"""Edit checks of a study."""

from django.db import models
from django.db.models import QuerySet

from studies.access.models import User
from studies.access.permissions import Permission
from studies.protocol.models import Study
from studies.protocol.models.codes import criterion_code

LONGEST_EXPRESSION = 1000


class EditCheckQuerySet(QuerySet["EditCheck"]):
    """Edit checks, as seen by a person."""

    def visible_to(self, user: User) -> "EditCheckQuerySet":
        """Those of the studies that ``user`` may see."""
        return self.filter(study__in=Study.objects.visible_to(user, Permission.STUDY_VIEW))


class EditCheck(models.Model):
    """A query that the product raises by itself, where ``when`` is true of what was entered.

    ``place`` is the assignment's code and the question that is asked about, ``skin/itch``; empty:
    the check is on visits, and ``when`` asks for the facts of ``judging.VISIT``. ``when`` is an
    expression as a questionnaire's logic has it (``${itch} = 0 and ${days} > 0``). ``words`` is
    what the query says.
    """

    study = models.ForeignKey("studies.Study", on_delete=models.CASCADE, related_name="edit_checks")
    code = models.CharField(max_length=40, validators=[criterion_code])
    place = models.CharField(max_length=120, blank=True)
    when = models.CharField(max_length=LONGEST_EXPRESSION)
    words = models.CharField(max_length=500)

    objects = EditCheckQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["study", "code"], name="edit_check_code_once_per_study")
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def form(self) -> str:
        """The assignment's code; empty: the check is on visits."""
        return self.place.partition("/")[0]

    @property
    def question(self) -> str:
        """The question's name; empty: the check is on visits."""
        return self.place.partition("/")[2]
