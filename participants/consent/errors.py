"""Refusals of consent."""

from studies.platform.errors import Invalid, StateRefused
from studies.platform.private_files import FileMissing


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


class CopyMissing(FileMissing):
    """The PDF copy is not in storage; the consent itself stands."""

    code = "copy_missing"
    title = "The copy cannot be found"


class SignatureUnusable(Invalid):
    """The signature is not a picture, too large, or blank."""

    code = "signature_unusable"
    title = "The signature could not be used"
