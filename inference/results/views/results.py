"""What came of a closed reading study, on a page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from inference.cells.live import is_fragment, next_beat
from inference.reading.models import Reading, ReadingStudy
from inference.results.drawing.figures import Figure, figures_of, part_of
from inference.results.models import ReadingResults
from inference.results.services.grras import grras_of
from inference.results.services.methods import methods_of
from inference.results.services.notes import closing_of, notes_of
from inference.results.services.results import ask_results
from studies.access.permissions import Permission
from studies.platform.work import WorkState, worker_missing
from studies.protocol.models import Study
from studies.protocol.views.access import StaffRequest, study_page

Shape = Mapping[str, Any]


@require_safe
@study_page(Permission.READING_VIEW)
def reading_results(request: StaffRequest, study: Study, reading: str) -> HttpResponse:
    """All scales in a table, one of them (``?scale=``) in full; while it waits, how that goes."""
    row = ask_results(study=found(request, study, reading), by=request.user)
    context = {
        "study": study,
        "section": "readings",
        "reading": row.reading_study,
        "row": row,
        "failed": row.state == WorkState.QUARANTINED,
        "no_worker": not row.fresh and worker_missing(),
        "beat": next_beat(request, busy=not row.fresh),
    }
    if is_fragment(request):
        response = render(request, "inference/results/_waiting.html", context)
        if row.fresh:
            response["HX-Refresh"] = "true"
        patch_vary_headers(response, ["HX-Request"])
        return response
    if row.figures is not None:
        context |= _shown(request, row)
    return render(request, "inference/results/results.html", context)


def found(request: StaffRequest, study: Study, reading: str) -> ReadingStudy:
    """The reading study, if the person may see it."""
    seen = ReadingStudy.objects.visible_to(request.user).select_related("study")
    return get_object_or_404(seen, study=study, code=reading)


def _shown(request: StaffRequest, row: ReadingResults) -> dict[str, Any]:
    figures = row.figures
    wanted = request.GET.get("scale", "")
    scales = figures["scales"]
    shown = next((scale for scale in scales if scale["code"] == wanted), scales[0])
    drawn: dict[str, list[Figure]] = defaultdict(list)
    for figure in figures_of(shown, figures["readers"]):
        drawn[part_of(figure.code)].append(figure)
    reading = row.reading_study
    return {
        "figures": figures,
        "shown": shown,
        "rows": [(scale, (scale["coefficients"] or [None])[0]) for scale in scales],
        "drawn": dict(drawn),
        "network_says": network_says(shown["network"]),
        "readers": _readers(figures, shown),
        "reasons": _reasons(figures["readers"]),
        "methods": methods_of(reading, figures),
        "checklist": grras_of(reading, figures),
        "closing": closing_of(reading),
        "notes": notes_of(reading),
    }


def _readers(figures: Shape, scale: Shape) -> list[tuple[Shape, Shape]]:
    """Each reader's work beside what they did on the scale shown."""
    return list(zip(figures["readers"], scale["readers"], strict=True))


def _reasons(readers: Sequence[Shape]) -> list[tuple[str, list[int]]]:
    """Why cases could not be read, and how often each reader said so."""
    return [
        (str(reason.label), [reader["unreadable"].get(reason.value, 0) for reader in readers])
        for reason in Reading.Unreadable
        if any(reason.value in reader["unreadable"] for reader in readers)
    ]


def network_says(network: Shape) -> str:
    """The answer in a sentence: is the network within the readers' own spread?"""
    if "within" not in network:
        return ""
    if network["within"] is None:
        return "There is too little to say whether the network lies within the readers' spread."
    if network["within"]:
        return (
            "The network lies within the readers' own spread: nothing says that it agrees less "
            "with the consensus than a reader does. That is no proof that they are equally good."
        )
    return "The network agrees less with the consensus than readers do with each other."
