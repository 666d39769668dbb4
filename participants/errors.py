"""Refusals of ``participants``: what happened, what was kept, what to do next."""

from collections.abc import Mapping

from studies.errors import Invalid, NotFound, Refusal, StateRefused


def invalid(message: str, problems: Mapping[str, str]) -> Invalid:
    """A refusal with one sentence per field, for forms (``detail["fields"]``) and the API."""
    return Invalid(message, detail={"fields": {name: [text] for name, text in problems.items()}})


def fields_of(refusal: Refusal) -> dict[str, str]:
    """Field → sentence, as ``invalid`` put them into ``refusal``."""
    fields = refusal.detail.get("fields")
    named = fields if isinstance(fields, dict) else {}
    return {str(name): " ".join(map(str, texts)) for name, texts in named.items()}


# --- Enrolment ---------------------------------------------------------------------------------


class StudyNotActive(StateRefused):
    """The study is a draft or closed: nobody is screened or enrolled."""

    code = "study_not_active"
    title = "This study is not enrolling"


class NotEligible(StateRefused):
    """The screening did not find the participant eligible."""

    code = "not_eligible"
    title = "Not eligible"


# --- Consent -----------------------------------------------------------------------------------


class ConsentMissing(StateRefused):
    """There is no consent in force: nothing may be collected or scored."""

    code = "consent_missing"
    title = "Consent is missing"


class ConsentOutdated(StateRefused):
    """A newer text is in force; it has to be agreed to before the next photo."""

    code = "consent_outdated"
    title = "There is a new version of the consent form"


class ConsentChanged(StateRefused):
    """The document that was read is no longer the one in force; nothing was recorded."""

    code = "consent_changed"
    title = "The consent text has changed"


class NoConsentDocument(StateRefused):
    """The study has no consent document in force."""

    code = "no_consent_document"
    title = "No consent text in force"


class SignatureUnusable(Invalid):
    """The signature is not a picture, too large, or blank."""

    code = "signature_unusable"
    title = "The signature could not be used"


# --- Languages ---------------------------------------------------------------------------------


class LanguageNotOffered(Invalid):
    """The study does not offer this language."""

    code = "language_not_offered"
    title = "This language is not offered"


# --- Visits ------------------------------------------------------------------------------------


class VisitNotOpen(StateRefused):
    """Photos of this visit are not taken on this day."""

    code = "visit_not_open"
    title = "This visit is not open today"


# --- Personal links ----------------------------------------------------------------------------


class LinkUnknown(NotFound):
    """No participant has this link."""

    code = "link_unknown"
    title = "This link is not known"


class LinkExpired(Refusal):
    """The link was right, but its time is over."""

    status = 410
    code = "link_expired"
    title = "This link has expired"


class LinkRevoked(Refusal):
    """The link was right, but the study team stopped it."""

    status = 410
    code = "link_revoked"
    title = "This link was stopped"
