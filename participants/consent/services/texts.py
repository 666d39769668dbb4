"""Which text somebody reads, whether a newer one asks them again, and who is still to be asked."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from participants.consent.errors import NoConsentDocument
from participants.consent.models import Consent
from participants.people.models import Participant
from studies.consent_texts.changes import Changes, changes
from studies.consent_texts.models import ConsentDocument
from studies.consent_texts.versions import texts_in_force
from studies.protocol.models import Study

TAKING_PART = (Participant.State.SCREENED, Participant.State.ENROLLED)
_SHOWN_ONCE = (ConsentDocument.State.IN_FORCE, ConsentDocument.State.SUPERSEDED)
_NONE = (
    "Study %(study)s has no consent text in force, so nobody can consent yet. "
    "The study's manager can bring one into force on the protocol page."
)


def document_for(*, study: Study, language: str) -> ConsentDocument:
    """The text in force for someone who reads ``language`` and has agreed to none.

    The same language is taken, else one with the same primary subtag (``zh-hans`` for ``zh``),
    else the study's languages in their order, else English, else whichever is in force.

    Raises:
        NoConsentDocument: the study has no text in force.
    """
    document = _pick(texts_in_force(study), study, language)
    if document is None:
        raise NoConsentDocument(_NONE % {"study": study.code})
    return document


@dataclass(frozen=True)
class Next:
    """The text that somebody reads and signs next, and whether they are asked to."""

    document: ConsentDocument
    asked: bool


def next_for(participant: Participant) -> Next:
    """What ``participant`` reads when they consent, and whether a newer text asks them to.

    Without a consent it is the text in force for their language (``document_for``). With one they
    are asked when that text says something newer than the one they agreed to, and also when the
    language they agreed in has a newer text in force that has no translation in force in theirs:
    then they read it in the language they agreed in, so that nobody gets round a new version by
    changing the language. A translation of the same version asks nobody, an editorial version
    neither, and an older text is never the one to sign.

    Raises:
        NoConsentDocument: the study has no text in force.
    """
    study, language = participant.study, participant.language
    given = participant.consents.in_force().select_related("document__version").first()
    if given is None:
        return Next(document_for(study=study, language=language), asked=False)
    found = _next(texts_in_force(study), study, language, given.document)
    if found is None:
        raise NoConsentDocument(_NONE % {"study": study.code})
    return found


def _next(
    texts: dict[str, ConsentDocument], study: Study, language: str, agreed: ConsentDocument
) -> Next | None:
    """``next_for`` somebody who reads ``language`` and agreed to ``agreed``."""
    reading = _pick(texts, study, language)
    if reading is None:
        return None
    own = texts.get(agreed.language, reading)
    document = own if own.version.edition > reading.version.edition else reading
    return Next(document, asked=document.version.edition > agreed.version.edition)


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
            language=current.language, version=agreed.version_id, state__in=_SHOWN_ONCE
        ).first()
    if before is None:
        raise LookupError("no version to compare with in this language")
    return before, changes(before, current)


def to_renew(study: Study) -> Q:
    """A filter of ``study``'s participants: taking part, and a newer text asks them again."""
    given = Consent.objects.in_force().filter(
        participant__study=study, participant__state__in=TAKING_PART
    )
    texts = texts_in_force(study)
    documents = study.consent_documents.select_related("version").in_bulk()
    asked = Q(pk__in=[])
    for language, number in given.values_list("participant__language", "document").distinct():
        found = _next(texts, study, language, documents[number])
        if found is not None and found.asked:
            asked |= Q(participant__language=language, document=number)
    return Q(pk__in=given.filter(asked).values("participant"))


def _pick(
    by_language: dict[str, ConsentDocument], study: Study, language: str
) -> ConsentDocument | None:
    primary = language.split("-")[0]
    related = sorted(code for code in by_language if code.split("-")[0] == primary)
    wanted: Iterable[str] = (language, *related, *study.languages, "en", *sorted(by_language))
    return next((by_language[code] for code in wanted if code in by_language), None)
