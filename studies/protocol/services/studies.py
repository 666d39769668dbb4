"""A study's life: created, edited, activated, closed."""

from collections.abc import Collection, Sequence
from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.db import transaction

from studies.access.models import Membership, User
from studies.access.permissions import Permission, Role
from studies.platform.actors import SYSTEM, Actor
from studies.platform.errors import Invalid, NotAllowed
from studies.platform.seen import Seen
from studies.protocol.errors import ActivationRefused, ScheduleFixed
from studies.protocol.models import Condition, Study, StudyCondition
from studies.protocol.services import rights
from studies.protocol.services.changes import (
    add_row,
    change_row,
    differing,
    require_edit,
    require_reason,
    validate,
)
from studies.protocol.signals import activation_asked
from studies.record import services as audit
from studies.record.unchanged import require_unchanged


@transaction.atomic
def create_study(
    *, code: str, title: str, by: Actor, manager: User | None = None, **values: Any
) -> Study:
    """A new study in draft; ``manager`` (else ``by``, if a person) is its first manager.

    Raises:
        NotAllowed: ``by`` is no administrator.
        Invalid: a value breaks a rule, or the code is taken.
    """
    if not (by is SYSTEM or (isinstance(by, User) and by.is_active and by.is_superuser)):
        raise NotAllowed("Only an administrator of the platform creates studies.")
    study = Study(code=code, title=title, **{"languages": ["en"], **values})
    _check_words(study)
    add_row(study, action="study.create", study=study, by=by)
    first = manager or (by if isinstance(by, User) else None)
    if first is not None:
        held = Membership.objects.create(user=first, study=study, role=Role.MANAGER)
        new = {"person": first.actor_label, "role": held.role, "site": "all sites"}
        audit.record(by=by, action="membership.add", target=held, study=code, new=new)
    return study


@transaction.atomic
def edit_study(
    *, study: Study, by: Actor, reason: str = "", seen: Seen | None = None, **values: Any
) -> Study:
    """Change title, summary, time zone, languages, checks, repeats, the order of screening or ages.

    Raises:
        NotAllowed, StudyClosed, ReasonMissing, ChangedMeanwhile, Invalid: as their messages say.
        ScheduleFixed: the time zone or the masking once a participant has a code.
    """
    require_edit(by, study)
    proposed = Study.objects.select_for_update().get(pk=study.pk)
    changed = differing(proposed, values)
    if "time_zone" in changed and study.has_participants():
        raise ScheduleFixed(
            "The time zone decides on which day a visit falls, and participants follow it "
            "already. Nothing was changed."
        )
    if "masking" in changed and study.has_participants():
        raise ScheduleFixed(
            "Participants have codes already, and who was blind cannot be made so afterwards: "
            "whether the study is open or blinded stays. Nothing was changed."
        )
    for name in changed:
        setattr(proposed, name, values[name])
    _check_words(proposed, settled={"code"})
    return change_row(
        study, values, action="study.edit", study=study, by=by, reason=reason, seen=seen
    )


@transaction.atomic
def set_conditions(
    *,
    study: Study,
    conditions: Sequence[str],
    by: Actor,
    reason: str = "",
    seen: Seen | None = None,
) -> Study:
    """Set the conditions assessed, the one the study is about first.

    Raises:
        NotAllowed, StudyClosed, ReasonMissing, ChangedMeanwhile: as their messages say.
        Invalid: none, or one that does not exist.
        ScheduleFixed: one is taken away once a participant has a code.
    """
    require_edit(by, study)
    wanted = list(dict.fromkeys(conditions))
    known = set(Condition.objects.values_list("code", flat=True))
    if not wanted or not set(wanted) <= known:
        message = "Choose one condition at least, of those listed."
        raise Invalid(message, detail={"fields": {"conditions": [message]}})
    Study.objects.select_for_update().get(pk=study.pk)
    now, action = shown_conditions(study), "study.set_conditions"
    require_unchanged(seen, now, study=study.code, actions=[action], target=study)
    old = [condition.code for condition in study.ordered_conditions()]
    if old == wanted:
        return study
    if set(old) - set(wanted) and study.has_participants():
        raise ScheduleFixed(
            "Photos of participants may be graded for these conditions already: one can be added, "
            "none taken away. Nothing was changed."
        )
    require_reason(study, reason)
    StudyCondition.objects.filter(study=study).delete()
    StudyCondition.objects.bulk_create(
        StudyCondition(study=study, condition_id=code, position=position)
        for position, code in enumerate(wanted)
    )
    audit.record(
        by=by,
        action=action,
        target=study,
        study=study.code,
        old={"conditions": old},
        new={"conditions": wanted},
        reason=reason,
    )
    return study


def shown_conditions(study: Study) -> dict[str, Any]:
    """The conditions as their form shows them: the main one and the others."""
    conditions = list(study.ordered_conditions())
    return {"main": conditions[0] if conditions else None, "others": conditions[1:]}


def missing_for_activation(study: Study) -> list[str]:
    """What the study lacks before it can start, in words; empty when it is ready."""
    missing = []
    if not study.sites.exists():
        missing.append("a site")
    if not study.visit_definitions.exists():
        missing.append("a visit")
    if not study.conditions.exists():
        missing.append("a condition to assess")
    for _receiver, needs in activation_asked.send(sender=Study, study=study):
        missing += needs or []
    return missing


@transaction.atomic
def activate_study(*, study: Study, by: Actor, reason: str = "") -> Study:
    """Start a draft, or open a closed study again (with a reason).

    Raises:
        ActivationRefused: something is missing; the message lists it.
        StateRefused: the study is active already.
    """
    _require_manager(by, study)
    was = study.state
    if was == Study.State.CLOSED:
        require_reason(study, reason)
    missing = missing_for_activation(study)
    if missing:
        raise ActivationRefused(
            f"Study {study.code} still needs {_listed(missing)}. It stays a {was}."
            if was == Study.State.DRAFT
            else f"Study {study.code} needs {_listed(missing)}. It stays {was}."
        )
    study.move(Study.State.ACTIVE)
    return _moved(study, "study.activate", was, by, reason)


@transaction.atomic
def close_study(*, study: Study, by: Actor, reason: str) -> Study:
    """End collection: nobody is enrolled any more, and the protocol is fixed.

    Raises:
        ReasonMissing: ``reason`` is empty.
        StateRefused: the study is not active.
    """
    _require_manager(by, study)
    require_reason(study, reason)
    was = study.state
    study.move(Study.State.CLOSED)
    return _moved(study, "study.close", was, by, reason)


def _moved(study: Study, action: str, was: str, by: Actor, reason: str) -> Study:
    old, new = {"state": str(was)}, {"state": str(study.state)}
    audit.record(
        by=by, action=action, target=study, study=study.code, old=old, new=new, reason=reason
    )
    return study


def _require_manager(by: Actor, study: Study) -> None:
    if by is not SYSTEM:
        rights.require(by, Permission.STUDY_EDIT, study=study)


def _check_words(study: Study, *, settled: Collection[str] = ()) -> None:
    """Rules that need a list: time zone, languages, ages. Then the model's own."""
    problems: dict[str, list[str]] = {}
    if study.time_zone not in available_timezones():
        problems["time_zone"] = ["Choose a time zone such as Asia/Singapore."]
    unknown = [code for code in study.languages if code not in dict(settings.LANGUAGES)]
    if unknown or not study.languages or len(set(study.languages)) != len(study.languages):
        problems["languages"] = ["Choose one language at least, each once, of those listed."]
    if study.max_age is not None and study.max_age < study.min_age:
        problems["max_age"] = ["The highest age is below the lowest."]
    if problems:
        message = " ".join(text for texts in problems.values() for text in texts)
        raise Invalid(message, detail={"fields": problems})
    validate(study, settled=settled)


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
