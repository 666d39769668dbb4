"""Questionnaires of one participant, as staff reads and fills them in."""

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from participants.answers.errors import AlreadyAnswered, AnswersFixed, AnswersRefused
from participants.answers.models import COUNTED, SeriousEvent, Submission
from participants.answers.services import correcting, drafts, entering, submitting
from participants.answers.services.alerts import alerts_of
from participants.answers.services.listing import listed
from participants.answers.services.reading import Change, changes_of, history_of, lines_of
from participants.answers.services.safety import report_event, running_events
from participants.answers.services.slots import Slot, find_slot, slot_of
from participants.people.models import Participant
from participants.people.views.door import participant_page
from studies.access.permissions import Permission
from studies.assignments.models import Assignment
from studies.instruments.errors import EngineFailed, FormUnreadable
from studies.instruments.showing import Shown, read_sent
from studies.platform.errors import Refusal, fields_of
from studies.platform.forms import ReasonForm, seen_in
from studies.platform.seen import ChangedMeanwhile, Seen
from studies.protocol.services.rights import require
from studies.protocol.views.access import StaffRequest
from studies.protocol.views.pages import form_page

Values = entering.Values


@dataclass
class Page:
    """What the page of a form shows beside the form itself."""

    correcting: bool = False
    told: bool = False
    reason: str = ""
    reason_problem: str = ""
    refusal: Refusal | None = None
    theirs: list[Change] = field(default_factory=list)
    request_id: UUID = field(default_factory=entering.new_request)
    status: int = 200


@require_safe
@participant_page(Permission.ANSWER_VIEW)
def questionnaires(request: StaffRequest, participant: Participant) -> HttpResponse:
    """Every form of a participant: what waits, what was answered, what can be added."""
    context = {
        "study": participant.study,
        "section": "participants",
        "participant": participant,
        "questionnaires": listed(participant),
    }
    return render(request, "participants/answers/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@participant_page(Permission.ANSWER_VIEW)
def questionnaire(
    request: StaffRequest, participant: Participant, assignment: str, place: str
) -> HttpResponse:
    """One form: filled in, read, or corrected."""
    slot = find_slot(participant, _assignment(participant, assignment), place)
    taking_part = participant.state == Participant.State.ENROLLED
    may_enter = Permission.ANSWER_EDIT in request.can
    page = Page(correcting=slot.answered)
    if request.method == "POST":
        return _sent(request, slot, place, page)
    if slot.submission is not None and slot.submission.state != Submission.State.DRAFT:
        if not (may_enter and slot.answered and "correct" in request.GET) or locked(participant):
            return _read(request, slot)
    elif not (may_enter and taking_part):
        return _read(request, slot)
    return _form(request, slot, place, entering.kept_values(slot), page)


@require_http_methods(["GET", "HEAD", "POST"])
@participant_page(Permission.ANSWER_EDIT)
def strike(
    request: StaffRequest, participant: Participant, assignment: str, place: str
) -> HttpResponse:
    """Strike a form through that should never have been submitted."""
    slot = find_slot(participant, _assignment(participant, assignment), place)
    row = _begun(slot)
    return form_page(
        request,
        form=ReasonForm(request.POST or None),
        save=lambda values: correcting.strike(submission=row, by=request.user, **values),
        current=lambda: drafts.shown_values(find_slot(participant, slot.assignment, place)),
        done=_("Struck through. The answers stay and count no more."),
        to=_url(slot),
        template="participants/answers/strike.html",
        study=participant.study,
        section="participants",
        participant=participant,
        slot=slot,
    )


@require_POST
@participant_page(Permission.ANSWER_EDIT)
def discard(
    request: StaffRequest, participant: Participant, assignment: str, place: str
) -> HttpResponse:
    """Throw a draft away."""
    slot = find_slot(participant, _assignment(participant, assignment), place)
    try:
        drafts.drop_draft(submission=_begun(slot), by=request.user, seen=seen_in(request.POST))
    except (ChangedMeanwhile, AnswersFixed) as refusal:
        messages.warning(request, refusal.message)
        return _read(request, find_slot(participant, slot.assignment, place), refusal.status)
    messages.success(request, _("The draft is gone."))
    return HttpResponseRedirect(_list_url(participant))


@require_POST
@participant_page(Permission.ANSWER_EDIT)
def reported(
    request: StaffRequest, participant: Participant, assignment: str, place: str
) -> HttpResponse:
    """A serious adverse event was reported to the sponsor."""
    slot = find_slot(participant, _assignment(participant, assignment), place)
    event = get_object_or_404(SeriousEvent, submission=_begun(slot))
    event.submission.participant = participant
    try:
        report_event(event=event, by=request.user)
    except AnswersFixed as refusal:
        messages.warning(request, refusal.message)
    else:
        messages.success(request, _("Marked as reported. Its clock has stopped."))
    return HttpResponseRedirect(_url(slot))


# --- Filling in --------------------------------------------------------------------------------


def _sent(request: StaffRequest, slot: Slot, place: str, page: Page) -> HttpResponse:
    values, repeats = read_sent(request.POST)
    page.reason = str(request.POST.get("reason", ""))
    with suppress(ValueError):
        page.request_id = UUID(str(request.POST.get("request_id", "")))
    page.correcting = slot.answered
    who = slot.participant
    require(request.user, Permission.ANSWER_EDIT, study=who.study, site=who.site)
    acts = {"save": _save, "check": _submit}
    act = next((acts[name] for name in acts if name in request.POST), None)
    if act is None and request.headers.get("HX-Request") == "true":
        return _form(request, slot, place, (values, repeats), page)
    if slot.submission and slot.submission.revisions.filter(request_id=page.request_id).exists():
        return HttpResponseRedirect(_url(slot))  # sent twice
    try:
        _require_correction(request, slot)
        drafts.require_as_seen(seen_in(request.POST), slot)
        if act is None:
            return _form(request, slot, place, (values, repeats), page)
        done = act(request, slot, place, (values, repeats), page)
    except (ChangedMeanwhile, AlreadyAnswered) as refusal:
        return _two(request, slot, place, (values, repeats), page, refusal)
    except Refusal as refusal:
        if refusal.status in {403, 404}:
            raise
        page.reason_problem = fields_of(refusal).get("reason", "")
        page.refusal = None if page.reason_problem else refusal
        page.status = refusal.status
        return _form(request, slot, place, (values, repeats), page)
    if done is None:
        page.told, page.status = True, AnswersRefused.status
        return _form(request, slot, place, (values, repeats), page)
    messages.success(request, done[0])
    return HttpResponseRedirect(done[1])


def _require_correction(request: StaffRequest, slot: Slot) -> None:
    """Refuse what was typed into an empty form that somebody else has submitted meanwhile.

    Raises:
        ChangedMeanwhile, AlreadyAnswered: as their messages say.
    """
    if slot.answered and "reason" not in request.POST:
        drafts.require_as_seen(seen_in(request.POST), slot)
        raise AlreadyAnswered(
            _("This form was submitted already: what is wrong in it is corrected, with a reason.")
        )


def _save(
    request: StaffRequest, slot: Slot, place: str, typed: Values, page: Page
) -> tuple[str, str] | None:
    row = drafts.save_draft(
        participant=slot.participant,
        assignment=slot.assignment,
        place=place,
        values=typed[0],
        repeats=typed[1],
        by=request.user,
        seen=seen_in(request.POST),
    )
    return _("Saved as a draft. It is not submitted yet."), _url(slot_of(row))


def _submit(
    request: StaffRequest, slot: Slot, place: str, typed: Values, page: Page
) -> tuple[str, str] | None:
    """Submit or correct; ``None`` where answers would not be taken, which the page then says."""
    at = timezone.now().astimezone(slot.participant.zone)
    shown = entering.shown_form(
        slot, typed[0], typed[1], language=_language(request, slot), told=True, at=at
    )
    if not shown.ready:
        return None
    form = entering.filled_from(slot, shown, request_id=page.request_id, at=at)
    if slot.answered:
        revision = correcting.correct(
            submission=_begun(slot),
            filled=form,
            reason=page.reason,
            by=request.user,
            seen=seen_in(request.POST),
        )
        return _("Corrected. The earlier answers are kept."), _url(slot_of(revision.submission))
    revision = submitting.submit(
        participant=slot.participant,
        assignment=slot.assignment,
        place=place,
        filled=form,
        by=request.user,
    )
    return _("Submitted."), _url(slot_of(revision.submission))


def _two(
    request: StaffRequest, slot: Slot, place: str, typed: Values, page: Page, refusal: Refusal
) -> HttpResponse:
    """Somebody else was faster: theirs beside what was typed here, and the choice."""
    fresh = find_slot(slot.participant, slot.assignment, place)
    kept = entering.kept_values(fresh)
    page.refusal, page.status, page.correcting = refusal, refusal.status, fresh.answered
    if kept is not None:
        mine, theirs = _as_kept(typed[0]), _as_kept(kept[0])
        page.theirs = changes_of(fresh.version.form, theirs, mine)
    return _form(request, fresh, place, typed, page)


def _as_kept(values: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}


def _form(
    request: StaffRequest, slot: Slot, place: str, typed: Values | None, page: Page
) -> HttpResponse:
    language = _language(request, slot)
    form = slot.version.form
    context: dict[str, Any] = {
        **_common(slot),
        "page": page,
        "place": place,
        "languages": form.languages,
        "language": language,
        "seen": Seen.of(drafts.shown_values(slot)).token(),
        "here": request.path,
    }
    values, repeats = typed if typed is not None else (None, set())
    try:
        shown: Shown | None = entering.shown_form(
            slot, values, repeats, language=language, told=page.told
        )
    except (FormUnreadable, EngineFailed) as refusal:
        page.refusal, page.status, shown = refusal, refusal.status, None
    context["shown"] = shown
    live = request.headers.get("HX-Request") == "true"
    name = "_form.html" if live else "form.html"
    status = 200 if live else page.status
    return render(request, f"participants/answers/{name}", context, status=status)


# --- Reading -----------------------------------------------------------------------------------


def _read(request: StaffRequest, slot: Slot, status: int = 200) -> HttpResponse:
    row, closed = slot.submission, locked(slot.participant)
    history = history_of(row) if row is not None and not closed else []
    answers = history[0].content.answers if history else {}
    context = {
        **_common(slot),
        "row": row,
        "history": history,
        "lines": lines_of(slot.version.form, answers),
        "place": f"{slot.assignment.code}/{slot.place}",
        "beside": drafts.draft_beside(row) if row is not None and not closed else None,
        "locked": closed,
        "serious": [one for one in running_events(slot.participant) if one.submission == row],
        "alerts": alerts_of(row) if row is not None and not closed else [],
        "seen": Seen.of(drafts.shown_values(slot)).token(),
        "counts": row is not None and row.state in COUNTED and not closed,
    }
    return render(request, "participants/answers/read.html", context, status=status)


def locked(participant: Participant) -> bool:
    """Whether answers are shown to nobody; what an erasure left, coded, is shown."""
    kept = participant.data_use == Participant.DataUse.FULL
    return not kept and participant.state != Participant.State.ERASED


def _common(slot: Slot) -> dict[str, Any]:
    return {
        "study": slot.participant.study,
        "section": "participants",
        "participant": slot.participant,
        "slot": slot,
        "title": slot.version.form.title,
    }


def _language(request: StaffRequest, slot: Slot) -> str:
    form = slot.version.form
    wanted = request.POST.get("language") or request.GET.get("language", "")
    return wanted if wanted in form.languages else form.default_language


def _assignment(participant: Participant, code: str) -> Assignment:
    rows = Assignment.objects.filter(study=participant.study)
    return get_object_or_404(rows.select_related("instrument", "study"), code=code)


def _begun(slot: Slot) -> Submission:
    if slot.submission is None:
        raise AnswersFixed(_("Nothing was entered here yet. Nothing was changed."))
    return slot.submission


def _url(slot: Slot) -> str:
    who = slot.participant
    parts = [who.study.code, who.code, slot.assignment.code, slot.place]
    return reverse("participants:questionnaire", args=parts)


def _list_url(participant: Participant) -> str:
    return reverse("participants:questionnaires", args=[participant.study.code, participant.code])
