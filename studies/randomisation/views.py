"""Pages of the scheme: as it stands, drawn, sent as a list, drawn on, ended, opened."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from studies.access.permissions import Permission
from studies.platform.addresses import attachment, file_name
from studies.platform.errors import Invalid, Refusal
from studies.platform.forms import show_refusal
from studies.protocol.models import Study
from studies.protocol.views.access import StaffRequest, study_page
from studies.protocol.views.pages import form_page
from studies.randomisation.errors import ListUnreadable, ListWrong
from studies.randomisation.factors import LABELS, in_words
from studies.randomisation.forms import BLOCKS, TRYING, DrawForm, ExtendForm, ListForm, WhyForm
from studies.randomisation.list_file import ListReport
from studies.randomisation.models import Scheme
from studies.randomisation.services import schemes
from studies.randomisation.services.showing import Shown, list_csv, show_scheme
from studies.randomisation.services.unblinding import unblind_study

FORM = "studies/randomisation/form.html"
SHOWN = 200  # problems of a list on its page


def _home(study: Study) -> str:
    return reverse("studies:randomisation", args=[study.code])


@require_safe
@study_page(Permission.STUDY_VIEW)
def overview(request: StaffRequest, study: Study) -> HttpResponse:
    """What randomises the study; nothing here tells an arm from another."""
    rows = list(Scheme.objects.filter(study=study).select_related("made_by"))
    live = [row for row in rows if row.state != Scheme.State.ENDED]
    context = {
        "section": "randomisation",
        "schemes": [_described(row) for row in sorted(live, key=lambda row: row.state)],
        "other_arms": any(
            row.state == Scheme.State.IN_FORCE
            and schemes.arms_given(row) != set(schemes.arms_of(study))
            for row in live
        ),
        "ended": [row for row in rows if row.state == Scheme.State.ENDED],
        "arms": schemes.arms_of(study),
        "in_force": any(row.state == Scheme.State.IN_FORCE for row in rows),
        "may": request.can["randomisation_edit"],
    }
    return render(request, "studies/randomisation/overview.html", context)


def _described(scheme: Scheme) -> dict[str, Any]:
    names = [LABELS[str(kept["name"])] for kept in scheme.factors]
    total = scheme.rows.count()
    return {
        "scheme": scheme,
        "factors": names,
        "total": total,
        "left": scheme.rows.filter(taken=False).count(),
        "strata": len(scheme.strata),
        "ready": bool(total) or scheme.method == Scheme.Method.MINIMISATION,
    }


@require_http_methods(["GET", "POST"])
@study_page(Permission.RANDOMISATION_EDIT)
def draw(request: StaffRequest, study: Study) -> HttpResponse:
    """Draw a list, or set up minimisation."""
    form = DrawForm(request.POST or None, study=study)

    def save(values: dict[str, Any]) -> object:
        common = {"study": study, "factors": values["factors"], "ratio": form.ratio()}
        if values["method"] == BLOCKS:
            return schemes.draft_blocks(
                **common, sizes=values["sizes"], rows=values["rows"], by=request.user
            )
        return schemes.draft_minimisation(
            **common, probability=float(values["probability"]), by=request.user
        )

    return form_page(
        request,
        form=form,
        save=save,
        done=_("It is a draft. Put it in force when the study is ready to randomise."),
        to=_home(study),
        template=FORM,
        section="randomisation",
        study=study,
        heading=_("Draw the randomisation"),
        action=_("Draw"),
        text=_(
            "Seed, ratio, sizes of blocks and every place are encrypted with the keys of the "
            "installation as they are drawn. Nobody is shown them while the study goes on."
        ),
    )


@require_http_methods(["GET", "POST"])
@study_page(Permission.RANDOMISATION_EDIT)
def upload(request: StaffRequest, study: Study) -> HttpResponse:
    """A list made elsewhere, for trying or for production, with a report by line."""
    form = ListForm(request.POST or None, request.FILES or None)
    report: ListReport | None = None
    lines: list[str] = []
    status = 200
    if request.method == "POST":
        status = Invalid.status
        if form.is_valid():
            try:
                report = _take(request, study, form)
                if report is None:
                    return redirect(_home(study))
                status = 200
            except ListWrong as refusal:
                lines = [str(line) for line in refusal.detail.get("lines", [])]  # type: ignore[attr-defined]
                form.add_error(None, refusal.message)
            except ListUnreadable as refusal:
                form.add_error("file", refusal.message)
            except Refusal as refusal:
                if refusal.status == 403:
                    raise
                show_refusal(form, refusal)
                status = refusal.status
    context = {
        "section": "randomisation", "study": study, "form": form, "report": report, "lines": lines,
        "problems": report.problems[:SHOWN] if report else [],
        "strata": [(in_words(name), n) for name, n in report.counts.items()] if report else [],
        "arms": schemes.arms_of(study),
    }  # fmt: skip
    return render(request, "studies/randomisation/list.html", context, status=status)


def _take(request: StaffRequest, study: Study, form: ListForm) -> ListReport | None:
    """The report of a list for trying; nothing, once one for production was taken."""
    file = form.cleaned_data["file"]
    sent = {"study": study, "content": file.read(), "name": file.name, "by": request.user}
    if form.cleaned_data["purpose"] == TRYING:
        return schemes.try_list(**sent)
    scheme = schemes.upload_list(**sent)
    count = scheme.rows.count()
    said = ngettext("%(n)s place was taken.", "%(n)s places were taken.", count) % {"n": count}
    messages.success(request, said + " " + _("The list is a draft until you put it in force."))
    return None


@require_POST
@study_page(Permission.RANDOMISATION_EDIT)
def start(request: StaffRequest, study: Study, pk: int) -> HttpResponse:
    """Put a draft in force."""
    scheme = get_object_or_404(Scheme.objects.filter(study=study), pk=pk)
    schemes.put_in_force(scheme=scheme, by=request.user)
    messages.success(request, _("In force. Participants are randomised by it from now on."))
    return redirect(_home(study))


@require_http_methods(["GET", "POST"])
@study_page(Permission.RANDOMISATION_EDIT)
def extend(request: StaffRequest, study: Study, pk: int) -> HttpResponse:
    """Draw on from the same seed."""
    scheme = get_object_or_404(Scheme.objects.filter(study=study), pk=pk)
    form = ExtendForm(request.POST or None)
    return form_page(
        request,
        form=form,
        save=lambda values: schemes.extend_list(scheme=scheme, by=request.user, **values),
        done=_("The list is longer. What was there is unchanged."),
        to=_home(study),
        template=FORM,
        section="randomisation",
        study=study,
        heading=_("Draw more places"),
        action=_("Draw on"),
        text=_(
            "Places that are there stay as they are; those that follow come from the same seed. "
            "Sites added since get theirs."
        ),
    )


@require_http_methods(["GET", "POST"])
@study_page(Permission.RANDOMISATION_EDIT)
def end(request: StaffRequest, study: Study, pk: int) -> HttpResponse:
    """Randomise nobody more by it."""
    scheme = get_object_or_404(Scheme.objects.filter(study=study), pk=pk)
    form = WhyForm(request.POST or None)
    return form_page(
        request,
        form=form,
        save=lambda values: schemes.end_scheme(scheme=scheme, by=request.user, **values),
        done=_("Ended. Its list can be shown now."),
        to=_home(study),
        template=FORM,
        section="randomisation",
        study=study,
        heading=_("End the randomisation"),
        action=_("End it"),
        danger=True,
        text=_(
            "Nobody is randomised by it any more, and it cannot be started again. Allocations "
            "that were given stay."
        ),
    )


@require_http_methods(["GET", "POST"])
@study_page(Permission.RANDOMISATION_EDIT)
def unblind(request: StaffRequest, study: Study) -> HttpResponse:
    """Open a closed study to its staff."""
    form = WhyForm(request.POST or None)
    return form_page(
        request,
        form=form,
        save=lambda values: unblind_study(study=study, by=request.user, **values),
        done=_("The study is unblinded."),
        to=_home(study),
        template=FORM,
        section="randomisation",
        study=study,
        heading=_("Unblind the study"),
        action=_("Unblind the study"),
        danger=True,
        text=_(
            "From then on whoever may see arms in an open study sees them here, in pages, exports "
            "and the API, and participants in the copy of their data. There is no way back."
        ),
    )


@require_safe
@study_page(Permission.RANDOMISATION_EDIT)
def proof(request: StaffRequest, study: Study, pk: int) -> HttpResponse:
    """Seed, settings, algorithm and hash of a scheme that is over."""
    scheme = get_object_or_404(Scheme.objects.filter(study=study), pk=pk)
    shown: Shown = show_scheme(scheme=scheme, by=request.user)
    context = {"section": "randomisation", "study": study, "scheme": scheme, "shown": shown}
    response = render(request, "studies/randomisation/proof.html", context)
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
@study_page(Permission.RANDOMISATION_EDIT)
def download(request: StaffRequest, study: Study, pk: int) -> HttpResponseBase:
    """The list of a scheme that is over, as CSV."""
    scheme = get_object_or_404(Scheme.objects.filter(study=study), pk=pk)
    lines = list_csv(scheme=scheme, by=request.user)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = attachment(file_name(f"{study.code}-allocations.csv"))
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
