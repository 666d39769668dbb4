"""Rules that raise an alert on answers: set, changed, ended, tried."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from studies.assignments.alerts import Question, Tried, problem_in, questions_for, try_on
from studies.assignments.errors import RuleEnded
from studies.assignments.models import AlertRule, Assignment
from studies.instruments.models import InstrumentVersion
from studies.platform.actors import Actor
from studies.platform.errors import invalid
from studies.platform.seen import Seen
from studies.protocol.services.changes import (
    add_row,
    change_row,
    require_edit,
    require_reason,
    values_of,
)
from studies.record import services as audit
from studies.record.unchanged import require_unchanged


def add_alert_rule(
    *, assignment: Assignment, by: Actor, reason: str = "", **values: Any
) -> AlertRule:
    """Hold new answers to ``assignment`` against one more rule; ``values`` as ``AlertRule`` has.

    Raises:
        Invalid: the expression is none about the published form, or nobody would be told.
        RuleEnded: the questionnaire is asked no longer.
        ReasonMissing, NotAllowed, StudyClosed: as their messages say.
    """
    require_edit(by, assignment.study)
    if assignment.ended_at is not None:
        raise RuleEnded("This questionnaire is asked no longer, so no rule can be set for it.")
    row = AlertRule(assignment=assignment, **values)
    _check(row)
    return add_row(row, action="alert_rule.add", study=assignment.study, by=by, reason=reason)


def change_alert_rule(
    *, rule: AlertRule, by: Actor, reason: str = "", seen: Seen | None = None, **values: Any
) -> AlertRule:
    """Change a rule for answers from now on; alerts that it raised stay as they were worded.

    Raises:
        RuleEnded: it was ended.
        ChangedMeanwhile, Invalid, ReasonMissing, NotAllowed, StudyClosed: as their messages say.
    """
    study = rule.assignment.study
    require_edit(by, study)
    with transaction.atomic():
        row = AlertRule.objects.select_for_update().get(pk=rule.pk)
        _require_in_force(row)
        for name, value in values.items():
            setattr(row, name, value)
        _check(row)
        return change_row(
            rule,
            values,
            action="alert_rule.edit",
            study=study,
            by=by,
            reason=reason,
            seen=seen,
        )


def remove_alert_rule(
    *, rule: AlertRule, by: Actor, reason: str = "", seen: Seen | None = None
) -> None:
    """Let a rule raise no more alerts; those it raised stay.

    Raises:
        RuleEnded: it was ended before.
        ChangedMeanwhile, ReasonMissing, NotAllowed, StudyClosed: as their messages say.
    """
    study = rule.assignment.study
    require_edit(by, study)
    with transaction.atomic():
        row = AlertRule.objects.select_for_update().get(pk=rule.pk)
        acts = ["alert_rule.edit", "alert_rule.remove"]
        require_unchanged(seen, values_of(row), study=study.code, actions=acts, target=row)
        require_reason(study, reason)
        _require_in_force(row)
        row.ended_at = timezone.now()
        row.save(update_fields=["ended_at"])
        audit.record(
            by=by,
            action="alert_rule.remove",
            target=row,
            study=study.code,
            old={"assignment": row.assignment.code, "code": row.code},
            reason=reason,
        )


def try_rule(
    *, assignment: Assignment, expression: str, answers: Mapping[str, str], by: Actor
) -> tuple[list[Question], Tried]:
    """What a rule would say of ``answers`` (name → text); nothing is kept, nobody is told.

    Raises:
        Invalid: the expression is none about the published form.
        FormUnreadable, EngineFailed, NotAllowed, StudyClosed: as their messages say.
    """
    study = assignment.study
    require_edit(by, study)
    form = published_form(assignment).form
    _require_expression(expression, assignment)
    now = timezone.now().astimezone(study.zone)
    tried = try_on(expression, form, answers, at=now, zone=study.time_zone)
    return questions_for(expression, form), tried


def published_form(assignment: Assignment) -> InstrumentVersion:
    """The version that is asked now."""
    version: InstrumentVersion = assignment.instrument.versions.get(
        state=InstrumentVersion.State.PUBLISHED
    )
    return version


def _check(row: AlertRule) -> None:
    if not row.words.strip():
        raise invalid("Nothing was saved yet.", {"words": "Say what is the matter."})
    _require_expression(row.expression, row.assignment)


def _require_expression(expression: str, assignment: Assignment) -> None:
    if problem := problem_in(expression, published_form(assignment).form):
        raise invalid("Nothing was saved yet.", {"expression": problem})


def _require_in_force(row: AlertRule) -> None:
    if row.ended_at is not None:
        raise RuleEnded("This rule was ended by somebody. Nothing was changed.")
