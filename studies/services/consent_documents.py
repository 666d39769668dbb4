"""Consent documents: drafted, put in force, superseded; never edited once people could agree."""

import re
from typing import Any

from django.db import transaction
from django.utils import timezone

from studies.actors import Actor
from studies.errors import DocumentFixed, Invalid
from studies.models import ConsentDocument, Study
from studies.models.consent_document import SCORING
from studies.services import audit
from studies.services.changes import add_row, change_row, remove_row, require_edit


def draft_document(*, study: Study, by: Actor, **values: Any) -> ConsentDocument:
    """A new version (language, version, title, body, choices) that nobody is shown yet.

    Raises:
        NotAllowed, StudyClosed: as their messages say.
        Invalid: the version exists in this language, or a choice is incomplete.
    """
    require_edit(by, study)
    row = ConsentDocument(study=study, **values)
    _check(row)
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
        _check(current)
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


def put_in_force(*, document: ConsentDocument, by: Actor) -> ConsentDocument:
    """Show this version to participants from now on; it supersedes the one of its language.

    Consents already given stay with the version they were given to.

    Raises:
        StateRefused: it is no draft any more.
        Invalid: the study does not offer its language.
        NotAllowed, StudyClosed: as their messages say.
    """
    study = document.study
    require_edit(by, study)
    with transaction.atomic():
        Study.objects.select_for_update().get(pk=study.pk)  # one version at a time
        current = ConsentDocument.objects.get(pk=document.pk)
        if current.language not in study.languages:
            raise Invalid(
                f"The study does not offer this language ({current.language}). Add it to the "
                "study's languages first; the draft is kept."
            )
        _check(current)
        now = timezone.now()
        before = study.consent_documents.filter(
            language=current.language, state=ConsentDocument.State.IN_FORCE
        ).first()
        if before is not None:
            before.move(ConsentDocument.State.SUPERSEDED, superseded_at=now)
        current.move(
            ConsentDocument.State.IN_FORCE, in_force_at=now, sha256=current.content_sha256()
        )
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
            },
        )
    return current


def _require_draft(document: ConsentDocument) -> None:
    if document.state != ConsentDocument.State.DRAFT:
        raise DocumentFixed(
            f"Version {document.version} ({document.language}) is {document.get_state_display()}, "
            "and people may have agreed to these very words. Nothing was changed; draft a new "
            "version instead."
        )


def _check(document: ConsentDocument) -> None:
    codes = [choice.get("code", "") for choice in document.choices]
    problem = ""
    if not all(re.fullmatch(r"[a-z][a-z0-9_]{0,39}", code) for code in codes):
        problem = "Each choice needs a code of small letters, digits and underscores."
    elif len(set(codes)) != len(codes):
        problem = "Each choice needs a code of its own."
    elif not all(str(choice.get("text", "")).strip() for choice in document.choices):
        problem = "Each choice needs the words a participant agrees to."
    elif SCORING not in codes:
        problem = f"One choice must be {SCORING}: photos are scored by software."
    if problem:
        raise Invalid(problem, detail={"fields": {"choices": [problem]}})
