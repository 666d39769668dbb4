"""Learning from a closed reading study: what it would teach, a job, what came of it."""

from collections.abc import Mapping

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST, require_safe

from inference.cells.live import is_fragment, next_beat
from inference.learning.errors import NothingToLearn
from inference.learning.forms import TrainingForm
from inference.learning.models import TrainingJob
from inference.learning.services.jobs import ask_training, trains_here
from inference.learning.services.outcome import outcome_of
from inference.learning.services.training_set import choices_of, training_set, usable_scales
from inference.reading.models import ReadingStudy
from studies.access.permissions import Permission
from studies.platform.errors import Refusal
from studies.protocol.models import Study
from studies.protocol.views.access import StaffRequest, study_page


@require_safe
@study_page(Permission.READING_VIEW)
def learning(request: StaffRequest, study: Study, reading: str) -> HttpResponse:
    """What the consensus teaches, who agreed, the jobs so far; a fragment while one is open."""
    found = _found(request, study, reading)
    return _page(request, study, found, None)


@require_POST
@study_page(Permission.MODEL_ACTIVATE)
def train(request: StaffRequest, study: Study, reading: str) -> HttpResponse:
    """Have a package trained."""
    found = _found(request, study, reading)
    form = TrainingForm(request.POST, choices=choices_of(study))
    if not form.is_valid():
        return _page(request, study, found, form, status=422)
    try:
        ask_training(
            reading=found,
            choice=form.cleaned_data["choice"],
            terms=form.cleaned_data["terms"],
            by=request.user,
        )
    except NothingToLearn as refusal:
        form.add_error("choice", refusal.message)
        return _page(request, study, found, form, status=refusal.status)
    messages.success(request, "The job waits for the host that trains. You may leave this page.")
    return redirect("inference:reading_learning", study.code, found.code)


def _found(request: StaffRequest, study: Study, reading: str) -> ReadingStudy:
    seen = ReadingStudy.objects.visible_to(request.user).select_related("study")
    return get_object_or_404(seen, study=study, code=reading)


def _page(
    request: StaffRequest,
    study: Study,
    reading: ReadingStudy,
    form: TrainingForm | None,
    *,
    status: int = 200,
) -> HttpResponse:
    jobs = TrainingJob.objects.filter(reading_study=reading).select_related(
        "package", "asked_by", "reading_study"
    )
    choices, fragment = choices_of(study), is_fragment(request)
    rows = [(job, outcome_of(job)) for job in jobs[:10]]
    usable, why = usable_scales(reading)
    waiting = any(job.open or (o is not None and o.scored < o.cases) for job, o in rows)
    context = {
        "study": study,
        "section": "readings",
        "reading": reading,
        "jobs": rows,
        "beat": next_beat(request, busy=waiting),
        "usable": usable,
        "why": why,
        "choices": [] if fragment else _numbers(reading, choices),
        "trains": trains_here(),
        "may": Permission.MODEL_ACTIVATE in request.can,
        "form": form or TrainingForm(choices=choices),
    }
    name = "_jobs.html" if fragment else "learning.html"
    response = render(request, f"inference/learning/{name}", context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _numbers(
    reading: ReadingStudy, choices: Mapping[str, str]
) -> list[tuple[str, str, dict[str, object]]]:
    """Each choice with what could be trained on now under it, or why nothing."""
    rows = []
    for code, words in choices.items():
        try:
            numbers: dict[str, object] = training_set(reading, choice=code).numbers()
        except Refusal as refusal:
            numbers = {"problem": refusal.message}
        rows.append((code, words, numbers))
    return rows
