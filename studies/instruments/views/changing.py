"""Changing a draft in pages: a copy of a published version, a question, its place, a language."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from studies.access.permissions import Permission
from studies.instruments import editing, services
from studies.instruments.errors import EngineFailed, FormUnreadable, VersionFixed
from studies.instruments.forms import LanguageForm, QuestionForm
from studies.instruments.models import InstrumentVersion
from studies.instruments.views.versions import find_version, version_page, version_url
from studies.platform.errors import Refusal, fields_of
from studies.platform.forms import seen_in
from studies.platform.seen import ChangedMeanwhile
from studies.protocol.models import Study
from studies.protocol.views.access import StaffRequest, study_page
from studies.protocol.views.pages import form_page


@require_POST
@study_page(Permission.INSTRUMENT_EDIT)
def copy(request: StaffRequest, study: Study, code: str, number: int) -> HttpResponse:
    """Begin the next version as a copy of this one."""
    row = find_version(request, study, code, number)
    try:
        draft = services.draft_from(version=row, by=request.user)
    except (VersionFixed, FormUnreadable, EngineFailed) as refusal:
        messages.warning(request, refusal.message)
        return version_page(request, study, row, status=refusal.status)
    messages.success(
        request,
        _("A draft of version %(n)d. Change it, try it, then publish it; until then version "
          "%(old)d is asked.") % {"n": draft.number, "old": row.number},
    )  # fmt: skip
    return HttpResponseRedirect(version_url("instrument_version", draft))


@require_http_methods(["GET", "POST"])
@study_page(Permission.INSTRUMENT_EDIT)
def question(
    request: StaffRequest, study: Study, code: str, number: int, question: str
) -> HttpResponse:
    """Word one question otherwise: its choices, whether it is required, its translations."""
    row = find_version(request, study, code, number)
    form = row.form
    item = editing.find(form, question)
    if item is None or row.state != InstrumentVersion.State.DRAFT:
        raise Http404
    fields = QuestionForm(request.POST or None, definition=form, item=item)

    def save(values: dict[str, Any]) -> None:
        services.change_question(
            version=row,
            name=question,
            wanted=fields.wanted(),
            by=request.user,
            seen=values.get("seen"),
        )

    return form_page(
        request,
        form=fields,
        save=save,
        current=partial(_shown_now, row),
        done=_("Changed. Try the draft before you publish it."),
        to=f"{version_url('instrument_version', row)}#question-{question}",
        template="studies/instruments/question.html",
        section="instruments",
        study=study,
        version=row,
        item=item,
        shared=editing.sharing(form, item),
    )


@require_POST
@study_page(Permission.INSTRUMENT_EDIT)
def move(
    request: StaffRequest, study: Study, code: str, number: int, question: str
) -> HttpResponse:
    """Move a question past its neighbour."""
    row = find_version(request, study, code, number)
    act = partial(services.move_question, name=question, up=request.POST.get("to") == "up")
    return _acted(request, study, row, act, f"#question-{question}")


@require_POST
@study_page(Permission.INSTRUMENT_EDIT)
def language(request: StaffRequest, study: Study, code: str, number: int) -> HttpResponse:
    """Let the draft have words in one more language."""
    row = find_version(request, study, code, number)
    form = LanguageForm(request.POST)
    named = form.cleaned_data["language"] if form.is_valid() else ""
    return _acted(request, study, row, partial(services.add_language, language=named), "")


def _acted(
    request: StaffRequest, study: Study, row: InstrumentVersion, act: Any, place: str
) -> HttpResponse:
    try:
        act(version=row, by=request.user, seen=seen_in(request.POST))
    except ChangedMeanwhile as refusal:
        messages.warning(request, refusal.message)
        return version_page(request, study, _fresh(row), status=refusal.status)
    except Refusal as refusal:
        if refusal.status in {403, 404}:
            raise
        messages.warning(request, next(iter(fields_of(refusal).values()), refusal.message))
        return version_page(request, study, _fresh(row), status=refusal.status)
    return HttpResponseRedirect(f"{version_url('instrument_version', row)}{place}")


def _fresh(row: InstrumentVersion) -> InstrumentVersion:
    return InstrumentVersion.objects.select_related("instrument__study").get(pk=row.pk)


def _shown_now(row: InstrumentVersion) -> dict[str, Any]:
    return services.shown_values(InstrumentVersion.objects.get(pk=row.pk))
