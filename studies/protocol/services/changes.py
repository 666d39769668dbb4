"""What every service of the protocol does: check the row, note old and new, ask why."""

from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models, transaction

from studies.access.permissions import Permission
from studies.platform.actors import SYSTEM, Actor
from studies.platform.errors import Invalid, ReasonMissing
from studies.platform.seen import Seen
from studies.platform.text import tidy
from studies.protocol.errors import StudyClosed
from studies.protocol.models import Study
from studies.protocol.services import rights
from studies.record import services as audit
from studies.record.unchanged import require_unchanged

M = TypeVar("M", bound=models.Model)
Values = Mapping[str, Any]


def require_edit(by: Actor, study: Study) -> None:
    """Refuse unless ``by`` may edit ``study`` and it is not closed.

    A command on the server acts as ``SYSTEM``: whoever starts it could write to the database.

    Raises:
        NotAllowed: ``by`` does not hold ``study.edit`` for the whole study.
        StudyClosed: nothing of a closed study changes.
    """
    if by is not SYSTEM:
        rights.require(by, Permission.STUDY_EDIT, study=study)
    if Study.objects.filter(pk=study.pk, state=Study.State.CLOSED).exists():
        raise StudyClosed(
            f"Study {study.code} is closed, so its protocol stays as it is. Nothing was changed. "
            "Its manager can open it again."
        )


def require_reason(study: Study, reason: str) -> None:
    """Refuse a change without a reason once the study has left the draft.

    Raises:
        ReasonMissing: the study is not a draft and ``reason`` is empty.
    """
    if study.state != Study.State.DRAFT and not reason.strip():
        message = "This study is under way: say in a few words why this changes."
        raise ReasonMissing(message, detail={"fields": {"reason": [message]}})


def add_row(row: M, *, action: str, study: Study, by: Actor, reason: str = "") -> M:
    """Validate and save a new row of ``study``, and record it.

    Raises:
        ReasonMissing: the study is under way and no reason was given.
        Invalid: a rule of the model is broken; ``detail["fields"]`` says which.
    """
    with transaction.atomic():
        require_reason(study, reason)
        for name, value in values_of(row).items():
            setattr(row, name, tidy(value))
        validate(row)
        row.save(force_insert=True)
        site = _site_code(row)
        new = {name: value for name, value in values_of(row).items() if value not in ("", None)}
        audit.record(
            by=by,
            action=action,
            target=row,
            study=study.code,
            site=site,
            new=_recorded(new),
            reason=reason,
        )
    return row


def change_row(
    row: M,
    values: Values,
    *,
    action: str,
    study: Study,
    by: Actor,
    reason: str = "",
    seen: Seen | None = None,
) -> M:
    """Set ``values`` on the row as it stands in the database, and record old and new.

    Nothing is written, and no reason asked, when nothing differs. ``seen`` is what the form showed
    of the row's values.

    Raises:
        ChangedMeanwhile: the row has other values than ``seen``.
        Invalid: a rule of the model is broken.
        ReasonMissing: the study is under way and no reason was given.
    """
    with transaction.atomic():
        fresh = type(row)._default_manager.select_for_update().get(pk=row.pk)
        values = {name: tidy(value) for name, value in values.items()}
        now = {name: getattr(fresh, name) for name in values}
        require_unchanged(seen, now, study=study.code, actions=[action], target=row)
        changed = differing(fresh, values)
        if not changed:
            return fresh
        require_reason(study, reason)
        old = {name: getattr(fresh, name) for name in changed}
        for name in changed:
            setattr(fresh, name, values[name])
        # A code that was made before the rules of today does not keep the rest from changing.
        validate(fresh, settled={"code"} - set(changed))
        fresh.save(update_fields=list(changed))
        audit.record(
            by=by,
            action=action,
            target=fresh,
            study=study.code,
            site=_site_code(fresh),
            old=_recorded(old),
            new=_recorded({name: getattr(fresh, name) for name in changed}),
            reason=reason,
        )
    return fresh


def remove_row(
    row: models.Model,
    *,
    action: str,
    study: Study,
    by: Actor,
    reason: str,
    seen: Seen | None = None,
) -> None:
    """Remove a row of the protocol, if it still is as ``seen``, and record what it was.

    Raises:
        ChangedMeanwhile: the row has other values than ``seen``.
        ReasonMissing: the study is under way and no reason was given.
    """
    with transaction.atomic():
        row = type(row)._default_manager.select_for_update().get(pk=row.pk)
        changes = [action.replace(".remove", ".edit")]
        require_unchanged(seen, values_of(row), study=study.code, actions=changes, target=row)
        require_reason(study, reason)
        audit.record(
            by=by,
            action=action,
            target=row,
            study=study.code,
            site=_site_code(row),
            old=_recorded(values_of(row)),
            reason=reason,
        )
        row.delete()


def differing(row: models.Model, values: Values) -> list[str]:
    """The names in ``values`` whose value is another than the row's."""
    return [name for name, value in values.items() if getattr(row, name) != value]


def values_of(row: models.Model) -> dict[str, Any]:
    """The row's own columns, without its key and its study."""
    return {
        field.name: getattr(row, field.name)
        for field in row._meta.concrete_fields
        if not field.primary_key and field.editable and field.name != "study"
    }


def _recorded(values: Values) -> dict[str, Any]:
    """``values`` as the audit trail keeps them: another row by what it is called."""
    return {
        name: str(value) if isinstance(value, models.Model) else value
        for name, value in values.items()
    }


def validate(row: models.Model, *, settled: Collection[str] = ()) -> None:
    """Run every rule of the model, but for the fields in ``settled``, which stay as they are.

    Raises:
        Invalid: with the first message in words and all of them by field in ``detail``.
    """
    try:
        row.full_clean(exclude=settled)
    except ValidationError as error:
        fields = {
            ("__all__" if name == NON_FIELD_ERRORS else name): [str(m) for m in messages]
            for name, messages in error.message_dict.items()
        }
        lines = [
            message if name == "__all__" else f"{name.replace('_', ' ').capitalize()}: {message}"
            for name, messages in fields.items()
            for message in messages
        ]
        raise Invalid(" ".join(lines), detail={"fields": fields}) from error


def _site_code(row: models.Model) -> str:
    return str(row.code) if row._meta.model_name == "site" else ""  # type: ignore[attr-defined]
