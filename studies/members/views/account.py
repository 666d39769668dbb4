"""One's own account: roles, sign-in, API token."""

from allauth.account.decorators import reauthentication_required
from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from studies.access.models import Membership, User
from studies.members.forms import MailsForm
from studies.members.services import tokens
from studies.members.services.mails import choose_mails, chosen_mails
from studies.platform.shown_once import held, hold
from studies.protocol.views.access import StaffRequest, signed_in
from studies.protocol.views.pages import form_page
from studies.record.models import AuditEvent
from studies.record.services import PLATFORM
from studies.record.wording import action_in_words

LATELY = 10
KEY = "api_token"


@require_GET
@signed_in
def account(request: StaffRequest) -> HttpResponse:
    """Who one is here, and how one signs in."""
    held = Membership.objects.current().filter(user=request.user).select_related("study", "site")
    context = {
        "memberships": held,
        "second_factor": is_mfa_enabled(request.user),
        "token": tokens.current_token(request.user),
        "events": [(event, action_in_words(event.action)) for event in _own_events(request.user)],
    }
    return render(request, "studies/members/account.html", context)


def _own_events(user: User) -> QuerySet[AuditEvent]:
    """What happened lately to one's own account: everyone may know that about themselves."""
    return AuditEvent.objects.filter(
        chain=PLATFORM, object_type="user", object_id=str(user.pk)
    ).order_by("-sequence")[:LATELY]


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def mails(request: StaffRequest) -> HttpResponse:
    """Which mails one wants."""
    person = request.user
    return form_page(
        request,
        form=MailsForm(request.POST or None, initial=chosen_mails(person)),
        save=lambda values: choose_mails(by=person, **values),
        current=lambda: chosen_mails(User.objects.get(pk=person.pk)),
        done=_("Saved."),
        to=reverse("studies:account"),
        template="studies/members/mails.html",
    )


@require_GET
def session(request: HttpRequest) -> HttpResponse:
    """Who is signed in in this browser, for pages that were opened a while ago; empty if nobody."""
    person = str(request.user.pk) if isinstance(request.user, User) else ""
    return JsonResponse({"person": person})


@require_GET
@signed_in
def back_in(request: StaffRequest) -> HttpResponse:
    """Where signing in over a page ends: the window closes, and the page behind it goes on."""
    return render(request, "studies/members/signed_in.html")


@never_cache
@require_http_methods(["GET", "POST"])
@signed_in
@reauthentication_required(allow_get=True)  # type: ignore[untyped-decorator]
def api_token(request: StaffRequest) -> HttpResponse:
    """Make or replace one's key to the API; the page this leads to shows it for a while."""
    if request.method == "POST":
        hold(request, KEY, tokens.issue_token(by=request.user).key)
        return HttpResponseRedirect(reverse("studies:api_token") + "?new")
    key = held(request, KEY) if "new" in request.GET else ""
    context = {"token": tokens.current_token(request.user), "key": key}
    return render(request, "studies/members/api_token.html", context)


@require_POST
@signed_in
def revoke_api_token(request: StaffRequest) -> HttpResponse:
    """Stop one's key to the API at once."""
    if tokens.revoke_token(by=request.user) is not None:
        messages.success(request, _("The token is revoked: programs that use it are turned away."))
    return HttpResponseRedirect(reverse("studies:api_token"))
