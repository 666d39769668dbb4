"""Reminders as the participant decides: channels, quiet hours, zone, a test, later, off."""

from datetime import time

from django.conf import settings
from django.contrib import messages as notes
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from participants.messaging.channels.push import public_key
from participants.messaging.services import choices, clock
from participants.messaging.services.composing import read_off
from participants.messaging.services.feeds import feed_token
from participants.messaging.services.rules import choice_of, rules_of, zone_of
from participants.people.models import Participant
from participants.people.services.languages import reading_language
from participants.people.views.my import MyRequest, my_page
from participants.words.languages import language_of
from participants.words.places import place_of, places
from studies.platform.errors import Refusal
from studies.protocol.services.reminders import settings_of

# Half hours are enough for anybody, and quick to choose on a phone.
TIMES = [time(hour, minute) for hour in range(24) for minute in (0, 30)]


@require_http_methods(["GET", "HEAD", "POST"])
@my_page
def reminders(request: MyRequest) -> HttpResponseBase:
    """What reminds the participant, and when it is quiet."""
    problem: Refusal | None = None
    if request.method == "POST":
        try:
            _save(request)
        except Refusal as refusal:
            problem = refusal
        else:
            notes.success(request, _("Saved."))
            return redirect("my:reminders")
    context = {**_context(request.participant), "problem": problem}
    return render(
        request,
        "participants/messaging/my/reminders.html",
        context,
        status=problem.status if problem else 200,
    )


def _save(request: MyRequest) -> None:
    form = request.POST
    begins, ends = _time(form.get("quiet_from", "")), _time(form.get("quiet_until", ""))
    study = settings_of(request.participant.study)
    quiet = (begins, ends) if begins is not None and ends is not None else None
    if quiet == (study.quiet_from, study.quiet_until):
        quiet = None
    choices.choose(
        participant=request.participant,
        on=form.getlist("on"),
        first=form.get("first", ""),
        quiet=quiet,
        time_zone=form.get("time_zone", ""),
        by=request.participant,
    )


def _context(participant: Participant) -> dict[str, object]:
    rules, study = rules_of(participant), participant.study
    ways = choices.ways_of(participant)
    push = next((way for way in ways if way.name == "push"), None)
    usable = [way for way in ways if way.address or way.name == "push"]
    phones = participant.push_subscriptions.count()
    feed = reverse("my:calendar_feed", args=[feed_token(participant)])
    host = settings.SITE_URL.split("//")[-1].rstrip("/")
    language = language_of(get_language()).code
    here, known = place_of(str(zone_of(participant)), language), places(language)
    return {
        "study": study,
        "site": participant.site,
        "ways": ways,
        "usable": usable,
        "push_only": [way.name for way in usable] == ["push"],
        "push": push,
        "push_key": public_key() if push else "",
        "phones": phones,
        "first": choice_of(participant).first or _first_that_reaches(ways, phones),
        "quiet_from": rules.quiet_from,
        "quiet_until": rules.quiet_until,
        "times": sorted({*TIMES, rules.quiet_from, rules.quiet_until}),
        "here": here,
        "places": known if here in known else (here, *known),
        "webcal": f"webcal://{host}{feed}",
        "later": choices.waiting_later(participant),
        "zone_info": rules.zone,
    }


def _first_that_reaches(ways: list[choices.Way], phones: int) -> str:
    """Not notifications that no phone allows yet, nor e-mail without an address."""
    reaching = (way for way in ways if (phones if way.name == "push" else way.address))
    return next(reaching, ways[0]).name if ways else ""


def _time(text: str) -> time | None:
    try:
        return time.fromisoformat(text)
    except ValueError:
        return None


@require_POST
@my_page
def test(request: MyRequest) -> HttpResponse:
    """Send a test by the channel whose button was pressed."""
    participant = request.participant
    channel = request.POST.get("channel", "")
    choices.send_test(participant=participant, channel=channel, by=participant)
    notes.success(request, _("A test is on its way. It should arrive within a minute or two."))
    return redirect("my:reminders")


@require_http_methods(["GET", "HEAD", "POST"])
@my_page
def later(request: MyRequest) -> HttpResponseBase:
    """Choose a later time, or see the one that was chosen and take it back."""
    participant = request.participant
    problem: Refusal | None = None
    if request.method == "POST":
        choice = request.POST.get("choice", "")
        try:
            if choice == "never":
                choices.forget_later(participant=participant, by=participant)
            else:
                choices.remind_later(participant=participant, choice=choice, by=participant)
        except Refusal as refusal:
            problem = refusal
        else:
            return redirect("my:later")
    zone = zone_of(participant)
    waiting = choices.waiting_later(participant)
    context = {
        "study": participant.study,
        "site": participant.site,
        "problem": problem,
        "waiting": waiting,
        "at": waiting.due_at.astimezone(zone) if waiting else None,
        "zone": str(zone),
        "visit": choices.visit_to_do(participant),
        "offered": clock.offered_later(timezone.now(), zone),
    }
    return render(
        request,
        "participants/messaging/my/later.html",
        context,
        status=problem.status if problem else 200,
    )


@never_cache
@csrf_exempt  # mail programs press the button themselves (RFC 8058); the address is signed
@require_http_methods(["GET", "HEAD", "POST"])
def off(request: HttpRequest, token: str) -> HttpResponse:
    """Stop one channel by the signed address in a message, without a session.

    Looking changes nothing; the press of the button, or a mail program's one click, does.
    """
    known = read_off(token)
    if known is None or known[1] not in choices.CHANNEL_NAMES:
        raise Http404
    people = Participant.objects.select_related("study", "site")
    participant = people.filter(pk=known[0]).exclude(state=Participant.State.ERASED).first()
    if participant is None:
        raise Http404
    if request.method == "POST":
        choices.switch_off(participant=participant, channel=known[1], by=participant)
    with translation.override(reading_language(participant).code):
        context = {
            "site": participant.site,
            "channel": choices.CHANNEL_NAMES[known[1]],
            "done": request.method == "POST" or not getattr(choice_of(participant), known[1]),
        }
        return render(request, "participants/messaging/my/off.html", context)
