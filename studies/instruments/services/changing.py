"""Changing a draft in pages; a published version is copied to one first, and never changes."""

import hashlib
from collections.abc import Callable
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from studies.instruments import editing
from studies.instruments.definition import Definition
from studies.instruments.editing import Wanted
from studies.instruments.engine import evaluate
from studies.instruments.errors import VersionFixed
from studies.instruments.models import InstrumentVersion
from studies.instruments.reading.writing import workbook_of, xform_of
from studies.instruments.report import Report
from studies.instruments.services.importing import (
    locked_draft,
    next_number,
    own_version,
    require_edit,
    shown_values,
)
from studies.platform.actors import Actor
from studies.platform.errors import invalid
from studies.platform.seen import Seen
from studies.platform.text import tidy
from studies.protocol.models import Study
from studies.protocol.services.changes import validate
from studies.record import services as audit

MOST_LANGUAGES: Final = 20


def draft_from(*, version: InstrumentVersion, by: Actor) -> InstrumentVersion:
    """A draft of the next version with the content of ``version``, to be changed in pages.

    Raises:
        VersionFixed: there is a draft already.
        FormUnreadable, EngineFailed, NotAllowed, StudyClosed: as their messages say.
    """
    instrument = version.instrument
    study = instrument.study
    require_edit(by, study)
    form = version.form
    number = next_number(study, instrument.code)
    form.version = own_version(study, form, number, Report())
    xform = _checked(form)
    with transaction.atomic():
        Study.objects.select_for_update().get(pk=study.pk)  # one at a time, as imports
        if instrument.versions.filter(state=InstrumentVersion.State.DRAFT).exists():
            raise VersionFixed(
                f"There is a draft of {instrument.code} already. Change that, or throw it away "
                "first. Nothing was changed."
            )
        if next_number(study, instrument.code) != number:
            raise VersionFixed("Somebody published meanwhile. Nothing was changed; try again.")
        row = InstrumentVersion(instrument=instrument, number=number, source=version.source)
        row.source_name = f"version {version.number}, to be changed in pages"
        _hold(row, form, xform)
        _record(row, by, {"instrument": instrument.code, "copied_from": version.number})
    return row


def change_question(
    *,
    version: InstrumentVersion,
    name: str,
    wanted: Wanted,
    by: Actor,
    seen: Seen | None = None,
) -> InstrumentVersion:
    """Word a question of a draft otherwise, change its choices, or whether it is required.

    Raises:
        Invalid: words are missing, or a choice is asked for by the form's logic.
        VersionFixed: it is no draft.
        ChangedMeanwhile, FormUnreadable, EngineFailed, NotAllowed, StudyClosed: as their messages.
    """

    def change(form: Definition) -> None:
        if problems := editing.apply(form, name, wanted):
            raise invalid("Nothing was saved yet.", problems)

    return _changed(version, change, {"question": name}, by=by, seen=seen)


def move_question(
    *, version: InstrumentVersion, name: str, up: bool, by: Actor, seen: Seen | None = None
) -> InstrumentVersion:
    """Move a question, group or repeat of a draft past its neighbour.

    Raises:
        Invalid: there is none on that side.
        VersionFixed, ChangedMeanwhile, EngineFailed, NotAllowed, StudyClosed: as their messages.
    """

    def change(form: Definition) -> None:
        if not editing.move(form, name, up=up):
            end = "first" if up else "last"
            raise invalid(f"“{name}” is the {end} in its group. Nothing was moved.", {})

    told = {"question": name, "moved": "up" if up else "down"}
    return _changed(version, change, told, by=by, seen=seen)


def add_language(
    *, version: InstrumentVersion, language: str, by: Actor, seen: Seen | None = None
) -> InstrumentVersion:
    """Let a draft have words in one more language, named as forms do: “ไทย (th)”.

    Raises:
        Invalid: it has no name, is there already, or they are too many.
        VersionFixed, ChangedMeanwhile, NotAllowed, StudyClosed: as their messages say.
    """
    language = tidy(language)

    def change(form: Definition) -> None:
        problem = ""
        if not 2 <= len(language) <= 40 or ":" in language:
            problem = "Name the language as the form is to call it, for example ไทย (th)."
        elif language in form.languages:
            problem = "The form has this language already."
        elif len(form.languages) >= MOST_LANGUAGES:
            problem = f"A form has {MOST_LANGUAGES} languages at most."
        if problem:
            raise invalid("Nothing was saved yet.", {"language": problem})
        form.languages.append(language)

    return _changed(version, change, {"language": language}, by=by, seen=seen)


def _changed(
    version: InstrumentVersion,
    change: Callable[[Definition], None],
    told: dict[str, Any],
    *,
    by: Actor,
    seen: Seen | None,
) -> InstrumentVersion:
    require_edit(by, version.instrument.study)
    with transaction.atomic():
        before = locked_draft(version, seen)
    form = before.form
    change(form)
    xform = _checked(form)  # takes a moment: no row is locked meanwhile
    with transaction.atomic():
        row = locked_draft(version, Seen.of(shown_values(before)))
        old = row.definition
        base = row.source_name.partition(", ")[0]
        row.source_name = f"{base}, changed in pages"
        _hold(row, form, xform)
        _record(row, by, told, old=_parts(old, told), new=_parts(row.definition, told))
    return row


def _checked(form: Definition) -> str:
    """The XForm of a form that the engine can open. Raises FormUnreadable, EngineFailed."""
    xform = xform_of(form)
    evaluate(xform)
    return xform


def _hold(row: InstrumentVersion, form: Definition, xform: str) -> None:
    """The hash is that of the XLSForm that the version is taken out as."""
    row.definition = form.model_dump(mode="json", exclude_defaults=True)
    row.xform = xform
    row.source_sha256 = hashlib.sha256(workbook_of(form)).hexdigest()
    row.imported_at = timezone.now()
    validate(row, settled={"report"})  # a copy has none
    row.save()


def _parts(definition: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    """Of a definition, what a change was about."""
    form = Definition.model_validate(definition)
    item = editing.find(form, str(told.get("question", "")))
    if item is None:
        return {"languages": form.languages}
    if "moved" in told:
        return {"order": [one.name for one in form.walk()]}
    own = item.model_dump(mode="json", exclude_defaults=True, exclude={"items", "place", "other"})
    choices = [choice.model_dump(mode="json") for choice in form.lists.get(item.choices, [])]
    return {**own, **({"choices": choices} if choices else {})}


def _record(
    row: InstrumentVersion,
    by: Actor,
    told: dict[str, Any],
    old: dict[str, Any] | None = None,
    new: dict[str, Any] | None = None,
) -> None:
    old, new = old or {}, new or {}
    differing = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    audit.record(
        by=by,
        action="instrument.change",
        target=row,
        study=row.instrument.study.code,
        old={name: old.get(name) for name in differing} or None,
        new={
            "instrument": row.instrument.code,
            "version": row.number,
            **told,
            **{name: new.get(name) for name in differing},
        },
        reason="Still a draft.",
    )
