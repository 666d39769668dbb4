"""What belongs to some versions of a protocol, from one to another."""

from django.db import models
from django.db.models import Q

# What the newest version has.
CURRENT = Q(last_version=None)


def in_version(number: int) -> Q:
    """A filter of rows that version ``number`` of their protocol has."""
    return (CURRENT | Q(last_version__gte=number)) & Q(first_version__lte=number)


class Versioned(models.Model):
    """A row of the protocol, of the versions ``first_version`` to ``last_version``, both inclusive.

    Version 1 is the protocol that the first participant met; an amendment makes the next one. A row
    that an amendment changes ends with the version before, and another begins under its code.
    """

    first_version = models.PositiveSmallIntegerField(default=1, editable=False)
    last_version = models.PositiveSmallIntegerField(
        null=True, blank=True, editable=False, help_text="Empty: the newest version has it."
    )

    class Meta:
        abstract = True
