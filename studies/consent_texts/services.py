"""Consent documents: drafted, put in force, superseded; never edited once people could agree."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from studies.consent_texts.errors import DocumentFixed
from studies.consent_texts.models import ConsentDocument, ConsentVersion
from studies.consent_texts.rules import check_document, check_editorial
from studies.consent_texts.signals import consent_document_put_in_force
from studies.consent_texts.versions import edition_in_force
from studies.platform.actors import Actor
from studies.platform.errors import Invalid
from studies.platform.seen import Seen
from studies.platform.text import tidy
from studies.protocol.models import Study
from studies.protocol.services.changes import (
    add_row,
    change_row,
    remove_row,
    require_edit,
    require_reason,
    validate,
)
from studies.record import services as audit
from studies.record.unchanged import require_unchanged


def draft_document(*, study: Study, by: Actor, version: str, **values: Any) -> ConsentDocument:
    """A new text that nobody is shown yet.

    ``version`` is a number: a text is the translation of those that other languages have under the
    same number, and from now on belongs to that version. ``values`` are language, title, body and
    choices, and if wanted key_points and questions.

    Raises:
        NotAllowed, StudyClosed: as their messages say.
        Invalid: the version exists in this language, or a choice, key point or question is
            incomplete.
    """
    require_edit(by, study)
    with transaction.atomic():
        row = ConsentDocument(study=study, version=_version(study, version), **values)
        check_document(row)
        return add_row(
            row, action="consent_document.draft", study=study, by=by, reason="A new draft."
        )


def shown_values(document: ConsentDocument) -> dict[str, Any]:
    """The words of a draft as its form shows them."""
    return {
        "language": document.language,
        "version": document.version.number,
        "title": document.title,
        "key_points": document.key_points,
        "body": document.body,
        "questions": document.questions,
        "choices": document.choices,
    }


def edit_draft(
    *, document: ConsentDocument, by: Actor, seen: Seen | None = None, **values: Any
) -> ConsentDocument:
    """Change a draft; another number makes it a text of another version.

    Raises:
        DocumentFixed: the version is or was in force.
        NotAllowed, StudyClosed, ChangedMeanwhile, Invalid: as their messages say.
    """
    study = document.study
    require_edit(by, study)
    with transaction.atomic():
        current = ConsentDocument.objects.select_for_update().get(pk=document.pk)
        _require_draft(current)
        _require_unchanged(seen, current)
        if "version" in values:
            values["version"] = _version(study, values["version"])
        for name, value in values.items():
            setattr(current, name, value)
        check_document(current)
        return change_row(
            document,
            values,
            action="consent_document.edit",
            study=study,
            by=by,
            reason="Still a draft.",
        )


def discard_draft(*, document: ConsentDocument, by: Actor, seen: Seen | None = None) -> None:
    """Throw a draft away; the record keeps its words.

    Raises:
        DocumentFixed: the version is or was in force.
        NotAllowed, StudyClosed, ChangedMeanwhile: as their messages say.
    """
    study = document.study
    require_edit(by, study)
    with transaction.atomic():
        current = ConsentDocument.objects.select_for_update().get(pk=document.pk)
        _require_draft(current)
        _require_unchanged(seen, current)
        remove_row(
            current,
            action="consent_document.discard",
            study=study,
            by=by,
            reason="Still a draft.",
        )


def put_in_force(
    *,
    document: ConsentDocument,
    by: Actor,
    editorial: bool = False,
    editorial_reason: str = "",
    reason: str = "",
    seen: Seen | None = None,
) -> ConsentDocument:
    """Show this version to participants from now on; it supersedes the one of its language.

    Consents already given stay with the version they were given to. Whoever gave one is asked to
    agree to the new version before their next photo, unless it is ``editorial``: the same said in
    better words, with the reason for thinking so. Which it is holds for all translations of the
    version: those that come later need not say so again, and cannot say otherwise.

    Raises:
        StateRefused: it is no draft any more.
        ChangedMeanwhile: its words are other than ``seen``.
        ReasonMissing: the study is under way, and no reason was given.
        VersionOvertaken: the language has gone on to a newer version.
        Invalid: the study does not offer its language, or it is not editorial.
        NotAllowed, StudyClosed: as their messages say.
    """
    study = document.study
    require_edit(by, study)
    why = " ".join(editorial_reason.split()) if editorial else ""
    with transaction.atomic():
        Study.objects.select_for_update().get(pk=study.pk)  # one version at a time
        current = ConsentDocument.objects.select_related("version").get(pk=document.pk)
        _require_unchanged(seen, current)
        if current.language not in study.languages:
            raise Invalid(
                f"The study does not offer this language ({current.language}). Add it to the "
                "study's languages first; the draft is kept."
            )
        check_document(current)
        before = version_in_force(study=study, language=current.language)
        if before is not None and current.says_the_same(before) and not editorial:
            editorial, why = True, _known_reason(current, before)
        if not editorial:
            require_reason(study, reason)
        _keep_edition(current, before, editorial, why)
        _put(current, before, editorial=editorial, editorial_reason=why)
        audit.record(
            by=by,
            action="consent_document.put_in_force",
            target=current,
            study=study.code,
            old={"version": before.version.number, "sha256": before.sha256} if before else None,
            new={
                "language": current.language,
                "version": current.version.number,
                "sha256": current.sha256,
                "editorial": editorial,
            },
            reason=why or reason,
        )
        consent_document_put_in_force.send(
            sender=ConsentDocument, document=current, asks_again=not editorial
        )
    return current


def version_in_force(*, study: Study, language: str) -> ConsentDocument | None:
    """The text in force in exactly this language."""
    rows = study.consent_documents.select_related("version")
    return rows.filter(language=language, state=ConsentDocument.State.IN_FORCE).first()


def _version(study: Study, number: str) -> ConsentVersion:
    """The version that ``study`` calls ``number``, made when there is none."""
    number = tidy(number)
    version = ConsentVersion.objects.filter(study=study, number=number).first()
    if version is None:
        validate(ConsentVersion(study=study, number=number))
        version, _made = ConsentVersion.objects.get_or_create(study=study, number=number)
    return version


def _keep_edition(
    document: ConsentDocument, before: ConsentDocument | None, editorial: bool, reason: str
) -> None:
    """Note the edition of the version of ``document``, and of those that say the same already.

    Raises:
        Invalid: it is not editorial.
        VersionOvertaken: ``before`` is newer.
    """
    if editorial:
        check_editorial(document, before, reason)
    version = document.version
    edition = before.version.edition if before and editorial else edition_in_force(document)
    rows = ConsentVersion.objects.filter(study=version.study_id)
    said = rows.filter(edition=version.edition) if version.edition else rows.filter(pk=version.pk)
    said.update(edition=edition)
    version.edition = edition


def _known_reason(document: ConsentDocument, before: ConsentDocument) -> str:
    """Why a version that another language has already says the same as ``before``."""
    editorial = document.version.documents.filter(editorial=True).first()
    return (
        editorial.editorial_reason
        if editorial
        else f"It says the same as version {before.version}."
    )


def _put(document: ConsentDocument, before: ConsentDocument | None, **values: Any) -> None:
    now = timezone.now()
    if before is not None:
        before.move(ConsentDocument.State.SUPERSEDED, superseded_at=now)
    document.move(
        ConsentDocument.State.IN_FORCE,
        in_force_at=now,
        sha256=document.content_sha256(),
        **values,
    )


def _require_unchanged(seen: Seen | None, current: ConsentDocument) -> None:
    require_unchanged(
        seen,
        shown_values(current),
        study=current.study.code,
        actions=["consent_document.edit"],
        target=current,
    )


def _require_draft(document: ConsentDocument) -> None:
    if document.state != ConsentDocument.State.DRAFT:
        raise DocumentFixed(
            f"Version {document.version} ({document.language}) is {document.get_state_display()}, "
            "and people may have agreed to these very words. Nothing was changed; draft a new "
            "version instead."
        )
