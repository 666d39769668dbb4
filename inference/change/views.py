"""Change over time in a study: the page, its figures and files, and the script for R."""

from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from inference.change.drawing import Picture, as_file, draw_means, draw_people
from inference.change.forms import ChangeForm
from inference.change.mmrm import script
from inference.change.services.files import File, file_name_of, record_look, take_out
from inference.change.services.over_time import OverTime, over_time, verdict_of
from inference.change.services.reading import Asked, may_group
from inference.change.services.subjects import REASONS, factors_of, planned_visits
from inference.change.wording import choices
from inference.scoring.tags import region_name
from studies.access.permissions import Permission
from studies.platform.addresses import attachment
from studies.platform.errors import Invalid, NotFound
from studies.protocol.models import Condition, Study, View
from studies.protocol.views.access import StaffRequest, study_page

Response = TypeVar("Response", bound=HttpResponseBase)

SHOWN = 100  # people listed on the page; the file has all
WARNING = "Demonstrator: trained on generated skin; not for clinical use"
FIGURES = {"means": "Mean change from the first visit", "people": "Everybody's change"}


def _form(request: StaffRequest, study: Study, right: Permission) -> ChangeForm:
    """The valid form of what is asked for.

    Raises:
        Invalid: the address names a condition, region, view or arm that the study has not.
    """
    by_arm = may_group(study, request.user, right)
    form = ChangeForm(request.GET, study=study, by_arm=by_arm)
    if not form.is_valid():
        raise Invalid(
            "This study has no such condition, region, view or arm. Choose from the lists on the "
            "page of change over time."
        )
    return form


def _asked(
    request: StaffRequest, study: Study, form: ChangeForm, right: Permission = Permission.SCORE_VIEW
) -> Asked:
    return Asked(
        study=study,
        user=request.user,
        condition=form.value("condition"),
        region=form.value("region"),
        view=form.value("view"),
        by_arm=form.value("groups") == "arm",
        against=form.value("against"),
        permission=right,
    )


@require_safe
@study_page(Permission.SCORE_VIEW)
def change(request: StaffRequest, study: Study) -> HttpResponse:
    """Means, adjusted figures, who changed by more than noise, and where peers stand."""
    form = _form(request, study, Permission.SCORE_VIEW)
    asked = _asked(request, study, form)
    found = over_time(asked)
    record_look(asked)
    context: dict[str, Any] = {
        "study": study,
        "section": "change",
        "form": form,
        "query": _query(asked),
        "found": found,
        "series": found.series,
        "reasons": [REASONS[code] for code in found.reasons],
        "choices": choices(found),
        **_named(asked),
    }
    if found.changed:
        context |= _pictures(found)
        context["people"], context["more"] = _listed(found)
    return render(request, "inference/change/change.html", context)


def _chosen(asked: Asked) -> dict[str, str]:
    return {
        "condition": asked.condition,
        "region": asked.region,
        "view": asked.view,
        "groups": "arm" if asked.by_arm else "all",
        "against": asked.against,
    }


def _query(asked: Asked) -> str:
    return urlencode({name: value for name, value in _chosen(asked).items() if value})


def _named(asked: Asked) -> dict[str, str]:
    condition = Condition.objects.filter(pk=asked.condition).first()
    return {
        "condition": condition.name if condition else "",
        "region": region_name(asked.region),
        "view": View(asked.view).label if asked.view else "",
    }


def _title(asked: Asked, figure: str) -> str:
    named = _named(asked)
    return f"{FIGURES[figure]}: {named['condition']}, {named['region'].lower()}, {asked.study.code}"


def _pictures(found: OverTime) -> dict[str, Any]:
    """The figures for a desk and for a phone; every text of them is escaped where it is drawn."""
    asked = found.series.asked
    means = {
        size: draw_means(found, title=_title(asked, "means"), phone=size == "phone")
        for size in ("desk", "phone")
    }
    people = [
        (
            line.name if len(found.shown) > 1 else "",
            [
                (size, _safe(draw_people(found, line.group, title=title, phone=size == "phone")))
                for size in ("desk", "phone")
            ],
            draw_people(found, line.group, title=title).left_out,
        )
        for line in found.shown
        if (title := f"{_title(asked, 'people')}{f', {line.name}' if line.name else ''}")
    ]
    return {
        "means": [(size, _safe(picture)) for size, picture in means.items()],
        "words": means["desk"].words,
        "people_pictures": people,
    }


def _safe(picture: Picture) -> str:
    return mark_safe(picture.svg)  # noqa: S308 - every text of it is escaped in ``frame``


def _listed(found: OverTime) -> tuple[list[tuple[Any, list[Any]]], int]:
    """The first people with a change, with theirs at each visit; and how many are not listed."""
    series = found.series
    first = series.columns[0].code
    rows = []
    for subject in series.subjects:
        cells = [
            (subject.change(visit.code, first), verdict_of(series, subject, visit.code))
            for visit in series.later
        ]
        if any(change is not None for change, _verdict in cells):
            rows.append((subject, cells))
    return rows[:SHOWN], max(len(rows) - SHOWN, 0)


@require_safe
@study_page(Permission.SCORE_VIEW)
def figure(request: StaffRequest, study: Study, figure: str) -> HttpResponse:
    """A figure as a file of its own, with what it is of at its top."""
    if figure not in FIGURES:
        raise NotFound("There is no such figure. The page has means and people.")
    form = _form(request, study, Permission.SCORE_VIEW)
    asked = _asked(request, study, form)
    found = over_time(asked)
    record_look(asked)
    if not found.series.columns:
        raise NotFound("The protocol has no visit with this view, so there is no figure.")
    title = _title(asked, figure)
    if figure == "means":
        pictures = [("", draw_means(found, title=title))]
    else:
        pictures = [
            (line.name if len(found.shown) > 1 else "", draw_people(found, line.group, title=title))
            for line in found.shown
        ]
    drawn = as_file(pictures, _head(found, title), WARNING if found.series.demonstrator else "")
    response = HttpResponse(drawn, content_type="image/svg+xml; charset=utf-8")
    name = f"{study.code}-change-{figure}-{asked.condition}-{asked.region}-{asked.view}.svg"
    return _private(response, name)


def _head(found: OverTime, title: str) -> list[str]:
    asked = found.series.asked
    models = ", ".join(map(str, found.series.packages))
    noise = f" Noise: ±{found.band:.1f} points." if found.band is not None else ""
    groups = "by arm" if asked.by_arm else "all together"
    return [
        title,
        f"{View(asked.view).label} view; {groups}; means with 95% intervals.{noise}",
        f"Scored by {models}; drawn {timezone.localdate().isoformat()}.",
    ]


@require_safe
@study_page(Permission.EXPORT)
def download(request: StaffRequest, study: Study, file: str) -> HttpResponseBase:
    """The figures, everybody's changes or the codebook as CSV; the act is recorded."""
    if file not in [one.value for one in File]:
        raise NotFound("There is no such file. The page has figures, people and codebook.")
    form = _form(request, study, Permission.EXPORT)
    asked = _asked(request, study, form, Permission.EXPORT)
    lines = take_out(asked=asked, file=File(file))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    return _private(response, file_name_of(study, File(file)))


@require_safe
@study_page(Permission.EXPORT)
def mmrm(request: StaffRequest, study: Study) -> HttpResponse:
    """The script for R of the mixed model; it says nothing of anybody."""
    form = _form(request, study, Permission.EXPORT)
    asked = replace(_asked(request, study, form, Permission.EXPORT), by_arm=False)
    text = script(
        study=study.code,
        condition=asked.condition,
        region=asked.region,
        view=asked.view,
        visits=planned_visits(study, asked.view),
        factors=factors_of(study),
        against=asked.against,
    )
    response = HttpResponse(text, content_type="text/plain; charset=utf-8")
    return _private(response, f"{study.code}-mmrm-{asked.condition}.R")


def _private(response: Response, name: str) -> Response:
    response["Content-Disposition"] = attachment(name)
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
