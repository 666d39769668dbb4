"""Pages of the schedule."""

import json
from dataclasses import asdict
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from participants.board.looks import STATES
from participants.board.services.asked import WEEK, Asked
from participants.board.services.board import board as board_of
from participants.board.services.many import ACTS, Outcome, do_for_many
from participants.board.services.week import week as week_of
from participants.people.models import Invitation
from participants.people.views.links import qr_svg
from studies.access.permissions import Permission
from studies.platform.errors import Invalid
from studies.platform.shown_once import held, hold
from studies.protocol.models import Study
from studies.protocol.services.rights import arm_right
from studies.protocol.views.access import StaffRequest, study_page

REPORT = "schedule-report"
DONE = {
    "remind": _("Reminders"),
    "link": _("Links sent"),
    "sheet": _("Link sheets"),
}


@require_safe
@study_page(Permission.PARTICIPANT_VIEW)
def board(request: StaffRequest, study: Study) -> HttpResponse:
    """Participants down, visits across, filtered and paged."""
    asked = _asked(request, study)
    board_shown = board_of(asked, request.GET.get("page"))
    context = {**_common(request, asked), "board": board_shown, "page": board_shown.page}
    return render(request, "participants/board/board.html", context)


@require_safe
@study_page(Permission.PARTICIPANT_VIEW)
def week(request: StaffRequest, study: Study) -> HttpResponse:
    """What is due, closes and is late on each day of a week."""
    asked = _asked(request, study)
    monday = asked.monday or asked.on - timedelta(days=asked.on.weekday())
    context = {
        **_common(request, asked),
        "days": week_of(asked, monday),
        "monday": monday,
        "sunday": monday + WEEK - timedelta(days=1),
        "before": monday - WEEK,
        "after": monday + WEEK,
    }
    return render(request, "participants/board/week.html", context)


@require_POST
@study_page(Permission.INVITATION_EDIT)
def act(request: StaffRequest, study: Study) -> HttpResponse:
    """Do one thing for everybody who is ticked; the same form again does nothing again."""
    number = _number(request)
    if _report(request).get("number") != number:
        act = request.POST.get("act", "")
        outcomes = do_for_many(
            study=study, codes=request.POST.getlist("who"), act=act, by=request.user
        )
        kept_report = {
            "number": number,
            "study": study.code,
            "act": act,
            "back": _back_to(request, study),
            "outcomes": [asdict(outcome) for outcome in outcomes],
        }
        hold(request, REPORT, json.dumps(kept_report))
    return redirect("participants:schedule_report", study.code)


@require_safe
@study_page(Permission.INVITATION_EDIT)
def report(request: StaffRequest, study: Study) -> HttpResponse:
    """What came of it for each person; link sheets to print, for a quarter of an hour."""
    contents = _report(request)
    if contents.get("study") != study.code or contents.get("act") not in ACTS:
        return redirect("participants:board", study.code)
    outcomes = [Outcome(**outcome) for outcome in contents["outcomes"]]
    context = {
        "study": study,
        "section": "schedule",
        "title": DONE[contents["act"]],
        "outcomes": outcomes,
        "done": sum(outcome.kind == "done" for outcome in outcomes),
        "sheets": _sheets(request, study, outcomes),
        "back": contents["back"],
    }
    response = render(request, "participants/board/report.html", context)
    response["Cache-Control"] = "private, no-store"
    return response


def _asked(request: StaffRequest, study: Study) -> Asked:
    may_arms = arm_right(study) in request.can
    return Asked.read(study, request.user, may_arms=may_arms, sent=request.GET.dict())


def _common(request: StaffRequest, asked: Asked) -> dict[str, Any]:
    return {
        "study": asked.study,
        "section": "schedule",
        "asked": asked,
        "states": STATES.items(),
        "acts": Permission.INVITATION_EDIT in request.can,
        "request_id": uuid4(),
    }


def _number(request: StaffRequest) -> str:
    try:
        return str(UUID(request.POST.get("request_id", "")))
    except ValueError as error:
        raise Invalid("This form is not complete. Reload the page and tick again.") from error


def _report(request: StaffRequest) -> dict[str, Any]:
    text = held(request, REPORT)
    contents: dict[str, Any] = json.loads(text) if text else {}
    return contents


def _back_to(request: StaffRequest, study: Study) -> str:
    """The page on which it was ticked, with its filter: the board, the week or the participants."""
    asked = request.POST.get("next", "")
    here = reverse("participants:board", args=[study.code])
    people = reverse("participants:list", args=[study.code])
    return asked if asked.startswith(here) or asked.split("?")[0] == people else here


def _sheets(request: StaffRequest, study: Study, outcomes: list[Outcome]) -> list[dict[str, Any]]:
    """The sheets of links that still work, in the order of the codes."""
    tokens = {outcome.link: outcome.token for outcome in outcomes if outcome.token}
    rows = Invitation.objects.visible_to(request.user).filter(
        pk__in=tokens, participant__study=study, revoked_at=None
    )
    sheets = []
    for row in rows.select_related("participant__site").order_by("participant__code"):
        address = request.build_absolute_uri(reverse("my:link", args=[tokens[row.pk]]))
        sheets.append(
            {
                "participant": row.participant,
                "invitation": row,
                "address": address,
                "qr": qr_svg(address),
            }
        )
    return sheets
