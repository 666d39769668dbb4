"""Which text somebody reads, whether a newer one asks them again, and who is still to be asked."""

from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from participants.consent.errors import NoConsentDocument
from participants.consent.models import Consent
from participants.consent.services.guardians import amiss
from participants.consent.services.signed_amiss import TAKING_PART, signed_amiss
from participants.people.models import Participant
from studies.amendments.services.consents import Texts, texts_at, texts_by_site
from studies.consent_texts.changes import Changes, changes
from studies.consent_texts.models import ConsentDocument
from studies.protocol.models import Site, Study

_SHOWN_ONCE = (ConsentDocument.State.IN_FORCE, ConsentDocument.State.SUPERSEDED)
_NONE = (
    "Study %(study)s has no consent text in force, so nobody can consent yet. "
    "The study's manager can bring one into force on the protocol page."
)


def document_for(*, site: Site, language: str) -> ConsentDocument:
    """The text in force at ``site`` for someone who reads ``language`` and has agreed to none.

    The same language is taken, else one with the same primary subtag (``zh-hans`` for ``zh``),
    else the study's languages in their order, else English, else whichever is in force.

    Raises:
        NoConsentDocument: the study has no text in force.
    """
    document = _pick(texts_at(site).by_language, site.study, language)
    if document is None:
        raise NoConsentDocument(_NONE % {"study": site.study.code})
    return document


@dataclass(frozen=True)
class Next:
    """The text that somebody reads and signs next, and whether they are asked to."""

    document: ConsentDocument
    asked: bool


def next_for(participant: Participant) -> Next:
    """What ``participant`` reads when they consent, and whether a newer text asks them to.

    Without a consent it is the text in force at their site for their language (``document_for``).
    With one they are asked when that text says something newer than the one they agreed to, unless
    it goes with an amendment that asks nobody who takes part already; and also when the language
    they agreed in has a newer text in force that has no translation in force in theirs: then they
    read it in the language they agreed in, so that nobody gets round a new version by changing the
    language. A translation of the same version asks nobody, an editorial version neither, and an
    older text is never the one to sign. Whose consent does not hold by their age (``Amiss``) is
    asked, whatever the version.

    Raises:
        NoConsentDocument: the study has no text in force.
    """
    study, site, language = participant.study, participant.site, participant.language
    given = participant.consents.in_force().select_related("document__version").first()
    if given is not None:
        given.participant = participant
    if given is None:
        return Next(document_for(site=site, language=language), asked=False)
    if amiss(given) is not None:
        return Next(document_for(site=site, language=language), asked=True)
    following = _next(texts_at(site), study, language, given.document)
    if following is None:
        raise NoConsentDocument(_NONE % {"study": study.code})
    return following


def _next(texts: Texts, study: Study, language: str, agreed: ConsentDocument) -> Next | None:
    """``next_for`` somebody who reads ``language`` and agreed to ``agreed``."""
    reading = _pick(texts.by_language, study, language)
    if reading is None:
        return None
    own = texts.by_language.get(agreed.language, reading)
    document = own if own.version.edition > reading.version.edition else reading
    return Next(document, asked=texts.asks(document, agreed))


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
    """A filter of ``study``'s participants: taking part, and asked to sign again.

    By a newer text, or since theirs does not hold by who signed it.
    """
    return newer_text(study) | signed_amiss(study)


def newer_text(study: Study) -> Q:
    """A filter of ``study``'s participants: taking part, and a newer text asks them again."""
    given = Consent.objects.in_force().filter(
        participant__study=study, participant__state__in=TAKING_PART
    )
    texts = texts_by_site(study)
    documents = study.consent_documents.select_related("version").in_bulk()
    asked = Q(pk__in=[])
    # Without an order: the rows' own, by the day, would make every consent distinct.
    kinds = given.order_by().values_list("participant__site", "participant__language", "document")
    for site, language, number in kinds.distinct():
        following = _next(texts[site], study, language, documents[number])
        if following is not None and following.asked:
            asked |= Q(participant__site=site, participant__language=language, document=number)
    return Q(pk__in=given.filter(asked).values("participant"))


def asked_anew(participant: Participant, **changed: Any) -> ConsentDocument | None:
    """The text that ``participant`` is asked to sign once ``changed`` (site, language), not before.

    None where they are asked already, or by nothing.
    """
    after = copy(participant)
    for name, value in changed.items():
        setattr(after, name, value)
    try:
        following = next_for(after)
        return following.document if following.asked and not next_for(participant).asked else None
    except NoConsentDocument:
        return None


def _pick(
    by_language: Mapping[str, ConsentDocument], study: Study, language: str
) -> ConsentDocument | None:
    primary = language.split("-")[0]
    related = sorted(code for code in by_language if code.split("-")[0] == primary)
    wanted: Iterable[str] = (language, *related, *study.languages, "en", *sorted(by_language))
    return next((by_language[code] for code in wanted if code in by_language), None)
