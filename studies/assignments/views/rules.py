"""Alert rules of a questionnaire: the list, setting one with a trial, changing, ending."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from studies.access.permissions import Permission
from studies.assignments import services
from studies.assignments.alerts import fits
from studies.assignments.forms import AlertRuleForm
from studies.assignments.models import AlertRule, Assignment
from studies.assignments.services.alerting import published_form
from studies.instruments.definition import TYPES
from studies.instruments.errors import EngineFailed, FormUnreadable
from studies.instruments.structure import outline
from studies.platform.errors import Invalid, Refusal, fields_of
from studies.platform.forms import ReasonForm, carry_seen, row_values
from studies.protocol.models import Study
from studies.protocol.services.changes import values_of
from studies.protocol.views.access import StaffRequest, study_page
from studies.protocol.views.pages import form_page

# What a rule hardly asks for, by what a page calls it.
NOT_ASKED: Final = {TYPES[name] for name in ("note", "start", "end", "today")}
FORM: Final = "studies/assignments/rule.html"
TRIED: Final = "tried:"  # before the name of a question whose answer is typed for a trial


@require_GET
@study_page(Permission.STUDY_VIEW)
def overview(request: StaffRequest, study: Study, code: str) -> HttpResponse:
    """Which answers to one questionnaire raise an alert, and who is told."""
    row = _assignment(request, study, code)
    form = published_form(row).form
    context = {
        **_common(row),
        "rules": [(rule, fits(rule, form)) for rule in row.alert_rules.in_force()],
        "editable": request.can["study_edit"] and study.state != Study.State.CLOSED,
    }
    return render(request, "studies/assignments/rules.html", context)


@require_http_methods(["GET", "POST"])
@study_page(Permission.STUDY_EDIT)
def add(request: StaffRequest, study: Study, code: str) -> HttpResponse:
    """Set a rule, and try it before."""
    row = _assignment(request, study, code)
    form = AlertRuleForm(request.POST or None, assignment=row, study=study)
    return _rule_page(
        request,
        row,
        form,
        save=lambda values: services.add_alert_rule(assignment=row, by=request.user, **values),
        done=_("Set. Answers that come from now on are held against it."),
        heading=_("Set an alert"),
        action=_("Set it"),
    )


@require_http_methods(["GET", "POST"])
@study_page(Permission.STUDY_EDIT)
def edit(request: StaffRequest, study: Study, code: str, rule: str) -> HttpResponse:
    """Change a rule for answers from now on."""
    row = _assignment(request, study, code)
    kept = _rule(row, rule)
    instance = AlertRule.objects.get(pk=kept.pk)
    form = AlertRuleForm(request.POST or None, instance=instance, assignment=row, study=study)
    end_url = reverse("studies:alert_rule_end", args=[study.code, row.code, kept.code])
    return _rule_page(
        request,
        row,
        form,
        save=lambda values: services.change_alert_rule(rule=kept, by=request.user, **values),
        current=lambda: row_values(AlertRule.objects.get(pk=kept.pk), form.fields),
        done=_("Changed. Alerts that were raised stay as they are."),
        heading=_("Change the alert %(code)s") % {"code": kept.code},
        end_url=end_url,
    )


@require_http_methods(["GET", "POST"])
@study_page(Permission.STUDY_EDIT)
def end(request: StaffRequest, study: Study, code: str, rule: str) -> HttpResponse:
    """Let a rule raise no more alerts, after a question."""
    row = _assignment(request, study, code)
    kept = _rule(row, rule)
    return form_page(
        request,
        form=ReasonForm(request.POST or None),
        save=lambda values: services.remove_alert_rule(rule=kept, by=request.user, **values),
        current=lambda: values_of(AlertRule.objects.get(pk=kept.pk)),
        done=_("It raises no more alerts. Those that were raised stay."),
        to=_list(row),
        template=FORM,
        heading=_("Raise no more alerts by %(code)s?") % {"code": kept.code},
        text=_("Alerts that were raised stay, and wait until somebody acknowledges them."),
        action=_("Raise no more alerts"),
        danger=True,
        **_common(row),
    )


def _rule_page(
    request: StaffRequest,
    row: Assignment,
    form: AlertRuleForm,
    *,
    save: Callable[[dict[str, Any]], object],
    done: str,
    current: Callable[[], dict[str, Any]] | None = None,
    **context: Any,
) -> HttpResponse:
    definition = published_form(row).form
    asked = [one for one in outline(definition) if not one.group and one.kind not in NOT_ASKED]
    context |= {**_common(row), "names": asked}
    if request.method == "POST" and "try" in request.POST:
        return _try(request, row, form, current, context)
    return form_page(
        request,
        form=form,
        save=save,
        current=current,
        done=done,
        to=_list(row),
        template=FORM,
        **context,
    )


def _try(
    request: StaffRequest,
    row: Assignment,
    form: AlertRuleForm,
    current: Callable[[], dict[str, Any]] | None,
    context: dict[str, Any],
) -> HttpResponse:
    """The same page with what the rule says of the answers typed for a trial; nothing is kept."""
    if current is not None:
        carry_seen(form, current)
    expression = str(request.POST.get("expression", ""))
    typed = partial(_typed, request)
    status = 200
    try:
        sent = {
            name.removeprefix(TRIED): typed(name.removeprefix(TRIED))
            for name in request.POST
            if name.startswith(TRIED)
        }
        questions, tried = services.try_rule(
            assignment=row, expression=expression, answers=sent, by=request.user
        )
        context |= {"tried": tried, "questions": [(one, typed(one.name)) for one in questions]}
        context["blank"] = not any(sent.get(one.name) for one in questions)
    except (Invalid, FormUnreadable, EngineFailed) as refusal:
        context["trial_refused"], status = _said(refusal), refusal.status
    form.errors.clear()  # what is missing is told when it is saved
    context |= {"form": form, "back_url": _list(row)}
    return render(request, FORM, context, status=status)


def _typed(request: StaffRequest, name: str) -> str:
    return " ".join(request.POST.getlist(f"{TRIED}{name}")).strip()


def _said(refusal: Refusal) -> str:
    return fields_of(refusal).get("expression", refusal.message)


def _common(row: Assignment) -> dict[str, Any]:
    return {"section": "instruments", "study": row.study, "assignment": row}


def _assignment(request: StaffRequest, study: Study, code: str) -> Assignment:
    rows = Assignment.objects.visible_to(request.user).filter(study=study, ended_at=None)
    return get_object_or_404(rows.select_related("instrument", "study"), code=code)


def _rule(row: Assignment, code: str) -> AlertRule:
    return get_object_or_404(row.alert_rules.in_force(), code=code)


def _list(row: Assignment) -> str:
    return reverse("studies:alert_rules", args=[row.study.code, row.code])
