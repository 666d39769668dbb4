"""Consent documents: drafted, put in force, superseded; never edited once people could agree."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from studies.consent_texts.errors import DocumentFixed
from studies.consent_texts.models import ConsentDocument
from studies.consent_texts.rules import check_document, check_editorial
from studies.consent_texts.signals import consent_document_put_in_force
from studies.platform.actors import Actor
from studies.platform.errors import Invalid
from studies.protocol.models import Study
from studies.protocol.services.changes import add_row, change_row, remove_row, require_edit
from studies.record import services as audit


def draft_document(*, study: Study, by: Actor, **values: Any) -> ConsentDocument:
    """A new version that nobody is shown yet.

    ``values`` are language, version, title, body and choices, and if wanted key_points and
    questions.

    Raises:
        NotAllowed, StudyClosed: as their messages say.
        Invalid: the version exists in this language, or a choice, key point or question is
            incomplete.
    """
    require_edit(by, study)
    row = ConsentDocument(study=study, **values)
    check_document(row)
    return add_row(row, action="consent_document.draft", study=study, by=by)


def edit_draft(*, document: ConsentDocument, by: Actor, **values: Any) -> ConsentDocument:
    """Change a draft.

    Raises:
        DocumentFixed: the version is or was in force.
        NotAllowed, StudyClosed, Invalid: as their messages say.
    """
    study = document.study
    require_edit(by, study)
    with transaction.atomic():
        current = ConsentDocument.objects.select_for_update().get(pk=document.pk)
        _require_draft(current)
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


def discard_draft(*, document: ConsentDocument, by: Actor) -> None:
    """Throw a draft away; the record keeps its words.

    Raises:
        DocumentFixed: the version is or was in force.
        NotAllowed, StudyClosed: as their messages say.
    """
    study = document.study
    require_edit(by, study)
    with transaction.atomic():
        current = ConsentDocument.objects.select_for_update().get(pk=document.pk)
        _require_draft(current)
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
) -> ConsentDocument:
    """Show this version to participants from now on; it supersedes the one of its language.

    Consents already given stay with the version they were given to. Whoever gave one is asked to
    agree to the new version before their next photo, unless it is ``editorial``: the same said in
    better words, with the reason for thinking so.

    Raises:
        StateRefused: it is no draft any more.
        Invalid: the study does not offer its language, or it is not editorial.
        NotAllowed, StudyClosed: as their messages say.
    """
    study = document.study
    require_edit(by, study)
    reason = " ".join(editorial_reason.split()) if editorial else ""
    with transaction.atomic():
        Study.objects.select_for_update().get(pk=study.pk)  # one version at a time
        current = ConsentDocument.objects.get(pk=document.pk)
        if current.language not in study.languages:
            raise Invalid(
                f"The study does not offer this language ({current.language}). Add it to the "
                "study's languages first; the draft is kept."
            )
        check_document(current)
        before = version_in_force(study=study, language=current.language)
        if editorial:
            check_editorial(current, before, reason)
        _put(current, before, editorial=editorial, editorial_reason=reason)
        audit.record(
            by=by,
            action="consent_document.put_in_force",
            target=current,
            study=study.code,
            old={"version": before.version, "sha256": before.sha256} if before else None,
            new={
                "language": current.language,
                "version": current.version,
                "sha256": current.sha256,
                "editorial": editorial,
            },
            reason=reason,
        )
        consent_document_put_in_force.send(
            sender=ConsentDocument, document=current, asks_again=not editorial
        )
    return current


def version_in_force(*, study: Study, language: str) -> ConsentDocument | None:
    """The version in force in exactly this language."""
    return study.consent_documents.filter(
        language=language, state=ConsentDocument.State.IN_FORCE
    ).first()


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


def _require_draft(document: ConsentDocument) -> None:
    if document.state != ConsentDocument.State.DRAFT:
        raise DocumentFixed(
            f"Version {document.version} ({document.language}) is {document.get_state_display()}, "
            "and people may have agreed to these very words. Nothing was changed; draft a new "
            "version instead."
        )
