"""In which language a request is answered: staff's in English, a participant's in theirs."""

import hashlib

from django.http import HttpRequest
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

from participants.people.models import Invitation
from participants.people.services import languages
from participants.words.languages import LANGUAGES

# Where participants are; every other address is staff's.
LINK, PAGES, RECEIPT, WORDS = "/p/", "/my/", "/r/", "/my/words/"
SESSION_KEY = "my_invitation"
CHOICE = "language"  # of the link page, before anybody has entered: /p/<token>/?language=ta


class LanguageMiddleware(LocaleMiddleware):
    """Activate the language before anything is said, refusals and error pages included.

    A participant's page is in the language that the participant reads; a link's page too, found
    by the token without noting its use. Where nobody is known, the browser's wish decides among
    the product's languages.
    """

    def process_request(self, request: HttpRequest) -> None:
        path = request.path_info
        if path.startswith(WORDS) or not path.startswith((LINK, PAGES, RECEIPT)):
            language = "en"
        else:
            language = _language_of(request)
        translation.activate(language)
        request.LANGUAGE_CODE = language


def _language_of(request: HttpRequest) -> str:
    wished = request.GET.get(CHOICE, "")
    if request.path_info.startswith(LINK):
        invitation = link_holder(request.path_info.removeprefix(LINK).split("/")[0])
        known = languages.offered(invitation.participant.study) if invitation else None
        if wished in LANGUAGES and (known is None or LANGUAGES[wished] in known):
            return wished
    else:
        invitation = opened_link(request)
    if invitation is not None:
        return languages.reading_language(invitation.participant).code
    return translation.get_language_from_request(request)


def link_holder(token: str) -> Invitation | None:
    """The invitation with this token, usable or not; looking it up changes nothing."""
    known = Invitation.objects.select_related("participant__study", "participant__site")
    return known.filter(token_sha256=hashlib.sha256(token.encode()).hexdigest()).first()


def opened_link(request: HttpRequest) -> Invitation | None:
    """The invitation whose link this browser opened; looked up once a request."""
    if not hasattr(request, "my_invitation"):
        number = request.session.get(SESSION_KEY)
        found = Invitation.objects.select_related("participant__study", "participant__site")
        request.my_invitation = (  # type: ignore[attr-defined]
            None if number is None else found.filter(pk=number).first()
        )
    return request.my_invitation  # type: ignore[attr-defined,no-any-return]
