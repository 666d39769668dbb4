"""Consent: which text is in force, what was agreed to, and the end of it.

A consent stays in force when a newer version of the text is published, until the participant
gives a new one or withdraws; ``needs_new_consent`` says that a newer text waits.
"""

import hashlib
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from participants.consent_pdf import Copy, render_copy
from participants.errors import ConsentChanged, ConsentMissing, NoConsentDocument, invalid
from participants.models import Consent, Participant
from participants.services import identity
from participants.services.record import record_about
from participants.services.withdrawal import withdraw
from participants.signature import clean_signature
from studies import storage
from studies.actors import Actor
from studies.errors import StateRefused
from studies.models import ConsentDocument, Study
from studies.permissions import Permission
from studies.services.rights import require

SCORING = "ai_scoring"
KIND = "consents"


# --- Reading -----------------------------------------------------------------------------------


def consent_in_force(participant: Participant) -> Consent | None:
    """The consent that is given and neither superseded nor withdrawn."""
    return participant.consents.in_force().select_related("document").first()


def require_consent(participant: Participant) -> Consent:
    """The consent in force.

    Raises:
        ConsentMissing: there is none: nothing may be stored or scored.
    """
    consent = consent_in_force(participant)
    if consent is None:
        raise ConsentMissing(
            gettext(
                "There is no consent in force for %(code)s, so no photo is taken or kept. Please "
                "speak with your study team."
            )
            % {"code": participant.code}
        )
    return consent


def allows_scoring(participant: Participant) -> bool:
    """Whether the consent in force says that software may score the photos."""
    consent = consent_in_force(participant)
    return consent is not None and consent.choices.get(SCORING) is True


def document_for(*, study: Study, language: str) -> ConsentDocument:
    """The text in force for someone who reads ``language``.

    The same language is taken, else one with the same primary subtag (``zh-hans`` for ``zh``),
    else the study's languages in their order, else English, else whichever is in force.

    Raises:
        NoConsentDocument: the study has no text in force.
    """
    by_language = {
        document.language: document
        for document in study.consent_documents.filter(state=ConsentDocument.State.IN_FORCE)
    }
    primary = language.split("-")[0]
    related = sorted(code for code in by_language if code.split("-")[0] == primary)
    for code in (language, *related, *study.languages, "en", *sorted(by_language)):
        if code in by_language:
            return by_language[code]
    raise NoConsentDocument(
        f"Study {study.code} has no consent text in force, so nobody can consent yet. "
        "The study's manager can bring one into force on the protocol page."
    )


def needs_new_consent(participant: Participant) -> bool:
    """Whether a newer text is in force than the one ``participant`` agreed to."""
    consent = consent_in_force(participant)
    if consent is None:
        return False
    with suppress(NoConsentDocument):
        document = document_for(study=participant.study, language=participant.language)
        return document.sha256 != consent.document_sha256
    return False


# --- Giving ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Answers:
    """What was entered, checked: choices by code, the name, and the signature if one was drawn."""

    choices: dict[str, bool]
    name: str
    signature: bytes


def give_consent(
    *,
    participant: Participant,
    document: ConsentDocument,
    document_sha256: str,
    choices: Mapping[str, bool],
    typed_name: str,
    signature_png: bytes,
    by: Actor,
    request_id: uuid.UUID | None = None,
) -> Consent:
    """Record that ``participant`` agrees to ``document``; an earlier consent is superseded.

    ``document_sha256`` is the hash of the text that was shown. An empty ``signature_png`` means
    that the typed name is the signature. The same ``request_id`` again returns the same consent.

    Raises:
        ConsentChanged: the text shown is no longer in force; nothing was recorded.
        Invalid: a required choice is not agreed to, or the name is missing.
        SignatureUnusable: the picture is damaged or blank.
        NotAllowed, StateRefused: by rights, or the participant is not taking part.
    """
    _require_recorder(participant, by)
    answers = _check_answers(document, choices, typed_name, signature_png)
    given_at = timezone.now()
    # Drawn before the transaction: the one writer of SQLite is not kept waiting for fonts.
    pdf = render_copy(_copy(participant, document, answers, given_at))
    with transaction.atomic():
        participant = Participant.objects.select_for_update().get(pk=participant.pk)
        if request_id is not None:
            before = participant.consents.filter(request_id=request_id).first()
            if before is not None:
                return before
        _require_taking_part(participant)  # withdrawn while the copy was drawn?
        _require_current(participant, document, document_sha256)
        return _keep(participant, document, answers, given_at, pdf, by, request_id)


def _require_recorder(participant: Participant, by: Actor) -> None:
    if not (isinstance(by, Participant) and by.pk == participant.pk):
        require(by, Permission.CONSENT_RECORD, study=participant.study, site=participant.site)
    _require_taking_part(participant)


def _require_taking_part(participant: Participant) -> None:
    if participant.state not in (Participant.State.SCREENED, Participant.State.ENROLLED):
        raise StateRefused(
            f"{participant.code} is {participant.get_state_display()}, so no consent is recorded."
        )


def _check_answers(
    document: ConsentDocument, choices: Mapping[str, bool], typed_name: str, signature: bytes
) -> _Answers:
    offered = {choice["code"]: choice for choice in document.choices}
    problems: dict[str, str] = {}
    for code, choice in offered.items():
        if choice["required"] and choices.get(code) is not True:
            problems[code] = gettext("Taking part needs agreement to this point.")
    for code in choices.keys() - offered.keys():
        problems[code] = gettext("This choice is not part of the text.")
    name = " ".join(typed_name.split())
    if len(name) < 2 or len(name) > 120:
        problems["typed_name"] = gettext("Type the full name of the person who consents.")
    if problems:
        raise invalid(
            gettext("The consent is not complete. Nothing was recorded; please check the form."),
            problems,
        )
    agreed = {code: choices.get(code) is True for code in offered}
    return _Answers(agreed, name, clean_signature(signature) if signature else b"")


def _require_current(
    participant: Participant, document: ConsentDocument, document_sha256: str
) -> None:
    """Refuse unless the text shown is the one in force now; holds it in force until commit."""
    list(ConsentDocument.objects.select_for_update().filter(study_id=participant.study_id))
    current = document_for(study=participant.study, language=participant.language)
    if current.pk != document.pk or current.sha256 != document_sha256:
        raise ConsentChanged(
            gettext(
                "A newer version of the consent text came into force while this one was being "
                "read, so nothing was recorded. Please read the new text; the name you typed is "
                "still there."
            )
        )


def _copy(
    participant: Participant, document: ConsentDocument, answers: _Answers, given_at: datetime
) -> Copy:
    study = participant.study
    return Copy(
        study=f"{study.code} · {study.title}",
        site=f"{participant.site.code} · {participant.site.name}",
        participant=participant.code,
        title=document.title,
        version=document.version,
        language=document.language,
        body=document.body,
        choices=[
            (choice["text"], choice["required"], answers.choices[choice["code"]])
            for choice in document.choices
        ],
        name=answers.name,
        signature_png=answers.signature,
        given_at=given_at.astimezone(ZoneInfo(study.time_zone)),
        time_zone=study.time_zone,
        document_sha256=document.sha256,
    )


def _keep(
    participant: Participant,
    document: ConsentDocument,
    answers: _Answers,
    given_at: datetime,
    pdf: bytes,
    by: Actor,
    request_id: uuid.UUID | None,
) -> Consent:
    for earlier in participant.consents.in_force():
        earlier.move(Consent.State.SUPERSEDED)
        record_about(participant, "consent.supersede", by=by, target=earlier)
    pdf_file, signature_file = (_store(participant, body) for body in (pdf, answers.signature))
    consent = Consent.objects.create(
        participant=participant,
        document=document,
        document_sha256=document.sha256,
        choices=answers.choices,
        sealed_name=identity.seal_bytes(answers.name.encode(), owner=participant),
        signature_file=signature_file,
        pdf_file=pdf_file,
        pdf_sha256=hashlib.sha256(pdf).hexdigest(),
        given_at=given_at,
        recorded_by_id=int(by.actor_id) if by.actor_kind == "staff" else None,
        request_id=request_id,
    )
    record_about(
        participant,
        "consent.give",
        by=by,
        target=consent,
        new={
            "version": document.version,
            "language": document.language,
            "document_sha256": document.sha256,
            "choices": answers.choices,
            "signature": "drawn" if answers.signature else "typed",
            "pdf_sha256": consent.pdf_sha256,
        },
    )
    return consent


def _store(participant: Participant, content: bytes) -> str:
    """Store ``content`` sealed and return its name; nothing for nothing."""
    if not content:
        return ""
    sealed = identity.seal_bytes(content, owner=participant)
    return storage.store(KIND, str(participant.pk), sealed, suffix=".sealed")[0]


# --- The copy ----------------------------------------------------------------------------------


@transaction.atomic
def open_copy(*, consent: Consent, by: Actor) -> bytes:
    """The PDF copy of ``consent``, for its participant or a coordinator of the site; recorded.

    Raises:
        NotAllowed: ``by`` may not know who the participant is.
    """
    participant = consent.participant
    if not (isinstance(by, Participant) and by.pk == participant.pk):
        require(by, Permission.IDENTITY_VIEW, study=participant.study, site=participant.site)
    pdf = identity.open_bytes(storage.read(consent.pdf_file), owner=participant)
    record_about(participant, "consent.view_copy", by=by, target=consent)
    return pdf


__all__ = [
    "SCORING",
    "allows_scoring",
    "consent_in_force",
    "document_for",
    "give_consent",
    "needs_new_consent",
    "open_copy",
    "require_consent",
    "withdraw",
]
