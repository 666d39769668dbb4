"""Home, and the protocol's page, which puts the rooms together."""

from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from studies.access.models import Membership, resting
from studies.access.permissions import LEFT_TO_READERS, Permission
from studies.amendments.services.reading import newest_version
from studies.assignments.reading import lines_of
from studies.consent_texts.notices import languages_behind
from studies.protocol.models import Study
from studies.protocol.services import studies, translations
from studies.protocol.services.reminders import shown_settings
from studies.protocol.views.access import StaffRequest, signed_in, study_page
from studies.protocol.views.timeline import timeline
from studies.words.reviews import standing


@require_GET
@signed_in
def home(request: StaffRequest) -> HttpResponse:
    """The studies one belongs to, each with one's roles."""
    held = Membership.objects.current().filter(user=request.user)
    roles = list(held.select_related("study", "site").order_by("role"))
    rests = resting(request.user)
    cards = [
        {
            "study": study,
            "roles": [role for role in roles if role.study_id == study.pk],
            "reads_only": _reads_only(request, study),
            "rests": study.pk in rests,
        }
        for study in Study.objects.visible_to(request.user).prefetch_related("sites")
    ]
    return render(request, "studies/pages/home.html", {"cards": cards})


def _reads_only(request: StaffRequest, study: Study) -> bool:
    """Whether all that one may do there is to grade photos blind, by role or for the time being."""
    held = Membership.objects.permissions(request.user, study)
    return Permission.READ_BLIND in held and held <= LEFT_TO_READERS


@require_GET
@study_page(Permission.STUDY_VIEW)
def protocol(request: StaffRequest, study: Study) -> HttpResponse:
    """The protocol: summary, sites, arms, schedule, conditions, screening, consent."""
    visits = list(study.visit_definitions.all())
    criteria = list(study.criteria.all())
    context = {
        "section": "protocol",
        "editable": request.can["study_edit"] and study.state != Study.State.CLOSED,
        "sites": study.sites.all(),
        "version": newest_version(study),
        "arms": study.arms.order_by(F("last_version").asc(nulls_first=True), "code"),
        "visits": visits,
        "timeline": timeline(visits),
        "fixed": study.has_participants(),
        "conditions": study.ordered_conditions(),
        "reminders": shown_settings(study),
        "assignments": lines_of(study),
        "inclusion": [line for line in criteria if line.kind == "inclusion"],
        "exclusion": [line for line in criteria if line.kind == "exclusion"],
        "documents": study.consent_documents.select_related("version"),
        "behind": languages_behind(study),
        "missing": studies.missing_for_activation(study),
        "languages": [
            (code, translations.untranslated(study, code), standing(code))
            for code in translations.languages_to_translate(study)
        ],
    }
    return render(request, "studies/pages/protocol.html", context)
