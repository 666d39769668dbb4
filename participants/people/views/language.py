"""Choosing the language: a page of its own, and a small switch before a link is opened."""

from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from participants.people.errors import LanguageNotOffered
from participants.people.middleware import PAGES, link_holder
from participants.people.models import Participant
from participants.people.services import languages
from participants.people.views.my import MyRequest, my_data_page
from participants.words.languages import LANGUAGES, language_of


@require_http_methods(["GET", "HEAD", "POST"])
@my_data_page
def language(request: MyRequest) -> HttpResponseBase:
    """``/my/language/``: each language in its own words; pressing one chooses it."""
    participant = request.participant
    if request.method == "POST":
        chosen = request.POST.get("language", "")
        languages.choose_language(participant=participant, language=chosen, by=participant)
        with translation.override(chosen):
            messages.success(request, _("Your pages and messages are now in this language."))
        return redirect(_own_page(request))
    context = {
        "home": reverse(_home_of(participant)),
        "study": participant.study,
        "site": participant.site,
        "languages": languages.offered(participant.study),
        "reading": languages.reading_language(participant),
    }
    return render(request, "participants/people/my/language.html", context)


def _home_of(participant: Participant) -> str:
    """Who stopped has My data and nothing before it."""
    return "my:data" if participant.state == Participant.State.WITHDRAWN else "my:home"


def _own_page(request: MyRequest) -> str:
    """The participant's page to go back to; never an address of anybody else's."""
    wanted = request.POST.get("next", "")
    try:
        ours = resolve(wanted).app_names == ["my"] and wanted.startswith(PAGES)
    except Resolver404:
        ours = False
    return wanted if ours else _home_of(request.participant)


def switch(token: str) -> dict[str, Any]:
    """What a link's page shows of languages: those of the study whose link it is, else all."""
    invitation = link_holder(token)
    known = languages.offered(invitation.participant.study) if invitation else None
    return {
        "languages": known or list(LANGUAGES.values()),
        "reading": language_of(get_language()),
    }


def choose_as_seen(participant: Participant, code: str) -> None:
    """Keep the language in which the link's page was read, if the study offers it."""
    if code and code != languages.reading_language(participant).code:
        with suppress(LanguageNotOffered):
            languages.choose_language(participant=participant, language=code, by=participant)
