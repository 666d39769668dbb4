"""In which language a request is answered: staff's in English, a participant's in theirs."""

import hashlib
import math
import time

from django.conf import settings
from django.http import HttpRequest
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

from participants.people.models import Device, Invitation
from participants.people.services import devices, languages
from participants.people.sessions import SESSION_KEY, UNTIL_KEY
from participants.words.languages import LANGUAGES

# Where participants are; every other address is staff's.
LINK, PAGES, RECEIPT, WORDS = "/p/", "/my/", "/r/", "/my/words/"
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
    holder = invitation or (opened_device(request) if request.path_info.startswith(PAGES) else None)
    if holder is not None:
        return languages.reading_language(holder.participant).code
    return translation.get_language_from_request(request)


def link_holder(token: str) -> Invitation | None:
    """The invitation with this token, usable or not; looking it up changes nothing."""
    known = Invitation.objects.select_related("participant__study", "participant__site")
    return known.filter(token_sha256=hashlib.sha256(token.encode()).hexdigest()).first()


def device_cookie() -> str:
    """The name of the cookie that holds a device's right to send photos."""
    return "__Host-photos" if settings.SESSION_COOKIE_SECURE else "photos"


def opened_device(request: HttpRequest) -> Device | None:
    """The device that may send photos from this browser; looked up once a request."""
    if not hasattr(request, "my_device"):
        secret = request.COOKIES.get(device_cookie(), "")
        request.my_device = devices.find(secret)  # type: ignore[attr-defined]
    return request.my_device  # type: ignore[attr-defined,no-any-return]


def opened_link(request: HttpRequest) -> Invitation | None:
    """The invitation whose link this browser opened; looked up once a request."""
    if not hasattr(request, "my_invitation"):
        # A session from before this limit was noted has that of the whole session.
        over = request.session.get(UNTIL_KEY, math.inf) <= time.time()
        number = None if over else request.session.get(SESSION_KEY)
        invitations = Invitation.objects.select_related("participant__study", "participant__site")
        request.my_invitation = (  # type: ignore[attr-defined]
            None if number is None else invitations.filter(pk=number).first()
        )
    return request.my_invitation  # type: ignore[attr-defined,no-any-return]
