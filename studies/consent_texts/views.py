"""Consent documents: reading, drafting, putting in force."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from studies.access.permissions import Permission
from studies.consent_texts import services as consent_documents
from studies.consent_texts.changes import changes
from studies.consent_texts.forms import ConsentForm, InForceForm, check_questions, consent_choices
from studies.consent_texts.models import SCORING, ConsentDocument
from studies.consent_texts.notices import languages_behind, languages_behind_draft
from studies.platform.errors import Invalid, Refusal
from studies.platform.forms import carry_seen, seen_in, show_refusal
from studies.platform.seen import ChangedMeanwhile
from studies.protocol.models import Study
from studies.protocol.views.access import StaffRequest, study_page
from studies.protocol.views.pages import protocol_url

FIRST_CHOICES = [
    {
        "code": SCORING,
        "text": "I agree that software, including artificial intelligence, measures the skin on "
        "my photos.",
        "required": True,
    },
    {
        "code": "future_research",
        "text": "I agree that my coded photos may be used in later research on skin.",
        "required": False,
    },
    {
        "code": "publication",
        "text": "I agree that a photo of my face may be shown in a scientific publication.",
        "required": False,
    },
]


@require_GET
@study_page(Permission.STUDY_VIEW)
def show(request: StaffRequest, study: Study, pk: int) -> HttpResponse:
    """One version, as participants read it."""
    document = get_object_or_404(study.consent_documents, pk=pk)
    return _page(request, study, document)


@require_http_methods(["GET", "POST"])
@study_page(Permission.STUDY_EDIT)
def add(request: StaffRequest, study: Study) -> HttpResponse:
    """A new draft, beginning with the words of the version ``?from=``."""
    earlier = None
    if request.GET.get("from", "").isdigit():
        earlier = study.consent_documents.filter(pk=request.GET["from"]).first()
    return _form(request, study, earlier, heading=_("Draft a consent document"))


@require_http_methods(["GET", "POST"])
@study_page(Permission.STUDY_EDIT)
def edit(request: StaffRequest, study: Study, pk: int) -> HttpResponse:
    """Change a draft."""
    document = get_object_or_404(study.consent_documents, pk=pk)
    return _form(
        request, study, document, heading=_("Edit the draft %s") % document.version, draft=document
    )


@require_POST
@study_page(Permission.STUDY_EDIT)
def put_in_force(request: StaffRequest, study: Study, pk: int) -> HttpResponse:
    """Show this version to participants from now on."""
    document = get_object_or_404(study.consent_documents, pk=pk)
    form = _in_force_form(request, study, document)
    if not form.is_valid():
        return _page(request, study, document, form, status=Invalid.status)
    try:
        document = consent_documents.put_in_force(
            document=document, by=request.user, **form.cleaned_data
        )
    except (Invalid, ChangedMeanwhile) as refusal:
        show_refusal(form, refusal, current=partial(_shown_now, document))
        return _page(request, study, document, form, status=refusal.status)
    if document.editorial:
        words = _("Version %s is in force. Nobody is asked to agree again.")
    else:
        words = _(
            "Version %s is in force. Who is shown it and agreed to an earlier one is asked again."
        )
    messages.success(request, words % document.version)
    behind = languages_behind(study)
    if behind:
        messages.warning(request, behind)
    return HttpResponseRedirect(_url(document))


@require_POST
@study_page(Permission.STUDY_EDIT)
def discard(request: StaffRequest, study: Study, pk: int) -> HttpResponse:
    """Throw a draft away."""
    document = get_object_or_404(study.consent_documents, pk=pk)
    try:
        consent_documents.discard_draft(
            document=document, by=request.user, seen=seen_in(request.POST)
        )
    except ChangedMeanwhile as refusal:
        messages.warning(request, refusal.message)
        return _page(request, study, document, _fresh_form(study, document), status=refusal.status)
    messages.success(request, _("The draft is gone; the audit trail keeps its words."))
    return HttpResponseRedirect(protocol_url(study.code, "consent"))


def _page(
    request: StaffRequest,
    study: Study,
    document: ConsentDocument,
    form: InForceForm | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    draft = document.state == ConsentDocument.State.DRAFT
    before = consent_documents.version_in_force(study=study, language=document.language)
    compared = before if draft else None
    context = {
        "section": "protocol",
        "document": document,
        "before": compared,
        "changes": changes(compared, document) if compared else None,
        "behind": languages_behind_draft(document) if draft else "",
        "same": compared is not None and document.says_the_same(compared),
        "form": form or _in_force_form(request, study, document),
    }
    return render(request, "studies/consent_texts/consent_document.html", context, status=status)


def _in_force_form(request: StaffRequest, study: Study, document: ConsentDocument) -> InForceForm:
    """What was sent, or a form that was not."""
    return _fresh_form(study, document, request.POST if request.method == "POST" else None)


def _fresh_form(
    study: Study, document: ConsentDocument, sent: QueryDict | None = None
) -> InForceForm:
    """Asks for what is not known yet; carries the words as they were read."""
    before = consent_documents.version_in_force(study=study, language=document.language)
    form = InForceForm(
        sent,
        editorial=before is not None and not document.version.edition,
        reason=study.state != Study.State.DRAFT
        and not (before is not None and document.says_the_same(before)),
    )
    carry_seen(form, partial(_shown_now, document))
    return form


def _form(
    request: StaffRequest,
    study: Study,
    start: ConsentDocument | None,
    *,
    heading: str,
    draft: ConsentDocument | None = None,
) -> HttpResponse:
    initial = {
        "language": start.language if start else study.languages[0],
        "version": draft.version.number if draft else "",
        "title": start.title if start else study.title,
        "body": start.body if start else "",
        "key_points": "\n".join(start.key_points) if start else "",
    }
    form = ConsentForm(request.POST or None, study=study, initial=initial)
    current = None
    if draft is not None:
        current = partial(_shown_now, draft)
        carry_seen(form, current)
    choices = consent_choices(request.POST or None, start.choices if start else FIRST_CHOICES)
    questions = check_questions(request.POST or None, start.questions if start else [])
    status = 200
    if request.method == "POST":
        status = Invalid.status
        if all([form.is_valid(), choices.is_valid(), questions.is_valid()]):
            asked = [row.question() for row in questions if row.has_changed()]
            values = {**form.cleaned_data, "questions": asked}
            try:
                saved = _save(request, study, draft, values, choices.cleaned_data)
            except Refusal as refusal:
                if refusal.status in {403, 404}:
                    raise
                show_refusal(form, refusal, current=current)
                status = refusal.status
            else:
                return HttpResponseRedirect(_url(saved))
    back = _url(draft) if draft else protocol_url(study.code, "consent")
    context = {
        "section": "protocol",
        "form": form,
        "choices": choices,
        "questions": questions,
        "heading": heading,
        "back_url": back,
    }
    return render(request, "studies/consent_texts/consent_form.html", context, status=status)


def _shown_now(draft: ConsentDocument) -> dict[str, Any]:
    return consent_documents.shown_values(ConsentDocument.objects.get(pk=draft.pk))


def _save(
    request: StaffRequest,
    study: Study,
    draft: ConsentDocument | None,
    values: dict[str, Any],
    choices: list[dict[str, Any]],
) -> ConsentDocument:
    kept = [
        {"code": row["code"], "text": row["text"], "required": row["required"]}
        for row in choices
        if row
    ]
    if draft is not None:
        return consent_documents.edit_draft(document=draft, by=request.user, choices=kept, **values)
    return consent_documents.draft_document(study=study, by=request.user, choices=kept, **values)


def _url(document: ConsentDocument) -> str:
    return reverse("studies:consent_document", args=[document.study.code, document.pk])
