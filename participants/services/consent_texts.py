"""Which text somebody reads, whether a newer one asks them again, and who is still to be asked."""

from collections.abc import Iterable

from django.db.models import Q

from participants.errors import NoConsentDocument
from participants.models import Consent, Participant
from studies.consent_changes import Changes, changes
from studies.models import ConsentDocument, Study

TAKING_PART = (Participant.State.SCREENED, Participant.State.ENROLLED)
_SHOWN_ONCE = (ConsentDocument.State.IN_FORCE, ConsentDocument.State.SUPERSEDED)


def document_for(*, study: Study, language: str) -> ConsentDocument:
    """The text in force for someone who reads ``language``.

    The same language is taken, else one with the same primary subtag (``zh-hans`` for ``zh``),
    else the study's languages in their order, else English, else whichever is in force.

    Raises:
        NoConsentDocument: the study has no text in force.
    """
    document = _pick(_in_force(study), study, language)
    if document is None:
        raise NoConsentDocument(
            f"Study {study.code} has no consent text in force, so nobody can consent yet. "
            "The study's manager can bring one into force on the protocol page."
        )
    return document


def asks_again(agreed: ConsentDocument, current: ConsentDocument) -> bool:
    """Whether somebody who agreed to ``agreed`` has to agree to ``current`` as well.

    So it is when a version that is not editorial came into force after theirs, in the language
    they read now. The same version in another language is a translation: it says the same, and
    changing the language asks nobody again.
    """
    if current.pk == agreed.pk or agreed.in_force_at is None or current.in_force_at is None:
        return False
    newer = current.study.consent_documents.filter(
        language=current.language, editorial=False, state__in=_SHOWN_ONCE
    )
    if agreed.language != current.language:
        newer = newer.exclude(version=agreed.version)
    return newer.filter(
        in_force_at__gt=agreed.in_force_at, in_force_at__lte=current.in_force_at
    ).exists()


def changes_since(
    agreed: ConsentDocument, current: ConsentDocument
) -> tuple[ConsentDocument, Changes]:
    """The text to compare with, and what ``current`` says otherwise.

    It is the text agreed to. When that is in another language, its translation of the same
    version is taken, where there is one; else the two cannot be compared word by word.

    Raises:
        LookupError: there is no text of the same language to compare with.
    """
    before: ConsentDocument | None = agreed
    if agreed.language != current.language:
        before = current.study.consent_documents.filter(
            language=current.language, version=agreed.version, state__in=_SHOWN_ONCE
        ).first()
    if before is None:
        raise LookupError("no version to compare with in this language")
    return before, changes(before, current)


def to_renew(study: Study) -> Q:
    """A filter of ``study``'s participants: taking part, and a newer text asks them again."""
    given = Consent.objects.in_force().filter(
        participant__study=study, participant__state__in=TAKING_PART
    )
    in_force = _in_force(study)
    documents = study.consent_documents.in_bulk()
    asked = Q(pk__in=[])
    for language, number in given.values_list("participant__language", "document").distinct():
        current = _pick(in_force, study, language)
        if current is not None and asks_again(documents[number], current):
            asked |= Q(participant__language=language, document=number)
    return Q(pk__in=given.filter(asked).values("participant"))


def _in_force(study: Study) -> dict[str, ConsentDocument]:
    """The texts in force by language."""
    documents = study.consent_documents.filter(state=ConsentDocument.State.IN_FORCE)
    found = {document.language: document for document in documents}
    for document in found.values():
        document.study = study
    return found


def _pick(
    by_language: dict[str, ConsentDocument], study: Study, language: str
) -> ConsentDocument | None:
    primary = language.split("-")[0]
    related = sorted(code for code in by_language if code.split("-")[0] == primary)
    wanted: Iterable[str] = (language, *related, *study.languages, "en", *sorted(by_language))
    return next((by_language[code] for code in wanted if code in by_language), None)
