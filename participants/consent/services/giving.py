"""Giving a consent: the text in force, agreed to and signed, and the copy of it."""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from participants.consent.copy_text import Copy, Followed
from participants.consent.errors import ConsentChanged, CopyMissing
from participants.consent.models import Consent, ConsentReading
from participants.consent.services import reading as consent_reading
from participants.consent.services.guardians import Guardian, columns_of, signer_problems
from participants.consent.services.signed_amiss import TAKING_PART
from participants.consent.services.texts import next_for
from participants.people.models import Participant
from participants.people.services import identity
from participants.people.services.record import record_about
from participants.people.services.self_service import require_self_or
from studies.access.permissions import Permission
from studies.consent_texts.models import ConsentDocument
from studies.platform import storage
from studies.platform.actors import Actor
from studies.platform.errors import Invalid, StateRefused, fields_of, invalid
from studies.platform.private_files import FileMissing, read_private

KIND = "consents"


@dataclass(frozen=True)
class Answers:
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
    guardian: Guardian | None = None,
    request_id: uuid.UUID | None = None,
) -> Consent:
    """Record that ``participant`` agrees to ``document``; an earlier consent is superseded.

    ``document_sha256`` is the hash of the text that was shown. An empty ``signature_png`` means
    that the typed name is the signature. The same ``request_id`` again returns the same consent.
    A participant who consents on their own phone has answered the text's check questions before
    (``consent_reading.answer_check``); staff ask them in person. Of a minor the name and signature
    are the ``guardian``'s, who is told of beside the minor's own assent.

    Raises:
        ConsentChanged: the text shown is no longer in force; nothing was recorded.
        Invalid: a required choice is not agreed to, the name is missing, or a check question is
            not answered.
        SignatureUnusable: the picture is damaged or blank.
        NotAllowed, StateRefused: by rights, or the participant is not taking part.
    """
    _require_recorder(participant, by)
    if request_id is not None:
        before = participant.consents.filter(request_id=request_id).first()
        if before is not None:
            return before
    follows = participant.consents.in_force().select_related("document__version").first()
    signers = signer_problems(participant, guardian, follows)
    answers = _check_answers(document, choices, typed_name, signature_png, signers)
    own = isinstance(by, Participant)
    checks = consent_reading.checks_of(participant, document) if own else []
    given_at = timezone.now()
    from participants.consent.pdf import render_copy  # fonts and shaping, for a copy alone

    # Drawn before the transaction: the one writer of SQLite is not kept waiting for fonts.
    copy = copy_of(
        participant,
        document,
        answers,
        given_at,
        by=by,
        follows=follows,
        checks=checks,
        guardian=guardian,
    )
    pdf = render_copy(copy)
    with transaction.atomic():
        participant = Participant.objects.select_for_update().get(pk=participant.pk)
        if request_id is not None:
            before = participant.consents.filter(request_id=request_id).first()
            if before is not None:
                return before
        require_taking_part(participant)  # withdrawn while the copy was drawn?
        _require_current(participant, document, document_sha256)
        return keep(
            participant,
            document,
            answers,
            given_at,
            pdf,
            by=by,
            request_id=request_id,
            checks=checks,
            signature="drawn" if answers.signature else "typed",
            more=columns_of(participant, guardian),
            told={"given_by": Consent.GivenBy.GUARDIAN, "assent": True} if guardian else None,
        )


def _require_recorder(participant: Participant, by: Actor) -> None:
    require_self_or(Permission.CONSENT_RECORD, by=by, participant=participant)
    require_taking_part(participant)


def require_taking_part(participant: Participant) -> None:
    """Refuse unless ``participant`` takes part or is on the way there.

    Raises:
        StateRefused: nobody asks them for a consent.
    """
    if participant.state not in TAKING_PART:
        raise StateRefused(
            f"{participant.code} is {participant.get_state_display()}, so no consent is recorded."
        )


def _check_answers(
    document: ConsentDocument,
    choices: Mapping[str, bool],
    typed_name: str,
    signature: bytes,
    signers: Mapping[str, str],
) -> Answers:
    agreed, problems = agreed_choices(document, choices)
    problems.update(signers)
    name = ""
    try:
        name = require_name(typed_name)
    except Invalid as refusal:
        problems.update(fields_of(refusal))
    if problems:
        raise invalid(
            gettext("The consent is not complete. Nothing was recorded; please check the form."),
            problems,
        )
    if not signature:
        return Answers(agreed, name, b"")
    from participants.consent.signature import clean_signature

    return Answers(agreed, name, clean_signature(signature))


def agreed_choices(
    document: ConsentDocument, choices: Mapping[str, bool]
) -> tuple[dict[str, bool], dict[str, str]]:
    """Each choice of ``document`` as it was made, and what is wrong with them by code."""
    offered = {choice["code"]: choice for choice in document.choices}
    problems: dict[str, str] = {}
    for code, choice in offered.items():
        if choice["required"] and choices.get(code) is not True:
            problems[code] = gettext("Taking part needs agreement to this point.")
    for code in choices.keys() - offered.keys():
        problems[code] = gettext("This choice is not part of the text.")
    return {code: choices.get(code) is True for code in offered}, problems


def require_name(typed: str) -> str:
    """The name as it is kept: one space between its parts.

    Raises:
        Invalid: nothing, or longer than 120 characters, as at enrolment.
    """
    name = " ".join(typed.split())
    if not 1 <= len(name) <= 120:
        sentence = gettext("Type the full name of the person who consents.")
        raise invalid(sentence, {"typed_name": sentence})
    return name


def _require_current(
    participant: Participant, document: ConsentDocument, document_sha256: str
) -> None:
    """Refuse unless the text shown is the one in force now; holds it in force until commit."""
    held = ConsentDocument.objects.select_for_update().order_by("pk")  # no other table with them
    list(held.filter(study_id=participant.study_id, state=ConsentDocument.State.IN_FORCE))
    current = next_for(participant).document
    if current.pk != document.pk or current.sha256 != document_sha256:
        raise ConsentChanged(
            gettext(
                "A newer version of the consent text came into force while this one was being "
                "read, so nothing was recorded. Please read the new text; the name you typed is "
                "still there."
            )
        )


def copy_of(
    participant: Participant,
    document: ConsentDocument,
    answers: Answers,
    given_at: datetime,
    *,
    by: Actor,
    follows: Consent | None,
    checks: Sequence[Mapping[str, Any]] = (),
    act: str = Consent.Act.AGREEMENT,
    signed: bool = True,
    guardian: Guardian | None = None,
) -> Copy:
    """What the PDF copy shows. The consent it ``follows`` is named with version and day."""
    study = participant.study
    zone = participant.zone
    followed = None
    if follows is not None:
        followed = Followed(follows.document.version.number, follows.given_at.astimezone(zone))
    return Copy(
        study=f"{study.code} · {study.title}",
        site=f"{participant.site.code} · {participant.site.name}",
        participant=participant.code,
        title=document.title,
        version=document.version.number,
        language=document.language,
        body=document.body,
        choices=[
            (choice["text"], choice["required"], answers.choices[choice["code"]])
            for choice in document.choices
        ],
        name=answers.name,
        signature_png=answers.signature,
        given_at=given_at.astimezone(zone),
        time_zone=str(zone),
        document_sha256=document.sha256,
        key_points=document.key_points,
        checks=[
            (
                question["text"],
                question["options"][question["right"] - 1],
                check["tries"],
                check["right"],
            )
            for question, check in zip(document.questions, checks, strict=False)
        ],
        follows=followed,
        on_own_phone=isinstance(by, Participant),
        choices_only=act == Consent.Act.CHOICES,
        signed=signed,
        guardian=" ".join(guardian.relationship.split()) if guardian else "",
        assent=" ".join(guardian.assent.split()) if guardian else "",
    )


def keep(
    participant: Participant,
    document: ConsentDocument,
    answers: Answers,
    given_at: datetime,
    pdf: bytes,
    *,
    by: Actor,
    signature: str,
    request_id: uuid.UUID | None = None,
    checks: Sequence[Mapping[str, Any]] = (),
    act: str = Consent.Act.AGREEMENT,
    more: Mapping[str, Any] | None = None,
    told: Mapping[str, Any] | None = None,
) -> Consent:
    """Store the consent in place of the one in force, inside the caller's transaction.

    ``more`` are further columns of the row, ``told`` what else the record tells.
    """
    follows = participant.consents.in_force().first()
    if follows is not None:
        follows.move(Consent.State.SUPERSEDED)
        record_about(participant, "consent.supersede", by=by, target=follows)
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
        act=act,
        follows=follows,
        checks=list(checks),
        **(more or {}),
    )
    ConsentReading.objects.filter(participant=participant).delete()
    if participant.state == Participant.State.CONSENTING:
        participant.move(Participant.State.SCREENING)
    record_about(
        participant,
        "consent.give" if act == Consent.Act.AGREEMENT else "consent.change_choices",
        by=by,
        target=consent,
        old=(
            {"choices": follows.choices, "version": follows.document.version.number}
            if follows
            else None
        ),
        new={
            "version": document.version.number,
            "language": document.language,
            "document_sha256": document.sha256,
            "choices": answers.choices,
            "signature": signature,
            "checks": list(checks),
            "pdf_sha256": consent.pdf_sha256,
            **(told or {}),
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
        CopyMissing: storage has lost the file, or holds another.
    """
    participant = consent.participant
    require_self_or(Permission.IDENTITY_VIEW, by=by, participant=participant)
    try:
        pdf = identity.open_bytes(read_private(consent.pdf_file), owner=participant)
    except FileMissing as error:
        raise _copy_missing(consent, by) from error
    if hashlib.sha256(pdf).hexdigest() != consent.pdf_sha256:
        raise _copy_missing(consent, by)
    record_about(participant, "consent.view_copy", by=by, target=consent)
    return pdf


def _copy_missing(consent: Consent, by: Actor) -> CopyMissing:
    if isinstance(by, Participant):
        return CopyMissing(
            gettext(
                "The copy of your consent cannot be opened at the moment. Your consent itself is "
                "kept, with its day and your choices. Please tell your study team, so that the "
                "copy is brought back."
            )
        )
    return CopyMissing(
        f"The PDF copy of this consent is not in storage as it was made. The consent itself "
        f"stands: what was agreed to, when, and the hash of the copy are kept. Please tell "
        f"whoever runs this system to bring the file {consent.pdf_file} back from a backup."
    )
