"""Pages of queries: a study's list, one query with its thread, raising one."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseRedirect, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from participants.answers.services.exporting import Sheet
from participants.people.models import Participant
from participants.people.views.door import participant_page
from participants.queries.forms import AnswerForm, RaiseForm, SettleForm
from participants.queries.models import Query
from participants.queries.places import RELATED, find_place, named, place_of, told
from participants.queries.services import asking
from participants.queries.services.exporting import queries_codebook, queries_file
from participants.queries.services.listing import AGES, Wanted, described, queries_in, query_ages
from studies.access.permissions import Permission
from studies.platform.addresses import attachment
from studies.platform.errors import Refusal
from studies.platform.forms import SEEN, carry_seen, show_refusal
from studies.platform.seen import ChangedMeanwhile, Seen
from studies.protocol.models import Site, Study
from studies.protocol.views.access import StaffRequest, study_page
from studies.protocol.views.pages import form_page

PER_PAGE = 50
STATES = (
    ("", "All"),
    ("waiting", "Waiting for an answer"),
    ("overdue", "Overdue"),
    ("answered", "Answered"),
    ("closed", "Closed"),
)


@require_safe
@study_page(Permission.QUERY_VIEW)
def queries(request: StaffRequest, study: Study) -> HttpResponse:
    """The study's queries that one may see, by state, site, participant, kind and age."""
    asked = request.GET
    wanted = Wanted(**{name: asked.get(name, "") for name in Wanted.__annotations__})
    rows = queries_in(study, request.user, wanted).select_related(*RELATED)
    page = Paginator(rows, PER_PAGE).get_page(asked.get("page"))
    sites = list(Site.objects.visible_to(request.user).filter(study=study).order_by("code"))
    context = {
        "study": study,
        "section": "queries",
        "page": page,
        "lines": described(page.object_list),
        "wanted": wanted,
        "states": STATES,
        "sites": sites if len(sites) > 1 else [],
        "abouts": Query.About.choices,
        "ages": [(key, days) for key, days in AGES.items()],
        "by_site": query_ages(study, request.user),
    }
    return render(request, "participants/queries/queries.html", context)


@require_safe
@participant_page(Permission.QUERY_VIEW)
def query(request: StaffRequest, participant: Participant, number: int) -> HttpResponse:
    """One query: what it is about, its thread, and what one may do with it."""
    return _shown(request, _query(request, participant, number))


@require_http_methods(["GET", "HEAD", "POST"])
@participant_page(Permission.QUERY_RAISE)
def raise_query(request: StaffRequest, participant: Participant) -> HttpResponse:
    """Ask about a piece of data, which the address names; without one, on the person's page."""
    if not request.GET.get("about"):
        messages.info(request, _("Choose what to ask about: the question mark beside it."))
        return redirect("participants:detail", participant.study.code, participant.code)
    asked = {name: request.GET.get(name, "") for name in ("about", "at", "field", "region")}
    place = find_place(participant, **asked, by=request.user)
    shown = told(place, values=True)
    there = Query.objects.visible_to(request.user).standing().filter(participant=participant)
    same = [row for row in there if named(place_of(row)) == named(place)]
    made: list[Query] = []

    def save(values: dict[str, Any]) -> None:
        made.append(asking.raise_query(place=place, by=request.user, **values))

    answer = form_page(
        request,
        form=RaiseForm(request.POST or None),
        save=save,
        done=_("Raised. The site is told, and answers here."),
        to=shown.url,
        template="participants/queries/raise.html",
        study=participant.study,
        section="queries",
        participant=participant,
        place=shown,
        same=same,
    )
    return HttpResponseRedirect(_url(made[0])) if made else answer


@require_POST
@participant_page(Permission.QUERY_ANSWER)
def answer(request: StaffRequest, participant: Participant, number: int) -> HttpResponse:
    """Answer a query."""
    row = _query(request, participant, number)
    done = _("Answered. Whoever closes it is told.")
    return _act(request, row, "answer", AnswerForm(request.POST), asking.answer_query, done)


@require_POST
@participant_page(Permission.QUERY_RAISE)
def close(request: StaffRequest, participant: Participant, number: int) -> HttpResponse:
    """Close a query of one's own, or of others."""
    row = _query(request, participant, number)
    asking.require_settle(row, by=request.user)
    form = SettleForm(request.POST, needed=row.waits)
    return _act(request, row, "close", form, asking.close_query, _("Closed."))


@require_POST
@participant_page(Permission.QUERY_RAISE)
def reopen(request: StaffRequest, participant: Participant, number: int) -> HttpResponse:
    """Ask again what was answered or closed."""
    row = _query(request, participant, number)
    asking.require_settle(row, by=request.user)
    done = _("Reopened. The site is asked again.")
    form = SettleForm(request.POST, needed=True)
    return _act(request, row, "reopen", form, asking.reopen_query, done)


@require_safe
@study_page(Permission.EXPORT)
def export(request: StaffRequest, study: Study) -> HttpResponseBase:
    """The queries as CSV."""
    return _csv(queries_file(study=study, by=request.user))


@require_safe
@study_page(Permission.EXPORT)
def codebook(request: StaffRequest, study: Study) -> HttpResponseBase:
    """What the columns of that file are."""
    return _csv(queries_codebook(study=study, by=request.user))


def _csv(sheet: Sheet) -> HttpResponseBase:
    response = StreamingHttpResponse(sheet.lines(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = attachment(sheet.filename)
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _query(request: StaffRequest, participant: Participant, number: int) -> Query:
    rows = Query.objects.visible_to(request.user).select_related(*RELATED)
    row = get_object_or_404(rows, participant=participant, number=number)
    row.participant = participant
    return row


def _act(
    request: StaffRequest,
    row: Query,
    name: str,
    form: forms.Form,
    save: Callable[..., Query],
    done: str,
) -> HttpResponse:
    """Do what was sent; what is refused is shown on the query's page with what was typed."""
    current = partial(_standing, row.pk)
    carry_seen(form, current)
    status = 422
    if form.is_valid():
        try:
            save(query=row, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            if refusal.status in {403, 404}:
                raise
            if isinstance(refusal, ChangedMeanwhile):
                _say_stale(form, refusal, request.POST.copy(), current())
            else:
                show_refusal(form, refusal)
            status = refusal.status
        else:
            messages.success(request, done)
            return HttpResponseRedirect(_url(row))
    row.refresh_from_db(fields=["state", "answered_at", "closed_at", "due_on"])
    return _shown(request, row, sent={name: form}, status=status)


def _say_stale(
    form: forms.Form, refusal: ChangedMeanwhile, data: QueryDict, current: dict[str, Any]
) -> None:
    """Somebody was faster: the thread has what was said, and the form what was typed."""
    said = _(
        "Nothing was saved: %(who)s was faster. What was said meanwhile is on this page, and what "
        "you typed is still here."
    )
    form.add_error(None, said % {"who": refusal.who.partition(" <")[0] or _("somebody else")})
    data[SEEN] = Seen.of(current).token()
    form.data = data


def _standing(pk: int) -> dict[str, Any]:
    return asking.standing_of(Query.objects.get(pk=pk))


def _shown(
    request: StaffRequest,
    row: Query,
    *,
    sent: Mapping[str, forms.Form] = {},
    status: int = 200,
) -> HttpResponse:
    participant = row.participant
    erased = participant.state == Participant.State.ERASED
    place = told(place_of(row), values=not erased)
    settles = not erased and asking.may_settle(row, by=request.user)
    may = {
        "answer": row.waits and not erased and Permission.QUERY_ANSWER in request.can,
        "reopen": settles and not row.waits and not place.nothing_left,
        "close": settles and row.state != Query.State.CLOSED,
    }
    acts = {
        "answer": sent.get("answer")
        or (AnswerForm(auto_id="answer_%s") if may["answer"] else None),
        "settle": sent.get("close")
        or sent.get("reopen")
        or (
            SettleForm(auto_id="settle_%s", needed=row.waits)
            if may["close"] or may["reopen"]
            else None
        ),
    }
    for form in filter(None, acts.values()):
        if not form.is_bound:
            carry_seen(form, partial(_standing, row.pk))
    context = {
        "study": participant.study,
        "section": "queries",
        "participant": participant,
        "query": row,
        "place": place,
        "entries": row.entries.select_related("by"),
        "acts": acts,
        "may": may,
        "erased": erased,
    }
    return render(request, "participants/queries/query.html", context, status=status)


def _url(row: Query) -> str:
    who = row.participant
    return reverse("participants:query", args=[who.study.code, who.code, row.number])
