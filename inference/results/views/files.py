"""Results and figures as files."""

from collections.abc import Iterator
from typing import TypeVar

from django.http import HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_safe

from inference.results.drawing.figures import Figure, figure_of
from inference.results.errors import NoSuchFigure
from inference.results.services.results import figures_of
from inference.results.services.tables import HEADER, rows_of
from inference.results.views.results import found
from studies.access.permissions import Permission
from studies.platform.addresses import attachment
from studies.platform.csv_files import csv_lines
from studies.protocol.models import Study
from studies.protocol.views.access import StaffRequest, study_page

R = TypeVar("R", HttpResponse, StreamingHttpResponse)


@require_safe
@study_page(Permission.READING_VIEW)
def results_csv(request: StaffRequest, study: Study, reading: str) -> StreamingHttpResponse:
    """Every figure in a row; it holds no participant's code and no reader's name."""
    row = found(request, study, reading)
    figures = figures_of(study=row, by=request.user)
    lines = csv_lines(HEADER, rows_of(study.code, row.code, figures))
    return _csv(lines, f"{study.code}-{row.code}-results.csv")


@require_safe
@study_page(Permission.READING_VIEW)
def figure_svg(
    request: StaffRequest, study: Study, reading: str, scale: str, figure: str
) -> HttpResponse:
    """One figure, as it stands on the page."""
    shown = _figure(request, study, reading, scale, figure)
    response = HttpResponse(str(shown.draw()), content_type="image/svg+xml; charset=utf-8")
    name = f"{study.code}-{reading}-{scale}-{figure}.svg"
    return _private(response, name)


@require_safe
@study_page(Permission.READING_VIEW)
def figure_csv(
    request: StaffRequest, study: Study, reading: str, scale: str, figure: str
) -> StreamingHttpResponse:
    """The numbers that a figure is drawn from."""
    shown = _figure(request, study, reading, scale, figure)
    lines = csv_lines(shown.header, shown.rows)
    return _csv(lines, f"{study.code}-{reading}-{scale}-{figure}.csv")


def _figure(request: StaffRequest, study: Study, reading: str, scale: str, figure: str) -> Figure:
    figures = figures_of(study=found(request, study, reading), by=request.user)
    for shown in figures["scales"]:
        if shown["code"] == scale:
            return figure_of(shown, figures["readers"], figure)
    raise NoSuchFigure("This reading study has no such scale; its results page lists them.")


def _csv(lines: Iterator[bytes], name: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    return _private(response, name)


def _private(response: R, name: str) -> R:
    response["Content-Disposition"] = attachment(name)
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
