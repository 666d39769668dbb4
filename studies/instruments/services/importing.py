"""Importing, publishing and discarding versions of instruments."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from studies.access.permissions import Permission
from studies.instruments.definition import Definition
from studies.instruments.engine import evaluate
from studies.instruments.errors import FormUnreadable, VersionFixed
from studies.instruments.models import Instrument, InstrumentVersion
from studies.instruments.reading.redcap import read_dictionary
from studies.instruments.reading.sheets import read_sheets
from studies.instruments.reading.writing import workbook_of, xform_of
from studies.instruments.reading.xlsform import read_xlsform
from studies.instruments.report import Outcome, Report
from studies.instruments.shipped import SHIPPED
from studies.instruments.signals import publishing
from studies.platform.actors import SYSTEM, Actor
from studies.platform.confirming import Confirmed, require_confirmed
from studies.platform.errors import invalid
from studies.platform.seen import Seen
from studies.platform.text import tidy
from studies.protocol.errors import StudyClosed
from studies.protocol.models import Study
from studies.protocol.services import rights
from studies.protocol.services.changes import validate
from studies.record import services as audit
from studies.record.unchanged import require_unchanged

MOST_FORMS: Final = 40  # of one dictionary: each is checked by the engine before anything is kept


@dataclass(frozen=True)
class Read:
    """A form as it was read, with what the engine runs of it."""

    definition: Definition
    report: Report
    xform: str
    number: int


def require_edit(by: Actor, study: Study) -> None:
    """Refuse unless ``by`` may edit the instruments of ``study`` and it is not closed.

    A command on the server acts as ``SYSTEM``: whoever starts it could write to the database.

    Raises:
        NotAllowed, StudyClosed: as their messages say.
    """
    if by is not SYSTEM:
        rights.require(by, Permission.INSTRUMENT_EDIT, study=study)
    if Study.objects.filter(pk=study.pk, state=Study.State.CLOSED).exists():
        raise StudyClosed(
            f"Study {study.code} is closed, so its instruments stay as they are. Nothing was "
            "changed. Its manager can open it again."
        )


def import_file(*, study: Study, name: str, data: bytes, by: Actor) -> list[InstrumentVersion]:
    """Make a draft of every form in the file ``name``: an .xlsx is an XLSForm, a .csv a dictionary.

    A form whose code the study has already becomes the draft of its next version, in place of a
    draft that nobody has published. Nothing is kept unless every form can be run.

    Raises:
        FormUnreadable: as its message says.
        EngineFailed: the form could not be tried.
        VersionFixed: somebody published meanwhile.
        NotAllowed, StudyClosed: as their messages say.
    """
    require_edit(by, study)
    name = PurePath(name.replace("\\", "/")).name[:200]
    source, forms = _read(name, data)
    made = [_tried(study, definition, report) for definition, report in forms]
    digest = hashlib.sha256(data).hexdigest()
    with transaction.atomic():
        Study.objects.select_for_update().get(pk=study.pk)  # one import at a time
        return [_keep(study, form, source=source, name=name, digest=digest, by=by) for form in made]


def import_shipped(*, study: Study, code: str, by: Actor) -> InstrumentVersion:
    """Make a draft of a form that the product ships, by its form id.

    Raises:
        FormUnreadable: it ships none of this name.
        EngineFailed, VersionFixed, NotAllowed, StudyClosed: as ``import_file``.
    """
    form = SHIPPED.get(code)
    if form is None:
        raise FormUnreadable("The product ships no form of this name. Nothing was imported.")
    [made] = import_file(study=study, name=f"{code}.xlsx", data=workbook_of(form), by=by)
    return made


def _read(name: str, data: bytes) -> tuple[str, list[tuple[Definition, Report]]]:
    kind = PurePath(name).suffix.lower()
    if kind == ".xlsx":
        report = Report()
        form = read_xlsform(read_sheets(data), report, file_name=PurePath(name).stem)
        return InstrumentVersion.Source.XLSFORM, [(form, report)]
    if kind == ".csv":
        forms = read_dictionary(data)
        if len(forms) > MOST_FORMS:
            raise FormUnreadable(
                f"The dictionary has {len(forms)} forms; {MOST_FORMS} are taken at once. Nothing "
                "was imported. Part it into several files."
            )
        return InstrumentVersion.Source.REDCAP, forms
    raise FormUnreadable(
        "Choose an XLSForm (.xlsx) or a REDCap data dictionary (.csv). Nothing was imported. An "
        "older workbook (.xls, .xlsm) can be saved as .xlsx."
    )


def _tried(study: Study, definition: Definition, report: Report) -> Read:
    """Open the form in the engine, empty. Raises FormUnreadable, EngineFailed."""
    number = next_number(study, definition.form_id)
    definition.version = own_version(study, definition, number, report)
    xform = xform_of(definition)
    evaluate(xform)
    return Read(definition, report, xform, number)


def next_number(study: Study, code: str) -> int:
    """The number of the draft there is, or of the version after the newest."""
    rows = InstrumentVersion.objects.filter(instrument__study=study, instrument__code=code)
    newest = rows.order_by("-number").first()
    if newest is None:
        return 1
    return newest.number + (newest.state != InstrumentVersion.State.DRAFT)


def own_version(study: Study, form: Definition, number: int, report: Report) -> str:
    """What answers call the version: as the file does, unless that names an earlier one too."""
    rows = InstrumentVersion.objects.filter(
        instrument__study=study, instrument__code=form.form_id, number__lt=number
    )
    taken = {row.definition.get("version", "") for row in rows}
    wanted = form.version or str(number)
    if wanted not in taken:
        return wanted
    own = f"{wanted}-{number}"
    report.changed(
        "settings, version",
        "version",
        f"An earlier version is called “{wanted}” too. So that answers can be told apart, this one "
        f"is called “{own}”.",
    )
    return own


def _keep(
    study: Study, read: Read, *, source: str, name: str, digest: str, by: Actor
) -> InstrumentVersion:
    form = read.definition
    instrument = Instrument.objects.filter(study=study, code=form.form_id).first()
    if instrument is None:
        instrument = Instrument(study=study, code=form.form_id, title=tidy(form.title)[:200])
        validate(instrument)
        instrument.save()
    newest = instrument.versions.order_by("-number").first()
    draft = newest if newest and newest.state == InstrumentVersion.State.DRAFT else None
    if next_number(study, form.form_id) != read.number:
        raise VersionFixed(
            f"A version of {form.form_id} was published while this file was read. Nothing was "
            "imported; choose the file again."
        )
    row = draft or InstrumentVersion(instrument=instrument, number=read.number)
    old = _told(draft) if draft else None
    row.definition = form.model_dump(mode="json", exclude_defaults=True)
    row.xform, row.report = read.xform, read.report.rows()
    row.source, row.source_name, row.source_sha256 = source, name, digest
    row.imported_at = timezone.now()
    validate(row)
    row.save()
    audit.record(
        by=by,
        action="instrument.import",
        target=row,
        study=study.code,
        old=old,
        new=_told(row),
        reason="Still a draft.",
    )
    return row


def _told(row: InstrumentVersion) -> dict[str, Any]:
    """What the audit trail says of a version."""
    return {
        "instrument": row.instrument.code,
        "version": row.number,
        "file": row.source_name,
        "file_sha256": row.source_sha256,
        "lines": row.counts,
    }


def shown_values(version: InstrumentVersion) -> dict[str, Any]:
    """What a page about a draft shows, and another import would change."""
    return {"file": version.source_sha256, "state": version.state}


def publish_version(
    *,
    version: InstrumentVersion,
    by: Actor,
    applies_to: str = "",
    confirmed: Confirmed = None,
    seen: Seen | None = None,
) -> InstrumentVersion:
    """Fix a draft for ever; the version published until now is superseded.

    ``applies_to`` says from when and for whom it holds; it is asked for where another version was
    published before. Lines that were refused are not in it, which has to be confirmed.

    Raises:
        VersionFixed: it is no draft.
        ChangedMeanwhile: another file was imported since the page was opened.
        Unconfirmed: lines were refused, or the protocol asks for what is no longer in it.
        Invalid: nobody said what the new version applies to.
        NotAllowed, StudyClosed: as their messages say.
    """
    study = version.instrument.study
    require_edit(by, study)
    with transaction.atomic():
        current = locked_draft(version, seen)
        before = current.instrument.versions.filter(state=InstrumentVersion.State.PUBLISHED).first()
        words = tidy(applies_to)
        if before is not None and not words:
            raise invalid(
                "Nothing was published yet.",
                {"applies_to": "Say what it applies to: from when, and for whom."},
            )
        settled = require_confirmed(_doubts(current), confirmed)
        now = timezone.now()
        if before is not None:
            before.move(InstrumentVersion.State.SUPERSEDED, superseded_at=now)
        current.move(
            InstrumentVersion.State.PUBLISHED,
            published_at=now,
            applies_to=words,
            sha256=content_sha256(current),
        )
        title = tidy(current.form.title)[:200]
        Instrument.objects.filter(pk=current.instrument_id).update(title=title)
        audit.record(
            by=by,
            action="instrument.publish",
            target=current,
            study=study.code,
            old={"version": before.number, "sha256": before.sha256} if before else None,
            new={
                "instrument": current.instrument.code,
                "version": current.number,
                "sha256": current.sha256,
                "applies_to": words,
                "confirmed": settled,
            },
            reason=words or "The first version.",
        )
    return current


def _doubts(version: InstrumentVersion) -> dict[str, str]:
    told: list[tuple[Any, Any]] = publishing.send(sender=InstrumentVersion, version=version)
    doubts = {key: words for _receiver, said in told for key, words in said.items()}
    return {**_refused_lines(version), **doubts}


def _refused_lines(version: InstrumentVersion) -> dict[str, str]:
    refused = version.counts.get(Outcome.REFUSED, 0)
    if not refused:
        return {}
    lines = "1 line" if refused == 1 else f"{refused} lines"
    verb = "is" if refused == 1 else "are"
    return {
        f"refused:{version.source_sha256[:16]}": f"{lines} of the file {verb} not in this version, "
        "as the report says, and it is meant so."
    }


def discard_draft(*, version: InstrumentVersion, by: Actor, seen: Seen | None = None) -> None:
    """Throw a draft away; an instrument that had nothing else goes with it.

    Raises:
        VersionFixed, ChangedMeanwhile, NotAllowed, StudyClosed: as their messages say.
    """
    study = version.instrument.study
    require_edit(by, study)
    with transaction.atomic():
        current = locked_draft(version, seen)
        audit.record(
            by=by,
            action="instrument.discard",
            target=current,
            study=study.code,
            old=_told(current),
            reason="Still a draft.",
        )
        instrument = current.instrument
        current.delete()
        if not instrument.versions.exists():
            instrument.delete()


def locked_draft(version: InstrumentVersion, seen: Seen | None) -> InstrumentVersion:
    rows = InstrumentVersion.objects.select_for_update().select_related("instrument")
    current = rows.filter(pk=version.pk).first()
    if current is None or current.state != InstrumentVersion.State.DRAFT:
        state = current.get_state_display() if current else "gone"
        raise VersionFixed(
            f"Version {version.number} of {version.instrument.code} is {state}: answers refer to "
            "published versions, so they never change. Nothing was changed. Import a new file to "
            "begin the next version."
        )
    require_unchanged(
        seen,
        shown_values(current),
        study=version.instrument.study.code,
        actions=["instrument.import", "instrument.change", "instrument.publish"],
        target=current,
    )
    return current


def content_sha256(version: InstrumentVersion) -> str:
    """SHA-256 (hex) over the canonical JSON of definition and XForm."""
    canonical = json.dumps(
        version.content(), sort_keys=True, ensure_ascii=False, separators=(",", ":")
    )
    return hashlib.sha256(canonical.encode()).hexdigest()
