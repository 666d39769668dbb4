"""Assignments listen to the rooms below."""

from typing import Any

from django.dispatch import receiver

from studies.assignments.alerts import fits
from studies.assignments.models import AlertRule
from studies.instruments.models import InstrumentVersion
from studies.instruments.signals import publishing


@receiver(publishing, dispatch_uid="assignments.rules_fit")
def rules_fit(version: InstrumentVersion, **extra: Any) -> dict[str, str]:
    """A rule that asks for a question which the new version lacks would raise no alert any more."""
    form = version.form
    rules = AlertRule.objects.in_force().filter(
        assignment__instrument=version.instrument_id, assignment__ended_at=None
    )
    return {
        f"alert:{rule.pk}": f"The alert “{rule.words}” asks for a question that is not in this "
        "version, so its answers raise it no more; it is meant so."
        for rule in rules
        if not fits(rule, form)
    }
